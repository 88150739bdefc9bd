#include "sojourn/kube/lease.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "sojourn/base/timestamp.h"

namespace sojourn::kube {
namespace {

using nlohmann::json;

bool same_spec(const api::Lease& a, const api::Lease& b) {
  return a.holder_identity == b.holder_identity &&
         a.lease_duration_seconds == b.lease_duration_seconds && a.acquire_time == b.acquire_time &&
         a.renew_time == b.renew_time && a.lease_transitions == b.lease_transitions;
}

std::string patch(const api::Lease& record, json spec) {
  const json whole = {{"metadata", {{"resourceVersion", record.meta.resource_version}}},
                      {"spec", std::move(spec)}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

SeenLease look(SeenLease before, std::optional<api::Lease> record, SteadyTime now) {
  const bool same = before.record && record && same_spec(*before.record, *record);
  return {std::move(record), same ? before.unchanged_since : now};
}

LeaseMove decide(const SeenLease& seen, SteadyTime now, std::string_view me) {
  if (!seen.record) return LeaseMove::Create;
  const api::Lease& record = *seen.record;
  if (record.holder_identity == me) return LeaseMove::Renew;
  if (record.holder_identity.empty()) return LeaseMove::Take;
  return now >= runs_out(seen) ? LeaseMove::Take : LeaseMove::Wait;
}

SteadyTime runs_out(const SeenLease& seen) {
  const std::chrono::seconds duration(std::max(seen.record->lease_duration_seconds, 1));
  return seen.unchanged_since + duration;
}

api::Lease new_lease(std::string namespace_, std::string name, std::string_view me, Time now) {
  api::Lease lease;
  lease.meta.namespace_ = std::move(namespace_);
  lease.meta.name = std::move(name);
  lease.holder_identity = me;
  lease.lease_duration_seconds = static_cast<int>(kLeaseDuration.count());
  lease.acquire_time = now;
  lease.renew_time = now;
  return lease;
}

std::string take_patch(const api::Lease& record, std::string_view me, Time now) {
  const std::string time = format_micro_timestamp(now);
  return patch(record, {{"holderIdentity", me},
                        {"leaseDurationSeconds", kLeaseDuration.count()},
                        {"acquireTime", time},
                        {"renewTime", time},
                        {"leaseTransitions", record.lease_transitions + 1}});
}

std::string renew_patch(const api::Lease& record, Time now) {
  return patch(record, {{"renewTime", format_micro_timestamp(now)}});
}

std::string release_patch(const api::Lease& record, Time now) {
  return patch(record, {{"holderIdentity", ""},
                        {"leaseDurationSeconds", 1},
                        {"renewTime", format_micro_timestamp(now)}});
}

}  // namespace sojourn::kube
