#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "sojourn/base/result.h"

namespace sojourn::api {

using Json = nlohmann::json;

// A JSON text that is to become part of one of ours, within the limits of JsonTree, which reads all
// others.
class Document {
 public:
  // Errors: TooLarge for a text over a limit, Malformed for what is not JSON.
  static Result<Document> parse(std::string_view text);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  const Json& root() const { return *root_; }

 private:
  explicit Document(std::unique_ptr<Json> root);
  std::unique_ptr<Json> root_;
};

// The text of `value`: keys sorted, no white space; bytes that are not UTF-8 become U+FFFD. Never
// throws.
std::string dump(const Json& value);
// The same for a text that was parsed before.
std::string canonical(std::string_view text);

}  // namespace sojourn::api
