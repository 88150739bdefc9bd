#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/http/client/transport_limits.h"
#include "sojourn/kube/client.h"
#include "sojourn/kube/connection.h"
#include "sojourn/kube/history.h"
#include "sojourn/kube/limited_transport.h"
#include "sojourn/kube/measured_transport.h"
#include "sojourn/kube/permission_watch.h"
#include "sojourn/kube/transport.h"

namespace sojourn::operator_ {

// What /readyz says of the permissions that are missing: one sentence that names the first dozen.
// Nothing when none is.
std::optional<std::string> describe_missing(const std::vector<std::string>& permissions);

// The ways to the API server: one for everything, measured, with a limit on writes and none while
// the server's history is not whole, and one of its own for the Lease, whose renewal must wait
// behind nothing. All references must outlive it.
class ApiAccess {
 public:
  ApiAccess(const kube::Connection& connection, Clock& clock, Telemetry& telemetry,
            const Logger& logger, const http::MakeTransport& make_transport,
            const kube::History& history);

  kube::Transport& transport() { return gate_; }
  kube::Transport& lease_transport() { return lease_permissions_; }
  // What the operator was lately refused for want of a permission: "create pods in namespace a".
  std::vector<std::string> missing_permissions() const;
  kube::Client& client() { return client_; }

 private:
  const std::unique_ptr<kube::Transport> wire_;
  const std::unique_ptr<kube::Transport> lease_wire_;
  kube::MeasuredTransport measured_;
  kube::MeasuredTransport lease_measured_;
  kube::PermissionWatch permissions_;
  kube::PermissionWatch lease_permissions_;
  kube::LimitedTransport limited_;
  kube::HistoryGate gate_;
  kube::Client client_;
};

}  // namespace sojourn::operator_
