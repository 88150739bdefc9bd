// The words of the API's enumerations, and the small look-ups in metadata.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sojourn/api/condition.h"
#include "sojourn/api/event.h"
#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/pod.h"
#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"
#include "sojourn/base/file.h"

namespace sojourn::api {
namespace {

template <typename E>
void expect_words(const std::vector<std::string_view>& words, E (*parse)(std::string_view)) {
  for (const auto word : words) {
    EXPECT_NE(parse(word), E::Unknown) << word;
    EXPECT_EQ(to_string(parse(word)), word);
  }
  for (const auto* stranger : {"", "Unknown", "ready", "Running "}) {
    EXPECT_EQ(parse(stranger), E::Unknown) << stranger;
  }
  EXPECT_EQ(to_string(E::Unknown), "Unknown");
}

TEST(Names, EveryWordOfTheApiIsReadAndWrittenAlike) {
  expect_words({"INIT", "READY", "IDLE", "BUSY", "ERROR"}, parse_session_state);
  expect_words({"Running", "Paused", "Stopped"}, parse_desired_state);
  expect_words({"Conversation", "Task"}, parse_session_mode);
  expect_words({"Completed", "Failed", "Expired"}, parse_outcome);
  expect_words({"Retain", "Delete"}, parse_retention_policy);
  expect_words({"None"}, parse_reporting);
  expect_words({"Pending", "Running", "Succeeded", "Failed"}, parse_pod_phase);
  expect_words({"Pending", "Bound", "Lost"}, parse_claim_phase);
  expect_words({"True", "False"}, parse_condition_status);
  EXPECT_EQ(to_string(EventType::Normal), "Normal");
  EXPECT_EQ(to_string(EventType::Warning), "Warning");
}

// "enum: [Running, Paused, Stopped]", as crds/ has it.
template <typename E>
std::string enum_line(const std::vector<E>& values) {
  std::string words;
  for (const E value : values) {
    words.append(words.empty() ? "" : ", ").append(to_string(value));
  }
  return "enum: [" + words + "]";
}

TEST(Names, TheDefinitionsKnowTheSameWords) {
  const std::string directory = SOJOURN_CRD_DIR;
  const auto sessions = read_file(directory + "/sessions.yaml", 1 << 20);
  const auto templates = read_file(directory + "/sessiontemplates.yaml", 1 << 20);
  ASSERT_TRUE(sessions && templates);
  const std::string retention =
      enum_line(std::vector{RetentionPolicy::Retain, RetentionPolicy::Delete});
  for (const std::string& line :
       {enum_line(std::vector{SessionState::Init, SessionState::Ready, SessionState::Idle,
                              SessionState::Busy, SessionState::Error}),
        enum_line(std::vector{DesiredState::Running, DesiredState::Paused, DesiredState::Stopped,
                              DesiredState::Cancelled}),
        enum_line(std::vector{SessionMode::Conversation, SessionMode::Task}),
        enum_line(std::vector{Outcome::Completed, Outcome::Failed, Outcome::Cancelled,
                              Outcome::Timeout, Outcome::Expired}),
        retention}) {
    EXPECT_NE(sessions->find(line), std::string::npos) << line;
  }
  EXPECT_NE(templates->find(enum_line(std::vector{Reporting::None})), std::string::npos);
  EXPECT_NE(templates->find(retention), std::string::npos);
}

TEST(Names, TheControllerIsTheOwnerMarkedAsSuch) {
  ObjectMeta meta;
  EXPECT_EQ(controller_of(meta), nullptr);
  meta.owner_references.resize(2);
  meta.owner_references[1].controller = true;
  EXPECT_EQ(controller_of(meta), &meta.owner_references[1]);
}

TEST(Names, LookUpsSayWhenThereIsNothing) {
  EXPECT_EQ(lookup({{"a", "1"}}, "a"), "1");
  EXPECT_EQ(lookup({{"a", "1"}}, "b"), "");
  std::vector<Condition> conditions(2);
  conditions[1].type = "Ready";
  EXPECT_EQ(find_condition(conditions, "Ready"), &conditions[1]);
  EXPECT_EQ(find_condition(conditions, "Expired"), nullptr);
}

}  // namespace
}  // namespace sojourn::api
