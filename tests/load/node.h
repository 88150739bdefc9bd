#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "sojourn/base/clock.h"
#include "tests/fake/api_server.h"

namespace sojourn::load {

// A node for very many pods: each is Ready a moment after it was made, and gone a second after it
// was asked to go. It looks at the pods that it hears of alone, where FakeCluster looks at all.
// `server` and `clock` must outlive it.
class Node {
 public:
  Node(fake::ApiServer& server, Clock& clock);

  // To be called for each call that reaches the API server; from any thread.
  void note(const fake::Call& call);

 private:
  struct Task {
    std::string namespace_;
    std::string pod;
    SteadyTime at;
    bool ends = false;
  };
  void run(std::stop_token stop);
  // What is due by now, oldest first.
  std::deque<Task> take();
  void carry_out(const Task& task);

  fake::ApiServer& server_;
  Clock& clock_;
  std::mutex mutex_;
  std::deque<Task> starts_;  // guarded by mutex_, as are the ends
  std::deque<Task> ends_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sojourn::load
