#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn::api {

// What becomes of a volume. Unknown stands for a word of a newer version and is treated as Retain.
enum class RetentionPolicy { Retain, Delete, Unknown };
std::string_view to_string(RetentionPolicy policy);
RetentionPolicy parse_retention_policy(std::string_view text);

struct StorageRetention {
  std::optional<RetentionPolicy> when_expired;
  std::optional<RetentionPolicy> when_deleted;
  std::optional<std::int64_t> retain_for_seconds;  // of a released volume; 0 or unset: for ever
  friend bool operator==(const StorageRetention&, const StorageRetention&) = default;
};

// spec.storage of a Session or a SessionTemplate; unset members fall through to the template, then
// to the built-in defaults.
struct StorageSpec {
  std::optional<std::string> size;                // a quantity, "1Gi"
  std::optional<std::string> storage_class_name;  // unset: the cluster's default class
  std::optional<std::string> access_mode;         // ReadWriteOncePod or ReadWriteOnce
  std::optional<std::string> mount_path;
  StorageRetention retention;
  friend bool operator==(const StorageSpec&, const StorageSpec&) = default;
};

struct RetryPolicy {
  std::optional<int> limit;            // attempts after the first
  std::optional<int> initial_seconds;  // first backoff
  std::optional<int> max_seconds;      // longest backoff
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

// Of each member 0 or unset is no limit.
struct TtlSpec {
  std::optional<std::int64_t> after_idle_seconds;             // asleep, without a wake
  std::optional<std::int64_t> max_lifetime_seconds;           // since creation
  std::optional<std::int64_t> delete_after_finished_seconds;  // of the Session object
  friend bool operator==(const TtlSpec&, const TtlSpec&) = default;
};

struct LimitsSpec {
  // READY and BUSY in sum; 0 or unset: no limit.
  std::optional<std::int64_t> active_deadline_seconds;
  friend bool operator==(const LimitsSpec&, const LimitsSpec&) = default;
};

}  // namespace sojourn::api
