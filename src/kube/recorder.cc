#include "sojourn/kube/recorder.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "sojourn/base/timestamp.h"
#include "sojourn/kube/resources.h"

namespace sojourn::kube {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMaxWordBytes = 128;
constexpr std::size_t kMaxNoteBytes = 1024;
constexpr std::size_t kMaxNameBytes = 200;  // leaves room for the suffix within 253
constexpr std::size_t kMaxSeries = 1000;
constexpr int kAttempts = 3;
constexpr seconds kRetryDelay{1};
constexpr seconds kFlush{1};
constexpr minutes kSeriesEnds{6};
constexpr minutes kSeriesInterval{1};

// At most `max_bytes` of it, without half a character at the end.
std::string cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return std::string(text.substr(0, max_bytes));
}

// One name per emission, so that a write that arrives twice makes one Event.
std::string event_name(const api::ObjectReference& regarding, Time now, unsigned sequence) {
  std::array<char, 40> suffix{};
  std::snprintf(suffix.data(), suffix.size(), ".%llx%04x",
                static_cast<unsigned long long>(now.time_since_epoch().count()),
                sequence & 0xFFFFU);
  return cut(regarding.name, kMaxNameBytes) + suffix.data();
}

// What makes two events the same: all that a series cannot change.
std::string sameness(const api::Event& event) {
  std::string text;
  for (const std::string_view part :
       {std::string_view(event.regarding.uid), std::string_view(event.regarding.namespace_),
        std::string_view(event.regarding.name), to_string(event.type),
        std::string_view(event.reason), std::string_view(event.action),
        std::string_view(event.note)}) {
    text.append(part).push_back('\0');
  }
  return text;
}

std::string series_patch(int count, Time last_observed) {
  const nlohmann::json patch = {
      {"series", {{"count", count}, {"lastObservedTime", format_micro_timestamp(last_observed)}}}};
  return patch.dump();
}

constexpr const ResourceInfo& kEvents = ResourceTraits<api::Event>::info;

}  // namespace

struct Recorder::Counters {
  explicit Counters(Telemetry& telemetry)
      : written(of(telemetry, "written")), dropped(of(telemetry, "dropped")) {}
  static Counter& of(Telemetry& telemetry, const char* result) {
    return telemetry.counter({"sojourn_events_total", "Kubernetes Events written and dropped."},
                             {{"result", result}});
  }
  Counter& written;
  Counter& dropped;
};

Recorder::Recorder(Options options, Client& client, const History& history, Clock& clock,
                   Telemetry& telemetry, Logger logger)
    : options_(std::move(options)),
      client_(client),
      history_(history),
      clock_(clock),
      logger_(std::move(logger)),
      counters_(std::make_unique<const Counters>(telemetry)) {}

Recorder::~Recorder() {
  stop();
}

void Recorder::event(const api::ObjectReference& regarding, api::EventType type,
                     std::string_view reason, std::string_view action,
                     std::string_view note) noexcept {
  try {
    Pending pending;
    api::Event& event = pending.event;
    event.event_time = clock_.now();
    event.type = type;
    event.reason = cut(reason, kMaxWordBytes);
    event.action = cut(action, kMaxWordBytes);
    event.note = cut(note, kMaxNoteBytes);
    event.regarding = regarding;
    event.reporting_controller = options_.controller;
    event.reporting_instance = cut(options_.instance, kMaxWordBytes);
    event.meta.namespace_ = regarding.namespace_.empty() ? "default" : regarding.namespace_;
    const std::lock_guard lock(mutex_);
    if (closed_ || queue_.size() >= options_.capacity) {
      counters_->dropped.add();
      return;
    }
    event.meta.name = event_name(regarding, event.event_time, sequence_++);
    queue_.push_back(std::move(pending));
    changed_.notify_all();
  } catch (...) {  // out of memory: the reconcile matters more
    counters_->dropped.add();
  }
}

void Recorder::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

void Recorder::stop() {
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    clock_.wait_until(lock, changed_, clock_.steady_now() + kFlush, {}, [this] { return ended_; });
  }
  thread_ = {};
}

void Recorder::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (step(stop)) continue;
    std::unique_lock lock(mutex_);
    if (closed_) break;
    const std::size_t queued = queue_.size();
    clock_.wait_until(lock, changed_, next_due(), stop,
                      [&] { return closed_ || queue_.size() > queued; });
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

