#include "noderuntime/node/credential_watch.h"

#include <utility>

#include "common/program/logging.h"
#include "noderuntime/term/memory.h"

namespace noderuntime {

namespace {

constexpr net::Milliseconds look_interval{10'000};       // at the files
constexpr net::Milliseconds expiry_interval{3'600'000};  // at the dates
constexpr int warnings_before[] = {0, 1, 7, 30};         // days before a certificate expires
constexpr int not_warned = 1'000'000;

}  // namespace

CredentialWatch::CredentialWatch(net::Loop& loop, std::shared_ptr<tls::Credentials> credentials)
    : credentials_{std::move(credentials)}, timer_{loop}, loop_{loop}, warned_at_{not_warned} {
  for (auto& warning : credentials_->settings().warnings) program::log_warning("TLS: " + warning);
  for (auto& text : credentials_->descriptions()) program::log_info("TLS: " + text);
  look();
  timer_.start_repeating(look_interval, [this] { look(); });
}

void CredentialWatch::look() {
  if (!reading_) read(true);
  if (loop_.now() >= next_expiry_check_) warn_of_expiry();
}

void CredentialWatch::reload() {
  reload_wanted_ = reading_ != nullptr;
  if (!reading_) read(false);
}

void CredentialWatch::read(bool only_if_changed) {
  auto files = std::make_shared<std::optional<tls::Credentials::Files>>();
  auto work = [files, credentials = credentials_, only_if_changed] {
    (void)has_memory_for([&] {
      if (only_if_changed)
        *files = credentials->read_if_changed();
      else
        *files = credentials->read();
    });
  };
  reading_ = std::make_unique<net::PoolTask>(loop_, work, [this, files] { on_read(std::move(*files)); });
}

void CredentialWatch::on_read(std::optional<tls::Credentials::Files> files) {
  loop_.drop_later(std::move(reading_));
  if (files) use(std::move(*files));
  if (std::exchange(reload_wanted_, false)) read(false);  // the files may have changed since they were read
}

void CredentialWatch::use(tls::Credentials::Files files) {
  if (auto outcome = credentials_->take(std::move(files)); !outcome)
    return program::log_error("TLS: the certificates stay as they were: " + outcome.error().message());
  for (auto& text : credentials_->descriptions()) program::log_info("TLS: read again: " + text);
  warned_at_ = not_warned;
  next_expiry_check_ = loop_.now();
}

// Of the bounds that are reached, the last one is warned of, once.
void CredentialWatch::warn_of_expiry() {
  next_expiry_check_ = loop_.now() + expiry_interval;
  for (int days : warnings_before) {
    auto expiring = days < warned_at_ ? credentials_->expiring_within(days) : std::vector<std::string>{};
    if (expiring.empty()) continue;
    warned_at_ = days;
    for (auto& text : expiring) program::log_warning("TLS: " + text);
    return;
  }
}

}  // namespace noderuntime
