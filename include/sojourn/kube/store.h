#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/error.h"
#include "sojourn/kube/object_table.h"
#include "sojourn/kube/packed.h"
#include "sojourn/kube/resource.h"

namespace sojourn::kube {

// The objects of one kind as the API server last told them, kept by one Informer and read by many.
// They are kept packed (packed.h): what a read returns is the reader's own copy, and costs about a
// microsecond. Thread-safe once set up.
//
// **Read your writes.** After observe_write(answer of an own write) has returned, every read gives
// that object or what came after it, until the server reports it gone: so a reconcile that follows
// its own create sees what it created and does not create again (I11). It is never moved back: an
// object gives way only to a higher resourceVersion, and an own answer that arrives after the watch
// has passed its resourceVersion is dropped, because the watch already told it (or told that it was
// deleted since: nothing is raised from the dead). What this does not give: a write whose answer
// was lost is unknown here until the watch brings it. Use fixed names and answer AlreadyExists by a
// live GET, whose result goes into observe_write too.
template <Readable T>
class Store {
 public:
  using Pointer = std::shared_ptr<const T>;
  // The values under which an object is found in an index.
  using Indexer = std::function<std::vector<std::string>(const T& object)>;
  // One change: {null, new}, {old, new} or {old, null}. Called without a lock, on the Informer's
  // thread or on that of an observe_write; changes of one key may so arrive in either order, so
  // read the store instead of trusting the arguments to be the latest.
  using Subscriber = std::function<void(const Pointer& old, const Pointer& now)>;
  // An object that cannot be decoded, reported each time it arrives in that form.
  using FailureSubscriber = std::function<void(const ObjectKey& key, const Error& error)>;

  // --- Set-up, before the first reader and before the Informer starts ---
  // The namespaces that are followed, each by an Informer of its own; empty: all, by one.
  void cover(const std::vector<std::string>& namespaces) {
    if (namespaces.empty()) return;
    scopes_.clear();
    for (const auto& name : namespaces) scopes_.emplace(name, Scope{});
  }
  void add_index(std::string name, Indexer indexer) {
    table_.add_index(std::move(name), std::move(indexer));
  }
  void subscribe(Subscriber subscriber) { subscribers_.push_back(std::move(subscriber)); }
  void subscribe_failures(FailureSubscriber subscriber) {
    failure_subscribers_.push_back(std::move(subscriber));
  }

