#include "epmd/inheritance.h"

#include "common/program/logging.h"
#include "epmd/fd_store.h"
#include "epmd/table.h"
#include "epmd/table_file.h"

namespace noderuntime::epmd {
namespace {
bool is_connection(int descriptor) { return net::kind_of(descriptor) == net::SocketKind::connected; }

void sort_in(Inheritance& inheritance, net::PassedDescriptor passed) {
  int number = passed.descriptor.get();
  if (passed.name.starts_with(table_name_prefix)) {
    inheritance.stored_tables.push_back(passed.name);
    return inheritance.add_table(std::move(passed.descriptor));
  }
  auto serial = parse_serial(passed.name);
  if (serial && is_connection(number))
    inheritance.connections.emplace(serial->value(), std::move(passed.descriptor));
  else if (net::kind_of(number) == net::SocketKind::listening)
    inheritance.listeners.push_back(std::move(passed.descriptor));
}
}  // namespace

void Inheritance::add_table(net::Descriptor descriptor) {
  auto content = read_table(descriptor.get());
  if (!content) return;
  auto its_generation = generation_of(*content);
  if (!its_generation)
    return program::log_warning("a table of names is not read: " + its_generation.error().message());
  if (table && *its_generation < generation) return;
  table = std::move(content);
  generation = *its_generation;
}

int Inheritance::take_connection(const Registry::Record& record) {
  if (connections_are_in_table) {
    if (!is_connection(record.descriptor)) return -1;
    net::set_close_on_exec(record.descriptor, true);
    return record.descriptor;
  }
  auto found = connections.find(record.serial.value());
  if (found == connections.end()) return -1;
  int descriptor = found->second.release();
  connections.erase(found);
  return descriptor;
}

std::vector<std::string> Inheritance::restore_to(Server& server) {
  if (table) {
    auto whole = server.restore(*table, [this](const auto& record) { return take_connection(record); });
    if (!whole || !*whole)
      program::log_warning("the end of the table of names is damaged: later changes are lost");
  }
  std::vector<std::string> orphans;
  for (auto& [serial, connection] : connections) {
    net::end_connection(connection.get());
    orphans.push_back(name_of(Serial{serial}));
  }
  connections.clear();
  return orphans;
}

Inheritance inherit_from_systemd() {
  Inheritance inheritance;
  for (auto& passed : net::take_passed_descriptors()) sort_in(inheritance, std::move(passed));
  return inheritance;
}

}  // namespace noderuntime::epmd
