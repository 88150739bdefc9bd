// What is said on the claim itself: who holds it, who owns it, how long it is kept, and how large
// it is to be.
#include <utility>

#include "domain/verdict.h"
#include "domain/volume.h"
#include "sojourn/domain/retention.h"

namespace sojourn::domain {

std::optional<Verdict> claim_upkeep(const View& view) {
  if (!view.claim_is_ours || view.claim->meta.deletion_timestamp) return std::nullopt;
  const bool may_release = view.pod == nullptr && view.strays.empty() && !view.was.pod;
  auto changes = keep_up(*view.claim, view.session, view.policy, may_release);
  if (changes.empty()) return std::nullopt;
  const auto& meta = view.claim->meta;
  return Verdict{.first = {UpdateClaim{meta.name, meta.resource_version, std::move(changes)}}};
}

std::optional<Verdict> claim_growth(const View& view) {
  const auto size = wanted_growth(view);
  if (!size) return std::nullopt;
  const auto* refused = refused_growth(view);
  if (refused != nullptr && view.now < refused->retry_at) return std::nullopt;
  const auto& meta = view.claim->meta;
  return Verdict{.first = {GrowClaim{meta.name, meta.resource_version, *size}}};
}

}  // namespace sojourn::domain
