// Stores the registrations at the service manager, so that they outlive this process: the connections of
// registered nodes, under their serials, in its descriptor store, and the table beside them.
//
//     began    table: begin    FDSTORE=1 FDNAME=serial with the connection
//     ended    table: end      FDSTOREREMOVE=1 FDNAME=serial
//
// When most of the table is history, the new table is stored, then the old one removed.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/systemd.h"
#include "common/net/timer.h"
#include "epmd/table.h"
#include "epmd/table_file.h"

namespace noderuntime::epmd {

// The prefix of tables' names in the store; no serial begins with it.
inline constexpr std::string_view table_name_prefix = "names-";
std::string name_of_table(std::uint32_t generation);

class FdStore {
 public:
  FdStore(net::Loop& loop, const net::ServiceManager& manager, const Registry& registry,
          std::uint32_t generation);

  void began(const Registry::Record& record);
  void ended(const Registry::Record& record);
  void forget(const std::string& name);  // an entry that an earlier run stored
  void forget_all();                     // when the daemon ends for good
  std::uint32_t generation() const { return generation_; }

 private:
  struct Waiting {
    std::string state;
    int descriptor;
    std::optional<Serial> stores;
  };
  std::string name_of_table() const;
  void replace_table();
  void append_to_table(const Buffer& record);
  void send(std::string state, int descriptor = -1, std::optional<Serial> stores = {});
  void send_waiting();
  bool drop_waiting(Serial serial);

  const net::ServiceManager& manager_;
  const Registry& registry_;
  std::uint32_t generation_;
  std::optional<TableFile> table_;
  std::size_t table_size_ = 0;
  std::size_t size_when_new_ = 0;
  bool full_ = false;  // logged already
  std::deque<Waiting> waiting_;
  net::Timer retry_;
};

}  // namespace noderuntime::epmd
