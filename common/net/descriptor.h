// A descriptor of the operating system and its one owner.
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
  void reset(int number = -1);  // closes the old one

 private:
  int number_ = -1;
};

// Opens those of the standard descriptors 0 to 2 that the program was started without, at
// /dev/null: otherwise a socket could get such a number, and what is printed or logged would
// be written to it. First in main().
void open_standard_descriptors();

// Whether a descriptor is closed when another program is executed.
void set_close_on_exec(int descriptor, bool on);

}  // namespace noderuntime::net
