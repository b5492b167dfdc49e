// The messages of OTP's gen behaviours: calls, casts, replies.
// Source: gen.erl; docs/protocol/distribution.md, "Calls of gen_server and its like" (the tag of `$gen_call`
// is an alias, a pair or a reference).
#pragma once

#include <initializer_list>
#include <optional>

#include "noderuntime/process/native_body.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::gen {

struct Call {
  Term from, tag, request;
};

// {'$gen_call', {From, Tag}, Request}
inline std::optional<Call> as_call(Term message) {
  if (!message.is_tuple(3) || !message.element(0).is(atoms::gen_call) || !message.element(1).is_tuple(2))
    return std::nullopt;
  Term from = message.element(1);
  if (!from.element(0).is_pid()) return std::nullopt;
  return Call{from.element(0), from.element(1), message.element(2)};
}

// {'$gen_cast', Request}
inline std::optional<Term> as_cast(Term message) {
  if (!message.is_tuple(2) || !message.element(0).is(atoms::gen_cast)) return std::nullopt;
  return message.element(1);
}

// Whether it is the tuple {Name, ...} of `size` elements.
inline bool is_record(Term term, Atom name, std::size_t size) {
  return term.is_tuple(size) && term.element(0).is(name);
}

// The target of a reply: the alias in [alias|Ref] or [[alias|Ref]|_], else the caller.
inline Term reply_target(const Call& call) {
  Term tag = call.tag;
  if (tag.is_cons() && tag.head().is_cons()) tag = tag.head();
  bool alias = tag.is_cons() && tag.head().is(atoms::alias) && tag.tail().is_reference();
  return alias ? tag.tail() : call.from;
}

inline Term reply_message(Heap& heap, const Call& call, Term reply) {
  return make_tuple(heap, {call.tag, reply});
}
inline Term cast_message(Heap& heap, Term request) {
  return make_tuple(heap, {Term::atom(atoms::gen_cast), request});
}
inline Term name_at(Heap& heap, Atom name, Atom node) {
  return make_tuple(heap, {Term::atom(name), Term::atom(node)});
}

}  // namespace noderuntime::gen
