#include <array>
#include <memory>

#include "noderuntime/observe/asking.h"

namespace noderuntime::observe {

namespace {

std::string ip_text(Term ip, const std::string& port) {
  if (ip.is_tuple(4)) {
    std::string text;
    for (std::size_t i = 0; i < 4; ++i) text += (i ? "." : "") + Terms::digits(ip.element(i));
    return text + ':' + port;
  }
  if (!ip.is_tuple(8)) return shown(ip, short_text);
  std::string text = "[";
  for (std::size_t i = 0; i < 8; ++i) {
    char group[24];
    std::snprintf(group, sizeof group, "%llx",
                  static_cast<unsigned long long>(count_in(ip.element(i)).value_or(0)));
    text += (i ? ":" : "") + std::string{group};
  }
  return text + "]:" + port;
}

// {ok, {{127,0,0,1}, Port}}, {ok, {local, Path}}, {ok, #{family := _, addr := _, port := _}}, {error, enotconn}
std::string address_text(Term answer) {
  if (!answer.is_tuple(2) || !answer.element(0).is("ok"_atom)) return "";
  Term address = answer.element(1);
  if (address.is_tuple(2) && address.element(0).is_tuple())
    return clean(ip_text(address.element(0), Terms::digits(address.element(1))), short_text);
  auto ip = Terms::get(address, Term::atom("addr"_atom)), port = Terms::get(address, Term::atom("port"_atom));
  return ip && port ? clean(ip_text(*ip, Terms::digits(*port)), short_text) : shown(address, short_text);
}

struct PortRow {
  Value port;
  bool is_socket = false;  // of the module socket; otherwise a port
  std::string name, owner, local, remote;
  Number input, output, system_process, queue;
  std::int64_t traffic() const { return input.value_or(0) / 2 + output.value_or(0) / 2; }
  bool has_addresses() const { return is_socket || name == "tcp_inet" || name == "udp_inet"; }
};

PortRow read_port(const Value& port, Term info) {
  auto name = value_at(info, "name"_atom), owner = value_at(info, "connected"_atom);
  return {.port = port,
          .name = name ? text_in(*name, short_text).value_or("") : "",
          .owner = owner ? pid_in(*owner) : "",
          .local = {},
          .remote = {},
          .input = count_at(info, "input"_atom),
          .output = count_at(info, "output"_atom),
          .system_process = count_at(info, "os_pid"_atom),
          .queue = {}};
}

// #{domain := inet, type := stream, protocol := tcp, owner := Pid, counters := #{read_byte := N, write_byte := N}}
PortRow read_socket(const Value& socket, Term info) {
  auto part = [](Term map, Atom key) { return Terms::get(map, Term::atom(key)).value_or(Term::nil()); };
  Term counters = part(info, "counters"_atom);
  return {.port = socket,
          .is_socket = true,
          .name = "socket " + shown(part(info, "domain"_atom), short_text) + ' ' +
                  shown(part(info, "protocol"_atom), short_text),
          .owner = pid_in(part(info, "owner"_atom)),
          .local = {},
          .remote = {},
          .input = count_in(part(counters, "read_byte"_atom)),
          .output = count_in(part(counters, "write_byte"_atom)),
          .system_process = {},
          .queue = {}};
}

// Asks for all ports and sockets, and then more of those that are shown, one call after the other.
class PortsAsked : public std::enable_shared_from_this<PortsAsked> {
 public:
  PortsAsked(Questions& questions, Atom node, Answer done)
      : questions_{questions}, node_{node}, done_{std::move(done)} {}

  void start() {
    all("erlang", "ports", [](PortsAsked& self, Term told) {
      std::vector<Value> ports;
      for (Term port : some_elements(told, most_asked))
        if (port.is_port()) ports.push_back(Value::of(port));
      self.count_ = length_of(told);
      self.each("erlang", "port_info", ports, [ports](PortsAsked& self, Term told) {
        auto infos = some_elements(told, ports.size());
        for (std::size_t i = 0; i < infos.size(); ++i)  // others are undefined: they were closed
          if (infos[i].is_cons()) self.rows_.push_back(read_port(ports[i], infos[i]));
        self.ask_for_sockets();
      });
    });
  }

 private:
  using Then = std::function<void(PortsAsked&, Term)>;

