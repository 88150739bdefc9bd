#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/log.h"
#include "sojourn/base/result.h"
#include "sojourn/config/kubeconfig.h"

namespace sojourn::config {

// What carries requests to the API server.
enum class TransportChoice { Beast, Cpprest };

// How the operator was told to run. The defaults are those of --help.
struct OperatorOptions {
  bool help = false;
  bool version = false;
  std::string kubeconfig;               // empty: the pod's own service account
  std::string context;                  // empty: the kubeconfig's current one
  std::vector<std::string> namespaces;  // empty: all
  bool leader_elect = true;
  std::string lease_namespace;  // empty: the pod's, or the context's
  std::string lease_name = "sojourn-operator";
  int workers = 4;
  TransportChoice transport = TransportChoice::Beast;
  std::string default_agent_image;
  bool reaper_dry_run = false;
  int revision_retention_seconds = 3'600;
  std::string listen_address = "0.0.0.0:8080";  // "0": no server
  LogFormat log_format = LogFormat::Json;
  int verbosity = 0;
};

// Reads the arguments (without the program's name), the environment and the config file that either
// names. A flag wins over the environment, that over the file, that over the default.
// Configuration, with one sentence that says what to write instead, for everything that is unknown
// or does not fit.
Result<OperatorOptions> parse_operator_options(const std::vector<std::string>& arguments,
                                               const Environment& environment);

// The text of --help: every option with its default and its variable.
std::string operator_help();

}  // namespace sojourn::config
