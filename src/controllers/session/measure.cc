#include "controllers/session/measure.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "sojourn/domain/pod_health.h"

namespace sojourn::controllers::session {
namespace {

constexpr MetricName kSessions{"sojourn_sessions", "Sessions by namespace and state."};
constexpr MetricName kOverdue{"sojourn_sessions_overdue",
                              "Sessions by namespace whose status.expiresAt or "
                              "status.nextAttemptTime is past without effect."};
constexpr MetricName kTransitions{"sojourn_session_transitions_total",
                                  "Transitions written, by old state, new state and reason."};
constexpr MetricName kStartup{"sojourn_session_startup_seconds",
                              "Seconds from the beginning of a start (INIT or Waking) to READY."};
constexpr MetricName kStages{"sojourn_session_start_stage_seconds",
                             "Seconds that a stage of a start took that came to READY."};
constexpr MetricName kStates{"sojourn_session_state_seconds",
                             "Seconds that a Session was in the state it left."};
constexpr MetricName kExpirations{"sojourn_session_expirations_total",
                                  "Sessions that expired, by the field that set the time."};
constexpr MetricName kRetries{"sojourn_session_retries_total",
                              "Attempts begun after a failure, by its reason."};
constexpr MetricName kRestarts{"sojourn_session_restarts_total",
                               "Restarts in place of containers of Sessions that had been READY."};

// Of a start, one after the other: the pod is made, has a node, has all its containers started, is
// Ready, and READY is written.
constexpr std::array kStageNames{"created", "scheduled", "started", "ready", "written"};
constexpr std::array kStateNames{"new", "INIT", "READY", "IDLE", "BUSY", "ERROR"};

// More than clocks that somebody keeps in step ever differ.
constexpr std::chrono::seconds kMostSkew{30};

const std::vector<double>& start_buckets() {
  static const std::vector<double> buckets{0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 60, 120, 300, 600};
  return buckets;
}
const std::vector<double>& state_buckets() {  // up to a week
  static const std::vector<double> buckets{1,   2,   5,    10,    30,    60,
                                           300, 900, 3600, 14400, 86400, 604800};
  return buckets;
}

// Never below 0: clocks of several machines are compared, and objects carry whole seconds.
void observe(Histogram& histogram, Time from, Time to) {
  histogram.observe(std::max(0.0, std::chrono::duration<double>(to - from).count()));
}

const api::Pod* find_pod(const domain::Observed& observed,
                         const std::optional<api::PodRecord>& record) {
  if (!record) return nullptr;
  for (const auto& pod : observed.pods) {
    if (pod->meta.uid == record->uid) return pod.get();
  }
  return nullptr;
}

// Those that nobody has counted: counted ones are in the record, and what ends it counts them, too.
int new_restarts(const domain::Observed& observed, const api::SessionStatus& written) {
  const auto& was = observed.session->status;
  const auto* pod = find_pod(observed, was.pod);
  if (pod == nullptr || was.pod == written.pod) return 0;
  return domain::restarts_since(was.pod->incarnation, *pod);
}

std::string state_of(const api::SessionStatus& status) {
  return status.state ? std::string(to_string(*status.state)) : "new";
}

// Counts the sessions anew for each page of metrics. A series that has none any more stays, at 0.
class Census {
 public:
  Census(Telemetry& telemetry, const Stores& stores, const Clock& clock)
      : telemetry_(telemetry), stores_(stores), clock_(clock) {}

  void take() {
    for (auto& [series, count] : counts_) count = 0;
    for (auto& [space, count] : overdue_) count = 0;
    const auto now = clock_.now();
    stores_.sessions.for_each([&](const api::Session& session) {
      ++counts_[{session.meta.namespace_, state_of(session.status)}];
      overdue_[session.meta.namespace_] += domain::is_overdue(session, now) ? 1 : 0;
    });
    for (const auto& [space, count] : overdue_) {
      telemetry_.gauge(kOverdue, {{"namespace", space}}).set(static_cast<double>(count));
    }
    for (const auto& [series, count] : counts_) {
      telemetry_.gauge(kSessions, {{"namespace", series.first}, {"state", series.second}})
          .set(static_cast<double>(count));
    }
  }

