#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "sojourn/base/clock.h"

namespace sojourn::http {

// What a response begins with, as far as it matters to us. Absent headers are empty.
struct ResponseHead {
  int status = 0;
  std::string content_length;
  std::string date;
  std::string retry_after;
  std::size_t header_bytes = 0;
};

// Where a library's threads leave what has arrived of one response, and the calling thread takes
// it. Those threads never wait here: a body piece that was not taken yet holds the library back by
// itself. Thread-safe.
class Handover {
 public:
  enum class Event { Opened, Head, Piece, End, TimedOut, Stopped };

  // The library's threads. Nothing of these throws.
  void opened();  // the connection is up and the handshake is done
  void head(ResponseHead head);
  // The next bytes of the body, valid until `taken` is called, which is done exactly once. One
  // piece at a time.
  void piece(std::string_view bytes, std::function<void()> taken);
  // The response is complete, or broke off with `failure`.
  void end(std::exception_ptr failure);
  // Nothing of the library's refers to the call any more: its connection may carry another.
  void let_go();

  // The calling thread: waits for the next event, in the order of a response. After Head and Piece
  // the accessors below give what has come; after End, failure().
  Event next(SteadyTime until, Clock& clock, const std::stop_token& stop);
  const ResponseHead& head() const { return *head_; }
  std::string_view bytes() const { return bytes_; }
  void take();  // the piece is done with
  std::exception_ptr failure() const { return failure_; }
  bool wait_let_go(SteadyTime until, Clock& clock);

  // The calling thread leaves: what is or will be handed over is let through unseen.
  void abandon();

 private:
  std::mutex mutex_;  // guards all below; what an event has announced is then the caller's to read
  std::condition_variable_any changed_;
  bool opened_ = false;
  bool opened_seen_ = false;
  std::optional<ResponseHead> head_;
  bool head_seen_ = false;
  std::string_view bytes_;
  std::function<void()> taken_;  // while a piece waits
  bool ended_ = false;
  std::exception_ptr failure_;
  bool let_go_ = false;
  bool abandoned_ = false;
};

}  // namespace sojourn::http
