#include "sojourn/kube/packed.h"

#include <gtest/gtest.h>

#include <limits>

#include "sojourn/kube/key_index.h"
#include "sojourn/kube/resources.h"
#include "tests/unit/api/golden.h"

namespace sojourn::kube {
namespace {

template <typename T>
void expect_same_after_packing(const T& object) {
  const auto unpacked = Packed<T>(object).unpack();
  ASSERT_NE(unpacked, nullptr);
  EXPECT_EQ(*unpacked, object);
}

template <typename T>
void expect_golden_same_after_packing(const std::string& file) {
  const auto object = ResourceTraits<T>::decode(api::read_golden(file));
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_NE(*object, T());
  expect_same_after_packing(*object);
}

TEST(Packed, EveryKindComesBackAsItWas) {
  expect_golden_same_after_packing<api::Session>("session.json");
  expect_golden_same_after_packing<api::SessionTemplate>("session_template.json");
  expect_golden_same_after_packing<api::Pod>("pod.json");
  expect_golden_same_after_packing<api::PersistentVolumeClaim>("persistent_volume_claim.json");
  expect_golden_same_after_packing<api::ControllerRevision>("controller_revision.json");
}

TEST(Packed, EmptyObjectsComeBackAsTheyWere) {
  expect_same_after_packing(api::Session());
  expect_same_after_packing(api::SessionTemplate());
  expect_same_after_packing(api::Pod());
  expect_same_after_packing(api::PersistentVolumeClaim());
  expect_same_after_packing(api::ControllerRevision());
}

TEST(Packed, APodAsItIsCreatedComesBackWithEveryKindOfVolume) {
  api::Pod pod;
  api::Container agent;
  agent.name = "agent";
  agent.env = {{"A", "1", {}}, {"B", "", {R"({"fieldRef":{}})"}}};
  agent.security =
      api::ContainerSecurity{.allow_privilege_escalation = true, .drop_capabilities = {}};
  pod.spec.containers = {agent, api::Container()};
  pod.spec.volumes = {{"workspace", api::ClaimVolume{"claim"}},
                      {"context", api::FileVolume{{{"prompt.txt", "sojourn.dev/prompt"}},
                                                  {{"context.json", "weeks", "3"}}}},
                      {"cache", api::JsonText{"{}"}}};
  pod.spec.security.run_as_non_root = false;
  pod.spec.security.supplemental_groups = {0, -1, 5};
  pod.spec.node_selector = {{"", "empty key"}, {"disk", ""}};
  expect_same_after_packing(pod);
}

TEST(Packed, TheEndsOfEveryRangeComeBackAsTheyWere) {
  api::Session session;
  session.meta.generation = std::numeric_limits<std::int64_t>::max();
  session.status.observed_generation = std::numeric_limits<std::int64_t>::min();
  session.status.attempts = std::numeric_limits<int>::min();
  session.status.start_time = Time::min();
  session.status.finish_time = Time::max();
  session.spec.prompt = std::string(100'000, 'x') + '\0' + "\xFF\x80";
  session.spec.start_timeout_seconds = -1;
  expect_same_after_packing(session);
}

TEST(Packed, CopiesShareTheirBytesAndNothingIsNothing) {
  const Packed<api::Session> one{api::Session()};
  const auto copy = one;
  const Packed<api::Session> other{api::Session()};
  EXPECT_TRUE(one == copy);
  EXPECT_FALSE(one == other);
  EXPECT_EQ(Packed<api::Session>().unpack(), nullptr);
}

TEST(KeyIndex, FindsByTheWholeValueInTheOrderOfTheKeys) {
  KeyIndex index;
  index.add({"b", "x"}, {"owner"});
  index.add({"a", "y"}, {"owner", "owner-2"});
  index.add({"a", "x"}, {"owner"});
  index.add({"a", "z"}, {"own"});
  index.add({"", "cluster"}, {""});
  using Keys = std::vector<ObjectKey>;
  EXPECT_EQ(index.find("owner"), (Keys{{"a", "x"}, {"a", "y"}, {"b", "x"}}));
  EXPECT_EQ(index.find("owner-2"), (Keys{{"a", "y"}}));
  EXPECT_EQ(index.find("own"), (Keys{{"a", "z"}}));
  EXPECT_EQ(index.find(""), (Keys{{"", "cluster"}}));
  index.remove({"a", "y"}, {"owner", "owner-2"});
  EXPECT_EQ(index.find("owner"), (Keys{{"a", "x"}, {"b", "x"}}));
  EXPECT_EQ(index.find("owner-2"), Keys{});
}

}  // namespace
}  // namespace sojourn::kube
