#pragma once

#include <exception>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sojourn/base/heap.h"
#include "sojourn/kube/client.h"
#include "sojourn/kube/reflector.h"
#include "sojourn/kube/store.h"
#include "sojourn/kube/wire_object.h"

namespace sojourn::kube {

// Keeps a Store equal to what the API server holds of one kind, or of one kind in one namespace if
// the selection names one (see Store::cover). Either start() it, and it runs on
// its own thread until it is destroyed or stopped, or call step() from one thread.
// An object that cannot be read degrades itself alone: it is logged, counted
// (sojourn_decode_failures_total) and found under Store::decode_failure; all others go on.
// All references must outlive it.
template <Readable T>
class Informer final : private ReflectorSink {
 public:
  Informer(Store<T>& store, Selection selection, Transport& transport, History& history,
           Clock& clock, Random& random, Telemetry& telemetry, Logger logger)
      : store_(store),
        clock_(clock),
        logger_(std::move(logger)),
        namespace_(selection.namespace_),
        failures_total_(telemetry.counter(
            {"sojourn_decode_failures_total", "Objects from the API server that cannot be read."},
            {{"kind", std::string(kInfo.kind)}})),
        reflector_(kInfo, std::move(selection), transport, history, *this, clock, random, telemetry,
                   logger_) {}

  void start() {
    thread_ = std::jthread([this](std::stop_token stop) { reflector_.run(std::move(stop)); });
  }
  // Ends the watch without waiting for it.
  void request_stop() { thread_.request_stop(); }
  // Ends the watch and joins.
  void stop() { thread_ = {}; }

  // A list, or one watch until it ends, without waiting. Returns how long the thread
  // would wait before the next step.
  Duration step(std::stop_token stop) { return reflector_.step(std::move(stop)); }

 private:
  static constexpr const ResourceInfo& kInfo = ResourceTraits<T>::info;
  static_assert(kInfo.protobuf == ReadableAsProtobuf<T>);

  void begin_list() override {
    listed_.clear();
    list_failures_.clear();
  }
  void item(const WireObject& item) override {
    auto object = decode(item);
    if (object) {
      listed_.emplace_back(*object);
      return;
    }
    const Identity identity = identify(item);
    report(identity.key, object.error());
    list_failures_.insert_or_assign(identity.key, std::move(object).error());
  }
  void end_list(std::uint64_t version, bool reset) override {
    store_.replace(std::exchange(listed_, {}), std::exchange(list_failures_, {}), version, reset,
                   clock_.steady_now(), namespace_);
    trim_heap();  // of what the list left behind
  }
  void changed(const Identity& identity, const WireObject& changed) override {
    const auto version = parse_resource_version(identity.resource_version).value_or(0);
    if (store_.pass_over(identity.key, version, clock_.steady_now())) return;
    auto object = decode(changed);
    if (object) {
      store_.apply(*object, clock_.steady_now());
      return;
    }
    report(identity.key, object.error());
    store_.fail(identity.key, object.error(), version, clock_.steady_now());
  }
  void deleted(const Identity& identity, std::uint64_t version) override {
    store_.erase(identity.key, version, clock_.steady_now());
  }
  void bookmark(std::uint64_t version) override {
    store_.bookmark(version, clock_.steady_now(), namespace_);
  }

  // Whatever an object may hold, it must not end the watch.
  Result<T> decode(const WireObject& object) {
    try {
      return kube::decode<T>(object);
    } catch (const std::exception& exception) {
      return Error{ErrorCode::Internal, exception.what()};
    }
  }
  void report(const ObjectKey& key, const Error& error) {
    failures_total_.add();
    logger_.error("an object cannot be read and is left as it was until somebody mends it",
                  {{"kind", std::string(kInfo.kind)},
                   {"namespace", key.namespace_},
                   {"name", key.name},
                   {"err", error.message}});
  }

  Store<T>& store_;
  Clock& clock_;
  const Logger logger_;
  const std::string namespace_;  // empty: all
  Counter& failures_total_;
  Reflector reflector_;
  std::vector<Packed<T>> listed_;             // by the list under way
  std::map<ObjectKey, Error> list_failures_;  // likewise
  std::jthread thread_;                       // last: it uses all of the above
};

}  // namespace sojourn::kube
