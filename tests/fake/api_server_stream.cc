// The streams of the in-memory API server: lists in pieces, and watches.
#include <algorithm>
#include <charconv>

#include "tests/fake/api_server.h"

namespace sojourn::fake {

using std::chrono::seconds;

namespace {

// How often a quiet watch sends a bookmark, as the real server does.
constexpr seconds kBookmarkEvery{60};

Error broken() {
  return {ErrorCode::Unavailable, "the connection broke"};
}

SteadyTime after(SteadyTime now, std::string_view seconds_text) {
  std::int64_t count = 0;
  const char* end = seconds_text.data() + seconds_text.size();
  if (seconds_text.empty() || std::from_chars(seconds_text.data(), end, count).ptr != end) {
    return SteadyTime::max();
  }
  return now + seconds(count);
}

kube::Response empty_answer() {
  kube::Response response;
  response.status = 200;
  return response;
}

}  // namespace

// A watch that is being read.
struct ApiServer::Following {
  Watch watch;
  SteadyTime end;           // when the server ends it
  SteadyTime bookmark_due;  // when it says where it is
  SteadyTime silent_at;     // when the reader gives it up
  std::chrono::milliseconds patience;
  std::uint64_t cuts;  // the server's count of cuts when it began
};

Result<kube::Response> ApiServer::stream(const kube::Request& request,
                                         const kube::ChunkHandler& on_chunk, std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  const auto call = parse_call(request);
  if (!call) return carry_out(call);
  if (auto refusal = refusal_of(*call)) {
    record(*call, refusal->status);
    return std::move(*refusal);
  }
  const Fate fate = fate_of(*call);
  if (call->verb == "watch") return watch(*call, fate, request, on_chunk, std::move(stop));
  auto response = exchange(*call, fate);
  if (!response) return response;
  return deliver_body(std::move(*response), on_chunk, fate == Fate::LostAfter);
}

Result<kube::Response> ApiServer::deliver_body(kube::Response response,
                                               const kube::ChunkHandler& on_chunk,
                                               bool breaks_off) const {
  if (response.status < 200 || response.status >= 300) {
    if (breaks_off) return broken();
    return response;
  }
  std::string body;
  body.swap(response.body);
  if (breaks_off) body.resize(body.size() / 2);
  if (auto delivered = deliver(body, on_chunk); !delivered) return delivered.error();
  if (breaks_off) return broken();
  return response;
}

Result<void> ApiServer::deliver(std::string_view bytes, const kube::ChunkHandler& on_chunk) const {
  while (!bytes.empty()) {
    const auto chunk = bytes.substr(0, options_.chunk_bytes);
    if (auto taken = on_chunk(chunk); !taken) return taken;
    bytes.remove_prefix(chunk.size());
  }
  return {};
}

std::variant<ApiServer::Following, kube::Response> ApiServer::open_watch(
    const Call& call, const kube::Request& request) {
  const std::lock_guard lock(mutex_);
  if (undefined_.contains(call.kind->plural)) return page_not_found();
  auto opened = Watch::open(store_, admission_, call);
  if (auto* refusal = std::get_if<kube::Response>(&opened)) return std::move(*refusal);
  const SteadyTime now = clock_.steady_now();
  return Following{std::get<Watch>(std::move(opened)),
                   after(now, call.parameter("timeoutSeconds")),
                   now + kBookmarkEvery,
                   now + request.deadline,
                   request.deadline,
                   cuts_};
}

Result<kube::Response> ApiServer::watch(const Call& call, Fate fate, const kube::Request& request,
                                        const kube::ChunkHandler& on_chunk, std::stop_token stop) {
  if (fate == Fate::LostBefore || fate == Fate::CarriedOutLater) {
    record(call, 0);
    return broken();
  }
  auto opened = open_watch(call, request);
  auto* refusal = std::get_if<kube::Response>(&opened);
  record(call, refusal == nullptr ? 200 : refusal->status);
  if (refusal != nullptr) return std::move(*refusal);
  return follow(std::get<Following>(std::move(opened)), fate == Fate::LostAfter, on_chunk,
                std::move(stop));
}

Result<kube::Response> ApiServer::follow(Following following, bool breaks,
                                         const kube::ChunkHandler& on_chunk, std::stop_token stop) {
  while (true) {
    std::string lines;
    const Next next = next_lines(following, stop, lines);
    const bool breaks_off = breaks && !lines.empty();
    if (breaks_off) lines.resize(lines.size() / 2);
    if (auto delivered = deliver(lines, on_chunk); !delivered) return delivered.error();
    if (breaks_off) return broken();
    switch (next) {
      case Next::More:
        continue;
      case Next::End:
        return empty_answer();
      case Next::Cut:
        return broken();
      case Next::Silent:
        return Error{ErrorCode::DeadlineExceeded, "the watch was silent for too long"};
      case Next::Stopped:
        return Error{ErrorCode::Cancelled, "stopped"};
    }
  }
}

// Waits for something to tell and puts it into `lines`.
ApiServer::Next ApiServer::next_lines(Following& following, std::stop_token stop,
                                      std::string& lines) {
  std::unique_lock lock(mutex_);
  Next next = wait_for_lines(following, lock, std::move(stop));
  if (next == Next::Cut || next == Next::Stopped) return next;
  const SteadyTime now = clock_.steady_now();
  if (held_.contains(following.watch.kind().plural)) {
    if (now >= following.bookmark_due) following.bookmark_due = now + kBookmarkEvery;
    return next;
  }
  for (const auto& line : following.watch.take(store_)) {
    lines += line;
    if (repeats_lines_) lines += line;
  }
  const bool last = next == Next::End || now >= following.bookmark_due;
  if (last) {
    lines += following.watch.bookmark();
    following.bookmark_due = now + kBookmarkEvery;
  }
  if (!lines.empty()) {
    following.silent_at = now + following.patience;
    if (next == Next::Silent) next = Next::More;
  }
  return following.watch.over() ? Next::End : next;
}

ApiServer::Next ApiServer::wait_for_lines(Following& following, std::unique_lock<std::mutex>& lock,
                                          std::stop_token stop) {
  const auto is_cut = [&] { return cuts_ != following.cuts; };
  if (!options_.watches_block) return is_cut() ? Next::Cut : Next::End;
  const auto due = std::min({following.end, following.bookmark_due, following.silent_at});
  const auto ready = [&] {
    return is_cut() ||
           (!held_.contains(following.watch.kind().plural) && following.watch.pending(store_));
  };
  clock_.wait_until(lock, changed_, due, stop, ready);
  const SteadyTime now = clock_.steady_now();
  if (stop.stop_requested()) return Next::Stopped;
  if (is_cut()) return Next::Cut;
  if (now >= following.end) return Next::End;
  return now >= following.silent_at ? Next::Silent : Next::More;
}

void ApiServer::cut_watches() {
  const std::lock_guard lock(mutex_);
  ++cuts_;
  changed_.notify_all();
}

void ApiServer::hold_watches(std::string_view plural) {
  const std::lock_guard lock(mutex_);
  held_.emplace(plural);
}

void ApiServer::release_watches(std::string_view plural) {
  const std::lock_guard lock(mutex_);
  held_.erase(std::string(plural));
  changed_.notify_all();
}

void ApiServer::repeat_lines(bool repeat) {
  const std::lock_guard lock(mutex_);
  repeats_lines_ = repeat;
}

Result<kube::Response> ApiServer::Others::send(const kube::Request& request, std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  return server_.carry_out(parse_call(request));
}

Result<kube::Response> ApiServer::Others::stream(const kube::Request& request,
                                                 const kube::ChunkHandler& on_chunk,
                                                 std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  const auto call = parse_call(request);
  if (call && call->verb == "watch") {
    auto opened = server_.open_watch(*call, request);
    if (auto* refusal = std::get_if<kube::Response>(&opened)) return std::move(*refusal);
    return server_.follow(std::get<Following>(std::move(opened)), false, on_chunk, std::move(stop));
  }
  return server_.deliver_body(server_.carry_out(call), on_chunk, false);
}

}  // namespace sojourn::fake
