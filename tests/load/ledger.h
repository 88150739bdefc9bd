#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "sojourn/base/clock.h"
#include "tests/fake/api_server/call.h"

namespace sojourn::load {

// When which Session is due, and when the API server was first asked to write its status from the
// moment on at which all were READY. Thread-safe; `clock` must outlive it.
class Ledger {
 public:
  explicit Ledger(Clock& clock) : clock_(clock) {}

  void expect(const std::string& session, Time due);
  // To be called for each call that reaches the API server.
  void note(const fake::Call& call);
  // How many Sessions have been told that they are READY.
  std::size_t ready() const;
  // From now on the first write of each is what is waited for.
  void begin();
  // How many have been written since.
  std::size_t written() const;
  // From the deadline to the first write, in order; below zero: too early.
  std::vector<Duration> lateness() const;

 private:
  Clock& clock_;
  mutable std::mutex mutex_;  // guards all below
  bool begun_ = false;
  std::map<std::string, Time, std::less<>> due_;
  std::set<std::string, std::less<>> ready_;
  std::map<std::string, Time, std::less<>> written_;
};

}  // namespace sojourn::load
