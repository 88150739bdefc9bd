#include "domain/events.h"

#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/retention.h"

namespace sojourn::domain {
namespace {

using api::ConditionStatus;
using api::SessionState;

// Waiting is no failure: it is worth an Event only as a cause of Stalled. And in a namespace that
// is being deleted no Event can be made.
bool is_quiet(Reason reason) {
  return reason == Reason::TemplatePending || reason == Reason::VolumePending ||
         reason == Reason::PodPending || reason == Reason::NamespaceTerminating;
}

}  // namespace

std::vector<PlannedEvent> events_between(const api::SessionStatus& was,
                                         const api::SessionStatus& next) {
  std::vector<PlannedEvent> events;
  const Why why{parse_reason(next.reason), next.message};
  const bool now_failing =
      next.state == SessionState::Error || (is_outside(why.reason) && !is_quiet(why.reason));
  if (now_failing && (was.state != next.state || was.reason != next.reason)) {
    events.push_back({api::EventType::Warning, why});
  }
  const auto* stalled = api::find_condition(next.conditions, "Stalled");
  const auto* before = api::find_condition(was.conditions, "Stalled");
  if (stalled != nullptr && (before == nullptr || before->reason != stalled->reason) &&
      stalled->reason != next.reason) {
    events.push_back({api::EventType::Warning, {parse_reason(stalled->reason), stalled->message}});
  }
  const auto* degraded = api::find_condition(next.conditions, "Degraded");
  const auto* degraded_before = api::find_condition(was.conditions, "Degraded");
  if (degraded != nullptr &&
      (degraded_before == nullptr || degraded_before->reason != degraded->reason)) {
    events.push_back(
        {api::EventType::Warning, {parse_reason(degraded->reason), degraded->message}});
  }
  if (was.state == SessionState::Error && next.state == SessionState::Init) {
    events.push_back(
        {api::EventType::Normal, {Reason::Retrying, "a new attempt begins after " + was.reason}});
  }
  const auto* expired = api::find_condition(next.conditions, "Expired");
  const auto* expired_before = api::find_condition(was.conditions, "Expired");
  if (expired != nullptr && expired->status == ConditionStatus::True &&
      (expired_before == nullptr || expired_before->status != ConditionStatus::True)) {
    events.push_back({api::EventType::Normal, {Reason::Expired, expired->message}});
  }
  if (next.outcome != was.outcome && next.outcome == api::Outcome::Timeout) {
    events.push_back({api::EventType::Warning, {Reason::Timeout, why.message}});
  }
  return events;
}

std::vector<PlannedEvent> events_of(const View& view, const std::vector<Action>& actions) {
  std::vector<PlannedEvent> events;
  for (const auto& action : actions) {
    const auto* update = std::get_if<UpdateClaim>(&action);
    if (update == nullptr || !update->changes.labels.contains(kSessionUidLabel)) continue;
    events.push_back(
        {api::EventType::Normal,
         {Reason::Reattached, "goes on with claim " + update->name + ", which session " +
                                  holder_of(*view.claim).name + " has left"}});
  }
  return events;
}

}  // namespace sojourn::domain
