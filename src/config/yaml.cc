#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

#include "sojourn/base/file.h"

namespace sojourn::config {
namespace {

// What the builder cannot accept; leaves the parser as an exception and ends in parse_yaml().
struct Refused : std::runtime_error {
  Refused(const YAML::Mark& mark, const std::string& what)
      : std::runtime_error(what), line(mark.line + 1) {}
  int line;
};

// Builds the tree out of the parser's events, so that nothing is built that the rules refuse.
class Builder final : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, anchor, {YamlNode::Kind::Null, mark.line + 1, {}, false, {}, {}});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused(mark, "aliases (*name) are not accepted; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool quoted = tag == "!";
    if (!quoted && tag != "?") throw Refused(mark, "tags are not accepted; leave out " + tag);
    add(mark, anchor, {YamlNode::Kind::Scalar, mark.line + 1, value, quoted, {}, {}});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::Sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::Map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<std::string> key;  // of a Map: read, and waiting for its value
  };

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check(mark, anchor);
    if (open_.size() == kMaxYamlDepth) throw Refused(mark, "it is nested too deeply");
    if (wants_key()) throw Refused(mark, "a key must be plain text");
    open_.push_back({{kind, mark.line + 1, {}, false, {}, {}}, std::nullopt});
  }

  void close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(done));
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode node) {
    check(mark, anchor);
    if (!wants_key()) return put(std::move(node));
    if (node.kind == YamlNode::Kind::Null) throw Refused(mark, "a key is missing before the colon");
    if (node.scalar == "<<" && !node.quoted) throw Refused(mark, "merge keys are not accepted");
    const auto& members = open_.back().node.members;
    const bool known = std::any_of(members.begin(), members.end(),
                                   [&](const auto& member) { return member.key == node.scalar; });
    if (known) throw Refused(mark, "the key " + node.scalar + " is there twice");
    open_.back().key = std::move(node.scalar);
  }

  void check(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw Refused(mark, "anchors (&name) are not accepted; write the value out");
    if (++nodes_ > kMaxYamlNodes) throw Refused(mark, "it holds too many values");
  }

  bool wants_key() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::Map && !open_.back().key;
  }

  void put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().key) {
      open_.back().node.members.push_back({*std::move(open_.back().key), std::move(node)});
      open_.back().key.reset();
    } else {
      open_.back().node.items.push_back(std::move(node));
    }
  }

  YamlNode root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};

Error broken(const std::string& name, int line, const std::string& why) {
  const std::string place = line > 0 ? ", line " + std::to_string(line) : "";
  return Error{ErrorCode::Configuration, name + place + ": " + why};
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return value.kind == Kind::Null ? nullptr : &value;
  }
  return nullptr;
}

std::optional<bool> YamlNode::as_bool() const {
  constexpr std::array<std::string_view, 11> kTrue{"true", "True", "TRUE", "yes", "Yes", "YES",
                                                   "on",   "On",   "ON",   "y",   "Y"};
  constexpr std::array<std::string_view, 11> kFalse{"false", "False", "FALSE", "no", "No", "NO",
                                                    "off",   "Off",   "OFF",   "n",  "N"};
  if (kind != Kind::Scalar || quoted) return std::nullopt;
  if (std::find(kTrue.begin(), kTrue.end(), scalar) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), scalar) != kFalse.end()) return false;
  return std::nullopt;
}

Result<YamlNode> parse_yaml(const std::string& text, const std::string& name) {
  if (text.size() > kMaxYamlBytes) return broken(name, 0, "it is larger than 1 MiB");
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    Builder builder;
    if (!parser.HandleNextDocument(builder)) return YamlNode{};
    Builder second;
    // Once, not in a loop: for some texts (",a") the parser finds documents without end.
    if (parser.HandleNextDocument(second)) {
      return broken(name, 0, "it holds more than one YAML document; keep one");
    }
    return builder.take();
  } catch (const Refused& refused) {
    return broken(name, refused.line, refused.what());
  } catch (const YAML::Exception& thrown) {
    return broken(name, thrown.mark.line + 1, thrown.msg);
  }
}

Result<YamlNode> load_yaml(const std::string& path) {
  auto text = read_file(path, kMaxYamlBytes);
  if (!text) return text.error();
  return parse_yaml(*text, path);
}

}  // namespace sojourn::config