  void all(std::string_view module, std::string_view function, Then then) {
    ask(questions_, node_, module, function, nothing, done_,
        [self = shared_from_this(), then](Term told) { then(*self, told); });
  }
  // Module:Function(Each), and with `item` Module:Function(Each, Item)
  void each(const char* module, const char* function, const std::vector<Value>& of, Then then,
            std::optional<Atom> item = std::nullopt) {
    auto arguments = [&](Terms& terms) {
      Term fun = terms.fun(Atom::of(module), Atom::of(function), item ? 2 : 1);
      if (!item) return terms.list(fun, of);
      return terms.list(fun, of, std::vector<Term>(of.size(), Term::atom(*item)));
    };
    ask(questions_, node_, "lists", item ? "zipwith" : "map", arguments, done_,
        [self = shared_from_this(), then](Term told) { then(*self, told); });
  }

  // Where the module is not loaded, nobody has such a socket.
  void ask_for_sockets() {
    auto loaded = [self = shared_from_this()](Term told) {
      if (!told.is("true"_atom)) return self->ask_for_queues();
      self->all("socket", "which_sockets", [](PortsAsked& self, Term told) {
        std::vector<Value> sockets;
        for (Term socket : some_elements(told, most_asked)) sockets.push_back(Value::of(socket));
        self.count_ += length_of(told);
        self.each("socket", "info", sockets, [sockets](PortsAsked& self, Term told) {
          auto infos = some_elements(told, sockets.size());
          for (std::size_t i = 0; i < infos.size(); ++i)
            self.rows_.push_back(read_socket(sockets[i], infos[i]));
          self.ask_for_queues();
        });
      });
    };
    ask(
        questions_, node_, "erlang", "module_loaded", [](Terms& terms) { return terms.list("socket"_atom); },
        done_, loaded);
  }

  void ask_for_queues() {
    auto before = [](auto& a, auto& b) { return a.traffic() > b.traffic(); };
    auto shown = std::min(rows_.size(), most_listed);
    std::partial_sort(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(shown), rows_.end(), before);
    rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(shown), rows_.end());
    auto ports = places([](auto& row) { return !row.is_socket; });
    if (ports.empty()) return ask_for_addresses(0);
    each(
        "erlang", "port_info", of(ports),
        [ports](PortsAsked& self, Term told) {
          auto told_ones = some_elements(told, ports.size());
          for (std::size_t i = 0; i < told_ones.size(); ++i)
            if (told_ones[i].is_tuple(2)) self.rows_[ports[i]].queue = count_in(told_ones[i].element(1));
          self.ask_for_addresses(0);
        },
        "queue_size"_atom);
  }

  // Four questions: where ports and sockets are, and where they lead.
  void ask_for_addresses(int question) {
    if (question == 4) return tell();
    bool of_sockets = question >= 2, remote = question % 2 == 1;
    auto asked = places([&](auto& row) { return row.has_addresses() && row.is_socket == of_sockets; });
    if (asked.empty()) return ask_for_addresses(question + 1);
    each(of_sockets ? "socket" : "inet", remote ? "peername" : "sockname", of(asked),
         [=](PortsAsked& self, Term told) {
           auto addresses = some_elements(told, asked.size());
           for (std::size_t i = 0; i < addresses.size(); ++i) {
             auto& row = self.rows_[asked[i]];
             (remote ? row.remote : row.local) = address_text(addresses[i]);
           }
           self.ask_for_addresses(question + 1);
         });
  }

  template <class Wanted>
  std::vector<std::size_t> places(Wanted wanted) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (wanted(rows_[i])) found.push_back(i);
    return found;
  }
  std::vector<Value> of(const std::vector<std::size_t>& places) const {
    std::vector<Value> ports;
    for (auto place : places) ports.push_back(rows_[place].port);
    return ports;
  }

  void tell() {
    give(done_, [&](Terms& terms) {
      std::vector<Term> made;
      for (auto& row : rows_) {
        Object object{terms};
        object.add("port", shown(row.port.term(), short_text)).add("name", row.name);
        object.add("owner", row.owner).add("input_bytes", row.input).add("output_bytes", row.output);
        object.add("queue_bytes", row.queue).add("system_process", row.system_process);
        if (!row.local.empty()) object.add("local_address", row.local);
        if (!row.remote.empty()) object.add("remote_address", row.remote);
        made.push_back(object.term());
      }
      return Object{terms}
          .add("count", Number{static_cast<std::int64_t>(count_)})
          .add("rows", terms.list_of(made))
          .term();
    });
  }

  Questions& questions_;
  Atom node_;
  Answer done_;
  std::size_t count_ = 0;
  std::vector<PortRow> rows_;
};

}  // namespace

void ask_ports(Questions& questions, Atom node, Answer done) {
  std::make_shared<PortsAsked>(questions, node, std::move(done))->start();
}

}  // namespace noderuntime::observe
