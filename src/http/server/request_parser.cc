#include "http/server/request_parser.h"

#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <utility>

namespace sojourn::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;

constexpr int kBadRequest = 400;
constexpr int kContentTooLarge = 413;
constexpr int kExpectationFailed = 417;
constexpr int kHeaderTooLarge = 431;

std::string owned(beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

RequestParser::RequestParser(std::size_t max_header_bytes, std::size_t max_body_bytes)
    : max_header_bytes_(max_header_bytes), max_body_bytes_(max_body_bytes) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(max_header_bytes));
  body_limit(max_body_bytes);
}

std::size_t RequestParser::feed(std::string_view bytes) {
  begun_ = begun_ || !bytes.empty();
  std::size_t used = 0;
  while (used < bytes.size() && state() != State::Complete && state() != State::Refused) {
    const bool in_header = !is_header_done();
    Code code;
    const std::size_t taken = put({bytes.data() + used, bytes.size() - used}, code);
    used += taken;
    // Beast limits each part of a header; this limits their sum.
    if (in_header) header_bytes_ += taken;
    const std::size_t waiting = is_header_done() ? 0 : bytes.size() - used;
    if (!is_header_done() && header_bytes_ + waiting > max_header_bytes_)
      code = error::header_limit;
    if (code == error::need_more) break;
    if (code == error::header_limit) refuse(kHeaderTooLarge, code);
    if (code == error::body_limit) refuse(kContentTooLarge, code);
    if (code) refuse(kBadRequest, code);
    if (taken == 0) break;
  }
  return used;
}

RequestParser::State RequestParser::state() const {
  if (refusal_status_ != 0) return State::Refused;
  if (is_done()) return State::Complete;
  return is_header_done() ? State::Body : State::Header;
}

void RequestParser::refuse(int status, Code& code) {
  if (refusal_status_ == 0) refusal_status_ = status;  // the first reason counts
  code = error::bad_value;
}

void RequestParser::on_request_impl(beast::http::verb, Text method, Text target, int version,
                                    Code& code) {
  version_ = version;  // 10 or 11: Beast refuses all others
  if (!target.starts_with('/')) return refuse(kBadRequest, code);
  request_.method = owned(method);
  const auto question = target.find('?');
  request_.path = owned(target.substr(0, question));
  if (question != Text::npos) request_.query = owned(target.substr(question + 1));
}

void RequestParser::on_field_impl(Field name, Text name_text, Text value, Code& code) {
  // Beast takes an unknown coding for no body at all, and what follows for another request.
  if (name == Field::transfer_encoding && (version_ == 10 || !beast::iequals(value, "chunked"))) {
    return refuse(kBadRequest, code);
  }
  if (name == Field::host && ++hosts_ > 1) return refuse(kBadRequest, code);
  if (name == Field::expect) {
    if (!beast::iequals(value, "100-continue")) return refuse(kExpectationFailed, code);
    wants_continue_ = version_ == 11;
  }
  request_.headers.emplace_back(owned(name_text), owned(value));
}

void RequestParser::on_header_impl(Code& code) {
  if (version_ == 11 && hosts_ == 0) refuse(kBadRequest, code);
}

std::size_t RequestParser::on_body_impl(Text body, Code& code) {
  if (request_.body.size() + body.size() > max_body_bytes_) {
    refuse(kContentTooLarge, code);
  } else {
    request_.body.append(body.data(), body.size());
  }
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, Code& code) {
  return on_body_impl(body, code);
}

}  // namespace sojourn::http
