#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sojourn::layering {

// What is wrong with the words of one line of code (comments and literals blanked) in the file at
// `path`: a sentence, or nothing.
std::optional<std::string> word_violation(std::string_view path, std::string_view code);

}  // namespace sojourn::layering
