#include "noderuntime/node/credential_watch.h"

#include <utility>

#include "common/program/logging.h"

namespace noderuntime {

namespace {

constexpr net::Milliseconds look_interval{10'000};       // at the files
constexpr net::Milliseconds expiry_interval{3'600'000};  // at the dates
constexpr int warnings_before[] = {30, 7, 1, 0};         // days before a certificate expires
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
  if (credentials_->changed()) reload();
  if (loop_.now() >= next_expiry_check_) warn_of_expiry();
}

void CredentialWatch::reload() {
  if (auto outcome = credentials_->reload(); !outcome)
    return program::log_error("TLS: the certificates stay as they were: " + outcome.error().message());
  for (auto& text : credentials_->descriptions()) program::log_info("TLS: read again: " + text);
  warned_at_ = not_warned;
  next_expiry_check_ = loop_.now();
}

// Each bound is warned of once.
void CredentialWatch::warn_of_expiry() {
  next_expiry_check_ = loop_.now() + expiry_interval;
  for (int days : warnings_before) {
    auto expiring = days < warned_at_ ? credentials_->expiring_within(days) : std::vector<std::string>{};
    if (expiring.empty()) continue;
    warned_at_ = days;
    for (auto& text : expiring) program::log_warning("TLS: " + text);
  }
}

}  // namespace noderuntime
