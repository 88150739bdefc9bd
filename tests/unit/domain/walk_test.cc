// The whole space of decide(): every combination of state, pod, claim, desired state, template,
// clock and memory is a world, and every world must come to rest where it should, by legal steps
// alone, also when the run is cut, answers get lost, snapshots are stale, the status is wiped or a
// meddler is about.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "sojourn/base/random.h"
#include "sojourn/domain/claim_shape.h"
#include "sojourn/domain/pod_health.h"
#include "tests/unit/domain/world.h"

namespace sojourn::domain::test {
namespace {

using api::SessionState;
using std::chrono::seconds;

// One named way to fill one dimension of a world.
struct Setting {
  std::string_view name;
  std::function<void(World&)> set;
};
using Dimension = std::vector<Setting>;

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
         add_pod(w).status.containers = {{"agent", 0, false, "ImagePullBackOff", "", {}, {}}};
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
      api::VolumeRecord{world.child_name(), std::move(uid), "pv", "1Gi", "Bound", "Retain"};
}

Dimension claims() {
  const auto bound = [](World& w) {
    want_storage(w);
    w.claim = w.make_claim();
    w.claim->phase = api::ClaimPhase::Bound;
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
      {"bound, Delete",
       [bound](World& w) {
         bound(w);
         record_claim(w, "claim-uid");
         w.session.spec.storage->retention = {api::RetentionPolicy::Delete,
                                              api::RetentionPolicy::Delete};
       }},
  };
}

Dimension wishes() {
  return {{"Running", [](World&) {}},
          {"Stopped", [](World& w) { w.session.spec.desired_state = api::DesiredState::Stopped; }},
          {"Task", [](World& w) { w.session.spec.mode = api::SessionMode::Task; }},
          {"Task Paused",
           [](World& w) {
             w.session.spec.mode = api::SessionMode::Task;
             w.session.spec.desired_state = api::DesiredState::Paused;
           }},
          {"deleted", [](World& w) { w.session.meta.deletion_timestamp = w.now; }}};
}

Dimension clocks() {
  const auto outcome = [](api::Outcome value) {
    return [value](World& w) {
      if (w.session.status.state) w.session.status.outcome = value;
    };
  };
  return {{"no clock", [](World&) {}},
          {"expiry later", [](World& w) { w.session.spec.ttl.max_lifetime_seconds = 7200; }},
          {"expiry due", [](World& w) { w.session.spec.ttl.max_lifetime_seconds = 3600; }},
          {"Completed", outcome(api::Outcome::Completed)},
          {"Failed", outcome(api::Outcome::Failed)},
          {"Expired", outcome(api::Outcome::Expired)}};
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
    return [=](World& w) { w.refusal = Refusal{step, code, "Forbidden", message, w.now + wait}; };
  };
  return {{"no refusal", [](World&) {}},
          {"quota", refuse(Step::CreatePod, ErrorCode::Forbidden, "exceeded quota: q", seconds(8))},
          {"claim quota, due",
           refuse(Step::CreateClaim, ErrorCode::Forbidden, "exceeded quota: q", seconds(0))},
          {"invalid pod", refuse(Step::CreatePod, ErrorCode::Invalid, "spec: bad", seconds(8))}};
}

// How a run is disturbed, at round `at`.
enum class Fault { None, Cut, AnswerLost, StaleSnapshot, StatusWiped, PodDeleted, PodAdded };

// One step of the operator under a fault. A lost answer and a cut differ for the process, not for a
// decision that starts from what is observed: both forget what was in memory.
bool step(World& world, Fault fault, std::optional<Observed>& previous) {
  const Observed fresh = world.observe();
  const bool stale = fault == Fault::StaleSnapshot && previous.has_value();
  const Observed& seen = stale ? *previous : fresh;
  const Plan plan = decide(seen, world.policy(), world.now);
  if (fault == Fault::Cut && !plan.actions.empty()) {
    world.forget();  // killed before the action
    return true;
  }
  const int writes = world.writes;
  const bool done = world.apply(plan, seen);
  if (fault == Fault::AnswerLost) world.forget();
  if (stale && !done && world.writes > writes) world.writes = writes;  // refused by a precondition
  previous = fresh;
  return !plan.actions.empty();
}

