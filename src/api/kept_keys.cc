#include "api/kept_keys.h"

#include <algorithm>

namespace sojourn::api {
namespace {

constexpr std::string_view kOwnPrefix = "sojourn.dev/";
// Content that the agents read from their pod, up to 64 KiB of it; for us it says nothing.
constexpr std::string_view kContent[] = {"sojourn.dev/prompt", "sojourn.dev/agent."};
constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

bool is_content(std::string_view key) {
  return std::ranges::any_of(kContent, [key](auto start) { return key.starts_with(start); });
}

}  // namespace

bool is_kept(KeptKeys keys, std::string_view key) {
  switch (keys) {
    case KeptKeys::All:
      return key != kLastApplied;
    case KeptKeys::Own:
      return key.starts_with(kOwnPrefix) && !is_content(key);
  }
  return false;
}

}  // namespace sojourn::api
