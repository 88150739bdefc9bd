// What happens to a Session on its way.
#include <utility>

#include "tests/unit/domain/walk_settings.h"

namespace sojourn::domain::test {
namespace {

Dimension surroundings() {
  return {"surroundings",
          {{"cooperative", [](Life&) {}},
           {"frozen", [](Life& life) { life.surroundings = Surroundings::Frozen; }}}};
}

Dimension mishaps() {
  const auto befalls = [](Mishap mishap) { return [mishap](Life& life) { life.mishap = mishap; }; };
  return {"mishap",
          {{"none", [](Life&) {}},
           {"killed before a write", befalls(Mishap::Cut)},
           {"answer lost", befalls(Mishap::AnswerLost)},
           {"stale snapshot", befalls(Mishap::StaleSnapshot)}}};
}

Dimension turns() {
  const auto comes = [](Turn turn) { return [turn](Life& life) { life.turn = turn; }; };
  // Of a Session with storage of its own, whose size it may say.
  const auto raises = [](Life& life) {
    const auto& spec = life.world.session.spec;
    if (!spec.storage || !spec.existing_claim.empty()) return false;
    life.turn = Turn::SizeRaised;
    return true;
  };
  // A cancelled Session stays cancelled.
  const auto changes = [](Turn turn, bool to_stopped) {
    return [=](Life& life) {
      const auto desired = life.world.session.spec.desired_state;
      const bool running = desired == api::DesiredState::Running;
      if (desired == api::DesiredState::Cancelled || running != to_stopped) return false;
      life.turn = turn;
      return true;
    };
  };
  return {"turn",
          {{"none", [](Life&) {}},
           {"status wiped", comes(Turn::StatusWiped)},
           {"pods deleted", comes(Turn::PodDeleted)},
           {"pod added", comes(Turn::PodAdded)},
           {"pod fails", comes(Turn::PodFailed)},
           {"claim deleted", comes(Turn::ClaimDeleted)},
           {"clock jumps", comes(Turn::ClockJumps)},
           {"template turns strict", comes(Turn::TemplateTurnsStrict)},
           {"template relents", comes(Turn::TemplateRelents)},
           {"size raised", raises},
           {"stopped", changes(Turn::Stopped, true)},
           {"woken", changes(Turn::Woken, false)}}};
}

}  // namespace

std::vector<Dimension> courses() {
  return {surroundings(), mishaps(), turns()};
}

const std::vector<Dimension>& dimensions() {
  static const std::vector<Dimension> all = [] {
    std::vector<Dimension> result;
    for (auto part : {places(), wishes(), courses()}) {
      for (auto& dimension : part) result.push_back(std::move(dimension));
    }
    return result;
  }();
  return all;
}

}  // namespace sojourn::domain::test
