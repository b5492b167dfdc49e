#include "noderuntime/process/signal_text.h"

#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

class Writer {
 public:
  explicit Writer(std::size_t term_limit) : options_{.strings = true, .unicode = true, .limit = term_limit} {}

  std::string operator()(const signal::Message& it) const {
    return (it.priority ? "priority message" : "message") + to(it.to) + from(it.from) + ": " +
           text(it.message);
  }
  std::string operator()(const signal::Link& it) const { return "link" + to(it.to) + from(it.from); }
  std::string operator()(const signal::Unlink& it) const {
    return "unlink " + std::to_string(it.id) + to(it.to) + from(it.from);
  }
  std::string operator()(const signal::UnlinkAck& it) const {
    return "unlink-ack " + std::to_string(it.id) + to(it.to) + from(it.from);
  }
  std::string operator()(const signal::Exit& it) const {
    return "exit of a link" + to(it.to) + from(it.from) + ": " + text(it.reason);
  }
  std::string operator()(const signal::Exit2& it) const {
    return (it.priority ? "priority exit" : "exit") + to(it.to) + from(it.from) + ": " + text(it.reason);
  }
  std::string operator()(const signal::Monitor& it) const {
    return "monitor " + text(it.reference) + to(it.to) + from(it.from);
  }
  std::string operator()(const signal::Demonitor& it) const {
    return "demonitor " + text(it.reference) + to(it.to) + from(it.from);
  }
  std::string operator()(const signal::Down& it) const {
    return "down " + text(it.reference) + to(it.to) + " from " + text(it.from) + ": " + text(it.reason);
  }
  std::string operator()(const signal::GroupLeader& it) const {
    return "group leader " + text(it.leader) + to(it.to);
  }
  std::string operator()(const signal::SpawnRequest& it) const {
    return "spawn request " + text(it.request) + from(it.from) + ": " + atom_to_text(it.module) + ':' +
           atom_to_text(it.function) + '/' + std::to_string(it.arity) + ' ' + text(it.arguments) +
           " options " + text(it.options);
  }
  std::string operator()(const signal::SpawnReply& it) const {
    auto* pid = std::get_if<Pid>(&it.result);
    return "spawn reply " + text(it.request) + to(it.to) + ": " +
           (pid ? text(*pid) : atom_to_text(std::get<Atom>(it.result)));
  }

 private:
  std::string text(Term term) const { return to_text(term, options_); }
  std::string text(Atom name) const { return atom_to_text(name); }
  std::string text(const Pid& pid) const {
    return '<' + std::string{pid.node.name.text()} + '.' + std::to_string(pid.id) + '.' +
           std::to_string(pid.serial) + '>';
  }
  std::string text(const Reference& reference) const {
    std::string out = "#Ref<";
    for (std::size_t i = reference.count; i-- > 0;)
      out += std::to_string(reference.words[i]) + (i ? "." : ">");
    return out;
  }
  template <class... Kinds>
  std::string text(const std::variant<Kinds...>& any) const {
    return std::visit([this](const auto& one) { return this->text(one); }, any);
  }
  template <class Who>
  std::string to(const Who& who) const {
    return " to " + text(who);
  }
  std::string from(const Pid& pid) const { return " from " + text(pid); }

  TextOptions options_;
};

}  // namespace

std::string signal_text(const SignalBody& body, std::size_t term_limit) {
  return std::visit(Writer{term_limit}, body);
}

}  // namespace noderuntime
