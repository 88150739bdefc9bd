#include "tests/layering/words.h"

#include <cctype>
#include <vector>

namespace sojourn::layering {
namespace {

using Text = std::string_view;

struct Word {
  Text word;  // as it stands in the code, apart from white space
  std::vector<Text> allowed_in;
  Text instead;
};

const std::vector<Text> kClockFiles = {"include/sojourn/base/clock.h", "src/base/clock.cc"};
const std::vector<Text> kRandomFiles = {"include/sojourn/base/random.h", "src/base/random.cc"};

const std::vector<Word>& words() {
  constexpr Text kClock = "take time from a sojourn::Clock";
  constexpr Text kRandom = "take randomness from a sojourn::Random";
  constexpr Text kThread = "use a std::jthread that its owner joins";
  constexpr Text kBlocking = "use blocking calls on an own thread";
  static const std::vector<Word> table = {
      {"system_clock::now", kClockFiles, kClock},
      {"steady_clock::now", kClockFiles, kClock},
      {"high_resolution_clock", kClockFiles, kClock},
      {"clock_gettime", kClockFiles, kClock},
      {"gettimeofday", kClockFiles, kClock},
      {"time(nullptr)", kClockFiles, kClock},
      {"time(NULL)", kClockFiles, kClock},
      {"sleep_for", kClockFiles, kClock},
      {"this_thread::sleep_until", kClockFiles, kClock},
      {"usleep", kClockFiles, kClock},
      {"nanosleep", kClockFiles, kClock},
      {"sleep(", kClockFiles, kClock},
      {"rand(", kRandomFiles, kRandom},
      {"srand(", kRandomFiles, kRandom},
      {"random_device", kRandomFiles, kRandom},
      {"mt19937", kRandomFiles, kRandom},
      {"mt19937_64", kRandomFiles, kRandom},
      {"default_random_engine", kRandomFiles, kRandom},
      {"getrandom", kRandomFiles, kRandom},
      {".detach(", {}, kThread},
      {"->detach(", {}, kThread},
      {"std::async", {}, kThread},
      {"co_await", {}, kBlocking},
      {"co_return", {}, kBlocking},
      {"co_yield", {}, kBlocking},
  };
  return table;
}

bool is_word(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Whether `word` stands in `code` and not as a part of a longer name.
bool stands_in(Text code, Text word) {
  for (std::size_t at = code.find(word); at != Text::npos; at = code.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool longer_before = is_word(word.front()) && at > 0 && is_word(code[at - 1]);
    const bool longer_after = is_word(word.back()) && end < code.size() && is_word(code[end]);
    if (!longer_before && !longer_after) return true;
  }
  return false;
}

// The line without white space between a name and what follows it, so that "co_await  x" keeps its
// words apart but "rand ( )" is found.
std::string tightened(Text code) {
  std::string out;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (std::isspace(static_cast<unsigned char>(code[i])) == 0) {
      out += code[i];
    } else if (!out.empty() && is_word(out.back()) && i + 1 < code.size() && is_word(code[i + 1])) {
      out += ' ';
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> word_violation(Text path, Text code) {
  const std::string line = tightened(code);
  for (const auto& [word, allowed_in, instead] : words()) {
    bool allowed = false;
    for (const Text file : allowed_in) allowed |= file == path;
    if (!allowed && stands_in(line, word)) {
      return "'" + std::string(word) + "' is not allowed here; " + std::string(instead);
    }
  }
  return std::nullopt;
}

}  // namespace sojourn::layering
