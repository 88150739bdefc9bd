#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sojourn/kube/transport.h"
#include "tests/fake/api_server/kinds.h"

namespace sojourn::fake {

// A request as the API server understands it.
struct Call {
  std::string verb;  // get, list, watch, create, update, patch, delete
  const Kind* kind = nullptr;
  std::string namespace_;   // empty: all namespaces, or a kind without them
  std::string name;         // empty for list, watch and create
  std::string subresource;  // "status" or empty
  std::map<std::string, std::string, std::less<>> query;
  std::string content_type;
  std::string body;

  bool is_write() const { return verb != "get" && verb != "list" && verb != "watch"; }
  // The value in the query, or "".
  std::string_view parameter(std::string_view key) const;
  // "patch sessions/status a/b"
  std::string text() const;
};

// Nothing when the path or the method is not served.
std::optional<Call> parse_call(const kube::Request& request);

}  // namespace sojourn::fake
