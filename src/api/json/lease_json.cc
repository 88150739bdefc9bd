#include "sojourn/api/json/lease_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/decode.h"
#include "api/json/document.h"
#include "api/json/writer.h"
#include "sojourn/base/timestamp.h"

namespace sojourn::api {
namespace {

void read_lease(const ObjectView& root, Lease& lease) {
  const ObjectView spec = root.object("spec");
  lease.holder_identity = spec.text("holderIdentity");
  lease.lease_duration_seconds = spec.integer("leaseDurationSeconds").value_or(0);
  lease.acquire_time = spec.time("acquireTime");
  lease.renew_time = spec.time("renewTime");
  lease.lease_transitions = spec.integer("leaseTransitions").value_or(0);
}

}  // namespace

Result<Lease> decode_lease(std::string_view json) {
  return decode_object<Lease>(json, "Lease", KeptKeys::All, read_lease);
}

std::string encode_lease(const Lease& lease) {
  Json spec = {{"holderIdentity", lease.holder_identity},
               {"leaseTransitions", lease.lease_transitions}};
  // The API server refuses a duration of 0.
  if (lease.lease_duration_seconds > 0) {
    spec["leaseDurationSeconds"] = lease.lease_duration_seconds;
  }
  if (lease.acquire_time) spec["acquireTime"] = format_micro_timestamp(*lease.acquire_time);
  if (lease.renew_time) spec["renewTime"] = format_micro_timestamp(*lease.renew_time);
  Json json = begin_object("coordination.k8s.io/v1", "Lease", lease.meta);
  json["spec"] = std::move(spec);
  return dump(json);
}

}  // namespace sojourn::api
