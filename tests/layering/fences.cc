#include "tests/layering/fences.h"

#include <vector>

#include "tests/layering/rooms.h"

namespace sojourn::layering {
namespace {

using Text = std::string_view;

// Where the headers of one library may appear: path prefixes of files.
struct Fence {
  Text library;  // the headers begin so
  std::vector<Text> allowed;
  Text place;  // the same for people
};

const std::vector<Fence>& fences() {
  static const std::vector<Fence> table = {
      {"nlohmann/",
       {"src/api/json/", "src/kube/", "src/gateway/", "src/config/", "tests/"},
       "the .cc files of api/json, kube, gateway and config"},
      {"boost/", {"src/http/"}, "src/http"},
      {"openssl/", {"src/http/", "tests/fake/"}, "src/http"},
      {"cpprest/",
       {"src/http/client/cpprest_transport.cc"},
       "src/http/client/cpprest_transport.cc"},
      {"pplx/", {"src/http/client/cpprest_transport.cc"}, "src/http/client/cpprest_transport.cc"},
      {"yaml-cpp/", {"src/config/", "tests/"}, "src/config"},
      {"prometheus/", {"src/metrics/"}, "src/metrics"},
      {"re2/", {"src/base/pattern.cc"}, "src/base/pattern.cc"},
      {"protozero/", {"src/api/protobuf/"}, "src/api/protobuf"},
      {"gtest/", {"tests/"}, "tests"},
      {"gmock/", {"tests/"}, "tests"},
  };
  return table;
}

// Of the operating system and the compiler; standard headers have no folder.
constexpr Text kSystemFolders[] = {"sys/", "netinet/", "arpa/", "net/", "linux/", "sanitizer/"};

// The domain is pure: neither time passing, nor threads, nor I/O.
constexpr Text kImpure[] = {"thread",     "mutex",        "condition_variable", "atomic", "future",
                            "fstream",    "iostream",     "filesystem",         "random", "cstdio",
                            "stop_token", "shared_mutex", "semaphore"};

bool starts_with_any(Text text, const auto& prefixes) {
  for (const Text prefix : prefixes) {
    if (text.starts_with(prefix)) return true;
  }
  return false;
}

std::optional<std::string> library_violation(Text path, Text header) {
  for (const auto& [library, allowed, place] : fences()) {
    if (!header.starts_with(library)) continue;
    if (starts_with_any(path, allowed)) return std::nullopt;
    return "<" + std::string(header) + "> belongs only in " + std::string(place);
  }
  if (starts_with_any(header, kSystemFolders)) return std::nullopt;
  if (header.find('/') == Text::npos && !header.ends_with(".hpp")) return std::nullopt;
  return "<" + std::string(header) +
         "> is of a library without a fence; give it one in tests/layering/fences.cc and a reason "
         "in docs/dependencies.md";
}

}  // namespace

std::optional<std::string> fence_violation(Text path, Text header) {
  if (header == "coroutine") return "<coroutine> is not used; blocking threads are";
  if (header == "cpprest/http_listener.h" || header == "cpprest/json.h") {
    return "<" + std::string(header) + "> is used nowhere";
  }
  if (room_of_file(path) == "domain") {
    for (const Text impure : kImpure) {
      if (header == impure) return "<" + std::string(header) + "> has no place in the pure domain";
    }
  }
  const bool is_header = path.ends_with(".h");
  if (is_header && header.starts_with("nlohmann/") && !path.starts_with("tests/")) {
    if (header != "nlohmann/json_fwd.hpp") return "a header may include only json_fwd.hpp";
    if (path.ends_with("_json.h")) return std::nullopt;
  }
  return library_violation(path, header);
}

}  // namespace sojourn::layering
