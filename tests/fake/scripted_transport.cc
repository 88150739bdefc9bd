#include "tests/fake/scripted_transport.h"

#include <condition_variable>
#include <utility>

namespace sojourn::fake {
namespace {

Error off_script() {
  return {ErrorCode::Unavailable, "the script of the test has ended"};
}

kube::Response answer(const ScriptedTransport::Line& line) {
  kube::Response response;
  response.status = line.status;
  response.retry_after = line.retry_after;
  return response;
}

void append_body(kube::Response& response, const ScriptedTransport::Line& line) {
  for (const auto& chunk : line.chunks) response.body += chunk;
}

void wait_for(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait(lock, std::move(stop), [] { return false; });
}

}  // namespace

void ScriptedTransport::then(Line line) {
  const std::lock_guard lock(mutex_);
  script_.push_back(std::move(line));
}

std::vector<kube::Request> ScriptedTransport::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t ScriptedTransport::left() const {
  const std::lock_guard lock(mutex_);
  return script_.size();
}

std::optional<ScriptedTransport::Line> ScriptedTransport::next(const kube::Request& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  if (script_.empty()) return std::nullopt;
  Line line = std::move(script_.front());
  script_.pop_front();
  return line;
}

Result<kube::Response> ScriptedTransport::send(const kube::Request& request, std::stop_token) {
  const auto line = next(request);
  if (!line) return off_script();
  if (line->before) line->before();
  if (line->error) return *line->error;
  auto response = answer(*line);
  append_body(response, *line);
  return response;
}

Result<kube::Response> ScriptedTransport::stream(const kube::Request& request,
                                                 const kube::ChunkHandler& on_chunk,
                                                 std::stop_token stop) {
  const auto line = next(request);
  if (!line) return off_script();
  if (line->before) line->before();
  auto response = answer(*line);
  if (line->status / 100 == 2) {
    for (const auto& chunk : line->chunks) {
      if (auto taken = on_chunk(chunk); !taken) return taken.error();
    }
  } else {
    append_body(response, *line);
  }
  if (line->stay_open) {
    wait_for(stop);
    return Error{ErrorCode::Cancelled, "stopped"};
  }
  if (line->error) return *line->error;
  return response;
}

}  // namespace sojourn::fake
