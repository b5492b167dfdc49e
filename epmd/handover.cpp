#include "epmd/handover.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "epmd/fd_store.h"
#include "epmd/table_file.h"

namespace noderuntime::epmd {
namespace {
static_assert(handover_signal == SIGUSR2);
constexpr auto variable = "EPMD_HANDOVER";  // process, table, listeners

void block_handover_signal(int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, handover_signal);
  sigprocmask(how, &set, nullptr);
}

void leave_open(const std::vector<int>& descriptors, bool open) {
  for (int descriptor : descriptors) net::set_close_on_exec(descriptor, !open);
}
}  // namespace

// Keeps the path, not the file: it may be replaced by a newer version.
Program::Program(int count, char** arguments) : arguments_{arguments, arguments + count} {
  std::error_code error;
  path_ = std::filesystem::read_symlink("/proc/self/exe", error).string();
}

Error Program::execute_again(const Server& server, std::uint32_t generation) const {
  auto table = TableFile::create(encode_table(server.names(), generation));
  if (!table) return table.error();
  auto descriptors = server.listeners();
  int table_descriptor = table->descriptors().front();
  std::string text = std::to_string(getpid()) + " " + std::to_string(table_descriptor);
  for (int listener : descriptors) text += " " + std::to_string(listener);
  descriptors.push_back(table_descriptor);
  for (const auto& record : server.names().registered()) descriptors.push_back(record.descriptor);

  std::vector<char*> arguments;
  for (const auto& argument : arguments_) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  setenv(variable, text.c_str(), 1);
  leave_open(descriptors, true);
  block_handover_signal(SIG_BLOCK);
  execv(path_.c_str(), arguments.data());
  auto reason = std::string{std::strerror(errno)};
  block_handover_signal(SIG_UNBLOCK);
  leave_open(descriptors, false);
  unsetenv(variable);
  return Error{Errc::system, path_ + ": " + reason};
}

std::optional<Inheritance> inherit_from_image() {
  const char* text = std::getenv(variable);
  if (!text) return std::nullopt;
  std::istringstream words{text};
  unsetenv(variable);
  pid_t process = 0;
  int table = -1;
  if (!(words >> process >> table) || process != getpid()) return std::nullopt;
  Inheritance inheritance;
  inheritance.add_table(net::Descriptor{table});
  inheritance.connections_are_in_table = true;
  if (inheritance.generation > 0) inheritance.stored_tables.push_back(name_of_table(inheritance.generation));
  for (int listener; words >> listener;) {
    net::set_close_on_exec(listener, true);
    inheritance.listeners.emplace_back(listener);
  }
  return inheritance;
}

void allow_handover_signal() { block_handover_signal(SIG_UNBLOCK); }

}  // namespace noderuntime::epmd
