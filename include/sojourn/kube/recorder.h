#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "sojourn/api/event.h"
#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/kube/client.h"
#include "sojourn/kube/history.h"

namespace sojourn::kube {

// Writes Kubernetes Events (events.k8s.io/v1) from a thread of its own. An event that comes again
// within six minutes, word for word, becomes a series of the first one, written at most once a
// minute. Events are a courtesy: when the queue is full or the API server refuses, they are dropped
// and counted (sojourn_events_total{result}). All references must outlive it.
class Recorder {
 public:
  struct Options {
    std::string controller;  // reportingController, "sojourn.dev/operator"
    std::string instance;    // reportingInstance: the pod or process
    std::size_t capacity = 1000;
  };

  Recorder(Options options, Client& client, const History& history, Clock& clock,
           Telemetry& telemetry, Logger logger);
  ~Recorder();

  // Queues an event about `regarding`. `reason`: CamelCase; `action`: what was done or tried; both
  // cut at 128 bytes; `note`: a sentence for people, cut at 1 KiB. Never blocks or throws; from any
  // thread.
  void event(const api::ObjectReference& regarding, api::EventType type, std::string_view reason,
             std::string_view action, std::string_view note) noexcept;

  void start();
  // Writes what is queued, for one second at most, and joins.
  void stop();

  // Makes the next write that is due, without waiting; false when there is none. For tests.
  bool step(std::stop_token stop);

 private:
  struct Pending {
    api::Event event;
    int attempts = 0;
    SteadyTime not_before = {};
  };
  struct Series {
    ObjectKey name;
    int count = 1;
    Time last_observed = {};
    SteadyTime last_seen = {};
    SteadyTime last_written = {};
    bool unwritten = false;  // seen since it was last written
  };
  struct Counters;

  void run(std::stop_token stop);
  std::optional<Pending> take(SteadyTime now);
  SteadyTime next_due() const;
  void write(Pending pending, std::stop_token stop);
  void settle(Pending pending, const Error& error);
  void begin_series(const api::Event& event, SteadyTime now);
  bool join_series(const api::Event& event, SteadyTime now);
  bool write_due_series(SteadyTime now, std::stop_token stop);

  const Options options_;
  Client& client_;
  const History& history_;
  Clock& clock_;
  const Logger logger_;
  const std::unique_ptr<const Counters> counters_;

  mutable std::mutex mutex_;  // guards those up to closed_
  std::condition_variable_any changed_;
  std::deque<Pending> queue_;
  unsigned sequence_ = 0;
  bool closed_ = false;  // finish the queue, then end
  bool ended_ = false;   // the thread has

  std::map<std::string, Series> series_;  // by what makes events the same; the writer's alone
  std::uint64_t epoch_ = 0;  // of the history that both of these belong to; the writer's alone
  // Uids of objects in namespaces that are going; the writer's alone.
  std::set<std::string> ending_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sojourn::kube