// When there is something to do if no event comes; with mutex_ held, on the writer's thread.
SteadyTime Recorder::next_due() const {
  SteadyTime due = queue_.empty() ? SteadyTime::max() : queue_.front().not_before;
  for (const auto& [same, series] : series_) {
    if (series.unwritten) due = std::min<SteadyTime>(due, series.last_written + kSeriesInterval);
  }
  return due;
}

std::optional<Recorder::Pending> Recorder::take(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  // Those that failed before wait at the front; the last moment is no time to wait.
  if (queue_.empty() || (queue_.front().not_before > now && !closed_)) return std::nullopt;
  Pending pending = std::move(queue_.front());
  queue_.pop_front();
  return pending;
}

bool Recorder::step(std::stop_token stop) {
  // After a restored backup an object may live again, and an Event be gone.
  if (const auto epoch = history_.epoch(); epoch != epoch_) {
    epoch_ = epoch;
    ending_.clear();
    series_.clear();
  }
  const SteadyTime now = clock_.steady_now();
  auto pending = take(now);
  if (!pending) return write_due_series(now, std::move(stop));
  if (!join_series(pending->event, now)) write(std::move(*pending), std::move(stop));
  return true;
}

void Recorder::write(Pending pending, std::stop_token stop) {
  // S37: it goes with its namespace, where nothing is made any more.
  if (ending_.contains(pending.event.regarding.uid)) return counters_->dropped.add();
  const ObjectKey key = key_of(pending.event.meta);
  auto body = ResourceTraits<api::Event>::encode(pending.event);
  if (!body) return settle(std::move(pending), body.error());
  const auto made =
      client_.call({"create", kEvents, key},
                   create_request(kEvents, key.namespace_, std::move(*body)), std::move(stop));
  // Made by an attempt whose answer was lost.
  const bool made_before = !made && made.error().code == ErrorCode::AlreadyExists;
  if (!made && !made_before) return settle(std::move(pending), made.error());
  counters_->written.add();
  begin_series(pending.event, clock_.steady_now());
}

void Recorder::settle(Pending pending, const Error& error) {
  if (error.reason == "NamespaceTerminating") {
    if (ending_.size() >= kMaxSeries) ending_.clear();
    ending_.insert(pending.event.regarding.uid);
  }
  if (retryable(error) && ++pending.attempts < kAttempts) {
    pending.not_before = clock_.steady_now() + kRetryDelay * pending.attempts;
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      queue_.push_front(std::move(pending));
      return;
    }
  }
  counters_->dropped.add();
  logger_.debug("an Event was dropped", {{"err", error.message}});
}

void Recorder::begin_series(const api::Event& event, SteadyTime now) {
  std::erase_if(series_, [&](const auto& entry) {
    return !entry.second.unwritten && now - entry.second.last_seen >= kSeriesEnds;
  });
  if (series_.size() >= kMaxSeries) series_.clear();  // repeats begin anew
  Series series;
  series.name = key_of(event.meta);
  series.last_seen = now;
  series.last_written = now - kSeriesInterval;  // the first repeat is written at once
  series_.insert_or_assign(sameness(event), std::move(series));
}

// True when the event repeats one that was written: then it only counts.
bool Recorder::join_series(const api::Event& event, SteadyTime now) {
  const auto found = series_.find(sameness(event));
  if (found == series_.end() || now - found->second.last_seen >= kSeriesEnds) return false;
  Series& series = found->second;
  ++series.count;
  series.last_seen = now;
  series.last_observed = event.event_time;
  series.unwritten = true;
  return true;
}

bool Recorder::write_due_series(SteadyTime now, std::stop_token stop) {
  const auto due = std::find_if(series_.begin(), series_.end(), [&](const auto& entry) {
    return entry.second.unwritten && now - entry.second.last_written >= kSeriesInterval;
  });
  if (due == series_.end()) return false;
  Series& series = due->second;
  series.last_written = now;
  series.unwritten = false;
  const auto written = client_.call(
      {"patch", kEvents, series.name},
      patch_request(kEvents, series.name, series_patch(series.count, series.last_observed)),
      std::move(stop));
  if (written) {
    counters_->written.add();
  } else if (retryable(written.error())) {
    series.unwritten = true;
  } else {
    series_.erase(due);  // the Event has run out: the next one begins anew
    counters_->dropped.add();
  }
  return true;
}

}  // namespace sojourn::kube
