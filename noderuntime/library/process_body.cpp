#include "noderuntime/library/process_body.h"

#include "noderuntime/services/crash_report.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

// Messages of a process to itself: a timeout; a waiting task.
const Atom time_is_over = Atom::of("$noderuntime_timeout"), task_waits = Atom::of("$noderuntime_task");

}  // namespace

void ProcessBody::run_in(LocalNode::State& node, Term pid, std::function<void(Self&)> task) {
  Process* process = node.processes().table().find(pid);
  auto* body = process ? dynamic_cast<ProcessBody*>(process->body()) : nullptr;
  if (!body) return;
  body->awaiting().tasks.push_back(std::move(task));
  node.processes().signals().send_message({}, node.processes().table().pid_of(*process),
                                          OwnedTerm{{}, Term::atom(task_waits)});
  node.schedule();
}

// An exception of a handler ends its process, and only that.
template <class Step>
void ProcessBody::guarded(Process& self, Step step) {
  try {
    step();
  } catch (const HeapLimitExceeded&) { throw; } catch (const std::exception& exception) {
    crash(self, exception.what());
  } catch (...) { crash(self, "an exception of an unknown type"); }
}

void ProcessBody::crash(Process& self, std::string_view what) {
  Term reason =
      make_tuple(self.heap, {Term::atom(Atom::of("native_exception")), make_binary(self.heap, what)});
  report_crash(node_.processes(), self, reason);
  if (code_) self.set_exit(reason);
}

void ProcessBody::on_start(Process& self) {
  if (!code_) return;
  guarded(self, [&] {
    Self context{self, *this};
    code_->on_start(context);
  });
}

void ProcessBody::on_message(Process& self, Term message) {
  guarded(self, [&] {
    Self context{self, *this};
    if (awaiting_ && take(context, message)) return;
    if (code_) code_->on_message(context, message);
  });
}

void ProcessBody::expect(Process& self, const Reference& reference, Milliseconds limit, Finish finish) {
  Timers::Id timer = 0;
  if (limit != no_limit) {
    auto now = node_.processes().host().monotonic_milliseconds();
    timer = node_.processes().timers().start(
        now + limit.count() + 1,
        [&processes = node_.processes(), pid = node_.processes().table().pid_of(self), reference] {
          Heap heap;
          Term message =
              make_tuple(heap, {Term::atom(time_is_over), make_reference(heap, processes.self(), reference)});
          processes.signals().send_message({}, pid, OwnedTerm{std::move(heap), message});
        });
  }
  awaiting().ends.insert_or_assign(reference, Pending{std::move(finish), timer});
}

ProcessBody::Awaiting& ProcessBody::awaiting() {
  if (!awaiting_) awaiting_ = std::make_unique<Awaiting>();
  return *awaiting_;
}

// True: the message was a task or an End, and was handled.
bool ProcessBody::take(Self& self, Term message) {
  if (auto& tasks = awaiting_->tasks; message.is(task_waits) && !tasks.empty()) {
    auto task = std::move(tasks.front());
    tasks.pop_front();
    task(self);
    return true;
  }
  if (awaiting_->ends.empty()) return false;
  if (message.is_tuple(5) && message.element(0).is(atoms::DOWN))
    return end(self, message.element(1), End::down, message.element(4));
  if (message.is_tuple(4) && message.element(0).is(atoms::spawn_reply)) {
    bool started = message.element(2).is(atoms::ok);
    return end(self, message.element(1), started ? End::spawned : End::refused, message.element(3));
  }
  if (!message.is_tuple(2)) return false;
  Term tag = message.element(0);
  if (tag.is_cons() && tag.head().is(atoms::alias))
    return end(self, tag.tail(), End::reply, message.element(1));
  if (tag.is(time_is_over))
    return end(self, message.element(1), End::timeout, Term::atom(atoms::timeout)), true;
  return false;
}

bool ProcessBody::end(Self& self, Term term, End how, Term what) {
  if (!term.is_reference()) return false;
  auto found = awaiting_->ends.extract(to_reference(node_.processes().self(), term));
  if (!found) return false;
  auto pending = std::move(found.mapped());
  if (pending.timer != 0) node_.processes().timers().stop(pending.timer);
  pending.finish(self, how, what);
  return true;
}

}  // namespace noderuntime
