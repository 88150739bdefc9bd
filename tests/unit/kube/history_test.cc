#include "sojourn/kube/history.h"

#include <gtest/gtest.h>

#include "sojourn/kube/request.h"
#include "tests/fake/scripted_transport.h"
#include "tests/unit/kube/thing.h"

namespace sojourn::kube {
namespace {

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    history_.when_whole_again([this] { ++whole_again_; });
  }

  History history_;
  int whole_again_ = 0;
  const std::size_t one_ = history_.join();
  const std::size_t two_ = history_.join();
};

TEST_F(HistoryTest, IsWholeUntilACacheSeesItGoBackAndAgainOnceAllHaveReadAnew) {
  EXPECT_TRUE(history_.whole());
  history_.read_anew(one_, 0);
  EXPECT_EQ(whole_again_, 0) << "an ordinary list";
  EXPECT_EQ(history_.went_back(0), 1U);
  EXPECT_EQ(history_.epoch(), 1U);
  history_.read_anew(one_, 1);
  EXPECT_FALSE(history_.whole());
  history_.read_anew(two_, 1);
  EXPECT_TRUE(history_.whole());
  EXPECT_EQ(whole_again_, 1);
}

TEST_F(HistoryTest, WhoSeesTheSameTurnLaterIsTheSameEpoch) {
  EXPECT_EQ(history_.went_back(0), 1U);
  EXPECT_EQ(history_.went_back(0), 1U);
  EXPECT_EQ(history_.epoch(), 1U);
}

TEST_F(HistoryTest, AListOfAnEarlierEpochDoesNotCount) {
  history_.went_back(0);
  history_.read_anew(one_, 1);
  history_.read_anew(two_, 0);
  EXPECT_FALSE(history_.whole());
  history_.went_back(1);
  history_.read_anew(two_, 1);
  EXPECT_FALSE(history_.whole()) << "it went back a second time meanwhile";
  history_.read_anew(two_, 2);
  history_.read_anew(one_, 2);
  EXPECT_TRUE(history_.whole());
  EXPECT_EQ(whole_again_, 1);
}

TEST_F(HistoryTest, TheEndOfAnEpochIsToldToWhoWaitsAndToWhoComesLate) {
  const auto end = history_.epoch_end(0);
  EXPECT_FALSE(end.stop_requested());
  history_.went_back(0);
  EXPECT_TRUE(end.stop_requested());
  EXPECT_TRUE(history_.epoch_end(0).stop_requested());
  EXPECT_FALSE(history_.epoch_end(1).stop_requested());
}

TEST_F(HistoryTest, TheGateHoldsWritesAloneAndOnlyMeanwhile) {
  fake::ScriptedTransport behind;
  HistoryGate gate(behind, history_);
  const auto& info = ResourceTraits<Thing>::info;
  const auto write = create_request(info, "a", "{}");
  behind.then(200, "{}");
  EXPECT_TRUE(gate.send(write, {}).ok());
  history_.went_back(0);
  EXPECT_EQ(gate.send(write, {}).error().code, ErrorCode::Unavailable);
  behind.then(200, "{}");
  EXPECT_TRUE(gate.send(get_request(info, {"a", "x"}), {}).ok());
  history_.read_anew(one_, 1);
  history_.read_anew(two_, 1);
  behind.then(200, "{}");
  EXPECT_TRUE(gate.send(write, {}).ok());
}

}  // namespace
}  // namespace sojourn::kube