 private:
  Telemetry& telemetry_;
  const Stores& stores_;
  const Clock& clock_;
  std::map<std::pair<std::string, std::string>, long> counts_;
  std::map<std::string, long> overdue_;
};

}  // namespace

Measure::Measure(Telemetry& telemetry, const Stores& stores, const Clock& clock)
    : telemetry_(telemetry),
      lateness_(telemetry),
      startup_seconds_(telemetry.histogram(kStartup, start_buckets())),
      restarts_(telemetry.counter(kRestarts)) {
  for (std::size_t i = 0; i < kStageNames.size(); ++i) {
    stage_seconds_[i] = &telemetry.histogram(kStages, start_buckets(), {{"stage", kStageNames[i]}});
  }
  for (const auto* state : kStateNames) {
    state_seconds_[state] = &telemetry.histogram(kStates, state_buckets(), {{"state", state}});
  }
  for (const auto deadline : {domain::Deadline::AfterIdle, domain::Deadline::MaxLifetime}) {
    expirations_[deadline] =
        &telemetry.counter(kExpirations, {{"deadline", std::string(domain::field_of(deadline))}});
  }
  auto census = std::make_shared<Census>(telemetry, stores, clock);
  telemetry.on_collect([census] { census->take(); });
}

void Measure::count(const Observation& seen, const domain::Plan& plan, Memory& memory, Time decided,
                    Time now) {
  if (plan.actions.empty()) return;
  count_deadline(seen, plan, memory, decided, now);
  const auto* write = std::get_if<domain::WriteStatus>(&plan.actions.front());
  if (write == nullptr) return;
  memory.retry_counted.reset();
  const auto& session = *seen.observed.session;
  if (const int restarts = new_restarts(seen.observed, write->status)) restarts_.add(restarts);
  if (session.status.state == write->status.state) return;
  count_transition(session, write->status, now);
  if (write->status.state == api::SessionState::Ready) {
    count_start(seen.observed, write->status, now);
  }
}

void Measure::count_deadline(const Observation& seen, const domain::Plan& plan, Memory& memory,
                             Time decided, Time now) {
  const auto due = domain::carried_out(seen.observed, seen.policy, plan, decided);
  if (!due) return;
  const auto expires = expirations_.find(due->deadline);
  if (expires != expirations_.end()) expires->second->add();
  const bool retries = due->deadline == domain::Deadline::Retry;
  // A retry may take two writes: the old pod goes, then the new start is told.
  const bool counted = retries && memory.retry_counted == due->at;
  if (due->foreseen && !counted) lateness_.observe(due->deadline, due->at, now);
  if (retries) memory.retry_counted = due->at;
}

void Measure::count_transition(const api::Session& session, const api::SessionStatus& written,
                               Time now) {
  const auto& was = session.status;
  telemetry_
      .counter(kTransitions,
               {{"from", state_of(was)}, {"to", state_of(written)}, {"reason", written.reason}})
      .add();
  const auto since = was.state ? was.state_since : session.meta.creation_timestamp;
  const auto left = state_seconds_.find(state_of(was));
  if (since && left != state_seconds_.end()) observe(*left->second, *since, now);
  if (was.state == api::SessionState::Error && written.state == api::SessionState::Init) {
    // Only words of our own list: the status may have been written by anybody.
    const auto reason = to_string(domain::parse_reason(was.reason));
    telemetry_.counter(kRetries, {{"reason", std::string(reason)}}).add();
  }
}

void Measure::count_start(const domain::Observed& observed, const api::SessionStatus& written,
                          Time now) {
  const auto& session = *observed.session;
  const auto& was = session.status;
  const auto* began = api::find_condition(was.conditions, "Reconciling");
  if (began == nullptr || !began->last_transition_time) return;
  // The clock of a start has whole seconds; a first start is measured from the object's creation,
  // which has them too.
  const auto start = was.start_time
                         ? *began->last_transition_time
                         : session.meta.creation_timestamp.value_or(*began->last_transition_time);
  startup_seconds_.observe(std::chrono::duration<double>(now - start).count());
  const auto* pod = find_pod(observed, written.pod);
  if (pod != nullptr) count_stages(*pod, *began->last_transition_time, now);
}

void Measure::count_stages(const api::Pod& pod, Time began, Time now) {
  const auto times = domain::start_times(pod);
  // A pod that was there before is one whose Session has lost its status.
  if (!times || times->created + kMostSkew < began) return;
  const std::array<Time, 5> ends{times->created, times->scheduled, times->started, times->ready,
                                 now};
  Time from = began;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const Time to = std::max(from, ends[i]);
    observe(*stage_seconds_[i], from, to);
    from = to;
  }
}

}  // namespace sojourn::controllers::session
