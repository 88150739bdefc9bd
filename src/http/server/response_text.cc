#include "http/server/response_text.h"

#include <boost/beast/http/status.hpp>

#include "http/wire/http_date.h"

namespace sojourn::http {
namespace {

void add_header(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ");
  for (const char c : value) text += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
  text += "\r\n";
}

}  // namespace

std::string format_response(const HttpResponse& response, bool keep, bool with_body, Time now) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text.append(reason.data(), reason.size()).append("\r\n");
  add_header(text, "Date", format_http_date(now));
  for (const auto& [name, value] : response.headers) add_header(text, name, value);
  if (!response.content_type.empty()) add_header(text, "Content-Type", response.content_type);
  add_header(text, "Content-Length", std::to_string(response.body.size()));
  add_header(text, "Connection", keep ? "keep-alive" : "close");
  text += "\r\n";
  if (with_body) text += response.body;
  return text;
}

}  // namespace sojourn::http
