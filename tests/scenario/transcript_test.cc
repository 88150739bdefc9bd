// Ten typical lives, told line by line: what people and the cluster do, what the operator writes,
// and what the Session then says. The stories are tests/golden/lives/*.txt, to be read as
// documentation. SOJOURN_WRITE_GOLDEN=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "tests/scenario/stage.h"

namespace sojourn::scenario {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

// Plays a life and writes down what happens.
class Story {
 public:
  Story(std::string title, std::string about) {
    text_ << title << "\n\n" << about << "\n\n";
    began_ = stage.clock.now();
  }

  // What somebody does, and all that follows from it.
  void act(const std::string& who, const std::string& what, const std::function<void()>& act) {
    act_now(who, what, act);
    unfold();
  }
  void user(const std::string& what, const std::function<void()>& deed) { act("user", what, deed); }
  void creates(const json& spec) {
    const auto shown = spec.empty() ? "" : " with " + spec.dump();
    user("creates Session chat" + shown, [&] { stage.apply_session(spec); });
  }
  void sets(const json& spec) {
    user("sets " + spec.dump(), [&] { stage.patch_session(spec); });
  }
  // Time goes by; what happens in it is told.
  void pass(Duration time) {
    for (; time > Duration::zero(); time -= seconds(1)) {
      stage.clock.advance(seconds(1));
      unfold();
    }
  }
  std::string child() const { return stage.child(); }
  std::string told() const { return text_.str(); }

  Stage stage;

 private:
  void act_now(const std::string& who, const std::string& what, const std::function<void()>& deed) {
    deed();
    line(who, what);
  }
  void unfold() {
    do {
      stage.reconcile();
      for (const auto& write : stage.writes()) line("operator", write);
      for (const auto& event : stage.events()) line("Event", event);
      look("chat");
      look("next");
    } while (stage.cluster.step());
  }
  // What the Session says, when it says something else than before.
  void look(const std::string& name) {
    const auto session = stage.session(name);
    std::string says = session.is_null() ? "is gone" : summary(session);
    if (session.is_null() && !said_.contains(name)) return;
    auto& said = said_[name];
    if (said != says) line(name, says);
    said = std::move(says);
  }
  static std::string summary(const json& session) {
    const auto& status = session["status"];
    if (!status.contains("state")) return "is new";
    auto says = status.value("state", "") + " " + status.value("reason", "");
    if (status.contains("outcome")) says += ", outcome " + status.value("outcome", "");
    for (const auto& condition : status["conditions"]) {
      const auto type = condition["type"].get<std::string>();
      const bool is_true = condition["status"] == "True";
      if (type == "Ready") says += is_true ? ", Ready" : ", not Ready";
      if (is_true && (type == "Reconciling" || type == "Stalled" || type == "Suspended" ||
                      type == "Waking" || type == "Expired"))
        says += ", " + type;
      if (type == "VolumeReady") says += ", volume " + condition["reason"].get<std::string>();
    }
    const auto message = status.value("message", "");
    if (!message.empty()) says += ": " + message;
    return says;
  }
  // A child's name ends in digits of a uid.
  static std::string without_names(std::string text) {
    constexpr std::size_t kDigits = 10;
    const std::string child = "CHILD";  // what Stage calls the first one's
    if (const auto at = text.find(child); at != text.npos) text.replace(at, child.size(), "chat-X");
    for (const std::string prefix : {"chat-", "next-"}) {
      for (std::size_t at = 0; (at = text.find(prefix, at)) != text.npos; at += prefix.size())
        text.replace(at, prefix.size() + kDigits, prefix + "X");
    }
    return text;
  }
  void line(const std::string& who, const std::string& what) {
    const auto at = std::chrono::duration_cast<seconds>(stage.clock.now() - began_).count();
    std::ostringstream time;
    time << std::setfill('0') << std::setw(2) << at / 60 << ":" << std::setw(2) << at % 60;
    text_ << (time.str() == time_ ? std::string(5, ' ') : time.str()) << "  " << std::left
          << std::setw(9) << who << " " << without_names(what) << "\n";
    time_ = time.str();
  }

