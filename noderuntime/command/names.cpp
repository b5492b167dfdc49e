#include "noderuntime/command/names.h"

#include <algorithm>

#include "common/net/host.h"
#include "common/wire/utc.h"
#include "noderuntime/library/states.h"
#include "noderuntime/node/epmd_names.h"
#include "noderuntime/node/epmd_port.h"

namespace noderuntime::command {

namespace {

using Rows = std::vector<epmd::NameAndPort>;

// `Request`: EpmdNames or EpmdDetails.
template <class Request>
Result<typename Request::Rows> ask(Client& client, const std::string& host, Port epmd_port) {
  std::optional<Result<typename Request::Rows>> answer;
  auto limit = std::chrono::ceil<net::Milliseconds>(client.options().timeout);
  auto& loop = client.loop().state().loop;
  auto request = std::make_unique<Request>(loop, host, epmd_port, client.options().common.family(), limit,
                                           [&](auto listed) { answer = std::move(listed); });
  client.wait([&] { return answer.has_value(); }, Seconds{-1});  // it has a limit of its own
  loop.drop_later(std::move(request));
  if (!answer) return Error{Errc::interrupted, host};
  return std::move(*answer);
}

class Lister {
 public:
  Lister(Client& client, Port epmd_port) : client_{client}, epmd_port_{epmd_port} {}

  int list(const std::string& host, const NamesOptions& options) {
    client_.restart_clock();
    if (options.details) return list_details(host);
    auto rows = sorted_names(host);
    if (!rows) return client_.fail(rows.error(), host);
    if (options.epmd_format) return as_epmd(*rows);
    for (auto& row : *rows) print("", host, row);
    return success;
  }

  // Prints the changes since the last time; at first everything is new.
  void look_again(const std::string& host, bool& reachable, Rows& before) {
    auto rows = sorted_names(host);
    if (!rows && rows.error().code == Errc::interrupted) return;
    if (!rows && reachable) client_.fail(rows.error(), host);
    reachable = rows.ok();
    Rows now = rows ? std::move(*rows) : Rows{};
    Rows gone, fresh;
    std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(gone),
                        by_name_and_port);
    std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(fresh),
                        by_name_and_port);
    for (auto& row : gone) print("- ", host, row);
    for (auto& row : fresh) print("+ ", host, row);
    before = std::move(now);
  }

 private:
  int list_details(const std::string& host) {
    auto told = ask<EpmdDetails>(client_, host, epmd_port_);
    // OTP's daemon closes the request: then the names alone.
    if (!told && told.error().code == Errc::truncated) {
      auto names = names_at(client_, host, epmd_port_);
      if (!names) return client_.fail(names.error(), host);
      std::vector<epmd::Registered> rows;
      for (auto& row : *names)
        rows.push_back({.node = {.name = row.name, .port = row.port}, .connection = {}});
      told = std::move(rows);
    }
    if (!told) return client_.fail(told.error(), host);
    std::sort(told->begin(), told->end(), [](auto& a, auto& b) { return a.node.name < b.node.name; });
    for (auto& row : *told) print_details(host, row);
    return success;
  }

  void print_details(const std::string& host, const epmd::Registered& row) {
    auto& node = row.node;
    if (!client_.output().json()) {
      auto number = [&](bool told, auto value) { return told ? std::to_string(value) : std::string{"-"}; };
      return client_.output().line(
          node.name + '@' + host + ' ' + std::to_string(node.port.value()) + ' ' +
          number(row.creation.has_value(), node.node_type) + ' ' +
          number(row.creation.has_value(), row.creation ? row.creation->value() : 0) + ' ' +
          (row.since ? utc_text(*row.since) : "-"));
    }
    std::vector<Field> fields{{"host", text_value(host)},
                              {"name", text_value(node.name)},
                              {"port", integer_value(node.port.value())}};
    if (row.creation) {
      fields.emplace_back("type", integer_value(node.node_type));
      fields.emplace_back("creation", integer_value(row.creation->value()));
    }
    if (row.since) fields.emplace_back("since", integer_value(*row.since));
    client_.output().object(fields);
  }

  Result<Rows> sorted_names(const std::string& host) {
    auto rows = names_at(client_, host, epmd_port_);
    if (rows) std::sort(rows->begin(), rows->end(), by_name_and_port);
    return rows;
  }
  static bool by_name_and_port(const epmd::NameAndPort& a, const epmd::NameAndPort& b) {
    return std::pair{a.name, a.port.value()} < std::pair{b.name, b.port.value()};
  }

  int as_epmd(const Rows& rows) {
    client_.output().line("epmd: up and running on port " + std::to_string(epmd_port_.value()) +
                          " with data:");
    for (auto& row : rows)
      client_.output().line("name " + row.name + " at port " + std::to_string(row.port.value()));
    return success;
  }

  void print(const std::string& mark, const std::string& host, const epmd::NameAndPort& row) {
    if (!client_.output().json())
      return client_.output().line(mark + row.name + '@' + host + ' ' + std::to_string(row.port.value()));
    std::vector<Field> fields{{"host", text_value(host)},
                              {"name", text_value(row.name)},
                              {"port", integer_value(row.port.value())}};
    if (!mark.empty()) fields.emplace_back("event", text_value(mark == "+ " ? "up" : "down"));
    client_.output().object(fields);
  }

  Client& client_;
  Port epmd_port_;
};

int list(Client& client, const NamesOptions& options) {
  auto epmd_port = epmd_port_of_environment();
  if (!epmd_port) return client.fail(epmd_port.error());
  auto hosts = options.hosts;
  if (hosts.empty()) {
    auto own = net::host_name();
    if (!own) return client.fail(own.error());
    hosts.push_back(own->substr(0, own->find('.')));
  }
  Lister lister{client, *epmd_port};
  if (!options.watch) {
    int status = success;
    for (auto& host : hosts)
      if (int one = lister.list(host, options); status == success) status = one;
    return status;
  }
  struct Seen {
    bool reachable = true;
    Rows rows;
  };
  std::vector<Seen> seen(hosts.size());
  while (!client.interrupted()) {
    for (std::size_t i = 0; i < hosts.size(); ++i)
      lister.look_again(hosts[i], seen[i].reachable, seen[i].rows);
    client.wait([] { return false; }, options.interval);
  }
  return by_interrupt;
}

}  // namespace

Result<std::vector<epmd::NameAndPort>> names_at(Client& client, const std::string& host, Port epmd_port) {
  return ask<EpmdNames>(client, host, epmd_port);
}

int names(const NamesOptions& options) { return with_client(options, list); }

}  // namespace noderuntime::command
