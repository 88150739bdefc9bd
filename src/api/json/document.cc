#include "api/json/document.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace sojourn::api {
namespace {

constexpr std::size_t kMaxBytes = 3 * 1024 * 1024;
constexpr int kMaxDepth = 64;
constexpr int kMaxMembers = 10'000;

// Counts brackets and members before anything is built: nlohmann parses any depth, but copying and
// dumping what it built recurses.
std::optional<Error> exceeded_limit(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return Error{ErrorCode::TooLarge, "the JSON text is larger than 3 MiB"};
  }
  int depth = 0;
  int members = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) {
        return Error{ErrorCode::TooLarge, "the JSON text is nested deeper than 64 levels"};
      }
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ':' && ++members > kMaxMembers) {
      return Error{ErrorCode::TooLarge, "the JSON text has more than 10,000 members"};
    }
  }
  return std::nullopt;
}

}  // namespace

Document::Document(std::unique_ptr<Json> root) : root_(std::move(root)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text) {
  if (auto error = exceeded_limit(text)) return std::move(*error);
  try {
    return Document(std::make_unique<Json>(Json::parse(text)));
  } catch (const Json::exception& failure) {
    return Error{ErrorCode::Malformed, std::string("not a JSON text: ") + failure.what()};
  }
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sojourn::api
