#include "sojourn/domain/policy.h"

#include <gtest/gtest.h>

namespace sojourn::domain::test {
namespace {

using api::RetentionPolicy;
using std::chrono::seconds;

api::StorageSpec storage(std::string size, std::string mode, std::string path) {
  api::StorageSpec spec;
  spec.size = std::move(size);
  spec.access_mode = std::move(mode);
  spec.mount_path = std::move(path);
  return spec;
}

TEST(Policy, WithoutAnybodysWordTheBuiltInDefaultsHold) {
  const api::SessionTemplateSpec tmpl;
  const auto policy = resolve_policy({}, &tmpl, "");
  EXPECT_EQ(policy.storage, std::nullopt);
  EXPECT_EQ(policy.when_expired, RetentionPolicy::Retain);
  EXPECT_EQ(policy.when_deleted, RetentionPolicy::Retain);
  EXPECT_EQ(policy.start_timeout, seconds(300));
  EXPECT_EQ(policy.retry_limit, 3);
  EXPECT_EQ(policy.retry_initial, seconds(10));
  EXPECT_EQ(policy.retry_max, seconds(360));
  EXPECT_EQ(policy.max_lifetime, seconds(0));
  EXPECT_EQ(policy.default_agent_image, "");
}

TEST(Policy, TheTemplateSpeaksWhereTheSessionIsSilent) {
  api::SessionTemplateSpec tmpl;
  tmpl.storage = storage("5Gi", "ReadWriteOnce", "/data");
  tmpl.storage->storage_class_name = "fast";
  tmpl.storage->retention = {RetentionPolicy::Delete, RetentionPolicy::Delete, 60};
  tmpl.retry_policy = {1, 2, 3};
  tmpl.start_timeout_seconds = 4;
  tmpl.ttl = {
      .after_idle_seconds = 4, .max_lifetime_seconds = 5, .delete_after_finished_seconds = 8};
  tmpl.limits.active_deadline_seconds = 6;
  tmpl.pod_retention_seconds = 7;
  const auto policy = resolve_policy({}, &tmpl, "agent:1");
  EXPECT_EQ(policy.storage, (StoragePolicy{"5Gi", "fast", "ReadWriteOnce", "/data"}));
  EXPECT_EQ(policy.when_expired, RetentionPolicy::Delete);
  EXPECT_EQ(policy.when_deleted, RetentionPolicy::Delete);
  EXPECT_EQ(policy.retain_for, seconds(60));
  EXPECT_EQ(policy.retry_limit, 1);
  EXPECT_EQ(policy.retry_initial, seconds(2));
  EXPECT_EQ(policy.retry_max, seconds(3));
  EXPECT_EQ(policy.start_timeout, seconds(4));
  EXPECT_EQ(policy.max_lifetime, seconds(5));
  EXPECT_EQ(policy.after_idle, seconds(4));
  EXPECT_EQ(policy.active_deadline, seconds(6));
  EXPECT_EQ(policy.pod_retention, seconds(7));
  EXPECT_EQ(policy.delete_after_finished, seconds(8));
  EXPECT_EQ(policy.default_agent_image, "agent:1");
}

TEST(Policy, TheSessionsWordWinsFieldByField) {
  api::SessionTemplateSpec tmpl;
  tmpl.storage = storage("5Gi", "ReadWriteOnce", "/data");
  tmpl.storage->storage_class_name = "fast";
  tmpl.storage->retention = {RetentionPolicy::Delete, RetentionPolicy::Delete, 60};
  tmpl.retry_policy = {1, 2, 3};
  tmpl.start_timeout_seconds = 4;
  tmpl.ttl = {
      .after_idle_seconds = 4, .max_lifetime_seconds = 5, .delete_after_finished_seconds = 8};
  tmpl.limits.active_deadline_seconds = 6;
  tmpl.pod_retention_seconds = 7;
  api::SessionSpec session;
  session.storage = api::StorageSpec{};
  session.storage->size = "9Gi";
  session.storage->storage_class_name = "";  // none, which is not the cluster's default
  session.storage->retention.when_expired = RetentionPolicy::Retain;
  session.storage->retention.retain_for_seconds = 0;
  session.retry_policy.limit = 0;
  session.start_timeout_seconds = 40;
  // For ever.
  session.ttl = {
      .after_idle_seconds = 0, .max_lifetime_seconds = 0, .delete_after_finished_seconds = 0};
  session.limits.active_deadline_seconds = 60;
  session.pod_retention_seconds = 0;
  const auto policy = resolve_policy(session, &tmpl, "");
  EXPECT_EQ(policy.storage, (StoragePolicy{"9Gi", "", "ReadWriteOnce", "/data"}));
  EXPECT_EQ(policy.when_expired, RetentionPolicy::Retain);
  EXPECT_EQ(policy.when_deleted, RetentionPolicy::Delete);
  EXPECT_EQ(policy.retry_limit, 0);
  EXPECT_EQ(policy.retry_initial, seconds(2));
  EXPECT_EQ(policy.start_timeout, seconds(40));
  EXPECT_EQ(policy.max_lifetime, seconds(0));
  EXPECT_EQ(policy.after_idle, seconds(0));
  EXPECT_EQ(policy.active_deadline, seconds(60));
  EXPECT_EQ(policy.pod_retention, seconds(0));
  EXPECT_EQ(policy.delete_after_finished, seconds(0));
  EXPECT_EQ(policy.retain_for, seconds(0));
}

TEST(Policy, EmptyStorageAsksForAVolumeWithTheDefaults) {
  const StoragePolicy defaults{"1Gi", std::nullopt, "ReadWriteOncePod", "/workspace"};
  api::SessionSpec session;
  session.storage = api::StorageSpec{};
  EXPECT_EQ(resolve_policy(session, nullptr, "").storage, defaults);
  api::SessionTemplateSpec tmpl;
  tmpl.storage = api::StorageSpec{};
  EXPECT_EQ(resolve_policy({}, &tmpl, "").storage, defaults);
}

TEST(Policy, WhileTheTemplateIsUnknownNothingIsSaidAboutTheOwnerOfTheClaim) {
  EXPECT_EQ(resolve_policy({}, nullptr, "").when_deleted, std::nullopt);
  EXPECT_EQ(resolve_policy({}, nullptr, "").retain_for, std::nullopt);
  api::SessionSpec session;
  session.storage = api::StorageSpec{};
  session.storage->retention.when_deleted = RetentionPolicy::Delete;
  EXPECT_EQ(resolve_policy(session, nullptr, "").when_deleted, RetentionPolicy::Delete);
}

}  // namespace
}  // namespace sojourn::domain::test
