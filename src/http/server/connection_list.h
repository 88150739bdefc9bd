#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sojourn/base/clock.h"

namespace sojourn::http {

class Connection;

// The live connections of a server, at most so many in all and from one address. Thread-safe.
class ConnectionList {
 public:
  ConnectionList(std::size_t most, std::size_t most_per_peer)
      : most_(most), most_per_peer_(most_per_peer) {}

  // A place for one connection; given back by its destructor.
  class Place {
   public:
    Place(ConnectionList& list, std::string peer) : list_(list), peer_(std::move(peer)) {}
    ~Place() { list_.leave(*this); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    const std::string& peer() const { return peer_; }

   private:
    ConnectionList& list_;
    const std::string peer_;
  };

  // Null when there are too many already.
  std::unique_ptr<Place> admit(const std::string& peer);
  // Makes a connection that has a place known to all().
  void add(const Place& place, const std::shared_ptr<Connection>& connection);
  std::vector<std::shared_ptr<Connection>> all();
  // Waits until every place has been given back; false when `deadline` came first.
  bool await_empty(Clock& clock, SteadyTime deadline);

 private:
  void leave(const Place& place);

  const std::size_t most_;
  const std::size_t most_per_peer_;
  std::mutex mutex_;  // guards all below
  std::condition_variable_any emptied_;
  std::size_t count_ = 0;
  std::map<std::string, std::size_t> count_by_peer_;
  std::map<const Place*, std::weak_ptr<Connection>> live_;
};

}  // namespace sojourn::http
