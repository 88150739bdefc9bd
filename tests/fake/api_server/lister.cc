#include "tests/fake/api_server/lister.h"

#include <charconv>

#include "tests/fake/api_server/selection.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

constexpr const char* kExpired =
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter.";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Where a page begins: after an object, at a version. As a token: "version.namespace/name".
struct Cursor {
  std::uint64_t version = 0;
  ObjectId after;
};

std::string token_of(const Cursor& cursor) {
  return std::to_string(cursor.version) + "." + cursor.after.namespace_ + "/" + cursor.after.name;
}

std::optional<Cursor> cursor_of(std::string_view token, const Kind& kind) {
  const std::size_t dot = token.find('.');
  const std::size_t slash = token.find('/');
  if (dot == std::string_view::npos || slash == std::string_view::npos || slash < dot) return {};
  const auto version = number(token.substr(0, dot));
  if (!version) return std::nullopt;
  return Cursor{*version,
                {std::string(kind.plural), std::string(token.substr(dot + 1, slash - dot - 1)),
                 std::string(token.substr(slash + 1))}};
}

struct Page {
  json items = json::array();
  Cursor cursor;           // the version of the page, and its last object
  std::size_t remain = 0;  // objects after it
};

Page cut_page(const ObjectStore::Objects& objects, const Selection& selection, const Cursor& from,
              std::size_t limit) {
  Page page;
  page.cursor = from;
  for (const auto& [id, object] : objects) {
    if (!selection.covers(id) || !(from.after < id) || !selection.matches(object)) continue;
    if (limit > 0 && page.items.size() == limit) {
      ++page.remain;
      continue;
    }
    page.items.push_back(object);
    page.cursor.after = id;
    // The real server names the kind in the items of custom kinds alone.
    if (selection.kind().custom) continue;
    page.items.back().erase("apiVersion");
    page.items.back().erase("kind");
  }
  return page;
}

// The members in the order of the real server: of custom kinds the items come before the metadata.
kube::Response answer(const Kind& kind, const Page& page, bool count_remaining) {
  json meta = {{"resourceVersion", std::to_string(page.cursor.version)}};
  if (page.remain > 0) {
    meta["continue"] = token_of(page.cursor);
    if (count_remaining) meta["remainingItemCount"] = page.remain;
  }
  const std::string version = "\"apiVersion\":" + json(api_version(kind)).dump();
  const std::string name = "\"kind\":\"" + std::string(kind.kind) + "List\"";
  const std::string items = "\"items\":" + page.items.dump();
  const std::string metadata = "\"metadata\":" + meta.dump();
  kube::Response response;
  response.status = 200;
  response.body = kind.custom ? "{" + version + "," + items + "," + name + "," + metadata + "}\n"
                              : "{" + name + "," + version + "," + metadata + "," + items + "}\n";
  return response;
}

}  // namespace

kube::Response list(const ObjectStore& store, const Admission& admission, const Call& call) {
  auto parsed = Selection::parse(call, admission);
  if (auto* refusal = std::get_if<kube::Response>(&parsed)) return std::move(*refusal);
  const auto& selection = std::get<Selection>(parsed);

  Cursor from;
  from.version = store.version();
  const auto token = call.parameter("continue");
  if (!token.empty()) {
    const auto cursor = cursor_of(token, *call.kind);
    if (!cursor) return bad_request("continue key is not valid: " + std::string(token));
    if (cursor->version < store.oldest()) return expired(kExpired);
    from = *cursor;
  } else if (const auto asked = call.parameter("resourceVersion"); !asked.empty()) {
    const auto version = number(asked);
    if (!version)
      return bad_request("resourceVersion: Invalid value: \"" + std::string(asked) + "\"");
    if (*version > store.version()) {
      return version_too_large(asked, std::to_string(store.version()));
    }
    if (call.parameter("resourceVersionMatch") == "Exact") {
      if (*version < store.oldest())
        return expired("The resourceVersion for the provided list is too old.");
      from.version = *version;
    }
  }
  const auto limit = number(call.parameter("limit")).value_or(0);
  const bool now = from.version == store.version();
  const Page page = now ? cut_page(store.objects(), selection, from, limit)
                        : cut_page(store.at(from.version), selection, from, limit);
  return answer(*call.kind, page, selection.is_plain());
}

}  // namespace sojourn::fake
