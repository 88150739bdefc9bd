#include "config/option_table.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "config/yaml.h"

namespace sojourn::config {
namespace {

constexpr std::string_view kPrefix = "SOJOURN_";

Error wrong(std::string message) {
  return {ErrorCode::Configuration, std::move(message), "", {}};
}

const Option* find(const std::vector<Option>& options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

// Values by option, with where each was given.
struct Given {
  std::string value;
  std::string where;
};
using Values = std::map<std::string, Given, std::less<>>;

Result<void> read_file_values(const std::vector<Option>& options, const std::string& path,
                              Values& values) {
  const auto document = load_yaml(path);
  if (!document) return document.error();
  if (document->kind == YamlNode::Kind::Null) return {};
  if (document->kind != YamlNode::Kind::Map)
    return wrong(path + ": write one \"name: value\" a line");
  for (const auto& [name, node] : document->members) {
    const auto where = path + ":" + std::to_string(node.line) + ": " + name;
    if (find(options, name) == nullptr) return wrong(where + " is no option; --help lists them");
    if (node.kind != YamlNode::Kind::Scalar) return wrong(where + " takes one plain value");
    values.insert_or_assign(name, Given{node.scalar, where});
  }
  return {};
}

// Other variables with our prefix are left alone: a Service called sojourn makes some in every pod
// of its namespace.
void read_environment(const std::vector<Option>& options, const Environment& environment,
                      Values& values) {
  for (const auto& option : options) {
    const auto variable = variable_of(option.name);
    const auto found = environment.find(variable);
    if (found == environment.end()) continue;
    values.insert_or_assign(std::string(option.name), Given{found->second, variable});
  }
}

Result<void> read_arguments(const std::vector<Option>& options,
                            const std::vector<std::string>& arguments, Values& values) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with('-'))
      return wrong("\"" + arguments[i] + "\" is no option; --help lists them");
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    const auto* option = find(options, name);
    if (option == nullptr) return wrong(arguments[i] + " is no option; --help lists them");
    Given given{"true", std::string(name.size() == 1 ? "-" : "--") + std::string(name)};
    if (equals != std::string_view::npos) {
      given.value = argument.substr(equals + 1);
    } else if (!option->value.empty()) {
      if (++i == arguments.size())
        return wrong(given.where + " needs a value: " + given.where + " " +
                     std::string(option->value));
      given.value = arguments[i];
    }
    values.insert_or_assign(std::string(name), std::move(given));
  }
  return {};
}

}  // namespace

std::string variable_of(std::string_view option) {
  std::string variable(kPrefix);
  for (const char c : option)
    variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

Result<void> apply_options(const std::vector<Option>& options,
                           const std::vector<std::string>& arguments,
                           const Environment& environment, std::string_view config) {
  Values given;
  read_environment(options, environment, given);
  if (auto read = read_arguments(options, arguments, given); !read) return read;
  Values values;
  if (const auto path = given.find(config); path != given.end()) {
    if (auto read = read_file_values(options, path->second.value, values); !read) return read;
  }
  for (auto& [name, value] : given) values.insert_or_assign(name, std::move(value));
  for (const auto& [name, value] : values) {
    const auto expected = find(options, name)->set(value.value);
    if (!expected.empty())
      return wrong(value.where + ": \"" + value.value + "\" does not fit; write " + expected);
  }
  return {};
}

std::string describe(const std::vector<Option>& options) {
  constexpr std::size_t kColumn = 32;
  std::string text;
  for (const auto& option : options) {
    std::string line =
        std::string(option.name.size() == 1 ? "  -" : "  --") + std::string(option.name);
    if (!option.value.empty()) line += " " + std::string(option.value);
    line.resize(std::max(line.size() + 1, kColumn), ' ');
    line += option.help;
    if (!option.fallback.empty()) line += " (default " + std::string(option.fallback) + ")";
    text +=
        line + "\n" + std::string(kColumn, ' ') + "environment: " + variable_of(option.name) + "\n";
  }
  return text;
}

}  // namespace sojourn::config
