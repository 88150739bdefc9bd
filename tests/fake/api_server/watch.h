#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tests/fake/api_server/admission.h"
#include "tests/fake/api_server/call.h"
#include "tests/fake/api_server/object_store.h"
#include "tests/fake/api_server/selection.h"

namespace sojourn::fake {

// One watch: a place in the store's history and what is of interest there. Its lines are those of
// the wire. Not thread-safe.
class Watch {
 public:
  // Or the answer that refuses it. From resourceVersion "" or "0" the present objects come first,
  // as ADDED.
  static std::variant<Watch, kube::Response> open(const ObjectStore& store,
                                                  const Admission& admission, const Call& call);

  // What has happened since the last call, oldest first, each line with its line end. When the
  // history since then is gone the only line is an ERROR with code 410, and over() becomes true.
  std::vector<std::string> take(const ObjectStore& store);
  bool over() const { return over_; }
  // Whether take() would return anything. Passes over what it would not, so that the next call need
  // not look at that again.
  bool pending(const ObjectStore& store);

  // A BOOKMARK with the place reached; "" when none were asked for. Only right after take().
  std::string bookmark() const;

  const Kind& kind() const { return selection_.kind(); }

 private:
  explicit Watch(Selection selection) : selection_(std::move(selection)) {}
  bool is_told(const Change& change) const;
  std::string line_of(const Change& change) const;

  Selection selection_;
  std::uint64_t position_ = 0;
  bool begins_with_objects_ = false;
  bool bookmarks_ = false;
  bool over_ = false;
};

}  // namespace sojourn::fake
