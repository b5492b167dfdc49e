#include "noderuntime/code/requests.h"

#include "noderuntime/process/native_body.h"
#include "noderuntime/term/memory.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

// The process that sends requests. It receives {'DOWN', Request, process, Pid, Reason}, and if the peer does
// not start a process, {spawn_reply, Request, error, Reason}.
class Requests::Asker final : public NativeBody {
 public:
  explicit Asker(Requests& requests) : NativeBody{requests.signals_}, requests_{requests} {}

 private:
  void on_message(Process&, Term message) override {
    bool down = message.is_tuple(5) && message.element(0).is(atoms::DOWN);
    bool refused = message.is_tuple(4) && message.element(0).is(atoms::spawn_reply);
    if ((down || refused) && message.element(1).is_reference())
      requests_.on_end(to_reference(requests_.node_.identity(), message.element(1)),
                       message.element(down ? 4 : 3));
  }
  Requests& requests_;
};

Process* Requests::find_asker() {
  if (Process* found = table_.find(asker_)) return found;
  answered_.clear();  // no process would receive these answers
  Process* process = spawner_.spawn(nullptr, std::make_unique<Asker>(*this), {});
  if (process) asker_ = process->self();
  return process;
}

std::optional<Reference> Requests::call(Atom node, Atom module, Atom function,
                                        std::initializer_list<Term> arguments, Answered answered) {
  static const Atom execute_call = Atom::of("execute_call"), erpc = Atom::of("erpc");
  std::optional<Reference> request;
  auto send = [&] {
    Process* from = find_asker();
    if (!from) return;
    Heap heap;
    Term call = make_list(heap, {node_.make_reference_term(heap), Term::atom(module), Term::atom(function),
                                 make_list(heap, arguments)});
    Term options =
        make_list(heap, {Term::atom(atoms::monitor),
                         make_tuple(heap, {Term::atom(atoms::reply), Term::atom(atoms::error_only)})});
    request = signals_.spawn_request(*from, node, erpc, execute_call, call, options);
    if (request) answered_[*request] = std::move(answered);
  };
  if (!has_memory_for(send)) return std::nullopt;
  return request;
}

std::optional<Term> Requests::value_in(Term reason) {
  bool returned = reason.is_tuple(3) && reason.element(1).is(atoms::return_);
  return returned ? std::optional{reason.element(2)} : std::nullopt;
}

std::optional<Requests::Run> Requests::run(Atom module, Atom function, Term arguments, Atom origin,
                                           Answered answered) {
  Process* from = find_asker();
  if (!from) return std::nullopt;
  SpawnOptions options;
  options.monitor = node_.make_reference();
  options.origin = origin;
  Process* process = spawner_.spawn(from, module, function, arguments, options);
  if (!process) return std::nullopt;
  answered_[*options.monitor] = std::move(answered);
  return Run{*options.monitor, process->self()};
}

void Requests::cancel(const Reference& request) {
  if (answered_.erase(request) == 0) return;
  Process* from = table_.find(asker_);
  if (from && !signals_.demonitor(*from, request, true)) signals_.abandon_spawn_request(*from, request);
}

void Requests::on_end(const Reference& request, Term reason) {
  auto found = answered_.extract(request);
  if (found) found.mapped()(request, reason);
}

}  // namespace noderuntime
