#pragma once

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "http/client/tls_context.h"
#include "sojourn/base/clock.h"

namespace sojourn::http {

// Connections kept open between requests; the one used last is given out first, so that those not
// needed any more grow old and are closed. A Connection has tls_context() and idle_and_open().
// Thread-safe. `clock` must outlive it.
template <typename Connection>
class ConnectionPool {
 public:
  ConnectionPool(Clock& clock, std::chrono::milliseconds idle_limit, std::size_t capacity)
      : clock_(clock), idle_limit_(idle_limit), capacity_(capacity) {}

  // A connection made with `context` that the server has not closed; null when there is none.
  std::unique_ptr<Connection> take(const std::shared_ptr<TlsContext>& context) {
    std::vector<Idle> closed;
    const std::lock_guard lock(mutex_);
    closed = expired();
    while (!idle_.empty()) {
      Idle newest = std::move(idle_.back());
      idle_.pop_back();
      // Another context: the credentials have been changed since.
      if (newest.connection->tls_context() == context && newest.connection->idle_and_open()) {
        return std::move(newest.connection);
      }
      closed.push_back(std::move(newest));
    }
    return nullptr;
  }

  // Closes the connection instead of keeping it when it is not in order or the pool is full.
  void put(std::unique_ptr<Connection> connection) {
    if (!connection->idle_and_open()) return;
    std::vector<Idle> closed;
    const std::lock_guard lock(mutex_);
    closed = expired();
    if (idle_.size() < capacity_) idle_.push_back({std::move(connection), clock_.steady_now()});
  }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    SteadyTime since;
  };

  // Moves what is too old out of idle_, for the caller to destroy without the lock.
  std::vector<Idle> expired() {
    const SteadyTime oldest_kept = clock_.steady_now() - idle_limit_;
    const auto first_kept = std::find_if(
        idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.since > oldest_kept; });
    std::vector<Idle> old(std::make_move_iterator(idle_.begin()),
                          std::make_move_iterator(first_kept));
    idle_.erase(idle_.begin(), first_kept);
    return old;
  }

  Clock& clock_;
  const std::chrono::milliseconds idle_limit_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // guarded by mutex_; oldest first
};

}  // namespace sojourn::http
