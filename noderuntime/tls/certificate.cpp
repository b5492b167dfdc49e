#include "noderuntime/tls/certificate.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string_view>

namespace noderuntime::tls {

namespace {

constexpr std::size_t most_text = 300;
// As OTP 27, which takes no wildcards.
constexpr unsigned host_rules = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS;
constexpr unsigned web_host_rules =
    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(openssl().ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(openssl().ASN1_STRING_length(string))};
}

std::string address_text(std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (bytes.size() == 4) inet_ntop(AF_INET, bytes.data(), text, sizeof text);
  if (bytes.size() == 16) inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

Owned<GENERAL_NAMES> alternative_names(X509* certificate) {
  return Owned<GENERAL_NAMES>{static_cast<GENERAL_NAMES*>(
      openssl().X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
}

// Calls visit(DNS name or text of an IP address, whether it is a DNS name).
template <class Visit>
void for_each_host(X509* certificate, Visit visit) {
  auto names = alternative_names(certificate);
  auto* stack = reinterpret_cast<const OPENSSL_STACK*>(names.get());
  for (int i = 0; names && i < openssl().OPENSSL_sk_num(stack); ++i) {
    auto* name = static_cast<const GENERAL_NAME*>(openssl().OPENSSL_sk_value(stack, i));
    if (name->type == GEN_DNS) visit(std::string{text_of(name->d.dNSName)}, true);
    if (name->type == GEN_IPADD) visit(address_text(text_of(name->d.iPAddress)), false);
  }
}

bool is_address(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

std::int64_t seconds_until(const ASN1_TIME* time) {
  int days = 0, seconds = 0;
  if (openssl().ASN1_TIME_diff(&days, &seconds, nullptr, time) != 1) return 0;
  return std::int64_t{days} * 86'400 + seconds;
}

std::string serial_of(X509* certificate) {
  auto& ssl = openssl();
  BIGNUM* number = ssl.ASN1_INTEGER_to_BN(ssl.X509_get0_serialNumber(certificate), nullptr);
  char* digits = ssl.BN_bn2hex(number);
  std::string text{digits ? digits : ""};
  ssl.CRYPTO_free(digits, __FILE__, __LINE__);
  ssl.BN_free(number);
  return text;
}

std::string hosts_of(X509* certificate) {
  std::string text;
  for_each_host(certificate, [&](const std::string& host, bool) {
    if (text.size() < most_text) text += (text.empty() ? "" : " ") + host;
  });
  if (text.empty()) return "none";
  return text.substr(0, most_text);
}

bool names_host(X509* certificate, const std::string& host, bool wildcards) {
  auto& ssl = openssl();
  if (!is_address(host))
    return ssl.X509_check_host(certificate, host.data(), host.size(), wildcards ? web_host_rules : host_rules,
                               nullptr) == 1;
  if (ssl.X509_check_ip_asc(certificate, host.c_str(), 0) == 1) return true;
  bool found = false;
  for_each_host(certificate,
                [&](const std::string& name, bool is_name) { found |= is_name && name == host; });
  return found;
}

}  // namespace noderuntime::tls
