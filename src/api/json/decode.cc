#include "api/json/decode.h"

namespace sojourn::api {
namespace {

std::string describe(std::string_view verb, std::string_view kind, const ObjectMeta& meta,
                     const Problem& problem) {
  std::string text = std::string(verb) + " " + std::string(kind);
  if (!meta.name.empty()) {
    text += " " + (meta.namespace_.empty() ? "" : meta.namespace_ + "/") + meta.name;
  }
  return text + ": " + problem.text();
}

}  // namespace

void check_kind(const ObjectView& root, std::string_view expected) {
  const auto kind = root.optional_text("kind");
  if (kind && *kind != expected) {
    root.report("kind", "expected " + std::string(expected) + ", found " + *kind);
  }
}

Error decode_error(std::string_view kind, const ObjectMeta& meta, const Problem& problem) {
  return {ErrorCode::Malformed, describe("decode", kind, meta, problem)};
}

Error encode_error(std::string_view kind, const ObjectMeta& meta, const Problem& problem) {
  return {ErrorCode::Internal, describe("encode", kind, meta, problem)};
}

}  // namespace sojourn::api
