// Each action on its own, before an API server that says what the test wants: what is remembered,
// what the stores learn, and what is an error.
#include "controllers/session/execute.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "tests/fake/fake_clock.h"
#include "tests/fake/scripted_transport.h"

namespace sojourn::controllers::session {
namespace {

using nlohmann::json;

// The Session "chat" and who carries out its plans.
struct Hands {
  Hands() {
    api::Session session;
    session.meta.name = "chat";
    session.meta.namespace_ = "team";
    session.meta.uid = "session-uid";
    session.meta.resource_version = "5";
    observation.observed.session = std::make_shared<api::Session>(session);
  }

  Result<void> carry_out(domain::Action action) {
    return execute({client, stores, clock, [this] { return leads; }}, observation,
                   {.actions = {std::move(action)}}, memory, {});
  }
  // Ok, or what went wrong.
  std::string outcome(domain::Action action) {
    const auto done = carry_out(std::move(action));
    return done ? "ok" : std::string(to_string(done.error().code));
  }
  bool knows_pod() const { return stores.pods.get({"team", "child"}) != nullptr; }

  fake::ScriptedTransport api;
  fake::FakeClock clock;
  kube::Client client{api, clock};
  Stores stores;
  Observation observation;
  Memory memory;
  bool leads = true;
};

std::string object(std::string_view kind, std::string_view name, std::string_view uid,
                   json metadata = json::object()) {
  metadata.update({{"namespace", "team"},
                   {"name", name},
                   {"uid", uid},
                   {"resourceVersion", "7"},
                   {"labels", {{"app.kubernetes.io/managed-by", "sojourn"}}}});
  const bool ours = kind == "Session";
  return json{{"apiVersion", ours ? "sojourn.dev/v1alpha1" : "v1"},
              {"kind", kind},
              {"metadata", std::move(metadata)}}
      .dump();
}
std::string pod(std::string_view uid, json metadata = json::object()) {
  return object("Pod", "child", uid, std::move(metadata));
}
json going() {
  return {{"deletionTimestamp", "2026-01-01T00:00:30Z"}};
}
json owned_by(std::string_view uid) {
  return {{"ownerReferences",
           {{{"apiVersion", "sojourn.dev/v1alpha1"},
             {"kind", "Session"},
             {"name", "chat"},
             {"uid", uid},
             {"controller", true}}}}};
}
std::string failure(int code, std::string_view reason) {
  return json{{"kind", "Status"}, {"apiVersion", "v1"},    {"status", "Failure"},
              {"reason", reason}, {"message", "so it is"}, {"code", code}}
      .dump();
}

const domain::CreatePod kCreate = [] {
  domain::CreatePod action;
  action.pod.meta.name = "child";
  action.pod.meta.namespace_ = "team";
  return action;
}();
const domain::DeletePod kDelete{"child", "pod-1"};
const domain::ConfirmPodGone kConfirm{"child", "pod-1"};

TEST(Execute, WithoutTheLease_NothingIsAskedOfTheApiServer) {
  Hands hands;
  hands.leads = false;
  EXPECT_EQ(hands.outcome(kDelete), "Cancelled");
  EXPECT_TRUE(hands.api.requests().empty());
}

TEST(Execute, ACreateThatFails_IsAnErrorAndNoRefusal) {
  Hands hands;
  hands.api.then(500, failure(500, "InternalError"));
  EXPECT_NE(hands.outcome(kCreate), "ok");
  EXPECT_EQ(hands.memory.refusal, std::nullopt);
}

TEST(Execute, ACreateThatIsRefused_IsRememberedAndNoError) {
  Hands hands;
  hands.api.then(403, failure(403, "Forbidden"));
  EXPECT_EQ(hands.outcome(kCreate), "ok");
  ASSERT_TRUE(hands.memory.refusal.has_value());
  EXPECT_EQ(hands.memory.refusal->step, domain::Step::CreatePod);
  EXPECT_EQ(hands.memory.refusal->retry_at, hands.clock.now() + std::chrono::seconds(1));
}

TEST(Execute, APodThatIsThereAlready_IsOursOnlyByItsController) {
  struct Row {
    std::string_view when;
    int status;
    std::string live;
    std::string_view outcome;
    bool refused;
    bool known;
  };
  for (const auto& [when, status, live, outcome, refused, known] :
       {Row{"ours, with the answer lost", 200, pod("pod-1", owned_by("session-uid")), "Conflict",
            false, true},
        Row{"another Session's", 200, pod("pod-1", owned_by("other-uid")), "ok", true, false},
        Row{"nobody's", 200, pod("pod-1"), "ok", true, false},
        Row{"it cannot be read", 500, failure(500, "InternalError"), "Unavailable", false, false},
        Row{"gone since", 404, failure(404, "NotFound"), "NotFound", false, false}}) {
    Hands hands;
    hands.api.then(409, failure(409, "AlreadyExists"));
    hands.api.then(status, live);
    EXPECT_EQ(hands.outcome(kCreate), outcome) << when;
    EXPECT_EQ(hands.memory.refusal.has_value(), refused) << when;
    EXPECT_EQ(hands.knows_pod(), known) << when;
  }
}

TEST(Execute, ADeletion_IsRememberedUnlessItFailed) {
  struct Row {
    std::string_view when;
    int status;
    std::string answer;
    std::string_view outcome;
    bool remembered;
    bool known;
  };
  for (const auto& [when, status, answer, outcome, remembered, known] :
       {Row{"it lingers", 200, pod("pod-1", going()), "ok", true, true},
        Row{"gone at once", 200, R"({"kind":"Status","apiVersion":"v1","status":"Success"})", "ok",
            true, false},
        Row{"gone before", 404, failure(404, "NotFound"), "ok", true, false},
        Row{"another uid", 409, failure(409, "Conflict"), "Conflict", false, false}}) {
    Hands hands;
    hands.api.then(status, answer);
    EXPECT_EQ(hands.outcome(kDelete), outcome) << when;
    EXPECT_EQ(hands.memory.deleted_uids.contains("pod-1"), remembered) << when;
    EXPECT_EQ(hands.knows_pod(), known) << when;
  }
}

TEST(Execute, AClaimThatCannotBeChanged_IsAnError) {
  Hands hands;
  hands.api.then(409, failure(409, "Conflict"));
  EXPECT_EQ(hands.outcome(domain::UpdateClaim{"child", "3", {}}), "Conflict");
}

TEST(Execute, AClaimThatDoesNotKeepWhatIsWritten_IsAnErrorAndNotWrittenAgainAtOnce) {
  const std::string at = "sojourn.dev/retained-at";
  const std::string for_ = "sojourn.dev/retain-for";
  const json marked{{"annotations", {{at, "2026-01-01T00:00:00Z"}}}};
  const std::vector<api::OwnerReference> nobody;
  struct Row {
    const char* when;
    api::MetadataPatch changes;  // labels, annotations, owners
    json answer;
    const char* outcome;
  };
  for (const auto& [when, changes, answer, outcome] :
       {Row{"kept", {{}, {{at, "2026-01-01T00:00:00Z"}}, {}}, marked, "ok"},
        Row{"another value", {{}, {{at, "now"}}, {}}, marked, "Invalid"},
        Row{"dropped", {{}, {{for_, "60"}}, {}}, marked, "Invalid"},
        Row{"not taken off", {{}, {{at, std::nullopt}}, {}}, marked, "Invalid"},
        Row{"taken off", {{}, {{for_, std::nullopt}}, {}}, marked, "ok"},
        Row{"a label dropped", {{{"sojourn.dev/retained", "true"}}, {}, {}}, marked, "Invalid"},
        Row{"owners gone", {{}, {}, nobody}, marked, "ok"},
        Row{"owners left", {{}, {}, nobody}, owned_by("session-uid"), "Invalid"}}) {
    Hands hands;
    hands.api.then(200, object("PersistentVolumeClaim", "child", "claim-1", answer));
    EXPECT_EQ(hands.outcome(domain::UpdateClaim{"child", "3", changes}), outcome) << when;
  }
}

TEST(Execute, ASessionThatIsDeleted_IsNotLookedAtAgain) {
  struct Row {
    const char* when;
    int status;
    std::string answer;
    const char* outcome;
    bool remembered;
  };
  for (const auto& [when, status, answer, outcome, remembered] :
       {Row{"gone at once", 200, R"({"kind":"Status","apiVersion":"v1","status":"Success"})", "ok",
            true},
        Row{"gone before", 404, failure(404, "NotFound"), "ok", true},
        Row{"changed meanwhile", 409, failure(409, "Conflict"), "Conflict", false}}) {
    Hands hands;
    hands.api.then(status, answer);
    EXPECT_EQ(hands.outcome(domain::DeleteSession{"chat", "session-uid", "5"}), outcome) << when;
    EXPECT_EQ(hands.memory.deleted_uids.contains("session-uid"), remembered) << when;
  }
}

TEST(Execute, AStatusThatCannotBeWritten_TellsWhetherTheSessionIsGone) {
  Hands hands;
  hands.api.then(409, failure(409, "Conflict"));
  EXPECT_EQ(hands.outcome(domain::WriteStatus{}), "Conflict");
  EXPECT_TRUE(hands.memory.deleted_uids.empty());
  hands.api.then(404, failure(404, "NotFound"));
  EXPECT_EQ(hands.outcome(domain::WriteStatus{}), "NotFound");
  EXPECT_TRUE(hands.memory.deleted_uids.contains("session-uid"));
}

TEST(Execute, BeforeAPodIsCalledLost_ItsSessionIsLookedAt) {
  struct Row {
    std::string_view when;
    int status;
    std::string answer;
    std::string_view outcome;
    bool gone;
  };
  for (const auto& [when, status, answer, outcome, gone] :
       {Row{"gone", 404, failure(404, "NotFound"), "NotFound", true},
        Row{"another of its name", 200, object("Session", "chat", "other-uid"), "NotFound", true},
        Row{"it cannot be read", 500, failure(500, "InternalError"), "Unavailable", false}}) {
    Hands hands;
    hands.api.then(status, answer);
    EXPECT_EQ(hands.outcome(kConfirm), outcome) << when;
    EXPECT_EQ(hands.memory.deleted_uids.contains("session-uid"), gone) << when;
    EXPECT_EQ(hands.memory.pod_confirmed_gone, "") << when;
    EXPECT_EQ(hands.api.requests().size(), 1U) << when << ": the pod is not asked for";
  }
}

TEST(Execute, APodIsConfirmedGoneOnlyWhenALiveReadSaysSo) {
  struct Row {
    std::string_view when;
    int status;
    std::string answer;
    std::string_view outcome;
    bool confirmed;
    bool known;
  };
  for (const auto& [when, status, answer, outcome, confirmed, known] :
       {Row{"gone", 404, failure(404, "NotFound"), "ok", true, false},
        Row{"being deleted", 200, pod("pod-1", going()), "ok", true, true},
        Row{"another of its name", 200, pod("pod-2"), "ok", true, false},
        Row{"there, and the cache behind", 200, pod("pod-1"), "Conflict", false, true},
        Row{"it cannot be read", 500, failure(500, "InternalError"), "Unavailable", false,
            false}}) {
    Hands hands;
    hands.api.then(200, object("Session", "chat", "session-uid"));
    hands.api.then(status, answer);
    EXPECT_EQ(hands.outcome(kConfirm), outcome) << when;
    EXPECT_EQ(hands.memory.pod_confirmed_gone, confirmed ? "pod-1" : "") << when;
    EXPECT_EQ(hands.knows_pod(), known) << when;
    EXPECT_NE(hands.stores.sessions.get({"team", "chat"}), nullptr) << when;
  }
}

}  // namespace
}  // namespace sojourn::controllers::session
