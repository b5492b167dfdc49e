// Standard input and standard output of the verb `shell`: a terminal, or anything else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/descriptor_set.h"
#include "common/net/output.h"
#include "common/net/signals.h"

namespace noderuntime::command {

// Runs on the loop thread. If both are a terminal, it takes keys one by one from its construction to its destruction;
// the modes of the terminal are restored then, and also when the program exits or gets a signal that ends it. Never
// changes flags of the descriptors, which are shared with other programs.
class Terminal {
 public:
  struct Events {
    std::function<void(std::string_view bytes)> input;
    std::function<void()> end;      // of the input, once; a terminal was closed
    std::function<void()> room;     // full() is false again
    std::function<void()> resized;  // or other programs wrote on it: draw again
  };
  struct Size {
    unsigned columns = 0, rows = 0;  // 0: unknown
  };
  static constexpr std::size_t most_unwritten = 64 << 10;  // bytes

  Terminal(net::Loop& loop, bool may_be_interactive, Events events);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool interactive() const { return interactive_; }
  // Whether input is wanted now; a terminal is always read.
  void want_input(bool wanted);
  void write(std::string bytes);
  bool full() const { return output_.full(); }
  bool reader_is_gone() const { return gone_; }  // of the output
  Size size() const;

 private:
  void start_reading();
  void read_some();
  void take_keys();

  net::Loop& loop_;
  Events events_;
  bool interactive_, can_be_watched_ = true, wanted_ = false, watching_ = false, at_end_ = false,
                     gone_ = false;
  net::Output output_;
  net::DescriptorSet input_;
  std::optional<net::Signals> signals_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for calls that come later
};

// The columns that the character takes on a terminal, by the C library's tables; negative: it is not printed.
int columns_of_character(char32_t character);

}  // namespace noderuntime::command
