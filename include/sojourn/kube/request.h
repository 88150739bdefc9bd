#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sojourn/kube/resource.h"
#include "sojourn/kube/transport.h"

namespace sojourn::kube {

// Builders of the requests of the Kubernetes API. All pure: what they return is all they do.

// The field manager the API server records for our writes.
inline constexpr std::string_view kFieldManager = "sojourn-operator";

// What a list or watch covers.
struct Selection {
  std::string namespace_;  // empty: all namespaces
  std::string label_selector = {};
  std::string field_selector = {};
};

struct PageOptions {
  int limit = 0;               // items a page; 0: all in one
  std::string continue_ = {};  // the token of the page before; empty for the first page
};

// Without a resourceVersion: a consistent read, so a list is never older than what was seen before.
Request list_request(const ResourceInfo& info, const Selection& selection, const PageOptions& page);

struct WatchOptions {
  std::string resource_version;  // where to begin; events after it are sent
  std::chrono::seconds timeout;  // when the server ends the watch
  std::chrono::seconds silence;  // the longest pause between two chunks before we give it up
};

// A watch with bookmarks.
Request watch_request(const ResourceInfo& info, const Selection& selection,
                      const WatchOptions& options);

Request get_request(const ResourceInfo& info, const ObjectKey& key);

// `body` is a whole object.
Request create_request(const ResourceInfo& info, std::string_view namespace_, std::string body);

// The deletion is refused (Conflict) unless the object still has this uid and resourceVersion;
// empty means any.
struct Preconditions {
  std::string uid = {};
  std::string resource_version = {};
};

struct RemoveOptions {
  Preconditions preconditions = {};
  std::optional<std::chrono::seconds> grace_period = {};  // unset: the object's own
  std::string propagation = "Background";                 // or "Foreground", "Orphan"
};
Request remove_request(const ResourceInfo& info, const ObjectKey& key,
                       const RemoveOptions& options);

// RFC 7396 merge patches; `body` is the patch. With metadata.resourceVersion in it the patch is
// refused (Conflict) when the object has changed.
Request patch_request(const ResourceInfo& info, const ObjectKey& key, std::string body);
Request patch_status_request(const ResourceInfo& info, const ObjectKey& key, std::string body);

// Everything but the unreserved characters of RFC 3986 as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace sojourn::kube
