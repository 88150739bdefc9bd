#include "tests/unit/domain/walk_settings.h"

#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_health.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/retention.h"
#include "tests/unit/domain/metadata_patch.h"

namespace sojourn::domain::test {
namespace {

using api::SessionState;
using std::chrono::minutes;
using std::chrono::seconds;

void set_condition(World& world, std::string type, Reason reason, seconds ago) {
  world.session.status.conditions.push_back({std::move(type), api::ConditionStatus::True,
                                             std::string(to_string(reason)), "", world.now - ago,
                                             1});
}

void set_state(World& world, SessionState state, Reason reason) {
  auto& status = world.session.status;
  status.observed_generation = 1;
  status.state = state;
  status.state_since = world.now - seconds(30);
  status.reason = to_string(reason);
}

Dimension states() {
  return {
      {"new", [](World&) {}},
      {"INIT",
       [](World& w) {
         set_state(w, SessionState::Init, Reason::Starting);
         set_condition(w, "Reconciling", Reason::Starting, seconds(30));
       }},
      {"INIT late",
       [](World& w) {
         set_state(w, SessionState::Init, Reason::Starting);
         set_condition(w, "Reconciling", Reason::Starting, seconds(301));
       }},
      {"INIT suspended",
       [](World& w) {
         set_state(w, SessionState::Init, Reason::Stopped);
         set_condition(w, "Suspended", Reason::Stopped, seconds(30));
       }},
      {"READY", [](World& w) { set_state(w, SessionState::Ready, Reason::Ready); }},
      {"BUSY", [](World& w) { set_state(w, SessionState::Busy, Reason::Ready); }},
      {"IDLE",
       [](World& w) {
         set_state(w, SessionState::Idle, Reason::Stopped);
         set_condition(w, "Suspended", Reason::Stopped, seconds(30));
       }},
      {"IDLE waking",
       [](World& w) {
         set_state(w, SessionState::Idle, Reason::Waking);
         set_condition(w, "Waking", Reason::Waking, seconds(30));
         set_condition(w, "Reconciling", Reason::Waking, seconds(30));
       }},
      {"IDLE waking late",
       [](World& w) {
         set_state(w, SessionState::Idle, Reason::Waking);
         set_condition(w, "Waking", Reason::Waking, seconds(301));
         set_condition(w, "Reconciling", Reason::Waking, seconds(301));
       }},
      {"ERROR due",
       [](World& w) {
         set_state(w, SessionState::Error, Reason::PodLost);
         w.session.status.attempts = 1;
         w.session.status.next_attempt_time = w.now - seconds(1);
       }},
      {"ERROR waiting",
       [](World& w) {
         set_state(w, SessionState::Error, Reason::PodLost);
         w.session.status.attempts = 2;
         w.session.status.next_attempt_time = w.now + seconds(20);
       }},
      {"ERROR exhausted",
       [](World& w) {
         set_state(w, SessionState::Error, Reason::PodFailed);
         w.session.status.attempts = 4;
         set_condition(w, "Stalled", Reason::RetriesExhausted, seconds(30));
       }},
      {"ERROR outside",
       [](World& w) {
         set_state(w, SessionState::Error, Reason::StartTimeout);
         set_condition(w, "Stalled", Reason::ImagePull, seconds(30));
         w.session.status.template_ = api::TemplateStatus{"claude", 1, "claude-aaaa"};
       }},
      {"ERROR no template",
       [](World& w) {
         set_state(w, SessionState::Error, Reason::StartTimeout);
         set_condition(w, "Stalled", Reason::TemplateNotFound, seconds(30));
       }},
      {"ERROR volume lost",
       [](World& w) {
         set_state(w, SessionState::Error, Reason::VolumeLost);
         set_condition(w, "Stalled", Reason::VolumeLost, seconds(30));
       }},
  };
}

api::Pod& add_pod(World& world, std::string uid = "pod-uid") {
  world.pods.push_back(world.make_pod(world.child_name(), std::move(uid)));
  return world.pods.back();
}

void record_pod(World& world, const api::Pod& pod) {
  if (!world.session.status.state) return;
  world.session.status.pod = api::PodRecord{pod.meta.name, pod.meta.uid, "node", incarnation(pod)};
}

Dimension pods() {
  return {
      {"no pod", [](World&) {}},
      {"recorded, gone", [](World& w) { record_pod(w, w.make_pod(w.child_name(), "old-uid")); }},
      {"pending", [](World& w) { add_pod(w); }},
      {"image trouble",
       [](World& w) {
         add_pod(w).status.containers = {{"agent", 0, false, "ImagePullBackOff", "", {}, {}, {}}};
       }},
      {"ready",
       [](World& w) {
         World::make_ready(add_pod(w));
         record_pod(w, w.pods.back());
       }},
      {"ready, unrecorded", [](World& w) { World::make_ready(add_pod(w)); }},
      {"not ready",
       [](World& w) {
         auto& p = add_pod(w);
         World::make_ready(p);
         record_pod(w, p);
         p.status.conditions.front().status = api::ConditionStatus::False;
       }},
      {"restarted",
       [](World& w) {
         auto& p = add_pod(w);
         World::make_ready(p);
         record_pod(w, p);
         p.status.containers.front().restart_count = 1;
       }},
      {"failed",
       [](World& w) {
         auto& p = add_pod(w);
         record_pod(w, p);
         p.status.phase = api::PodPhase::Failed;
       }},
      {"succeeded",
       [](World& w) {
         auto& p = add_pod(w);
         record_pod(w, p);
         p.status.phase = api::PodPhase::Succeeded;
       }},
      {"deleting",
       [](World& w) {
         auto& p = add_pod(w);
         World::make_ready(p);
         record_pod(w, p);
         p.meta.deletion_timestamp = w.now + seconds(20);
       }},
      {"replaced",
       [](World& w) {
         record_pod(w, w.make_pod(w.child_name(), "old-uid"));
         World::make_ready(add_pod(w));
       }},
      {"with a stray",
       [](World& w) {
         World::make_ready(add_pod(w));
         record_pod(w, w.pods.back());
         w.pods.push_back(w.make_pod("stray", "stray-uid"));
       }},
  };
}

void want_storage(World& world) {
  world.session.spec.storage = api::StorageSpec{};
}
void record_claim(World& world, std::string uid) {
  if (!world.session.status.state) return;
  world.session.status.volume =
      api::VolumeRecord{world.claim_name(), std::move(uid), "pv", "1Gi", "Bound", "Retain", {}};
}

Dimension claims() {
  const auto bound = [](World& w) {
    want_storage(w);
    w.claim = w.make_claim();
    w.claim->phase = api::ClaimPhase::Bound;
  };
  // Made for another session.
  const auto named = [bound](World& w) {
    w.session.spec.existing_claim = "left-0123456789";
    bound(w);
    w.claim->meta.labels = {{std::string(kSessionLabel), "left"},
                            {std::string(kSessionUidLabel), "left-uid"}};
  };
  return {
      {"no storage", [](World&) {}},
      {"no claim", [](World& w) { want_storage(w); }},
      {"claim lost",
       [](World& w) {
         want_storage(w);
         record_claim(w, "claim-uid");
       }},
      {"pending",
       [](World& w) {
         want_storage(w);
         w.claim = w.make_claim();
       }},
      {"bound, recorded",
       [bound](World& w) {
         bound(w);
         record_claim(w, "claim-uid");
       }},
      {"phase Lost",
       [bound](World& w) {
         bound(w);
         record_claim(w, "claim-uid");
         w.claim->phase = api::ClaimPhase::Lost;
       }},
      {"bound, unrecorded", [bound](World& w) { bound(w); }},
      {"deleting",
       [bound](World& w) {
         bound(w);
         record_claim(w, "claim-uid");
         w.claim->meta.deletion_timestamp = w.now;
       }},
      {"foreign",
       [bound](World& w) {
         bound(w);
         w.claim->meta.labels.clear();
       }},
      {"another",
       [bound](World& w) {
         bound(w);
         record_claim(w, "lost-uid");
       }},
      {"bound, released",
       [bound](World& w) {
         bound(w);
         record_claim(w, "claim-uid");
         change(w.claim->meta, release(*w.claim, w.now - minutes(5)));
       }},
      {"named, left",
       [named](World& w) {
         named(w);
         change(w.claim->meta, release(*w.claim, w.now - minutes(5)));
       }},
      {"named, in use", named},
      {"named, ours",
       [named](World& w) {
         named(w);
         change(w.claim->meta, hand_over(*w.claim, w.session, w.policy()));
         record_claim(w, "claim-uid");
       }},
      {"bound, Delete",
       [bound](World& w) {
         bound(w);
         record_claim(w, "claim-uid");
         w.session.spec.storage->retention = {
             api::RetentionPolicy::Delete, api::RetentionPolicy::Delete, {}};
       }},
  };
}

Dimension wishes() {
  return {
      {"Running", [](World&) {}},
      {"Stopped", [](World& w) { w.session.spec.desired_state = api::DesiredState::Stopped; }},
      {"Task", [](World& w) { w.session.spec.mode = api::SessionMode::Task; }},
      {"Task Paused",
       [](World& w) {
         w.session.spec.mode = api::SessionMode::Task;
         w.session.spec.desired_state = api::DesiredState::Paused;
       }},
      {"Cancelled", [](World& w) { w.session.spec.desired_state = api::DesiredState::Cancelled; }},
      {"deleted", [](World& w) { w.session.meta.deletion_timestamp = w.now; }}};
}

Dimension clocks() {
  const auto finish = [](World& w, std::optional<api::Outcome> value) {
    if (!w.session.status.state) return;
    w.session.status.outcome = value;
    if (value) w.session.status.finish_time = w.now - seconds(20);
  };
  const auto outcome = [finish](api::Outcome value) { return [=](World& w) { finish(w, value); }; };
  const auto again = [finish](std::optional<api::Outcome> value) {
    return [=](World& w) {
      finish(w, value);
      w.session.spec.run_token = "2";
    };
  };
  const auto to_be_deleted = [finish](api::Outcome value) {
    return [=](World& w) {
      finish(w, value);
      w.session.spec.ttl.delete_after_finished_seconds = 60;
    };
  };
  return {{"no clock", [](World&) {}},
          {"expiry later", [](World& w) { w.session.spec.ttl.max_lifetime_seconds = 7200; }},
          {"expiry due", [](World& w) { w.session.spec.ttl.max_lifetime_seconds = 3600; }},
          {"sleep limit", [](World& w) { w.session.spec.ttl.after_idle_seconds = 10; }},
          {"active limit", [](World& w) { w.session.spec.limits.active_deadline_seconds = 10; }},
          {"Completed", outcome(api::Outcome::Completed)},
          {"Failed", outcome(api::Outcome::Failed)},
          {"Cancelled", outcome(api::Outcome::Cancelled)},
          {"Timeout", outcome(api::Outcome::Timeout)},
          {"Expired", outcome(api::Outcome::Expired)},
          {"Completed, to be deleted", to_be_deleted(api::Outcome::Completed)},
          {"Expired, to be deleted", to_be_deleted(api::Outcome::Expired)},
          {"run again", again(std::nullopt)},
          {"Completed, run again", again(api::Outcome::Completed)},
          {"Failed, run again", again(api::Outcome::Failed)},
          {"Cancelled, run again", again(api::Outcome::Cancelled)}};
}

Dimension templates() {
  return {{"usable", [](World&) {}},
          {"changed",
           [](World& w) {
             w.template_.revision->id = {"claude", 2, "claude-bbbb"};
           }},
          {"missing",
           [](World& w) {
             w.template_ = {TemplateState::Missing, "", {}};
           }},
          {"missing, last known", [](World& w) { w.template_.state = TemplateState::Missing; }},
          {"invalid",
           [](World& w) {
             w.template_ = {TemplateState::Invalid, "no image", {}};
           }},
          {"pending", [](World& w) {
             w.template_ = {TemplateState::Pending, "", {}};
           }}};
}

// Memory of the process: nothing, or a standing refusal.
Dimension refusals() {
  const auto refuse = [](Step step, ErrorCode code, std::string message, seconds wait) {
    return
        [=](World& w) { w.refusal = Refusal{step, code, "Forbidden", message, w.now + wait, ""}; };
  };
  return {{"no refusal", [](World&) {}},
          {"quota", refuse(Step::CreatePod, ErrorCode::Forbidden, "exceeded quota: q", seconds(8))},
          {"claim quota, due",
           refuse(Step::CreateClaim, ErrorCode::Forbidden, "exceeded quota: q", seconds(0))},
          {"invalid pod", refuse(Step::CreatePod, ErrorCode::Invalid, "spec: bad", seconds(8))}};
}

}  // namespace

std::array<Dimension, 7> dimensions() {
  return {states(), pods(), claims(), wishes(), clocks(), templates(), refusals()};
}

}  // namespace sojourn::domain::test
