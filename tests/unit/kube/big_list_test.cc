// Ten thousand pods, as a cache takes them in.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sojourn/kube/informer.h"
#include "sojourn/kube/resources.h"
#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/process_state.h"

namespace sojourn::kube {
namespace {

constexpr int kPods = 10'000;
constexpr int kPoison = 4'321;

// About 6 kB, most of them of no interest to anybody, as on a real API server.
std::string pod_json(int number) {
  const std::string name = "notes-" + std::to_string(number);
  const std::string phase = number == kPoison ? "[1]" : R"("Running")";
  static const std::string fields(2'500, 'f');
  static const std::string env(2'200, 'e');
  return R"({"metadata":{"name":")" + name + R"(","namespace":"team","uid":"uid-)" + name +
         R"(","resourceVersion":")" + std::to_string(number + 1) +
         R"(","labels":{"sojourn.dev/session":")" + name +
         R"("},"ownerReferences":[{"apiVersion":"sojourn.dev/v1alpha1","kind":"Session","name":")" +
         name + R"(","uid":"s-)" + name + R"(","controller":true}],"managedFields":[{"manager":")" +
         fields + R"("}]},"spec":{"nodeName":"node-)" + std::to_string(number % 50) +
         R"(","containers":[{"name":"agent","image":"agent:1","env":[{"name":"A","value":")" + env +
         R"("}]}]},"status":{"phase":)" + phase +
         R"(,"conditions":[{"type":"Ready","status":"True","reason":"","message":"",)"
         R"("lastTransitionTime":"2026-01-02T03:04:09Z"}],"containerStatuses":[{"name":"agent",)"
         R"("ready":true,"restartCount":0,"state":{"running":{}}}]}})";
}

// Lists the pods, an item a chunk, and looks at the heap meanwhile.
class ManyPods final : public Transport {
 public:
  Result<Response> send(const Request& /*request*/, std::stop_token /*stop*/) override {
    return Error{ErrorCode::Internal, "a cache lists and watches"};
  }
  Result<Response> stream(const Request& /*request*/, const ChunkHandler& on_chunk,
                          std::stop_token /*stop*/) override {
    auto taken = on_chunk(R"({"kind":"PodList","metadata":{"resourceVersion":"20000"},"items":[)");
    for (int next = 0; taken && next < kPods; ++next) {
      const std::string item = (next == 0 ? "" : ",") + pod_json(next);
      bytes += item.size();
      taken = on_chunk(item);
      most_heap = std::max(most_heap, fake::heap_in_use());
    }
    if (taken) taken = on_chunk("]}");
    if (!taken) return taken.error();
    Response response;
    response.status = 200;
    return response;
  }

  std::size_t bytes = 0;
  std::size_t most_heap = 0;
};

TEST(BigList, S51_TenThousandPodsNeedLessThan32MebibytesAndOneThatIsPoisonIsAlone) {
  fake::FakeClock clock;
  SeededRandom random(1);
  fake::CountingTelemetry telemetry;
  ManyPods pods;
  Store<api::Pod> store;
  History history;
  Informer<api::Pod> informer(store, Selection{""}, pods, history, clock, random, telemetry, {});
  const std::size_t before = fake::heap_in_use();
  informer.step({});
  EXPECT_GT(pods.bytes, kPods * 5'000U);
  EXPECT_EQ(store.size(), kPods - 1U);
  EXPECT_TRUE(store.ready());
  EXPECT_EQ(store.decode_failures().size(), 1U);
  EXPECT_TRUE(store.decode_failure({"team", "notes-" + std::to_string(kPoison)}));
  const std::size_t most = std::max(pods.most_heap, fake::heap_in_use()) - before;
  EXPECT_LT(most, 32U << 20) << most;
}

}  // namespace
}  // namespace sojourn::kube
