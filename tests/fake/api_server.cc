#include "tests/fake/api_server.h"

#include <utility>

#include "tests/fake/api_server/garbage_collector.h"
#include "tests/fake/api_server/lister.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

Error lost() {
  return {ErrorCode::Unavailable, "the connection broke"};
}

ObjectId id_of(std::string_view plural, std::string_view namespace_, std::string_view name) {
  return {std::string(plural), std::string(namespace_), std::string(name)};
}

// The name that a create gives in its body, so that its record can be told from others.
Call with_name_of_body(Call call) {
  if (call.verb != "create") return call;
  const json body = json::parse(call.body, nullptr, false);
  const json::json_pointer where("/metadata/name");
  if (body.is_object() && body.contains(where)) call.name = body.at(where).get<std::string>();
  return call;
}

}  // namespace

std::string Record::text() const {
  const std::string outcome = status == 0 ? ": lost" : ": " + std::to_string(status);
  return call.text() + (status >= 200 && status < 300 ? "" : outcome);
}

ApiServer::ApiServer(Clock& clock, Random& random, Options options)
    : clock_(clock),
      epoch_(clock.now() -
             std::chrono::duration_cast<Duration>(clock.steady_now().time_since_epoch())),
      options_(std::move(options)),
      others_(*this),
      admission_(options_.crd_directory),
      writer_(store_, admission_, clock, random) {}

Result<kube::Response> ApiServer::send(const kube::Request& request, std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  const auto call = parse_call(request);
  if (!call) return carry_out(call);
  if (auto refusal = refusal_of(*call)) {
    record(*call, refusal->status);
    return std::move(*refusal);
  }
  const Fate fate = fate_of(*call);
  auto response = exchange(*call, fate);
  if (fate == Fate::LostAfter) return lost();
  return response;
}

// Carries a call out as its fate wants it, and records it. The answer of LostAfter is returned: who
// calls decides how much of it gets through.
Result<kube::Response> ApiServer::exchange(const Call& call, Fate fate) {
  switch (fate) {
    case Fate::LostBefore:
      record(call, 0);
      return lost();
    case Fate::CarriedOutLater: {
      record(call, 0);
      const std::lock_guard lock(mutex_);
      late_.push_back(call);
      return Error{ErrorCode::DeadlineExceeded, "no answer in time"};
    }
    case Fate::DeliveredTwice:
      carry_out(call);
      break;
    case Fate::Delivered:
    case Fate::LostAfter:
      break;
  }
  auto response = carry_out(call);
  record(call, fate == Fate::LostAfter ? 0 : response.status);
  return response;
}

kube::Response ApiServer::carry_out(const std::optional<Call>& call) {
  const std::lock_guard lock(mutex_);
  auto response = carry_out_locked(call);
  if (call && call->is_write() && options_.collects_garbage) collect_all_locked();
  if (options_.most_changes > 0) store_.compact(options_.most_changes);
  // A machine of its own: a jump of the other's wall clock does not reach it.
  response.date = std::chrono::floor<std::chrono::seconds>(
      epoch_ + std::chrono::duration_cast<Duration>(clock_.steady_now().time_since_epoch()));
  changed_.notify_all();
  return response;
}

kube::Response ApiServer::carry_out_locked(const std::optional<Call>& call) {
  if (!call || undefined_.contains(call->kind->plural)) return page_not_found();
  if (call->is_write()) return writer_.carry_out(*call);
  if (call->verb == "list") return fake::list(store_, admission_, *call);
  if (call->verb == "watch") return bad_request("a watch is a stream");
  const json* object = store_.find(id_of(call->kind->plural, call->namespace_, call->name));
  return object == nullptr ? not_found(*call->kind, call->name) : ok(*object);
}

std::optional<kube::Response> ApiServer::refusal_of(const Call& call) const {
  Refuse refuse;
  {
    const std::lock_guard lock(mutex_);
    refuse = refuse_;
  }
  return refuse ? refuse(with_name_of_body(call)) : std::nullopt;
}

Fate ApiServer::fate_of(const Call& call) const {
  DecideFate decide;
  {
    const std::lock_guard lock(mutex_);
    decide = decide_fate_;
  }
  return decide ? decide(with_name_of_body(call)) : Fate::Delivered;
}

