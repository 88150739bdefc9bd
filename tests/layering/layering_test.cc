#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/layering/check.h"

namespace sojourn::layering {
namespace {

namespace fs = std::filesystem;

struct Planted {
  const char* name;
  const char* path;
  const char* text;
  const char* message;  // a part of what is reported; "" when the file is fine
};

std::string joined(const std::vector<Violation>& violations) {
  std::string out;
  for (const auto& [path, line, message] : violations) {
    out += path + ":" + std::to_string(line) + ": " + message + "\n";
  }
  return out;
}

class PlantedViolation : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedViolation, IsFound_AndItsLegalTwinIsNot) {
  const Planted& row = GetParam();
  const auto found = check(row.path, row.text);
  if (std::string(row.message).empty()) {
    EXPECT_EQ(joined(found), "");
    return;
  }
  ASSERT_EQ(found.size(), 1U) << joined(found);
  EXPECT_NE(found[0].message.find(row.message), std::string::npos) << found[0].message;
}

constexpr Planted kArrows[] = {
    {"BaseIncludesNothing", "src/base/a.cc", "#include \"sojourn/api/meta.h\"\n",
     "base may not include api"},
    {"DomainUsesApi", "src/domain/a.cc", "#include \"sojourn/api/pod.h\"\n", ""},
    {"DomainDoesNotKnowKube", "src/domain/a.cc", "#include \"sojourn/kube/client.h\"\n",
     "domain may not include kube"},
    {"DomainDoesNotKnowJson", "src/domain/a.cc", "#include \"sojourn/api/json/pod_json.h\"\n",
     "domain may not include api/json"},
    {"DomainDoesNotLog", "src/domain/a.cc", "#include \"sojourn/base/log.h\"\n", "pure domain"},
    {"DomainHasNoThreads", "src/domain/a.cc", "#include <mutex>\n", "pure domain"},
    {"KubeDoesNotKnowDomain", "include/sojourn/kube/a.h",
     "#pragma once\n#include \"sojourn/domain/plan.h\"\n", "kube may not include domain"},
    {"KubeDecodes", "src/kube/a.cc", "#include \"sojourn/api/json/pod_json.h\"\n", ""},
    {"RoomsDoNotKnowEachOther", "src/controllers/session/a.cc",
     "#include \"sojourn/controllers/volume/reaper.h\"\n",
     "controllers/session may not include controllers/volume"},
    {"RoomsUseDomain", "src/controllers/session/a.cc", "#include \"sojourn/domain/decide.h\"\n",
     ""},
    {"ControllersDoNotKnowTheNetwork", "src/controllers/session/a.cc",
     "#include \"sojourn/http/client/beast_transport.h\"\n", "may not include http/client"},
    {"ControllersMayDigest", "src/controllers/names.cc", "#include \"sojourn/http/digest.h\"\n",
     ""},
    {"ConfigDoesNotKnowDomain", "src/config/a.cc", "#include \"sojourn/domain/plan.h\"\n",
     "config may not include domain"},
    {"MetricsKnowsBaseAlone", "src/metrics/a.cc", "#include \"sojourn/api/meta.h\"\n",
     "metrics may not include api"},
    {"ServerDoesNotKnowClient", "src/http/server/a.cc", "#include \"http/client/channel.h\"\n",
     "http/server may not include http/client"},
    {"ClientUsesWire", "src/http/client/a.cc", "#include \"http/wire/openssl.h\"\n", ""},
    {"MainJoinsAll", "src/operator_main.cc", "#include \"sojourn/metrics/registry.h\"\n", ""},
    {"PrivateStaysPrivate", "src/operator/a.cc", "#include \"kube/line_splitter.h\"\n",
     "private to src/kube"},
    {"PublicStandsAlone", "include/sojourn/kube/a.h", "#pragma once\n#include \"kube/b.h\"\n",
     "public header"},
    {"ProductDoesNotKnowTests", "src/kube/a.cc", "#include \"tests/fake/fake_clock.h\"\n",
     "kube may not include tests/fake"},
    {"NoRelativeNames", "src/kube/a.cc", "#include \"../base/b.h\"\n", "no header of the project"},
    {"NoBareNames", "src/kube/a.cc", "#include \"client.h\"\n", "no header of the project"},
    {"UnitTestsKeepTheArrows", "tests/unit/domain/a_test.cc",
     "#include \"sojourn/kube/client.h\"\n", "tests/unit/domain may not include kube"},
    {"UnitTestsUseFakes", "tests/unit/kube/a_test.cc",
     "#include \"tests/fake/fake_clock.h\"\n#include \"sojourn/kube/client.h\"\n", ""},
    {"ScenariosJoinAll", "tests/scenario/a_test.cc",
     "#include \"sojourn/kube/client.h\"\n#include \"sojourn/domain/plan.h\"\n", ""},
};

constexpr Planted kFences[] = {
    {"JsonInKube", "src/kube/a.cc", "#include <nlohmann/json.hpp>\n", ""},
    {"JsonInDomain", "src/domain/a.cc", "#include <nlohmann/json.hpp>\n", "belongs only in"},
    {"JsonInController", "src/controllers/session/a.cc", "#include <nlohmann/json.hpp>\n",
     "belongs only in"},
    {"JsonInHeader", "src/kube/a.h", "#pragma once\n#include <nlohmann/json.hpp>\n",
     "only json_fwd.hpp"},
    {"JsonForwardInHeader", "include/sojourn/api/json/pod_json.h",
     "#pragma once\n#include <nlohmann/json_fwd.hpp>\n", ""},
    {"JsonForwardElsewhere", "include/sojourn/domain/a.h",
     "#pragma once\n#include <nlohmann/json_fwd.hpp>\n", "belongs only in"},
    {"BoostInHttp", "src/http/client/a.cc", "#include <boost/asio/write.hpp>\n", ""},
    {"BoostInKube", "src/kube/a.cc", "#include <boost/asio/write.hpp>\n", "only in src/http"},
    {"BoostInPublicHeader", "include/sojourn/http/server/a.h",
     "#pragma once\n#include <boost/asio/write.hpp>\n", "only in src/http"},
    {"OpensslInKube", "src/kube/a.cc", "#include <openssl/ssl.h>\n", "only in src/http"},
    {"YamlInConfig", "src/config/a.cc", "#include <yaml-cpp/yaml.h>\n", ""},
    {"YamlInKube", "src/kube/a.cc", "#include <yaml-cpp/yaml.h>\n", "only in src/config"},
    {"PrometheusInKube", "src/kube/a.cc", "#include <prometheus/counter.h>\n",
     "only in src/metrics"},
    {"CpprestInItsFile", "src/http/client/cpprest_transport.cc",
     "#include <cpprest/http_client.h>\n", ""},
    {"CpprestElsewhere", "src/http/client/beast.cc", "#include <cpprest/http_client.h>\n",
     "only in src/http/client/cpprest_transport.cc"},
    {"CpprestServer", "src/http/client/cpprest_transport.cc",
     "#include <cpprest/http_listener.h>\n", "used nowhere"},
    {"GtestInProduct", "src/kube/a.cc", "#include <gtest/gtest.h>\n", "only in tests"},
    {"UnknownLibrary", "src/kube/a.cc", "#include <fmt/format.h>\n", "without a fence"},
    {"UnknownHeaderOnlyLibrary", "src/kube/a.cc", "#include <toml.hpp>\n", "without a fence"},
    {"OperatingSystem", "src/base/a.cc", "#include <sys/stat.h>\n#include <unistd.h>\n", ""},
    {"Coroutines", "src/kube/a.cc", "#include <coroutine>\n", "not used"},
};

constexpr Planted kWords[] = {
    {"SystemClock", "src/kube/a.cc", "auto t = std::chrono::system_clock::now();\n", "Clock"},
    {"SteadyClock", "tests/unit/kube/a.cc", "auto t = std::chrono::steady_clock::now();\n",
     "Clock"},
    {"ClockInItsPlace", "src/base/clock.cc", "auto t = std::chrono::steady_clock::now();\n", ""},
    {"Sleep", "src/kube/a.cc", "std::this_thread::sleep_for(one);\n", "Clock"},
    {"SleepWithSpaces", "src/kube/a.cc", "usleep (5);\n", "Clock"},
    {"OwnSleep", "src/kube/a.cc", "sleep_until(clock, deadline, stop);\n", ""},
    {"Rand", "src/kube/a.cc", "int i = rand();\n", "Random"},
    {"NotRand", "src/kube/a.cc", "int i = operand();\n", ""},
    {"RandomDevice", "src/kube/a.cc", "std::random_device device;\n", "Random"},
    {"Engine", "src/kube/a.cc", "std::mt19937_64 engine;\n", "Random"},
    {"RandomInItsPlace", "src/base/random.cc", "std::random_device device;\n", ""},
    {"Detach", "src/kube/a.cc", "thread.detach();\n", "joins"},
    {"Async", "src/kube/a.cc", "auto f = std::async(work);\n", "joins"},
    {"Await", "src/kube/a.cc", "co_await work();\n", "blocking"},
    {"WordsInCommentsAreNotCode", "src/kube/a.cc", "// never co_await\n/* rand()\n rand() */\n",
     ""},
    {"WordsInStringsAreNotCode", "src/kube/a.cc",
     "auto s = \"rand() \\\" co_await\"; auto r = R\"x(\nrand()\n)x\"; char c = '\"';\n", ""},
    {"CodeAfterAStringIsCode", "src/kube/a.cc", "auto s = \"//\"; int i = rand();\n", "Random"},
    {"CodeAfterADigitSeparator", "src/kube/a.cc", "int n = 1'000; int i = rand();\n", "Random"},
    {"IncludeInACommentIsNone", "src/base/a.cc", "/*\n#include \"sojourn/kube/a.h\"\n*/\n", ""},
    {"IncludeWithSpacesIsOne", "src/base/a.cc", "  #  include  \"sojourn/kube/a.h\"\n",
     "base may not include kube"},
};

constexpr Planted kFiles[] = {
    {"PragmaOnce", "src/kube/a.h", "int f();\n", "lacks #pragma once"},
    {"PragmaOnceInACommentOnly", "src/kube/a.h", "// #pragma once\nint f();\n",
     "lacks #pragma once"},
    {"EmptyName", "src/kube/util.cc", "", "says nothing"},
    {"EmptyLastWord", "src/kube/watch_helper.cc", "", "says nothing"},
    {"GoodName", "src/kube/commons_tragedy.cc", "", ""},
};

std::string row_name(const ::testing::TestParamInfo<Planted>& row) {
  return row.param.name;
}
INSTANTIATE_TEST_SUITE_P(Arrows, PlantedViolation, ::testing::ValuesIn(kArrows), row_name);
INSTANTIATE_TEST_SUITE_P(Fences, PlantedViolation, ::testing::ValuesIn(kFences), row_name);
INSTANTIATE_TEST_SUITE_P(Words, PlantedViolation, ::testing::ValuesIn(kWords), row_name);
INSTANTIATE_TEST_SUITE_P(Files, PlantedViolation, ::testing::ValuesIn(kFiles), row_name);

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "int x;\n";
  return text;
}

TEST(Size, AFileOverItsLimitIsFound) {
  EXPECT_TRUE(check("src/kube/a.cc", lines(600)).empty());
  EXPECT_EQ(check("src/kube/a.cc", lines(601)).size(), 1U);
  EXPECT_TRUE(check("tests/unit/kube/a_test.cc", lines(500)).empty());
  EXPECT_EQ(check("tests/unit/kube/a_test.cc", lines(501)).size(), 1U);
}

TEST(Line, IsThatOfTheViolation) {
  const auto found = check("src/base/a.cc", "int x;\n\n#include \"sojourn/kube/client.h\"\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 3);
}

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

TEST(Tree, EveryFileKeepsTheRules) {
  const fs::path root = SOJOURN_SOURCE_DIR;
  int files = 0;
  std::vector<Violation> found;
  for (const char* folder : {"src", "include", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cc") continue;
      ++files;
      const std::string path = fs::relative(entry.path(), root).generic_string();
      for (auto& violation : check(path, read(entry.path()))) found.push_back(violation);
    }
  }
  EXPECT_GT(files, 100) << "the sources were not found below " << root;
  EXPECT_EQ(joined(found), "");
}

}  // namespace
}  // namespace sojourn::layering
