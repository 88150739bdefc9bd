#include "tests/fake/api_server/writer.h"

#include <algorithm>

#include "sojourn/base/timestamp.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

// The body as an object, or nothing.
std::optional<json> parsed(const std::string& body) {
  json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

std::string meta_text(const json& object, const char* field) {
  const auto meta = object.find("metadata");
  if (meta == object.end() || !meta->is_object()) return {};
  const auto found = meta->find(field);
  return found != meta->end() && found->is_string() ? found->get<std::string>() : std::string();
}

ObjectId id_of(const Call& call) {
  return {std::string(call.kind->plural), call.namespace_, call.name};
}

// Who wrote last; the real one also lists the fields.
json managed_fields(const Call& call, const std::string& time) {
  const auto manager = call.parameter("fieldManager");
  json entry = {{"manager", manager.empty() ? "unknown" : manager},
                {"operation", "Update"},
                {"apiVersion", api_version(*call.kind)},
                {"time", time},
                {"fieldsType", "FieldsV1"},
                {"fieldsV1", {{"f:metadata", {{"f:labels", {{".", json::object()}}}}}}}};
  if (!call.subresource.empty()) entry["subresource"] = call.subresource;
  return json::array({entry});
}

std::optional<kube::Response> refuse_envelope(const Call& call, const json& object) {
  const std::string version = api_version(*call.kind);
  if (object.value("apiVersion", version) != version ||
      object.value("kind", "") != call.kind->kind) {
    return bad_request(object.value("kind", "") + " in version \"" +
                       object.value("apiVersion", "") + "\" cannot be handled as a " +
                       std::string(call.kind->kind));
  }
  const std::string space = meta_text(object, "namespace");
  if (!space.empty() && space != call.namespace_) {
    return bad_request(
        "the namespace of the provided object does not match the namespace sent on "
        "the request");
  }
  return std::nullopt;
}

// All that a user can change at the endpoint of the call goes from `wanted`, the rest from `old`.
json merged_halves(const Call& call, const json& old, json wanted) {
  const Kind& kind = *call.kind;
  if (call.subresource == "status") {
    json object = old;
    object["status"] = wanted.value("status", json::object());
    return object;
  }
  if (kind.has_status) {
    wanted.erase("status");
    if (old.contains("status")) wanted["status"] = old.at("status");
  }
  json& meta = wanted["metadata"];
  for (const char* field : {"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp",
                            "deletionGracePeriodSeconds", "generation", "resourceVersion"}) {
    meta.erase(field);
    if (old.at("metadata").contains(field)) meta[field] = old.at("metadata").at(field);
  }
  return wanted;
}

// Whether anything but metadata and status differs.
bool spec_differs(json a, json b) {
  for (json* object : {&a, &b}) {
    object->erase("metadata");
    object->erase("status");
  }
  return a != b;
}

bool waits_for_finalizers_only(const json& object) {
  const json& meta = object.at("metadata");
  return meta.contains("deletionTimestamp") && meta.value("finalizers", json::array()).empty() &&
         meta.value("deletionGracePeriodSeconds", std::int64_t{0}) == 0;
}

// How long the object stays after DELETE: only a running pod is given time.
std::int64_t grace_of(const Kind& kind, const json& object, std::optional<std::int64_t> asked) {
  if (kind.plural != "pods") return 0;
  const json& spec = object.at("spec");
  const auto phase = object.at("status").value("phase", "");
  if (spec.value("nodeName", "").empty() || phase == "Succeeded" || phase == "Failed") return 0;
  return asked.value_or(spec.value("terminationGracePeriodSeconds", std::int64_t{30}));
}

}  // namespace

kube::Response Writer::carry_out(const Call& call) {
  if (call.verb == "delete") return remove(call);
  if (call.verb == "patch") return patch(call);
  if (call.verb == "update") return update(call);
  auto object = parsed(call.body);
  if (!object)
    return bad_request("the object provided is unrecognized: the body is no JSON object");
  return create(call, std::move(*object));
}

