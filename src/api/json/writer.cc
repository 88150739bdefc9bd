#include "api/json/writer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/document.h"
#include "sojourn/base/timestamp.h"

namespace sojourn::api {

void put(Json& object, const char* key, std::string_view value) {
  if (!value.empty()) object[key] = value;
}
void put(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}
void put(Json& object, const char* key, const std::optional<std::string>& value) {
  if (value) object[key] = *value;
}
void put(Json& object, const char* key, const StringMap& value) {
  if (!value.empty()) object[key] = value;
}
void put(Json& object, const char* key, const std::vector<std::string>& value) {
  if (!value.empty()) object[key] = value;
}
void put(Json& object, const char* key, const std::vector<std::int64_t>& value) {
  if (!value.empty()) object[key] = value;
}
void put(Json& object, const char* key, const std::optional<std::int64_t>& value) {
  if (value) object[key] = *value;
}
void put(Json& object, const char* key, const std::optional<bool>& value) {
  if (value) object[key] = *value;
}
void put(Json& object, const char* key, const std::optional<Time>& value) {
  if (value) object[key] = format_timestamp(*value);
}
void put_flag(Json& object, const char* key, bool value) {
  if (value) object[key] = true;
}
void put_json(Json& object, const char* key, Json value) {
  if (!value.empty()) object[key] = std::move(value);
}

void put_raw(Json& object, const char* key, const JsonText& value, std::string_view path,
             Problem& problem) {
  if (value.empty()) return;
  auto document = Document::parse(value.text);
  if (document) {
    object[key] = document->root();
  } else {
    problem.report(path.empty() ? key : std::string(path) + "." + key, document.error().message);
  }
}

}  // namespace sojourn::api
