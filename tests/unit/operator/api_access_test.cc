#include "operator/api_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sojourn::operator_ {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;

TEST(MissingPermissions, AreAllNamedInOneSentence) {
  EXPECT_EQ(describe_missing({}), std::nullopt);
  EXPECT_THAT(describe_missing({"list pods in all namespaces"}),
              Optional(std::string("a permission is missing: list pods in all namespaces; grant it "
                                   "in the operator's Role")));
  EXPECT_THAT(describe_missing({"list pods in namespace a", "watch pods in namespace a"}),
              Optional(std::string("permissions are missing: list pods in namespace a, watch pods "
                                   "in namespace a; grant them in the operator's Role")));
}

TEST(MissingPermissions, OfVeryManyTheRestIsCounted) {
  std::vector<std::string> permissions;
  for (int i = 0; i < 100; ++i)
    permissions.push_back("list pods in namespace n" + std::to_string(i));
  const auto sentence = describe_missing(permissions);
  ASSERT_TRUE(sentence);
  EXPECT_THAT(*sentence, HasSubstr(" n11 and 88 more; "));
  EXPECT_THAT(*sentence, Not(HasSubstr(" n12")));
}

}  // namespace
}  // namespace sojourn::operator_