kube::Response Writer::create(const Call& call, json object) {
  const Kind& kind = *call.kind;
  if (auto refusal = refuse_envelope(call, object)) return std::move(*refusal);
  json& meta = object["metadata"];
  if (!meta_text(object, "resourceVersion").empty()) {
    return bad_request("resourceVersion should not be set on objects to be created");
  }
  if (meta_text(object, "name").empty() && !meta_text(object, "generateName").empty()) {
    meta["name"] = meta_text(object, "generateName") + random_.hex(1).substr(0, 5);
  }
  const std::string name = meta_text(object, "name");
  if (auto refusal = refuse_namespace(kind, call.namespace_, name)) return std::move(*refusal);

  for (const char* field : {"deletionTimestamp", "deletionGracePeriodSeconds", "generation"}) {
    meta.erase(field);
  }
  if (kind.namespaced) meta["namespace"] = call.namespace_;
  meta["uid"] = new_uid();
  meta["creationTimestamp"] = now();
  meta["managedFields"] = managed_fields(call, now());
  object["apiVersion"] = api_version(kind);
  admission_.begin(kind, object);
  admission_.complete(kind, object);
  const auto errors = admission_.check(kind, object, nullptr);
  if (!errors.empty()) return invalid(kind, name, errors);
  const ObjectId id = fake::id_of(kind, object);
  if (store_.find(id) != nullptr) return already_exists(kind, name);
  return ok(store_.put(id, std::move(object)), 201);
}

kube::Response Writer::update(const Call& call) {
  auto wanted = parsed(call.body);
  if (!wanted)
    return bad_request("the object provided is unrecognized: the body is no JSON object");
  if (auto refusal = refuse_envelope(call, *wanted)) return std::move(*refusal);
  if (meta_text(*wanted, "name") != call.name) {
    return bad_request("the name of the object (" + meta_text(*wanted, "name") +
                       ") does not match the name on the URL (" + call.name + ")");
  }
  const json* old = store_.find(id_of(call));
  if (old == nullptr) {
    if (call.kind->create_on_update) return create(call, std::move(*wanted));
    return not_found(*call.kind, call.name);
  }
  if (meta_text(*wanted, "resourceVersion").empty() && !call.kind->update_without_version) {
    return invalid(*call.kind, call.name,
                   {{"FieldValueInvalid", "metadata.resourceVersion",
                     "Invalid value: 0: must be specified for an update"}});
  }
  return replace(call, json(*old), std::move(*wanted));
}

kube::Response Writer::patch(const Call& call) {
  if (call.content_type != "application/merge-patch+json") return unsupported_media_type();
  const auto change = parsed(call.body);
  if (!change) return bad_request("the patch is no JSON object");
  const json* found = store_.find(id_of(call));
  if (found == nullptr) return not_found(*call.kind, call.name);
  const json old = *found;
  json wanted = old;
  wanted.merge_patch(*change);
  // Only a version that the patch itself names is a precondition.
  if (meta_text(*change, "resourceVersion").empty()) {
    wanted["metadata"]["resourceVersion"] = old.at("metadata").at("resourceVersion");
  }
  if (auto refusal = refuse_envelope(call, wanted)) return std::move(*refusal);
  if (call.subresource.empty() && meta_text(wanted, "uid") != meta_text(old, "uid")) {
    return invalid(*call.kind, call.name,
                   {{"FieldValueInvalid", "metadata.uid",
                     "Invalid value: \"" + meta_text(wanted, "uid") + "\": field is immutable"}});
  }
  return replace(call, old, std::move(wanted));
}

kube::Response Writer::replace(const Call& call, const json& old, json wanted) {
  const Kind& kind = *call.kind;
  const std::string version = meta_text(wanted, "resourceVersion");
  const std::string uid = meta_text(wanted, "uid");
  if (call.subresource.empty() && !uid.empty() && uid != meta_text(old, "uid")) {
    return conflict(kind, call.name,
                    "Precondition failed: UID in precondition: " + uid +
                        ", UID in object meta: " + meta_text(old, "uid"));
  }
  if (!version.empty() && version != meta_text(old, "resourceVersion")) {
    return conflict(kind, call.name,
                    "the object has been modified; please apply your changes to the latest version "
                    "and try again");
  }
  json object = merged_halves(call, old, std::move(wanted));
  admission_.complete(kind, object);
  const auto errors = admission_.check(kind, object, &old);
  if (!errors.empty()) return invalid(kind, call.name, errors);
  json& meta = object["metadata"];
  meta["managedFields"] = old.at("metadata").value("managedFields", json::array());
  if (object == old) return ok(old);  // nothing changed, so nothing is written
  if (kind.counts_generation && spec_differs(object, old)) {
    meta["generation"] = old.at("metadata").at("generation").get<std::int64_t>() + 1;
  }
  meta["managedFields"] = managed_fields(call, now());
  return ok(store(id_of(call), std::move(object)));
}

