#include "sojourn/api/json/session_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/decode.h"
#include "api/json/merge_patch.h"
#include "api/json/storage_json.h"
#include "api/json/writer.h"

namespace sojourn::api {
namespace {

SessionSpec read_spec(const ObjectView& view) {
  SessionSpec spec;
  spec.template_name = view.object("templateRef").text("name");
  if (const auto word = view.optional_text("desiredState")) {
    spec.desired_state = parse_desired_state(*word);
  }
  if (const auto word = view.optional_text("mode")) spec.mode = parse_session_mode(*word);
  spec.prompt = view.text("prompt");
  spec.storage = read_storage(view);
  spec.ttl = read_ttl(view);
  spec.start_timeout_seconds = view.integer("startTimeoutSeconds");
  spec.retry_policy = read_retry_policy(view);
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
                      .on_delete = view.text("onDelete")};
}

SessionStatus read_status(const ObjectView& view) {
  SessionStatus status;
  status.observed_generation = view.long_integer("observedGeneration").value_or(-1);
  if (const auto word = view.optional_text("state")) status.state = parse_session_state(*word);
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
  return status;
}

Json write_template(const TemplateStatus& status) {
  return {{"name", status.name}, {"generation", status.generation}, {"revision", status.revision}};
}

Json write_pod_record(const PodRecord& pod) {
  Json json = {{"name", pod.name}, {"uid", pod.uid}};
  put(json, "node", pod.node);
  put(json, "incarnation", pod.incarnation);
  return json;
}

Json write_volume_record(const VolumeRecord& volume) {
  Json json = {{"claimName", volume.claim_name}};
  put(json, "claimUID", volume.claim_uid);
  put(json, "volumeName", volume.volume_name);
  put(json, "capacity", volume.capacity);
  put(json, "phase", volume.phase);
  put(json, "onDelete", volume.on_delete);
  return json;
}

Json write_status(const SessionStatus& status) {
  Json json = {{"observedGeneration", status.observed_generation}};
  if (status.state) json["state"] = to_string(*status.state);
  put(json, "stateSince", status.state_since);
  put(json, "reason", status.reason);
  put(json, "message", status.message);
  if (status.outcome) json["outcome"] = to_string(*status.outcome);
  put_json(json, "conditions", write_conditions(status.conditions));
  if (status.template_) json["template"] = write_template(*status.template_);
  if (status.pod) json["pod"] = write_pod_record(*status.pod);
  if (status.volume) json["volume"] = write_volume_record(*status.volume);
  if (status.attempts != 0) json["attempts"] = status.attempts;
  put(json, "nextAttemptTime", status.next_attempt_time);
  put(json, "expiresAt", status.expires_at);
  put(json, "startTime", status.start_time);
  put(json, "finishTime", status.finish_time);
  return json;
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
  return status_patch(write_status(from), write_status(to), resource_version);
}

}  // namespace sojourn::api
