#include "api/json/document.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/json_tree.h"

namespace sojourn::api {

Document::Document(std::unique_ptr<Json> root) : root_(std::move(root)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text) {
  // nlohmann parses any depth, but copying and dumping what it built recurses.
  if (auto tree = JsonTree::parse(text); !tree) return std::move(tree).error();
  try {
    return Document(std::make_unique<Json>(Json::parse(text)));
  } catch (const Json::exception& failure) {
    return Error{ErrorCode::Malformed, std::string("not a JSON text: ") + failure.what()};
  }
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string canonical(std::string_view text) {
  return dump(Json::parse(text, nullptr, false));
}

}  // namespace sojourn::api
