#include "sojourn/config/operator_options.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "config/option_table.h"

namespace sojourn::config {
namespace {

using Setter = std::function<std::string(const std::string&)>;

Setter text(std::string& target) {
  return [&target](const std::string& value) {
    target = value;
    return std::string();
  };
}

// The DNS labels and subdomains of RFC 1123, of which Kubernetes makes names. `between` may stand
// inside a name, beside lower case letters and digits.
bool is_name(std::string_view name, std::size_t longest, std::string_view between) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > longest) return false;
  if (!alphanumeric(name.front()) || !alphanumeric(name.back())) return false;
  return std::ranges::all_of(
      name, [&](char c) { return alphanumeric(c) || between.find(c) != between.npos; });
}

bool is_namespace(std::string_view name) {
  return is_name(name, 63, "-");
}

Setter namespace_name(std::string& target) {
  return [&target](const std::string& value) {
    if (!value.empty() && !is_namespace(value)) return std::string("the name of a namespace");
    target = value;
    return std::string();
  };
}

Setter object_name(std::string& target) {
  return [&target](const std::string& value) {
    if (!is_name(value, 253, "-.")) {
      return std::string("a name of lower case letters, digits, '-' and '.'");
    }
    target = value;
    return std::string();
  };
}

Setter image(std::string& target) {
  return [&target](const std::string& value) {
    if (value.find_first_of(" \t\r\n") != value.npos) {
      return std::string("the name of an image, without spaces");
    }
    target = value;
    return std::string();
  };
}

Setter namespaces(std::vector<std::string>& target) {
  return [&target](const std::string& value) {
    target.clear();
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      const auto name = rest.substr(0, comma);
      if (!is_namespace(name)) return std::string("names of namespaces with commas between them");
      if (std::ranges::find(target, name) != target.end()) {
        return std::string("every namespace only once");
      }
      target.emplace_back(name);
      if (comma + 1 == rest.size()) return std::string("no comma at the end");
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return std::string();
  };
}

Setter flag(bool& target) {
  return [&target](const std::string& value) {
    if (value != "true" && value != "false") return std::string("true or false");
    target = value == "true";
    return std::string();
  };
}

Setter number(int& target, int least, int most) {
  return [&target, least, most](const std::string& value) {
    int parsed = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (error != std::errc() || end != value.data() + value.size() || parsed < least ||
        parsed > most) {
      return "a number from " + std::to_string(least) + " to " + std::to_string(most);
    }
    target = parsed;
    return std::string();
  };
}

Setter log_format(LogFormat& target) {
  return [&target](const std::string& value) {
    if (value != "json" && value != "text") return std::string("json or text");
    target = value == "json" ? LogFormat::Json : LogFormat::Text;
    return std::string();
  };
}

Setter transport(TransportChoice& target) {
  return [&target](const std::string& value) {
    if (value != "beast" && value != "cpprest") return std::string("beast or cpprest");
    target = value == "beast" ? TransportChoice::Beast : TransportChoice::Cpprest;
    return std::string();
  };
}

// Only shown: its value was read before the others were.
Setter ignored() {
  return [](const std::string&) { return std::string(); };
}

std::vector<Option> table(OperatorOptions& options) {
  return {
      {"kubeconfig", "PATH", "", "how to reach the cluster; unset: this pod's own service account",
       text(options.kubeconfig)},
      {"context", "NAME", "", "context of the kubeconfig; unset: its current one",
       text(options.context)},
      {"namespaces", "NAME,...", "",
       "serve only these namespaces and call nothing cluster-wide; unset: all",
       namespaces(options.namespaces)},
      {"leader-elect", "", "true", "let one of several replicas work, by a Lease",
       flag(options.leader_elect)},
      {"lease-namespace", "NAME", "", "namespace of the Lease; unset: the pod's, or the context's",
       namespace_name(options.lease_namespace)},
      {"lease-name", "NAME", "sojourn-operator", "name of the Lease",
       object_name(options.lease_name)},
      {"workers", "N", "4", "reconciles at the same time, 1 to 64", number(options.workers, 1, 64)},
      {"transport", "beast|cpprest", "beast",
       "what carries requests to the API server; cpprest is the second choice, and slower",
       transport(options.transport)},
      {"default-agent-image", "IMAGE", "",
       "image of agents whose template names none; unset: such a template is invalid",
       image(options.default_agent_image)},
      {"reaper-dry-run", "", "false",
       "only say which kept claims would be deleted because their time is over",
       flag(options.reaper_dry_run)},
      {"revision-retention-seconds", "N", "3600",
       "how long a template's earlier revision is kept that no Session names, 1 to 31536000",
       number(options.revision_retention_seconds, 1, 31'536'000)},
      {"listen-address", "HOST:PORT", "0.0.0.0:8080",
       "serves /healthz, /readyz and /metrics; 0: nothing", text(options.listen_address)},
      {"log-format", "json|text", "json", "form of the log lines on standard error",
       log_format(options.log_format)},
      {"v", "N", "0", "log level: 0 what happens, 1 every step, 2 every request",
       number(options.verbosity, 0, 2)},
      {"config", "PATH", "", "YAML file with options, one \"name: value\" a line", ignored()},
      {"version", "", "", "print version and commit, and end", flag(options.version)},
      {"help", "", "", "print this text, and end", flag(options.help)},
  };
}

}  // namespace

Result<OperatorOptions> parse_operator_options(const std::vector<std::string>& arguments,
                                               const Environment& environment) {
  OperatorOptions options;
  if (auto applied = apply_options(table(options), arguments, environment, "config"); !applied) {
    return applied.error();
  }
  return options;
}

std::string operator_help() {
  OperatorOptions options;
  return "sojourn-operator runs Sessions of AI agents on Kubernetes.\n\nOptions:\n" +
         describe(table(options)) +
         "\nA flag wins over the environment, the environment over the config file.\n";
}

}  // namespace sojourn::config
