#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/domain/deadline.h"
#include "sojourn/domain/decide.h"
#include "tests/unit/domain/pods.h"

namespace sojourn::domain::test {

using std::chrono::seconds;

// What decide() is shown, built step by step: the Session "chat" (an hour old, no storage) of the
// usable template "claude", and what there is of its pod and claim. The states are reached by
// deciding and carrying out, so that the status is what the operator itself would have written.
// Every step returns the observation, so that a test row is one expression. A value; copy it
// freely.
class Observation {
 public:
  Observation();

  // What the user asks for. To be called before the states that depend on it.
  Observation& storage();
  Observation& retention(api::RetentionPolicy when_expired, api::RetentionPolicy when_deleted);
  Observation& task();
  Observation& desired(api::DesiredState state);
  Observation& lifetime(seconds most);
  Observation& sleep_limit(seconds most);   // ttl.afterIdleSeconds
  Observation& active_limit(seconds most);  // limits.activeDeadlineSeconds
  Observation& deletion(seconds after);     // ttl.deleteAfterFinishedSeconds
  Observation& pod_retention(seconds most);
  Observation& run_token(std::string token);
  Observation& retry_limit(int limit);
  // The Session is written anew: another generation.
  Observation& edited();
  Observation& deleted();

  // Where the Session is, for as long as `ago`.
  Observation& starting(seconds ago = seconds(5));   // INIT, the pod not made yet
  Observation& ready(seconds ago = seconds(60));     // READY on ready_pod()
  Observation& busy();                               // BUSY on ready_pod()
  Observation& asleep();                             // IDLE, Stopped, no pod
  Observation& waking(seconds ago = seconds(5));     // IDLE and Waking, the pod not made yet
  Observation& lost(seconds ago = seconds(1));       // ERROR PodLost, no pod, attempt 1 used
  Observation& restarted(seconds ago = seconds(1));  // ERROR AgentRestarted, the pod kept
  Observation& exhausted();                          // ERROR, Stalled RetriesExhausted, no pod
  // ERROR StartTimeout, Stalled by a cause outside: the pod that is there is kept.
  Observation& held_up_by(const api::Pod& pod);

  // What there is in the cluster.
  Observation& pod(api::Pod pod);  // instead of any other
  Observation& no_pod();
  Observation& stray(std::string uid);
  Observation& claim(api::ClaimPhase phase);
  Observation& no_claim();
  Observation& foreign_claim();
  Observation& claim_going();
  Observation& other_claim();  // ours by its labels, under another uid
  Observation& template_is(TemplateState state, std::string problem = "");
  Observation& template_changed();  // a newer revision
  Observation& last_revision_known();
  Observation& template_mounts(std::string path);         // a volume of its own there
  Observation& template_declares(std::string parameter);  // in a newer revision
  // What the API server said.
  Observation& refused(Step step, ErrorCode code, std::string message,
                       seconds retry_in = seconds(8), std::string reason = "Forbidden",
                       std::string revision = "");
  // The API server did not keep the status that would be written now.
  Observation& pruned(seconds retry_in = seconds(30));
  Observation& growth_refused(std::string size, std::string message,
                              seconds retry_in = seconds(60));
  Observation& confirmed_gone();  // the recorded pod and claim
  // What the API server's clock said; it agrees unless a test says otherwise.
  Observation& clock(ClockCheck check, std::optional<seconds> retry_in = std::nullopt);

  Observation& status_wiped();
  Observation& later(seconds passed);  // the clock goes on
  Observation& change(void (*apply)(api::Session&));

  Plan plan() const;
  // The deadline that the plan carries out.
  std::optional<Due> due() const;
  // Carries out the plan as the API server would, and nothing else happens.
  Observation& carry_out(const Plan& plan);
  // Plans and carries out until there is nothing to do (ten rounds at most).
  Observation& settle();

  const api::Session& session() const { return session_; }
  const api::SessionStatus& status() const { return session_.status; }
  Time now() const { return now_; }

 private:
  // Puts the clock back by `ago`, so that what follows happened then.
  void rewind(seconds ago) { now_ = kNow - ago; }
  api::PersistentVolumeClaim& made_claim();
  Observed observed() const;
  Policy policy() const;

  api::Session session_;
  Observed seen_;
  std::optional<api::Pod> pod_;
  std::vector<api::Pod> strays_;
  std::optional<api::PersistentVolumeClaim> claim_;
  Time now_ = kNow;
};

// A plan's actions in words: "create claim", "create pod", "delete pod UID", "delete claim UID",
// "own claim" and the like (take, disown, limit, release, hold), "delete session UID", "confirm pod
// UID gone", "confirm claim UID gone", "STATE Reason".
std::vector<std::string> actions_of(const Plan& plan);
// The conditions of a status in its order, "Type/Reason" when True and "!Type/Reason" when False,
// without those that say the usual: Admitted, !Suspended/Running, !Expired, !Finished/NotFinished,
// VolumeReady/VolumeNotRequested.
std::string conditions_of(const api::SessionStatus& status);
// "Warning PodLost", ...
std::vector<std::string> events_of(const Plan& plan);
// The status that the plan writes; the test fails when it writes none.
api::SessionStatus written_by(const Plan& plan);

// One row of a table: given this, decide() says exactly that.
struct Row {
  std::string_view when;
  Observation given;
  std::string_view check;  // the check of decide() that speaks
  std::vector<std::string> actions = {};
  std::string conditions = {};          // of the status written
  std::vector<std::string> then = {};   // the actions of the next plan, once it is written
  std::optional<seconds> recheck = {};  // from now
  std::vector<std::string> events = {};
};

void expect_rows(const std::vector<Row>& rows);

}  // namespace sojourn::domain::test
