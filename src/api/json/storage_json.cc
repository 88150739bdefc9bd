#include "api/json/storage_json.h"

namespace sojourn::api {
namespace {

std::optional<RetentionPolicy> read_retention_policy(const ObjectView& view, std::string_view key) {
  const auto word = view.optional_text(key);
  return word ? std::optional(parse_retention_policy(*word)) : std::nullopt;
}

}  // namespace

std::optional<StorageSpec> read_storage(const ObjectView& spec) {
  const ObjectView view = spec.object("storage");
  if (!view.present()) return std::nullopt;
  const ObjectView retention = view.object("retention");
  return StorageSpec{.size = view.quantity("size"),
                     .storage_class_name = view.optional_text("storageClassName"),
                     .access_mode = view.optional_text("accessMode"),
                     .mount_path = view.optional_text("mountPath"),
                     .retention = {.when_expired = read_retention_policy(retention, "whenExpired"),
                                   .when_deleted = read_retention_policy(retention, "whenDeleted"),
                                   .retain_for_seconds = retention.long_integer("retainFor")}};
}

RetryPolicy read_retry_policy(const ObjectView& spec) {
  const ObjectView view = spec.object("retryPolicy");
  return {.limit = view.integer("limit"),
          .initial_seconds = view.integer("initialSeconds"),
          .max_seconds = view.integer("maxSeconds")};
}

TtlSpec read_ttl(const ObjectView& spec) {
  const ObjectView view = spec.object("ttl");
  return {.after_idle_seconds = view.long_integer("afterIdleSeconds"),
          .max_lifetime_seconds = view.long_integer("maxLifetimeSeconds"),
          .delete_after_finished_seconds = view.long_integer("deleteAfterFinishedSeconds")};
}

LimitsSpec read_limits(const ObjectView& spec) {
  return {.active_deadline_seconds = spec.object("limits").long_integer("activeDeadlineSeconds")};
}

}  // namespace sojourn::api
