// Deleting, finalizers, grace and owners.
#include "tests/contract/api_server_contract.h"

namespace sojourn::contract {

using nlohmann::json;

TEST_P(ApiServerContract, ADeletedObjectIsGone) {
  const json made = created(session("a"));
  const auto answer = remove(made);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body.value("kind", ""), "Status");
  EXPECT_EQ(answer.body.value("status", ""), "Success");
  EXPECT_TRUE(is_gone(made));
  EXPECT_NE(uid(created(session("a"))), uid(made));
}

TEST_P(ApiServerContract, ADeletionWithTheWrongUidOrVersionIsAConflict) {
  const json made = created(session("a"));
  const json now = patch(made, {{"metadata", {{"labels", {{"x", "y"}}}}}}).body;
  const json foreign = {{"preconditions", {{"uid", "00000000-0000-4000-a000-000000000000"}}}};
  expect_refused(remove(made, foreign), 409, "Conflict");
  const json stale = {{"preconditions", {{"uid", uid(made)}, {"resourceVersion", version(made)}}}};
  expect_refused(remove(made, stale), 409, "Conflict");
  EXPECT_EQ(get(made).body, now);
  const json right = {{"preconditions", {{"uid", uid(now)}, {"resourceVersion", version(now)}}}};
  EXPECT_EQ(remove(made, right).status, 200);
  EXPECT_TRUE(is_gone(made));
}

TEST_P(ApiServerContract, AFinalizerKeepsADeletedObjectUntilItIsTakenOff) {
  json wanted = session("a");
  wanted["metadata"]["finalizers"] = {"contract.test/hold"};
  const json made = created(wanted);
  EXPECT_EQ(remove(made).status, 200);
  const json going = get(made).body;
  EXPECT_TRUE(going.at("metadata").contains("deletionTimestamp"));
  EXPECT_EQ(generation(going), 2);
  EXPECT_EQ(version(remove(made).body), version(going)) << "a second deletion changes nothing";
  EXPECT_EQ(patch(made, {{"metadata", {{"finalizers", nullptr}}}}).status, 200);
  EXPECT_TRUE(is_gone(made));
}

TEST_P(ApiServerContract, ADeletionTimestampCannotBeTakenOff) {
  json wanted = session("a");
  wanted["metadata"]["finalizers"] = {"contract.test/hold"};
  const json made = created(wanted);
  remove(made);
  patch(made, {{"metadata", {{"deletionTimestamp", nullptr}}}});
  EXPECT_TRUE(get(made).body.at("metadata").contains("deletionTimestamp"));
  patch(made, {{"metadata", {{"finalizers", nullptr}}}});
}

TEST_P(ApiServerContract, APodWithoutANodeGoesAtOnceAndComesBackInTheAnswer) {
  json wanted = pod("p");
  wanted["spec"]["schedulingGates"] = {{{"name", "contract.test/never"}}};
  const json made = created(wanted);
  EXPECT_EQ(made.at("status").at("phase"), "Pending");
  const auto answer = remove(made);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.value("kind", ""), "Pod");
  EXPECT_EQ(uid(answer.body), uid(made));
  EXPECT_TRUE(is_gone(made));
}

TEST_P(ApiServerContract, APodOnANodeIsGivenItsGrace) {
  json wanted = pod("p");
  wanted["spec"]["nodeName"] = "a-node-that-nobody-tends";
  // A real cluster soon clears away a pod of an unknown node, so something must hold it.
  wanted["metadata"]["finalizers"] = {"contract.test/hold"};
  const json made = created(wanted);
  const auto answer = remove(made, {{"gracePeriodSeconds", 120}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.value("kind", ""), "Pod");
  EXPECT_EQ(answer.body.at("metadata").value("deletionGracePeriodSeconds", 0), 120);
  EXPECT_TRUE(answer.body.at("metadata").contains("deletionTimestamp"));
  EXPECT_EQ(get(made).status, 200);
  const json clash = pod("p");
  expect_refused(user().create(clash), 409, "AlreadyExists");
  EXPECT_EQ(remove(made, {{"gracePeriodSeconds", 0}}).status, 200);
  EXPECT_EQ(get(made).body.at("metadata").value("deletionGracePeriodSeconds", 1), 0);
  EXPECT_EQ(patch(made, {{"metadata", {{"finalizers", nullptr}}}}).status, 200);
  EXPECT_TRUE(is_gone(made));
}

TEST_P(ApiServerContract, AClaimIsProtectedWhileItIsUsed) {
  const json made = created(claim("c"));
  EXPECT_EQ(made.at("metadata").at("finalizers"), json({"kubernetes.io/pvc-protection"}));
  json wanted = pod("p");
  wanted["spec"]["nodeName"] = "a-node-that-nobody-tends";
  wanted["spec"]["volumes"] = {{{"name", "w"}, {"persistentVolumeClaim", {{"claimName", "c"}}}}};
  const json user_of_claim = created(wanted);
  const auto answer = remove(made);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.value("kind", ""), "PersistentVolumeClaim");
  EXPECT_TRUE(get(made).body.at("metadata").contains("deletionTimestamp"));
  EXPECT_EQ(remove(user_of_claim, {{"gracePeriodSeconds", 0}}).status, 200);
  EXPECT_TRUE(wait_until([&] { return is_gone(made); }));
}

TEST_P(ApiServerContract, AnUnusedClaimGoesSoonAfterItsDeletion) {
  const json made = created(claim("c"));
  EXPECT_EQ(remove(made).status, 200);
  EXPECT_TRUE(wait_until([&] { return is_gone(made); }));
}

TEST_P(ApiServerContract, WhatIsOwnedGoesWithItsOwner) {
  const json owner = created(session("a"));
  json owned = revision("r");
  owned["metadata"]["ownerReferences"] = {owner_reference(owner)};
  const json made = created(owned);
  const json free = created(revision("free"));
  EXPECT_EQ(remove(owner, {{"propagationPolicy", "Background"}}).status, 200);
  EXPECT_TRUE(wait_until([&] { return is_gone(made); }));
  EXPECT_EQ(get(free).status, 200);
}

TEST_P(ApiServerContract, AnOwnerOfAnotherUidIsNoOwner) {
  const json owner = created(session("a"));
  json owned = revision("r");
  json reference = owner_reference(owner);
  reference["uid"] = "00000000-0000-4000-a000-000000000000";
  owned["metadata"]["ownerReferences"] = {reference};
  const json made = created(owned);
  EXPECT_TRUE(wait_until([&] { return is_gone(made); }));
}

TEST_P(ApiServerContract, OneOwnerThatIsThereIsEnough) {
  const json stays = created(session("stays"));
  const json goes = created(session("goes"));
  json owned = revision("r");
  json second = owner_reference(goes);
  second["controller"] = false;
  owned["metadata"]["ownerReferences"] = {owner_reference(stays), second};
  const json made = created(owned);
  EXPECT_EQ(remove(goes).status, 200);
  const auto owners = [&] { return get(made).body.at("metadata").at("ownerReferences"); };
  EXPECT_TRUE(wait_until([&] { return owners().size() == 1; }));
  EXPECT_EQ(owners().at(0).at("uid"), uid(stays));
}

TEST_P(ApiServerContract, TwoControllersAreRefused) {
  const json owner = created(session("a"));
  json second = owner_reference(owner);
  second["uid"] = "00000000-0000-4000-a000-000000000000";
  json owned = revision("r");
  owned["metadata"]["ownerReferences"] = {owner_reference(owner), second};
  expect_refused(user().create(owned), 422, "Invalid");
}

}  // namespace sojourn::contract
