#include "http/client/response_parser.h"

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

#include <charconv>
#include <exception>
#include <limits>

#include "http/wire/http_date.h"

namespace sojourn::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::uint32_t kMaxHeaderBytes = 32 * 1024;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// RFC 9110 §10.2.3: seconds, or a date, of which the server's own Date is taken off.
std::optional<std::chrono::seconds> parse_retry_after(const std::string& text,
                                                      std::optional<Time> date) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) {
    if (seconds < 0) return std::nullopt;
    return std::chrono::seconds(seconds);
  }
  const auto until = parse_http_date(text);
  if (!until || !date || *until < *date) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*until - *date);
}

}  // namespace

ResponseParser::ResponseParser(std::string peer, const kube::ChunkHandler* sink,
                               std::size_t max_kept_bytes)
    : peer_(std::move(peer)), sink_(sink), max_kept_bytes_(max_kept_bytes) {
  eager(true);
  header_limit(kMaxHeaderBytes);
  // Ours is checked in deliver(). (boost::none would refuse every Content-Length in 1.74.)
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
    return Error{ErrorCode::Unavailable, peer_ + " closed the connection before the end of its answer"};
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
  if (auto delivered = deliver(view(body)); !delivered) {
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

Result<void> ResponseParser::deliver(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (sink_ == nullptr || response_.status / 100 != 2) {
    if (response_.body.size() + bytes.size() > max_kept_bytes_) {
      return Error{ErrorCode::TooLarge, "the answer of " + peer_ + " is larger than " +
                                            std::to_string(max_kept_bytes_ / 1024) + " KiB"};
    }
    response_.body += bytes;
    return {};
  }
  try {
    return (*sink_)(bytes);
  } catch (const std::exception& thrown) {
    return Error{ErrorCode::Internal,
                 "the reader of the answer of " + peer_ + " threw: " + thrown.what()};
  }
}

Error ResponseParser::describe(const Code& code) const {
  if (code == beast_http::error::header_limit) {
    return Error{ErrorCode::TooLarge, "the header of the answer of " + peer_ + " is larger than " +
                                          std::to_string(kMaxHeaderBytes / 1024) + " KiB"};
  }
  return Error{ErrorCode::Malformed, "the answer of " + peer_ + " is not HTTP: " + code.message()};
}

}  // namespace sojourn::http
