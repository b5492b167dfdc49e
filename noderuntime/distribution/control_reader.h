// The elements of a control tuple, one after the other, out of the bytes of a message.
#pragma once

#include <optional>
#include <variant>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/process/signal.h"

namespace noderuntime::distribution {

// Usual encodings of identifiers and atoms are read where they lie; whatever else stands there is decoded
// onto the heap first. `message` and what the options refer to live as long as the reader.
class ControlReader {
 public:
  ControlReader(Heap& heap, Bytes message, const DecodeOptions& options)
      : heap_{heap}, in_{message}, options_{options} {}

  // The number of elements. Errors: bad_control (no tuple), bad_term, too_many_atoms.
  Result<std::size_t> start();

  // The next element; false: it is something else, or no term at all (see error()).
  // The pid's owner is not looked at.
  bool read(Pid& value);
  bool read(Atom& value);
  bool read(Reference& value);
  bool read(std::variant<Pid, Atom>& value);
  bool read(std::uint64_t& value);
  bool read(std::uint32_t& value);
  bool read(std::uint8_t& value);
  bool read(Term& value);  // on the heap
  bool skip();

  const std::optional<Error>& error() const { return error_; }
  Bytes rest() const { return in_; }  // behind what was read

 private:
  std::optional<Term> next_term();
  std::optional<Atom> atom_at(std::size_t offset, std::size_t& size) const;
  std::uint32_t number_at(std::size_t offset) const;

  Heap& heap_;
  Bytes in_;
  const DecodeOptions& options_;
  std::optional<Error> error_;
  Term tuple_;  // when it did not start as usual: decoded as a whole
  std::size_t next_ = 0;
};

}  // namespace noderuntime::distribution
