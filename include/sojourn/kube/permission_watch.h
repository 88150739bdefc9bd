#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/kube/transport.h"

namespace sojourn::kube {

// What a request needs to be allowed to do, in the words of an RBAC rule.
struct Permission {
  std::string verb;      // "list", "watch", "get", "create", "patch", "update" or "delete"
  std::string resource;  // with subresource and group, as kubectl takes it: "sessions.sojourn.dev"
  std::string namespace_;  // empty: the whole cluster
  friend auto operator<=>(const Permission&, const Permission&) = default;
};
// "create pods in namespace a", "list pods in all namespaces".
std::string to_string(const Permission& permission);

// The permission a request of this program needs. Nothing for paths that are no resource
// (/version).
std::optional<Permission> permission_of(const Request& request);

// Notes which calls that pass through it are refused for want of a permission (by RBAC, not by
// quota or admission): one line in the log when one goes missing and one when it is granted,
// however often it is asked for. What has not been refused again for two minutes is forgotten, for
// perhaps nobody needs it any more. Thread-safe; all references must outlive it.
class PermissionWatch final : public Transport {
 public:
  PermissionWatch(Transport& transport, Clock& clock, Logger logger)
      : transport_(transport), clock_(clock), logger_(std::move(logger)) {}

  Result<Response> send(const Request& request, std::stop_token stop) override;
  // A stream that was let in is granted from its first bytes on.
  Result<Response> stream(const Request& request, const ChunkHandler& on_chunk,
                          std::stop_token stop) override;

  // All that is missing, in words, in a fixed order.
  std::vector<std::string> missing() const;

 private:
  void note(const Request& request, const Result<Response>& response);
  void note_refused(const Permission& permission);
  void note_granted(const Permission& permission);

  Transport& transport_;
  Clock& clock_;
  const Logger logger_;
  mutable std::mutex mutex_;                  // guards missing_
  std::map<Permission, SteadyTime> missing_;  // since when it was last refused
};

}  // namespace sojourn::kube