void ApiServer::record(const Call& call, int status) {
  const std::lock_guard lock(mutex_);
  records_.push_back({with_name_of_body(call), status});
}

void ApiServer::collect_all_locked() {
  while (fake::collect_garbage(store_, writer_)) {
  }
}

std::optional<json> ApiServer::get(std::string_view plural, std::string_view namespace_,
                                   std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const json* object = store_.find(id_of(plural, namespace_, name));
  return object == nullptr ? std::nullopt : std::optional<json>(*object);
}

std::vector<json> ApiServer::list(std::string_view plural) const {
  const std::lock_guard lock(mutex_);
  std::vector<json> all;
  for (const auto& [id, object] : store_.objects()) {
    if (id.plural == plural) all.push_back(object);
  }
  return all;
}

bool ApiServer::edit(std::string_view plural, std::string_view namespace_, std::string_view name,
                     const std::function<void(json& object)>& change) {
  const std::lock_guard lock(mutex_);
  const ObjectId id = id_of(plural, namespace_, name);
  const json* object = store_.find(id);
  if (object == nullptr) return false;
  json changed = *object;
  change(changed);
  if (changed == *object) return false;
  writer_.store(id, std::move(changed));
  if (options_.collects_garbage) collect_all_locked();
  changed_.notify_all();
  return true;
}

bool ApiServer::erase(std::string_view plural, std::string_view namespace_, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const ObjectId id = id_of(plural, namespace_, name);
  if (store_.find(id) == nullptr) return false;
  store_.remove(id);
  if (options_.collects_garbage) collect_all_locked();
  changed_.notify_all();
  return true;
}

bool ApiServer::collect_garbage() {
  const std::lock_guard lock(mutex_);
  const bool changed = fake::collect_garbage(store_, writer_);
  changed_.notify_all();
  return changed;
}

void ApiServer::redefine(const std::string& plural,
                         const std::function<void(json& schema)>& change) {
  const std::lock_guard lock(mutex_);
  admission_.redefine(plural, change);
}

void ApiServer::remove_definition(const std::string& plural) {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectId> all;
  for (const auto& [id, object] : store_.objects()) {
    if (id.plural == plural) all.push_back(id);
  }
  for (const auto& id : all) store_.remove(id);
  if (options_.collects_garbage) collect_all_locked();
  undefined_.insert(plural);
  ++cuts_;
  changed_.notify_all();
}

void ApiServer::bring_definition_back(const std::string& plural) {
  const std::lock_guard lock(mutex_);
  undefined_.erase(plural);
}

void ApiServer::refuse_with(Refuse refuse) {
  const std::lock_guard lock(mutex_);
  refuse_ = std::move(refuse);
}

void ApiServer::decide_fate(DecideFate decide) {
  const std::lock_guard lock(mutex_);
  decide_fate_ = std::move(decide);
}

std::size_t ApiServer::carry_out_late() {
  std::vector<Call> late;
  {
    const std::lock_guard lock(mutex_);
    late.swap(late_);
  }
  for (const Call& call : late) carry_out(call);
  return late.size();
}

void ApiServer::compact() {
  const std::lock_guard lock(mutex_);
  store_.compact();
  changed_.notify_all();
}

ObjectStore ApiServer::backup() const {
  const std::lock_guard lock(mutex_);
  return store_;
}

void ApiServer::restore(ObjectStore backup) {
  const std::lock_guard lock(mutex_);
  store_ = std::move(backup);
  ++cuts_;
  changed_.notify_all();
}

std::vector<Record> ApiServer::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

std::vector<std::string> ApiServer::writes() const {
  std::vector<std::string> texts;
  for (const Record& each : records()) {
    if (each.call.is_write()) texts.push_back(each.text());
  }
  return texts;
}

void ApiServer::forget_records() {
  const std::lock_guard lock(mutex_);
  records_.clear();
}

std::uint64_t ApiServer::version() const {
  const std::lock_guard lock(mutex_);
  return store_.version();
}

}  // namespace sojourn::fake
