#include "tests/load/ledger.h"

#include <algorithm>

namespace sojourn::load {

void Ledger::expect(const std::string& session, Time due) {
  const std::lock_guard lock(mutex_);
  due_.emplace(session, due);
}

void Ledger::note(const fake::Call& call) {
  if (!call.is_write() || call.subresource != "status" || call.kind->plural != "sessions") return;
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (begun_) {
    written_.emplace(call.name, now);
  } else if (call.body.find(R"("state":"READY")") != std::string::npos) {
    ready_.insert(call.name);
  }
}

std::size_t Ledger::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_.size();
}

void Ledger::begin() {
  const std::lock_guard lock(mutex_);
  begun_ = true;
}

std::size_t Ledger::written() const {
  const std::lock_guard lock(mutex_);
  return written_.size();
}

std::vector<Duration> Ledger::lateness() const {
  const std::lock_guard lock(mutex_);
  std::vector<Duration> all;
  for (const auto& [session, at] : written_) all.push_back(at - due_.at(session));
  std::ranges::sort(all);
  return all;
}

}  // namespace sojourn::load
