// The whole space of decide(): a life has one setting of each dimension, and every life must come
// to rest where it should, by legal steps alone, also when the run is cut, answers get lost,
// snapshots are stale, or others meddle.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

#include "sojourn/base/random.h"
#include "tests/unit/domain/walk_pairs.h"
#include "tests/unit/domain/walk_settings.h"

namespace sojourn::domain::test {
namespace {

// What no life combines.
const std::vector<Uncombined>& uncombined() {
  static const std::vector<Uncombined> reasons{
      {"existing claim", "", "size", "",
       "a claim that is named brings its own size; the CRD says so"},
      {"existing claim", "", "turn", "size raised", "it brings its own size"},
      {"claim", "no storage", "existing claim", "", "who names a claim asks for storage"},
      {"claim", "no storage", "size", "", "there is no volume to say a size of"},
      {"claim", "no storage", "retention", "", "there is no volume to keep"},
      {"claim", "no storage", "turn", "size raised", "the CRD lets nobody ask for storage later"},
      {"state", "new", "outcome", "", "an empty status has no outcome"},
      {"state", "new", "pod", "recorded, gone", "an empty status records no pod"},
      {"state", "new", "pod", "replaced", "an empty status records no pod"},
      {"state", "new", "pod", "ready, unrecorded", "there it is the same as ready"},
      {"state", "new", "claim", "recorded, gone", "an empty status records no claim"},
      {"state", "new", "claim", "bound", "there it is the same as bound, unrecorded"},
      {"state", "new", "claim", "another", "an empty status records no claim"},
      {"claim", "none", "existing claim", "taken over", "there is no claim to take over"},
      {"claim", "none", "existing claim", "left", "nobody has left a claim that is not there"},
      {"claim", "none", "existing claim", "in use", "nobody uses a claim that is not there"},
      {"claim", "recorded, gone", "existing claim", "taken over", "it is gone"},
      {"claim", "recorded, gone", "existing claim", "left", "it is gone"},
      {"claim", "recorded, gone", "existing claim", "in use", "it is gone"},
      {"claim", "pending", "existing claim", "not there", "it is there"},
      {"claim", "bound", "existing claim", "not there", "it is there"},
      {"claim", "bound", "existing claim", "left", "what is on record was taken over"},
      {"claim", "bound", "existing claim", "in use", "what is on record was taken over"},
      {"claim", "bound, unrecorded", "existing claim", "not there", "it is there"},
      {"claim", "phase Lost", "existing claim", "not there", "it is there"},
      {"claim", "deleting", "existing claim", "not there", "it is there"},
      {"claim", "another", "existing claim", "not there", "it is there"},
      {"claim", "another", "existing claim", "left", "what is on record was taken over"},
      {"claim", "another", "existing claim", "in use", "what is on record was taken over"},
      {"claim", "foreign", "existing claim", "", "whose claim it is, existing claim says"},
      {"claim", "marked as left", "existing claim", "", "who has left it, existing claim says"},
      {"desired state", "Running", "turn", "woken", "it is not asleep"},
      {"desired state", "Paused", "turn", "stopped", "it is asleep already"},
      {"desired state", "Stopped", "turn", "stopped", "it is asleep already"},
      {"desired state", "Cancelled", "turn", "stopped", "a cancelled Session stays cancelled"},
      {"desired state", "Cancelled", "turn", "woken", "a cancelled Session stays cancelled"},
  };
  return reasons;
}

// The everyday loop (SOJOURN_WALK=tenth) lives a seeded tenth of all lives.
bool is_everyday() {
  const char* share = std::getenv("SOJOURN_WALK");
  return share != nullptr && std::string_view(share) == "tenth";
}

std::vector<NamedDimension> names() {
  std::vector<NamedDimension> all;
  for (const auto& dimension : dimensions()) {
    all.push_back({dimension.name, {}});
    for (const auto& setting : dimension.settings) all.back().settings.push_back(setting.name);
  }
  return all;
}

// What became of the lives that were lived.
class Walk {
 public:
  Walk() : pairs_(names()) {}

