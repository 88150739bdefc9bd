#include "http/server/connection_list.h"

#include <utility>

namespace sojourn::http {

std::unique_ptr<ConnectionList::Place> ConnectionList::admit(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto found = count_by_peer_.find(peer);
  const std::size_t of_peer = found == count_by_peer_.end() ? 0 : found->second;
  if (count_ == most_ || of_peer == most_per_peer_) return nullptr;
  ++count_;
  ++count_by_peer_[peer];
  return std::make_unique<Place>(*this, peer);
}

void ConnectionList::add(const Place& place, const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  live_[&place] = connection;
}

std::vector<std::shared_ptr<Connection>> ConnectionList::all() {
  std::vector<std::shared_ptr<Connection>> connections;
  const std::lock_guard lock(mutex_);
  for (const auto& [place, weak] : live_) {
    if (auto connection = weak.lock()) connections.push_back(std::move(connection));
  }
  return connections;
}

bool ConnectionList::await_empty(Clock& clock, SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  return clock.wait_until(lock, emptied_, deadline, {}, [&] { return count_ == 0; });
}

void ConnectionList::leave(const Place& place) {
  const std::lock_guard lock(mutex_);
  live_.erase(&place);
  const auto of_peer = count_by_peer_.find(place.peer());
  if (--of_peer->second == 0) count_by_peer_.erase(of_peer);
  if (--count_ == 0) emptied_.notify_all();
}

}  // namespace sojourn::http
