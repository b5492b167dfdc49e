#include "epmd/commands.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/epmd_protocol/client.h"
#include "common/wire/reader.h"
#include "common/wire/utc.h"

namespace noderuntime::epmd {
namespace {
using Json = nlohmann::ordered_json;

constexpr std::size_t max_name_to_stop = 1000;
constexpr std::size_t whole_stream = SIZE_MAX;
constexpr std::size_t kill_answer = 2;    // OK, NO
constexpr std::size_t listing_begin = 4;  // the daemon's port; without it there is no listing
// OTP's waits for ever for a daemon that accepts and stays silent
constexpr Milliseconds started_limit{5000};
constexpr std::size_t stop_answer = 7;  // STOPPED, NOEXIST; OTP's daemon adds STOPPED to NOEXIST

Report short_answer(Bytes answer) {
  return {"epmd: local epmd responded with <" + std::string{as_text(answer)} + ">\n", "", 1};
}

Report report_listing(Bytes answer) {
  Reader in{answer};
  auto port = in.u32();
  if (!in.ok()) return {"epmd: no response from local epmd\n", "", 1};
  std::string out = "epmd: up and running on port " + std::to_string(port) + " with data:\n";
  return {out.append(as_text(in.rest())), "", 0};
}

// Bytes of a name or of `extra` that are not UTF-8 are printed as U+FFFD.
std::string text_of(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

// nullopt: the answer is malformed.
std::optional<std::vector<NameAndPort>> names_in(Bytes answer) {
  Reader in{answer};
  auto port = in.u32();
  Listing listing{Port{static_cast<std::uint16_t>(port)}};
  if (!in.ok() || port > 0xffff || !listing.feed(answer)) return std::nullopt;
  return std::move(listing).finish();
}

std::string names_as_json(std::uint32_t port, const std::vector<NameAndPort>& names) {
  Json listed = Json::array();
  for (const auto& each : names) listed.push_back({{"name", each.name}, {"port", each.port.value()}});
  return text_of({{"port", port}, {"names", std::move(listed)}}) + "\n";
}

Report report_names(Bytes answer, bool json) {
  auto names = names_in(answer);
  if (!json || !names) return report_listing(answer);
  return {names_as_json(Reader{answer}.u32(), *names), "", 0};
}

std::string_view text_of_type(std::uint8_t type) {
  switch (type) {
    case 77: return " (Erlang node)";
    case 72: return " (hidden node)";
    case 104: return " (C node)";
    case 110: return " (Java node)";
    default: return "";
  }
}

std::string entry_as_text(const NodeEntry& node) {
  auto number = [](auto value) { return std::to_string(value); };
  std::string text = "name     " + node.name + "\nport     " + number(node.port.value());
  text.append("\ntype     ").append(number(node.node_type)).append(text_of_type(node.node_type));
  text += "\nprotocol " + number(node.protocol) + (node.protocol == 0 ? " (TCP)" : "");
  text += "\nversions " + number(node.lowest) + " to " + number(node.highest);
  return text + "\nextra    " + text_of(node.extra) + "\n";
}

std::string entry_as_json(const NodeEntry& node) {
  return text_of({{"name", node.name},
                  {"port", node.port.value()},
                  {"type", node.node_type},
                  {"protocol", node.protocol},
                  {"highest", node.highest},
                  {"lowest", node.lowest},
                  {"extra", node.extra}}) +
         "\n";
}

Report report_lookup(const Options& options, Bytes answer) {
  Lookup lookup{options.name};
  auto found = lookup.feed(answer);
  if (!found && found.error().code == Errc::unknown_node)
    return {"", "epmd: the name is not registered\n", 1};
  if (!found || !*found) return short_answer(answer);
  return {options.json ? entry_as_json(**found) : entry_as_text(**found), "", 0};
}

std::string line_of(char sign, const NameAndPort& entry) {
  return std::string{sign} + " name " + entry.name + " at port " + std::to_string(entry.port.value()) + "\n";
}

bool contains(const std::vector<NameAndPort>& names, const NameAndPort& entry) {
  return std::find(names.begin(), names.end(), entry) != names.end();
}

Report report_kill(Bytes answer) {
  if (answer.size() < kill_answer) return short_answer(answer);
  if (as_text(answer.first(kill_answer)) == "OK") return {"Killed\n", "", 0};
  return {"Killing not allowed - living nodes in database.\n", "", 1};
}

Report report_stop(Bytes answer) {
  if (answer.size() < stop_answer) return short_answer(answer);
  return {std::string{as_text(answer.first(stop_answer))} + "\n", "", 0};
}
}  // namespace

std::optional<Query> query_of(const Options& options) {
  switch (options.verb) {
    case Verb::serve: return std::nullopt;
    case Verb::names:
      if (options.details) return Query{encode(Request{Details{}}), whole_stream};
      [[fallthrough]];
    case Verb::watch: return Query{encode(Request{Names{}}), whole_stream};
    case Verb::lookup:
      if (options.name.empty() || options.name.size() > max_name_bytes) return std::nullopt;
      return Query{encode(Request{PortPlease2{options.name}}), whole_stream};
    case Verb::dump: return Query{encode(Request{Dump{}}), whole_stream};
    case Verb::kill: return Query{encode(Request{Kill{}}), kill_answer};
    case Verb::started: return Query{encode(Request{Names{}}), listing_begin, started_limit};
    case Verb::stop:
      if (options.name.size() > max_name_to_stop) return std::nullopt;
      return Query{encode(Request{Stop{options.name}}), stop_answer};
  }
  return std::nullopt;
}

Report report(const Options& options, const std::optional<Buffer>& answer) {
  if (options.verb == Verb::stop && options.name.size() > max_name_to_stop)
    return {"epmd: Name too long!", "", 1};
  if (options.verb == Verb::lookup && !query_of(options)) return {"", "epmd: no name can be that\n", 1};
  if (options.verb == Verb::started) return {"", "", answer && answer->size() >= listing_begin ? 0 : 1};
  if (!answer) return {"", "epmd: Cannot connect to local epmd\n", 1};
  switch (options.verb) {
    case Verb::names: return report_names(*answer, options.json);
    case Verb::lookup: return report_lookup(options, *answer);
    case Verb::dump: return report_listing(*answer);
    case Verb::kill: return report_kill(*answer);
    case Verb::stop: return report_stop(*answer);
    case Verb::watch:
    case Verb::serve:
    case Verb::started: break;
  }
  return {"", "", 1};
}

std::optional<std::vector<Registered>> details_in(Bytes answer) {
  DetailsListing listing{Port{static_cast<std::uint16_t>(Reader{answer}.u32())}};
  if (!listing.feed(answer)) return std::nullopt;
  auto rows = std::move(listing).finish();
  return rows ? std::optional{std::move(*rows)} : std::nullopt;
}

std::optional<std::vector<Registered>> details_of_names(Bytes answer) {
  auto names = names_in(answer);
  if (!names) return std::nullopt;
  std::vector<Registered> rows;
  for (auto& name : *names)
    rows.push_back({.node = {.name = name.name, .port = name.port}, .connection = {}});
  return rows;
}

namespace {

std::string details_line(const Registered& row, const Holder& holder) {
  auto or_dash = [](const std::string& text) { return text.empty() ? std::string{"-"} : text; };
  auto type =
      row.creation ? std::to_string(row.node.node_type).append(text_of_type(row.node.node_type)) : "-";
  return "name " + row.node.name + " at port " + std::to_string(row.node.port.value()) + " type " + type +
         " creation " + (row.creation ? std::to_string(row.creation->value()) : "-") + " since " +
         (row.since ? utc_text(*row.since) : "-") + " process " +
         (holder.process ? std::to_string(*holder.process) : "-") + " user " + or_dash(holder.user) + "\n";
}

Json details_json(const Registered& row, const Holder& holder) {
  Json object{{"name", row.node.name}, {"port", row.node.port.value()}};
  if (row.creation) {
    object["type"] = row.node.node_type;
    object["creation"] = row.creation->value();
  }
  if (row.since) object["since"] = *row.since;
  if (holder.process) object["process"] = *holder.process;
  if (!holder.user.empty()) object["user"] = holder.user;
  return object;
}

}  // namespace

Report report_details(const Options& options, const std::vector<Registered>& rows,
                      const std::vector<Holder>& holders) {
  if (options.json) {
    Json listed = Json::array();
    for (std::size_t i = 0; i < rows.size(); ++i) listed.push_back(details_json(rows[i], holders[i]));
    return {text_of({{"port", options.port}, {"names", std::move(listed)}}) + "\n", "", 0};
  }
  std::string out = "epmd: up and running on port " + std::to_string(options.port) + " with data:\n";
  for (std::size_t i = 0; i < rows.size(); ++i) out += details_line(rows[i], holders[i]);
  return {out, "", 0};
}

std::string changes(const std::optional<Buffer>& before, const std::optional<Buffer>& now, bool json) {
  if (before == now) return "";
  auto old_names = names_in(before.value_or(Buffer{})).value_or(std::vector<NameAndPort>{});
  auto names = now ? names_in(*now) : std::nullopt;
  if (!names) return json ? "null\n" : "epmd does not answer\n";
  if (json) return names_as_json(Reader{*now}.u32(), *names);
  std::string text;
  for (const auto& entry : old_names)
    if (!contains(*names, entry)) text += line_of('-', entry);
  for (const auto& entry : *names)
    if (!contains(old_names, entry)) text += line_of('+', entry);
  return text;
}

}  // namespace noderuntime::epmd
