// Lists and watches of pods and claims, which the operator reads as protobuf where the server has
// it. The in-memory server has JSON alone and answers with that, as it may.
#include <algorithm>

#include "sojourn/kube/list_page.h"
#include "sojourn/kube/request.h"
#include "sojourn/kube/resources.h"
#include "sojourn/kube/watch_splitter.h"
#include "tests/contract/api_server_contract.h"

namespace sojourn::contract {
namespace {

// The items of a list in a namespace, asked for in one of both encodings.
template <typename T>
std::vector<T> items_of(kube::Transport& transport, const std::string& space, bool protobuf) {
  std::vector<T> items;
  auto request = kube::list_request(kube::ResourceTraits<T>::info, {space}, {});
  request.protobuf = protobuf;
  const auto on_item = [&](const kube::WireObject& item) -> Result<void> {
    auto object = kube::decode<T>(item);
    if (!object) return object.error();
    items.push_back(std::move(*object));
    return {};
  };
  const auto page = kube::read_list_page(transport, request, on_item, {});
  EXPECT_TRUE(page.ok()) << page.error().message;
  EXPECT_TRUE(page.ok() && kube::parse_resource_version(page->resource_version));
  return items;
}

// Lists the same objects in both encodings until nobody wrote between the two, as schedulers do,
// and compares what was read.
template <typename T>
void expect_alike(kube::Transport& transport, const std::string& space, std::size_t count) {
  std::vector<T> messages;
  std::vector<T> texts;
  const auto version = [](const T& item) { return item.meta.resource_version; };
  for (int attempt = 0; attempt < 20; ++attempt) {
    messages = items_of<T>(transport, space, true);
    texts = items_of<T>(transport, space, false);
    if (std::ranges::equal(messages, texts, {}, version, version)) break;
  }
  EXPECT_EQ(messages.size(), count);
  EXPECT_TRUE(messages == texts);
}

}  // namespace

TEST_P(ApiServerContract, PodsReadAlikeInEitherEncoding) {
  created(labelled(pod("a"), "gold"));
  created(pod("b"));
  expect_alike<api::Pod>(transport(), space(), 2);
}

TEST_P(ApiServerContract, ClaimsReadAlikeInEitherEncoding) {
  created(claim("a"));
  expect_alike<api::PersistentVolumeClaim>(transport(), space(), 1);
}

TEST_P(ApiServerContract, AWatchTellsOfPodsInEitherEncoding) {
  const std::string before = version_of("pods");
  const auto made = created(pod("a"));
  for (const bool protobuf : {true, false}) {
    auto request =
        kube::watch_request(kube::ResourceTraits<api::Pod>::info, {space()},
                            {before, std::chrono::seconds(30), std::chrono::seconds(30)});
    request.protobuf = protobuf;
    std::optional<api::Pod> seen;
    kube::WatchSplitter events([&](const Result<kube::WatchEvent>& event) -> Result<void> {
      if (!event) return event.error();
      if (event->type != "ADDED") return {};
      auto pod = kube::decode<api::Pod>(event->object);
      if (!pod) return pod.error();
      seen = std::move(*pod);
      return Error{ErrorCode::Cancelled, "seen"};
    });
    const auto end =
        transport().stream(request, [&](std::string_view chunk) { return events.feed(chunk); }, {});
    EXPECT_EQ(end.error().code, ErrorCode::Cancelled) << end.error().message;
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->meta.uid, uid(made));
  }
}

TEST_P(ApiServerContract, ARefusalIsUnderstoodInEitherEncoding) {
  for (const bool protobuf : {true, false}) {
    auto request = kube::list_request(kube::ResourceTraits<api::Pod>::info, {space(), "a b c"}, {});
    request.protobuf = protobuf;
    const auto page = kube::read_list_page(
        transport(), request, [](const kube::WireObject&) { return Result<void>{}; }, {});
    ASSERT_FALSE(page.ok());
    EXPECT_EQ(page.error().code, ErrorCode::Invalid);
    // The server's own words, not what is said of an answer that cannot be read.
    EXPECT_EQ(page.error().message.find("HTTP status"), std::string::npos);
  }
}

}  // namespace sojourn::contract