  void visit(Life life, const Choice& choice) {
    ++lives_;
    pairs_.add(choice);
    for (const auto& broken : live(life)) tell(life, choice, broken);
  }
  long lives() const { return lives_; }
  long failures() const { return failures_; }
  const PairCount& pairs() const { return pairs_; }

 private:
  void tell(const Life& life, const Choice& choice, const std::string& broken) {
    if (++failures_ > 12) return;
    std::string path;
    for (std::size_t i = 0; i < choice.size(); ++i) {
      const auto& dimension = dimensions()[i];
      if (i >= places().size() && choice[i] == 0) continue;
      path += std::string(path.empty() ? "" : " / ") + std::string(dimension.name) + " " +
              std::string(dimension.settings[choice[i]].name);
    }
    const auto& status = life.world.session.status;
    ADD_FAILURE() << path << " (mishap at " << life.mishap_at << ", turn at " << life.turn_at
                  << "): " << broken << "\n  came to "
                  << (status.state ? to_string(*status.state) : "none") << " " << status.reason
                  << ", check " << life.world.plan().check;
  }

  PairCount pairs_;
  long lives_ = 0;
  long failures_ = 0;
};

// Every state with every pod and every claim, and of the other dimensions at most two out of the
// ordinary, in every way; those that disturb are drawn below.
class Grid {
 public:
  explicit Grid(Walk& walk) : walk_(walk) {}

  void visit_all() { place(0, Life{}, Choice(dimensions().size())); }

 private:
  void place(std::size_t dimension, const Life& life, const Choice& choice) {
    if (dimension == places_) {
      if (is_drawn()) walk_.visit(life, choice);
      return deviate(life, choice);
    }
    each(dimension, 0, life, choice,
         [&](const Life& next, const Choice& chosen) { place(dimension + 1, next, chosen); });
  }

  void deviate(const Life& life, const Choice& choice) {
    for (std::size_t dimension = places_; dimension < last_; ++dimension) {
      each(dimension, 1, life, choice, [&](const Life& next, const Choice& chosen) {
        if (is_drawn()) walk_.visit(next, chosen);
        deviate_again(dimension + 1, next, chosen);
      });
    }
  }
  void deviate_again(std::size_t from, const Life& life, const Choice& choice) {
    for (std::size_t dimension = from; dimension < last_; ++dimension) {
      for (std::size_t i = 1; i < dimensions()[dimension].settings.size(); ++i) {
        if (!is_drawn()) continue;
        with(dimension, i, life, choice,
             [&](Life next, const Choice& chosen) { walk_.visit(std::move(next), chosen); });
      }
    }
  }

  // The life with each setting of a dimension that there is in it.
  template <typename Then>
  void each(std::size_t dimension, std::size_t first, const Life& life, const Choice& choice,
            const Then& then) {
    for (std::size_t i = first; i < dimensions()[dimension].settings.size(); ++i)
      with(dimension, i, life, choice, then);
  }
  template <typename Then>
  void with(std::size_t dimension, std::size_t setting, const Life& life, const Choice& choice,
            const Then& then) {
    Life next = life;
    if (!dimensions()[dimension].settings[setting].apply(next)) return;
    Choice chosen = choice;
    chosen[dimension] = static_cast<std::uint8_t>(setting);
    then(std::move(next), chosen);
  }

  bool is_drawn() { return !everyday_ || random_.next() % 10 == 0; }

  Walk& walk_;
  SeededRandom random_{20260101};
  const bool everyday_ = is_everyday();
  const std::size_t places_ = places().size();
  const std::size_t last_ = dimensions().size() - 2;  // mishap and turn
};

// Lives drawn from the whole space, any number of dimensions being out of the ordinary.
class Lottery {
 public:
  explicit Lottery(Walk& walk) : walk_(walk) {}

