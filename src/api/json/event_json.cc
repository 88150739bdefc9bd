#include "sojourn/api/json/event_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/document.h"
#include "api/json/meta_json.h"
#include "api/json/writer.h"
#include "sojourn/base/timestamp.h"

namespace sojourn::api {
namespace {

Json write_reference(const ObjectReference& reference) {
  Json json = Json::object();
  put(json, "apiVersion", reference.api_version);
  put(json, "kind", reference.kind);
  put(json, "namespace", reference.namespace_);
  put(json, "name", reference.name);
  put(json, "uid", reference.uid);
  put(json, "resourceVersion", reference.resource_version);
  return json;
}

}  // namespace

std::string encode_event(const Event& event) {
  Json json = begin_object("events.k8s.io/v1", "Event", event.meta);
  json["eventTime"] = format_micro_timestamp(event.event_time);
  json["type"] = to_string(event.type);
  put(json, "reason", event.reason);
  put(json, "action", event.action);
  put(json, "note", event.note);
  put_json(json, "regarding", write_reference(event.regarding));
  put(json, "reportingController", event.reporting_controller);
  put(json, "reportingInstance", event.reporting_instance);
  if (event.series_count > 0) {
    const Time last = event.series_last_observed.value_or(event.event_time);
    json["series"] = {{"count", event.series_count},
                      {"lastObservedTime", format_micro_timestamp(last)}};
  }
  return dump(json);
}

}  // namespace sojourn::api
