#include "noderuntime/tls/credentials.h"

#include <sys/stat.h>

namespace noderuntime::tls {

namespace {

constexpr std::int64_t day = 86'400;  // seconds

std::string describe(const Context& context) {
  auto left = context.seconds_to_expiry();
  return context.settings().certificate_file + ": serial " + context.serial() +
         (left < 0 ? ", expired" : ", expires in " + std::to_string(left / day) + " days");
}

}  // namespace

Result<std::shared_ptr<Credentials>> Credentials::load(const TlsOptions& options) {
  auto settings = settings_of(options);
  if (!settings) return settings.error();
  std::shared_ptr<Credentials> made{new Credentials{std::move(*settings)}};
  if (auto loaded = made->reload(); !loaded) return loaded.error();
  return made;
}

Outcome Credentials::reload() {
  stamps_ = look();  // before the files are read, so that a change meanwhile is seen
  auto server = Context::load(settings_.server, Role::server);
  if (!server) return server.error();
  auto client = Context::load(settings_.client, Role::client);
  if (!client) return client.error();
  server_ = std::move(*server);
  client_ = std::move(*client);
  return done;
}

std::vector<Credentials::Stamp> Credentials::look() const {
  std::vector<Stamp> stamps;
  for (auto* role : {&settings_.server, &settings_.client})
    for (auto* file :
         {&role->certificate_file, &role->key_file, &role->authorities_file, &role->crl_directory}) {
      struct stat status {};
      if (!file->empty() && stat(file->c_str(), &status) == 0)
        stamps.push_back({std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
                          status.st_size, status.st_ino});
      else
        stamps.emplace_back();
    }
  return stamps;
}

bool Credentials::changed() const { return look() != stamps_; }

std::vector<std::string> Credentials::descriptions() const {
  std::vector<std::string> all;
  for (auto& context : {server_, client_}) {
    if (context->settings().certificate_file.empty()) continue;
    auto text = describe(*context);
    if (all.empty() || all.back() != text) all.push_back(std::move(text));
  }
  return all;
}

std::vector<std::string> Credentials::expiring_within(int days) const {
  std::vector<std::string> all;
  for (auto& context : {server_, client_}) {
    if (context->settings().certificate_file.empty() || context->seconds_to_expiry() > days * day) continue;
    auto text = describe(*context);
    if (all.empty() || all.back() != text) all.push_back(std::move(text));
  }
  return all;
}

}  // namespace noderuntime::tls
