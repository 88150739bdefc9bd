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
#include <string>

#include "sojourn/base/random.h"
#include "sojourn/domain/deadline.h"
#include "tests/unit/domain/walk_settings.h"
#include "tests/unit/domain/world.h"

namespace sojourn::domain::test {
namespace {

using api::SessionState;
using std::chrono::seconds;

// How a run is disturbed, at round `at`.
enum class Fault { None, Cut, AnswerLost, StaleSnapshot, StatusWiped, PodDeleted, PodAdded };

// One step of the operator under a fault. A lost answer and a cut differ for the process, not for a
// decision that starts from what is observed: both forget what was in memory.
bool step(World& world, Fault fault, std::optional<Observed>& previous) {
  const Observed fresh = world.observe();
  const bool stale = fault == Fault::StaleSnapshot && previous.has_value();
  const Observed& seen = stale ? *previous : fresh;
  const Plan plan = decide(seen, world.policy(), world.now);
  if (const auto due = carried_out(seen, world.policy(), plan, world.now);
      due && due->at > world.now) {
    world.violations.push_back(std::string(field_of(due->deadline)) + " is carried out early");
  }
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
    world.clock = ClockCheck::Unknown;
    if (world.refusal && world.refusal->retry_at <= world.now) world.refusal.reset();
  }
  return false;
}

bool has(const World& world, std::string_view condition) {
  const auto* found = api::find_condition(world.session.status.conditions, condition);
  return found != nullptr && found->status == api::ConditionStatus::True;
}

// One world and what it is called.
struct Place {
  World world;
  std::string path;
  bool storage_whole = true;  // nothing is wrong with the claim that only a person could mend
  bool runs_again = false;    // has an outcome, and another run is asked for
};

// Where a cooperative world must come to rest; "" when it did.
std::string judge(const World& world, const Place& place) {
  const auto& status = world.session.status;
  if (world.session.meta.deletion_timestamp) return "";
  if (status.outcome && world.session.spec.ttl.delete_after_finished_seconds)
    return "finished long ago, and not deleted";
  if (!status.state) return "no state";
  if (status.observed_generation != 1) return "observedGeneration lags";
  const bool awake = status.state == SessionState::Ready || status.state == SessionState::Busy;
  const bool running = std::ranges::any_of(world.pods, [](const auto& pod) {
    return pod.status.phase == api::PodPhase::Pending || pod.status.phase == api::PodPhase::Running;
  });
  if (status.outcome == api::Outcome::Expired && !world.pods.empty()) return "expired with a pod";
  const bool may_run_again = status.outcome == api::Outcome::Completed ||
                             status.outcome == api::Outcome::Failed ||
                             status.outcome == api::Outcome::Timeout;
  const bool cancelled = world.session.spec.desired_state == api::DesiredState::Cancelled;
  if (world.session.spec.run_token != status.last_handled_run_token)
    return "the token is not handled";
  if (status.outcome) {
    if (place.runs_again && may_run_again && !cancelled && !has(world, "Expired"))
      return "did not run again";
    return running || awake ? "a pod runs although there is an outcome" : "";
  }
  if (cancelled) return "cancelled, and has not ended";
  if (awake && world.session.spec.limits.active_deadline_seconds) return "awake past its limit";
  if (has(world, "Suspended") && world.session.spec.ttl.after_idle_seconds)
    return "asleep past its limit";
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
  return usable && place.storage_whole && !exhausted ? "Stalled without a cause" : "";
}

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
    const auto verdict = judge(world, place);
    if (!verdict.empty()) tell(verdict);
  }
  long runs() const { return runs_; }
  long failures() const { return failures_; }

 private:
  long runs_ = 0;
  long failures_ = 0;
};

constexpr std::array<std::string_view, 6> kBrokenClaims = {
    "claim lost", "phase Lost", "deleting", "foreign", "another", "named, in use"};

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
  const auto space = dimensions();
  std::array<std::size_t, space.size()> at{};
  while (true) {
    const auto named = [&](std::size_t i) { return space[i][at[i]].name; };
    const bool visited = is_told_apart(named(3), named(4), named(5), named(6));
    if (visited && (!tenth || random.next() % 10 == 0)) {
      Place place;
      for (std::size_t i = 0; i < space.size(); ++i) {
        const auto& setting = space[i][at[i]];
        setting.set(place.world);
        place.path += (i == 0 ? "" : " / ") + std::string(setting.name);
      }
      place.storage_whole = std::ranges::find(kBrokenClaims, named(2)) == kBrokenClaims.end();
      place.runs_again = named(0) != "new" && named(4).ends_with(", run again");
      visit(place);
    }
    std::size_t i = 0;
    while (i < at.size() && ++at[i] == space[i].size()) at[i++] = 0;
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
