#include "sojourn/kube/list_page.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "kube/answer.h"

namespace sojourn::kube {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<PageInfo> page_info(std::string_view envelope) {
  const auto list = json::parse(envelope, nullptr, false);
  const auto meta = list.is_object() ? list.find("metadata") : list.end();
  if (!list.is_object() || meta == list.end() || !meta->is_object()) {
    return Error{ErrorCode::Malformed, "the answer is no list of the Kubernetes API"};
  }
  return PageInfo{text_at(*meta, "continue"), text_at(*meta, "resourceVersion")};
}

}  // namespace

Result<PageInfo> read_list_page(Transport& transport, const Request& request,
                                const PieceHandler& on_item, std::stop_token stop) {
  ItemSplitter splitter(on_item);
  auto response = transport.stream(
      request, [&](std::string_view chunk) { return splitter.feed(chunk); }, std::move(stop));
  if (!response) return response.error();
  if (auto accepted = body_of(std::move(*response)); !accepted) return accepted.error();
  auto envelope = splitter.finish();
  if (!envelope) return envelope.error();
  return page_info(*envelope);
}

}  // namespace sojourn::kube