  // --- Reading ---
  // Null when there is none.
  Pointer get(const ObjectKey& key) const {
    std::unique_lock lock(mutex_);
    const auto object = table_.get(key);
    lock.unlock();
    return object.unpack();
  }
  // One after another, in no particular order, as they are when it is called; never all of them
  // unpacked at the same time.
  template <typename Visitor>
  void for_each(Visitor visit) const {
    std::unique_lock lock(mutex_);
    const auto all = table_.list();
    lock.unlock();
    for (const auto& object : all) visit(*object.unpack());
  }
  // Ordered by key; empty for an index that was never added.
  std::vector<Pointer> by_index(std::string_view index, std::string_view value) const {
    const std::lock_guard lock(mutex_);
    std::vector<Pointer> found;
    for (const auto& key : table_.keys_by_index(index, value)) {
      found.push_back(table_.get(key).unpack());
    }
    return found;
  }
  // The keys alone, for when there may be many.
  std::vector<ObjectKey> keys_by_index(std::string_view index, std::string_view value) const {
    const std::lock_guard lock(mutex_);
    return table_.keys_by_index(index, value);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return table_.size();
  }
  // True from the end of the first list (of every namespace) on.
  bool ready() const {
    const std::lock_guard lock(mutex_);
    return all_ready();
  }
  // Waits until ready() or `deadline` or a stop request; returns ready().
  bool wait_ready(Clock& clock, SteadyTime deadline, std::stop_token stop) const {
    std::unique_lock lock(mutex_);
    return clock.wait_until(lock, became_ready_, deadline, std::move(stop),
                            [this] { return all_ready(); });
  }
  // How far the store has followed the server in all of its namespaces, bookmarks included; 0
  // before the first list.
  std::uint64_t latest_resource_version() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t least = UINT64_MAX;
    for (const auto& [name, scope] : scopes_) least = std::min(least, scope.position);
    return least;
  }
  // Ready, and the server's last proof that the store is up to date (the end of a list, an event, a
  // bookmark) at most `limit` old. A healthy watch gives one about once a minute.
  bool fresh(SteadyTime now, Duration limit) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::all_of(scopes_, [&](const auto& entry) {
      return entry.second.ready && now - entry.second.last_contact <= limit;
    });
  }
  // Why the newest form of that object could not be decoded. The store then still holds the last
  // form that could be, if there was one.
  std::optional<Error> decode_failure(const ObjectKey& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = failures_.find(key);
    return found == failures_.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<ObjectKey, Error> decode_failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

  // --- Own writes, by any thread ---
  // Takes in the answer of a successful create or patch, of a delete that left the object there, or
  // of a live GET. Dropped when the store is already past it (see above). Never an object outside
  // the Informer's Selection: the watch would not tell its end.
  void observe_write(const T& object) {
    const auto version = parse_resource_version(object.meta.resource_version);
    std::unique_lock lock(mutex_);
    const Scope* scope = scope_of(object.meta.namespace_);
    if (scope == nullptr || !version || *version <= scope->position) return;
    const auto change = table_.put(object, *version);
    lock.unlock();
    publish(change);
  }

  // --- Writing, by the Informer alone ---
  // The whole truth as of `version`, put in place of all that was there in one step. Own writes
  // that are newer stay, and so does the last good form of the objects in `failures`. `reset`: the
  // server's history went back, so nothing known before counts. `namespace_`: the whole truth about
  // that one alone; empty: about all.
  void replace(const std::vector<Packed<T>>& objects, const std::map<ObjectKey, Error>& failures,
               std::uint64_t version, bool reset, SteadyTime now,
               const std::string& namespace_ = {}) {
    std::unique_lock lock(mutex_);
    const auto elsewhere = [&](const ObjectKey& key) {
      return !namespace_.empty() && key.namespace_ != namespace_;
    };
    const auto changes = table_.replace(objects, version, reset, [&](const ObjectKey& key) {
      return failures.contains(key) || elsewhere(key);
    });
    std::erase_if(failures_, [&](const auto& entry) { return !elsewhere(entry.first); });
    failures_.insert(failures.begin(), failures.end());
    if (Scope* scope = scope_of(namespace_)) *scope = {version, now, true};
    became_ready_.notify_all();
    lock.unlock();
    for (const auto& change : changes) publish(change);
    for (const auto& [key, error] : failures) publish_failure(key, error);
  }
  // True when the object of an ADDED or MODIFIED event need not be read, because what is held is as
  // new: the echo of an own write. False: it is to be decoded and applied.
  bool pass_over(const ObjectKey& key, std::uint64_t version, SteadyTime now) {
    const std::lock_guard lock(mutex_);
    if (version == 0 || !table_.holds(key, version) || failures_.contains(key)) return false;
    advance(key.namespace_, version, now);
    return true;
  }
  // An ADDED or MODIFIED event.
  void apply(const T& object, SteadyTime now) {
    const auto version = parse_resource_version(object.meta.resource_version).value_or(0);
    std::unique_lock lock(mutex_);
    advance(object.meta.namespace_, version, now);
    failures_.erase(key_of(object.meta));
    const auto change = table_.put(object, version);
    lock.unlock();
    publish(change);
  }
  // A DELETED event; `version` is that of the deletion.
  void erase(const ObjectKey& key, std::uint64_t version, SteadyTime now) {
    std::unique_lock lock(mutex_);
    advance(key.namespace_, version, now);
    failures_.erase(key);
    const auto change = table_.erase(key, version);
    lock.unlock();
    publish(change);
  }
  // An event whose object cannot be decoded; `version` 0: unknown.
  void fail(const ObjectKey& key, const Error& error, std::uint64_t version, SteadyTime now) {
    std::unique_lock lock(mutex_);
    advance(key.namespace_, version, now);
    failures_.insert_or_assign(key, error);
    lock.unlock();
    publish_failure(key, error);
  }
  // A bookmark of the watch of that namespace, or of all.
  void bookmark(std::uint64_t version, SteadyTime now, const std::string& namespace_ = {}) {
    const std::lock_guard lock(mutex_);
    advance(namespace_, version, now);
  }

 private:
  using Table = ObjectTable<T>;

  // How far one watch has come.
  struct Scope {
    std::uint64_t position = 0;
    SteadyTime last_contact = {};
    bool ready = false;
  };

  // The watch that tells of that namespace; null when none does.
  Scope* scope_of(const std::string& namespace_) {
    const auto all = scopes_.find("");
    const auto found = all != scopes_.end() ? all : scopes_.find(namespace_);
    return found == scopes_.end() ? nullptr : &found->second;
  }
  bool all_ready() const {
    return std::ranges::all_of(scopes_, [](const auto& entry) { return entry.second.ready; });
  }
  void advance(const std::string& namespace_, std::uint64_t version, SteadyTime now) {
    Scope* scope = scope_of(namespace_);
    if (scope == nullptr) return;
    scope->position = std::max(scope->position, version);
    scope->last_contact = now;
  }
  void publish(const typename Table::Change& change) const {
    if (!change.old && !change.now) return;
    const Pointer old = change.old.unpack();
    const Pointer now = change.now.unpack();
    for (const auto& subscriber : subscribers_) subscriber(old, now);
  }
  void publish_failure(const ObjectKey& key, const Error& error) const {
    for (const auto& subscriber : failure_subscribers_) subscriber(key, error);
  }

  // Fixed after set-up.
  std::vector<Subscriber> subscribers_;
  std::vector<FailureSubscriber> failure_subscribers_;

  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable_any became_ready_;
  Table table_;
  std::map<ObjectKey, Error> failures_;
  std::map<std::string, Scope> scopes_{{"", Scope{}}};  // by namespace; "": one for all
};

}  // namespace sojourn::kube
