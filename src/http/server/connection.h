#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "http/server/connection_list.h"
#include "http/server/request_parser.h"
#include "http/server/socket.h"
#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/http/server/server.h"

namespace sojourn::http {

// What every connection of a server uses; outlives them.
struct ConnectionContext {
  const ServerLimits limits;
  const Handler handler;
  Clock& clock;
  const Logger log;
  boost::asio::io_context& work;       // where handlers run
  std::atomic<bool> draining = false;  // set once, when no answer may keep its connection
};

// One client's connection: reads a request, has it answered, writes the answer, and again. Every
// wait has a limit. It lives as long as an operation of it is under way. All of it but begin(),
// drain() and abort() runs on the socket's strand.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::unique_ptr<Socket> socket, std::unique_ptr<ConnectionList::Place> place,
             ConnectionContext& context);

  // Thread-safe:
  void begin();
  void drain();  // closes now when idle, otherwise after the answer
  void abort();  // closes now

 private:
  enum class Phase { Handshake, Reading, Answering, Closing };

  void shake_hands();
  void next_request();
  void read_more();
  void take_input();
  void invite_body();
  void dispatch();
  void answer(HttpResponse response, bool keep);
  void write_rest(std::size_t from, bool keep);
  void say_goodbye();
  void discard_input();
  void close();
  bool idle() const { return phase_ == Phase::Reading && !parser_->begun(); }

  // Closes the connection when `limit` passes before the next set_limit().
  void set_limit(std::chrono::milliseconds limit);
  // The completion of an operation: goes on with `next`, or closes when it failed.
  Socket::Done then(void (Connection::*next)());

  std::unique_ptr<ConnectionList::Place> place_;
  std::unique_ptr<Socket> socket_;
  ConnectionContext& context_;
  boost::asio::steady_timer timer_;
  std::uint64_t limits_set_ = 0;
  Phase phase_ = Phase::Handshake;
  bool first_request_ = true;
  bool invited_ = false;  // 100 Continue was sent
  std::optional<RequestParser> parser_;
  std::array<char, 16 * 1024> block_;
  std::size_t received_ = 0;  // bytes of block_
  std::string input_;         // received and not parsed yet
  std::string output_;
};

}  // namespace sojourn::http
