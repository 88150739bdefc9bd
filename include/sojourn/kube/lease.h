#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sojourn/api/lease.h"
#include "sojourn/base/clock.h"

namespace sojourn::kube {

// The decisions of leader election, apart from all input and output.

// How long others must see no sign of life before they take the Lease.
inline constexpr std::chrono::seconds kLeaseDuration{15};
// How long a holder trusts its last renewal; less than the above, so that it stops first.
inline constexpr std::chrono::seconds kRenewDeadline{10};
// How often a holder renews.
inline constexpr std::chrono::seconds kLeaseRetry{2};
// How often those who wait look, at the least: a renewal is noticed at most this late, so that a
// dead holder is replaced at most this long after the Lease has run out.
inline constexpr std::chrono::seconds kLeaseLook{1};

// A Lease as we see it; `record` is empty when there is none. `unchanged_since`: when, on our own
// steady clock, we first saw its spec as it is. The times in the record are another machine's.
struct SeenLease {
  std::optional<api::Lease> record = {};
  SteadyTime unchanged_since = {};
};

// What was seen before, brought up to date.
SeenLease look(SeenLease before, std::optional<api::Lease> record, SteadyTime now);

enum class LeaseMove {
  Create,  // there is no Lease
  Take,    // it is free, or its holder shows no life
  Renew,   // it is ours
  Wait,    // it is somebody else's
};
LeaseMove decide(const SeenLease& seen, SteadyTime now, std::string_view me);

// When the Lease of somebody who shows no more life may be taken. `seen` has a record.
SteadyTime runs_out(const SeenLease& seen);

// The Lease as its first holder makes it.
api::Lease new_lease(std::string namespace_, std::string name, std::string_view me, Time now);
// Merge patches, refused by the API server when the Lease has changed since `record`. They leave
// fields of the Lease that we do not know as they are.
std::string take_patch(const api::Lease& record, std::string_view me, Time now);
std::string renew_patch(const api::Lease& record, Time now);
std::string release_patch(const api::Lease& record, Time now);

}  // namespace sojourn::kube
