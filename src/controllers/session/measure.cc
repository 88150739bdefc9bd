#include "controllers/session/measure.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace sojourn::controllers::session {
namespace {

constexpr MetricName kSessions{"sojourn_sessions", "Sessions by namespace and state."};
constexpr MetricName kTransitions{"sojourn_session_transitions_total",
                                  "Transitions written, by old state, new state and reason."};
constexpr MetricName kStartup{"sojourn_session_startup_seconds",
                              "Seconds from the beginning of a start (INIT or Waking) to READY."};

std::string state_of(const api::SessionStatus& status) {
  return status.state ? std::string(to_string(*status.state)) : "new";
}

// Counts the sessions anew for each page of metrics. A series that has none any more stays, at 0.
class Census {
 public:
  Census(Telemetry& telemetry, const Stores& stores) : telemetry_(telemetry), stores_(stores) {}

  void take() {
    for (auto& [series, count] : counts_) count = 0;
    stores_.sessions.for_each([this](const api::Session& session) {
      ++counts_[{session.meta.namespace_, state_of(session.status)}];
    });
    for (const auto& [series, count] : counts_) {
      telemetry_.gauge(kSessions, {{"namespace", series.first}, {"state", series.second}})
          .set(static_cast<double>(count));
    }
  }

 private:
  Telemetry& telemetry_;
  const Stores& stores_;
  std::map<std::pair<std::string, std::string>, long> counts_;
};

}  // namespace

Measure::Measure(Telemetry& telemetry, const Stores& stores)
    : telemetry_(telemetry),
      startup_seconds_(
          telemetry.histogram(kStartup, {0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 60, 120, 300, 600})) {
  auto census = std::make_shared<Census>(telemetry, stores);
  telemetry.on_collect([census] { census->take(); });
}

void Measure::count(const api::Session& session, const api::SessionStatus& written, Time now) {
  const auto& was = session.status;
  if (was.state == written.state) return;
  telemetry_
      .counter(kTransitions,
               {{"from", state_of(was)}, {"to", state_of(written)}, {"reason", written.reason}})
      .add();
  const auto* began = api::find_condition(was.conditions, "Reconciling");
  if (written.state != api::SessionState::Ready || began == nullptr || !began->last_transition_time)
    return;
  // The clock of a start has whole seconds; a first start is measured from the object's creation,
  // which has them too.
  const auto start = was.start_time
                         ? *began->last_transition_time
                         : session.meta.creation_timestamp.value_or(*began->last_transition_time);
  startup_seconds_.observe(std::chrono::duration<double>(now - start).count());
}

}  // namespace sojourn::controllers::session