  void draw(int lives) {
    for (int i = 0; i < lives; ++i) draw_with({});
  }

  // So many lives with each two settings, where there are such.
  void draw_each_pair(int lives) {
    const auto& all = dimensions();
    for (std::size_t a = 0; a < all.size(); ++a) {
      for (std::size_t b = a + 1; b < all.size(); ++b) {
        for (std::size_t s = 0; s < all[a].settings.size(); ++s) {
          for (std::size_t t = 0; t < all[b].settings.size(); ++t)
            draw_pair({{a, s}, {b, t}}, lives);
        }
      }
    }
  }

 private:
  struct Wanted {
    std::size_t dimension;
    std::size_t setting;
  };

  void draw_pair(const std::vector<Wanted>& wanted, int lives) {
    constexpr int kMostDraws = 200;
    for (int i = 0; i < kMostDraws && lives > 0; ++i) {
      if (draw_with(wanted)) --lives;
    }
  }

  // False, and no life, when a wanted setting is not there in what else was drawn.
  bool draw_with(const std::vector<Wanted>& wanted) {
    Life life;
    Choice choice(dimensions().size());
    for (std::size_t d = 0; d < choice.size(); ++d) {
      const auto named = std::ranges::find(wanted, d, &Wanted::dimension);
      if (named != wanted.end()) {
        if (!choose(d, named->setting, life, choice)) return false;
      } else if (random_.next() % 100 < chance_of(d)) {
        choose(d, random_.next() % dimensions()[d].settings.size(), life, choice);
      }
    }
    life.mishap_at = static_cast<int>(random_.next() % 6);
    life.turn_at = static_cast<int>(random_.next() % 6);
    walk_.visit(std::move(life), choice);
    return true;
  }

  bool choose(std::size_t dimension, std::size_t setting, Life& life, Choice& choice) {
    if (setting == 0) return true;  // the ordinary one changes nothing
    Life next = life;
    if (!dimensions()[dimension].settings[setting].apply(next)) return false;
    life = std::move(next);
    choice[dimension] = static_cast<std::uint8_t>(setting);
    return true;
  }

  // In a hundred lives.
  static std::size_t chance_of(std::size_t dimension) {
    static const std::size_t first_wish = places().size();
    static const std::size_t first_disturbance = dimensions().size() - 2;
    if (dimension < first_wish) return 100;
    return dimension < first_disturbance ? 20 : 50;
  }

  Walk& walk_;
  SeededRandom random_{7};
};

const Walk& grid() {
  static const Walk walk = [] {
    Walk done;
    Grid(done).visit_all();
    return done;
  }();
  return walk;
}

const Walk& lottery() {
  static const Walk walk = [] {
    Walk done;
    Lottery drawn(done);
    drawn.draw_each_pair(is_everyday() ? 1 : 10);
    drawn.draw(is_everyday() ? 30'000 : 300'000);
    return done;
  }();
  return walk;
}

TEST(AllWorlds, ComeToRestWhereTheyShouldByLegalStepsAlone) {
  std::cout << "visited " << grid().lives()
            << " worlds: each state, pod and claim, and at most two other things out of the "
               "ordinary\n";
  EXPECT_EQ(grid().failures(), 0);
}

TEST(AllWorlds, ComeToRestAlsoWhenDisturbedAtAnyRound) {
  std::cout << "visited " << lottery().lives()
            << " worlds drawn from the whole space, with what disturbs on the way\n";
  EXPECT_EQ(lottery().failures(), 0);
}

TEST(AllWorlds, CombineEveryPairOfDimensionsButThoseWithAReason) {
  auto pairs = grid().pairs();
  pairs.add(lottery().pairs());
  pairs.tell(uncombined(), std::cout);
  for (const auto& fault : pairs.faults_of(uncombined())) ADD_FAILURE() << fault;
}

}  // namespace
}  // namespace sojourn::domain::test
