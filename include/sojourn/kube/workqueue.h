#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "sojourn/base/backoff.h"
#include "sojourn/base/clock.h"
#include "sojourn/base/telemetry.h"

namespace sojourn::kube {

// The workqueue_* metrics of one queue.
struct WorkQueueMetrics {
  WorkQueueMetrics(Telemetry& telemetry, const std::string& queue_name);
  Gauge& depth;
  Counter& adds;
  Histogram& queue_seconds;
  Histogram& work_seconds;
  Gauge& unfinished_seconds;
  Gauge& longest_running_seconds;
  Counter& retries;
};

// Keys waiting to be worked on. A key waits at most once; it is never handed out while a worker
// still has it, and if it is added meanwhile it comes again after done(). Delayed keys wait for
// their time, the earliest if there are several. Thread-safe. `clock` and `telemetry` must outlive
// it.
template <typename Key, typename Hash = std::hash<Key>>
class WorkQueue {
 public:
  static constexpr std::chrono::milliseconds kFirstBackoff{5};
  static constexpr std::chrono::milliseconds kLongestBackoff{1'000'000};

  WorkQueue(const std::string& name, Clock& clock, Telemetry& telemetry)
      : clock_(clock), metrics_(telemetry, name), state_(std::make_shared<State>()) {
    // A page of metrics may be asked for after this queue is gone.
    telemetry.on_collect([state = std::weak_ptr(state_), &clock, metrics = metrics_] {
      if (const auto alive = state.lock()) alive->report(clock.steady_now(), metrics);
    });
  }

  void add(const Key& key) {
    const std::lock_guard lock(state_->mutex);
    enqueue(key, clock_.steady_now());
  }

  void add_after(const Key& key, Duration delay) {
    const std::lock_guard lock(state_->mutex);
    const SteadyTime now = clock_.steady_now();
    if (delay <= Duration::zero()) {
      enqueue(key, now);
    } else {
      delay_until(key, now + delay);
    }
  }

  // After the key's backoff, 5 ms · 2^failures up to 1000 s, but not before `at_least` nor after
  // `at_most`.
  void add_rate_limited(const Key& key, Duration at_least = Duration::zero(),
                        Duration at_most = kLongestBackoff) {
    const std::lock_guard lock(state_->mutex);
    metrics_.retries.add();
    const unsigned failures = ++state_->failures[key];
    const Duration backoff = exponential_backoff(kFirstBackoff, kLongestBackoff, failures);
    delay_until(key, clock_.steady_now() + std::min(std::max(backoff, at_least), at_most));
  }

  // Begins the key's backoff anew.
  void forget(const Key& key) {
    const std::lock_guard lock(state_->mutex);
    state_->failures.erase(key);
  }

  // The next key, which then must be given back with done(); waits for one. Nothing once the queue
  // is shut down or a stop is requested.
  std::optional<Key> get(std::stop_token stop) {
    std::unique_lock lock(state_->mutex);
    while (true) {
      release_due();
      if (state_->shut_down || stop.stop_requested()) return std::nullopt;
      if (!state_->waiting.empty()) return take();
      const SteadyTime wake = is_watched() ? SteadyTime::max() : next_due();
      const auto place = state_->sleeping.insert(wake);
      clock_.wait_until(lock, state_->changed, wake, stop, [this] {
        return !state_->waiting.empty() || state_->shut_down || !is_watched();
      });
      state_->sleeping.erase(place);
    }
  }

  // The next key if there is one now.
  std::optional<Key> try_get() {
    const std::lock_guard lock(state_->mutex);
    release_due();
    return state_->waiting.empty() ? std::nullopt : std::optional(take());
  }

  // Gives the key back. Whoever does so asks for its next key at once: for a key that comes again
  // nobody else is woken.
  void done(const Key& key) {
    const std::lock_guard lock(state_->mutex);
    const auto begun = state_->processing.extract(key);
    if (begun.empty()) return;
    const SteadyTime now = clock_.steady_now();
    metrics_.work_seconds.observe(seconds(now - begun.mapped()));
    if (state_->dirty.contains(key)) append(key, now);
  }

  // Hands out no more keys; what waits is forgotten with the queue.
  void shut_down() {
    const std::lock_guard lock(state_->mutex);
    state_->shut_down = true;
    state_->changed.notify_all();
  }

