#pragma once

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "sojourn/base/error.h"

namespace sojourn {

// A value or an Error. What functions return across folders instead of throwing. Reading the value
// of a failed Result (or the error of a good one) is a programming error and asserts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& { return *std::get_if<0>(&checked(0)); }
  T& value() & { return *std::get_if<0>(&checked(0)); }
  T&& value() && { return std::move(*std::get_if<0>(&checked(0))); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const Error& error() const& { return *std::get_if<1>(&checked(1)); }
  Error&& error() && { return std::move(*std::get_if<1>(&checked(1))); }

 private:
  using State = std::variant<T, Error>;
  const State& checked(std::size_t index) const {
    assert(state_.index() == index);
    (void)index;
    return state_;
  }
  State& checked(std::size_t index) {
    assert(state_.index() == index);
    (void)index;
    return state_;
  }

  State state_;
};

// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    assert(error_.has_value());
    return *error_;
  }
  Error&& error() && {
    assert(error_.has_value());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace sojourn
