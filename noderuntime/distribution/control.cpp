#include "noderuntime/distribution/control.h"

#include <algorithm>
#include <utility>

#include "noderuntime/distribution/control_table.h"

namespace noderuntime::distribution {

using namespace control_table;
using namespace signal;

namespace {

constexpr auto peers = Rule::of_peer, ours = Rule::of_us, ours_now = Rule::of_us_now;

// The operations, by their numbers. 5 (NODE_LINK) is obsolete and has no row.
// clang-format off
#define NODERUNTIME_DISTRIBUTION_OPERATIONS(X) \
  X(1, LINK) X(2, SEND) X(3, EXIT) X(4, UNLINK) \
  X(6, REG_SEND) X(7, GROUP_LEADER) X(8, EXIT2) X(12, SEND_TT) \
  X(13, EXIT_TT) X(16, REG_SEND_TT) X(18, EXIT2_TT) X(19, MONITOR_P) \
  X(20, DEMONITOR_P) X(21, MONITOR_P_EXIT) X(22, SEND_SENDER) X(23, SEND_SENDER_TT) \
  X(24, PAYLOAD_EXIT) X(25, PAYLOAD_EXIT_TT) X(26, PAYLOAD_EXIT2) X(27, PAYLOAD_EXIT2_TT) \
  X(28, PAYLOAD_MONITOR_P_EXIT) X(29, SPAWN_REQUEST) X(30, SPAWN_REQUEST_TT) X(31, SPAWN_REPLY) \
  X(32, SPAWN_REPLY_TT) X(33, ALIAS_SEND) X(34, ALIAS_SEND_TT) X(35, UNLINK_ID) \
  X(36, UNLINK_ID_ACK) X(37, ALTACT_SIG_SEND)
// clang-format on
#define NODERUNTIME_OPERATION(number, name) constexpr Operation name{number, #name};
NODERUNTIME_DISTRIBUTION_OPERATIONS(NODERUNTIME_OPERATION)
#undef NODERUNTIME_OPERATION
#undef NODERUNTIME_DISTRIBUTION_OPERATIONS

// The table. Forms with a token, and those marked "old", are never sent to a peer that understands
// a newer one. ALTACT_SIG_SEND has slots that depend on its flags; see below.
constexpr auto descriptions = std::tuple{
    form<Link>(LINK, field(&Link::from, peers), field(&Link::to, ours)),
    form_with<Message>(&Message::message, SEND, unused, to_a<Pid>(&Message::to)),
    form<Exit>(EXIT, field(&Exit::from, peers), field(&Exit::to, ours_now), field(&Exit::reason)),
    form<Unlink>(UNLINK, field(&Unlink::from, peers), field(&Unlink::to, ours_now)),
    form_with<Message>(&Message::message, REG_SEND, field(&Message::from), unused, to_a<Atom>(&Message::to)),
    form<GroupLeader>(GROUP_LEADER, field(&GroupLeader::leader), field(&GroupLeader::to)),
    form<Exit2>(EXIT2, field(&Exit2::from, peers), to_a<Pid>(&Exit2::to, ours), field(&Exit2::reason)),
    form_with<Message>(&Message::message, SEND_TT, unused, to_a<Pid>(&Message::to), token),
    form<Exit>(EXIT_TT, field(&Exit::from, peers), field(&Exit::to, ours_now), token, field(&Exit::reason)),
    form_with<Message>(&Message::message, REG_SEND_TT, field(&Message::from), unused,
                       to_a<Atom>(&Message::to), token),
    form<Exit2>(EXIT2_TT, field(&Exit2::from, peers), to_a<Pid>(&Exit2::to, ours), token,
                field(&Exit2::reason)),
    form<Monitor>(MONITOR_P, field(&Monitor::from, peers), field(&Monitor::to, ours),
                  field(&Monitor::reference, peers)),
    form<Demonitor>(DEMONITOR_P, field(&Demonitor::from, peers), field(&Demonitor::to, ours),
                    field(&Demonitor::reference, peers)),
    form<Down>(MONITOR_P_EXIT, field(&Down::from, peers), field(&Down::to, ours), field(&Down::reference),
               field(&Down::reason)),
    form_with<Message>(&Message::message, SEND_SENDER, field(&Message::from), to_a<Pid>(&Message::to)),
    form_with<Message>(&Message::message, SEND_SENDER_TT, field(&Message::from), to_a<Pid>(&Message::to),
                       token),
    form_with<Exit>(&Exit::reason, PAYLOAD_EXIT, field(&Exit::from, peers), field(&Exit::to, ours_now)),
    form_with<Exit>(&Exit::reason, PAYLOAD_EXIT_TT, field(&Exit::from, peers), field(&Exit::to, ours_now),
                    token),
    form_with<Exit2>(&Exit2::reason, PAYLOAD_EXIT2, field(&Exit2::from, peers), to_a<Pid>(&Exit2::to, ours)),
    form_with<Exit2>(&Exit2::reason, PAYLOAD_EXIT2_TT, field(&Exit2::from, peers),
                     to_a<Pid>(&Exit2::to, ours), token),
    form_with<Down>(&Down::reason, PAYLOAD_MONITOR_P_EXIT, field(&Down::from, peers), field(&Down::to, ours),
                    field(&Down::reference)),
    form_with<SpawnRequest>(&SpawnRequest::arguments, SPAWN_REQUEST, field(&SpawnRequest::request, peers),
                            field(&SpawnRequest::from, peers), field(&SpawnRequest::leader), FunctionField{},
                            field(&SpawnRequest::options)),
    form_with<SpawnRequest>(&SpawnRequest::arguments, SPAWN_REQUEST_TT, field(&SpawnRequest::request, peers),
                            field(&SpawnRequest::from, peers), field(&SpawnRequest::leader), FunctionField{},
                            field(&SpawnRequest::options), token),
    form<SpawnReply>(SPAWN_REPLY, field(&SpawnReply::request, ours), field(&SpawnReply::to, ours),
                     field(&SpawnReply::flags), field(&SpawnReply::result, peers)),
    form<SpawnReply>(SPAWN_REPLY_TT, field(&SpawnReply::request, ours), field(&SpawnReply::to, ours),
                     field(&SpawnReply::flags), field(&SpawnReply::result, peers), token),
    form_with<Message>(&Message::message, ALIAS_SEND, field(&Message::from), to_a<Reference>(&Message::to)),
    form_with<Message>(&Message::message, ALIAS_SEND_TT, field(&Message::from), to_a<Reference>(&Message::to),
                       token),
    form<Unlink>(UNLINK_ID, field(&Unlink::id, Rule::not_zero), field(&Unlink::from, peers),
                 field(&Unlink::to, ours_now)),
    form<UnlinkAck>(UNLINK_ID_ACK, field(&UnlinkAck::id), field(&UnlinkAck::from, peers),
                    field(&UnlinkAck::to, ours_now)),
    AlternateActionForm{ALTACT_SIG_SEND},
};

constexpr std::size_t row_count = std::tuple_size_v<decltype(descriptions)>;

template <std::size_t I>
std::size_t read_row(SignalBody& body, ControlReader& in, std::size_t size, const ControlContext& between) {
  return std::get<I>(descriptions).read_into(body, in, size, between);
}
template <std::size_t I>
void set_payload_of_row(SignalBody& body, Term payload) {
  std::get<I>(descriptions).set_payload(body, payload);
}
template <std::size_t I>
std::optional<Term> payload_of_row(const SignalBody& body) {
  return std::get<I>(descriptions).payload_of(body);
}
template <std::size_t I>
void write_row(const SignalBody& body, ControlWriter& out) {
  std::get<I>(descriptions).write(body, out);
}

struct RowFunctions {
  std::size_t (*read)(SignalBody&, ControlReader&, std::size_t size, const ControlContext&);
  void (*set_payload)(SignalBody&, Term payload);
  std::optional<Term> (*payload_of)(const SignalBody&);
  void (*write)(const SignalBody&, ControlWriter&);
};

template <std::size_t... I>
constexpr std::array<ControlLayout, sizeof...(I)> forms_of(std::index_sequence<I...>) {
  return {std::get<I>(descriptions).form()...};
}
template <std::size_t... I>
constexpr std::array<RowFunctions, sizeof...(I)> functions_of(std::index_sequence<I...>) {
  return {RowFunctions{read_row<I>, set_payload_of_row<I>, payload_of_row<I>, write_row<I>}...};
}

constexpr auto forms = forms_of(std::make_index_sequence<row_count>{});
constexpr auto functions = functions_of(std::make_index_sequence<row_count>{});

constexpr auto form_of_opcode = [] {
  std::array<const ControlLayout*, forms.back().opcode + 1> found{};
  for (auto& form : forms) found[form.opcode] = &form;
  return found;
}();

const RowFunctions& functions_of_form(const ControlLayout& form) {
  return functions[static_cast<std::size_t>(&form - forms.data())];
}

// Chooses the form of a signal for a peer with these flags; null: there is none.
struct Chooser {
  Flags flags;

