// What is asked of the Session, what its template says, and what the API server refuses.
#include <memory>
#include <string>
#include <utility>

#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/retention.h"
#include "tests/unit/domain/metadata_patch.h"
#include "tests/unit/domain/walk_settings.h"

namespace sojourn::domain::test {
namespace {

using api::DesiredState;
using api::Outcome;
using std::chrono::minutes;
using std::chrono::seconds;

// The Session names a claim that was made for another one, "left".
void name_claim(World& world) {
  world.session.spec.existing_claim = "left-0123456789";
  if (world.session.status.volume) world.session.status.volume->claim_name = world.claim_name();
  if (!world.claim) return;
  world.claim->meta.name = world.claim_name();
  world.claim->meta.labels = {{std::string(kSessionLabel), "left"},
                              {std::string(kSessionUidLabel), "left-uid"}};
}
bool has_own_claim(const World& world) {
  return world.claim && is_claim_of(*world.claim, world.session) && !is_released(*world.claim);
}
bool may_be_anothers(const World& world) {
  return has_own_claim(world) && !world.session.status.volume;
}

Dimension existing_claims() {
  return {"existing claim",
          {{"not named", [](World&) {}},
           {"not there",
            [](World& w) {
              if (!w.session.spec.storage || w.claim) return false;
              name_claim(w);
              return true;
            }},
           {"taken over",
            [](World& w) {
              if (!has_own_claim(w)) return false;
              name_claim(w);
              change(w.claim->meta, hand_over(*w.claim, w.session, w.policy()));
              return true;
            }},
           {"left",
            [](World& w) {
              if (!may_be_anothers(w)) return false;
              name_claim(w);
              change(w.claim->meta, release(*w.claim, w.now - minutes(5)));
              return true;
            }},
           {"in use", [](World& w) {
              if (!may_be_anothers(w)) return false;
              name_claim(w);
              return true;
            }}}};
}

bool ask_for_size(World& world, const char* size) {
  auto& spec = world.session.spec;
  if (!spec.storage || !spec.existing_claim.empty()) return false;
  spec.storage->size = size;
  return true;
}

Dimension sizes() {
  return {
      "size",
      {{"not said", [](World&) {}},
       {"smaller", [](World& w) { return ask_for_size(w, "512Mi"); }},
       {"larger", [](World& w) { return ask_for_size(w, "2Gi"); }},
       {"larger, the class cannot grow",
        [](World& w) {
          w.class_expands = false;
          return ask_for_size(w, "2Gi");
        }},
       {"larger, refused before", [](World& w) {
          w.class_expands = false;
          w.refused_growth = RefusedGrowth{"2Gi", "the class does not grow", w.now + seconds(60)};
          return ask_for_size(w, "2Gi");
        }}}};
}

Dimension retentions() {
  const auto set = [](World& w, api::StorageRetention retention) {
    if (!w.session.spec.storage) return false;
    w.session.spec.storage->retention = retention;
    return true;
  };
  using api::RetentionPolicy::Delete;
  using api::RetentionPolicy::Retain;
  return {"retention",
          {{"for ever", [](World&) {}},
           {"Delete",
            [set](World& w) {
              return set(w, {Delete, Delete, {}});
            }},
           {"for an hour", [set](World& w) {
              return set(w, {Retain, Retain, 3600});
            }}}};
}

Dimension desired_states() {
  const auto want = [](DesiredState state) {
    return [state](World& w) { w.session.spec.desired_state = state; };
  };
  return {"desired state",
          {{"Running", [](World&) {}},
           {"Paused", want(DesiredState::Paused)},
           {"Stopped", want(DesiredState::Stopped)},
           {"Cancelled", want(DesiredState::Cancelled)}}};
}

Dimension modes() {
  return {"mode", {{"Conversation", [](World&) {}}, {"Task", [](World& w) {
                                                       w.session.spec.mode = api::SessionMode::Task;
                                                     }}}};
}

Dimension deletions() {
  return {"deletion", {{"not asked", [](World&) {}}, {"asked", [](World& w) {
                                                        w.session.meta.deletion_timestamp = w.now;
                                                      }}}};
}

Dimension outcomes() {
  const auto had = [](Outcome outcome) {
    return [outcome](World& w) {
      if (!w.session.status.state) return false;
      w.session.status.outcome = outcome;
      w.session.status.finish_time = w.now - seconds(20);
      return true;
    };
  };
  return {"outcome",
          {{"none", [](World&) {}},
           {"Completed", had(Outcome::Completed)},
           {"Failed", had(Outcome::Failed)},
           {"Cancelled", had(Outcome::Cancelled)},
           {"Timeout", had(Outcome::Timeout)},
           {"Expired", had(Outcome::Expired)}}};
}

Dimension run_tokens() {
  return {
      "run token",
      {{"handled", [](World&) {}}, {"another", [](World& w) { w.session.spec.run_token = "2"; }}}};
}

Dimension retries() {
  const auto at_most = [](int limit) {
    return [limit](World& w) { w.session.spec.retry_policy.limit = limit; };
  };
  return {"retries", {{"three", [](World&) {}}, {"none", at_most(0)}, {"ten", at_most(10)}}};
}

// The Session was created an hour ago.
std::vector<Dimension> clocks() {
  const auto none = [](World&) {};
  return {
      {"lifetime",
       {{"no limit", none},
        {"over later", [](World& w) { w.session.spec.ttl.max_lifetime_seconds = 7200; }},
        {"over", [](World& w) { w.session.spec.ttl.max_lifetime_seconds = 3600; }}}},
      {"sleep",
       {{"no limit", none},
        {"10 s", [](World& w) { w.session.spec.ttl.after_idle_seconds = 10; }}}},
      {"time awake",
       {{"no limit", none},
        {"10 s", [](World& w) { w.session.spec.limits.active_deadline_seconds = 10; }}}},
      {"finished pod",
       {{"kept", none}, {"60 s", [](World& w) { w.session.spec.pod_retention_seconds = 60; }}}},
      {"finished session",
       {{"kept", none},
        {"60 s", [](World& w) { w.session.spec.ttl.delete_after_finished_seconds = 60; }}}},
  };
}

Dimension templates() {
  const auto is = [](TemplateState state, const char* problem) {
    return [=](World& w) { w.template_ = {state, problem, {}}; };
  };
  return {"template",
          {{"usable", [](World&) {}},
           {"changed",
            [](World& w) {
              w.template_.revision->id = {"claude", 2, "claude-bbbb"};
            }},
           {"missing", is(TemplateState::Missing, "")},
           {"missing, last known", [](World& w) { w.template_.state = TemplateState::Missing; }},
           {"invalid", is(TemplateState::Invalid, "no image")},
           {"pending", is(TemplateState::Pending, "")}}};
}

// What the Session asks for, and its template does not have or allow.
Dimension fits() {
  return {"fit",
          {{"fits", [](World&) {}},
           {"unknown agent",
            [](World& w) {
              w.session.spec.agents = {{"critic", {}}};
            }},
           {"override not allowed",
            [](World& w) {
              w.session.spec.agents = {{"agent", {}}};
              w.session.spec.agents.front().settings.model = "large";
            }},
           {"unknown parameter", [](World& w) {
              w.session.spec.parameters = {{"BRANCH", "main"}};
            }}}};
}

// Memory of the process: nothing, or a standing refusal.
Dimension refusals() {
  const auto refuse = [](Step step, ErrorCode code, std::string message, seconds wait) {
    return
        [=](World& w) { w.refusal = Refusal{step, code, "Forbidden", message, w.now + wait, ""}; };
  };
  return {
      "refusal",
      {{"none", [](World&) {}},
       {"quota", refuse(Step::CreatePod, ErrorCode::Forbidden, "exceeded quota: q", seconds(8))},
       {"claim quota, due",
        refuse(Step::CreateClaim, ErrorCode::Forbidden, "exceeded quota: q", seconds(0))},
       {"invalid pod", refuse(Step::CreatePod, ErrorCode::Invalid, "spec: bad", seconds(8))}}};
}

}  // namespace

std::vector<Dimension> wishes() {
  std::vector<Dimension> all{existing_claims(), sizes(),     retentions(), desired_states(),
                             modes(),           deletions(), outcomes(),   run_tokens(),
                             retries(),         templates(), fits(),       refusals()};
  for (auto& clock : clocks()) all.push_back(std::move(clock));
  return all;
}

}  // namespace sojourn::domain::test
