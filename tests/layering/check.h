#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sojourn::layering {

// One breach of the rules of docs/architecture.md.
struct Violation {
  std::string path;
  int line = 0;  // 0: the file as a whole
  std::string message;
};

// Holds one source file to the rules: which folder may include which, where third-party headers
// may appear, words that belong in one place only, size and name. `path` is relative to the root of
// the project ("src/kube/client.cc"). Pure.
std::vector<Violation> check(std::string_view path, std::string_view text);

}  // namespace sojourn::layering
