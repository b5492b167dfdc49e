// The names that are registered, and those that were registered before.
//
// Each name has a counter: every registration of a remembered name gets the next value, so that two
// incarnations of a node differ. A name that is not remembered starts from a random value.
// Source: docs/protocol/epmd.md, "Creations".
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/entropy/keyed_hash.h"
#include "common/epmd_protocol/messages.h"

namespace noderuntime::epmd {

using ConnectionId = Strong<struct ConnectionTag, std::uint64_t>;
using Serial = Strong<struct SerialTag, std::uint64_t>;  // of registrations, also across restarts

class Registry {
 public:
  struct Record {
    NodeEntry node;
    Creation counter;
    ConnectionId owner;
    Serial serial;
    int descriptor;          // of the owner's connection
    std::int64_t since = 0;  // when it was registered, in seconds since 1970; 0: not known
  };

  explicit Registry(std::size_t max_remembered) : max_remembered_{max_remembered} {}

  // nullptr: the name is registered already. `fresh` is the counter for a name that is not remembered.
  const Record* add(NodeEntry node, ConnectionId owner, int descriptor, Creation fresh,
                    std::int64_t since = 0);
  // Adds a registration of an earlier run. False: impossible, for instance because the name is registered.
  bool restore(Record record);
  bool remember(NodeEntry node, Creation counter, int descriptor);  // after those remembered already

  // Does nothing unless `owner` has the name: only its own connection can end a registration.
  void remove(std::string_view name, ConnectionId owner);
  const Record* find(std::string_view name) const;
  const Record* owned_by(ConnectionId owner) const;
  void set_descriptor(ConnectionId owner, int descriptor);

  // The lines of NAMES, made once per change, so that slow readers share one text.
  std::shared_ptr<const std::string> names_text();
  std::shared_ptr<const std::string> details_text();  // likewise, of DETAILS, without the nodes' connections

  const std::list<Record>& registered() const { return registered_; }  // the newest first
  const std::list<Record>& remembered() const { return remembered_; }  // the oldest first

 private:
  using Index = std::unordered_map<std::string_view, std::list<Record>::iterator,
                                   keyed_hash::OfText>;  // views of the records' names
  using Owners = std::unordered_map<std::uint64_t, std::list<Record>::iterator>;
  const Record& insert(Record record);
  Creation next_counter(std::string_view name, Creation fresh);
  void keep_remembered(std::list<Record>::iterator record);
  void forget(Index::iterator name);

  std::size_t max_remembered_;
  std::list<Record> registered_;
  std::list<Record> remembered_;
  std::shared_ptr<const std::string> names_text_, details_text_;  // null: not made yet
  Index registered_index_;
  Index remembered_index_;
  Owners owners_;
  std::uint64_t last_serial_ = 0;
};

// The creation for a client with this highest version: 32 bits, or 1 to 3 in the old form.
Creation creation_for(std::uint16_t highest, Creation counter);

Registered described(const Registry::Record& record);  // for DETAILS, without its connection

}  // namespace noderuntime::epmd
