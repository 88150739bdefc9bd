#pragma once

#include <string>

namespace sojourn::kube {

// Bytes given in place, or a file that is read again when it changes. Both empty: not given.
struct Material {
  std::string data;
  std::string file;
  bool given() const { return !data.empty() || !file.empty(); }
};

// How to reach one API server and who we are there. Filled by config/ from the pod's environment or
// a kubeconfig.
struct Connection {
  std::string host;         // an IP literal without brackets, or a name
  std::string port;         // "6443"
  std::string path_prefix;  // of a server behind a path, "/k8s"; else empty
  bool tls = true;
  // The name the certificate must carry; empty: `host`.
  std::string tls_server_name;
  Material certificate_authority;  // PEM; when not given the system's public CAs are NOT used
  Material client_certificate;     // PEM
  Material client_key;             // PEM
  Material token;                  // bearer token
  std::string default_namespace;   // of the kubeconfig's context or of the pod; else "default"
  std::string user_agent;
};

}  // namespace sojourn::kube
