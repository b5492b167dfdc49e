#include "noderuntime/services/user.h"

#include "noderuntime/term/bits.h"

namespace noderuntime {

namespace {

Term failure(Heap& heap, const char* why) {
  return make_tuple(heap, {Term::atom(atoms::error), Term::atom(Atom::of(why))});
}

std::size_t bytes_of(const OwnedTerm& message) {
  return message.heap().used_words() * sizeof(Word) + message.heap().off_heap_bytes();
}

// False for requests that must be converted first: {put_chars, ...} with anything but a binary.
bool is_simple(Term request) {
  static const Atom put_chars = Atom::of("put_chars"), requests = Atom::of("requests");
  if (gen::is_record(request, requests, 2)) {
    Term all = request.element(1);
    for (; all.is_cons(); all = all.tail())
      if (!is_simple(all.head())) return false;
    return true;
  }
  bool prints = request.is_tuple() && request.arity() > 0 && request.element(0).is(put_chars);
  return !prints || (request.arity() == 3 && request.element(1).is(Atom::of("unicode")) &&
                     request.element(2).is_bitstring());
}

}  // namespace

Term User::console_drained() { return Term::atom(Atom::of("$console_drained")); }

void User::visit(const std::function<void(Term)>& visit) {
  for (auto& message : waiting_) visit(message.term());
}

void User::on_message(Process& self, Term message) {
  static const Atom io_request = Atom::of("io_request");
  if (message == console_drained()) return serve_waiting(self);
  if (!gen::is_record(message, io_request, 4) || !message.element(1).is_pid()) return;
  if (waiting_.empty() && !system_.console_is_full())
    serve(self, message);
  else
    keep(self, message);
}

void User::serve(Process& self, Term message) {
  if (!is_simple(message.element(3))) return compute(self, message);
  reply(self, message, answer(self, message.element(3)).reply);
}

// The text that fills the console is accepted and answered, as by OTP's port; the next request waits.
void User::serve_waiting(Process& self) {
  while (!waiting_.empty() && !system_.console_is_full()) {
    OwnedTerm next = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= bytes_of(next);
    serve(self, next.term());
  }
}

void User::keep(Process& self, Term message) {
  OwnedTerm kept = OwnedTerm::copy_of(message);
  auto size = bytes_of(kept);
  if (waiting_bytes_ + size > bytes_waiting) return reply(self, message, failure(self.heap, "terminated"));
  waiting_bytes_ += size;
  waiting_.push_back(std::move(kept));
}

void User::reply(Process& self, Term message, Term answer) {
  static const Atom io_reply = Atom::of("io_reply");
  send(self, message.element(1), make_tuple(self.heap, {Term::atom(io_reply), message.element(2), answer}));
}

User::Answer User::answer(Process& self, Term request) {
  static const Atom put_chars = Atom::of("put_chars"), setopts = Atom::of("setopts"),
                    getopts = Atom::of("getopts"), requests = Atom::of("requests"),
                    get_geometry = Atom::of("get_geometry"), eof = Atom::of("eof");
  auto& heap = self.heap;
  if (request.is(getopts)) {
    Term binary = make_tuple(heap, {Term::atom(Atom::of("binary")), Term::boolean(false)});
    Term encoding = make_tuple(heap, {Term::atom(Atom::of("encoding")), Term::atom(Atom::of("unicode"))});
    return {make_list(heap, {binary, encoding})};
  }
  if (gen::is_record(request, requests, 2)) return answer_all(self, request.element(1));
  if (gen::is_record(request, put_chars, 3)) return print(self, request.element(2));
  if (gen::is_record(request, setopts, 2)) return {Term::atom(atoms::ok)};
  if (gen::is_record(request, get_geometry, 2)) return {failure(heap, "enotsup"), true};
  if (request.is_tuple() && request.arity() > 1 && request.element(0).is_atom()) {
    auto what = request.element(0).as_atom().text();
    if (what == "get_line" || what == "get_chars" || what == "get_until" || what == "get_password")
      return {Term::atom(eof)};
  }
  return {failure(heap, "request"), true};
}

// Stops at the first request that fails; returns the last answer.
User::Answer User::answer_all(Process& self, Term requests) {
  Answer last{Term::atom(atoms::ok)};
  for (; requests.is_cons() && !last.failed; requests = requests.tail()) last = answer(self, requests.head());
  return last;
}

User::Answer User::print(Process& self, Term text) {
  BitView view = bits_of(text);
  std::vector<std::uint8_t> bytes(view.bit_size / 8);  // a slice may begin inside a byte
  bits::copy_to_front(view.data, view.bit_offset, bytes.data(), bytes.size() * 8);
  std::string_view characters{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  if (!system_.print(characters)) return {failure(self.heap, "terminated"), true};
  return {Term::atom(atoms::ok)};
}

void User::compute(Process& self, Term message) {
  SpawnOptions options;
  Pid from = to_pid(node_.identity(), message.element(1));
  Process* here = table_.find(message.element(1));
  options.origin = here ? here->origin : from.node.name;
  Term arguments = make_list(self.heap, {message.element(1), message.element(2), message.element(3)});
  spawner_.spawn(&self, atoms::user, Atom::of("compute"), arguments, options);
}

void StandardError::on_message(Process& self, Term message) {
  static const Atom io_request = Atom::of("io_request");
  if (gen::is_record(message, io_request, 4)) send(self, Term::atom(atoms::user), message);
}

}  // namespace noderuntime
