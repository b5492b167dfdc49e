#include "noderuntime/command/multicall.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "noderuntime/command/call.h"

namespace noderuntime::command {

namespace {

// Counts the failures of many calls, and keeps the first one.
class Tally {
 public:
  void add(int status) {
    ++all_;
    if (status == success) return;
    if (failed_++ == 0) first_ = status;
  }
  int status() const { return failed_ == 0 ? success : failed_ == all_ ? first_ : partial; }

 private:
  std::size_t all_ = 0, failed_ = 0;
  int first_ = success;
};

// Makes the calls to nodes that can be connected to; `answers` is empty for the others.
std::vector<std::optional<Called>> call_connected(Client& client, const std::vector<Call>& calls,
                                                  const std::map<Atom, Outcome>& connected) {
  std::vector<Call> possible;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (connected.at(calls[i].node)) possible.push_back(calls[i]), places.push_back(i);
  auto made = client.call_all(possible);
  std::vector<std::optional<Called>> answers(calls.size());
  for (std::size_t i = 0; i < made.size(); ++i) answers[places[i]] = std::move(made[i]);
  return answers;
}

std::map<Atom, Outcome> connect(Client& client, const std::vector<Atom>& nodes) {
  auto outcomes = client.connect_all(nodes);
  std::map<Atom, Outcome> connected;
  for (std::size_t i = 0; i < nodes.size(); ++i) connected.emplace(nodes[i], outcomes[i]);
  return connected;
}

int many(Client& client, const MulticallOptions& options) {
  if (auto call = read_call(client, Atom{}, options.words); !call) return client.fail(call.error());
  auto nodes = options.nodes.find(client);
  if (!nodes) return client.fail(nodes.error());
  std::vector<Call> calls;
  for (Atom node : *nodes) calls.push_back(*read_call(client, node, options.words));
  auto connected = connect(client, *nodes);
  auto answers = call_connected(client, calls, connected);
  Tally tally;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Atom node = calls[i].node;
    if (!answers[i]) {
      tally.add(client.fail(connected.at(node).error(), node.text()));
    } else if (!answers[i]->ok()) {
      tally.add(client.fail(node, *answers[i]));
    } else {
      tally.add(success);
      client.result_of(node, answers[i]->term.term());
    }
  }
  return tally.status();
}

struct Line {
  std::size_t number;
  std::string text;
};

Result<std::vector<Line>> read_lines(const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file);
  if (file != "-" && !opened) return Error{Errc::usage, file + ": " + std::strerror(errno)};
  std::istream& in = file == "-" ? std::cin : opened;
  std::vector<Line> lines;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    auto start = text.find_first_not_of(" \t\r");
    if (start != text.npos && text[start] != '%') lines.push_back({number, text});
  }
  return lines;
}

int in_parallel(Client& client, const ParallelOptions& options) {
  auto lines = read_lines(options.file);
  if (!lines) return client.fail(lines.error());
  auto where = [&](const Line& line) { return options.file + ":" + std::to_string(line.number); };
  std::vector<Call> calls;
  for (auto& line : *lines) {
    auto call = read_call(client, Atom{}, {line.text});
    if (!call) return client.fail(Error{call.error().code, where(line) + ": " + call.error().context});
    calls.push_back(std::move(*call));
  }
  auto nodes = options.nodes.find(client);
  if (!nodes) return client.fail(nodes.error());
  auto connected = connect(client, *nodes);
  std::vector<Atom> good;
  Tally tally;
  for (Atom node : *nodes)
    if (connected.at(node))
      good.push_back(node);
    else
      tally.add(client.fail(connected.at(node).error(), node.text()));
  if (good.empty()) return tally.status();
  for (std::size_t i = 0; i < calls.size(); ++i) calls[i].node = good[i % good.size()];
  auto answers = client.call_all(calls);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (answers[i].ok()) {
      tally.add(success);
      client.result(calls[i].node, answers[i].term.term());
    } else {
      complain(where((*lines)[i]));
      tally.add(client.fail(calls[i].node, answers[i]));
    }
  }
  return tally.status();
}

}  // namespace

Result<std::vector<Atom>> NodesOptions::find(Client& client) const {
  if (connected.empty()) {
    if (nodes.empty()) return Error{Errc::usage, "which nodes? --nodes A,B or --connected NODE"};
    if (nodes.size() > 1 && !client.options().address.empty())
      return Error{Errc::usage, "--address is of one node"};
    return client.targets(nodes);
  }
  auto first = client.target(connected);
  if (!first) return first.error();
  if (auto outcome = client.connect(*first); !outcome) return outcome.error();
  auto called = client.call(*first, "erlang", "nodes", Value{});
  if (!called.ok()) return Error{Errc::raised, connected + ": erlang:nodes()"};
  std::vector<Atom> all{*first};
  for (Term node : Terms::elements(called.term.term()).value_or(std::vector<Term>{}))
    if (node.is_atom()) all.push_back(node.as_atom());
  std::sort(all.begin(), all.end(), [](Atom a, Atom b) { return a.text() < b.text(); });
  return all;
}

int multicall(const MulticallOptions& options) { return with_client(options, many); }
int parallel(const ParallelOptions& options) { return with_client(options, in_parallel); }

}  // namespace noderuntime::command
