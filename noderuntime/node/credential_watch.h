// Keeps the TLS credentials of a node up to date, and warns before its certificates expire.
#pragma once

#include <memory>
#include <optional>

#include "common/net/pool_task.h"
#include "common/net/timer.h"
#include "noderuntime/tls/credentials.h"

namespace noderuntime {

// Owned by Node. Logs what it finds. Loop thread only; a thread of the pool reads the files.
class CredentialWatch {
 public:
  CredentialWatch(net::Loop& loop, std::shared_ptr<tls::Credentials> credentials);

  void reload();  // soon, whether the files have changed or not

 private:
  void look();
  void read(bool only_if_changed);
  void use(tls::Credentials::Files files);
  void on_read(std::optional<tls::Credentials::Files> files);
  void warn_of_expiry();

  std::shared_ptr<tls::Credentials> credentials_;
  net::Timer timer_;
  std::unique_ptr<net::PoolTask> reading_;  // null: nobody reads the files
  bool reload_wanted_ = false;              // while they are read
  net::Milliseconds next_expiry_check_{0};
  net::Loop& loop_;
  int warned_at_;  // days before the expiry; the last warning's
};

}  // namespace noderuntime
