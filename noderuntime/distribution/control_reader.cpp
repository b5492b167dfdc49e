#include "noderuntime/distribution/control_reader.h"

#include <algorithm>

#include "common/wire/endian.h"
#include "noderuntime/external_format/tags.h"

namespace noderuntime::distribution {

namespace {

// A tag, the node (at least 2 bytes), then fields of this size.
constexpr std::size_t pid_fields = 12, reference_head = 3, creation_size = 4;

}  // namespace

Result<std::size_t> ControlReader::start() {
  if (in_.size() >= 2 && in_[0] == tag::small_tuple) {
    std::size_t arity = in_[1];
    in_ = in_.subspan(2);
    return arity;
  }
  decoded_ = true;
  auto decoded = decode(heap_, in_, options_);
  if (!decoded) return decoded.error();
  in_ = in_.subspan(decoded->consumed);
  if (!decoded->term.is_tuple()) return Error{Errc::bad_control, "no control tuple"};
  tuple_ = decoded->term;
  return tuple_.arity();
}

std::optional<Term> ControlReader::next_term() {
  if (tuple_.is_tuple()) return tuple_.element(next_++);
  decoded_ = true;
  auto decoded = decode(heap_, in_, options_);
  if (!decoded) {
    error_ = decoded.error();
    return std::nullopt;
  }
  in_ = in_.subspan(decoded->consumed);
  return decoded->term;
}

// A cached or short atom that is known already, with its size in bytes; nullopt: anything else.
std::optional<Atom> ControlReader::atom_at(std::size_t offset, std::size_t& size) {
  if (in_.size() < offset + 2) return std::nullopt;
  if (in_[offset] == tag::atom_cache_reference && in_[offset + 1] < options_.cached_atoms.size()) {
    size = 2;
    atoms_read_ = std::max<std::size_t>(atoms_read_, in_[offset + 1] + 1u);
    return options_.cached_atoms[in_[offset + 1]];
  }
  if (in_[offset] != tag::small_atom_utf8) return std::nullopt;
  size = std::size_t{2} + in_[offset + 1];
  if (in_.size() < offset + size) return std::nullopt;
  return Atom::find(as_text(in_.subspan(offset + 2, size - 2)));
}

std::uint32_t ControlReader::number_at(std::size_t offset) const {
  return load_big_endian<std::uint32_t>(in_.data() + offset);
}

bool ControlReader::read(Pid& value) {
  std::size_t size = 0;
  if (!in_.empty() && in_[0] == tag::new_pid && !tuple_.is_tuple())
    if (auto node = atom_at(1, size); node && in_.size() >= 1 + size + pid_fields) {
      std::size_t at = 1 + size;
      value.node = {*node, Creation{number_at(at + 8)}};
      value.id = number_at(at), value.serial = number_at(at + 4);
      in_ = in_.subspan(at + pid_fields);
      return true;
    }
  auto term = next_term();
  if (!term || !term->is_pid()) return false;
  value = to_pid(options_.self, *term);
  return true;
}

bool ControlReader::read(Atom& value) {
  std::size_t size = 0;
  if (!tuple_.is_tuple())
    if (auto atom = atom_at(0, size)) {
      value = *atom;
      in_ = in_.subspan(size);
      return true;
    }
  auto term = next_term();
  if (!term || !term->is_atom()) return false;
  value = term->as_atom();
  return true;
}

bool ControlReader::read(Reference& value) {
  std::size_t size = 0;
  if (in_.size() > reference_head && in_[0] == tag::newer_reference && !tuple_.is_tuple()) {
    std::size_t count = std::size_t{in_[1]} << 8 | in_[2];
    auto node = atom_at(reference_head, size);
    std::size_t at = reference_head + size;
    if (node && count >= 1 && count <= Reference::max_words && in_.size() >= at + creation_size + 4 * count) {
      value.node = {*node, Creation{number_at(at)}};
      value.count = static_cast<std::uint8_t>(count);
      for (std::size_t i = 0; i < count; ++i) value.words[i] = number_at(at + creation_size + 4 * i);
      in_ = in_.subspan(at + creation_size + 4 * count);
      return true;
    }
  }
  auto term = next_term();
  if (!term || !term->is_reference()) return false;
  value = to_reference(options_.self, *term);
  return true;
}

bool ControlReader::read(std::variant<Pid, Atom>& value) {
  auto term = next_term();
  if (!term) return false;
  if (term->is_atom()) return value = term->as_atom(), true;
  if (term->is_pid()) return value = to_pid(options_.self, *term), true;
  return false;
}

bool ControlReader::read(std::uint64_t& value) {
  auto term = next_term();
  auto number = term ? to_uint64(*term) : std::nullopt;
  if (!number) return false;
  value = *number;
  return true;
}

bool ControlReader::read(std::uint32_t& value) {
  if (in_.size() >= 2 && in_[0] == tag::small_integer && !tuple_.is_tuple()) {
    value = in_[1];
    in_ = in_.subspan(2);
    return true;
  }
  auto term = next_term();
  auto number = term ? to_uint64(*term) : std::nullopt;
  if (!number || *number > 0xFFFFFFFF) return false;
  value = static_cast<std::uint32_t>(*number);
  return true;
}

bool ControlReader::read(std::uint8_t& value) {
  std::uint32_t number;
  if (!read(number) || number > 0xFF) return false;
  value = static_cast<std::uint8_t>(number);
  return true;
}

bool ControlReader::read(Term& value) {
  auto term = next_term();
  if (term) value = *term;
  return term.has_value();
}

bool ControlReader::skip() {
  std::size_t size = 0;
  if (!tuple_.is_tuple() && atom_at(0, size)) {
    in_ = in_.subspan(size);
    return true;
  }
  Term ignored;
  return read(ignored);
}

}  // namespace noderuntime::distribution