  const Operation* operator()(const Message& message) const {
    bool alternate = flags.has(flag::ALTACT_SIG);
    if (message.priority && alternate) return &ALTACT_SIG_SEND;
    if (std::holds_alternative<Atom>(message.to)) return &REG_SEND;
    if (std::holds_alternative<Reference>(message.to))
      return alternate ? &ALTACT_SIG_SEND : flags.has(flag::ALIAS) ? &ALIAS_SEND : nullptr;
    return flags.has(flag::SEND_SENDER) ? &SEND_SENDER : &SEND;
  }
  const Operation* operator()(const Exit2& exit) const {
    bool to_pid = std::holds_alternative<Pid>(exit.to);
    if (flags.has(flag::ALTACT_SIG) && (exit.priority || !to_pid)) return &ALTACT_SIG_SEND;
    if (!to_pid) return nullptr;
    return flags.has(flag::EXIT_PAYLOAD) ? &PAYLOAD_EXIT2 : &EXIT2;
  }
  const Operation* operator()(const Exit&) const {
    return flags.has(flag::EXIT_PAYLOAD) ? &PAYLOAD_EXIT : &EXIT;
  }
  const Operation* operator()(const Down&) const {
    return flags.has(flag::EXIT_PAYLOAD) ? &PAYLOAD_MONITOR_P_EXIT : &MONITOR_P_EXIT;
  }
  const Operation* operator()(const Link&) const { return &LINK; }
  const Operation* operator()(const Unlink&) const {
    return flags.has(flag::UNLINK_ID) ? &UNLINK_ID : &UNLINK;
  }
  const Operation* operator()(const UnlinkAck&) const {
    return flags.has(flag::UNLINK_ID) ? &UNLINK_ID_ACK : nullptr;
  }
  const Operation* operator()(const Monitor&) const { return monitors() ? &MONITOR_P : nullptr; }
  const Operation* operator()(const Demonitor&) const { return monitors() ? &DEMONITOR_P : nullptr; }
  const Operation* operator()(const GroupLeader&) const { return &GROUP_LEADER; }
  const Operation* operator()(const SpawnRequest&) const {
    return flags.has(flag::SPAWN) ? &SPAWN_REQUEST : nullptr;
  }
  const Operation* operator()(const SpawnReply&) const { return &SPAWN_REPLY; }

