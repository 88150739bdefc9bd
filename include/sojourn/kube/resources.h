#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/controller_revision.h"
#include "sojourn/api/event.h"
#include "sojourn/api/lease.h"
#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/pod.h"
#include "sojourn/api/pod_mounts.h"
#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"
#include "sojourn/kube/resource.h"

// The kinds this program reads and writes.
namespace sojourn::kube {

template <>
struct ResourceTraits<api::Session> {
  static constexpr ResourceInfo info{"sojourn.dev", "v1alpha1", "sessions", "Session"};
  static Result<api::Session> decode(std::string_view json);
};

template <>
struct ResourceTraits<api::SessionTemplate> {
  static constexpr ResourceInfo info{"sojourn.dev", "v1alpha1", "sessiontemplates",
                                     "SessionTemplate"};
  static Result<api::SessionTemplate> decode(std::string_view json);
};

template <>
struct ResourceTraits<api::Pod> {
  static constexpr ResourceInfo info{
      .group = "", .version = "v1", .plural = "pods", .kind = "Pod", .protobuf = true};
  static Result<api::Pod> decode(std::string_view json);
  static Result<api::Pod> decode_message(std::string_view message);
  static Result<std::string> encode(const api::Pod& pod);
};

template <>
struct ResourceTraits<api::PodMounts> {
  static constexpr ResourceInfo info = ResourceTraits<api::Pod>::info;
  static Result<api::PodMounts> decode(std::string_view json);
  static Result<api::PodMounts> decode_message(std::string_view message);
};

template <>
struct ResourceTraits<api::PersistentVolumeClaim> {
  static constexpr ResourceInfo info{.group = "",
                                     .version = "v1",
                                     .plural = "persistentvolumeclaims",
                                     .kind = "PersistentVolumeClaim",
                                     .protobuf = true};
  static Result<api::PersistentVolumeClaim> decode(std::string_view json);
  static Result<api::PersistentVolumeClaim> decode_message(std::string_view message);
  static Result<std::string> encode(const api::PersistentVolumeClaim& claim);
};

template <>
struct ResourceTraits<api::ControllerRevision> {
  static constexpr ResourceInfo info{"apps", "v1", "controllerrevisions", "ControllerRevision"};
  static Result<api::ControllerRevision> decode(std::string_view json);
  static Result<std::string> encode(const api::ControllerRevision& revision);
};

template <>
struct ResourceTraits<api::Lease> {
  static constexpr ResourceInfo info{"coordination.k8s.io", "v1", "leases", "Lease"};
  static Result<api::Lease> decode(std::string_view json);
  static Result<std::string> encode(const api::Lease& lease);
};

// Events are written, never read.
template <>
struct ResourceTraits<api::Event> {
  static constexpr ResourceInfo info{"events.k8s.io", "v1", "events", "Event"};
  static Result<std::string> encode(const api::Event& event);
};

}  // namespace sojourn::kube
