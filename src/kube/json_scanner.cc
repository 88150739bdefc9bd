#include "sojourn/kube/json_scanner.h"

#include <limits>
#include <span>

#include "kube/json_cursor.h"

namespace sojourn::kube {
namespace {

struct Filter;

struct Rule {
  std::string_view key;
  // Drop: what becomes of the value, null = dropped. Only: likewise, null = kept whole.
  const Filter* below = nullptr;
};

// Which members of an object are kept.
struct Filter {
  enum class Mode { Drop, Only };  // all but the listed ones, or the listed ones alone
  Mode mode;
  std::span<const Rule> rules;
};

constexpr Rule kBookkeepingAnnotations[] = {{"kubectl.kubernetes.io/last-applied-configuration"}};
constexpr Filter kAnnotations{Filter::Mode::Drop, kBookkeepingAnnotations};
constexpr Rule kBookkeepingMeta[] = {{"managedFields"}, {"annotations", &kAnnotations}};
constexpr Filter kMeta{Filter::Mode::Drop, kBookkeepingMeta};
constexpr Rule kObjectRules[] = {{"metadata", &kMeta}};
constexpr Filter kObject{Filter::Mode::Drop, kObjectRules};

constexpr Rule kPodMetaRules[] = {{"name"},
                                  {"namespace"},
                                  {"uid"},
                                  {"resourceVersion"},
                                  {"generation"},
                                  {"labels"},
                                  {"annotations", &kAnnotations},
                                  {"ownerReferences"},
                                  {"creationTimestamp"},
                                  {"deletionTimestamp"}};
constexpr Filter kPodMeta{Filter::Mode::Only, kPodMetaRules};
constexpr Rule kPodSpecRules[] = {{"nodeName"}};
constexpr Filter kPodSpec{Filter::Mode::Only, kPodSpecRules};
constexpr Rule kPodRules[] = {
    {"apiVersion"}, {"kind"}, {"metadata", &kPodMeta}, {"spec", &kPodSpec}, {"status"}};
constexpr Filter kPod{Filter::Mode::Only, kPodRules};

const Filter& filter_of(Keep keep) {
  switch (keep) {
    case Keep::AllButBookkeeping:
      return kObject;
    case Keep::PodEssentials:
      return kPod;
  }
  return kObject;
}

enum class Fate { Keep, Drop, Descend };

Fate fate_of(const Filter& filter, std::string_view key, const Filter*& below) {
  // A key may be spelt with escapes; keeping too much is always right.
  if (key.find('\\') != std::string_view::npos) return Fate::Keep;
  const bool only = filter.mode == Filter::Mode::Only;
  for (const Rule& rule : filter.rules) {
    if (rule.key != key) continue;
    below = rule.below;
    if (below != nullptr) return Fate::Descend;
    return only ? Fate::Keep : Fate::Drop;
  }
  return only ? Fate::Drop : Fate::Keep;
}

// Appends the value at the cursor to `out` without what `filter` leaves out. Recurses as deep as
// the filters are nested.
bool copy_filtered(JsonCursor& cursor, const Filter& filter, int depth, std::string& out) {
  if (cursor.peek() != '{') {
    const std::size_t start = cursor.position();
    if (!cursor.skip_value(depth)) return false;
    out += cursor.text_from(start);
    return true;
  }
  out += '{';
  bool first = true;
  const bool whole = for_each_member(cursor, [&](std::string_view key) {
    const Filter* below = nullptr;
    const Fate fate = fate_of(filter, key, below);
    if (fate == Fate::Drop) return cursor.skip_value(depth + 1);
    if (!first) out += ',';
    first = false;
    out.append("\"").append(key).append("\":");
    if (fate == Fate::Descend) return copy_filtered(cursor, *below, depth + 1, out);
    cursor.peek();
    const std::size_t start = cursor.position();
    if (!cursor.skip_value(depth + 1)) return false;
    out += cursor.text_from(start);
    return true;
  });
  out += '}';
  return whole;
}

// The value at the cursor if it is a string without escapes; anything else is skipped.
bool read_plain(JsonCursor& cursor, std::string& out) {
  if (cursor.peek() != '"') return cursor.skip_value(0);
  const auto text = cursor.string();
  if (text && text->find('\\') == std::string_view::npos) out = *text;
  return text.has_value();
}

}  // namespace

Result<std::string> reduce(std::string_view item, Keep keep) {
  if (item.size() > kMaxItemBytes) {
    return Error{ErrorCode::TooLarge,
                 "the object is larger than " + std::to_string(kMaxItemBytes >> 20) + " MiB"};
  }
  JsonCursor cursor(item, kMaxItemDepth);
  std::string out;
  const bool whole = cursor.peek() == '{' && copy_filtered(cursor, filter_of(keep), 0, out) &&
                     cursor.peek() == '\0' && cursor.position() == item.size();
  if (!whole) {
    return Error{ErrorCode::Malformed, "the object is not well-formed JSON of at most " +
                                           std::to_string(kMaxItemDepth) + " levels (at byte " +
                                           std::to_string(cursor.position()) + ")"};
  }
  return out;
}

Identity identify(std::string_view item) {
  JsonCursor cursor(item, std::numeric_limits<int>::max());
  Identity identity;
  const auto on_meta = [&](std::string_view key) {
    if (key == "name") return read_plain(cursor, identity.key.name);
    if (key == "namespace") return read_plain(cursor, identity.key.namespace_);
    if (key == "resourceVersion") return read_plain(cursor, identity.resource_version);
    return cursor.skip_value(0);
  };
  bool met_meta = false;
  for_each_member(cursor, [&](std::string_view key) {
    if (key == "kind") return read_plain(cursor, identity.kind) && !met_meta;
    if (key != "metadata" || cursor.peek() != '{') return cursor.skip_value(0);
    met_meta = true;
    // The server writes kind first: what follows need not be walked.
    return for_each_member(cursor, on_meta) && identity.kind.empty();
  });
  return identity;
}

Result<WatchLine> split_watch_line(std::string_view line) {
  JsonCursor cursor(line, std::numeric_limits<int>::max());
  WatchLine parts;
  for_each_member(cursor, [&](std::string_view key) {
    if (key == "type") {
      const auto text = cursor.string();
      parts.type = text.value_or(std::string_view{});
      return text.has_value();
    }
    cursor.peek();
    const std::size_t start = cursor.position();
    const bool whole = cursor.skip_value(0);
    if (key == "object") parts.object = cursor.text_from(start);
    return whole;
  });
  if (parts.type.empty() || parts.object.empty()) {
    return Error{ErrorCode::Malformed, "a line of the watch carries no type or no object"};
  }
  return parts;
}

}  // namespace sojourn::kube