  // Keys ready to be handed out.
  std::size_t size() const {
    const std::lock_guard lock(state_->mutex);
    return state_->waiting.size();
  }
  // Keys handed out and not yet done.
  std::size_t in_progress() const {
    const std::lock_guard lock(state_->mutex);
    return state_->processing.size();
  }
  // When the next delayed key is due; nothing when none is.
  std::optional<SteadyTime> next_delayed() const {
    const std::lock_guard lock(state_->mutex);
    const SteadyTime due = next_due();
    return due == SteadyTime::max() ? std::nullopt : std::optional(due);
  }
  // How long the oldest key handed out has been worked on; zero when there is none.
  Duration longest_running() const {
    const std::lock_guard lock(state_->mutex);
    return state_->longest(clock_.steady_now());
  }

 private:
  struct Waiting {
    Key key;
    SteadyTime since;
  };
  struct State {
    mutable std::mutex mutex;  // guards all below
    std::condition_variable_any changed;
    std::multiset<SteadyTime> sleeping;                    // who waits for a key, until when
    std::deque<Waiting> waiting;                           // dirty keys that nobody works on
    std::unordered_set<Key, Hash> dirty;                   // keys to be handed out
    std::unordered_map<Key, SteadyTime, Hash> processing;  // handed out, since when
    std::unordered_map<Key, SteadyTime, Hash> delayed;
    std::multimap<SteadyTime, Key> due;  // the same by time
    std::unordered_map<Key, unsigned, Hash> failures;
    bool shut_down = false;

    Duration longest(SteadyTime now) const {
      Duration longest{0};
      for (const auto& [key, since] : processing) {
        longest = std::max(longest, std::chrono::duration_cast<Duration>(now - since));
      }
      return longest;
    }
    void report(SteadyTime now, const WorkQueueMetrics& metrics) const {
      const std::lock_guard lock(mutex);
      double unfinished = 0;
      for (const auto& [key, since] : processing) unfinished += seconds(now - since);
      metrics.unfinished_seconds.set(unfinished);
      metrics.longest_running_seconds.set(seconds(longest(now)));
    }
  };

  template <typename D>
  static double seconds(D duration) {
    return std::chrono::duration<double>(duration).count();
  }

  // Those below are called with the mutex held.
  void enqueue(const Key& key, SteadyTime now) {
    if (state_->shut_down || !state_->dirty.insert(key).second) return;
    metrics_.adds.add();
    if (state_->processing.contains(key)) return;
    append(key, now);
    state_->changed.notify_one();
  }
  void append(const Key& key, SteadyTime now) {
    state_->waiting.push_back({key, now});
    metrics_.depth.set(static_cast<double>(state_->waiting.size()));
  }
  Key take() {
    Waiting next = std::move(state_->waiting.front());
    state_->waiting.pop_front();
    state_->dirty.erase(next.key);
    const SteadyTime now = clock_.steady_now();
    state_->processing.emplace(next.key, now);
    metrics_.depth.set(static_cast<double>(state_->waiting.size()));
    metrics_.queue_seconds.observe(seconds(now - next.since));
    // One notification may have stood for several keys, and this worker may have been the only one
    // that knew when the next delayed key is due.
    if (!state_->waiting.empty() || !is_watched()) state_->changed.notify_one();
    return std::move(next.key);
  }
  SteadyTime next_due() const {
    return state_->due.empty() ? SteadyTime::max() : state_->due.begin()->first;
  }
  // Whether somebody sleeps who wakes when the next delayed key is due, or none is delayed. One is
  // enough: the others sleep on.
  bool is_watched() const {
    return state_->due.empty() ||
           (!state_->sleeping.empty() && *state_->sleeping.begin() <= next_due());
  }
  void delay_until(const Key& key, SteadyTime when) {
    if (state_->shut_down) return;
    const auto [held, added] = state_->delayed.try_emplace(key, when);
    if (!added) {
      if (held->second <= when) return;
      forget_due(key, held->second);
      held->second = when;
    }
    state_->due.emplace(when, key);
    if (!is_watched()) state_->changed.notify_one();
  }
  void forget_due(const Key& key, SteadyTime when) {
    auto [first, last] = state_->due.equal_range(when);
    while (first != last && !(first->second == key)) ++first;
    if (first != last) state_->due.erase(first);
  }
  // Moves the delayed keys whose time has come.
  void release_due() {
    const SteadyTime now = clock_.steady_now();
    while (next_due() <= now) {
      const Key key = std::move(state_->due.begin()->second);
      state_->due.erase(state_->due.begin());
      state_->delayed.erase(key);
      enqueue(key, now);
    }
  }

  Clock& clock_;
  const WorkQueueMetrics metrics_;
  const std::shared_ptr<State> state_;
};

}  // namespace sojourn::kube
