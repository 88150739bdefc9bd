// Where the Session is: its state, its pod and its claim.
#include "tests/unit/domain/walk_settings.h"

#include "sojourn/domain/pod_health.h"
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
  return {"state",
          {
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
          }};
}

api::Pod& add_pod(World& world, std::string uid = "pod-uid") {
  world.pods.push_back(world.make_pod(world.child_name(), std::move(uid)));
  return world.pods.back();
}

// False in a Session whose status is empty: nothing is on record there.
bool record_pod(World& world, const api::Pod& pod) {
  if (!world.session.status.state) return false;
  world.session.status.pod = api::PodRecord{pod.meta.name, pod.meta.uid, "node", incarnation(pod)};
  return true;
}

// A pod that was Ready, on record where there is a status.
api::Pod& add_ready_pod(World& world) {
  auto& pod = add_pod(world);
  World::make_ready(pod);
  record_pod(world, pod);
  return pod;
}

Dimension pods() {
  return {"pod",
          {
              {"none", [](World&) {}},
              {"recorded, gone",
               [](World& w) { return record_pod(w, w.make_pod(w.child_name(), "old-uid")); }},
              {"pending", [](World& w) { add_pod(w); }},
              {"image trouble",
               [](World& w) {
                 add_pod(w).status.containers = {
                     {"agent", 0, false, "ImagePullBackOff", "", {}, {}, {}}};
               }},
              {"ready", [](World& w) { add_ready_pod(w); }},
              {"ready, unrecorded",
               [](World& w) {
                 if (!w.session.status.state) return false;
                 World::make_ready(add_pod(w));
                 return true;
               }},
              {"not ready",
               [](World& w) {
                 add_ready_pod(w).status.conditions.front().status = api::ConditionStatus::False;
               }},
              {"restarted",
               [](World& w) { add_ready_pod(w).status.containers.front().restart_count = 1; }},
              {"failed",
               [](World& w) {
                 auto& pod = add_pod(w);
                 record_pod(w, pod);
                 pod.status.phase = api::PodPhase::Failed;
               }},
              {"succeeded",
               [](World& w) {
                 auto& pod = add_pod(w);
                 record_pod(w, pod);
                 pod.status.phase = api::PodPhase::Succeeded;
               }},
              {"deleting",
               [](World& w) { add_ready_pod(w).meta.deletion_timestamp = w.now + seconds(20); }},
              {"replaced",
               [](World& w) {
                 if (!record_pod(w, w.make_pod(w.child_name(), "old-uid"))) return false;
                 World::make_ready(add_pod(w));
                 return true;
               }},
              {"with a stray",
               [](World& w) {
                 add_ready_pod(w);
                 w.pods.push_back(w.make_pod("stray", "stray-uid"));
               }},
          }};
}

void want_storage(World& world) {
  world.session.spec.storage = api::StorageSpec{};
}
bool record_claim(World& world, std::string uid) {
  if (!world.session.status.state) return false;
  world.session.status.volume =
      api::VolumeRecord{world.claim_name(), std::move(uid), "pv", "1Gi", "Bound", "Retain", {}};
  return true;
}
void add_bound_claim(World& world) {
  want_storage(world);
  world.claim = world.make_claim();
  world.claim->phase = api::ClaimPhase::Bound;
  world.claim->volume_name = "pv";
  world.claim->capacity = "1Gi";
}

Dimension claims() {
  return {"claim",
          {
              {"no storage", [](World&) {}},
              {"none", [](World& w) { want_storage(w); }},
              {"recorded, gone",
               [](World& w) {
                 want_storage(w);
                 return record_claim(w, "claim-uid");
               }},
              {"pending",
               [](World& w) {
                 want_storage(w);
                 w.claim = w.make_claim();
               }},
              {"bound",
               [](World& w) {
                 add_bound_claim(w);
                 return record_claim(w, "claim-uid");
               }},
              {"bound, unrecorded", add_bound_claim},
              {"phase Lost",
               [](World& w) {
                 add_bound_claim(w);
                 record_claim(w, "claim-uid");
                 w.claim->phase = api::ClaimPhase::Lost;
               }},
              {"deleting",
               [](World& w) {
                 add_bound_claim(w);
                 record_claim(w, "claim-uid");
                 w.claim->meta.deletion_timestamp = w.now;
               }},
              {"foreign",
               [](World& w) {
                 add_bound_claim(w);
                 w.claim->meta.labels.clear();
               }},
              {"another",
               [](World& w) {
                 add_bound_claim(w);
                 return record_claim(w, "lost-uid");
               }},
              {"marked as left",
               [](World& w) {
                 add_bound_claim(w);
                 record_claim(w, "claim-uid");
                 change(w.claim->meta, release(*w.claim, w.now - minutes(5)));
               }},
          }};
}

}  // namespace

std::vector<Dimension> places() {
  return {states(), pods(), claims()};
}

}  // namespace sojourn::domain::test
