#include "noderuntime/tls/credentials.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>

namespace noderuntime::tls {

namespace {

constexpr std::int64_t day = 86'400;      // seconds
constexpr std::size_t most_lists = 1000;  // files of a directory of revocation lists that are watched

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
  if (auto loaded = made->take(made->read()); !loaded) return loaded.error();
  return made;
}

Credentials::Files Credentials::read() const {
  Files files{.stamps = look()};  // before they are read, so that a change meanwhile is seen
  files.server = Context::load(settings_.server, Role::server);
  if (files.server) files.client = Context::load(settings_.client, Role::client);
  return files;
}

std::optional<Credentials::Files> Credentials::read_if_changed() const {
  return look() == stamps_ ? std::nullopt : std::optional{read()};
}

Outcome Credentials::take(Files files) {
  stamps_ = std::move(files.stamps);
  if (!files.server) return files.server.error();
  if (!files.client) return files.client.error();
  server_ = std::move(*files.server);
  client_ = std::move(*files.client);
  return done;
}

Credentials::Stamp Credentials::stamp_of(const std::string& file) {
  struct stat status {};
  if (file.empty() || stat(file.c_str(), &status) != 0) return {};
  return {std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size,
          status.st_ino};
}

// Writing over a file does not change its directory, so the files in it count too.
void Credentials::look_into(const std::string& directory, std::vector<Stamp>& stamps) {
  std::error_code failed;
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator at{directory, failed}, end;
       !failed && at != end && files.size() < most_lists; at.increment(failed))
    files.push_back(at->path().string());
  std::sort(files.begin(), files.end());
  for (auto& file : files) stamps.push_back(stamp_of(file));
}

std::vector<Credentials::Stamp> Credentials::look() const {
  std::vector<Stamp> stamps;
  for (auto* role : {&settings_.server, &settings_.client}) {
    for (auto* file :
         {&role->certificate_file, &role->key_file, &role->authorities_file, &role->crl_directory})
      stamps.push_back(stamp_of(*file));
    if (!role->crl_directory.empty()) look_into(role->crl_directory, stamps);
  }
  return stamps;
}

std::vector<std::string> Credentials::descriptions() const {
  return expiring_within(std::numeric_limits<int>::max());
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
