#include "sojourn/base/log.h"

#include <array>
#include <cstdio>

#include "sojourn/base/timestamp.h"

namespace sojourn {
namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::Error:
      return "error";
    case LogLevel::Warn:
      return "warn";
    case LogLevel::Info:
      return "info";
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Trace:
      return "trace";
  }
  return "error";
}

// Length of the valid UTF-8 sequence at the start of `text`, or 0. Overlong forms, surrogates and
// values past U+10FFFF are invalid (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (c >= 0x20 && c != 0x7F) {
    out += static_cast<char>(c);
    return;
  }
  std::array<char, 8> code{};
  std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c));
  out += code.data();
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 1) {
      append_escaped(out, static_cast<unsigned char>(text.front()));
    } else if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "\"";
}

StreamLogSink::StreamLogSink(std::ostream& out, Clock& clock, LogFormat format, LogLevel lowest)
    : out_(out), clock_(clock), format_(format), lowest_(lowest) {}

void StreamLogSink::write(LogLevel level, std::string_view logger, std::string_view message,
                          const std::vector<LogField>& fields) {
  const std::string time = format_micro_timestamp(clock_.now());
  std::string line;
  if (format_ == LogFormat::Json) {
    line = "{\"ts\":\"" + time + "\",\"level\":\"" + std::string(name_of(level)) +
           "\",\"logger\":" + json_quoted(logger) + ",\"msg\":" + json_quoted(message);
    for (const auto& field : fields) {
      line += "," + json_quoted(field.key) + ":" + json_quoted(field.value);
    }
    line += "}\n";
  } else {
    // The message is quoted only if it must be, to stay one line.
    std::string quoted = json_quoted(message);
    const bool plain = quoted.size() == message.size() + 2;
    line = time + " " + std::string(name_of(level)) + " " + std::string(logger) + ": " +
           (plain ? std::string(message) : quoted);
    for (const auto& field : fields) {
      line += " " + std::string(field.key) + "=" + json_quoted(field.value);
    }
    line += "\n";
  }
  const std::lock_guard lock(mutex_);
  out_ << line << std::flush;
}

Logger Logger::with(std::initializer_list<LogField> fields) const {
  Logger logger = *this;
  logger.fields_.insert(logger.fields_.end(), fields);
  return logger;
}

Logger Logger::named(std::string name) const {
  Logger logger = *this;
  logger.name_ = std::move(name);
  return logger;
}

void Logger::write(LogLevel level, std::string_view message,
                   std::initializer_list<LogField> fields) const {
  if (sink_ == nullptr || !sink_->enabled(level)) return;
  std::vector<LogField> all = fields_;
  all.insert(all.end(), fields);
  sink_->write(level, name_, message, all);
}

void Logger::error(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::Error, message, fields);
}
void Logger::warn(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::Warn, message, fields);
}
void Logger::info(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::Info, message, fields);
}
void Logger::debug(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::Debug, message, fields);
}
void Logger::trace(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::Trace, message, fields);
}

}  // namespace sojourn
