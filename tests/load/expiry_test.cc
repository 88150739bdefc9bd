// Very many Sessions that end by time within one minute: the whole operator with all of its threads
// and its default settings, on the real clock and the API server in memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "sojourn/base/timestamp.h"
#include "sojourn/operator/operator.h"
#include "tests/fake/api_server.h"
#include "tests/fake/api_user.h"
#include "tests/fake/borrowed_transport.h"
#include "tests/load/ledger.h"
#include "tests/load/node.h"

namespace sojourn::load {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr int kSessions = 10'000;
constexpr seconds kSpread{60};
constexpr seconds kLatest{2};
constexpr seconds kToBeReady{120};  // on a machine that does other things, too
constexpr seconds kQuiet{5};

std::string name_of(int index) {
  const auto digits = std::to_string(kSessions + index);
  return "s" + digits.substr(1);
}

class Load : public testing::Test {
 protected:
  Load() {
    server_.decide_fate([this](const fake::Call& call) {
      ledger_.note(call);
      node_.note(call);
      return fake::Fate::Delivered;
    });
    create({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "team"}}}});
    create(json::parse(R"({"apiVersion": "sojourn.dev/v1alpha1", "kind": "SessionTemplate",
      "metadata": {"namespace": "team", "name": "idler"},
      "spec": {"agents": [{"name": "agent", "image": "docker.io/library/agent:1"}]}})"));
    config::OperatorOptions options;
    options.listen_address = "127.0.0.1:0";
    options.lease_namespace = "team";
    operator_ = std::make_unique<operator_::Operator>(
        options, kube::Connection{}, operator_::Identity{"1", "commit", "load"},
        [this](const kube::Connection&, Clock&, Logger, http::TransportLimits) {
          return std::make_unique<fake::BorrowedTransport>(server_);
        },
        clock_, random_, sink_);
  }
  ~Load() override {
    operator_->stop();
    server_.decide_fate({});
  }

  void create(const json& object) {
    const auto answer = fake::ApiUser(server_.others()).create(object);
    if (answer.status >= 300) throw std::runtime_error(answer.message());
  }
  // A Session whose lifetime ends in that second.
  void create_session(const std::string& name, Time due) {
    const auto created = std::chrono::floor<seconds>(clock_.now());
    const auto lifetime = std::chrono::floor<seconds>(due) - created;
    create({{"apiVersion", "sojourn.dev/v1alpha1"},
            {"kind", "Session"},
            {"metadata", {{"namespace", "team"}, {"name", name}}},
            {"spec",
             {{"templateRef", {{"name", "idler"}}},
              {"ttl", {{"maxLifetimeSeconds", lifetime.count()}}}}}});
    // The API server's second may have been a later one.
    const auto stored = server_.get("sessions", "team", name)->at("metadata");
    const auto at = parse_timestamp(stored.at("creationTimestamp").get<std::string>());
    ledger_.expect(name, *at + lifetime);
  }
  bool wait_until(Time latest, const std::function<bool()>& done) {
    while (clock_.now() < latest) {
      if (done()) return true;
      sleep_until(clock_, clock_.steady_now() + std::chrono::milliseconds(100), {});
    }
    return done();
  }
  void print(std::string_view what, const std::vector<Duration>& lateness) {
    const auto at = [&](std::size_t percent) {
      const auto index = std::min(lateness.size() - 1, lateness.size() * percent / 100);
      return std::chrono::duration<double>(lateness[index]).count();
    };
    std::cout << what << std::fixed << std::setprecision(2) << ": least " << at(0) << " s, p50 "
              << at(50) << " s, p99 " << at(99) << " s, most " << at(100) << " s\n";
  }

  SystemClock clock_;
  SystemRandom random_;
  StreamLogSink sink_{std::cerr, clock_, LogFormat::Text, LogLevel::Warn};
  fake::ApiServer server_{
      clock_,
      random_,
      {.crd_directory = SOJOURN_CRD_DIR, .collects_garbage = false, .most_changes = 5'000}};
  Ledger ledger_{clock_};
  Node node_{server_, clock_};
  std::unique_ptr<operator_::Operator> operator_;
};

TEST_F(Load, TenThousandSessionsDueWithinAMinuteAreWrittenInTimeAndNeverEarly) {
  ASSERT_TRUE(operator_->start().ok());
  const Time begun = clock_.now();
  const Time first = std::chrono::floor<seconds>(begun) + kToBeReady;
  for (int i = 0; i < kSessions; ++i) create_session(name_of(i), first + kSpread * i / kSessions);
  const auto so_far = [&] { return std::chrono::duration<double>(clock_.now() - begun).count(); };
  std::cout << kSessions << " Sessions created in " << so_far() << " s\n";
  ASSERT_TRUE(wait_until(first - kQuiet, [&] { return ledger_.ready() == kSessions; }))
      << ledger_.ready() << " are READY; the machine is too busy";
  std::cout << "READY in " << so_far() << " s\n";
  sleep_until(clock_, clock_.steady_now() + seconds(2), {});  // what was to be told has been told
  ledger_.begin();
  wait_until(first + kSpread + seconds(180), [&] { return ledger_.written() == kSessions; });
  ASSERT_EQ(ledger_.written(), kSessions);
  const auto lateness = ledger_.lateness();
  print("from the deadline to the first write", lateness);
  EXPECT_GE(lateness.front(), Duration::zero()) << "too early";
  EXPECT_LE(lateness.back(), kLatest);
  for (const auto& session : server_.list("sessions"))
    EXPECT_EQ(session.at("status").value("outcome", ""), "Expired");
  EXPECT_TRUE(wait_until(clock_.now() + seconds(10), [&] { return server_.list("pods").empty(); }));
}

}  // namespace
}  // namespace sojourn::load
