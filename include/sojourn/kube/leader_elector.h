#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/random.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/kube/client.h"
#include "sojourn/kube/lease.h"
#include "sojourn/kube/resource.h"

namespace sojourn::kube {

// Holds a Lease, so that one process of several leads: 15 s lease, 10 s renew deadline, 2 s between
// tries. What to do is decided in lease.h. holds() may be called by any thread; start, stop and
// step by one. All references must outlive it.
class LeaderElector {
 public:
  struct Options {
    ObjectKey lease;
    std::string identity;  // of this process; no two may share one
    // On the elector's thread, once: the lead has begun. It must return soon, for nothing is
    // renewed meanwhile.
    std::function<void()> on_started;
    // On the elector's thread, once: the lead is lost. Nothing may be written any more; end the
    // process.
    std::function<void()> on_lost;
  };

  // `transport` must not be shared with a rate limit, for a late renewal is a lost lead.
  LeaderElector(Options options, Transport& transport, Clock& clock, Random& random,
                Telemetry& telemetry, Logger logger);
  ~LeaderElector();

  void start();
  // Joins and, when leading, releases the Lease so that another can lead at once. Call it when
  // nobody writes any more.
  void stop();

  // Looks, decides and writes once, without waiting. Returns how long to wait before the next.
  Duration step(std::stop_token stop);

  // True while nobody else can hold the Lease: to be asked before each write (a process that was
  // stopped for a minute finds out here, not from the API server).
  bool holds() const;

 private:
  Duration lead(std::stop_token stop);
  Duration seek(std::stop_token stop);
  bool refresh(Client& client, std::stop_token stop);
  Result<void> make_move(LeaseMove move, Client& client, std::stop_token stop);
  Client client();
  void complain(const char* what, const Error& error) const;
  void lose(const std::string& why);
  void set_renewed(std::optional<SteadyTime> when);

  const Options options_;
  Transport& transport_;
  Clock& clock_;
  Random& random_;
  const Logger logger_;
  Gauge& leading_gauge_;
  SeenLease seen_;
  std::string announced_holder_;
  bool started_ = false;  // we led at least once
  bool over_ = false;     // the lead was lost or given back; nothing more happens

  mutable std::mutex mutex_;  // guards renewed_at_
  // When the newest renewal that succeeded was sent; nothing while we do not lead.
  std::optional<SteadyTime> renewed_at_;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sojourn::kube
