#include "api/json/meta_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/decode.h"
#include "api/json/document.h"
#include "api/json/writer.h"
#include "sojourn/api/json/object_header_json.h"

namespace sojourn::api {
namespace {

bool is_kept_of_all(std::string_view key) {
  return is_kept(KeptKeys::All, key);
}
bool is_kept_of_own(std::string_view key) {
  return is_kept(KeptKeys::Own, key);
}

OwnerReference read_owner(const ObjectView& view) {
  return {.api_version = view.text("apiVersion"),
          .kind = view.text("kind"),
          .name = view.text("name"),
          .uid = view.text("uid"),
          .controller = view.flag("controller").value_or(false)};
}

Json write_owners(const std::vector<OwnerReference>& owners) {
  Json list = Json::array();
  for (const OwnerReference& owner : owners) {
    Json item = {{"apiVersion", owner.api_version},
                 {"kind", owner.kind},
                 {"name", owner.name},
                 {"uid", owner.uid}};
    put_flag(item, "controller", owner.controller);
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

ObjectMeta read_meta(const ObjectView& root, KeptKeys keys) {
  const ObjectView view = root.object("metadata");
  ObjectMeta meta;
  meta.name = view.text("name");
  meta.namespace_ = view.text("namespace");
  meta.uid = view.text("uid");
  meta.resource_version = view.text("resourceVersion");
  meta.generation = view.long_integer("generation").value_or(0);
  const auto wanted = keys == KeptKeys::All ? is_kept_of_all : is_kept_of_own;
  meta.labels = view.text_map("labels", wanted);
  meta.annotations = view.text_map("annotations", wanted);
  for (const ObjectView& owner : view.objects("ownerReferences")) {
    meta.owner_references.push_back(read_owner(owner));
  }
  meta.creation_timestamp = view.time("creationTimestamp");
  meta.deletion_timestamp = view.time("deletionTimestamp");
  return meta;
}

Json write_meta(const ObjectMeta& meta) {
  Json json = Json::object();
  put(json, "name", meta.name);
  put(json, "namespace", meta.namespace_);
  put(json, "resourceVersion", meta.resource_version);
  put(json, "labels", meta.labels);
  put(json, "annotations", meta.annotations);
  put_json(json, "ownerReferences", write_owners(meta.owner_references));
  return json;
}

Json begin_object(const char* api_version, const char* kind, const ObjectMeta& meta) {
  return {{"apiVersion", api_version}, {"kind", kind}, {"metadata", write_meta(meta)}};
}

std::vector<Condition> read_conditions(const ObjectView& status) {
  std::vector<Condition> conditions;
  for (const ObjectView& view : status.objects("conditions")) {
    conditions.push_back(
        {.type = view.text("type"),
         .status = parse_condition_status(view.text("status")),
         .reason = view.text("reason"),
         .message = view.text("message"),
         .last_transition_time = view.time("lastTransitionTime"),
         .observed_generation = view.long_integer("observedGeneration").value_or(0)});
  }
  return conditions;
}

Json write_conditions(const std::vector<Condition>& conditions) {
  Json list = Json::array();
  for (const Condition& condition : conditions) {
    // metav1.Condition requires reason and message even when they are empty. Member by member: an
    // initializer list is built first and then copied.
    Json item = Json::object();
    item["type"] = condition.type;
    item["status"] = to_string(condition.status);
    item["reason"] = condition.reason;
    item["message"] = condition.message;
    item["observedGeneration"] = condition.observed_generation;
    put(item, "lastTransitionTime", condition.last_transition_time);
    list.push_back(std::move(item));
  }
  return list;
}

Result<ObjectHeader> decode_object_header(std::string_view json) {
  const auto tree = JsonTree::parse(json);
  if (!tree) return with_context("decode an object", tree.error());
  Problem problem;
  const ObjectView root(*tree, problem);
  ObjectHeader header{.api_version = root.text("apiVersion"),
                      .kind = root.text("kind"),
                      .meta = read_meta(root, KeptKeys::All)};
  if (problem.found()) return decode_error("an object", header.meta, problem);
  return header;
}

}  // namespace sojourn::api
