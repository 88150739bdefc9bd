#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"

namespace sojourn::domain {

struct StoragePolicy {
  std::string size;
  std::optional<std::string> storage_class_name;
  std::string access_mode;
  std::string mount_path;
  friend bool operator==(const StoragePolicy&, const StoragePolicy&) = default;
};

// What holds for one Session: its own words, else its template's, else the built-in defaults.
struct Policy {
  std::optional<StoragePolicy> storage;  // unset: no claim
  api::RetentionPolicy when_expired = api::RetentionPolicy::Retain;
  // Unset: neither says and the template is not known, so the claim stays as it is.
  std::optional<api::RetentionPolicy> when_deleted;
  // How long a released claim is kept, 0 for ever. Unset as above.
  std::optional<std::chrono::seconds> retain_for;
  std::chrono::seconds start_timeout{300};
  int retry_limit = 3;
  std::chrono::seconds retry_initial{10};
  std::chrono::seconds retry_max{360};
  // Of each of these 0 is no limit.
  std::chrono::seconds max_lifetime{0};
  std::chrono::seconds after_idle{0};
  std::chrono::seconds active_deadline{0};
  std::chrono::seconds pod_retention{0};
  std::chrono::seconds delete_after_finished{0};
  std::string default_agent_image;  // for agents without an image; empty: none
};

// `spec` is the template's in force, or null while it is not known.
Policy resolve_policy(const api::SessionSpec& session, const api::SessionTemplateSpec* spec,
                      std::string default_agent_image);

}  // namespace sojourn::domain
