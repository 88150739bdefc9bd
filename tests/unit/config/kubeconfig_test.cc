#include "sojourn/config/kubeconfig.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace sojourn::config {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Kubeconfig : public ::testing::Test {
 protected:
  Kubeconfig() { fs::create_directories(folder_); }
  ~Kubeconfig() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }

  // A kubeconfig with one context, cluster and user.
  Result<kube::Connection> load(const std::string& cluster, const std::string& user,
                                const std::string& context = "") {
    write("config",
          "current-context: main\n"
          "contexts:\n- name: main\n  context: {cluster: c, user: u, namespace: team}\n"
          "- name: bare\n  context: {cluster: c}\n"
          "- name: lost\n  context: {cluster: nowhere, user: u}\n"
          "clusters:\n- name: c\n  cluster: {" +
              cluster +
              "}\n"
              "users:\n- name: u\n  user: {" +
              user + "}\n");
    return load_kubeconfig(path(), context);
  }
  std::string refusal(const std::string& cluster, const std::string& user,
                      const std::string& context = "") {
    const auto loaded = load(cluster, user, context);
    if (loaded.ok()) return "accepted";
    EXPECT_EQ(loaded.error().code, ErrorCode::Configuration);
    return loaded.error().message;
  }
  std::string path() const { return (folder_ / "config").string(); }

  static constexpr auto kCluster =
      "server: 'https://10.0.0.1:6443', certificate-authority-data: Q0E=";
  const fs::path folder_ =
      fs::path(testing::TempDir()) /
      (std::string("kubeconfig_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Kubeconfig, JoinsTheCurrentContext) {
  const auto loaded = load(kCluster, "token: t");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->host, "10.0.0.1");
  EXPECT_EQ(loaded->port, "6443");
  EXPECT_EQ(loaded->path_prefix, "");
  EXPECT_TRUE(loaded->tls);
  EXPECT_EQ(loaded->certificate_authority.data, "CA");
  EXPECT_EQ(loaded->token.data, "t");
  EXPECT_EQ(loaded->default_namespace, "team");
}

TEST_F(Kubeconfig, TakesAnotherContextWhenNamed) {
  const auto loaded = load(kCluster, "token: t", "bare");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_FALSE(loaded->token.given());
  EXPECT_EQ(loaded->default_namespace, "default");
}

TEST_F(Kubeconfig, FilesAreRelativeToItsFolder) {
  const auto loaded = load("server: 'https://h', certificate-authority: pki/ca.crt",
                           "tokenFile: /run/token, token: old, client-certificate: c.crt, "
                           "client-key: c.key");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->certificate_authority.file, folder_ / "pki/ca.crt");
  EXPECT_EQ(loaded->token.file, "/run/token");
  EXPECT_EQ(loaded->token.data, "");
  EXPECT_EQ(loaded->client_certificate.file, folder_ / "c.crt");
  EXPECT_EQ(loaded->client_key.file, folder_ / "c.key");
}

TEST_F(Kubeconfig, DataWinsOverFiles) {
  const auto loaded = load(std::string(kCluster) + ", certificate-authority: x",
                           "client-certificate: x, client-certificate-data: Yw==, client-key: x, "
                           "client-key-data: aw==");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->certificate_authority.data, "CA");
  EXPECT_EQ(loaded->certificate_authority.file, "");
  EXPECT_EQ(loaded->client_certificate.data, "c");
  EXPECT_EQ(loaded->client_key.data, "k");
}

TEST_F(Kubeconfig, ReadsServerAddresses) {
  struct Case {
    const char *url, *host, *port, *prefix;
    bool tls;
  };
  for (const Case& c : {Case{"https://a.example", "a.example", "443", "", true},
                        Case{"https://a:6443/", "a", "6443", "", true},
                        Case{"https://a/k8s/c/", "a", "443", "/k8s/c", true},
                        Case{"https://[::1]:6443", "::1", "6443", "", true},
                        Case{"https://[fd00::1]", "fd00::1", "443", "", true},
                        Case{"http://localhost:8001", "localhost", "8001", "", false}}) {
    const auto loaded =
        load("server: '" + std::string(c.url) + "', certificate-authority-data: Q0E=", "");
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded->host, c.host) << c.url;
    EXPECT_EQ(loaded->port, c.port) << c.url;
    EXPECT_EQ(loaded->path_prefix, c.prefix) << c.url;
    EXPECT_EQ(loaded->tls, c.tls) << c.url;
  }
  for (const auto* url : {"", "a:6443", "ftp://a", "https://", "https://a:x", "https://a:0",
                          "https://a:70000", "https://u@a", "https://[::1", "https://a/?q=1"}) {
    EXPECT_THAT(refusal("server: '" + std::string(url) + "'", ""),
                HasSubstr("must look like https://host:6443"))
        << url;
  }
}

