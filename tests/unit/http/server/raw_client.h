#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn::http {

// A client that sends any bytes and waits for what comes, each wait bounded. Used by one thread.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1");
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False when the server did not take the connection.
  bool connected() const { return connected_; }
  // False when the server has closed.
  bool send(std::string_view bytes);
  // Ends our side.
  void finish();

  // The next response with its body by Content-Length; nothing when the server closes first.
  std::optional<std::string> read_response();
  // One response head without a body, such as 100 Continue.
  std::optional<std::string> read_head();
  // Everything up to the end of the connection; nothing when it does not end in time.
  std::optional<std::string> read_to_end(
      std::chrono::milliseconds limit = std::chrono::milliseconds(5000));
  // Reads and forgets bytes until there were `count` or no more come; how many there were.
  std::size_t skim(std::size_t count);
  // True when the server closes within `limit` without another byte.
  bool closed_within(std::chrono::milliseconds limit);
  // True when a byte is there, or comes within `limit`.
  bool readable_within(std::chrono::milliseconds limit) const;

 private:
  bool receive(std::chrono::milliseconds limit);

  int socket_ = -1;
  bool connected_ = false;
  std::string received_;
};

}  // namespace sojourn::http
