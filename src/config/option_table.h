#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/result.h"
#include "sojourn/config/kubeconfig.h"

namespace sojourn::config {

// One option of a program. It is the flag --name, the variable SOJOURN_NAME and the key `name` of
// the config file.
struct Option {
  std::string_view name;
  std::string_view
      value;  // what --help calls the value, "PATH"; empty: a switch, true when given bare
  std::string_view fallback;  // the default, as --help shows it
  std::string_view help;
  // Takes a value, or says in a few words what it must be ("a number from 1 to 64").
  std::function<std::string(const std::string& value)> set;
};

// SOJOURN_LEASE_NAME for "lease-name".
std::string variable_of(std::string_view option);

// Sets the options from file, environment and arguments, each over the one before. `config` is the
// option whose value names the file.
Result<void> apply_options(const std::vector<Option>& options,
                           const std::vector<std::string>& arguments,
                           const Environment& environment, std::string_view config);

// The options as lines of --help.
std::string describe(const std::vector<Option>& options);

}  // namespace sojourn::config
