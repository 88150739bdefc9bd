// Lists: pages, versions and selectors.
#include <set>

#include "tests/contract/api_server_contract.h"

namespace sojourn::contract {

using nlohmann::json;

namespace {

std::vector<std::string> names(const json& list) {
  std::vector<std::string> out;
  for (const auto& item : list.at("items")) out.push_back(item.at("metadata").at("name"));
  return out;
}

std::string token(const json& list) {
  return list.at("metadata").value("continue", "");
}

using Names = std::vector<std::string>;

}  // namespace

TEST_P(ApiServerContract, AListNamesItsKindAndAVersionNotOlderThanItsItems) {
  created(session("b"));
  const json last = created(session("a"));
  const json list = user().list("sessions", space()).body;
  EXPECT_EQ(list.at("kind"), "SessionList");
  EXPECT_EQ(list.at("apiVersion"), "sojourn.dev/v1alpha1");
  EXPECT_EQ(names(list), Names({"a", "b"}));
  EXPECT_GE(std::stoull(version(list)), std::stoull(version(last)));
  EXPECT_EQ(list.at("items").at(0).at("kind"), "Session");
  EXPECT_EQ(token(list), "");
}

TEST_P(ApiServerContract, ItemsOfBuiltInKindsDoNotNameTheirKind) {
  created(lease("l"));
  const json list = user().list("leases", space()).body;
  EXPECT_EQ(list.at("kind"), "LeaseList");
  ASSERT_EQ(list.at("items").size(), 1U);
  EXPECT_FALSE(list.at("items").at(0).contains("kind"));
}

TEST_P(ApiServerContract, PagesShowTheMomentOfTheFirst) {
  for (const char* name : {"a", "b", "c", "d", "e"}) created(session(name));
  json page = user().list("sessions", space(), {{"limit", "2"}}).body;
  const std::string moment = version(page);
  Names all = names(page);
  EXPECT_EQ(all.size(), 2U);
  EXPECT_EQ(page.at("metadata").value("remainingItemCount", 0), 3);
  created(session("c2"));
  EXPECT_EQ(remove(session("d")).status, 200);
  while (!token(page).empty()) {
    page = user().list("sessions", space(), {{"limit", "2"}, {"continue", token(page)}}).body;
    EXPECT_EQ(version(page), moment);
    for (auto& name : names(page)) all.push_back(name);
  }
  EXPECT_EQ(all, Names({"a", "b", "c", "d", "e"}));
}

TEST_P(ApiServerContract, ABrokenPageTokenIsABadRequest) {
  expect_refused(user().list("sessions", space(), {{"limit", "2"}, {"continue", "nonsense"}}), 400,
                 "BadRequest");
}

TEST_P(ApiServerContract, AListOverAllNamespacesHoldsThisOne) {
  created(session("everywhere"));
  const json list = user().list("sessions", "").body;
  bool found = false;
  for (const auto& item : list.at("items")) {
    found |= item.at("metadata").at("namespace") == space();
  }
  EXPECT_TRUE(found);
}

TEST_P(ApiServerContract, LabelSelectorsChoose) {
  created(labelled(session("gold"), "gold"));
  created(labelled(session("lead"), "lead"));
  created(session("none"));
  const auto chosen = [&](const std::string& selector) {
    return names(user().list("sessions", space(), {{"labelSelector", selector}}).body);
  };
  EXPECT_EQ(chosen("tier=gold"), Names({"gold"}));
  EXPECT_EQ(chosen("tier!=gold"), Names({"lead", "none"}));
  EXPECT_EQ(chosen("tier"), Names({"gold", "lead"}));
  EXPECT_EQ(chosen("!tier"), Names({"none"}));
  EXPECT_EQ(chosen("tier in (gold,lead),tier!=lead"), Names({"gold"}));
  EXPECT_EQ(chosen("tier notin (gold)"), Names({"lead", "none"}));
  expect_refused(user().list("sessions", space(), {{"labelSelector", "a b c"}}), 400, "BadRequest");
}

TEST_P(ApiServerContract, FieldSelectorsChooseByTheFieldsOfTheCrd) {
  created_in_state("ready", "READY");
  created_in_state("idle", "IDLE");
  created(session("new"));
  const auto chosen = [&](const std::string& selector) {
    return names(user().list("sessions", space(), {{"fieldSelector", selector}}).body);
  };
  EXPECT_EQ(chosen("status.state=READY"), Names({"ready"}));
  EXPECT_EQ(chosen("status.state="), Names({"new"}));
  EXPECT_EQ(chosen("status.state!=READY,metadata.name!=new"), Names({"idle"}));
  EXPECT_EQ(chosen("spec.templateRef.name=t").size(), 3U);
  expect_refused(user().list("sessions", space(), {{"fieldSelector", "spec.prompt=x"}}), 400,
                 "BadRequest");
}

TEST_P(ApiServerContract, AListFromTheFutureIsRefusedWithAWait) {
  const auto answer = user().list("sessions", space(), {{"resourceVersion", "900000000"}});
  expect_refused(answer, 504, "Timeout");
  EXPECT_EQ(first_cause(answer), "ResourceVersionTooLarge ");
  EXPECT_GE(answer.body.at("details").value("retryAfterSeconds", 0), 1);
}

}  // namespace sojourn::contract
