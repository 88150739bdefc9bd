#include "sojourn/domain/policy.h"

#include <utility>

namespace sojourn::domain {
namespace {

// The session's word, else the template's, else nothing.
template <typename T>
std::optional<T> first_of(const std::optional<T>& session, const std::optional<T>& tmpl) {
  return session ? session : tmpl;
}

StoragePolicy resolve_storage(const api::StorageSpec& session, const api::StorageSpec& tmpl) {
  return {
      .size = first_of(session.size, tmpl.size).value_or("1Gi"),
      .storage_class_name = first_of(session.storage_class_name, tmpl.storage_class_name),
      .access_mode = first_of(session.access_mode, tmpl.access_mode).value_or("ReadWriteOncePod"),
      .mount_path = first_of(session.mount_path, tmpl.mount_path).value_or("/workspace")};
}

}  // namespace

Policy resolve_policy(const api::SessionSpec& session, const api::SessionTemplateSpec* spec,
                      std::string default_agent_image) {
  static const api::SessionTemplateSpec kNoTemplate;
  const auto& tmpl = spec != nullptr ? *spec : kNoTemplate;
  const auto mine = session.storage.value_or(api::StorageSpec{});
  const auto theirs = tmpl.storage.value_or(api::StorageSpec{});

  Policy policy;
  if (session.storage || tmpl.storage) policy.storage = resolve_storage(mine, theirs);
  policy.when_expired = first_of(mine.retention.when_expired, theirs.retention.when_expired)
                            .value_or(api::RetentionPolicy::Retain);
  policy.when_deleted = first_of(mine.retention.when_deleted, theirs.retention.when_deleted);
  if (!policy.when_deleted && spec != nullptr) policy.when_deleted = api::RetentionPolicy::Retain;

  using std::chrono::seconds;
  const auto keep =
      first_of(mine.retention.retain_for_seconds, theirs.retention.retain_for_seconds);
  if (keep || spec != nullptr) policy.retain_for = seconds(keep.value_or(0));
  policy.start_timeout =
      seconds(first_of(session.start_timeout_seconds, tmpl.start_timeout_seconds).value_or(300));
  policy.retry_limit = first_of(session.retry_policy.limit, tmpl.retry_policy.limit).value_or(3);
  policy.retry_initial =
      seconds(first_of(session.retry_policy.initial_seconds, tmpl.retry_policy.initial_seconds)
                  .value_or(10));
  policy.retry_max = seconds(
      first_of(session.retry_policy.max_seconds, tmpl.retry_policy.max_seconds).value_or(360));
  policy.max_lifetime = seconds(
      first_of(session.ttl.max_lifetime_seconds, tmpl.ttl.max_lifetime_seconds).value_or(0));
  policy.after_idle =
      seconds(first_of(session.ttl.after_idle_seconds, tmpl.ttl.after_idle_seconds).value_or(0));
  policy.delete_after_finished = seconds(
      first_of(session.ttl.delete_after_finished_seconds, tmpl.ttl.delete_after_finished_seconds)
          .value_or(0));
  policy.active_deadline =
      seconds(first_of(session.limits.active_deadline_seconds, tmpl.limits.active_deadline_seconds)
                  .value_or(0));
  policy.pod_retention =
      seconds(first_of(session.pod_retention_seconds, tmpl.pod_retention_seconds).value_or(0));
  policy.default_agent_image = std::move(default_agent_image);
  return policy;
}

}  // namespace sojourn::domain
