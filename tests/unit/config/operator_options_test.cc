#include "sojourn/config/operator_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sojourn::config {
namespace {

using testing::HasSubstr;

class OperatorOptionsTest : public testing::Test {
 protected:
  std::string write_file(const std::string& text) {
    const auto path = testing::TempDir() + "operator-options.yaml";
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(OperatorOptionsTest, DefaultsAreThoseOfHelp) {
  const auto options = parse_operator_options({}, {});
  ASSERT_TRUE(options.ok());
  EXPECT_TRUE(options->leader_elect);
  EXPECT_EQ(options->workers, 4);
  EXPECT_EQ(options->listen_address, "0.0.0.0:8080");
  EXPECT_EQ(options->log_format, LogFormat::Json);
  EXPECT_EQ(options->transport, TransportChoice::Beast);
}

TEST_F(OperatorOptionsTest, EveryFormOfAFlagIsRead) {
  const auto options =
      parse_operator_options({"--kubeconfig", "k", "--workers=8", "--leader-elect=false", "-v", "1",
                              "--log-format", "text", "--transport=cpprest"},
                             {});
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->kubeconfig, "k");
  EXPECT_EQ(options->workers, 8);
  EXPECT_FALSE(options->leader_elect);
  EXPECT_EQ(options->verbosity, 1);
  EXPECT_EQ(options->log_format, LogFormat::Text);
  EXPECT_EQ(options->transport, TransportChoice::Cpprest);
}

TEST_F(OperatorOptionsTest, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  const auto path = write_file("workers: 2\nlease-name: file\ndefault-agent-image: file\n");
  const auto options = parse_operator_options({"--workers", "9"}, {{"SOJOURN_CONFIG", path},
                                                                   {"SOJOURN_WORKERS", "3"},
                                                                   {"SOJOURN_LEASE_NAME", "env"},
                                                                   {"HOME", "/"}});
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->workers, 9);
  EXPECT_EQ(options->lease_name, "env");
  EXPECT_EQ(options->default_agent_image, "file");
}

TEST_F(OperatorOptionsTest, WhatDoesNotFitIsRefusedWithWhatToWrite) {
  struct Row {
    std::vector<std::string> arguments;
    Environment environment;
    std::string message;
  };
  const auto typo = write_file("worker: 2\n");
  const auto list = write_file("worker: 2\n") + "-missing";
  for (const auto& [arguments, environment, message] : std::vector<Row>{
           {{"--worker", "2"}, {}, "--worker is no option"},
           {{"start"}, {}, "\"start\" is no option"},
           {{"--workers"}, {}, "--workers needs a value: --workers N"},
           {{"--workers", "0"}, {}, "--workers: \"0\" does not fit; write a number from 1 to 64"},
           {{"--workers=2x"}, {}, "write a number from 1 to 64"},
           {{"--namespaces", "team,Lab"}, {}, "write names of namespaces with commas between them"},
           {{"--namespaces", "team,team"}, {}, "write every namespace only once"},
           {{"--namespaces", "team,"}, {}, "write no comma at the end"},
           {{"--lease-namespace", "Team"}, {}, "write the name of a namespace"},
           {{"--lease-name", "my lease"}, {}, "write a name of lower case letters"},
           {{"--lease-name="}, {}, "write a name of lower case letters"},
           {{"--default-agent-image", "busybox sh"}, {}, "write the name of an image"},
           {{"--leader-elect=no"}, {}, "write true or false"},
           {{"--log-format", "xml"}, {}, "write json or text"},
           {{"--transport", "curl"}, {}, "write beast or cpprest"},
           {{"--config", typo}, {}, ":1: worker is no option"},
           {{"--config", list}, {}, "-missing"}}) {
    const auto options = parse_operator_options(arguments, environment);
    ASSERT_FALSE(options.ok()) << message;
    EXPECT_EQ(options.error().code, ErrorCode::Configuration);
    EXPECT_THAT(options.error().message, HasSubstr(message));
  }
}

TEST_F(OperatorOptionsTest, VariablesThatAServiceCalledSojournMakesAreLeftAlone) {
  const auto options = parse_operator_options(
      {}, {{"SOJOURN_SERVICE_HOST", "10.0.0.1"}, {"SOJOURN_PORT", "tcp://10.0.0.1:80"}});
  EXPECT_TRUE(options.ok());
}

TEST_F(OperatorOptionsTest, HelpNamesEveryOptionItsDefaultAndItsVariable) {
  const auto help = operator_help();
  EXPECT_THAT(help, HasSubstr("--workers N"));
  EXPECT_THAT(help, HasSubstr("(default 4)"));
  EXPECT_THAT(help, HasSubstr("SOJOURN_DEFAULT_AGENT_IMAGE"));
}

TEST_F(OperatorOptionsTest, NamespacesAreAListAndUnsetMeansAll) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(parse_operator_options({}, {})->namespaces, Names());
  EXPECT_EQ(parse_operator_options({"--namespaces="}, {})->namespaces, Names());
  EXPECT_EQ(parse_operator_options({"--namespaces", "team,lab-2"}, {})->namespaces,
            (Names{"team", "lab-2"}));
}

}  // namespace
}  // namespace sojourn::config
