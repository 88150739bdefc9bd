#pragma once

#include <optional>
#include <string>

#include "sojourn/api/meta.h"

namespace sojourn::api {

struct ObjectReference {
  std::string api_version;
  std::string kind;
  std::string namespace_;
  std::string name;
  std::string uid;
  std::string resource_version;
  friend bool operator==(const ObjectReference&, const ObjectReference&) = default;
};

enum class EventType { Normal, Warning };
std::string_view to_string(EventType type);

// events.k8s.io/v1 Event.
struct Event {
  ObjectMeta meta;
  Time event_time;
  EventType type = EventType::Normal;
  std::string reason;
  std::string action;  // what the operator did or tried
  std::string note;    // ≤ 1 KiB
  ObjectReference regarding;
  std::string reporting_controller;
  std::string reporting_instance;
  // A repeated event: how often, and when last. 0 = a single one.
  int series_count = 0;
  std::optional<Time> series_last_observed;
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace sojourn::api