TEST_F(Kubeconfig, CarriesTheServerNameToVerify) {
  EXPECT_EQ(load(std::string(kCluster) + ", tls-server-name: kubernetes", "")->tls_server_name,
            "kubernetes");
}

TEST_F(Kubeconfig, SaysWhatItCannotUseAndWhatToWrite) {
  const std::string ca = kCluster;
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {ca, "exec: {command: aws}", "login plug-in (exec)"},
      {ca, "auth-provider: {name: gcp}", "login plug-in (auth-provider)"},
      {ca, "username: a, password: b", "user name and password"},
      {ca, "token: t, as: someone", "impersonation"},
      {ca, "client-certificate: x", "give both"},
      {ca, "client-key-data: aw==", "give both"},
      {ca, "client-key-data: '?', client-certificate: x", "client-key-data"},
      {ca + ", insecure-skip-tls-verify: true", "", "insecure-skip-tls-verify"},
      {ca + ", insecure-skip-tls-verify: 'yes'", "", "insecure-skip-tls-verify"},
      {ca + ", proxy-url: 'http://p'", "", "proxies are not supported"},
      {"server: 'https://a'", "", "add certificate-authority-data"},
      {"server: 'https://a', certificate-authority-data: '?'", "", "is not base64"},
      {ca + ", insecure-skip-tls-verify: false", "", "accepted"},
  };
  for (const auto& [cluster, user, message] : cases) {
    const std::string said = refusal(cluster, user);
    EXPECT_THAT(said, HasSubstr(message)) << cluster << " / " << user;
    EXPECT_TRUE(said == "accepted" || said.find(path()) != std::string::npos) << said;
  }
  EXPECT_THAT(refusal(ca, "exec: {}"), HasSubstr("user \"u\" of context \"main\""));
}

TEST_F(Kubeconfig, NamesTheMissingPart) {
  EXPECT_THAT(refusal(kCluster, "", "other"), HasSubstr("has no context \"other\""));
  EXPECT_THAT(refusal(kCluster, "", "lost"), HasSubstr("has no cluster \"nowhere\""));
  write("config", "{}");
  EXPECT_THAT(load_kubeconfig(path(), "").error().message, HasSubstr("has no current-context"));
  write("config", "a: [");
  EXPECT_THAT(load_kubeconfig(path(), "").error().message, HasSubstr(path() + ", line"));
  EXPECT_THAT(load_kubeconfig((folder_ / "none").string(), "").error().message,
              HasSubstr("No such file"));
}

class InCluster : public Kubeconfig {
 protected:
  static constexpr auto kFolder = "var/run/secrets/kubernetes.io/serviceaccount/";
  const Environment environment_{{"KUBERNETES_SERVICE_HOST", "fd00::1"},
                                 {"KUBERNETES_SERVICE_PORT", "443"}};
};

TEST_F(InCluster, JoinsEnvironmentAndServiceAccount) {
  write(std::string(kFolder) + "token", "t");
  write(std::string(kFolder) + "ca.crt", "CA");
  write(std::string(kFolder) + "namespace", "sojourn-system\n");
  const auto loaded = load_in_cluster(environment_, folder_);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->host, "fd00::1");
  EXPECT_EQ(loaded->port, "443");
  EXPECT_TRUE(loaded->tls);
  EXPECT_EQ(loaded->token.file, folder_.string() + "/" + kFolder + "token");
  EXPECT_EQ(loaded->certificate_authority.file, folder_.string() + "/" + kFolder + "ca.crt");
  EXPECT_EQ(loaded->default_namespace, "sojourn-system");
}

TEST_F(InCluster, SaysWhatIsMissing) {
  EXPECT_THAT(load_in_cluster({}, folder_).error().message, HasSubstr("give --kubeconfig"));
  EXPECT_THAT(load_in_cluster(environment_, folder_).error().message,
              HasSubstr("automountServiceAccountToken"));
}

}  // namespace
}  // namespace sojourn::config
