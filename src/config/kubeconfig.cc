#include "sojourn/config/kubeconfig.h"

#include <filesystem>
#include <string_view>
#include <utility>

#include "config/base64.h"
#include "config/server_url.h"
#include "config/yaml.h"

namespace sojourn::config {
namespace {

// The parts of a kubeconfig that one context joins, and what messages call them.
struct Parts {
  const YamlNode* cluster = nullptr;
  const YamlNode* user = nullptr;  // null: the context names none
  std::string cluster_name;        // cluster "a" of /path
  std::string user_name;
  std::string name_space;
  std::filesystem::path folder;
};

Error refuse(const std::string& what) {
  return Error{ErrorCode::Configuration, what};
}

std::string in_quotes(const std::string& text) {
  return "\"" + text + "\"";
}

std::string text_of(const YamlNode& map, std::string_view key) {
  const YamlNode* value = map.find(key);
  return value == nullptr ? "" : value->scalar;
}

// The entry called `name` of one of the three lists; `kind` is also the name of its content.
Result<const YamlNode*> entry(const YamlNode& root, const std::string& path,
                              const std::string& kind, const std::string& name) {
  const YamlNode* list = root.find(kind + "s");
  if (list != nullptr) {
    for (const auto& item : list->items) {
      if (text_of(item, "name") != name) continue;
      if (const YamlNode* content = item.find(kind)) return content;
      return refuse("the " + kind + " " + in_quotes(name) + " of " + path + " is empty");
    }
  }
  return refuse("the kubeconfig " + path + " has no " + kind + " " + in_quotes(name));
}

Result<Parts> join(const YamlNode& root, const std::string& path, std::string context) {
  if (context.empty()) context = text_of(root, "current-context");
  if (context.empty()) {
    return refuse("the kubeconfig " + path + " has no current-context; name one with --context");
  }
  const auto chosen = entry(root, path, "context", context);
  if (!chosen) return chosen.error();
  Parts parts;
  parts.folder = std::filesystem::path(path).parent_path();
  parts.name_space = text_of(**chosen, "namespace");
  const std::string cluster = text_of(**chosen, "cluster");
  const auto found = entry(root, path, "cluster", cluster);
  if (!found) return found.error();
  parts.cluster = *found;
  parts.cluster_name = "cluster " + in_quotes(cluster) + " of " + path;
  const std::string user = text_of(**chosen, "user");
  if (user.empty()) return parts;
  const auto who = entry(root, path, "user", user);
  if (!who) return who.error();
  parts.user = *who;
  parts.user_name = "user " + in_quotes(user) + " of context " + in_quotes(context) + " in " + path;
  return parts;
}

// "x-data" in base64 wins over the file "x", as in kubectl.
Result<kube::Material> material(const YamlNode& map, const std::string& key,
                                const std::string& owner, const std::filesystem::path& folder) {
  kube::Material result;
  const std::string data = text_of(map, key + "-data");
  if (!data.empty()) {
    const auto decoded = decode_base64(data);
    if (!decoded) return refuse("the " + key + "-data of " + owner + " is not base64");
    result.data = *decoded;
  } else if (const std::string file = text_of(map, key); !file.empty()) {
    result.file = folder / file;  // an absolute `file` stays as it is
  }
  return result;
}

Result<void> read_cluster(const Parts& parts, kube::Connection& connection) {
  const std::string& name = parts.cluster_name;
  if (auto read = read_server_url(text_of(*parts.cluster, "server"), connection); !read) {
    return with_context(name, read.error());
  }
  const YamlNode* skip = parts.cluster->find("insecure-skip-tls-verify");
  if (skip != nullptr && skip->as_bool() != false) {
    return refuse(name +
                  " sets insecure-skip-tls-verify, which would send the token to anybody; "
                  "give its certificate-authority instead");
  }
  if (parts.cluster->find("proxy-url") != nullptr) {
    return refuse(name + " sets proxy-url; proxies are not supported, remove it");
  }
  connection.tls_server_name = text_of(*parts.cluster, "tls-server-name");
  auto authority = material(*parts.cluster, "certificate-authority", name, parts.folder);
  if (!authority) return authority.error();
  connection.certificate_authority = *std::move(authority);
  if (connection.tls && !connection.certificate_authority.given()) {
    return refuse(name +
                  " has no certificate-authority; add certificate-authority-data, for the "
                  "machine's own authorities are not trusted");
  }
  return {};
}

// What we do not speak, with what can be written instead.
Result<void> refuse_foreign_logins(const Parts& parts) {
  for (const auto& [key, what] :
       {std::pair{"exec", "a login plug-in (exec)"},
        std::pair{"auth-provider", "a login plug-in (auth-provider)"},
        std::pair{"username", "a user name and password"}, std::pair{"as", "impersonation (as)"}}) {
    if (parts.user->find(key) != nullptr) {
      return refuse("the " + parts.user_name + " needs " + what +
                    ", which is not supported; use a token or a client certificate, for example of "
                    "a service account");
    }
  }
  return {};
}

Result<void> read_user(const Parts& parts, kube::Connection& connection) {
  if (parts.user == nullptr) return {};
  if (auto fine = refuse_foreign_logins(parts); !fine) return fine;
  const std::string token_file = text_of(*parts.user, "tokenFile");
  if (!token_file.empty()) {
    connection.token.file = parts.folder / token_file;
  } else {
    connection.token.data = text_of(*parts.user, "token");
  }
  auto certificate = material(*parts.user, "client-certificate", parts.user_name, parts.folder);
  if (!certificate) return certificate.error();
  auto key = material(*parts.user, "client-key", parts.user_name, parts.folder);
  if (!key) return key.error();
  if (certificate->given() != key->given()) {
    return refuse("the " + parts.user_name +
                  " has only one of client-certificate and client-key; give both");
  }
  connection.client_certificate = *std::move(certificate);
  connection.client_key = *std::move(key);
  return {};
}

}  // namespace

Result<kube::Connection> load_kubeconfig(const std::string& path, const std::string& context) {
  const auto root = load_yaml(path);
  if (!root) return root.error();
  const auto parts = join(*root, path, context);
  if (!parts) return parts.error();
  kube::Connection connection;
  if (auto read = read_cluster(*parts, connection); !read) return read.error();
  if (auto read = read_user(*parts, connection); !read) return read.error();
  connection.default_namespace = parts->name_space.empty() ? "default" : parts->name_space;
  return connection;
}

}  // namespace sojourn::config
