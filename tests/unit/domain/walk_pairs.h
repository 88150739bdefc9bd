#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace sojourn::domain::test {

// A dimension's name, and those of its settings, the ordinary one first.
struct NamedDimension {
  std::string_view name;
  std::vector<std::string_view> settings;
};

// Which settings of two dimensions no life combines, and why. Without a setting: none but the
// ordinary one of that dimension.
struct Uncombined {
  std::string_view dimension;
  std::string_view setting;
  std::string_view other_dimension;
  std::string_view other_setting;
  std::string_view why;
};

// The setting of each dimension that a life has.
using Choice = std::vector<std::uint8_t>;

// Counts which settings of two dimensions were combined in a life.
class PairCount {
 public:
  explicit PairCount(std::vector<NamedDimension> dimensions);

  void add(const Choice& choice);
  void add(const PairCount& other);  // of the same dimensions

  // What is wrong with the reasons: a pair that was never combined and has none, a reason for one
  // that was combined, a reason for a name that there is not.
  std::vector<std::string> faults_of(const std::vector<Uncombined>& reasons) const;
  // How many pairs of dimensions are combined out of the ordinary, which not, and why.
  void tell(const std::vector<Uncombined>& reasons, std::ostream& out) const;

 private:
  struct Place {
    std::size_t dimension;
    std::size_t setting;
  };
  std::size_t index_of(Place place) const { return first_[place.dimension] + place.setting; }
  bool met(Place a, Place b) const { return met_[index_of(a) * size_ + index_of(b)] != 0; }
  bool is_covered(Place a, Place b, const Uncombined& reason) const;
  bool fits(Place place, std::string_view dimension, std::string_view setting) const;
  std::vector<Place> places_of(std::string_view dimension, std::string_view setting) const;
  bool are_combined(std::size_t a, std::size_t b) const;

  std::vector<NamedDimension> dimensions_;
  std::vector<std::size_t> first_;  // index of a dimension's first setting
  std::size_t size_ = 0;            // settings of all dimensions
  std::vector<std::uint8_t> met_;
};

}  // namespace sojourn::domain::test
