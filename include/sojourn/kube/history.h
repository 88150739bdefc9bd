#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

#include "sojourn/kube/transport.h"

namespace sojourn::kube {

// Whether what the caches tell is of one history. When the API server's store is restored from a
// backup, resourceVersions go back; the first cache that sees it tells here, and from then on,
// until each cache has read all anew, what they tell together is of two histories: nothing may be
// decided or written from it (S30). Thread-safe once the caches have joined.
class History {
 public:
  // --- Set-up, before the first cache begins to read ---
  // A cache that reads what the server has. Returns its number.
  std::size_t join();
  // Called each time all caches have read anew, on the thread of the last one.
  void when_whole_again(std::function<void()> callback);

  // How often the server's history went back since this process began: what was remembered in an
  // earlier epoch does not count any more.
  std::uint64_t epoch() const;
  // False from the moment one cache saw it go back until all have read anew.
  bool whole() const;
  // Asks for a stop when the history goes back after `epoch`, at once if it already has.
  std::stop_token epoch_end(std::uint64_t epoch) const;

  // --- By a cache ---
  // It saw the history go back behind what it read in `epoch`. Returns the epoch it now is in.
  std::uint64_t went_back(std::uint64_t epoch);
  // It has read all anew, from the first page to the last in `epoch`.
  void read_anew(std::size_t cache, std::uint64_t epoch);

 private:
  bool whole_locked() const;

  std::vector<std::function<void()>> callbacks_;  // fixed after set-up

  mutable std::mutex mutex_;  // guards all below
  std::uint64_t epoch_ = 0;
  std::vector<std::uint64_t> caches_;  // the epoch each has read all in
  std::stop_source epoch_end_;
};

// Lets no write through while the history is not whole: Unavailable. Thread-safe; both references
// must outlive it.
class HistoryGate final : public Transport {
 public:
  HistoryGate(Transport& transport, const History& history)
      : transport_(transport), history_(history) {}

  Result<Response> send(const Request& request, std::stop_token stop) override;
  Result<Response> stream(const Request& request, const ChunkHandler& on_chunk,
                          std::stop_token stop) override;

 private:
  Transport& transport_;
  const History& history_;
};

}  // namespace sojourn::kube
