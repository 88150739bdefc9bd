#include "tests/unit/domain/walk_life.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "sojourn/domain/deadline.h"
#include "tests/unit/domain/walk_end.h"

namespace sojourn::domain::test {
namespace {

// One round of the operator. Returns the plan it was to carry out.
Plan step(World& world, Mishap mishap, std::optional<Observed>& previous) {
  Observed fresh = world.observe();
  const bool stale = mishap == Mishap::StaleSnapshot && previous.has_value();
  const Observed& seen = stale ? *previous : fresh;
  const auto policy = world.policy();
  Plan plan = decide(seen, policy, world.now);
  if (const auto due = carried_out(seen, policy, plan, world.now); due && due->at > world.now) {
    world.violations.push_back(std::string(field_of(due->deadline)) + " is carried out early");
  }
  if (mishap == Mishap::Cut && !plan.actions.empty()) {
    world.forget();  // killed before the action
    return plan;
  }
  world.apply(plan, seen);
  if (mishap == Mishap::AnswerLost) world.forget();
  previous = std::move(fresh);
  return plan;
}

std::shared_ptr<api::SessionTemplateSpec> copy_of_template(const World& world) {
  const auto& revision = world.template_.revision;
  return revision ? std::make_shared<api::SessionTemplateSpec>(*revision->spec)
                  : std::make_shared<api::SessionTemplateSpec>();
}

void turn_strict(World& world) {
  auto spec = copy_of_template(world);
  spec->parameters.push_back(
      {.name = "TICKET", .default_value = {}, .required = true, .pattern = ""});
  world.template_ = {TemplateState::Usable, "", Revision{{"claude", 3, "claude-cccc"}, spec}};
}

void relent(World& world) {
  auto spec = copy_of_template(world);
  spec->agents.clear();
  for (const char* name : {"agent", "critic"}) {
    api::AgentSpec agent;
    agent.container.name = name;
    agent.container.image = "docker.io/library/agent:1";
    spec->agents.push_back(std::move(agent));
  }
  spec->overrides = {"model"};
  spec->parameters = {{.name = "BRANCH", .default_value = {}, .required = false, .pattern = ""}};
  world.template_ = {TemplateState::Usable, "", Revision{{"claude", 4, "claude-dddd"}, spec}};
}

void desire(World& world, api::DesiredState state) {
  world.session.spec.desired_state = state;
  world.edited();
}

void take(World& world, Turn turn) {
  switch (turn) {
    case Turn::None:
      return;
    case Turn::StatusWiped:
      world.session.status = {};
      world.session.meta.resource_version += "0";
      return;
    case Turn::PodDeleted:
      return world.pods.clear();
    case Turn::PodAdded:
      return world.pods.push_back(world.make_pod("meddler", "meddler-uid"));
    case Turn::PodFailed:
      for (auto& pod : world.pods) pod.status.phase = api::PodPhase::Failed;
      return;
    case Turn::ClaimDeleted:
      if (!world.claim) return;
      world.claim->meta.deletion_timestamp = world.now;
      world.claim->meta.resource_version += "0";
      return;
    case Turn::ClockJumps:
      world.now += std::chrono::hours(2);
      world.clock_differs_until = world.now + std::chrono::seconds(70);
      return;
    case Turn::TemplateTurnsStrict:
      return turn_strict(world);
    case Turn::TemplateRelents:
      return relent(world);
    case Turn::SizeRaised:
      world.session.spec.storage->size = "4Gi";
      return world.edited();
    case Turn::Stopped:
      return desire(world, api::DesiredState::Stopped);
    case Turn::Woken:
      return desire(world, api::DesiredState::Running);
  }
}

// Returns false when there is no end after a bounded number of rounds.
bool run_to_rest(Life& life) {
  constexpr int kMostRounds = 140;
  auto& world = life.world;
  std::optional<Observed> previous;
  for (int round = 0; round < kMostRounds; ++round) {
    if (round == life.turn_at) take(world, life.turn);
    const auto mishap = round == life.mishap_at ? life.mishap : Mishap::None;
    const Plan plan = step(world, mishap, previous);
    world.check_invariants();
    if (!plan.actions.empty() || world.move(life.surroundings)) continue;
    const bool more_to_come = (life.mishap != Mishap::None && round < life.mishap_at) ||
                              (life.turn != Turn::None && round < life.turn_at);
    if (more_to_come || mishap == Mishap::StaleSnapshot) continue;
    // A deadline that lies in the past would be a hot loop.
    if (plan.recheck && *plan.recheck <= world.now)
      world.violations.push_back("recheck in the past");
    const bool far = !plan.recheck || *plan.recheck > world.now + std::chrono::minutes(30);
    if (far) return true;
    world.pass_until(*plan.recheck);
  }
  return false;
}

}  // namespace

std::vector<std::string> live(Life& life) {
  const Beginning beginning(life);
  const bool rested = run_to_rest(life);
  auto broken = life.world.violations;
  if (!rested) {
    broken.emplace_back("does not come to rest");
    return broken;
  }
  // What a disturbance may cost: an attempt, a claim's confirmation. Not the goal, but for a wiped
  // status, which also wipes the record of a claim and the outcome.
  if (life.surroundings == Surroundings::Frozen || life.turn == Turn::StatusWiped) return broken;
  auto verdict = judge_end(life.world, beginning);
  if (!verdict.empty()) broken.push_back(std::move(verdict));
  return broken;
}

}  // namespace sojourn::domain::test
