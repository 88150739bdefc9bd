#include "sojourn/base/file.h"
#include "sojourn/config/kubeconfig.h"

namespace sojourn::config {
namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;

std::string value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

}  // namespace

Result<kube::Connection> load_in_cluster(const Environment& environment, const std::string& root) {
  kube::Connection connection;
  connection.host = value_of(environment, "KUBERNETES_SERVICE_HOST");
  connection.port = value_of(environment, "KUBERNETES_SERVICE_PORT");
  if (connection.host.empty() || connection.port.empty()) {
    return Error{ErrorCode::Configuration,
                 "this is not a pod of a cluster (KUBERNETES_SERVICE_HOST is not set); give "
                 "--kubeconfig"};
  }
  const std::string folder = root + "/var/run/secrets/kubernetes.io/serviceaccount/";
  connection.token.file = folder + "token";
  connection.certificate_authority.file = folder + "ca.crt";
  for (const auto& file : {connection.token.file, connection.certificate_authority.file}) {
    if (const auto content = read_file(file, kMaxFileBytes); !content) {
      return with_context("the pod has no service account token (automountServiceAccountToken)",
                          content.error());
    }
  }
  const auto name_space = read_file(folder + "namespace", kMaxFileBytes);
  connection.default_namespace = name_space ? *name_space : "default";
  while (connection.default_namespace.ends_with('\n')) connection.default_namespace.pop_back();
  return connection;
}

}  // namespace sojourn::config
