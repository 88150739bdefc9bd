#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "sojourn/kube/transport.h"

namespace sojourn::fake {

// A transport that plays a script: each call takes the next line, whatever it asks for, and the
// test reads afterwards what was asked. A call past the end of the script is Unavailable and kept
// in `requests` like any other. Thread-safe.
class ScriptedTransport final : public kube::Transport {
 public:
  // What one call meets.
  struct Line {
    int status = 200;
    // Of send: joined to the body. Of a 2xx stream: handed out one by one.
    std::vector<std::string> chunks = {};
    // Comes back after the chunks, in place of the answer.
    std::optional<Error> error = {};
    std::optional<std::chrono::seconds> retry_after = {};
    // Runs before the answer: another write that happens meanwhile, a moved clock, a stop.
    std::function<void()> before = {};
    // Streams only: stay open after the chunks until stop is requested.
    bool stay_open = false;
  };

  void then(Line line);
  void then(int status, std::string body) { then({.status = status, .chunks = {std::move(body)}}); }
  void then(Error error) { then({.error = std::move(error)}); }

  std::vector<kube::Request> requests() const;
  // The newest request; fails the program when there was none.
  kube::Request last() const { return requests().back(); }
  // Lines that nobody has asked for yet.
  std::size_t left() const;

  Result<kube::Response> send(const kube::Request& request, std::stop_token stop) override;
  Result<kube::Response> stream(const kube::Request& request, const kube::ChunkHandler& on_chunk,
                                std::stop_token stop) override;

 private:
  std::optional<Line> next(const kube::Request& request);

  mutable std::mutex mutex_;  // guards both
  std::deque<Line> script_;
  std::vector<kube::Request> requests_;
};

}  // namespace sojourn::fake
