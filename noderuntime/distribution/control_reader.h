// Reads the elements of a control tuple, one after the other, from the bytes of a message.
#pragma once

#include <optional>
#include <variant>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/process/signal.h"

namespace noderuntime::distribution {

// Reads the usual encodings of identifiers and atoms in place; decodes everything else onto the heap first.
// `message` and the objects in the options must outlive the reader.
class ControlReader {
 public:
  ControlReader(Heap& heap, Bytes message, const DecodeOptions& options)
      : heap_{heap}, in_{message}, options_{options} {}

  // Starts the tuple and returns the number of its elements. Errors: bad_control (not a
  // tuple), bad_term, too_many_atoms.
  Result<std::size_t> start();

  // Reads the next element. False: it has another type, or is malformed (see error()). The node of
  // a pid is not checked.
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
  // How many of the first cached atoms contain all that were read; nullopt: unknown, something was decoded as a term.
  std::optional<std::size_t> cached_atoms_read() const {
    return decoded_ ? std::nullopt : std::optional{atoms_read_};
  }
  Bytes rest() const { return in_; }  // the bytes behind the last element read

 private:
  std::optional<Term> next_term();
  std::optional<Atom> atom_at(std::size_t offset, std::size_t& size);
  std::uint32_t number_at(std::size_t offset) const;

  Heap& heap_;
  Bytes in_;
  const DecodeOptions& options_;
  std::optional<Error> error_;
  Term tuple_;  // if its start is unusual: the tuple, decoded as a whole
  std::size_t next_ = 0;
  std::size_t atoms_read_ = 0;
  bool decoded_ = false;
};

}  // namespace noderuntime::distribution
