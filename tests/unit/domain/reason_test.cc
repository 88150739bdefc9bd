#include "sojourn/domain/reason.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/domain/docs_page.h"

namespace sojourn::domain::test {
namespace {

// The cells of a Markdown table row, without the spaces around them; nothing for other lines.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  if (!line.starts_with("|")) return cells;
  std::istringstream in(line.substr(1));
  for (std::string cell; std::getline(in, cell, '|');) {
    const auto first = cell.find_first_not_of(' ');
    const auto last = cell.find_last_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  return cells;
}

struct PageRow {
  std::string word;
  std::string cause;
  std::string meaning;
  friend bool operator==(const PageRow&, const PageRow&) = default;
  friend void PrintTo(const PageRow& row, std::ostream* out) {
    *out << row.word << " | " << row.cause << " | " << row.meaning;
  }
};

TEST(ReasonsPage, ListsExactlyTheReasonsInTheirOrder) {
  const auto page = read_page("reasons.md");
  ASSERT_TRUE(page.ok()) << page.error().message;
  std::vector<PageRow> listed;
  for (const auto& line : *page) {
    const auto cells = cells_of(line);
    if (cells.size() == 3 && cells[0].starts_with("`")) {
      listed.push_back({cells[0].substr(1, cells[0].size() - 2), cells[1], cells[2]});
    }
  }
  std::vector<PageRow> expected;
  for (const auto& entry : kReasons) {
    expected.push_back(
        {std::string(entry.word), entry.outside ? "outside" : "", std::string(entry.meaning)});
  }
  ASSERT_EQ(listed.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(listed[i], expected[i]);
}

TEST(Reason, WordsAreUniqueAndCamelCase) {
  std::set<std::string_view> words;
  for (const auto& entry : kReasons) {
    EXPECT_TRUE(words.insert(entry.word).second) << entry.word;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(entry.word.front()))) << entry.word;
    for (const char c : entry.word) EXPECT_TRUE(std::isalpha(static_cast<unsigned char>(c)));
    EXPECT_FALSE(entry.meaning.empty()) << entry.word;
  }
}

TEST(Reason, EveryWordReadsBackAsItself) {
  for (const auto& entry : kReasons) EXPECT_EQ(parse_reason(entry.word), entry.reason);
}

TEST(Reason, AWordThatIsNotInTheListIsUnknown) {
  for (const auto* word : {"", "ready", "Quota", "ReadyReady"}) {
    EXPECT_EQ(parse_reason(word), Reason::UnknownValue) << word;
  }
}

// T5: what no attempt of a session could mend uses up no attempt.
TEST(Reason, CausesOutsideTheSessionAreToldFromItsOwnFailures) {
  for (const auto reason :
       {Reason::TemplateNotFound, Reason::TemplatePending, Reason::InvalidTemplate,
        Reason::QuotaExceeded, Reason::Unschedulable, Reason::ImagePull, Reason::VolumePending,
        Reason::Forbidden, Reason::PodConflict, Reason::VolumeConflict}) {
    EXPECT_TRUE(is_outside(reason)) << to_string(reason);
  }
  for (const auto reason : {Reason::PodLost, Reason::PodFailed, Reason::OOMKilled, Reason::Evicted,
                            Reason::NodeLost, Reason::AgentRestarted, Reason::AgentUnready,
                            Reason::PodNotReady, Reason::ContainersStarting}) {
    EXPECT_FALSE(is_outside(reason)) << to_string(reason);
  }
}

}  // namespace
}  // namespace sojourn::domain::test
