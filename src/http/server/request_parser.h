#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "sojourn/http/server/server.h"

namespace sojourn::http {

// Reads one HTTP/1.x request out of the bytes given to feed(). Whatever two readers could
// understand differently is refused.
class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  // Where a request is. Refused: answer refusal_status() and close.
  enum class State { Header, Body, Complete, Refused };

  RequestParser(std::size_t max_header_bytes, std::size_t max_body_bytes);

  // The number of bytes used. What is left must be given again with the bytes that follow, or, when
  // the request is complete, belongs to the next.
  std::size_t feed(std::string_view bytes);
  State state() const;
  // A byte of the request has come.
  bool begun() const { return begun_; }
  int refusal_status() const { return refusal_status_; }

  // Once the header is complete:
  bool wants_continue() const { return wants_continue_; }  // Expect: 100-continue
  bool keeps_connection() const { return keep_alive(); }
  bool head_only() const { return request_.method == "HEAD"; }
  HttpRequest take_request() { return std::move(request_); }

 private:
  using Code = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version,
                       Code& code) override;
  void on_response_impl(int, Text, int, Code&) override {}
  void on_field_impl(Field name, Text name_text, Text value, Code& code) override;
  void on_header_impl(Code& code) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text body, Code& code) override;
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code& code) override;
  void on_finish_impl(Code&) override {}

  void refuse(int status, Code& code);

  const std::size_t max_header_bytes_;
  const std::size_t max_body_bytes_;
  std::size_t header_bytes_ = 0;  // used so far
  bool begun_ = false;
  bool wants_continue_ = false;
  int hosts_ = 0;
  int version_ = 0;
  int refusal_status_ = 0;
  HttpRequest request_;
};

}  // namespace sojourn::http
