#include "http/client/connection_pool.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sojourn::http {

std::unique_ptr<Channel> ConnectionPool::take(const std::shared_ptr<TlsContext>& context) {
  std::vector<Idle> closed;
  const std::lock_guard lock(mutex_);
  closed = expired();
  while (!idle_.empty()) {
    Idle newest = std::move(idle_.back());
    idle_.pop_back();
    // Another context: the credentials have been changed since.
    if (newest.channel->tls_context() == context && newest.channel->idle_and_open()) {
      return std::move(newest.channel);
    }
    closed.push_back(std::move(newest));
  }
  return nullptr;
}

void ConnectionPool::put(std::unique_ptr<Channel> channel) {
  if (!channel->idle_and_open()) return;
  std::vector<Idle> closed;
  const std::lock_guard lock(mutex_);
  closed = expired();
  if (idle_.size() < capacity_) idle_.push_back({std::move(channel), clock_.steady_now()});
}

std::vector<ConnectionPool::Idle> ConnectionPool::expired() {
  const SteadyTime oldest_kept = clock_.steady_now() - idle_limit_;
  const auto first_kept = std::find_if(idle_.begin(), idle_.end(),
                                       [&](const Idle& idle) { return idle.since > oldest_kept; });
  std::vector<Idle> old(std::make_move_iterator(idle_.begin()),
                        std::make_move_iterator(first_kept));
  idle_.erase(idle_.begin(), first_kept);
  return old;
}

}  // namespace sojourn::http
