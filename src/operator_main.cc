// sojourn-operator: reads its options, starts the operator, waits for a signal, stops it.
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "sojourn/base/heap.h"
#include "sojourn/config/kubeconfig.h"
#include "sojourn/config/operator_options.h"
#include "sojourn/http/client/beast_transport.h"
#include "sojourn/http/client/load_cpprest_transport.h"
#include "sojourn/operator/operator.h"

extern char** environ;

namespace {

using namespace sojourn;

constexpr int kWrongUse = 2;

config::Environment environment() {
  config::Environment variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

Result<kube::Connection> find_cluster(const config::OperatorOptions& options,
                                      const config::Environment& variables) {
  auto connection = options.kubeconfig.empty()
                        ? config::load_in_cluster(variables)
                        : config::load_kubeconfig(options.kubeconfig, options.context);
  if (connection) connection->user_agent = "sojourn-operator/" SOJOURN_VERSION;
  return connection;
}

// In a pod, the pod's name.
std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

int wrong_use(const Error& error) {
  std::cerr << "sojourn-operator: " << error.message << "\n";
  return kWrongUse;
}

LogLevel lowest_level(int verbosity) {
  if (verbosity == 0) return LogLevel::Info;
  return verbosity == 1 ? LogLevel::Debug : LogLevel::Trace;
}

// Signals are waited for by the main thread alone: masked before any other thread starts, so that
// every thread inherits the mask.
sigset_t mask_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

Result<http::MakeTransport> transport_of(config::TransportChoice choice) {
  switch (choice) {
    case config::TransportChoice::Beast:
      return http::MakeTransport(&http::make_beast_transport);
    case config::TransportChoice::Cpprest:
      return http::load_cpprest_transport();
  }
  return Error{ErrorCode::Internal, "no such transport"};
}

int run(const config::OperatorOptions& options, const kube::Connection& connection,
        const http::MakeTransport& make_transport) {
  const sigset_t signals = mask_signals();
  SystemClock clock;
  SystemRandom random;
  StreamLogSink sink(std::cerr, clock, options.log_format, lowest_level(options.verbosity));
  const Logger logger(sink, "main");
  const operator_::Identity identity{SOJOURN_VERSION, SOJOURN_COMMIT,
                                     host_name() + "_" + random.hex(2)};
  operator_::Operator op(options, connection, identity, make_transport, clock, random, sink);
  if (auto started = op.start(); !started) {
    logger.error("the operator cannot start", {{"err", started.error().message}});
    return EXIT_FAILURE;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  logger.info("stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  op.stop();
  logger.info("stopped");
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  share_heap();
  const auto variables = environment();
  const auto options =
      config::parse_operator_options(std::vector<std::string>(argv + 1, argv + argc), variables);
  if (!options) return wrong_use(options.error());
  if (options->help) {
    std::cout << config::operator_help();
    return EXIT_SUCCESS;
  }
  if (options->version) {
    std::cout << "sojourn-operator " SOJOURN_VERSION " (" SOJOURN_COMMIT ")\n";
    return EXIT_SUCCESS;
  }
  const auto connection = find_cluster(*options, variables);
  if (!connection) return wrong_use(connection.error());
  const auto make_transport = transport_of(options->transport);
  if (!make_transport) return wrong_use(make_transport.error());
  return run(*options, *connection, *make_transport);
}
