#include "sojourn/kube/list_page.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "kube/answer.h"
#include "sojourn/api/protobuf/envelope.h"
#include "sojourn/kube/protobuf_splitter.h"
#include "sojourn/kube/splitter.h"

namespace sojourn::kube {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<PageInfo> read_envelope(std::string_view envelope) {
  const auto list = json::parse(envelope, nullptr, false);
  const auto meta = list.is_object() ? list.find("metadata") : list.end();
  if (!list.is_object() || meta == list.end() || !meta->is_object()) {
    return Error{ErrorCode::Malformed, "the answer is no list of the Kubernetes API"};
  }
  return PageInfo{text_at(*meta, "continue"), text_at(*meta, "resourceVersion")};
}

Result<PageInfo> read_list_meta(std::string_view message) {
  auto meta = api::decode_list_meta_message(message);
  if (!meta) return meta.error();
  return PageInfo{std::move(meta->continue_), std::move(meta->resource_version)};
}

// The body of a page, in whichever encoding it comes; its first byte tells.
class PageBody {
 public:
  explicit PageBody(const ObjectHandler& on_item) : on_item_(on_item) {}

  Result<void> feed(std::string_view chunk) {
    if (chunk.empty()) return {};
    if (std::holds_alternative<std::monostate>(splitter_)) {
      if (chunk.front() == api::kProtobufMagic.front()) {
        splitter_.emplace<MessageSplitter>(handler(Encoding::Protobuf));
      } else {
        splitter_.emplace<ItemSplitter>(handler(Encoding::Json));
      }
    }
    if (auto* items = std::get_if<ItemSplitter>(&splitter_)) return items->feed(chunk);
    return std::get<MessageSplitter>(splitter_).feed(chunk);
  }

  // Once all of it was fed.
  Result<PageInfo> finish() {
    if (auto* messages = std::get_if<MessageSplitter>(&splitter_)) {
      const auto meta = messages->finish();
      return meta ? read_list_meta(*meta) : meta.error();
    }
    if (auto* items = std::get_if<ItemSplitter>(&splitter_)) {
      const auto envelope = items->finish();
      return envelope ? read_envelope(*envelope) : envelope.error();
    }
    return Error{ErrorCode::Malformed, "the list is empty"};
  }

 private:
  PieceHandler handler(Encoding encoding) {
    return [this, encoding](std::string_view piece, bool cut) {
      return on_item_(WireObject{piece, encoding, cut});
    };
  }

  const ObjectHandler& on_item_;
  std::variant<std::monostate, ItemSplitter, MessageSplitter> splitter_;
};

}  // namespace

Result<PageInfo> read_list_page(Transport& transport, const Request& request,
                                const ObjectHandler& on_item, std::stop_token stop) {
  PageBody page(on_item);
  auto response = transport.stream(
      request, [&](std::string_view chunk) { return page.feed(chunk); }, std::move(stop));
  if (!response) return response.error();
  if (auto accepted = body_of(std::move(*response)); !accepted) return accepted.error();
  return page.finish();
}

}  // namespace sojourn::kube
