// Lists and watches of pods and claims, which the operator reads as protobuf where the server has
// it. The in-memory server has JSON alone and answers with that, as it may.
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

}  // namespace

TEST_P(ApiServerContract, PodsReadAlikeInEitherEncoding) {
  created(labelled(pod("a"), "gold"));
  created(pod("b"));
  const auto pods = items_of<api::Pod>(transport(), space(), true);
  EXPECT_EQ(pods.size(), 2U);
  EXPECT_EQ(pods, items_of<api::Pod>(transport(), space(), false));
}

TEST_P(ApiServerContract, ClaimsReadAlikeInEitherEncoding) {
  created(claim("a"));
  const auto claims = items_of<api::PersistentVolumeClaim>(transport(), space(), true);
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_FALSE(claims.front().requested_size.empty());
  EXPECT_EQ(claims, items_of<api::PersistentVolumeClaim>(transport(), space(), false));
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
    EXPECT_NE(page.error().message.find("a b c"), std::string::npos) << page.error().message;
  }
}

}  // namespace sojourn::contract
