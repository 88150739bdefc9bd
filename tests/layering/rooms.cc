#include "tests/layering/rooms.h"

#include <array>
#include <span>
#include <vector>

namespace sojourn::layering {
namespace {

using Text = std::string_view;

// The arrows of docs/architecture.md. A room missing here may include only itself; "*" opens all.
struct Arrow {
  Text room;
  std::vector<Text> may_include;
};

const std::vector<Arrow>& arrows() {
  static const std::vector<Arrow> table = {
      {"base", {}},
      {"api", {"base"}},
      {"api/json", {"base", "api"}},
      {"api/protobuf", {"base", "api"}},
      {"domain", {"base", "api"}},
      {"kube", {"base", "api", "api/json", "api/protobuf"}},
      {"http/wire", {"base"}},
      {"http/digest", {"base"}},
      {"http/client", {"base", "api", "kube", "http/wire"}},
      {"http/server", {"base", "http/wire"}},
      {"http/outgoing", {"base", "http/wire"}},
      {"metrics", {"base"}},
      {"config", {"base", "kube"}},
      // Of controllers/session, controllers/template, …: a room never includes its sibling.
      {"controllers", {"base", "api", "api/json", "domain", "kube", "http/digest"}},
      {"gateway",
       {"base", "api", "api/json", "domain", "kube", "metrics", "config", "http/server",
        "http/digest"}},
      {"agent", {"base", "http/server", "http/outgoing"}},
      {"plugin", {"base", "api", "api/json", "kube", "config", "http/client"}},
      {"operator", {"*"}},
      {"main", {"*"}},
  };
  return table;
}

// Folders of src whose subfolders are rooms of their own.
constexpr std::array<Text, 2> kSplit = {"http", "controllers"};

// The first `count` parts of a path, without the file name.
std::string folders(Text path, int count) {
  std::size_t end = 0;
  for (; count > 0; --count) {
    const std::size_t slash = path.find('/', end == 0 ? 0 : end + 1);
    if (slash == Text::npos) break;
    end = slash;
  }
  return std::string(path.substr(0, end));
}

bool contains(std::span<const Text> all, Text one) {
  for (const Text each : all) {
    if (each == one) return true;
  }
  return false;
}

std::string room_within_sources(Text path) {
  for (const Text inner : {"api/json", "api/protobuf"}) {
    if (path.starts_with(std::string(inner) + "/")) return std::string(inner);
  }
  const std::string top = folders(path, 1);
  if (!contains(kSplit, top)) return top;
  const std::string second = folders(path, 2);
  // A header beside the rooms of http is the whole face of one: sojourn/http/digest.h of
  // http/digest. What lies beside the rooms of controllers is shared by them.
  const bool face = top == "http" && second == top && path.ends_with(".h");
  return face ? std::string(path.substr(0, path.size() - 2)) : second;
}

std::string room_within_tests(Text path) {  // path begins with "tests/"
  if (!path.starts_with("tests/unit/")) return folders(path, 2);
  return "tests/unit/" + room_within_sources(path.substr(Text("tests/unit/").size()));
}

// What a unit test stands for: the folder it mirrors.
Text mirrored(Text room) {
  constexpr Text kUnit = "tests/unit/";
  return room.starts_with(kUnit) ? room.substr(kUnit.size()) : Text{};
}

bool arrow_exists(Text from, Text to) {
  for (const auto& [room, allowed] : arrows()) {
    const bool same_row = room == from || (room == "controllers" && top_of(from) == room);
    if (same_row) return contains(allowed, to) || contains(allowed, "*");
  }
  return false;
}

}  // namespace

Text top_of(Text room) {
  return room.substr(0, room.find('/'));
}

std::string room_of_file(Text path) {
  if (path.starts_with("tests/")) return room_within_tests(path);
  constexpr Text kInclude = "include/sojourn/";
  constexpr Text kSource = "src/";
  if (path.starts_with(kInclude)) return room_within_sources(path.substr(kInclude.size()));
  if (!path.starts_with(kSource)) return {};
  path.remove_prefix(kSource.size());
  return path.find('/') == Text::npos ? "main" : room_within_sources(path);
}

std::optional<std::string> room_of_header(Text header) {
  if (header.starts_with("tests/")) return room_within_tests(header);
  constexpr Text kPublic = "sojourn/";
  if (header.starts_with(kPublic)) header.remove_prefix(kPublic.size());
  const std::string top = folders(header, 1);
  for (const auto& [room, allowed] : arrows()) {
    if (!top.empty() && top_of(room) == top) return room_within_sources(header);
  }
  return std::nullopt;
}

bool may_include(Text from, Text to) {
  if (from == to) return true;
  if (to == "controllers" && top_of(from) == to) return true;
  if (to.starts_with("tests/")) return from.starts_with("tests/");
  if (!from.starts_with("tests/")) return arrow_exists(from, to);
  // A unit test sees what the code it tests may see; its fakes bring their own. Other tests join
  // everything.
  const Text tested = mirrored(from);
  if (tested.empty()) return true;
  return top_of(tested) == top_of(to) || arrow_exists(tested, to);
}

}  // namespace sojourn::layering
