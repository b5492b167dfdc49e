// A new process image in the same process, with all names: the table, the listening sockets and the
// connections of registered nodes stay open while the program is executed again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "epmd/inheritance.h"

namespace noderuntime::epmd {

class Program {  // how this one was called
 public:
  Program(int count, char** arguments);
  // Returns only when it fails, and then all is as before.
  // `generation` is that of the table that the service manager has.
  Error execute_again(const Server& server, std::uint32_t generation) const;

 private:
  std::string path_;
  std::vector<std::string> arguments_;
};

// What the image before this one has left; nullopt: there was none.
std::optional<Inheritance> inherit_from_image();

// A second signal must not end the process while the new image comes up: it is blocked by execute_again().
void allow_handover_signal();
inline constexpr int handover_signal = 12;  // SIGUSR2

}  // namespace noderuntime::epmd
