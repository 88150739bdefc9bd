// Earlier revisions of SessionTemplates: kept while a Session names them, deleted an hour later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Revision : public testing::Test {
 protected:
  Revision() {
    stage.apply_template();
    stage.apply_session(Stage::storage());
    stage.settle();
    first = newest();
  }

  // Gives the template another image and tells the name of the revision that has it.
  std::string change(const std::string& image) {
    const json agents{{{"name", "agent"}, {"image", image}, {"config", {{"model", "large"}}}}};
    const auto answer =
        stage.user.patch("sessiontemplates", "team", "claude", {{"spec", {{"agents", agents}}}});
    EXPECT_LT(answer.status, 300) << answer.message();
    stage.settle();
    for (const auto& revision : stage.server.list("controllerrevisions")) {
      if (revision["data"]["agents"][0]["image"] == image) return revision["metadata"]["name"];
    }
    ADD_FAILURE() << "no revision has the image " << image;
    return "";
  }
  std::string newest() const { return stage.session()["status"]["template"]["revision"]; }
  std::set<std::string> revisions() const {
    std::set<std::string> names;
    for (const auto& revision : stage.server.list("controllerrevisions")) {
      names.insert(revision["metadata"]["name"]);
    }
    return names;
  }
  void restart_session() {
    for (const char* state : {"Stopped", "Running"}) {
      stage.patch_session({{"desiredState", state}});
      stage.settle();
    }
  }
  // Both clocks go on; what is due then is done.
  void wait(Duration time) {
    stage.clock.advance(time);
    stage.settle();
  }

  Stage stage;
  std::string first;
};

TEST_F(Revision, AnEarlierOneStaysAsLongAsASessionNamesIt) {
  const auto second = change("docker.io/library/agent:2");
  for (int hour = 0; hour < 5; ++hour) wait(minutes(61));
  EXPECT_THAT(revisions(), testing::UnorderedElementsAre(first, second));
  stage.patch_session({{"desiredState", "Cancelled"}});
  for (int hour = 0; hour < 5; ++hour) wait(minutes(61));
  EXPECT_THAT(revisions(), Contains(first)) << "of a finished session, too";
}

TEST_F(Revision, OneThatNobodyNamesGoesAfterAnHourAndNotBefore) {
  const auto second = change("docker.io/library/agent:2");
  restart_session();
  EXPECT_EQ(newest(), second);
  wait(minutes(61));  // the name of the first was looked for, and not found, now
  wait(minutes(59));
  EXPECT_THAT(revisions(), SizeIs(2));
  wait(minutes(2));
  EXPECT_THAT(revisions(), testing::ElementsAre(second));
  EXPECT_EQ(stage.state(), "READY");
}

TEST_F(Revision, OneThatTheTemplateComesBackToStays) {
  change("docker.io/library/agent:2");
  restart_session();
  change("docker.io/library/agent:3");
  wait(minutes(50));
  EXPECT_EQ(change("docker.io/library/agent:1"), first);
  for (int hour = 0; hour < 3; ++hour) wait(minutes(61));
  EXPECT_THAT(revisions(), Contains(first));
  EXPECT_THAT(revisions(), Contains(newest()));
  EXPECT_THAT(revisions(), SizeIs(2));
}

TEST_F(Revision, ThoseOfADeletedTemplateGoWithTheLastSession) {
  stage.user.remove("sessiontemplates", "team", "claude");
  stage.settle();
  wait(minutes(61));
  wait(minutes(61));
  EXPECT_THAT(revisions(), testing::ElementsAre(first));
  stage.user.remove("sessions", "team", "chat");
  stage.settle();
  for (int hour = 0; hour < 3; ++hour) wait(minutes(61));
  EXPECT_THAT(revisions(), IsEmpty());
}

// I4: what others have made stays, whatever it is called and whatever label it carries.
TEST_F(Revision, AStrangersStays) {
  for (const char* name : {"claude-0123456789", "other"}) {
    stage.user.create({{"apiVersion", "apps/v1"},
                       {"kind", "ControllerRevision"},
                       {"metadata",
                        {{"namespace", "team"},
                         {"name", name},
                         {"labels", {{"sojourn.dev/template", "claude"}}}}},
                       {"revision", 1},
                       {"data", {{"agents", json::array()}}}});
  }
  for (int hour = 0; hour < 3; ++hour) wait(minutes(61));
  EXPECT_THAT(revisions(), SizeIs(3));
}

TEST_F(Revision, TheHourBeginsAnewWithTheProcess) {
  change("docker.io/library/agent:2");
  restart_session();
  wait(minutes(61));
  wait(minutes(59));
  stage.restart_operator();
  stage.settle();
  wait(minutes(59));
  EXPECT_THAT(revisions(), Contains(first));
  wait(minutes(2));
  EXPECT_THAT(revisions(), Not(Contains(first)));
}

// S8: what the cache does not show yet counts as well.
TEST_F(Revision, ASessionThatTheCacheHasNotSeenKeepsIts) {
  change("docker.io/library/agent:2");
  restart_session();
  wait(minutes(61));
  stage.server.hold_watches("sessions");
  stage.server.edit("sessions", "team", "chat",
                    [this](json& session) { session["status"]["template"]["revision"] = first; });
  wait(minutes(61));
  EXPECT_THAT(revisions(), Contains(first));
  stage.server.release_watches("sessions");
}

TEST_F(Revision, ATemplateThatTheCacheHasNotSeenKeepsIts) {
  change("docker.io/library/agent:2");
  restart_session();
  wait(minutes(61));
  stage.server.hold_watches("sessiontemplates");
  stage.user.patch("sessiontemplates", "team", "claude",
                   {{"spec",
                     {{"agents",
                       {{{"name", "agent"},
                         {"image", "docker.io/library/agent:1"},
                         {"config", {{"model", "large"}}}}}}}}});
  wait(minutes(61));
  EXPECT_THAT(revisions(), Contains(first));
  stage.server.release_watches("sessiontemplates");
}

}  // namespace
}  // namespace sojourn::scenario
