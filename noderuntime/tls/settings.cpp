#include "noderuntime/tls/settings.h"
namespace noderuntime::tls {
Result<Settings> settings_of(const TlsOptions& o) {
  Settings s;
  for (auto* r : {&s.server, &s.client}) {
    r->certificate_file = o.certificate; r->key_file = o.key; r->authorities_file = o.authorities;
    r->crl_directory = o.crl_directory; if (!o.crl_directory.empty()) r->crl_check = CrlCheck::all;
    r->verify_peer = o.verify != "none"; r->demand_certificate = true;
    r->version_1_2 = o.versions.empty() || o.versions.find("1.2") != std::string::npos;
    r->version_1_3 = o.versions.empty() || o.versions.find("1.3") != std::string::npos;
  }
  s.check_names = o.check_names;
  return s;
}
}
