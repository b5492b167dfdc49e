#include "noderuntime/command/names.h"

#include <algorithm>

#include "common/net/host.h"
#include "noderuntime/library/states.h"
#include "noderuntime/node/epmd_names.h"
#include "noderuntime/node/epmd_port.h"

namespace noderuntime::command {

namespace {

using Rows = std::vector<epmd::NameAndPort>;

class Lister {
 public:
  Lister(Client& client, Port epmd_port) : client_{client}, epmd_port_{epmd_port} {}

  int list(const std::string& host, bool epmd_format) {
    client_.restart_clock();
    auto rows = sorted_names(host);
    if (!rows) return client_.fail(rows.error(), host);
    if (epmd_format) return as_epmd(*rows);
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
      if (int one = lister.list(host, options.epmd_format); status == success) status = one;
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
  std::optional<Result<Rows>> answer;
  auto limit = std::chrono::ceil<net::Milliseconds>(client.options().timeout);
  auto& loop = client.loop().state().loop;
  auto request = std::make_unique<EpmdNames>(loop, host, epmd_port, client.options().common.family(), limit,
                                             [&](auto listed) { answer = std::move(listed); });
  client.wait([&] { return answer.has_value(); }, Seconds{-1});  // it has a limit of its own
  loop.drop_later(std::move(request));
  if (!answer) return Error{Errc::interrupted, host};
  return std::move(*answer);
}

int names(const NamesOptions& options) { return with_client(options, list); }

}  // namespace noderuntime::command
