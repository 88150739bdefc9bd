#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/error.h"
#include "sojourn/base/result.h"

namespace sojourn::domain::test {

// The lines of a page under docs/, or NotFound.
inline Result<std::vector<std::string>> read_page(std::string_view name) {
  const std::string path = std::string(SOJOURN_SOURCE_DIR) + "/docs/" + std::string(name);
  std::ifstream in(path);
  if (!in) return Error{ErrorCode::NotFound, "open " + path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace sojourn::domain::test
