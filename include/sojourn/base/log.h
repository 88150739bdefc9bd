#pragma once

#include <functional>
#include <initializer_list>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sojourn/base/clock.h"

namespace sojourn {

// Errors are for a person to act on; info tells what happened once; debug is shown with -v 1, trace
// with -v 2.
enum class LogLevel { Error, Warn, Info, Debug, Trace };
enum class LogFormat { Json, Text };

struct LogField {
  std::string_view key;
  std::string value;
};

// Where log lines go. Thread-safe.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual bool enabled(LogLevel level) const = 0;
  virtual void write(LogLevel level, std::string_view logger, std::string_view message,
                     const std::vector<LogField>& fields) = 0;
};

// One line per call on `out`: JSON {"ts","level","logger","msg",...fields} or text. Invalid UTF-8
// and control characters are escaped, so a line is always one line. `clock` and `out` must outlive
// it.
class StreamLogSink final : public LogSink {
 public:
  StreamLogSink(std::ostream& out, Clock& clock, LogFormat format, LogLevel lowest);
  bool enabled(LogLevel level) const override { return level <= lowest_; }
  void write(LogLevel level, std::string_view logger, std::string_view message,
             const std::vector<LogField>& fields) override;

 private:
  std::ostream& out_;
  Clock& clock_;
  const LogFormat format_;
  const LogLevel lowest_;
  std::mutex mutex_;  // guards out_
};

// A named view of a sink with fields that every line carries. A value: copy it freely; the sink
// must outlive it. Thread-safe.
class Logger {
 public:
  Logger() = default;  // says nothing
  Logger(LogSink& sink, std::string name) : sink_(&sink), name_(std::move(name)) {}

  // The same logger with more fields on every line.
  Logger with(std::initializer_list<LogField> fields) const;
  // The same sink under another name.
  Logger named(std::string name) const;

  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void trace(std::string_view message, std::initializer_list<LogField> fields = {}) const;

 private:
  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) const;

  LogSink* sink_ = nullptr;
  std::string name_;
  std::vector<LogField> fields_;  // keys are string literals
};

}  // namespace sojourn
