#pragma once

#include <utility>

#include "sojourn/kube/transport.h"

namespace sojourn::fake {

// For who wants a transport of its own where the server is another's. `transport` must outlive it.
class BorrowedTransport final : public kube::Transport {
 public:
  explicit BorrowedTransport(kube::Transport& transport) : transport_(transport) {}

  Result<kube::Response> send(const kube::Request& request, std::stop_token stop) override {
    return transport_.send(request, std::move(stop));
  }
  Result<kube::Response> stream(const kube::Request& request, const kube::ChunkHandler& on_chunk,
                                std::stop_token stop) override {
    return transport_.stream(request, on_chunk, std::move(stop));
  }

 private:
  kube::Transport& transport_;
};

}  // namespace sojourn::fake
