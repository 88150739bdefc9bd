#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "sojourn/domain/observed.h"

namespace sojourn::controllers::session {

// How long the answer to domain::ConfirmTime stands.
inline constexpr Duration kClockCheckStands = std::chrono::seconds(30);

// What the process remembers about one Session between two reconciles, and may forget at any time:
// it saves requests, it decides nothing that could not be found out again.
struct Memory {
  std::optional<domain::Refusal> refusal;
  unsigned refusals_in_a_row = 0;
  std::optional<domain::PrunedStatus> pruned;
  unsigned pruned_in_a_row = 0;
  std::optional<domain::RefusedGrowth> refused_growth;
  unsigned growths_refused_in_a_row = 0;
  std::string pod_confirmed_gone;
  std::string claim_confirmed_gone;
  // The answer to domain::ConfirmTime, and how long it stands.
  domain::ClockCheck clock = domain::ClockCheck::Unknown;
  Time clock_until;
  // When the retry was due whose old pod has been asked to go: how late that was is counted.
  std::optional<Time> retry_counted;
  // Objects that are gone or going and whose end the cache has not shown yet: those we have asked
  // to go, and the Session itself once a write found it gone.
  std::set<std::string> deleted_uids;

  bool empty() const {
    return !refusal && refusals_in_a_row == 0 && !pruned && pruned_in_a_row == 0 &&
           !refused_growth && growths_refused_in_a_row == 0 && pod_confirmed_gone.empty() &&
           claim_confirmed_gone.empty() && clock == domain::ClockCheck::Unknown &&
           !retry_counted && deleted_uids.empty();
  }
};

}  // namespace sojourn::controllers::session
