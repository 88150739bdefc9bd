// The volume as a start sees it.
#include <gtest/gtest.h>

#include "domain/start.h"

namespace sojourn::domain {
namespace {

Observed with_claim(api::ClaimPhase phase, std::string session) {
  Observed seen;
  auto chat = std::make_shared<api::Session>();
  chat->meta.name = "chat";
  chat->meta.uid = "session-uid";
  seen.session = chat;
  seen.child_name = "chat-0123456789";
  seen.claim_name = seen.child_name;
  auto claim = std::make_shared<api::PersistentVolumeClaim>();
  claim->meta.name = seen.child_name;
  claim->meta.labels = {{"sojourn.dev/session", std::move(session)},
                        {"sojourn.dev/session-uid", "session-uid"}};
  claim->phase = phase;
  seen.claim = claim;
  seen.claim_is_genuine = true;
  return seen;
}

bool is_ready(const Observed& seen) {
  Policy policy;
  policy.storage = StoragePolicy{};
  return volume_is_ready(View(seen, policy, Time{}));
}

TEST(Volume, IsReadyOnABoundClaimOfTheSessionAlone) {
  EXPECT_TRUE(is_ready(with_claim(api::ClaimPhase::Bound, "chat")));
  EXPECT_FALSE(is_ready(with_claim(api::ClaimPhase::Bound, "another")));
  EXPECT_FALSE(is_ready(with_claim(api::ClaimPhase::Pending, "chat")));
}

TEST(Volume, ThatNobodyAskedForIsReady) {
  const auto seen = with_claim(api::ClaimPhase::Pending, "another");
  EXPECT_TRUE(volume_is_ready(View(seen, Policy{}, Time{})));
}

}  // namespace
}  // namespace sojourn::domain
