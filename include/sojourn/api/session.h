#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/api/agent.h"
#include "sojourn/api/condition.h"
#include "sojourn/api/meta.h"
#include "sojourn/api/storage.h"

namespace sojourn::api {

// Enumerations of the Session kind. Unknown stands for a word of a newer version of the API.
enum class SessionState { Init, Ready, Idle, Busy, Error, Unknown };
enum class DesiredState { Running, Paused, Stopped, Cancelled, Unknown };
enum class SessionMode { Conversation, Task, Unknown };
enum class Outcome { Completed, Failed, Cancelled, Timeout, Expired, Unknown };

std::string_view to_string(SessionState state);
std::string_view to_string(DesiredState state);
std::string_view to_string(SessionMode mode);
std::string_view to_string(Outcome outcome);
SessionState parse_session_state(std::string_view text);
DesiredState parse_desired_state(std::string_view text);
SessionMode parse_session_mode(std::string_view text);
Outcome parse_outcome(std::string_view text);

// spec.agents[]: an agent of the template that the Session runs, and what it says otherwise of it.
struct AgentChoice {
  std::string name;
  AgentSettings settings;
  friend bool operator==(const AgentChoice&, const AgentChoice&) = default;
};

// A key of a ConfigMap in the Session's namespace.
struct ConfigMapKey {
  std::string name;
  std::string key;
  friend bool operator==(const ConfigMapKey&, const ConfigMapKey&) = default;
};

struct SessionSpec {
  std::string template_name;  // templateRef.name
  DesiredState desired_state = DesiredState::Running;
  SessionMode mode = SessionMode::Conversation;
  std::string display_name;
  std::string prompt;
  std::string context;
  std::optional<ConfigMapKey> context_from;  // contextFrom.configMapKeyRef; exclusive with context
  std::vector<AgentChoice> agents;           // none: all of the template
  StringMap parameters;
  std::optional<StorageSpec> storage;
  std::string existing_claim;  // storage.existingClaim.name: a retained claim to go on with
  TtlSpec ttl;
  LimitsSpec limits;
  std::optional<int> start_timeout_seconds;
  // Of a finished pod; 0 or unset: as long as the Session.
  std::optional<int> pod_retention_seconds;
  RetryPolicy retry_policy;
  std::string run_token;  // another one runs a finished Session again
  friend bool operator==(const SessionSpec&, const SessionSpec&) = default;
};

// status.template: the revision that the newest pod start took.
struct TemplateStatus {
  std::string name;
  std::int64_t generation = 0;
  std::string revision;  // name of the ControllerRevision
  friend bool operator==(const TemplateStatus&, const TemplateStatus&) = default;
};

// status.pod: set by the write of READY, cleared by the write that decides that pod's end.
struct PodRecord {
  std::string name;
  std::string uid;
  std::string node;
  std::string incarnation;  // the pod's uid with its containers' restart counts
  friend bool operator==(const PodRecord&, const PodRecord&) = default;
};

// status.volume: recorded before the first pod is made.
struct VolumeRecord {
  std::string claim_name;
  std::string claim_uid;
  std::string volume_name;
  std::string capacity;
  std::string phase;
  std::string on_delete;  // what deleting the Session now would do to the claim: Retain or Delete
  // Of a released claim: when it may be deleted; unset: never.
  std::optional<Time> retain_until;
  friend bool operator==(const VolumeRecord&, const VolumeRecord&) = default;
};

// status.transitions[]: a change of status.state.
struct Transition {
  std::optional<Time> time;
  std::optional<SessionState> from;  // unset: the Session was new
  SessionState to = SessionState::Unknown;
  std::string reason;
  friend bool operator==(const Transition&, const Transition&) = default;
};

struct SessionStatus {
  std::int64_t observed_generation = -1;
  std::optional<SessionState> state;
  std::optional<Time> state_since;
  std::string reason;
  std::string message;
  std::optional<Outcome> outcome;
  std::vector<Condition> conditions;
  std::optional<TemplateStatus> template_;
  std::optional<PodRecord> pod;
  std::optional<VolumeRecord> volume;
  int attempts = 0;
  std::optional<Time> next_attempt_time;
  std::optional<Time> expires_at;
  std::optional<Time> start_time;   // the first READY
  std::optional<Time> finish_time;  // when the outcome was set
  // READY and BUSY in sum, as of the last transition; the time since then is not in it.
  int active_seconds = 0;
  std::string last_handled_run_token;
  std::vector<Transition> transitions;  // the last ten, oldest first
  friend bool operator==(const SessionStatus&, const SessionStatus&) = default;
};

struct Session {
  ObjectMeta meta;
  SessionSpec spec;
  SessionStatus status;
  friend bool operator==(const Session&, const Session&) = default;
};

}  // namespace sojourn::api
