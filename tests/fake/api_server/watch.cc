#include "tests/fake/api_server/watch.h"

#include <algorithm>
#include <charconv>

namespace sojourn::fake {

using nlohmann::json;

namespace {

std::string line(std::string_view type, const json& object) {
  return json({{"type", type}, {"object", object}})
             .dump(-1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

}  // namespace

std::variant<Watch, kube::Response> Watch::open(const ObjectStore& store,
                                                const Admission& admission, const Call& call) {
  auto parsed = Selection::parse(call, admission);
  if (auto* refusal = std::get_if<kube::Response>(&parsed)) return std::move(*refusal);
  if (!call.parameter("sendInitialEvents").empty()) {
    return bad_request("this server does not know sendInitialEvents; list first");
  }
  Watch watch(std::get<Selection>(std::move(parsed)));
  watch.bookmarks_ = call.parameter("allowWatchBookmarks") == "true";
  const auto asked = call.parameter("resourceVersion");
  watch.begins_with_objects_ = asked.empty() || asked == "0";
  if (watch.begins_with_objects_) return watch;
  const auto end = asked.data() + asked.size();
  if (std::from_chars(asked.data(), end, watch.position_).ptr != end) {
    return bad_request("resourceVersion: Invalid value: \"" + std::string(asked) + "\"");
  }
  if (watch.position_ > store.version()) {
    return version_too_large(asked, std::to_string(store.version()));
  }
  return watch;
}

std::vector<std::string> Watch::take(const ObjectStore& store) {
  std::vector<std::string> lines;
  if (over_) return lines;
  if (begins_with_objects_) {
    for (const auto& [id, object] : store.objects()) {
      if (selection_.covers(id) && selection_.matches(object)) {
        lines.push_back(line("ADDED", object));
      }
    }
    begins_with_objects_ = false;
    position_ = store.version();
    return lines;
  }
  if (position_ < store.oldest()) {
    over_ = true;
    return {line("ERROR", expired_status("too old resource version: " + std::to_string(position_) +
                                         " (" + std::to_string(store.oldest()) + ")"))};
  }
  for (auto change = store.after(position_); change != store.history().end(); ++change) {
    if (!selection_.covers(change->id)) continue;
    auto text = line_of(*change);
    if (!text.empty()) lines.push_back(std::move(text));
  }
  position_ = store.version();
  return lines;
}

bool Watch::pending(const ObjectStore& store) {
  if (over_) return false;
  if (begins_with_objects_ || position_ < store.oldest()) return true;
  for (auto change = store.after(position_); change != store.history().end(); ++change) {
    if (selection_.covers(change->id) && is_told(*change)) return true;
    position_ = change->version;
  }
  return false;
}

std::string Watch::bookmark() const {
  if (!bookmarks_ || over_) return {};
  const Kind& of = selection_.kind();
  return line("BOOKMARK",
              {{"apiVersion", api_version(of)},
               {"kind", of.kind},
               {"metadata",
                {{"resourceVersion", std::to_string(position_)}, {"creationTimestamp", nullptr}}}});
}

bool Watch::is_told(const Change& change) const {
  const bool was = !change.before.is_null() && selection_.matches(change.before);
  return was || (change.type != Change::Type::Deleted && selection_.matches(change.after));
}

// An object that comes into the selection is ADDED and one that leaves it DELETED.
std::string Watch::line_of(const Change& change) const {
  const bool was = !change.before.is_null() && selection_.matches(change.before);
  const bool is = change.type != Change::Type::Deleted && selection_.matches(change.after);
  if (was && is) return line("MODIFIED", change.after);
  if (is) return line("ADDED", change.after);
  if (!was) return {};
  if (change.type == Change::Type::Deleted) return line("DELETED", change.after);
  json left = change.before;
  left["metadata"]["resourceVersion"] = change.after.at("metadata").at("resourceVersion");
  return line("DELETED", left);
}

}  // namespace sojourn::fake
