#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "http/client/channel.h"
#include "sojourn/base/clock.h"

namespace sojourn::http {

// Connections kept open between requests; the one used last is given out first, so that those not
// needed any more grow old and are closed. Thread-safe. `clock` must outlive it.
class ConnectionPool {
 public:
  ConnectionPool(Clock& clock, std::chrono::milliseconds idle_limit, std::size_t capacity)
      : clock_(clock), idle_limit_(idle_limit), capacity_(capacity) {}

  // A connection made with `context` that the server has not closed; null when there is none.
  std::unique_ptr<Channel> take(const std::shared_ptr<TlsContext>& context);
  // Closes the connection instead of keeping it when it is not in order or the pool is full.
  void put(std::unique_ptr<Channel> channel);

 private:
  struct Idle {
    std::unique_ptr<Channel> channel;
    SteadyTime since;
  };
  // Moves what is too old out of idle_, for the caller to destroy without the lock.
  std::vector<Idle> expired();

  Clock& clock_;
  const std::chrono::milliseconds idle_limit_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // guarded by mutex_; oldest first
};

}  // namespace sojourn::http
