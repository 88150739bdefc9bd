#include "sojourn/domain/claim_shape.h"

#include <gtest/gtest.h>

#include "sojourn/domain/pod_shape.h"

namespace sojourn::domain::test {
namespace {

using api::RetentionPolicy;

api::Session session() {
  api::Session made;
  made.meta.name = "chat";
  made.meta.namespace_ = "team";
  made.meta.uid = "session-uid";
  made.spec.template_name = "claude";
  return made;
}

Policy policy(std::optional<RetentionPolicy> when_deleted) {
  Policy made;
  made.storage = StoragePolicy{"5Gi", "fast", "ReadWriteOncePod", "/workspace"};
  made.when_deleted = when_deleted;
  return made;
}

TEST(ClaimShape, AsksForWhatThePolicySays) {
  const auto claim = build_claim(session(), policy(RetentionPolicy::Retain), "chat-0123456789");
  EXPECT_EQ(claim.meta.name, "chat-0123456789");
  EXPECT_EQ(claim.meta.namespace_, "team");
  EXPECT_EQ(claim.access_modes, std::vector<std::string>{"ReadWriteOncePod"});
  EXPECT_EQ(claim.requested_size, "5Gi");
  EXPECT_EQ(claim.storage_class_name, "fast");
  EXPECT_EQ(claim.volume_name, "");
  const api::StringMap labels{{"sojourn.dev/session", "chat"},
                              {"sojourn.dev/session-uid", "session-uid"},
                              {"sojourn.dev/template", "claude"},
                              {"app.kubernetes.io/managed-by", "sojourn"}};
  EXPECT_EQ(claim.meta.labels, labels);
}

TEST(ClaimShape, AnUnsetClassIsLeftToTheClusterAndAnEmptyOneIsKept) {
  auto wish = policy(RetentionPolicy::Retain);
  wish.storage->storage_class_name.reset();
  EXPECT_EQ(build_claim(session(), wish, "c").storage_class_name, std::nullopt);
  wish.storage->storage_class_name = "";
  EXPECT_EQ(build_claim(session(), wish, "c").storage_class_name, "");
}

TEST(ClaimShape, HasAnOwnerOnlyWhenItIsToBeDeletedWithTheSession) {
  for (const auto retain :
       {std::optional(RetentionPolicy::Retain), std::optional(RetentionPolicy::Unknown),
        std::optional<RetentionPolicy>()}) {
    const auto claim = build_claim(session(), policy(retain), "c");
    EXPECT_TRUE(claim.meta.owner_references.empty());
    EXPECT_FALSE(is_owned_by(claim, session()));
  }
  const auto claim = build_claim(session(), policy(RetentionPolicy::Delete), "c");
  const api::OwnerReference owner{"sojourn.dev/v1alpha1", "Session", "chat", "session-uid", false};
  EXPECT_EQ(claim.meta.owner_references, std::vector{owner});
  EXPECT_TRUE(is_owned_by(claim, session()));
}

TEST(ClaimShape, NothingOfTheSessionsOwnLabelsAndAnnotationsReachesTheClaim) {
  auto labelled = session();
  labelled.meta.labels = {{"argocd.argoproj.io/instance", "x"}};
  labelled.meta.annotations = {{"kubectl.kubernetes.io/x", "y"}};
  const auto claim = build_claim(labelled, policy(RetentionPolicy::Retain), "c");
  EXPECT_EQ(claim.meta.labels.size(), 4U);
  const api::StringMap annotations{{"argocd.argoproj.io/compare-options", "IgnoreExtraneous"},
                                   {"argocd.argoproj.io/sync-options", "Prune=false"},
                                   {"kustomize.toolkit.fluxcd.io/prune", "disabled"}};
  EXPECT_EQ(claim.meta.annotations, annotations);
}

TEST(ClaimIsOurs, OnlyWhenBothNameAndUidOfItsLabelsAgree) {
  struct Row {
    const char* name;
    const char* uid;
    bool ours;
  };
  for (const auto& [name, uid, ours] :
       {Row{"chat", "session-uid", true}, Row{"chat", "older-uid", false},
        Row{"other", "session-uid", false}, Row{"", "", false}}) {
    api::PersistentVolumeClaim claim;
    claim.meta.labels = {{std::string(kSessionLabel), name}, {std::string(kSessionUidLabel), uid}};
    EXPECT_EQ(is_claim_of(claim, session()), ours) << name << " " << uid;
  }
  EXPECT_FALSE(is_claim_of({}, session()));
}

TEST(ClaimIsOurs, AnOwnerReferenceAloneIsNoProof) {
  api::PersistentVolumeClaim claim;
  claim.meta.owner_references = {owner_reference(session(), false)};
  EXPECT_FALSE(is_claim_of(claim, session()));
}

}  // namespace
}  // namespace sojourn::domain::test