  std::ostringstream text_;
  std::string time_;
  Time began_;
  std::map<std::string, std::string> said_;
};

json volume(json retention = json::object()) {
  return {{"storage", retention.empty() ? json::object() : json{{"retention", retention}}}};
}

struct Life {
  const char* name;
  const char* title;
  const char* about;
  void (*live)(Story& story);
};

void PrintTo(const Life& life, std::ostream* out) {
  *out << life.name;
}

const Life kLives[] = {
    {"cold-start", "A cold start",
     "Four writes bring a Session with a volume to READY; when nothing changes nothing is written.",
     [](Story& story) {
       story.stage.apply_template();
       story.creates(volume());
       story.pass(minutes(2));
     }},
    {"sleep-and-wake", "Asleep and awake again",
     "The pod goes and comes, the volume stays. A wake costs three writes.",
     [](Story& story) {
       story.stage.apply_template();
       story.creates(volume());
       story.pass(minutes(1));
       story.sets({{"desiredState", "Stopped"}});
       story.pass(minutes(1));
       story.sets({{"desiredState", "Running"}});
     }},
    {"task", "A task that runs to its end, and once more",
     "Its pod is kept for its logs. Another run token runs it again in a new pod.",
     [](Story& story) {
       story.stage.apply_template();
       story.creates({{"mode", "Task"}});
       story.pass(minutes(2));
       story.act("agent", "ends with 0",
                 [&] { story.stage.cluster.succeed_pod("team", story.child()); });
       story.pass(minutes(1));
       story.sets({{"runToken", "2"}});
     }},
    {"task-that-fails", "A task that fails for good",
     "Each failure is retried after a longer wait, until retryPolicy.limit.",
     [](Story& story) {
       story.stage.apply_template();
       story.creates({{"mode", "Task"}, {"retryPolicy", {{"limit", 1}}}});
       for (int run = 0; run < 2; ++run) {
         story.act("agent", "ends with 1",
                   [&] { story.stage.cluster.fail_pod("team", story.child()); });
         story.pass(seconds(30));
       }
     }},
    {"pod-lost", "A pod that is lost",
     "Somebody deletes the pod. That is an error, and it is mended after a wait.",
     [](Story& story) {
       story.stage.apply_template();
       story.creates(volume());
       story.act("somebody", "deletes the pod",
                 [&] { story.stage.server.erase("pods", "team", story.child()); });
       story.pass(seconds(30));
     }},
    {"template-late", "A Session that comes before its template",
     "It waits, and uses up no attempt.",
     [](Story& story) {
       story.creates(json::object());
       story.pass(minutes(2));
       story.user("creates SessionTemplate claude", [&] { story.stage.apply_template(); });
     }},
    {"volume-lost", "A volume that is lost",
     "A claim that was recorded is never replaced by an empty one.",
     [](Story& story) {
       story.stage.apply_template();
       story.creates(volume());
       story.sets({{"desiredState", "Stopped"}});
       story.act("somebody", "deletes the claim", [&] {
         story.stage.server.erase("persistentvolumeclaims", "team", story.child());
       });
       story.sets({{"desiredState", "Running"}});
       story.pass(minutes(1));
     }},
    {"expiry", "The end of a lifetime, and of the time its volume is kept",
     "Expired is final. The claim says until when it is kept, and goes then.",
     [](Story& story) {
       story.stage.apply_template();
       auto spec = volume({{"retainFor", 120}});
       spec["ttl"] = {{"maxLifetimeSeconds", 60}};
       story.creates(spec);
       story.pass(seconds(200));
     }},
    {"handed-on", "A volume that another Session goes on with",
     "The second waits while the first holds the claim, and takes it over when that is cancelled.",
     [](Story& story) {
       story.stage.apply_template();
       story.creates(volume());
       story.user("creates Session next with the claim of chat", [&] {
         story.stage.user.create({{"apiVersion", "sojourn.dev/v1alpha1"},
                                  {"kind", "Session"},
                                  {"metadata", {{"namespace", "team"}, {"name", "next"}}},
                                  {"spec",
                                   {{"templateRef", {{"name", "claude"}}},
                                    {"storage", {{"existingClaim", {{"name", story.child()}}}}}}}});
       });
       story.pass(minutes(1));
       story.sets({{"desiredState", "Cancelled"}});
       story.pass(minutes(1));
     }},
    {"cleaned-up", "A finished Session that is deleted by itself",
     "The Session object and its pod go, the volume stays.",
     [](Story& story) {
       story.stage.apply_template();
       auto spec = volume();
       spec["mode"] = "Task";
       spec["ttl"] = {{"deleteAfterFinishedSeconds", 60}};
       story.creates(spec);
       story.act("agent", "ends with 0",
                 [&] { story.stage.cluster.succeed_pod("team", story.child()); });
       story.pass(seconds(100));
     }},
};

class Transcript : public testing::TestWithParam<Life> {};

TEST_P(Transcript, IsAsItWasToldBefore) {
  const auto& life = GetParam();
  Story story(life.title, life.about);
  life.live(story);
  const auto path = std::string(SOJOURN_SOURCE_DIR) + "/tests/golden/lives/" + life.name + ".txt";
  if (std::getenv("SOJOURN_WRITE_GOLDEN") != nullptr) std::ofstream(path) << story.told();
  std::stringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(story.told(), golden.str()) << "if this is as it should be, run it once with "
                                           "SOJOURN_WRITE_GOLDEN=1 and read what has changed";
}

INSTANTIATE_TEST_SUITE_P(Lives, Transcript, testing::ValuesIn(kLives), [](const auto& life) {
  std::string name = life.param.name;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace sojourn::scenario
