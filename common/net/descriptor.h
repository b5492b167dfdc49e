// A file descriptor and its only owner.
#pragma once

#include <utility>

namespace noderuntime::net {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_{number} {}
  Descriptor(Descriptor&& other) noexcept : number_{other.release()} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void reset(int number = -1);  // closes the previous one

 private:
  int number_ = -1;
};

// Opens those of the descriptors 0 to 2 that the program was started without, as /dev/null. Otherwise a
// socket could get such a number, and output and log lines would be written to it. Call it first in main().
void open_standard_descriptors();

// Sets whether the descriptor is closed when another program is executed.
void set_close_on_exec(int descriptor, bool on);

}  // namespace noderuntime::net
