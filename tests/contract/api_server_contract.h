#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/kube/transport.h"
#include "tests/fake/api_user.h"

namespace sojourn::contract {

// An API server with whatever acts beside it (garbage collector, protection of claims, namespaces).
class Server {
 public:
  virtual ~Server() = default;
  virtual kube::Transport& transport() = 0;
  // Lets the others act until `done` or for a while; returns whether it was done.
  virtual bool wait_until(const std::function<bool()>& done) = 0;
};

struct ServerFactory {
  std::string name;
  // Null with a failure already reported when there is none to be had.
  std::function<std::unique_ptr<Server>()> make;
  friend void PrintTo(const ServerFactory& factory, std::ostream* out) { *out << factory.name; }
};

// What an API server must do as far as the operator relies on it. It runs against the in-memory
// server and, in the cluster phase of ./dev/test, against a real kube-apiserver, so that the tests
// on the first say something about the second. Each test has a namespace of its own.
class ApiServerContract : public ::testing::TestWithParam<ServerFactory> {
 protected:
  using json = nlohmann::json;
  using Events = std::vector<json>;

  void SetUp() override;
  void TearDown() override;

  const fake::ApiUser& user() const { return *user_; }
  const std::string& space() const { return namespace_; }
  kube::Transport& transport() { return server_->transport(); }
  bool wait_until(const std::function<bool()>& done) { return server_->wait_until(done); }

  // Objects of the test's namespace, ready to be created.
  json session(const std::string& name) const;
  json lease(const std::string& name) const;
  json revision(const std::string& name) const;
  json claim(const std::string& name) const;
  json pod(const std::string& name) const;
  json labelled(json object, const std::string& value) const;  // label tier=value

  // Creates the object and returns it; the test fails when it is refused.
  json created(const json& object);
  // The same with a status.state, reached from nothing.
  json created_in_state(const std::string& name, const std::string& state);
  fake::Answer get(const json& object) const;
  fake::Answer patch(const json& object, const json& patch,
                     std::string_view subresource = "") const;
  fake::Answer remove(const json& object, const json& options = json::object()) const;
  bool is_gone(const json& object) const { return get(object).status == 404; }

  // The version to watch a kind from, so that nothing after this call is missed.
  std::string version_of(std::string_view plural) const;
  // The first `count` events of the test's namespace after `version`.
  Events events_after(std::string_view plural, const std::string& version, std::size_t count,
                      fake::ApiUser::Query query = {}) const;

  static std::string plural_of(const json& object);
  static std::string version(const json& object);
  static std::string uid(const json& object);
  static std::int64_t generation(const json& object);
  // A reference to `owner` as its controller.
  static json owner_reference(const json& owner);

 private:
  json object(const char* api_version, const char* kind, const std::string& name) const;

  std::unique_ptr<Server> server_;
  std::unique_ptr<fake::ApiUser> user_;
  std::string namespace_;
};

// What a refusal must carry; fails the test with the whole answer when it does not.
void expect_refused(const fake::Answer& answer, int status, std::string_view reason);
// The first cause of a refusal: "FieldValueInvalid spec.mode".
std::string first_cause(const fake::Answer& answer);
// "ADDED a", "MODIFIED a", …
std::vector<std::string> summary(const std::vector<nlohmann::json>& events);

}  // namespace sojourn::contract
