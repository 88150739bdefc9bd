#include "tests/layering/check.h"

#include <array>

#include "tests/layering/fences.h"
#include "tests/layering/rooms.h"
#include "tests/layering/source_text.h"
#include "tests/layering/words.h"

namespace sojourn::layering {
namespace {

constexpr std::size_t kMostLines = 600;
constexpr std::size_t kMostTestLines = 500;
// Names that say nothing about what is inside.
constexpr std::array<std::string_view, 10> kEmptyNames = {"util",    "utils",  "utility", "helper",
                                                          "helpers", "common", "manager", "handler",
                                                          "misc",    "stuff"};
// What the pure domain may take from base: neither log, nor files, nor randomness.
constexpr std::array<std::string_view, 7> kBaseOfDomain = {
    "sojourn/base/error.h",     "sojourn/base/result.h",  "sojourn/base/clock.h",
    "sojourn/base/timestamp.h", "sojourn/base/backoff.h", "sojourn/base/json_quoted.h",
    "sojourn/base/pattern.h"};

std::string_view stem_of(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  return path.substr(0, path.rfind('.'));
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

bool in_base_of_domain(std::string_view header) {
  for (const auto allowed : kBaseOfDomain) {
    if (header == allowed) return true;
  }
  return false;
}

// What is wrong with including a header of the project, or "".
std::string own_include_violation(std::string_view path, std::string_view header) {
  const auto to = room_of_header(header);
  if (!to) {
    return quoted(header) +
           " is no header of the project; name it from the root of include, src "
           "or tests, and a library's in <>";
  }
  const std::string from = room_of_file(path);
  if (!may_include(from, *to)) {
    return from + " may not include " + *to + " (" + quoted(header) + ")";
  }
  const bool test = path.starts_with("tests/");
  const bool published = header.starts_with("sojourn/") || header.starts_with("tests/");
  if (path.starts_with("include/") && !published) {
    return "a public header may not include the private " + quoted(header);
  }
  if (!test && !published && top_of(from) != top_of(*to)) {
    return quoted(header) + " is private to src/" + std::string(top_of(*to));
  }
  if (from == "domain" && *to == "base" && !in_base_of_domain(header)) {
    return "the pure domain may not include " + quoted(header);
  }
  return {};
}

class Checker {
 public:
  Checker(std::string_view path, std::string_view text) : path_(path), source_(parse(text)) {}

  std::vector<Violation> run() {
    check_file();
    for (const Include& include : source_.includes) {
      if (include.quoted) {
        report(include.line, own_include_violation(path_, include.header));
      } else {
        report(include.line, fence_violation(path_, include.header).value_or(""));
      }
    }
    for (std::size_t i = 0; i < source_.code.size(); ++i) {
      report(static_cast<int>(i) + 1, word_violation(path_, source_.code[i]).value_or(""));
    }
    return std::move(found_);
  }

 private:
  void check_file() {
    const std::size_t most = path_.starts_with("tests/") ? kMostTestLines : kMostLines;
    if (source_.code.size() > most) {
      report(0, "has " + std::to_string(source_.code.size()) + " lines, more than " +
                    std::to_string(most) + "; divide it by concern");
    }
    if (path_.ends_with(".h") && !source_.has_pragma_once) report(0, "lacks #pragma once");
    for (const auto name : kEmptyNames) {
      if (stem_of(path_) == name || stem_of(path_).ends_with("_" + std::string(name))) {
        report(0, "is called " + std::string(name) + ", which says nothing; name what is inside");
      }
    }
  }

  void report(int line, std::string message) {
    if (!message.empty()) found_.push_back({std::string(path_), line, std::move(message)});
  }

  std::string_view path_;
  SourceText source_;
  std::vector<Violation> found_;
};

}  // namespace

std::vector<Violation> check(std::string_view path, std::string_view text) {
  return Checker(path, text).run();
}

}  // namespace sojourn::layering
