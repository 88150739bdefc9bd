#include "sojourn/domain/retention.h"

#include <gtest/gtest.h>

#include <chrono>

#include "sojourn/base/timestamp.h"
#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_shape.h"
#include "tests/unit/domain/metadata_patch.h"

namespace sojourn::domain::test {
namespace {

using std::chrono::seconds;
using Holder = ClaimObserved::Holder;

const Time kAt = *parse_timestamp("2026-01-02T03:04:05Z");
constexpr const char* kAtText = "2026-01-02T03:04:05Z";

api::Session session_named(const std::string& name, const std::string& creator = "") {
  api::Session made;
  made.meta.name = name;
  made.meta.namespace_ = "team";
  made.meta.uid = name + "-uid";
  made.spec.template_name = "claude";
  if (!creator.empty()) made.meta.annotations.emplace(kCreatedByAnnotation, creator);
  return made;
}

Policy keeping(std::optional<seconds> retain_for,
               api::RetentionPolicy when_deleted = api::RetentionPolicy::Retain) {
  Policy policy;
  policy.storage = StoragePolicy{"1Gi", std::nullopt, "ReadWriteOncePod", "/workspace"};
  policy.when_deleted = when_deleted;
  policy.retain_for = retain_for;
  return policy;
}

api::PersistentVolumeClaim claim_of(const api::Session& session, const Policy& policy) {
  return build_claim(session, policy, session.meta.name + "-0123456789");
}

api::PersistentVolumeClaim released(api::PersistentVolumeClaim claim, Time at) {
  change(claim.meta, release(claim, at));
  return claim;
}

std::string note(const api::PersistentVolumeClaim& claim, std::string_view key) {
  return std::string(api::lookup(claim.meta.annotations, key));
}

TEST(Retention, AClaimSaysFromItsCreationWhoMadeItAndHowLongItIsToBeKept) {
  const auto claim = claim_of(session_named("chat", "ada"), keeping(seconds(60)));
  EXPECT_EQ(note(claim, kCreatedByAnnotation), "ada");
  EXPECT_EQ(note(claim, kRetainForAnnotation), "60");
  EXPECT_FALSE(is_released(claim));
  EXPECT_EQ(retained_until(claim), std::nullopt);
  const SessionName chat{"chat", "chat-uid"};
  EXPECT_EQ(holder_of(claim), chat);
  EXPECT_EQ(first_holder_of(claim), chat);
  for (const auto& forever : {keeping(seconds(0)), keeping(std::nullopt)}) {
    EXPECT_FALSE(
        claim_of(session_named("chat"), forever).meta.annotations.contains(kRetainForAnnotation));
  }
}

TEST(Retention, ReleaseSaysSinceWhenAndUntilWhen) {
  const auto claim = released(claim_of(session_named("chat"), keeping(seconds(60))),
                              kAt + std::chrono::milliseconds(300));
  EXPECT_TRUE(is_released(claim));
  EXPECT_EQ(api::lookup(claim.meta.labels, kRetainedLabel), "true");
  EXPECT_EQ(note(claim, kRetainedAtAnnotation), kAtText);
  EXPECT_EQ(retained_until(claim), kAt + seconds(61)) << "never early";
  const auto forever = released(claim_of(session_named("chat"), keeping(seconds(0))), kAt);
  EXPECT_TRUE(is_released(forever));
  EXPECT_EQ(retained_until(forever), std::nullopt);
  EXPECT_TRUE(release(forever, kAt).empty()) << "said once";
}

TEST(Retention, WordsOnTheClaimThatMeanNothingKeepIt) {
  auto claim = released(claim_of(session_named("chat"), keeping(seconds(60))), kAt);
  for (const char* word : {"", "soon", "2026-13-01T00:00:00Z"}) {
    claim.meta.annotations.insert_or_assign(std::string(kRetainUntilAnnotation), word);
    EXPECT_EQ(retained_until(claim), std::nullopt) << word;
  }
  for (const char* word : {"", "x", "-5", "60s", "99999999999999999999"}) {
    auto odd = claim_of(session_named("chat"), keeping(seconds(60)));
    odd.meta.annotations.insert_or_assign(std::string(kRetainForAnnotation), word);
    EXPECT_EQ(retained_until(released(odd, kAt)), std::nullopt) << word;
  }
}

TEST(Retention, ASessionNeedsItsVolumeNoMoreOnceItsEndIsFinal) {
  api::SessionStatus status;
  status.finish_time = kAt;
  EXPECT_EQ(released_since(status), std::nullopt);
  for (const auto outcome :
       {api::Outcome::Completed, api::Outcome::Failed, api::Outcome::Timeout}) {
    status.outcome = outcome;
    EXPECT_EQ(released_since(status), std::nullopt) << to_string(outcome);
  }
  for (const auto outcome : {api::Outcome::Cancelled, api::Outcome::Expired}) {
    status.outcome = outcome;
    EXPECT_EQ(released_since(status), kAt) << to_string(outcome);
  }
  status.outcome = api::Outcome::Completed;
  status.conditions = {{"Expired", api::ConditionStatus::False, "", "", kAt + seconds(9), 0}};
  EXPECT_EQ(released_since(status), std::nullopt);
  status.conditions.front().status = api::ConditionStatus::True;
  EXPECT_EQ(released_since(status), kAt + seconds(9));
}

TEST(Retention, HandedOverItNamesTheNewHolderAndForgetsWhatTheLastOneSaid) {
  const auto chat = session_named("chat", "ada");
  auto claim = released(claim_of(chat, keeping(seconds(60), api::RetentionPolicy::Delete)), kAt);
  ASSERT_TRUE(is_owned_by(claim, chat));
  const auto next = session_named("next");
  change(claim.meta, hand_over(claim, next, keeping(seconds(0))));
  EXPECT_EQ(holder_of(claim), (SessionName{"next", "next-uid"}));
  EXPECT_EQ(first_holder_of(claim), (SessionName{"chat", "chat-uid"}));
  EXPECT_TRUE(is_claim_of(claim, next));
  EXPECT_FALSE(is_claim_of(claim, chat));
  EXPECT_FALSE(is_released(claim));
  EXPECT_FALSE(claim.meta.labels.contains(kRetainedLabel));
  EXPECT_TRUE(claim.meta.owner_references.empty());
  for (const auto key : {kCreatedByAnnotation, kRetainForAnnotation, kRetainUntilAnnotation}) {
    EXPECT_FALSE(claim.meta.annotations.contains(key)) << key;
  }
  const auto third = session_named("third", "bob");
  change(claim.meta, hand_over(claim, third, keeping(seconds(5), api::RetentionPolicy::Delete)));
  EXPECT_EQ(first_holder_of(claim), (SessionName{"chat", "chat-uid"}))
      << "its name follows from it";
  EXPECT_TRUE(is_owned_by(claim, third));
  EXPECT_EQ(note(claim, kCreatedByAnnotation), "bob");
  EXPECT_EQ(note(claim, kRetainForAnnotation), "5");
}

TEST(Retention, AnotherTimeInTheSpecCountsFromTheReleaseAndOneByHandIsLeft) {
  auto chat = session_named("chat");
  chat.status.outcome = api::Outcome::Expired;
  chat.status.finish_time = kAt;
  auto claim = released(claim_of(chat, keeping(seconds(60))), kAt);
  EXPECT_TRUE(keep_up(claim, chat, keeping(seconds(60)), true).empty());
  EXPECT_TRUE(keep_up(claim, chat, keeping(std::nullopt), true).empty()) << "nobody says";
  claim.meta.annotations.insert_or_assign(std::string(kRetainUntilAnnotation),
                                          "2030-01-01T00:00:00Z");
  EXPECT_TRUE(keep_up(claim, chat, keeping(seconds(60)), true).empty());
  change(claim.meta, keep_up(claim, chat, keeping(seconds(90)), true));
  EXPECT_EQ(retained_until(claim), kAt + seconds(90));
  change(claim.meta, keep_up(claim, chat, keeping(seconds(0)), true));
  EXPECT_TRUE(is_released(claim));
  EXPECT_EQ(retained_until(claim), std::nullopt);
}

TEST(Retention, AHolderThatIsOverReleasesItsClaimUnlessItIsToBeDeletedOrAPodIsLeft) {
  struct Row {
    api::Outcome outcome;
    api::RetentionPolicy when_expired;
    bool may_release;
    bool released;
  };
  using enum api::RetentionPolicy;
  for (const auto& row : {Row{api::Outcome::Expired, Retain, true, true},
                          Row{api::Outcome::Expired, Retain, false, false},
                          Row{api::Outcome::Expired, Delete, true, false},
                          Row{api::Outcome::Cancelled, Delete, true, true},
                          Row{api::Outcome::Completed, Retain, true, false}}) {
    auto chat = session_named("chat");
    chat.status.outcome = row.outcome;
    chat.status.finish_time = kAt;
    auto policy = keeping(seconds(60));
    policy.when_expired = row.when_expired;
    auto claim = claim_of(chat, policy);
    change(claim.meta, keep_up(claim, chat, policy, row.may_release));
    EXPECT_EQ(is_released(claim), row.released) << to_string(row.outcome);
    const auto end = end_of_retention(kAt, policy, chat.status);
    const bool deleted = row.when_expired == Delete && row.outcome == api::Outcome::Expired;
    EXPECT_EQ(end, deleted ? std::nullopt : std::optional(kAt + seconds(60)));
    EXPECT_EQ(retained_until(claim), row.released ? end : std::nullopt);
  }
}

// What is done about a claim that is released, past its end and in nobody's way, but for `change`.
ClaimPlan plan_for(void (*change_it)(ClaimObserved&, api::PersistentVolumeClaim&, Time&)) {
  auto claim = released(claim_of(session_named("chat"), keeping(seconds(60))), kAt);
  ClaimObserved observed{.claim = nullptr, .is_genuine = true, .holder = Holder::Unseen};
  Time now = kAt + seconds(60);
  change_it(observed, claim, now);
  observed.claim = std::make_shared<api::PersistentVolumeClaim>(claim);
  auto plan = decide_retention(observed, now);
  EXPECT_GT(plan.recheck.value_or(Time::max()), now);
  return plan;
}

void unreleased(api::PersistentVolumeClaim& claim) {
  claim = claim_of(session_named("chat"), keeping(seconds(60)));
}

TEST(DecideRetention, ReapsOnlyWhatIsOursReleasedPastItsEndAndUnused) {
  using enum ClaimPlan::Step;
  using Seen = ClaimObserved;
  using Claim = api::PersistentVolumeClaim;
  struct Row {
    const char* when;
    void (*change)(Seen&, Claim&, Time&);
    ClaimPlan::Step step;
    bool rechecks = false;
  };
  const Row rows[] = {
      {"all of it", [](Seen&, Claim&, Time&) {}, Reap},
      {"its holder is over", [](Seen& o, Claim&, Time&) { o.holder = Holder::Over; }, Reap},
      {"not made by the operator", [](Seen& o, Claim&, Time&) { o.is_genuine = false; }, Rest},
      {"going already", [](Seen&, Claim& c, Time& t) { c.meta.deletion_timestamp = t; }, Rest},
      {"its holder lives", [](Seen& o, Claim&, Time&) { o.holder = Holder::Active; }, Rest},
      {"before its end", [](Seen&, Claim&, Time& t) { t -= seconds(1); }, Rest, true},
      {"kept for ever",
       [](Seen&, Claim& c, Time&) { c.meta.annotations.erase("sojourn.dev/retain-until"); }, Rest},
      {"asked for", [](Seen& o, Claim&, Time&) { o.is_asked_for = true; }, Rest, true},
      {"a pod is left", [](Seen& o, Claim&, Time&) { o.holder_has_pod = true; }, Rest, true},
      {"not released, its holder gone", [](Seen&, Claim& c, Time&) { unreleased(c); }, Release},
      {"not released, its holder over",
       [](Seen& o, Claim& c, Time&) {
         unreleased(c);
         o.holder = Holder::Over;
       },
       Rest},
      {"not released, a pod is left",
       [](Seen& o, Claim& c, Time&) {
         unreleased(c);
         o.holder_has_pod = true;
       },
       Rest, true},
      {"not released, and to go with its holder",
       [](Seen&, Claim& c, Time&) {
         c = claim_of(session_named("chat"), keeping(seconds(60), api::RetentionPolicy::Delete));
       },
       Rest},
      {"not released, its holder lives",
       [](Seen& o, Claim& c, Time&) {
         unreleased(c);
         o.holder = Holder::Active;
       },
       Rest},
      {"not released, not made by the operator",
       [](Seen& o, Claim& c, Time&) {
         unreleased(c);
         o.is_genuine = false;
       },
       Rest},
  };
  for (const auto& row : rows) {
    const auto plan = plan_for(row.change);
    EXPECT_EQ(plan.step, row.step) << row.when;
    EXPECT_EQ(plan.recheck.has_value(), row.rechecks) << row.when;
  }
}

}  // namespace
}  // namespace sojourn::domain::test
