#include "sojourn/kube/history.h"

#include <algorithm>
#include <utility>

namespace sojourn::kube {

std::size_t History::join() {
  const std::lock_guard lock(mutex_);
  caches_.push_back(epoch_);
  return caches_.size() - 1;
}

void History::when_whole_again(std::function<void()> callback) {
  callbacks_.push_back(std::move(callback));
}

std::uint64_t History::epoch() const {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

bool History::whole() const {
  const std::lock_guard lock(mutex_);
  return whole_locked();
}

bool History::whole_locked() const {
  return std::ranges::all_of(caches_, [this](auto epoch) { return epoch == epoch_; });
}

std::stop_token History::epoch_end(std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  if (epoch == epoch_) return epoch_end_.get_token();
  std::stop_source over;
  over.request_stop();
  return over.get_token();
}

std::uint64_t History::went_back(std::uint64_t epoch) {
  std::stop_source over(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    if (epoch != epoch_) return epoch_;  // another cache saw it first
    ++epoch_;
    over = std::exchange(epoch_end_, std::stop_source());
  }
  over.request_stop();  // runs the callbacks of whoever waits
  return epoch + 1;
}

void History::read_anew(std::size_t cache, std::uint64_t epoch) {
  {
    const std::lock_guard lock(mutex_);
    const bool was_whole = whole_locked();
    if (epoch != epoch_) return;
    caches_[cache] = epoch;
    if (was_whole || !whole_locked()) return;
  }
  for (const auto& callback : callbacks_) callback();
}

Result<Response> HistoryGate::send(const Request& request, std::stop_token stop) {
  if (request.method != Method::Get && !history_.whole()) {
    return Error{
        ErrorCode::Unavailable,
        "the API server's history went back; nothing is written until all caches have been "
        "read anew"};
  }
  return transport_.send(request, std::move(stop));
}

Result<Response> HistoryGate::stream(const Request& request, const ChunkHandler& on_chunk,
                                     std::stop_token stop) {
  return transport_.stream(request, on_chunk, std::move(stop));
}

}  // namespace sojourn::kube
