// Keeps the TLS credentials of a node up to date, and warns before its certificates expire.
#pragma once

#include <memory>

#include "common/net/timer.h"
#include "noderuntime/tls/credentials.h"

namespace noderuntime {

// Owned by Node. Logs what it finds. Loop thread only.
class CredentialWatch {
 public:
  CredentialWatch(net::Loop& loop, std::shared_ptr<tls::Credentials> credentials);

  void reload();  // now, whether the files have changed or not

 private:
  void look();
  void warn_of_expiry();

  std::shared_ptr<tls::Credentials> credentials_;
  net::Timer timer_;
  net::Milliseconds next_expiry_check_{0};
  net::Loop& loop_;
  int warned_at_;  // days before the expiry; the last warning's
};

}  // namespace noderuntime
