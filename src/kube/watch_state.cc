#include "sojourn/kube/watch_state.h"

#include <algorithm>
#include <utility>

#include "sojourn/base/backoff.h"

namespace sojourn::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// As client-go has them, but for the longest: an API server that comes back must not meet everybody
// at once, nor wait long for us.
constexpr milliseconds kFirstDelay{800};
constexpr milliseconds kLongestDelay = seconds(15);  // 30 s with its jitter
constexpr double kJitter = 1.0;
constexpr minutes kHealthyAfter{2};
// Between looks for a kind the server does not have: somebody may be about to apply its CRD.
constexpr milliseconds kMissingKindDelay = seconds(5);

Duration back_off(WatchBackoff& backoff, const Error* error, SteadyTime now, double draw) {
  if (now - backoff.last >= kHealthyAfter) backoff.failures = 0;
  backoff.last = now;
  ++backoff.failures;
  milliseconds delay = exponential_backoff(kFirstDelay, kLongestDelay, backoff.failures);
  if (error != nullptr && error->code == ErrorCode::NotFound) delay = kMissingKindDelay;
  if (error != nullptr && error->retry_after) {
    delay = std::max<milliseconds>(delay, *error->retry_after);
  }
  return jittered(delay, kJitter, draw);
}

enum class Next { ListAnew, WatchOn };

// What a watch that ended with `code` calls for. A list is the costly answer: it is given only
// where the watch cannot go on from where it was.
Next after_watch(ErrorCode code, bool was_silent) {
  switch (code) {
    case ErrorCode::Gone:      // the events since are no longer there
    case ErrorCode::NotFound:  // the kind is gone; listing finds out when it is back
    case ErrorCode::Invalid:
      return Next::ListAnew;
    case ErrorCode::DeadlineExceeded:
      // Not even a bookmark, twice: the server may wait for a version it will never reach.
      return was_silent ? Next::ListAnew : Next::WatchOn;
    case ErrorCode::Cancelled:
    case ErrorCode::Unavailable:
    case ErrorCode::TooManyRequests:
    case ErrorCode::Unauthorized:
    case ErrorCode::Forbidden:
    case ErrorCode::AlreadyExists:
    case ErrorCode::Conflict:
    case ErrorCode::TooLarge:
    case ErrorCode::Malformed:
    case ErrorCode::Configuration:
    case ErrorCode::Internal:
      return Next::WatchOn;
  }
  return Next::WatchOn;
}

WatchStep on_listed(WatchState state, std::uint64_t version) {
  WatchStep step;
  step.reset = state.went_back || (state.position && version < *state.position);
  state.phase = WatchState::Phase::Watching;
  state.position = version;
  state.went_back = false;
  state.was_silent = false;
  step.state = std::move(state);
  return step;
}

WatchStep on_list_failed(WatchState state, const Error& error, SteadyTime now, double draw) {
  WatchStep step;
  step.delay = back_off(state.outage, &error, now, draw);
  step.state = std::move(state);
  return step;
}

WatchStep on_progress(WatchState state, std::uint64_t version) {
  WatchStep step;
  state.was_silent = false;
  if (version < state.position.value_or(0)) {
    state.went_back = true;
    step.abandon_watch = true;
  } else {
    state.position = version;
  }
  step.state = std::move(state);
  return step;
}

WatchStep on_watch_ended(WatchState state, const WatchEnded& end, SteadyTime now, double draw) {
  WatchStep step;
  const Error* const error = end.error ? &*end.error : nullptr;
  const bool list_anew =
      state.went_back ||
      (error != nullptr && after_watch(error->code, state.was_silent) == Next::ListAnew);
  state.was_silent = error != nullptr && error->code == ErrorCode::DeadlineExceeded;
  if (error != nullptr || end.brief) {
    step.delay = back_off(list_anew ? state.expiry : state.outage, error, now, draw);
  }
  if (list_anew) state.phase = WatchState::Phase::Listing;
  step.state = std::move(state);
  return step;
}

WatchStep on_went_back(WatchState state) {
  state.went_back = true;
  state.phase = WatchState::Phase::Listing;
  WatchStep step;
  step.state = std::move(state);
  return step;
}

}  // namespace

WatchStep on(WatchState state, const WatchInput& input, SteadyTime now, double draw) {
  if (const auto* list = std::get_if<Listed>(&input)) {
    return on_listed(std::move(state), list->version);
  }
  if (const auto* failed = std::get_if<ListFailed>(&input)) {
    return on_list_failed(std::move(state), failed->error, now, draw);
  }
  if (const auto* progress = std::get_if<Progress>(&input)) {
    return on_progress(std::move(state), progress->version);
  }
  if (std::holds_alternative<WentBack>(input)) return on_went_back(std::move(state));
  return on_watch_ended(std::move(state), std::get<WatchEnded>(input), now, draw);
}

}  // namespace sojourn::kube
