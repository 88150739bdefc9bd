#pragma once

#include <map>
#include <string>

#include "sojourn/base/result.h"
#include "sojourn/kube/connection.h"

namespace sojourn::config {

using Environment = std::map<std::string, std::string>;

// The connection that `context` of the kubeconfig at `path` stands for; an empty `context` is the
// file's current one. Tokens, token files and client certificates are understood, as data or as
// files (relative paths count from the kubeconfig's folder). Configuration, in one sentence that
// says what to write, for all else: plug-ins, passwords, impersonation, proxies, skipped
// verification, missing or broken parts. `user_agent` is left to the caller.
Result<kube::Connection> load_kubeconfig(const std::string& path, const std::string& context);

// The connection of a pod to its own cluster, from KUBERNETES_SERVICE_HOST and _PORT and the
// service account's files below `root` ("" in a real pod). Configuration when a part is missing.
Result<kube::Connection> load_in_cluster(const Environment& environment,
                                         const std::string& root = "");

}  // namespace sojourn::config
