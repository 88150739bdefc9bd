#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/result.h"

namespace sojourn::http {

using Addresses = std::vector<std::string>;  // IP literals

// The addresses of `host` as the machine's resolver gives them, after however long that takes.
// Unavailable when there are none.
Result<Addresses> look_up(const std::string& host);

// Resolves one name on a thread of its own, for a lookup knows neither deadline nor cancellation.
// Callers that come while a lookup is under way share it. Thread-safe.
class Resolver {
 public:
  using Lookup = std::function<Result<Addresses>(const std::string& host)>;

  Resolver(std::string host, Clock& clock, Lookup lookup = look_up);
  // Waits for a lookup under way: nothing can interrupt it.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Errors: those of the lookup, DeadlineExceeded, Cancelled.
  Result<Addresses> resolve(SteadyTime deadline, std::stop_token stop);

 private:
  void run(const std::stop_token& stop);

  const std::string host_;
  Clock& clock_;
  const Lookup lookup_;
  std::mutex mutex_;  // guards all below but thread_
  std::condition_variable_any changed_;
  bool running_ = false;
  std::uint64_t asked_ = 0;     // lookups asked for so far
  std::uint64_t answered_ = 0;  // of these, done
  Result<Addresses> answer_ = Addresses{};
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sojourn::http
