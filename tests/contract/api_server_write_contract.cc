// Creating and changing objects.
#include "tests/contract/api_server_contract.h"

namespace sojourn::contract {

using kube::Method;
using nlohmann::json;

TEST_P(ApiServerContract, ANewObjectGetsIdentityVersionAndDefaults) {
  json wanted = session("a");
  wanted["status"] = {{"state", "READY"}};
  wanted["metadata"]["uid"] = "mine";
  wanted["metadata"]["generation"] = 7;
  const json made = created(wanted);
  EXPECT_NE(uid(made), "mine");
  EXPECT_EQ(generation(made), 1);
  EXPECT_GT(std::stoull(version(made)), 0U);
  EXPECT_TRUE(made.at("metadata").contains("creationTimestamp"));
  EXPECT_EQ(made.at("status"), json({{"observedGeneration", -1}}));
  EXPECT_EQ(made.at("spec").at("desiredState"), "Running");
  EXPECT_EQ(made.at("spec").at("mode"), "Conversation");
  EXPECT_EQ(get(made).body, made);
}

TEST_P(ApiServerContract, ASecondObjectOfTheSameNameIsRefusedAsAlreadyExisting) {
  created(session("a"));
  const auto answer = user().create(session("a"));
  expect_refused(answer, 409, "AlreadyExists");
  EXPECT_EQ(answer.message(), "sessions.sojourn.dev \"a\" already exists");
}

TEST_P(ApiServerContract, AnObjectInAMissingNamespaceIsRefused) {
  json wanted = session("a");
  wanted["metadata"]["namespace"] = "no-such-namespace";
  expect_refused(user().create(wanted), 404, "NotFound");
}

TEST_P(ApiServerContract, AnObjectInATerminatingNamespaceIsRefusedWithThatCause) {
  json held = session("held");
  held["metadata"]["finalizers"] = {"contract.test/hold"};
  const json made = created(held);
  EXPECT_EQ(user().remove("namespaces", "", space()).status, 200);
  const auto answer = user().create(session("b"));
  expect_refused(answer, 403, "Forbidden");
  EXPECT_EQ(first_cause(answer), "NamespaceTerminating metadata.namespace");
  patch(made, {{"metadata", {{"finalizers", nullptr}}}});
}

TEST_P(ApiServerContract, AMissingObjectIsNotFound) {
  expect_refused(get(session("a")), 404, "NotFound");
  expect_refused(patch(session("a"), json::object()), 404, "NotFound");
  expect_refused(patch(session("a"), {{"status", {{"reason", "Starting"}}}}, "status"), 404,
                 "NotFound");
  expect_refused(remove(session("a")), 404, "NotFound");
  const auto answer = get(pod("x"));
  EXPECT_EQ(answer.message(), "pods \"x\" not found");
}

TEST_P(ApiServerContract, ABodyThatIsNoObjectOfTheKindIsABadRequest) {
  auto request = fake::ApiUser::request(Method::Post, "sessions", space());
  request.content_type = "application/json";
  request.body = "{\"apiVersion\":";
  expect_refused(user().call(request), 400, "BadRequest");
  json other = lease("a");
  request.body = other.dump();
  expect_refused(user().call(request), 400, "BadRequest");
  other = session("a");
  other["metadata"]["namespace"] = "another";
  request.body = other.dump();
  expect_refused(user().call(request), 400, "BadRequest");
}

TEST_P(ApiServerContract, APatchOfAnUnknownFormatIsRefused) {
  const json made = created(session("a"));
  auto request = fake::ApiUser::request(Method::Patch, "sessions", space(), "a");
  request.content_type = "application/json";
  request.body = "{}";
  EXPECT_EQ(user().call(request).status, 415);
}

TEST_P(ApiServerContract, AMergePatchChangesAndRemovesWhatItNamesAndNothingElse) {
  json wanted = labelled(session("a"), "gold");
  wanted["metadata"]["annotations"] = {{"keep", "1"}, {"drop", "2"}};
  wanted["spec"]["ttl"] = {{"maxLifetimeSeconds", 60}};
  const json made = created(wanted);
  const auto answer =
      patch(made, {{"metadata", {{"annotations", {{"drop", nullptr}, {"new", "3"}}}}},
                   {"spec", {{"ttl", nullptr}}}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body.at("metadata").at("annotations"), json({{"keep", "1"}, {"new", "3"}}));
  EXPECT_EQ(answer.body.at("metadata").at("labels"), json({{"tier", "gold"}}));
  EXPECT_FALSE(answer.body.at("spec").contains("ttl"));
  EXPECT_EQ(uid(answer.body), uid(made));
}

TEST_P(ApiServerContract, GenerationCountsChangesOfTheSpecAlone) {
  const json made = created(session("a"));
  const json labels = patch(made, {{"metadata", {{"labels", {{"x", "y"}}}}}}).body;
  EXPECT_EQ(generation(labels), 1);
  EXPECT_GT(std::stoull(version(labels)), std::stoull(version(made)));
  const json status = patch(made, {{"status", {{"reason", "Starting"}}}}, "status").body;
  EXPECT_EQ(generation(status), 1);
  const json spec = patch(made, {{"spec", {{"desiredState", "Stopped"}}}}).body;
  EXPECT_EQ(generation(spec), 2);
}

// The first patch of all may write even so: it stores the defaults of the status.
TEST_P(ApiServerContract, APatchThatChangesNothingWritesNothing) {
  const json made = created_in_state("a", "INIT");
  EXPECT_EQ(version(patch(made, {{"spec", {{"desiredState", "Running"}}}}).body), version(made));
  EXPECT_EQ(version(patch(made, {{"status", {{"observedGeneration", -1}}}}, "status").body),
            version(made));
}

TEST_P(ApiServerContract, TheMainEndpointLeavesTheStatusAlone) {
  const json made = created_in_state("a", "INIT");
  const json answer = patch(made, {{"status", {{"state", "READY"}, {"reason", "Ready"}}},
                                   {"spec", {{"desiredState", "Paused"}}}})
                          .body;
  EXPECT_EQ(answer.at("status").at("state"), "INIT");
  EXPECT_EQ(answer.at("spec").at("desiredState"), "Paused");
}

TEST_P(ApiServerContract, TheStatusEndpointChangesTheStatusAlone) {
  const json made = created(labelled(session("a"), "gold"));
  const json answer = patch(made,
                            {{"metadata", {{"labels", {{"tier", "lead"}}}}},
                             {"spec", {{"desiredState", "Stopped"}}},
                             {"status", {{"state", "INIT"}}}},
                            "status")
                          .body;
  EXPECT_EQ(answer.at("status").at("state"), "INIT");
  EXPECT_EQ(answer.at("spec"), made.at("spec"));
  EXPECT_EQ(answer.at("metadata").at("labels"), json({{"tier", "gold"}}));
  EXPECT_EQ(generation(answer), 1);
}

TEST_P(ApiServerContract, AnOldVersionInAPatchIsAConflict) {
  const json made = created(session("a"));
  const json now = patch(made, {{"metadata", {{"labels", {{"x", "y"}}}}}}).body;
  for (const char* subresource : {"", "status"}) {
    const json change = {{"metadata", {{"resourceVersion", version(made)}}},
                         {"spec", {{"desiredState", "Paused"}}},
                         {"status", {{"reason", "Starting"}}}};
    const auto answer = patch(made, change, subresource);
    expect_refused(answer, 409, "Conflict");
    EXPECT_EQ(get(made).body, now);
  }
  const json right = {{"metadata", {{"resourceVersion", version(now)}}},
                      {"status", {{"reason", "Starting"}}}};
  EXPECT_EQ(patch(made, right, "status").status, 200);
}

TEST_P(ApiServerContract, AForeignUidIsRefusedButOnTheStatusEndpoint) {
  const json made = created(session("a"));
  const char* foreign = "00000000-0000-4000-a000-000000000000";
  const json change = {{"metadata", {{"uid", foreign}}},
                       {"spec", {{"desiredState", "Paused"}}},
                       {"status", {{"reason", "Starting"}}}};
  const auto refused = patch(made, change);
  expect_refused(refused, 422, "Invalid");
  EXPECT_EQ(first_cause(refused), "FieldValueInvalid metadata.uid");
  json next = made;
  next["metadata"]["uid"] = foreign;
  expect_refused(user().update(next), 409, "Conflict");
  const auto answer = patch(made, change, "status");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(uid(answer.body), uid(made));
}

TEST_P(ApiServerContract, AnUpdateMustNameTheVersionItReplaces) {
  const json made = created(lease("l"));
  json next = made;
  next["spec"]["holderIdentity"] = "other";
  const auto first = user().update(next);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.body.at("spec").at("holderIdentity"), "other");
  expect_refused(user().update(next), 409, "Conflict");
  json unversioned = session("s");
  created(unversioned);
  expect_refused(user().update(unversioned), 422, "Invalid");
}

TEST_P(ApiServerContract, AnUpdateReplacesWhatItDoesNotName) {
  json next = created(labelled(session("a"), "gold"));
  next["metadata"].erase("labels");
  const auto answer = user().update(next);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_FALSE(answer.body.at("metadata").contains("labels"));
}

}  // namespace sojourn::contract
