// Writes the elements of a control tuple, one after the other.
#pragma once

#include <variant>

#include "noderuntime/external_format/encode.h"
#include "noderuntime/process/signal.h"

namespace noderuntime::distribution {

// Appends to `out`. The objects in the options must outlive the writer.
class ControlWriter {
 public:
  ControlWriter(Segments& out, const EncodeOptions& options);

  void tuple(std::size_t arity);  // at most 255; the elements follow
  void write(const Pid& value);
  void write(Atom value);
  void write(const Reference& value);
  void write(const std::variant<Pid, Atom>& value);
  void write(std::uint64_t value);
  void write(std::uint32_t value) { write(std::uint64_t{value}); }
  void write(std::uint8_t value) { write(std::uint64_t{value}); }
  void write(Term value);

  // Whether everything was written. Errors: the encoder's.
  const Outcome& outcome() const { return outcome_; }

 private:
  Segments& out_;
  EncodeOptions options_;
  Outcome outcome_ = done;
};

}  // namespace noderuntime::distribution
