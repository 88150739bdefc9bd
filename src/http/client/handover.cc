#include "http/client/handover.h"

#include <utility>

namespace sojourn::http {

void Handover::opened() {
  const std::lock_guard lock(mutex_);
  opened_ = true;
  changed_.notify_all();
}

void Handover::head(ResponseHead head) {
  const std::lock_guard lock(mutex_);
  head_ = std::move(head);
  changed_.notify_all();
}

void Handover::piece(std::string_view bytes, std::function<void()> taken) {
  {
    const std::lock_guard lock(mutex_);
    if (!abandoned_) {
      bytes_ = bytes;
      taken_ = std::move(taken);
      changed_.notify_all();
      return;
    }
  }
  taken();
}

void Handover::end(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  failure_ = std::move(failure);
  changed_.notify_all();
}

void Handover::let_go() {
  const std::lock_guard lock(mutex_);
  let_go_ = true;
  changed_.notify_all();
}

Handover::Event Handover::next(SteadyTime until, Clock& clock, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  // The head is told on a thread of its own and may come after the first piece, even after a
  // failed end.
  const auto due = [this] {
    return (opened_ && !opened_seen_) || (head_ && !head_seen_) || (head_ && taken_) || ended_;
  };
  if (stop.stop_requested()) return Event::Stopped;
  if (!clock.wait_until(lock, changed_, until, stop, due)) {
    return stop.stop_requested() ? Event::Stopped : Event::TimedOut;
  }
  if (opened_ && !opened_seen_) {
    opened_seen_ = true;
    return Event::Opened;
  }
  if (head_ && !head_seen_) {
    head_seen_ = true;
    return Event::Head;
  }
  return head_ && taken_ ? Event::Piece : Event::End;
}

void Handover::take() {
  std::function<void()> taken;
  {
    const std::lock_guard lock(mutex_);
    taken = std::exchange(taken_, nullptr);
  }
  if (taken) taken();
}

bool Handover::wait_let_go(SteadyTime until, Clock& clock) {
  std::unique_lock lock(mutex_);
  return clock.wait_until(lock, changed_, until, {}, [this] { return let_go_; });
}

void Handover::abandon() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  take();
}

}  // namespace sojourn::http
