#pragma once

#include <string_view>
#include <utility>

#include "api/json/json_tree.h"
#include "api/json/meta_json.h"
#include "api/json/object_view.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Reports a `kind` other than the expected one; items of typed lists carry none.
void check_kind(const ObjectView& root, std::string_view expected);
// "decode Session a/b: spec.mode: expected a string"
Error decode_error(std::string_view kind, const ObjectMeta& meta, const Problem& problem);
// The same for an object of our own making that cannot be written.
Error encode_error(std::string_view kind, const ObjectMeta& meta, const Problem& problem);

// How every object is read: limits, syntax, kind and metadata are the same for all, and `fill`
// reads the rest. Unlike apiVersion and kind, a name is always there.
template <typename T>
Result<T> decode_object(std::string_view text, std::string_view kind, KeptKeys keys,
                        void (*fill)(const ObjectView& root, T& object)) {
  const auto tree = JsonTree::parse(text);
  if (!tree) return with_context("decode " + std::string(kind), tree.error());
  Problem problem;
  const ObjectView root(*tree, problem);
  check_kind(root, kind);
  root.object("metadata").require("name");
  T object;
  object.meta = read_meta(root, keys);
  fill(root, object);
  if (problem.found()) return decode_error(kind, object.meta, problem);
  return object;
}

}  // namespace sojourn::api
