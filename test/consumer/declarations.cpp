// Takes the address of every function that the installed headers declare for users, so that a function
// without a body is an error of the linker. `declarations.py` reports the functions that this file lacks.
#include <noderuntime/atom.h>
#include <noderuntime/bytes.h>
#include <noderuntime/event_loop.h>
#include <noderuntime/function.h>
#include <noderuntime/gen_server.h>
#include <noderuntime/local_node.h>
#include <noderuntime/native_process.h>
#include <noderuntime/node_name.h>
#include <noderuntime/node_options.h>
#include <noderuntime/pid.h>
#include <noderuntime/result.h>
#include <noderuntime/strong.h>
#include <noderuntime/term.h>
#include <noderuntime/terms.h>

#include <cstdio>

using namespace noderuntime;

namespace {

int linked = 0;
// `volatile` keeps the compiler from removing addresses that are not used.
template <class... Function>
void use(Function... function) {
  ([](Function volatile one) { linked += one != nullptr; }(function), ...);
}
// Selects one overload of a member function: the template argument is its type.
template <class Type>
Type chosen(Type member) {
  return member;
}

struct Nothing final : GenServer {
  void on_call(Self&, Term, Term) override {}
};

void vocabulary() {
  use(&as_bytes, &as_text, &append, &error_text, &error_name, &Error::message, &NodeName::parse,
      &NodeName::full, &NodeName::name, &NodeName::host, &Port::value);
  using Number = Result<int>;
  use(&Number::ok, &Number::operator bool, chosen<int& (Number::*)()&>(&Number::value),
      chosen<const int& (Number::*)() const&>(&Number::value),
      chosen<int && (Number::*)() &&>(&Number::value), &Number::error);
  use(&Atom::intern, &Atom::existing, &Atom::find, &Atom::of, &Atom::text);
  use(&set_atom_limit, &atom_limit, &atom_count);
  use(&std::hash<Atom>::operator(), &std::hash<Pid>::operator(), &std::hash<Reference>::operator());
}

void terms() {
  use(&Term::nil, &Term::atom, &Term::boolean, &Term::small, &Term::fits_small, &Term::is_nil, &Term::is_cons,
      &Term::is_list, &Term::is_atom, &Term::is, &Term::is_small, &Term::is_integer, &Term::is_float,
      &Term::is_number, chosen<bool (Term::*)() const>(&Term::is_tuple),
      chosen<bool (Term::*)(std::size_t) const>(&Term::is_tuple), &Term::is_map, &Term::is_bitstring,
      &Term::is_local_pid, &Term::is_pid, &Term::is_port, &Term::is_reference, &Term::is_fun, &Term::as_atom,
      &Term::as_small, &Term::head, &Term::tail, &Term::arity, &Term::element);
  use(&print, &same, &compare_terms, &Value::of, &Value::parse, &Value::term);
  use(&Terms::of<int>, chosen<Term (Terms::*)(const char*)>(&Terms::of), &Terms::tuple<int, Atom>,
      &Terms::list<int, Atom>, &Terms::map<std::pair<int, Atom>>, &Terms::tuple_of, &Terms::list_of,
      &Terms::map_of, &Terms::cons, &Terms::integer, &Terms::unsigned_integer, &Terms::big_integer,
      &Terms::floating, chosen<Term (Terms::*)(Bytes)>(&Terms::binary),
      chosen<Term (Terms::*)(std::string_view)>(&Terms::binary), &Terms::string, &Terms::pid,
      &Terms::reference, &Terms::fun, &Terms::copy, &Terms::parse, &Terms::matches<Atom, int>,
      &Terms::elements, &Terms::get, &Terms::entries, &Terms::put, &Terms::without, &Terms::digits,
      &Terms::node_identity, &Terms::heap);
  use(&Terms::as<bool>, &Terms::as<std::int64_t>, &Terms::as<std::uint32_t>, &Terms::as<double>,
      &Terms::as<Atom>, &Terms::as<Term>, &Terms::as<Value>, &Terms::as<Pid>, &Terms::as<Reference>,
      &Terms::as<std::string>, &Terms::as<std::string_view>, &Terms::as<Bytes>, &Terms::as<std::vector<int>>,
      &Terms::as<std::pair<int, Atom>>, &Terms::as<std::tuple<int, Atom, Pid>>,
      &Terms::as<std::map<int, Atom>>);
}

void processes() {
  use(&NativeProcess::on_start, &NativeProcess::on_message, &CallResult::ok, &GenServer::on_call,
      &GenServer::on_cast, &GenServer::on_info, &GenServer::state, &GenServer::on_terminate,
      &GenServer::reply<Atom>);
  use(chosen<Term (Self::*)() const>(&Self::pid), &Self::node, &Self::send<Pid, Atom>,
      &Self::send_priority<Reference, Atom>, &Self::send_after<Atom, int>, &Self::cancel,
      chosen<void (Self::*)(const Atom&)>(&Self::exit<Atom>),
      chosen<void (Self::*)(const Pid&, const Atom&)>(&Self::exit<Pid, Atom>), &Self::trap_exit,
      &Self::set_group_leader, &Self::spawn, &Self::link, &Self::unlink, &Self::monitor<Pid>,
      &Self::demonitor, &Self::alias, &Self::priority_alias, &Self::unalias,
      chosen<bool (Self::*)(Atom, const Pid&)>(&Self::register_name),
      chosen<bool (Self::*)(Atom)>(&Self::register_name), &Self::unregister_name, &Self::whereis, &Self::call,
      &Self::cast, &Self::multicall, &Self::ping, &Self::gen_call<Atom, int>, &Self::gen_cast<Atom, int>,
      &Self::spawn_on);
  use(&Returned::error, &Returned::exit, &Returned::throw_, &Returned::term, &Returned::kind,
      &Answer::operator(), &Call::caller, &Call::later, &Call::error<Atom>, &Call::exit<Atom>,
      &Call::throw_<Atom>, &Call::badarg, &Call::function_clause);
}

void nodes() {
  use(&EventLoop::run, &EventLoop::stop, &EventLoop::run_until, &EventLoop::poll_before_sleep,
      &EventLoop::descriptor, &EventLoop::timeout, &EventLoop::run_ready, &EventLoop::post, &EventLoop::after,
      &EventLoop::on_signals, &EventLoop::log_level, &EventLoop::keep_freed_memory, &set_memory_limit);
  using Expose = void (LocalNode::*)(std::string_view, std::string_view, std::uint32_t, Function);
  using Code = int (*)(int);
  using Created = Result<std::unique_ptr<LocalNode>>;
  use(chosen<Created (*)(EventLoop&, const NodeOptions&, LocalNode::Events)>(&LocalNode::create),
      chosen<Created (*)(EventLoop&, const NodeOptions&)>(&LocalNode::create), &LocalNode::stop,
      &LocalNode::wait_until_up, &LocalNode::is_up, &LocalNode::identity, &LocalNode::name, &LocalNode::port,
      &LocalNode::loop, chosen<Expose>(&LocalNode::expose), &LocalNode::expose<Code>,
      chosen<Pid (LocalNode::*)(std::unique_ptr<NativeProcess>, const ProcessOptions&)>(&LocalNode::spawn),
      chosen<Pid (LocalNode::*)(std::function<void(Self&, Term)>, const ProcessOptions&)>(&LocalNode::spawn),
      &LocalNode::whereis, &LocalNode::act, &LocalNode::connect, &LocalNode::set_address,
      &LocalNode::call_and_wait, &LocalNode::ping_and_wait);
  NodeOptions options;
  for_each_row(options, [](const auto& row, auto& value) { linked += row.allows(value); });
}

}  // namespace

int main() {
  vocabulary();
  terms();
  processes();
  nodes();
  [[maybe_unused]] Nothing nothing;
  EventLoop loop;
  std::printf("ok    %d declared functions are there\n", linked);
}
