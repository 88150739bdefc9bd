#include "tests/fake/api_server/selection.h"

#include <algorithm>
#include <regex>

namespace sojourn::fake {

using nlohmann::json;

namespace {

using Words = std::vector<std::string>;
using Requirement = std::function<bool(const json& object)>;

// The commas outside brackets divide a selector.
Words terms_of(const std::string& selector) {
  Words terms;
  int depth = 0;
  std::string term;
  for (const char c : selector) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      terms.push_back(std::exchange(term, {}));
    } else {
      term += c;
    }
  }
  if (!term.empty()) terms.push_back(term);
  return terms;
}

Words words_of(const std::string& list) {
  Words words;
  std::string word;
  for (const char c : list + ",") {
    if (c == ',') {
      words.push_back(std::exchange(word, {}));
    } else if (c != ' ') {
      word += c;
    }
  }
  return words;
}

std::optional<std::string> label(const json& object, const std::string& key) {
  const json& meta = object.at("metadata");
  const auto labels = meta.find("labels");
  if (labels == meta.end() || !labels->contains(key)) return std::nullopt;
  return labels->at(key).get<std::string>();
}

// The value at "status.pod.node" as text; "" when there is none.
std::string field(const json& object, std::string path) {
  std::ranges::replace(path, '.', '/');
  const json::json_pointer where("/" + path);
  if (!object.contains(where)) return {};
  const json& value = object.at(where);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Requirement one_of(const std::string& key, Words values, bool wanted) {
  return [=](const json& object) {
    const auto value = label(object, key);
    return (value && std::ranges::count(values, *value) > 0) == wanted;
  };
}

// Nothing when the term cannot be read.
std::optional<Requirement> label_requirement(const std::string& term) {
  static const std::regex set(R"(\s*(\S+)\s+(in|notin)\s*\((.*)\)\s*)");
  static const std::regex equality(R"(\s*([^\s=!]+)\s*(=|==|!=)\s*([^\s=!]*)\s*)");
  static const std::regex presence(R"(\s*(!?)\s*([^\s=!]+)\s*)");
  std::smatch match;
  if (std::regex_match(term, match, set))
    return one_of(match[1], words_of(match[3]), match[2] == "in");
  if (std::regex_match(term, match, equality)) {
    return one_of(match[1], {match[3]}, match[2] != "!=");
  }
  if (!std::regex_match(term, match, presence)) return std::nullopt;
  return [key = match[2].str(), wanted = match[1].length() == 0](const json& object) {
    return label(object, key).has_value() == wanted;
  };
}

}  // namespace

std::variant<Selection, kube::Response> Selection::parse(const Call& call,
                                                         const Admission& admission) {
  Selection selection;
  selection.kind_ = call.kind;
  selection.namespace_ = call.namespace_;
  for (const auto& term : terms_of(std::string(call.parameter("labelSelector")))) {
    auto requirement = label_requirement(term);
    if (!requirement) return bad_request("unable to parse requirement: " + term);
    selection.requirements_.push_back(std::move(*requirement));
  }
  static const std::regex equality(R"(([^=!]+)(=|==|!=)(.*))");
  for (const auto& term : terms_of(std::string(call.parameter("fieldSelector")))) {
    std::smatch match;
    if (!std::regex_match(term, match, equality)) {
      return bad_request("invalid selector: '" + term + "'; can't understand '" + term + "'");
    }
    if (!admission.is_selectable(*call.kind, match[1].str())) {
      return bad_request("field label not supported: " + match[1].str());
    }
    selection.requirements_.push_back([path = match[1].str(), value = match[3].str(),
                                       wanted = match[2] != "!="](const json& object) {
      return (field(object, path) == value) == wanted;
    });
  }
  return selection;
}

bool Selection::covers(const ObjectId& id) const {
  return id.plural == kind_->plural && (namespace_.empty() || id.namespace_ == namespace_);
}

bool Selection::matches(const json& object) const {
  return std::ranges::all_of(requirements_, [&](const auto& holds) { return holds(object); });
}

}  // namespace sojourn::fake
