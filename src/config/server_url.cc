#include "config/server_url.h"

#include <charconv>
#include <cstdint>
#include <string_view>

namespace sojourn::config {
namespace {

bool valid_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

// Splits "host:port", "host", "[v6]:port" and "[v6]"; the port is empty when there is none.
bool split_authority(std::string_view authority, std::string& host, std::string& port) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    if (!authority.empty() && authority.front() != ':') return false;
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    authority = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
  }
  if (!authority.empty()) {
    port = authority.substr(1);
    if (!valid_port(port)) return false;
  }
  return !host.empty() && host.find_first_of(" @/\\\"<>") == std::string::npos;
}

}  // namespace

Result<void> read_server_url(const std::string& url, kube::Connection& connection) {
  const Error refused{ErrorCode::Configuration,
                      "the server address \"" + url + "\" must look like https://host:6443"};
  std::string_view rest = url;
  connection.tls = rest.starts_with("https://");
  if (!connection.tls && !rest.starts_with("http://")) return refused;
  connection.port = connection.tls ? "443" : "80";
  rest.remove_prefix(rest.find("//") + 2);
  const auto path = rest.find('/');
  if (!split_authority(rest.substr(0, path), connection.host, connection.port)) return refused;
  connection.path_prefix = path == std::string_view::npos ? "" : rest.substr(path);
  while (connection.path_prefix.ends_with('/')) connection.path_prefix.pop_back();
  if (connection.path_prefix.find_first_of("?#") != std::string::npos) return refused;
  return {};
}

}  // namespace sojourn::config
