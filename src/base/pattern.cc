#include "sojourn/base/pattern.h"

#include <re2/re2.h>

namespace sojourn {

Result<bool> matches_whole(std::string_view pattern, std::string_view text) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);  // of a pattern that asks for more it is said that it is too large
  const RE2 expression(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!expression.ok()) return Error{ErrorCode::Invalid, expression.error(), "", {}};
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), expression);
}

}  // namespace sojourn
