#include "sojourn/base/file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace sojourn {
namespace {

Error unreadable(const std::string& path, const std::string& why) {
  return Error{ErrorCode::Configuration, "cannot read " + path + ": " + why};
}

std::string last_error() {
  return std::generic_category().message(errno);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (!file) return unreadable(path, last_error());
  std::string content;
  std::array<char, 16 * 1024> block{};
  while (content.size() <= max_bytes) {
    const std::size_t got = std::fread(block.data(), 1, block.size(), file.get());
    content.append(block.data(), got);
    if (got < block.size()) break;
  }
  if (std::ferror(file.get()) != 0) return unreadable(path, last_error());
  if (content.size() > max_bytes) {
    return unreadable(path, "it holds more than " + std::to_string(max_bytes) + " bytes");
  }
  return content;
}

}  // namespace sojourn