void meddle(World& world, Fault fault) {
  if (fault == Fault::StatusWiped) {
    world.session.status = {};
    world.session.meta.resource_version += "0";
  }
  if (fault == Fault::PodDeleted) world.pods.clear();
  if (fault == Fault::PodAdded) world.pods.push_back(world.make_pod("meddler", "meddler-uid"));
}

// Runs until neither the operator nor the surroundings have anything to do, and time does not help
// either. Returns false when that takes more than a bounded number of rounds.
bool run_to_rest(World& world, Surroundings surroundings, Fault fault, int at) {
  constexpr int kMostRounds = 120;
  std::optional<Observed> previous;
  for (int round = 0; round < kMostRounds; ++round) {
    const Fault now = round == at ? fault : Fault::None;
    if (now != Fault::None) meddle(world, now);
    const bool acted = step(world, now, previous);
    world.check_invariants();
    if (acted) continue;
    if (world.move(surroundings)) continue;
    if (round < at && fault != Fault::None) continue;  // the fault is still to come
    const Plan plan = world.plan();
    if (!plan.actions.empty()) continue;
    // A deadline that lies in the past would be a hot loop.
    if (plan.recheck && *plan.recheck <= world.now)
      world.violations.push_back("recheck in the past");
    const bool far = !plan.recheck || *plan.recheck > world.now + std::chrono::minutes(30);
    if (far) return true;
    world.now = *plan.recheck;
    if (world.refusal && world.refusal->retry_at <= world.now) world.refusal.reset();
  }
  return false;
}

bool has(const World& world, std::string_view condition) {
  const auto* found = api::find_condition(world.session.status.conditions, condition);
  return found != nullptr && found->status == api::ConditionStatus::True;
}

// Where a cooperative world must come to rest; "" when it did.
std::string judge(const World& world, bool storage_whole) {
  const auto& status = world.session.status;
  if (world.session.meta.deletion_timestamp) return "";
  if (!status.state) return "no state";
  if (status.observed_generation != 1) return "observedGeneration lags";
  const bool awake = status.state == SessionState::Ready || status.state == SessionState::Busy;
  const bool running = std::ranges::any_of(world.pods, [](const auto& pod) {
    return pod.status.phase == api::PodPhase::Pending || pod.status.phase == api::PodPhase::Running;
  });
  if (status.outcome == api::Outcome::Expired && !world.pods.empty()) return "expired with a pod";
  if (status.outcome) return running || awake ? "a pod runs although there is an outcome" : "";
  if (world.session.spec.desired_state != api::DesiredState::Running) {
    return running || awake          ? "a pod runs although stopped"
           : has(world, "Suspended") ? ""
                                     : "not Suspended";
  }
  if (awake) return has(world, "Ready") && running ? "" : "awake without pod or Ready";
  if (!has(world, "Stalled")) return "neither awake nor Stalled";
  const bool usable =
      world.template_.revision.has_value() && world.template_.state != TemplateState::Pending;
  const bool exhausted = status.attempts > 3;
  return usable && storage_whole && !exhausted ? "Stalled without a cause" : "";
}

// One world and what it is called.
struct Place {
  World world;
  std::string path;
  bool storage_whole;  // nothing is wrong with the claim that only a person could mend
};

class Walk {
 public:
  void run(const Place& place, Surroundings surroundings, Fault fault, int at) {
    ++runs_;
    World world = place.world;
    const auto tell = [&](const std::string& what) {
      const auto& status = world.session.status;
      if (++failures_ > 12) return;
      ADD_FAILURE() << place.path << " fault " << static_cast<int>(fault) << "@" << at << ": "
                    << what << "\n  came to " << (status.state ? to_string(*status.state) : "none")
                    << " " << status.reason << ", check " << world.plan().check;
    };
    const bool rested = run_to_rest(world, surroundings, fault, at);
    for (const auto& violation : world.violations) tell(violation);
    if (!rested) return tell("does not come to rest");
    if (surroundings == Surroundings::Frozen) return;
    // What a disturbance may cost: an attempt, a claim's confirmation. Not the goal, but for a
    // wiped status, which also wipes the record of a claim and the outcome.
    if (fault == Fault::StatusWiped) return;
    const auto verdict = judge(world, place.storage_whole);
    if (!verdict.empty()) tell(verdict);
  }
  long runs() const { return runs_; }
  long failures() const { return failures_; }

