// Replaces the process image and keeps all names: the table, the listening sockets and the connections of
// registered nodes stay open while the program is executed again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "epmd/inheritance.h"

namespace noderuntime::epmd {

class Program {  // how this program was called
 public:
  Program(int count, char** arguments);
  // Returns only if it fails; nothing has changed then. `generation` is that of the table
  // at the service manager.
  Error execute_again(const Server& server, std::uint32_t generation) const;

 private:
  std::string path_;
  std::vector<std::string> arguments_;
};

// What the previous image left; nullopt: there was none.
std::optional<Inheritance> inherit_from_image();

// Unblocks the signal. execute_again() blocks it, so that a second one does not end the process
// while the new image starts.
void allow_handover_signal();
inline constexpr int handover_signal = 12;  // SIGUSR2

}  // namespace noderuntime::epmd
