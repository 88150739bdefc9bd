#include "sojourn/base/log.h"

#include "sojourn/base/json_quoted.h"
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

}  // namespace

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