 private:
  long runs_ = 0;
  long failures_ = 0;
};

constexpr std::array<std::string_view, 4> kBrokenClaims = {"claim lost", "deleting", "foreign",
                                                           "another"};

// Pairs that are not combined, because the first makes the second irrelevant to every check:
// - a Session being deleted: nothing else is looked at (one world per state, pod and claim is
// enough);
// - a refusal and a session that wants no pod, or a template that cannot make one;
// - an outcome or an expiry and templates other than usable or missing, or a refusal: no start
// follows.
bool is_told_apart(std::string_view wish, std::string_view clock, std::string_view tmpl,
                   std::string_view refusal) {
  const bool quiet = clock == "no clock" && tmpl == "usable" && refusal == "no refusal";
  if (wish == "deleted") return quiet;
  const bool starts = (wish == "Running" || wish == "Task") && tmpl != "missing" &&
                      tmpl != "invalid" && tmpl != "pending";
  if (refusal != "no refusal" && (!starts || clock != "no clock")) return false;
  return clock == "no clock" || tmpl == "usable" || tmpl == "missing";
}

// Visits every world, or with SOJOURN_WALK=tenth a seeded tenth of them (the everyday loop).
void for_each_world(const std::function<void(const Place&)>& visit) {
  const char* share = std::getenv("SOJOURN_WALK");
  const bool tenth = share != nullptr && std::string_view(share) == "tenth";
  SeededRandom random(20260101);
  const std::array dimensions{states(), pods(),      claims(),  wishes(),
                              clocks(), templates(), refusals()};
  std::array<std::size_t, dimensions.size()> at{};
  while (true) {
    const auto named = [&](std::size_t i) { return dimensions[i][at[i]].name; };
    const bool visited = is_told_apart(named(3), named(4), named(5), named(6));
    if (visited && (!tenth || random.next() % 10 == 0)) {
      Place place;
      for (std::size_t i = 0; i < dimensions.size(); ++i) {
        const auto& setting = dimensions[i][at[i]];
        setting.set(place.world);
        place.path += (i == 0 ? "" : " / ") + std::string(setting.name);
      }
      const auto claim = dimensions[2][at[2]].name;
      place.storage_whole = std::ranges::find(kBrokenClaims, claim) == kBrokenClaims.end();
      visit(place);
    }
    std::size_t i = 0;
    while (i < at.size() && ++at[i] == dimensions[i].size()) at[i++] = 0;
    if (i == at.size()) return;
  }
}

TEST(AllWorlds, ComeToRestWhereTheyShouldByLegalStepsAlone) {
  Walk walk;
  for_each_world([&](const Place& place) {
    walk.run(place, Surroundings::Cooperative, Fault::None, 0);
    walk.run(place, Surroundings::Frozen, Fault::None, 0);
  });
  std::cout << "visited " << walk.runs() / 2
            << " worlds, each in cooperative and in frozen surroundings\n";
  EXPECT_EQ(walk.failures(), 0);
}

TEST(AllWorlds, ComeToRestAlsoWhenDisturbedAtAnyRound) {
  // Every fault at every one of the first rounds, over a seeded sample: the disturbances multiply.
  constexpr std::array kFaults{Fault::Cut,         Fault::AnswerLost, Fault::StaleSnapshot,
                               Fault::StatusWiped, Fault::PodDeleted, Fault::PodAdded};
  constexpr int kRounds = 6;
  Walk walk;
  SeededRandom random(7);
  for_each_world([&](const Place& place) {
    if (random.next() % 40 != 0) return;
    for (const auto fault : kFaults) {
      for (int at = 0; at < kRounds; ++at) walk.run(place, Surroundings::Cooperative, fault, at);
    }
  });
  std::cout << "ran " << walk.runs() << " disturbed lives\n";
  EXPECT_EQ(walk.failures(), 0);
}

}  // namespace
}  // namespace sojourn::domain::test
