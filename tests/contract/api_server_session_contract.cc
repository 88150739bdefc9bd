// What the CRDs make of Sessions and SessionTemplates.
#include "tests/contract/api_server_contract.h"

namespace sojourn::contract {

using nlohmann::json;

TEST_P(ApiServerContract, AnUnknownFieldIsDropped) {
  json wanted = session("a");
  wanted["spec"]["colour"] = "blue";
  const json made = created(wanted);
  EXPECT_FALSE(made.at("spec").contains("colour"));
  const json status =
      patch(made, {{"status", {{"mood", "good"}, {"state", "INIT"}}}}, "status").body;
  EXPECT_FALSE(status.at("status").contains("mood"));
  EXPECT_EQ(status.at("status").at("state"), "INIT");
}

TEST_P(ApiServerContract, ASessionOutsideItsSchemaIsRefusedWithTheField) {
  struct Row {
    json spec;
    const char* cause;
  };
  const json ref = {{"name", "t"}};
  const std::vector<Row> rows = {
      {json::object(), "FieldValueRequired spec.templateRef"},
      {{{"templateRef", ref}, {"mode", "Dream"}}, "FieldValueNotSupported spec.mode"},
      {{{"templateRef", ref}, {"mode", 3}}, "FieldValueTypeInvalid spec.mode"},
      {{{"templateRef", ref}, {"startTimeoutSeconds", 0}},
       "FieldValueInvalid spec.startTimeoutSeconds"},
      {{{"templateRef", ref}, {"startTimeoutSeconds", 86401}},
       "FieldValueInvalid spec.startTimeoutSeconds"},
      {{{"templateRef", {{"name", std::string(64, 'a')}}}},
       "FieldValueTooLong spec.templateRef.name"},
      {{{"templateRef", ref}, {"retryPolicy", {{"initialSeconds", 9}, {"maxSeconds", 3}}}},
       "FieldValueInvalid spec.retryPolicy"},
      {{{"templateRef", ref}, {"ttl", {{"afterIdleSeconds", 9}, {"maxLifetimeSeconds", 3}}}},
       "FieldValueInvalid spec.ttl"},
  };
  for (const auto& [spec, cause] : rows) {
    json wanted = session("a");
    wanted["spec"] = spec;
    const auto answer = user().create(wanted);
    expect_refused(answer, 422, "Invalid");
    EXPECT_EQ(first_cause(answer), cause) << answer.body;
  }
}

TEST_P(ApiServerContract, ANameThatIsNoDnsNameIsRefused) {
  for (const std::string& name : {std::string("Upper"), std::string("a_b"), std::string(64, 'a')}) {
    expect_refused(user().create(session(name)), 422, "Invalid");
  }
}

TEST_P(ApiServerContract, AnImmutableFieldCanNeitherChangeNorComeNorGo) {
  json wanted = session("a");
  wanted["spec"]["prompt"] = "hello";
  wanted["spec"]["storage"] = {{"size", "1Gi"}};
  const json made = created(wanted);
  for (const json& spec :
       {json({{"templateRef", {{"name", "u"}}}}), json({{"prompt", "bye"}}),
        json({{"prompt", nullptr}}), json({{"mode", "Task"}}), json({{"storage", nullptr}}),
        json({{"storage", {{"size", "512Mi"}}}}), json({{"storage", {{"size", nullptr}}}}),
        json({{"agents", {{{"name", "a"}}}}}), json({{"parameters", {{"A", "b"}}}}),
        json({{"context", "{}"}}), json({{"storage", {{"accessMode", "ReadWriteOnce"}}}}),
        json({{"storage", {{"mountPath", "/data"}}}})}) {
    expect_refused(patch(made, {{"spec", spec}}), 422, "Invalid");
  }
  EXPECT_EQ(
      patch(made, {{"spec", {{"storage", {{"retention", {{"whenDeleted", "Delete"}}}}}}}}).status,
      200);
}

TEST_P(ApiServerContract, TheSizeOfAVolumeGrowsAndGoesBackToWhatTheVolumeHas) {
  json wanted = session("a");
  wanted["spec"]["storage"] = {{"size", "1Gi"}};
  const json made = created(wanted);
  const auto resize = [&](const json& size) {
    return patch(made, {{"spec", {{"storage", {{"size", size}}}}}});
  };
  EXPECT_EQ(resize("3Gi").status, 200);
  expect_refused(resize("2Gi"), 422, "Invalid");
  const json volume = {{"claimName", "a"}, {"claimUID", "1"}, {"capacity", "2Gi"}};
  EXPECT_EQ(patch(made, {{"status", {{"volume", volume}}}}, "status").status, 200);
  expect_refused(resize("1Gi"), 422, "Invalid");
  EXPECT_EQ(resize(2147483648).status, 200);
  EXPECT_EQ(resize("2048Mi").status, 200);
}

TEST_P(ApiServerContract, WhatIsOverForGoodIsNotRunAgain) {
  json wanted = session("cancelled");
  wanted["spec"]["desiredState"] = "Cancelled";
  const json cancelled = created(wanted);
  expect_refused(patch(cancelled, {{"spec", {{"desiredState", "Running"}}}}), 422, "Invalid");
  EXPECT_EQ(patch(cancelled, {{"spec", {{"runToken", "1"}}}}).status, 200);

  const json made = created(session("ended"));
  const auto run = [&](const char* token) {
    return patch(made, {{"spec", {{"runToken", token}}}});
  };
  for (const char* outcome : {"Completed", "Failed", "Timeout"}) {
    EXPECT_EQ(patch(made, {{"status", {{"outcome", outcome}}}}, "status").status, 200);
    EXPECT_EQ(run(outcome).status, 200) << outcome;
  }
  for (const char* outcome : {"Cancelled", "Expired"}) {
    EXPECT_EQ(patch(made, {{"status", {{"outcome", outcome}}}}, "status").status, 200);
    expect_refused(run(outcome), 422, "Invalid");
  }
}

TEST_P(ApiServerContract, OnlyTheElevenLegalChangesOfStateAreTaken) {
  const std::vector<std::string> states = {"INIT", "READY", "IDLE", "BUSY", "ERROR"};
  const std::vector<std::string> legal = {"INIT READY",  "INIT ERROR", "READY IDLE", "READY BUSY",
                                          "READY ERROR", "IDLE READY", "IDLE ERROR", "BUSY READY",
                                          "BUSY ERROR",  "ERROR INIT", "ERROR READY"};
  int taken = 0;
  for (const auto& from : states) {
    for (const auto& to : states) {
      std::string name = from + "-" + to;
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      const json made = created_in_state(name, from);
      const auto answer = patch(made, {{"status", {{"state", to}}}}, "status");
      if (answer.status == 200) {
        taken += from == to ? 0 : 1;
        EXPECT_TRUE(from == to || std::ranges::count(legal, from + " " + to) == 1) << name;
        continue;
      }
      expect_refused(answer, 422, "Invalid");
      EXPECT_EQ(first_cause(answer), "FieldValueInvalid status.state");
      EXPECT_NE(answer.message().find("status.state cannot go from " + from + " to " + to),
                std::string::npos)
          << answer.message();
    }
  }
  EXPECT_EQ(taken, 11);
}

TEST_P(ApiServerContract, AStateMayBeWipedAndAnyMayFollow) {
  const json made = created_in_state("a", "READY");
  const auto wiped = patch(made, {{"status", nullptr}}, "status");
  ASSERT_EQ(wiped.status, 200) << wiped.body;
  EXPECT_EQ(wiped.body.at("status"), json({{"observedGeneration", -1}}));
  EXPECT_EQ(patch(made, {{"status", {{"state", "BUSY"}}}}, "status").status, 200);
}

TEST_P(ApiServerContract, AStatusOutsideItsSchemaIsRefused) {
  const json made = created(session("a"));
  for (const json& status :
       {json({{"state", "SLEEPING"}}), json({{"reason", "no reason"}}),
        json({{"stateSince", "now"}}), json({{"message", std::string(1025, 'x')}}),
        json({{"conditions", {{{"type", "Ready"}}}}}), json({{"pod", {{"name", "p"}}}})}) {
    expect_refused(patch(made, {{"status", status}}, "status"), 422, "Invalid");
  }
}

TEST_P(ApiServerContract, TwoConditionsOfOneTypeAreRefused) {
  const json made = created(session("a"));
  const json condition = {{"type", "Ready"},
                          {"status", "True"},
                          {"reason", "Ready"},
                          {"message", ""},
                          {"lastTransitionTime", "2026-01-01T00:00:00Z"}};
  const auto answer = patch(made, {{"status", {{"conditions", {condition, condition}}}}}, "status");
  expect_refused(answer, 422, "Invalid");
  EXPECT_EQ(first_cause(answer), "FieldValueDuplicate status.conditions[1]");
}

TEST_P(ApiServerContract, ATemplateShowsThatNobodyHasLookedAtItYet) {
  json wanted = session("t");
  wanted["kind"] = "SessionTemplate";
  wanted["spec"] = {{"agents", {{{"name", "main"}, {"image", "example.invalid/a:1"}}}}};
  const json made = created(wanted);
  EXPECT_EQ(made.at("status"), json({{"observedGeneration", -1}}));
  EXPECT_EQ(generation(made), 1);
}

}  // namespace sojourn::contract
