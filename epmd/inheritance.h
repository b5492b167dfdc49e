// What an earlier run of the daemon left to this one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/net/systemd.h"
#include "epmd/server.h"

namespace noderuntime::epmd {

struct Inheritance {
  std::vector<net::Descriptor> listeners;
  std::optional<Buffer> table;  // the newest
  std::uint32_t generation = 0;
  bool connections_are_in_table = false;                 // by the descriptors of this process
  std::map<std::uint64_t, net::Descriptor> connections;  // otherwise: by serial
  std::vector<std::string> stored_tables;                // as the service manager knows them

  void add_table(net::Descriptor descriptor);
  // Restores the registrations. Returns the names of stored connections that belong to no registration.
  std::vector<std::string> restore_to(Server& server);

 private:
  int take_connection(const Registry::Record& record);
};

// The sockets to listen on and the contents of the descriptor store.
Inheritance inherit_from_systemd();

}  // namespace noderuntime::epmd
