#include "sojourn/kube/reflector.h"

#include <utility>

#include "kube/answer.h"
#include "sojourn/kube/list_page.h"

namespace sojourn::kube {
namespace {

using std::chrono::seconds;

// A busy API server, and the largest object over a slow line.
constexpr std::chrono::milliseconds kListSilence = seconds(60);
// Bookmarks come about once a minute: two of them missing.
constexpr seconds kWatchSilence{150};
constexpr int kShortestWatchSeconds = 300;
constexpr int kLongestWatchSeconds = 600;
constexpr seconds kBriefWatch{1};
constexpr seconds kComplainEvery{60};

std::string full_name(const ResourceInfo& info) {
  std::string name(info.plural);
  if (!info.group.empty()) name.append(".").append(info.group);
  return name;
}

Logger name(const Logger& logger, const ResourceInfo& info, const Selection& selection) {
  Logger named = logger.with({{"kind", std::string(info.kind)}});
  if (selection.namespace_.empty()) return named;
  return named.with({{"namespace", selection.namespace_}});
}

Counter& counter(Telemetry& telemetry, MetricName name, const ResourceInfo& info) {
  return telemetry.counter(name, {{"kind", std::string(info.kind)}});
}

}  // namespace

Reflector::Reflector(const ResourceInfo& info, Selection selection, Transport& transport,
                     History& history, ReflectorSink& sink, Clock& clock, Random& random,
                     Telemetry& telemetry, Logger logger)
    : info_(info),
      selection_(std::move(selection)),
      transport_(transport),
      history_(history),
      cache_(history.join()),
      sink_(sink),
      clock_(clock),
      random_(random),
      logger_(name(logger, info, selection_)),
      lists_(counter(telemetry, {"sojourn_cache_lists_total", "Lists read whole into a cache."},
                     info)),
      watches_(
          counter(telemetry, {"sojourn_cache_watches_total", "Watches begun for a cache."}, info)),
      epoch_(history.epoch()) {}

void Reflector::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const Duration delay = step(stop);
    if (delay > Duration::zero()) sleep_until(clock_, clock_.steady_now() + delay, stop);
  }
}

Duration Reflector::step(std::stop_token stop) {
  if (const auto epoch = history_.epoch(); epoch != epoch_) {
    epoch_ = epoch;
    advance(WentBack{});
  }
  switch (state_.phase) {
    case WatchState::Phase::Listing:
      return list(std::move(stop));
    case WatchState::Phase::Watching:
      return watch(std::move(stop));
  }
  return {};
}

WatchStep Reflector::advance(const WatchInput& input) {
  WatchStep step = on(std::move(state_), input, clock_.steady_now(), random_.uniform());
  state_ = step.state;
  return step;
}

Duration Reflector::list(std::stop_token stop) {
  sink_.begin_list();
  // All at once, which the API server answers from its memory and sends as it writes it. Pages it
  // reads from etcd once a kind has not changed for some minutes, and custom resources then cost
  // it ten times as much.
  auto request = list_request(info_, selection_, {});
  request.deadline = kListSilence;
  const auto on_item = [this](const WireObject& item) -> Result<void> {
    sink_.item(item);
    return {};
  };
  const auto page = read_list_page(transport_, request, on_item, std::move(stop));
  if (!page) {
    complain("cannot list", page.error());
    return advance(ListFailed{page.error()}).delay;
  }
  const auto version = parse_resource_version(page->resource_version).value_or(0);
  const bool known = state_.went_back;
  const WatchStep step = advance(Listed{version});
  if (step.reset) {
    if (!known) epoch_ = history_.went_back(epoch_);
    logger_.error(
        "the API server's history went back, as after a restored backup; all is read anew",
        {{"resourceVersion", page->resource_version}});
  }
  lists_.add();
  sink_.end_list(version, step.reset);
  history_.read_anew(cache_, epoch_);
  logger_.debug("listed", {{"resourceVersion", page->resource_version}});
  return step.delay;
}

Duration Reflector::watch(std::stop_token stop) {
  const auto spread = (kLongestWatchSeconds - kShortestWatchSeconds) * random_.uniform();
  const auto request =
      watch_request(info_, selection_,
                    {.resource_version = std::to_string(state_.position.value_or(0)),
                     .timeout = seconds(kShortestWatchSeconds + static_cast<int>(spread)),
                     .silence = kWatchSilence});
  const SteadyTime begun = clock_.steady_now();
  bool told = false;
  WatchSplitter events([&](const Result<WatchEvent>& event) {
    told = true;
    return on_event(event);
  });
  watches_.add();
  std::stop_source cut;
  const auto end_watch = [&cut] { cut.request_stop(); };
  const std::stop_callback stopped(stop, end_watch);
  const std::stop_callback outdated(history_.epoch_end(epoch_), end_watch);
  auto response = transport_.stream(
      request, [&](std::string_view chunk) { return events.feed(chunk); }, cut.get_token());
  WatchEnded end;
  end.brief = !told && clock_.steady_now() - begun < kBriefWatch;
  if (!response) {
    end.error = std::move(response).error();
  } else if (auto body = body_of(std::move(*response)); !body) {
    end.error = std::move(body).error();
  }
  if (end.error && !stop.stop_requested()) complain("the watch broke off", *end.error);
  return advance(end).delay;
}

Result<void> Reflector::on_event(const Result<WatchEvent>& event) {
  if (!event) {
    complain("an event of the watch was skipped", event.error());
    return {};
  }
  if (event->type == "ERROR") return error_of_status(event->object);
  const Identity identity = identify(event->object);
  const auto version = parse_resource_version(identity.resource_version);
  if (version && advance(Progress{*version}).abandon_watch) {
    epoch_ = history_.went_back(epoch_);
    return Error{ErrorCode::Gone, "the API server sent a lower resourceVersion than before"};
  }
  if (event->type == "ADDED" || event->type == "MODIFIED") {
    sink_.changed(identity, event->object);
  } else if (event->type == "DELETED") {
    sink_.deleted(identity, version.value_or(0));
  } else if (event->type == "BOOKMARK") {
    sink_.bookmark(version.value_or(0));
  }
  return {};
}

void Reflector::complain(const char* what, const Error& error) {
  // An outage lasts: the same words once a minute are enough.
  const SteadyTime now = clock_.steady_now();
  if (complaint_ == error.message && now - complained_at_ < kComplainEvery) return;
  complaint_ = error.message;
  complained_at_ = now;
  // PermissionWatch tells people of a missing permission.
  const bool is_quiet = error.reason == kMissingPermission || error.code == ErrorCode::Gone ||
                        error.code == ErrorCode::Cancelled;
  if (error.code == ErrorCode::NotFound) {
    logger_.error("the API server does not know " + full_name(info_) +
                      "; apply the files of crds/ to the cluster",
                  {{"err", error.message}});
  } else if (is_quiet) {
    logger_.debug(what, {{"err", error.message}});
  } else {
    logger_.warn(what, {{"err", error.message}});
  }
}

}  // namespace sojourn::kube
