#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sojourn/base/clock.h"
#include "sojourn/base/random.h"
#include "sojourn/kube/transport.h"
#include "tests/fake/api_server/admission.h"
#include "tests/fake/api_server/call.h"
#include "tests/fake/api_server/object_store.h"
#include "tests/fake/api_server/watch.h"
#include "tests/fake/api_server/writer.h"

namespace sojourn::fake {

// What becomes of one call on its way to the server and back.
enum class Fate {
  Delivered,
  LostBefore,       // the connection breaks before the server has it
  LostAfter,        // the server carries it out; the answer breaks off (of a stream: half-way)
  CarriedOutLater,  // the caller's deadline passes; carry_out_late() gives it to the server
  DeliveredTwice,   // the server gets it twice; the answer is the second one
};

// One call that came in, and its HTTP status (0: none was answered).
struct Record {
  Call call;
  int status = 0;
  std::string text() const;  // "create pods a/b", or "create pods a/b: 409" when it was refused
};

// A Kubernetes API server in memory, behind the seam of the real transport. It keeps the rules of
// the real one on versions, uids, generations, preconditions, the status subresource, CRDs,
// finalizers, graceful deletion, owner references, pages of lists and the order of watches; one
// contract suite (tests/contract/api_server_contract.h) holds it and the real one to them. Objects
// do nothing by themselves: FakeCluster plays the controllers and the kubelet.
//
// It serves the kinds of api_server/kinds.cc, merge patches alone, and deletion in the background
// alone. It has no authentication. A namespace must be created before it is used.
//
// No threads, sockets, time or randomness of its own. Thread-safe; `clock` and `random` must
// outlive it. The functions that a test hands over are called without a lock.
class ApiServer final : public kube::Transport {
 public:
  struct Options {
    std::filesystem::path crd_directory;
    // False: a watch ends like one whose time is over as soon as it has told all there is, so that
    // a test with a single thread can follow it. True: it waits for more, as the real one does.
    bool watches_block = true;
    // Owner references are followed right after each write; else by collect_garbage() alone.
    bool collects_garbage = true;
    // Bodies of streams come in pieces of that size.
    std::size_t chunk_bytes = 1400;
    // So many changes are remembered, as the real one forgets what is long ago; 0: all.
    std::size_t most_changes = 0;
  };
  ApiServer(Clock& clock, Random& random, Options options);

  // --- What the code under test sees ---
  Result<kube::Response> send(const kube::Request& request, std::stop_token stop) override;
  Result<kube::Response> stream(const kube::Request& request, const kube::ChunkHandler& on_chunk,
                                std::stop_token stop) override;

  // --- What the test sees and does ---
  // The way in for everybody else (users, other controllers): same rules, but no record, no
  // refusals and no faults.
  kube::Transport& others() { return others_; }

  // The object as it is, or nothing.
  std::optional<nlohmann::json> get(std::string_view plural, std::string_view namespace_,
                                    std::string_view name) const;
  // All of a kind, ordered by namespace and name.
  std::vector<nlohmann::json> list(std::string_view plural) const;
  // Changes an object past all rules, as the parts of a cluster that are trusted do. A deleted
  // object that has lost its last finalizer goes. Returns whether anything changed.
  bool edit(std::string_view plural, std::string_view namespace_, std::string_view name,
            const std::function<void(nlohmann::json& object)>& change);
  // Takes an object away at once. Returns whether there was one.
  bool erase(std::string_view plural, std::string_view namespace_, std::string_view name);
  // One round of the garbage collector. Returns whether anything changed.
  bool collect_garbage();

  // Asked before each call; an answer is sent instead of carrying the call out (quota, admission).
  using Refuse = std::function<std::optional<kube::Response>(const Call& call)>;
  void refuse_with(Refuse refuse);
  // Asked for each call that is not refused. It may move a fake clock, to play a slow answer.
  using DecideFate = std::function<Fate(const Call& call)>;
  void decide_fate(DecideFate decide);
  // Carries out the calls that were put off. Returns how many.
  std::size_t carry_out_late();

  // From now on the CRD of that kind is as its file has it but for `change` to its schema; objects
  // are pruned when they are written next.
  void redefine(const std::string& plural,
                const std::function<void(nlohmann::json& schema)>& change);
  // Takes the CRD of a kind away, with all objects of the kind, or brings it back. Breaks all
  // watches off.
  void remove_definition(const std::string& plural);
  void bring_definition_back(const std::string& plural);

  // Breaks all watches off.
  void cut_watches();
  // While a kind is held its watches tell nothing, so that who follows them falls behind.
  void hold_watches(std::string_view plural);
  void release_watches(std::string_view plural);
  // Every line of a watch comes twice.
  void repeat_lines(bool repeat);
  // Forgets the history: watches and pages from before now are answered with 410.
  void compact();
  // All objects and the version counter. Restoring a backup turns time back, as restoring etcd
  // does, and breaks all watches off.
  ObjectStore backup() const;
  void restore(ObjectStore backup);

  // What came in through send() and stream(), oldest first.
  std::vector<Record> records() const;
  // The writes among them, as Record::text().
  std::vector<std::string> writes() const;
  void forget_records();

  std::uint64_t version() const;

 private:
  // others(): straight to the rules.
  class Others final : public kube::Transport {
   public:
    explicit Others(ApiServer& server) : server_(server) {}
    Result<kube::Response> send(const kube::Request& request, std::stop_token stop) override;
    Result<kube::Response> stream(const kube::Request& request, const kube::ChunkHandler& on_chunk,
                                  std::stop_token stop) override;

   private:
    ApiServer& server_;
  };
  struct Following;  // a watch that is being read
  enum class Next { More, End, Cut, Silent, Stopped };

  kube::Response carry_out(const std::optional<Call>& call);
  kube::Response carry_out_locked(const std::optional<Call>& call);
  std::optional<kube::Response> refusal_of(const Call& call) const;
  Fate fate_of(const Call& call) const;
  void record(const Call& call, int status);
  void collect_all_locked();

  Result<kube::Response> exchange(const Call& call, Fate fate);
  Result<kube::Response> deliver_body(kube::Response response, const kube::ChunkHandler& on_chunk,
                                      bool breaks_off) const;
  Result<kube::Response> watch(const Call& call, Fate fate, const kube::Request& request,
                               const kube::ChunkHandler& on_chunk, std::stop_token stop);
  std::variant<Following, kube::Response> open_watch(const Call& call,
                                                     const kube::Request& request);
  Result<kube::Response> follow(Following following, bool breaks,
                                const kube::ChunkHandler& on_chunk, std::stop_token stop);
  Next next_lines(Following& following, std::stop_token stop, std::string& lines);
  Next wait_for_lines(Following& following, std::unique_lock<std::mutex>& lock,
                      std::stop_token stop);
  Result<void> deliver(std::string_view bytes, const kube::ChunkHandler& on_chunk) const;

  Clock& clock_;
  const Time epoch_;  // what the wall clock said when the steady one began
  const Options options_;
  Others others_;

  mutable std::mutex mutex_;  // guards all below
  Admission admission_;
  std::set<std::string, std::less<>> undefined_;  // kinds whose CRD was taken away
  std::condition_variable_any changed_;
  ObjectStore store_;
  Writer writer_;
  Refuse refuse_;
  DecideFate decide_fate_;
  std::vector<Call> late_;
  std::vector<Record> records_;
  std::set<std::string, std::less<>> held_;
  std::uint64_t cuts_ = 0;
  bool repeats_lines_ = false;
};

}  // namespace sojourn::fake
