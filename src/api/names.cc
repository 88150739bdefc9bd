// The words of the API's enumerations, one table each.
#include <array>
#include <utility>

#include "sojourn/api/condition.h"
#include "sojourn/api/event.h"
#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/pod.h"
#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"
#include "sojourn/api/storage.h"

namespace sojourn::api {
namespace {

template <typename E, std::size_t N>
using Words = std::array<std::pair<E, std::string_view>, N>;

template <typename E, std::size_t N>
std::string_view word_of(const Words<E, N>& words, E value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return "Unknown";
}

template <typename E, std::size_t N>
E value_of(const Words<E, N>& words, std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  return E::Unknown;
}

constexpr Words<SessionState, 5> kSessionStates{{{SessionState::Init, "INIT"},
                                                 {SessionState::Ready, "READY"},
                                                 {SessionState::Idle, "IDLE"},
                                                 {SessionState::Busy, "BUSY"},
                                                 {SessionState::Error, "ERROR"}}};
constexpr Words<DesiredState, 4> kDesiredStates{{{DesiredState::Running, "Running"},
                                                 {DesiredState::Paused, "Paused"},
                                                 {DesiredState::Stopped, "Stopped"},
                                                 {DesiredState::Cancelled, "Cancelled"}}};
constexpr Words<SessionMode, 2> kSessionModes{
    {{SessionMode::Conversation, "Conversation"}, {SessionMode::Task, "Task"}}};
constexpr Words<Outcome, 5> kOutcomes{{{Outcome::Completed, "Completed"},
                                       {Outcome::Failed, "Failed"},
                                       {Outcome::Cancelled, "Cancelled"},
                                       {Outcome::Timeout, "Timeout"},
                                       {Outcome::Expired, "Expired"}}};
constexpr Words<RetentionPolicy, 2> kRetentionPolicies{
    {{RetentionPolicy::Retain, "Retain"}, {RetentionPolicy::Delete, "Delete"}}};
constexpr Words<Reporting, 1> kReporting{{{Reporting::None, "None"}}};
constexpr Words<PodPhase, 4> kPodPhases{{{PodPhase::Pending, "Pending"},
                                         {PodPhase::Running, "Running"},
                                         {PodPhase::Succeeded, "Succeeded"},
                                         {PodPhase::Failed, "Failed"}}};
constexpr Words<ClaimPhase, 3> kClaimPhases{
    {{ClaimPhase::Pending, "Pending"}, {ClaimPhase::Bound, "Bound"}, {ClaimPhase::Lost, "Lost"}}};
constexpr Words<ConditionStatus, 2> kConditionStatuses{
    {{ConditionStatus::True, "True"}, {ConditionStatus::False, "False"}}};

}  // namespace

std::string_view to_string(SessionState state) {
  return word_of(kSessionStates, state);
}
std::string_view to_string(DesiredState state) {
  return word_of(kDesiredStates, state);
}
std::string_view to_string(SessionMode mode) {
  return word_of(kSessionModes, mode);
}
std::string_view to_string(Outcome outcome) {
  return word_of(kOutcomes, outcome);
}
std::string_view to_string(RetentionPolicy policy) {
  return word_of(kRetentionPolicies, policy);
}
std::string_view to_string(Reporting reporting) {
  return word_of(kReporting, reporting);
}
std::string_view to_string(PodPhase phase) {
  return word_of(kPodPhases, phase);
}
std::string_view to_string(ClaimPhase phase) {
  return word_of(kClaimPhases, phase);
}
std::string_view to_string(ConditionStatus status) {
  return word_of(kConditionStatuses, status);
}
std::string_view to_string(EventType type) {
  return type == EventType::Warning ? "Warning" : "Normal";
}

SessionState parse_session_state(std::string_view text) {
  return value_of(kSessionStates, text);
}
DesiredState parse_desired_state(std::string_view text) {
  return value_of(kDesiredStates, text);
}
SessionMode parse_session_mode(std::string_view text) {
  return value_of(kSessionModes, text);
}
Outcome parse_outcome(std::string_view text) {
  return value_of(kOutcomes, text);
}
RetentionPolicy parse_retention_policy(std::string_view text) {
  return value_of(kRetentionPolicies, text);
}
Reporting parse_reporting(std::string_view text) {
  return value_of(kReporting, text);
}
PodPhase parse_pod_phase(std::string_view text) {
  return value_of(kPodPhases, text);
}
ClaimPhase parse_claim_phase(std::string_view text) {
  return value_of(kClaimPhases, text);
}
ConditionStatus parse_condition_status(std::string_view text) {
  return value_of(kConditionStatuses, text);
}

}  // namespace sojourn::api
