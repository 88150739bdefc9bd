#include "operator/api_access.h"

namespace sojourn::operator_ {

ApiAccess::ApiAccess(const kube::Connection& connection, Clock& clock, Telemetry& telemetry,
                     const Logger& logger, const http::MakeTransport& make_transport)
    : wire_(make_transport(connection, clock, logger.named("transport"), {})),
      lease_wire_(make_transport(connection, clock, logger.named("transport"), {})),
      measured_(*wire_, clock, telemetry),
      lease_measured_(*lease_wire_, clock, telemetry),
      permissions_(measured_, clock, logger.named("permissions")),
      lease_permissions_(lease_measured_, clock, logger.named("permissions")),
      limited_(permissions_, {}, clock, telemetry),
      client_(limited_, clock) {}

std::optional<std::string> ApiAccess::missing_permission() const {
  auto missing = permissions_.missing();
  return missing ? missing : lease_permissions_.missing();
}

}  // namespace sojourn::operator_
