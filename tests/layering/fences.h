#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sojourn::layering {

// What is wrong with including a header that is not the project's own (<…>) from the file at
// `path`: a sentence, or nothing when it is allowed there.
std::optional<std::string> fence_violation(std::string_view path, std::string_view header);

}  // namespace sojourn::layering
