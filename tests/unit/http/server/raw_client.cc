#include "tests/unit/http/server/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "sojourn/base/clock.h"

namespace sojourn::http {
namespace {

constexpr std::chrono::milliseconds kPatience{5000};

}  // namespace

RawClient::RawClient(std::uint16_t port, const std::string& address) {
  const bool ipv6 = address.find(':') != std::string::npos;
  socket_ = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (ipv6) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(port);
    inet_pton(AF_INET6, address.c_str(), &to.sin6_addr);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  } else {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &to.sin_addr);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
}

RawClient::~RawClient() {
  ::close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::finish() {
  ::shutdown(socket_, SHUT_WR);
}

bool RawClient::readable_within(std::chrono::milliseconds limit) const {
  pollfd wanted{socket_, POLLIN, 0};
  return ::poll(&wanted, 1, static_cast<int>(limit.count())) == 1;
}

bool RawClient::receive(std::chrono::milliseconds limit) {
  if (!readable_within(limit)) return false;
  std::array<char, 64 * 1024> block{};
  const auto got = ::recv(socket_, block.data(), block.size(), 0);
  if (got <= 0) return false;
  received_.append(block.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> RawClient::read_head() {
  auto end = received_.find("\r\n\r\n");
  for (; end == std::string::npos; end = received_.find("\r\n\r\n")) {
    if (!receive(kPatience)) return std::nullopt;
  }
  std::string head = received_.substr(0, end + 4);
  received_.erase(0, end + 4);
  return head;
}

std::optional<std::string> RawClient::read_response() {
  auto head = read_head();
  if (!head) return std::nullopt;
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t size = std::stoul(head->substr(head->find(kLength) + kLength.size()));
  while (received_.size() < size) {
    if (!receive(kPatience)) return std::nullopt;
  }
  *head += received_.substr(0, size);
  received_.erase(0, size);
  return head;
}

std::optional<std::string> RawClient::read_to_end(std::chrono::milliseconds limit) {
  const SystemClock clock;
  const auto deadline = clock.steady_now() + limit;
  while (receive(
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.steady_now()))) {
  }
  if (clock.steady_now() >= deadline) return std::nullopt;
  return std::move(received_);
}

std::size_t RawClient::skim(std::size_t count) {
  std::size_t seen = 0;
  while (seen < count && receive(kPatience)) {
    seen += received_.size();
    received_.clear();
  }
  return seen;
}

bool RawClient::closed_within(std::chrono::milliseconds limit) {
  const auto rest = read_to_end(limit);
  return rest && rest->empty();
}

}  // namespace sojourn::http
