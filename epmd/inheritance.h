// What an earlier run of the daemon has left to this one.
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
  bool connections_are_in_table = false;                 // their descriptors, as they are in this process
  std::map<std::uint64_t, net::Descriptor> connections;  // else: by serial
  std::vector<std::string> stored_tables;                // their names at the service manager

  void add_table(net::Descriptor descriptor);
  // Restores the registrations; gives the names of stored connections that belong to none.
  std::vector<std::string> restore_to(Server& server);

 private:
  int take_connection(const Registry::Record& record);
};

// Sockets to listen on, and what was in the store of descriptors.
Inheritance inherit_from_systemd();

}  // namespace noderuntime::epmd
