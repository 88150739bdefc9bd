#pragma once

#include <optional>
#include <string_view>

#include "sojourn/base/log.h"
#include "sojourn/base/result.h"
#include "sojourn/kube/transport.h"

namespace sojourn::operator_ {

// Kubernetes 1.32 is the first whose CRDs have selectableFields without a gate.
inline constexpr int kLowestMinor = 32;

// "v1.32.0-gke.100" is 1 and 32. Nothing for what is no such version.
struct ServerVersion {
  int major = 0;
  int minor = 0;
  friend bool operator==(const ServerVersion&, const ServerVersion&) = default;
};
std::optional<ServerVersion> parse_git_version(std::string_view text);

// Asks the API server for its version, for two seconds at most. Configuration, in one sentence,
// when it is too old; one that cannot be reached or understood now is no reason to end.
Result<void> check_server_version(kube::Transport& transport, const Logger& logger);

}  // namespace sojourn::operator_
