#include "sojourn/domain/session_check.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace sojourn::domain::test {
namespace {

using Session = api::SessionSpec;
using Spec = api::SessionTemplateSpec;

Spec strict_template() {
  Spec spec;
  for (const char* name : {"coder", "tester"}) {
    spec.agents.emplace_back().container.name = name;
  }
  spec.parameters = {
      {.name = "REPOSITORY", .default_value = {}, .required = true, .pattern = "https://[a-z./]+"},
      {.name = "BRANCH", .default_value = "main", .required = false, .pattern = ""}};
  return spec;
}

Session fitting() {
  Session session;
  session.template_name = "claude";
  session.agents = {{"tester", {}}};
  session.parameters = {{"REPOSITORY", "https://git.example/notes"}};
  return session;
}

struct Row {
  std::function<void(Session&, Spec&)> spoil;
  std::string problem;
};

void expect_problems(const std::vector<Row>& rows) {
  for (const auto& [spoil, problem] : rows) {
    auto session = fitting();
    auto spec = strict_template();
    spoil(session, spec);
    EXPECT_EQ(check_session(session, spec).value_or("none"), problem);
  }
}

TEST(SessionCheck, OneThatFitsHasNoProblem) {
  EXPECT_EQ(check_session(fitting(), strict_template()), std::nullopt);
  EXPECT_EQ(check_session({}, {}), std::nullopt);
}

TEST(SessionCheck, AnAgentIsOneOfTheTemplates) {
  expect_problems({{[](Session& session, Spec&) {
                      session.agents.push_back({"critic", {}});
                    },
                    "SessionTemplate claude has no agent \"critic\", only coder, tester; create a "
                    "Session with one of these in agents[]"}});
}

TEST(SessionCheck, AnOverrideIsOneThatTheTemplateAllows) {
  const std::vector<std::pair<std::string, std::function<void(api::AgentSettings&)>>> members{
      {"model", [](auto& settings) { settings.model = "opus"; }},
      {"config",
       [](auto& settings) {
         settings.config = {{"a", ""}};
       }},
      {"tools", [](auto& settings) { settings.tools.emplace(); }},
      {"temperature", [](auto& settings) { settings.temperature = {"0"}; }},
      {"maxOutputTokens", [](auto& settings) { settings.max_output_tokens = 1; }}};
  for (const auto& [field, say] : members) {
    auto session = fitting();
    auto spec = strict_template();
    say(session.agents[0].settings);
    EXPECT_EQ(check_session(session, spec).value_or("none"),
              "SessionTemplate claude does not let a Session say " + field +
                  " of agent \"tester\"; leave it out, or add " + field +
                  " to the template's overrides");
    for (const auto& other : members) {
      if (other.first != field) spec.overrides.push_back(other.first);
    }
    EXPECT_NE(check_session(session, spec), std::nullopt) << field;
    spec.overrides = {field};
    EXPECT_EQ(check_session(session, spec), std::nullopt) << field;
  }
}

TEST(SessionCheck, AConfigMapIsNamedOnlyWhereTheTemplateAllowsIt) {
  const auto name_one = [](Session& session, Spec&) {
    session.context_from = api::ConfigMapKey{"c", "k"};
  };
  expect_problems({{name_one,
                    "SessionTemplate claude does not let a Session name a ConfigMap; use context, "
                    "or add contextFrom to the template's overrides"},
                   {[&](Session& session, Spec& spec) {
                      name_one(session, spec);
                      spec.overrides = {"contextFrom"};
                    },
                    "none"}});
}

TEST(SessionCheck, TheSettingsOfAnAgentFitIntoTheirFile) {
  const auto fill = [](std::size_t bytes) {
    return [bytes](Session& session, Spec& spec) {
      spec.overrides = {"config"};
      spec.agents[1].settings.config = {{"a", std::string(4'000, 'x')}};
      session.agents[0].settings.config = {{"b", std::string(bytes, 'x')}};
    };
  };
  // {"agent":"tester","model":"","config":{"a":"…","b":"…"}}
  const std::size_t room = 8'192 - 4'000 - 54;
  expect_problems({{fill(room), "none"},
                   {fill(room + 1),
                    "the settings of agent \"tester\" are larger than 8192 bytes together with "
                    "those of SessionTemplate claude; create a Session that says less"}});
}

TEST(SessionCheck, AParameterIsDeclaredAndMatchesItsPattern) {
  expect_problems(
      {{[](Session& session, Spec&) { session.parameters["OTHER"] = ""; },
        "SessionTemplate claude has no parameter \"OTHER\"; leave it out, or declare it in the "
        "template's parameters[]"},
       {[](Session& session, Spec&) { session.parameters["REPOSITORY"] = "https://x;id"; },
        "parameter \"REPOSITORY\" does not match \"https://[a-z./]+\", as SessionTemplate claude "
        "wants it; create a Session with another value"},
       {[](Session& session, Spec&) { session.parameters["BRANCH"] = "any; thing"; }, "none"}});
}

TEST(SessionCheck, ARequiredParameterIsGiven) {
  expect_problems({{[](Session& session, Spec&) { session.parameters.clear(); },
                    "SessionTemplate claude requires the parameter \"REPOSITORY\"; create a "
                    "Session that gives it in parameters"}});
}

}  // namespace
}  // namespace sojourn::domain::test
