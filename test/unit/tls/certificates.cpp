#include "test/unit/tls/certificates.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "test/unit/paths.h"

namespace noderuntime::test {

namespace {

// Removed when the program ends.
struct Directory {
  std::string path;
  Directory() {
    char name[] = "/tmp/noderuntime_certificates_XXXXXX";
    if (!mkdtemp(name)) throw std::runtime_error("no directory for certificates");
    path = name;
    for (const char* arguments : {"authority",
                                  "authority other",
                                  "node a DNS:a.example,DNS:localhost",
                                  "node b DNS:b.example,DNS:b",
                                  "node rsa DNS:a.example key=rsa",
                                  "node ed25519 DNS:a.example key=ed25519",
                                  "node expired DNS:a.example dates=expired",
                                  "node early DNS:a.example dates=early",
                                  "node address IP:127.0.0.1,IP:fd77::1",
                                  "node text DNS:127.0.0.1,DNS:fd77::1",
                                  "node wildcard DNS:*.example",
                                  "node common_name none",
                                  "node server_only DNS:a.example usage=serverAuth",
                                  "node client_only DNS:a.example usage=clientAuth",
                                  "node any_usage DNS:a.example usage=none",
                                  "node foreign DNS:a.example by=other",
                                  "node revoked DNS:a.example",
                                  "revoke revoked",
                                  "authority middle ca",
                                  "node below DNS:a.example by=middle"}) {
      auto command = source_directory() + "/test/tls/certificates " + path + ' ' + arguments;
      if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
    }
  }
  ~Directory() { std::filesystem::remove_all(path); }
};

}  // namespace

const std::string& certificates() {
  static const Directory directory;
  return directory.path;
}

tls::RoleSettings settings_with(const std::string& name) {
  tls::RoleSettings settings;
  settings.certificate_file = certificates() + '/' + name + ".pem";
  settings.key_file = certificates() + '/' + name + ".key";
  settings.authorities_file = certificates() + "/ca.pem";
  return settings;
}

}  // namespace noderuntime::test
