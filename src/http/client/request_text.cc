#include "http/client/request_text.h"

#include <algorithm>

namespace sojourn::http {
namespace {

bool visible(char c) {
  return c > ' ' && c < '\x7f';
}

Result<void> check(std::string_view what, std::string_view value, bool spaces) {
  const bool clean = std::all_of(value.begin(), value.end(),
                                 [&](char c) { return visible(c) || (spaces && c == ' '); });
  if (clean) return {};
  return Error{ErrorCode::Invalid, "the " + std::string(what) +
                                       " holds a line break or another character that an HTTP "
                                       "header cannot carry"};
}

}  // namespace

std::string authority_of(const kube::Connection& connection) {
  const bool ipv6 = connection.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + connection.host + "]" : connection.host) + ":" + connection.port;
}

bool sends_body(const kube::Request& request) {
  return !request.body.empty() ||
         (request.method != kube::Method::Get && request.method != kube::Method::Delete);
}

Result<void> check_request(const kube::Connection& connection, const kube::Request& request,
                           std::string_view token) {
  for (const auto& checked :
       {check("request target", connection.path_prefix + request.target, false),
        check("content type", request.content_type, true),
        check("user agent", connection.user_agent, true), check("bearer token", token, false)}) {
    if (!checked) return checked.error();
  }
  return {};
}

Result<std::string> format_request(const kube::Connection& connection, const kube::Request& request,
                                   std::string_view token) {
  if (auto sendable = check_request(connection, request, token); !sendable) {
    return sendable.error();
  }
  std::string text;
  text.reserve(512 + token.size() + request.body.size());
  text.append(kube::to_string(request.method)).append(" ");
  text.append(connection.path_prefix).append(request.target).append(" HTTP/1.1\r\nHost: ");
  text.append(authority_of(connection)).append("\r\n");
  const auto header = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text.append(name).append(": ").append(value).append("\r\n");
  };
  header("Accept", kube::accepted_types(request));
  header("User-Agent", connection.user_agent);
  if (!token.empty()) text.append("Authorization: Bearer ").append(token).append("\r\n");
  if (sends_body(request)) {
    header("Content-Type", request.content_type);
    header("Content-Length", std::to_string(request.body.size()));
  }
  return text.append("\r\n").append(request.body);
}

}  // namespace sojourn::http
