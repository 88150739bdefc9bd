#include "operator/api_access.h"

#include <algorithm>
#include <utility>

namespace sojourn::operator_ {
namespace {

constexpr std::size_t kMostNamed = 12;

}  // namespace

std::optional<std::string> describe_missing(const std::vector<std::string>& permissions) {
  if (permissions.empty()) return std::nullopt;
  const auto named = std::min(permissions.size(), kMostNamed);
  std::string list = permissions.front();
  for (std::size_t i = 1; i < named; ++i) list += ", " + permissions[i];
  if (named < permissions.size()) {
    list += " and " + std::to_string(permissions.size() - named) + " more";
  }
  const bool one = permissions.size() == 1;
  return std::string(one ? "a permission is missing: " : "permissions are missing: ") + list +
         "; grant " + (one ? "it" : "them") + " in the operator's Role";
}

ApiAccess::ApiAccess(const kube::Connection& connection, Clock& clock, Telemetry& telemetry,
                     const Logger& logger, const http::MakeTransport& make_transport,
                     const kube::History& history)
    : wire_(make_transport(connection, clock, logger.named("transport"), {})),
      lease_wire_(make_transport(connection, clock, logger.named("transport"), {})),
      measured_(*wire_, clock, telemetry),
      lease_measured_(*lease_wire_, clock, telemetry),
      permissions_(measured_, clock, logger.named("permissions")),
      lease_permissions_(lease_measured_, clock, logger.named("permissions")),
      limited_(permissions_, {}, clock, telemetry),
      gate_(limited_, history),
      client_(gate_, clock) {}

std::vector<std::string> ApiAccess::missing_permissions() const {
  auto missing = permissions_.missing();
  for (auto& words : lease_permissions_.missing()) missing.push_back(std::move(words));
  return missing;
}

}  // namespace sojourn::operator_
