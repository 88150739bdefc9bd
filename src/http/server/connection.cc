#include "http/server/connection.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "http/server/response_text.h"

namespace sojourn::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kWriteBytes = 64 * 1024;

HttpResponse call(const Handler& handler, const HttpRequest& request, const Logger& log) {
  try {
    return handler(request);
  } catch (const std::exception& thrown) {
    log.error("the handler of a request threw",
              {{"method", request.method}, {"path", request.path}, {"err", thrown.what()}});
    return {500, "internal error\n"};
  }
}

}  // namespace

Connection::Connection(std::unique_ptr<Socket> socket, std::unique_ptr<ConnectionList::Place> place,
                       ConnectionContext& context)
    : place_(std::move(place)),
      socket_(std::move(socket)),
      context_(context),
      timer_(socket_->tcp().get_executor()) {}

void Connection::begin() {
  asio::post(timer_.get_executor(), [self = shared_from_this()] { self->shake_hands(); });
}

void Connection::drain() {
  asio::post(timer_.get_executor(), [self = shared_from_this()] {
    if (self->idle()) self->close();
  });
}

void Connection::abort() {
  asio::post(timer_.get_executor(), [self = shared_from_this()] { self->close(); });
}

void Connection::set_limit(std::chrono::milliseconds limit) {
  const auto mine = ++limits_set_;
  timer_.expires_after(limit);
  // Weak: a connection without an operation under way must not be kept by its timer.
  timer_.async_wait([weak = weak_from_this(), mine](const Socket::Code& code) {
    const auto self = weak.lock();
    if (!code && self && self->limits_set_ == mine) self->close();
  });
}

Socket::Done Connection::then(void (Connection::*next)()) {
  return [self = shared_from_this(), next](const Socket::Code& code, std::size_t count) {
    self->received_ = count;
    if (code) return self->close();
    (*self.*next)();
  };
}

void Connection::shake_hands() {
  set_limit(context_.limits.handshake);
  socket_->handshake(then(&Connection::next_request));
}

void Connection::next_request() {
  phase_ = Phase::Reading;
  invited_ = false;
  parser_.emplace(context_.limits.header_bytes, context_.limits.body_bytes);
  set_limit(first_request_ ? context_.limits.read : context_.limits.idle);
  received_ = 0;
  take_input();  // of a pipelined request it may all be there
}

void Connection::read_more() {
  socket_->read_some(asio::buffer(block_), then(&Connection::take_input));
}

void Connection::take_input() {
  const bool had_begun = parser_->begun();
  const bool had_header = parser_->state() != RequestParser::State::Header;
  input_.append(block_.data(), received_);
  input_.erase(0, parser_->feed(input_));
  // The first byte starts the time for the header, its end the time for the body. On a new
  // connection the time for the header is running already.
  if (!had_begun && parser_->begun() && !first_request_) set_limit(context_.limits.read);
  if (!had_begun && !parser_->begun() && context_.draining) return close();
  switch (parser_->state()) {
    case RequestParser::State::Header:
      return read_more();
    case RequestParser::State::Body:
      if (!had_header) set_limit(context_.limits.read);
      return parser_->wants_continue() && !invited_ ? invite_body() : read_more();
    case RequestParser::State::Complete:
      return dispatch();
    case RequestParser::State::Refused:
      phase_ = Phase::Answering;
      return answer({parser_->refusal_status(), "the request is refused\n"}, false);
  }
}

void Connection::invite_body() {
  invited_ = true;
  output_ = "HTTP/1.1 100 Continue\r\n\r\n";
  socket_->write(asio::buffer(output_), [self = shared_from_this()](auto& code, std::size_t) {
    if (code) return self->close();
    self->read_more();
  });
}

void Connection::dispatch() {
  phase_ = Phase::Answering;
  first_request_ = false;
  ++limits_set_;  // how long a handler takes is its own affair
  timer_.cancel();
  HttpRequest request = parser_->take_request();
  request.peer = place_->peer();
  asio::post(context_.work, [self = shared_from_this(), request = std::move(request)] {
    auto response = call(self->context_.handler, request, self->context_.log);
    asio::post(self->timer_.get_executor(), [self, response = std::move(response)]() mutable {
      self->answer(std::move(response), self->parser_->keeps_connection());
    });
  });
}

void Connection::answer(HttpResponse response, bool keep) {
  keep = keep && !context_.draining;
  const bool with_body =
      !(parser_->state() == RequestParser::State::Complete && parser_->head_only());
  output_ = format_response(response, keep, with_body, context_.clock.now());
  write_rest(0, keep);
}

// In pieces, so that a slow reader has its time for each and one that does not read has only one.
void Connection::write_rest(std::size_t from, bool keep) {
  if (from == output_.size()) {
    std::string().swap(output_);  // a big answer is not kept by a quiet connection
    return keep ? next_request() : say_goodbye();
  }
  set_limit(context_.limits.write);
  const std::size_t size = std::min(kWriteBytes, output_.size() - from);
  socket_->write(asio::buffer(output_.data() + from, size),
                 [self = shared_from_this(), from, size, keep](auto& code, std::size_t) {
                   if (code) return self->close();
                   self->write_rest(from + size, keep);
                 });
}

// Closing with bytes unread would have the kernel send a RST, which can overtake our answer: so we
// end our side first and read until the client has closed its own.
void Connection::say_goodbye() {
  phase_ = Phase::Closing;
  set_limit(context_.limits.linger);
  socket_->shutdown([self = shared_from_this()](auto&, std::size_t) {
    Socket::Code ignored;
    self->socket_->tcp().shutdown(Socket::Tcp::socket::shutdown_send, ignored);
    self->discard_input();
  });
}

void Connection::discard_input() {
  socket_->tcp().async_read_some(asio::buffer(block_), then(&Connection::discard_input));
}

void Connection::close() {
  phase_ = Phase::Closing;
  timer_.cancel();
  Socket::Code ignored;
  socket_->tcp().close(ignored);  // ends the operation under way
}

}  // namespace sojourn::http