kube::Response Writer::remove(const Call& call) {
  const json options = parsed(call.body).value_or(json::object());
  const json* object = store_.find(id_of(call));
  if (object == nullptr) return not_found(*call.kind, call.name);
  if (options.value("propagationPolicy", "Background") != "Background") {
    return bad_request("this server knows the propagation policy Background alone");
  }
  const json wanted = options.value("preconditions", json::object());
  const std::string uid = meta_text(*object, "uid");
  if (wanted.value("uid", uid) != uid) {
    return conflict(*call.kind, call.name,
                    "the UID in the precondition (" + wanted.at("uid").get<std::string>() +
                        ") does not match the UID in record (" + uid +
                        "). The object might have been deleted and then recreated");
  }
  const std::string version = meta_text(*object, "resourceVersion");
  if (wanted.value("resourceVersion", version) != version) {
    return conflict(*call.kind, call.name,
                    "the ResourceVersion in the precondition (" +
                        wanted.at("resourceVersion").get<std::string>() +
                        ") does not match the ResourceVersion in record (" + version +
                        "). The object might have been modified");
  }
  const auto grace = options.find("gracePeriodSeconds");
  return remove(*call.kind, id_of(call),
                grace == options.end() ? std::nullopt : std::optional(grace->get<std::int64_t>()));
}

kube::Response Writer::remove(const Kind& kind, const ObjectId& id,
                              std::optional<std::int64_t> grace_seconds) {
  json object = *store_.find(id);
  json& meta = object["metadata"];
  const std::int64_t grace = grace_of(kind, object, grace_seconds);
  const bool held = !meta.value("finalizers", json::array()).empty() || kind.plural == "namespaces";
  if (grace == 0 && !held) {
    const json last = store_.remove(id);
    return kind.returns_deleted ? ok(last) : deleted(kind, id.name, meta_text(last, "uid"));
  }
  const bool sooner = !meta.contains("deletionTimestamp") ||
                      meta.value("deletionGracePeriodSeconds", std::int64_t{0}) > grace;
  if (!sooner) return ok(object);
  meta["deletionTimestamp"] = format_timestamp(clock_.now() + std::chrono::seconds(grace));
  meta["deletionGracePeriodSeconds"] = grace;
  if (meta.contains("generation")) meta["generation"] = meta["generation"].get<std::int64_t>() + 1;
  if (kind.plural == "namespaces") object["status"]["phase"] = "Terminating";
  return ok(store_.put(id, std::move(object)));
}

json Writer::store(const ObjectId& id, json object) {
  const bool ends = waits_for_finalizers_only(object);
  json stored = store_.put(id, std::move(object));
  if (ends) store_.remove(id);
  return stored;
}

std::optional<kube::Response> Writer::refuse_namespace(const Kind& kind,
                                                       const std::string& namespace_,
                                                       const std::string& name) const {
  if (!kind.namespaced) return std::nullopt;
  const json* space = store_.find({"namespaces", "", namespace_});
  if (space == nullptr) return not_found(*find_kind("namespaces"), namespace_);
  if (space->at("metadata").contains("deletionTimestamp")) {
    return namespace_terminating(kind, name, namespace_);
  }
  return std::nullopt;
}

std::string Writer::new_uid() {
  const std::string digits = random_.hex(4);
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-4" + digits.substr(13, 3) + "-a" +
         digits.substr(17, 3) + "-" + digits.substr(20, 12);
}

std::string Writer::now() const {
  return format_timestamp(clock_.now());
}

}  // namespace sojourn::fake
