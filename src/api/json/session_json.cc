#include "sojourn/api/json/session_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/agent_json.h"
#include "api/json/decode.h"
#include "api/json/document.h"
#include "api/json/merge_patch.h"
#include "api/json/storage_json.h"
#include "api/json/writer.h"
#include "sojourn/base/timestamp.h"

namespace sojourn::api {
namespace {

std::optional<ConfigMapKey> read_context_from(const ObjectView& spec) {
  const ObjectView view = spec.object("contextFrom").object("configMapKeyRef");
  if (!view.present()) return std::nullopt;
  return ConfigMapKey{.name = view.text("name"), .key = view.text("key")};
}

std::vector<AgentChoice> read_agents(const ObjectView& spec) {
  std::vector<AgentChoice> agents;
  for (const ObjectView& view : spec.objects("agents")) {
    agents.push_back({.name = view.text("name"), .settings = read_agent_settings(view)});
  }
  return agents;
}

SessionSpec read_spec(const ObjectView& view) {
  SessionSpec spec;
  spec.template_name = view.object("templateRef").text("name");
  if (const auto word = view.optional_text("desiredState")) {
    spec.desired_state = parse_desired_state(*word);
  }
  if (const auto word = view.optional_text("mode")) spec.mode = parse_session_mode(*word);
  spec.display_name = view.text("displayName");
  spec.prompt = view.text("prompt");
  spec.context = view.text("context");
  spec.context_from = read_context_from(view);
  spec.agents = read_agents(view);
  spec.parameters = view.text_map("parameters");
  spec.storage = read_storage(view);
  spec.existing_claim = view.object("storage").object("existingClaim").text("name");
  spec.ttl = read_ttl(view);
  spec.limits = read_limits(view);
  spec.start_timeout_seconds = view.integer("startTimeoutSeconds");
  spec.pod_retention_seconds = view.integer("podRetentionSeconds");
  spec.retry_policy = read_retry_policy(view);
  spec.run_token = view.text("runToken");
  return spec;
}

std::optional<TemplateStatus> read_template(const ObjectView& view) {
  if (!view.present()) return std::nullopt;
  return TemplateStatus{.name = view.text("name"),
                        .generation = view.long_integer("generation").value_or(0),
                        .revision = view.text("revision")};
}

std::optional<PodRecord> read_pod_record(const ObjectView& view) {
  if (!view.present()) return std::nullopt;
  return PodRecord{.name = view.text("name"),
                   .uid = view.text("uid"),
                   .node = view.text("node"),
                   .incarnation = view.text("incarnation")};
}

std::optional<VolumeRecord> read_volume_record(const ObjectView& view) {
  if (!view.present()) return std::nullopt;
  return VolumeRecord{.claim_name = view.text("claimName"),
                      .claim_uid = view.text("claimUID"),
                      .volume_name = view.text("volumeName"),
                      .capacity = view.quantity("capacity").value_or(""),
                      .phase = view.text("phase"),
                      .on_delete = view.text("onDelete"),
                      .retain_until = view.time("retainUntil")};
}

std::optional<SessionState> read_state(const ObjectView& view, std::string_view key) {
  const auto word = view.optional_text(key);
  return word ? std::optional(parse_session_state(*word)) : std::nullopt;
}

std::vector<Transition> read_transitions(const ObjectView& status) {
  std::vector<Transition> transitions;
  for (const ObjectView& view : status.objects("transitions")) {
    transitions.push_back({.time = view.time("time"),
                           .from = read_state(view, "from"),
                           .to = parse_session_state(view.text("to")),
                           .reason = view.text("reason")});
  }
  return transitions;
}

SessionStatus read_status(const ObjectView& view) {
  SessionStatus status;
  status.observed_generation = view.long_integer("observedGeneration").value_or(-1);
  status.state = read_state(view, "state");
  status.state_since = view.time("stateSince");
  status.reason = view.text("reason");
  status.message = view.text("message");
  if (const auto word = view.optional_text("outcome")) status.outcome = parse_outcome(*word);
  status.conditions = read_conditions(view);
  status.template_ = read_template(view.object("template"));
  status.pod = read_pod_record(view.object("pod"));
  status.volume = read_volume_record(view.object("volume"));
  status.attempts = view.integer("attempts").value_or(0);
  status.next_attempt_time = view.time("nextAttemptTime");
  status.expires_at = view.time("expiresAt");
  status.start_time = view.time("startTime");
  status.finish_time = view.time("finishTime");
  status.active_seconds = view.integer("activeSeconds").value_or(0);
  status.last_handled_run_token = view.text("lastHandledRunToken");
  status.transitions = read_transitions(view);
  return status;
}

// Each is null for what is left out.
Json written(std::int64_t number) {
  return number;
}
Json written(int count) {
  return count == 0 ? Json() : Json(count);
}
Json written(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}
Json written(const std::optional<Time>& time) {
  return time ? Json(format_timestamp(*time)) : Json();
}
Json written(const std::optional<SessionState>& state) {
  return state ? Json(to_string(*state)) : Json();
}
Json written(const std::optional<Outcome>& outcome) {
  return outcome ? Json(to_string(*outcome)) : Json();
}
Json written(const std::vector<Condition>& conditions) {
  return conditions.empty() ? Json() : write_conditions(conditions);
}
Json written(const std::vector<Transition>& transitions) {
  if (transitions.empty()) return {};
  Json list = Json::array();
  for (const Transition& transition : transitions) {
    Json json = Json::object();
    json["time"] = written(transition.time);
    if (transition.from) json["from"] = written(transition.from);
    json["to"] = to_string(transition.to);
    json["reason"] = transition.reason;
    list.push_back(std::move(json));
  }
  return list;
}
Json written(const std::optional<TemplateStatus>& status) {
  if (!status) return {};
  Json json = Json::object();
  json["name"] = status->name;
  json["generation"] = status->generation;
  json["revision"] = status->revision;
  return json;
}
Json written(const std::optional<PodRecord>& pod) {
  if (!pod) return {};
  Json json = Json::object();
  json["name"] = pod->name;
  json["uid"] = pod->uid;
  put(json, "node", pod->node);
  put(json, "incarnation", pod->incarnation);
  return json;
}
Json written(const std::optional<VolumeRecord>& volume) {
  if (!volume) return {};
  Json json = Json::object();
  json["claimName"] = volume->claim_name;
  put(json, "claimUID", volume->claim_uid);
  put(json, "volumeName", volume->volume_name);
  put(json, "capacity", volume->capacity);
  put(json, "phase", volume->phase);
  put(json, "onDelete", volume->on_delete);
  if (volume->retain_until) json["retainUntil"] = written(volume->retain_until);
  return json;
}

// Only what differs is written at all: most of a status stays as it is.
Json difference(const SessionStatus& from, const SessionStatus& to) {
  Json patch = Json::object();
  const auto compare = [&](const char* key, auto member) {
    if (from.*member == to.*member) return;
    Json after = written(to.*member);
    patch[key] = after.is_object() ? merge_difference(written(from.*member), std::move(after))
                                   : std::move(after);
  };
  compare("observedGeneration", &SessionStatus::observed_generation);
  compare("state", &SessionStatus::state);
  compare("stateSince", &SessionStatus::state_since);
  compare("reason", &SessionStatus::reason);
  compare("message", &SessionStatus::message);
  compare("outcome", &SessionStatus::outcome);
  compare("conditions", &SessionStatus::conditions);
  compare("template", &SessionStatus::template_);
  compare("pod", &SessionStatus::pod);
  compare("volume", &SessionStatus::volume);
  compare("attempts", &SessionStatus::attempts);
  compare("nextAttemptTime", &SessionStatus::next_attempt_time);
  compare("expiresAt", &SessionStatus::expires_at);
  compare("startTime", &SessionStatus::start_time);
  compare("finishTime", &SessionStatus::finish_time);
  compare("activeSeconds", &SessionStatus::active_seconds);
  compare("lastHandledRunToken", &SessionStatus::last_handled_run_token);
  compare("transitions", &SessionStatus::transitions);
  return patch;
}

void read_session(const ObjectView& root, Session& session) {
  session.spec = read_spec(root.object("spec"));
  session.status = read_status(root.object("status"));
}

}  // namespace

Result<Session> decode_session(std::string_view json) {
  return decode_object<Session>(json, "Session", KeptKeys::All, read_session);
}

std::string encode_status_patch(const SessionStatus& from, const SessionStatus& to,
                                std::string_view resource_version) {
  return status_patch(difference(from, to), resource_version);
}

}  // namespace sojourn::api
