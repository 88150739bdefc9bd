#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sojourn::layering {

struct Include {
  int line = 0;
  std::string header;
  bool quoted = false;  // "…" rather than <…>
};

// A C++ file as the rules look at it.
struct SourceText {
  std::vector<Include> includes;
  // The lines with comments and the insides of literals blanked, so that only code is left. A
  // line's number is its index + 1.
  std::vector<std::string> code;
  bool has_pragma_once = false;
};

SourceText parse(std::string_view text);

}  // namespace sojourn::layering
