#include "http/client/response_parser.h"

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

#include <limits>

#include "http/client/answer_error.h"
#include "http/wire/http_date.h"

namespace sojourn::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

ResponseParser::ResponseParser(std::string peer, const kube::ChunkHandler* sink,
                               std::size_t max_kept_bytes)
    : peer_(std::move(peer)), body_(peer_, sink, max_kept_bytes) {
  eager(true);
  header_limit(kMaxHeaderBytes);
  // Ours is checked by BodyTaker. (boost::none would refuse every Content-Length in 1.74.)
  body_limit(std::numeric_limits<std::uint64_t>::max());
}

Result<std::size_t> ResponseParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !is_done()) {
    Code code;
    const std::size_t taken = put({bytes.data() + used, bytes.size() - used}, code);
    used += taken;
    if (failed_) return *failed_;
    if (code == beast_http::error::need_more) break;
    if (code) return describe(code);
    if (taken == 0) break;
  }
  return used;
}

Result<void> ResponseParser::feed_end() {
  Code code;
  if (got_some() && !is_done()) put_eof(code);
  if (!complete() || code) {
    return Error{ErrorCode::Unavailable,
                 peer_ + " closed the connection before the end of its answer"};
  }
  return {};
}

kube::Response ResponseParser::take_response() {
  if (!retry_after_.empty()) {
    response_.retry_after = parse_retry_after(retry_after_, response_.date);
  }
  return std::move(response_);
}

void ResponseParser::on_response_impl(int status, Text, int, Code&) {
  response_.status = status;
  interim_ = status >= 100 && status < 200;
}

void ResponseParser::on_field_impl(Field name, Text, Text value, Code&) {
  if (name == Field::date) response_.date = parse_http_date(view(value));
  if (name == Field::retry_after) retry_after_ = view(value);
}

std::size_t ResponseParser::on_body_impl(Text body, Code& code) {
  if (auto delivered = body_.take(view(body), response_); !delivered) {
    failed_ = delivered.error();
    code = beast_http::error::end_of_stream;  // any error stops the parser
  }
  return body.size();
}

std::size_t ResponseParser::on_chunk_body_impl(std::uint64_t, Text body, Code& code) {
  return on_body_impl(body, code);
}

void ResponseParser::on_header_impl(Code&) {}
void ResponseParser::on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) {}
void ResponseParser::on_chunk_header_impl(std::uint64_t, Text, Code&) {}
void ResponseParser::on_finish_impl(Code&) {}

Error ResponseParser::describe(const Code& code) const {
  if (code == beast_http::error::header_limit) return header_too_large(peer_);
  return not_http(peer_, code.message());
}

}  // namespace sojourn::http
