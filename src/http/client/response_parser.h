#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/client/body_taker.h"
#include "sojourn/base/result.h"
#include "sojourn/kube/transport.h"

namespace sojourn::http {

// Reads one HTTP/1.1 response out of the bytes given to feed(), chunked or not. The body goes to
// `sink` when that is given and the status is 2xx, and otherwise into the response, where it may
// hold at most `max_kept_bytes`. `peer` is for messages; `sink` must outlive it.
class ResponseParser final : private boost::beast::http::basic_parser<false> {
 public:
  ResponseParser(std::string peer, const kube::ChunkHandler* sink, std::size_t max_kept_bytes);

  // Takes what it can use of `bytes`; what is left must be given again together with the bytes that
  // follow. Errors: Malformed, TooLarge, Internal (the sink threw), and those of the sink.
  Result<std::size_t> feed(std::string_view bytes);
  // The peer has ended the stream. Unavailable when the response was not complete yet.
  Result<void> feed_end();

  bool complete() const { return is_done() && !interim_; }
  // An interim response has ended: the final one needs a new parser.
  bool interim_complete() const { return is_done() && interim_; }
  // The connection may carry another request afterwards.
  bool reusable() const { return complete() && keep_alive(); }
  kube::Response take_response();

 private:
  using Code = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Code&) override {}
  void on_response_impl(int status, Text reason, int version, Code& code) override;
  void on_field_impl(Field name, Text name_text, Text value, Code& code) override;
  void on_header_impl(Code& code) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Code& code) override;
  std::size_t on_body_impl(Text body, Code& code) override;
  void on_chunk_header_impl(std::uint64_t size, Text extensions, Code& code) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, Text body, Code& code) override;
  void on_finish_impl(Code& code) override;

  Error describe(const Code& code) const;

  const std::string peer_;
  BodyTaker body_;
  bool interim_ = false;
  kube::Response response_;
  std::string retry_after_;      // the header's text
  std::optional<Error> failed_;  // what body_ returned
};

}  // namespace sojourn::http