  bool monitors() const { return flags.has(flag::DIST_MONITOR | flag::DIST_MONITOR_NAME); }
};

// False for old forms that a peer must not use if it knows the newer one, and for newer ones
// that were not negotiated.
bool allowed(unsigned opcode, Flags flags) {
  if (opcode == UNLINK.number) return !flags.has(flag::UNLINK_ID);
  if (opcode == ALTACT_SIG_SEND.number) return flags.has(flag::ALTACT_SIG);
  return true;
}

Error bad(std::string detail) { return Error{Errc::bad_control, std::move(detail)}; }

}  // namespace

std::span<const ControlLayout> control_forms() { return forms; }

const ControlLayout* control_form(unsigned opcode) {
  return opcode < form_of_opcode.size() ? form_of_opcode[opcode] : nullptr;
}

Result<const ControlLayout*> read_control(ControlReader& in, const ControlContext& between,
                                          SignalBody& body) {
  auto size = in.start();
  if (!size) return size.error();
  std::uint32_t opcode;
  if (*size == 0 || !in.read(opcode)) return in.error() ? *in.error() : bad("no control tuple");
  auto* form = control_form(opcode);
  if (!form) return bad("unknown operation " + std::to_string(opcode));
  if (!allowed(form->opcode, between.flags)) return bad(std::string{form->name} + " was not negotiated so");
  if (*size < form->min_size || *size > form->max_size)
    return bad(std::string{form->name} + " with " + std::to_string(*size) + " elements");
  if (auto element = functions_of_form(*form).read(body, in, *size, between); element != 0)
    return in.error() ? *in.error() : bad(std::string{form->name} + ": element " + std::to_string(element));
  return form;
}

void set_payload(const ControlLayout& form, SignalBody& body, Term payload) {
  functions_of_form(form).set_payload(body, payload);
}

const ControlLayout* chosen_form(const SignalBody& signal, Flags flags) {
  auto* operation = std::visit(Chooser{flags}, signal);
  return operation ? control_form(operation->number) : nullptr;
}

std::optional<Term> payload_of(const ControlLayout& form, const SignalBody& signal) {
  return functions_of_form(form).payload_of(signal);
}

void write_control(const ControlLayout& form, const SignalBody& signal, ControlWriter& out) {
  functions_of_form(form).write(signal, out);
}

}  // namespace noderuntime::distribution
