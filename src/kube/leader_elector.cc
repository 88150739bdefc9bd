#include "sojourn/kube/leader_elector.h"

#include <algorithm>
#include <utility>

#include "kube/answer.h"
#include "sojourn/base/backoff.h"
#include "sojourn/kube/resources.h"

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCallDeadline = std::chrono::seconds(5);
constexpr milliseconds kReleaseDeadline = std::chrono::seconds(1);  // somebody waits for our end
// Those who wait spread out, so that they do not all write at once.
constexpr double kSeekJitter = 0.5;

}  // namespace

LeaderElector::LeaderElector(Options options, Transport& transport, Clock& clock, Random& random,
                             Telemetry& telemetry, Logger logger)
    : options_(std::move(options)),
      transport_(transport),
      clock_(clock),
      random_(random),
      logger_(logger.with({{"lease", to_string(options_.lease)}})),
      leading_gauge_(
          telemetry.gauge({"leader_election_master_status", "1 while this process leads."},
                          {{"name", options_.lease.name}})) {}

LeaderElector::~LeaderElector() {
  stop();
}

void LeaderElector::start() {
  thread_ = std::jthread([this](std::stop_token stop) {
    while (!stop.stop_requested() && !over_) {
      const Duration delay = step(stop);
      sleep_until(clock_, clock_.steady_now() + delay, stop);
    }
  });
}

void LeaderElector::stop() {
  thread_ = {};
  const bool leading = holds();
  set_renewed(std::nullopt);
  over_ = true;
  if (!leading) return;
  const auto released =
      Client(transport_, clock_, kReleaseDeadline)
          .patch<api::Lease>(options_.lease, release_patch(*seen_.record, clock_.now()), {});
  if (released) {
    logger_.info("gave the lead back");
  } else {
    logger_.warn("could not give the lead back; another can take it when it has run out",
                 {{"err", released.error().message}});
  }
}

bool LeaderElector::holds() const {
  const std::lock_guard lock(mutex_);
  return renewed_at_ && clock_.steady_now() - *renewed_at_ < kRenewDeadline;
}

void LeaderElector::set_renewed(std::optional<SteadyTime> when) {
  leading_gauge_.set(when ? 1 : 0);
  const std::lock_guard lock(mutex_);
  renewed_at_ = when;
}

// A client whose calls end before the lead does.
Client LeaderElector::client() {
  milliseconds deadline = kCallDeadline;
  const std::lock_guard lock(mutex_);
  if (renewed_at_) {
    const auto left = std::chrono::duration_cast<milliseconds>(*renewed_at_ + kRenewDeadline -
                                                               clock_.steady_now());
    deadline = std::clamp(left, milliseconds(1), kCallDeadline);
  }
  return Client(transport_, clock_, deadline);
}

Duration LeaderElector::step(std::stop_token stop) {
  if (over_) return kLeaseRetry;
  return started_ ? lead(std::move(stop)) : seek(std::move(stop));
}

// Reads the Lease as it is. False when it cannot be read.
bool LeaderElector::refresh(Client& client, std::stop_token stop) {
  auto record = client.get<api::Lease>(options_.lease, std::move(stop));
  if (!record && record.error().code != ErrorCode::NotFound) {
    complain("cannot read the Lease", record.error());
    return false;
  }
  seen_ = look(std::move(seen_), record ? std::optional(std::move(*record)) : std::nullopt,
               clock_.steady_now());
  return true;
}

Result<void> LeaderElector::make_move(LeaseMove move, Client& client, std::stop_token stop) {
  const SteadyTime sent = clock_.steady_now();
  const Time now = clock_.now();
  const auto& [namespace_, name] = options_.lease;
  Result<api::Lease> record = Error{};
  switch (move) {
    case LeaseMove::Create:
      record = client.create(new_lease(namespace_, name, options_.identity, now), std::move(stop));
      break;
    case LeaseMove::Take:
      record = client.patch<api::Lease>(
          options_.lease, take_patch(*seen_.record, options_.identity, now), std::move(stop));
      break;
    case LeaseMove::Renew:
      record = client.patch<api::Lease>(options_.lease, renew_patch(*seen_.record, now),
                                        std::move(stop));
      break;
    case LeaseMove::Wait:
      return {};
  }
  if (!record) return std::move(record).error();
  seen_ = look(std::move(seen_), std::move(*record), clock_.steady_now());
  set_renewed(sent);
  return {};
}

Duration LeaderElector::seek(std::stop_token stop) {
  const Duration retry = jittered(milliseconds(kLeaseLook), kSeekJitter, random_.uniform());
  Client calls = client();
  if (!refresh(calls, stop)) return retry;
  const LeaseMove move = decide(seen_, clock_.steady_now(), options_.identity);
  if (move == LeaseMove::Wait) {
    const std::string& holder = seen_.record->holder_identity;
    if (std::exchange(announced_holder_, holder) != holder) {
      logger_.info("another process leads; waiting", {{"holder", holder}});
    }
    const auto left = runs_out(seen_) - clock_.steady_now();
    return std::min(retry, std::chrono::ceil<Duration>(left));
  }
  if (const auto moved = make_move(move, calls, std::move(stop)); !moved) {
    complain("did not get the Lease", moved.error());
    return retry;
  }
  started_ = true;
  logger_.info("leading", {{"identity", options_.identity}});
  options_.on_started();
  return kLeaseRetry;
}

Duration LeaderElector::lead(std::stop_token stop) {
  if (!holds()) {
    lose("the Lease could not be renewed in time");
    return kLeaseRetry;
  }
  Client calls = client();
  auto renewed = make_move(LeaseMove::Renew, calls, stop);
  if (!renewed && renewed.error().code != ErrorCode::DeadlineExceeded &&
      renewed.error().code != ErrorCode::Unavailable && refresh(calls, stop)) {
    // Somebody wrote the Lease, or deleted it: what counts is who holds it now.
    const LeaseMove move = decide(seen_, clock_.steady_now(), options_.identity);
    if (move == LeaseMove::Wait || move == LeaseMove::Take) {
      lose("the Lease is now held by \"" + seen_.record->holder_identity + "\"");
      return kLeaseRetry;
    }
    renewed = make_move(move, calls, std::move(stop));
  }
  if (!renewed) complain("did not renew the Lease", renewed.error());
  return kLeaseRetry;
}

void LeaderElector::complain(const char* what, const Error& error) const {
  // Of a missing permission PermissionWatch tells people, once; losing a race is part of every day.
  if (error.reason == kMissingPermission) {
    logger_.debug(what, {{"err", error.message}});
  } else if (error.code == ErrorCode::Conflict || error.code == ErrorCode::AlreadyExists) {
    logger_.info(what, {{"err", error.message}});
  } else {
    logger_.warn(what, {{"err", error.message}});
  }
}

void LeaderElector::lose(const std::string& why) {
  set_renewed(std::nullopt);
  over_ = true;
  logger_.error("lost the lead: " + why);
  options_.on_lost();
}

}  // namespace sojourn::kube
