#include "http/client/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <utility>

namespace sojourn::http {
namespace {

std::string literal_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes =
      address->sa_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
          : &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  inet_ntop(address->sa_family, bytes, text.data(), static_cast<socklen_t>(text.size()));
  return text.data();
}

}  // namespace

Result<Addresses> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failure != 0) {
    return Error{ErrorCode::Unavailable,
                 "cannot find the address of " + host + ": " + gai_strerror(failure)};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (one->ai_family == AF_INET || one->ai_family == AF_INET6) {
      addresses.push_back(literal_of(one->ai_addr));
    }
  }
  return addresses;
}

Resolver::Resolver(std::string host, Clock& clock, Lookup lookup)
    : host_(std::move(host)),
      clock_(clock),
      lookup_(std::move(lookup)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Resolver::~Resolver() = default;

Result<Addresses> Resolver::resolve(SteadyTime deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!running_) {
    running_ = true;
    ++asked_;
    changed_.notify_all();
  }
  const std::uint64_t ticket = asked_;
  if (clock_.wait_until(lock, changed_, deadline, stop, [&] { return answered_ >= ticket; })) {
    return answer_;
  }
  if (stop.stop_requested()) {
    return Error{ErrorCode::Cancelled, "the lookup of " + host_ + " was cancelled"};
  }
  return Error{ErrorCode::DeadlineExceeded, "cannot find the address of " + host_ + ": timed out"};
}

void Resolver::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return answered_ < asked_; }) && !stop.stop_requested()) {
    lock.unlock();
    auto answer = lookup_(host_);
    lock.lock();
    answer_ = std::move(answer);
    answered_ = asked_;
    running_ = false;
    changed_.notify_all();
  }
}

}  // namespace sojourn::http
