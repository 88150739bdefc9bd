#include "tests/unit/domain/walk_pairs.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace sojourn::domain::test {
namespace {

std::string words_of(const Uncombined& reason) {
  const auto one = [](std::string_view dimension, std::string_view setting) {
    return std::string(dimension) + (setting.empty() ? "" : " " + std::string(setting));
  };
  return "(" + one(reason.dimension, reason.setting) + ") with (" +
         one(reason.other_dimension, reason.other_setting) + ")";
}

}  // namespace

PairCount::PairCount(std::vector<NamedDimension> dimensions) : dimensions_(std::move(dimensions)) {
  for (const auto& dimension : dimensions_) {
    first_.push_back(size_);
    size_ += dimension.settings.size();
  }
  met_.resize(size_ * size_);
}

void PairCount::add(const Choice& choice) {
  for (std::size_t a = 0; a < choice.size(); ++a) {
    auto* row = &met_[(first_[a] + choice[a]) * size_];
    for (std::size_t b = a + 1; b < choice.size(); ++b) row[first_[b] + choice[b]] = 1;
  }
}

void PairCount::add(const PairCount& other) {
  for (std::size_t i = 0; i < met_.size(); ++i) met_[i] |= other.met_[i];
}

bool PairCount::fits(Place place, std::string_view dimension, std::string_view setting) const {
  const auto& named = dimensions_[place.dimension];
  if (named.name != dimension) return false;
  return setting.empty() ? place.setting > 0 : named.settings[place.setting] == setting;
}

bool PairCount::is_covered(Place a, Place b, const Uncombined& reason) const {
  const auto covers = [&](Place one, Place other) {
    return fits(one, reason.dimension, reason.setting) &&
           fits(other, reason.other_dimension, reason.other_setting);
  };
  return covers(a, b) || covers(b, a);
}

std::vector<PairCount::Place> PairCount::places_of(std::string_view dimension,
                                                   std::string_view setting) const {
  std::vector<Place> places;
  for (std::size_t d = 0; d < dimensions_.size(); ++d) {
    for (std::size_t s = 0; s < dimensions_[d].settings.size(); ++s) {
      if (fits({d, s}, dimension, setting)) places.push_back({d, s});
    }
  }
  return places;
}

std::vector<std::string> PairCount::faults_of(const std::vector<Uncombined>& reasons) const {
  std::vector<std::string> faults;
  for (const auto& reason : reasons) {
    const auto ones = places_of(reason.dimension, reason.setting);
    const auto others = places_of(reason.other_dimension, reason.other_setting);
    if (ones.empty() || others.empty()) faults.push_back(words_of(reason) + " is not known");
    for (const auto& one : ones) {
      for (const auto& other : others) {
        const bool in_order = one.dimension < other.dimension;
        if (!(in_order ? met(one, other) : met(other, one))) continue;
        faults.push_back(words_of(reason) + " has a reason, and is combined");
      }
    }
  }
  for (std::size_t a = 0; a < dimensions_.size(); ++a) {
    for (std::size_t b = a + 1; b < dimensions_.size(); ++b) {
      for (std::size_t s = 0; s < dimensions_[a].settings.size(); ++s) {
        for (std::size_t t = 0; t < dimensions_[b].settings.size(); ++t) {
          const Place one{a, s};
          const Place other{b, t};
          const auto covers = [&](const auto& reason) { return is_covered(one, other, reason); };
          if (met(one, other) || std::ranges::any_of(reasons, covers)) continue;
          faults.push_back(words_of({dimensions_[a].name, dimensions_[a].settings[s],
                                     dimensions_[b].name, dimensions_[b].settings[t], ""}) +
                           " is not combined, and nobody says why");
        }
      }
    }
  }
  return faults;
}

bool PairCount::are_combined(std::size_t a, std::size_t b) const {
  for (std::size_t s = 1; s < dimensions_[a].settings.size(); ++s) {
    for (std::size_t t = 1; t < dimensions_[b].settings.size(); ++t) {
      if (met({a, s}, {b, t})) return true;
    }
  }
  return false;
}

void PairCount::tell(const std::vector<Uncombined>& reasons, std::ostream& out) const {
  std::size_t pairs = 0;
  std::size_t combined = 0;
  for (std::size_t a = 0; a < dimensions_.size(); ++a) {
    for (std::size_t b = a + 1; b < dimensions_.size(); ++b) {
      ++pairs;
      if (are_combined(a, b)) ++combined;
    }
  }
  out << combined << " of the " << pairs << " pairs of " << dimensions_.size()
      << " dimensions are combined; what no life combines:\n";
  for (const auto& reason : reasons) out << "  " << words_of(reason) << ": " << reason.why << "\n";
}

}  // namespace sojourn::domain::test
