#include "noderuntime/shell/job_control.h"

#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "noderuntime/term/text.h"

namespace noderuntime::shell {

namespace {

constexpr std::string_view commands =
    "  c [nn]            - connect to job\n"
    "  i [nn]            - interrupt job\n"
    "  k [nn]            - kill job\n"
    "  j                 - list all jobs\n"
    "  s [shell]         - start local shell\n"
    "  r [node [shell]]  - start remote shell\n"
    "  q                 - quit erlang\n"
    "  ? | h             - this message\n";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_name_character(char c) {
  return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

// Only what commands are made of is told apart.
struct JobControl::Token {
  enum class Kind { atom, integer, question_mark, other } kind;
  std::string text{};
  unsigned number = 0;
};

// The tokens of Erlang in a line. Not `legal`: erl_scan finds an error.
struct JobControl::Tokens {
  std::vector<Token> all;
  bool legal = true;

  explicit Tokens(std::string_view line) : left_{line} {
    if (line.size() > most_line) legal = false;
    while (legal && !left_.empty()) take();
  }

 private:
  using Kind = Token::Kind;

  std::string_view take_while(bool (*wanted)(char)) {
    std::size_t size = 0;
    while (size < left_.size() && wanted(left_[size])) ++size;
    auto taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }

  void take() {
    char first = left_.front();
    if (first == '%') return left_.remove_prefix(left_.size());
    if (is_digit(first)) return take_number();
    if (is_lower(first) || static_cast<unsigned char>(first) >= 0x80)
      return all.push_back({Kind::atom, std::string{take_while(is_name_character)}}), void();
    if (first == '\'' || first == '"') return take_quoted(first);
    if (is_name_character(first)) return take_while(is_name_character), all.push_back({Kind::other}), void();
    left_.remove_prefix(1);
    if (first == ' ' || first == '\t' || first == '\r' || first == '\n') return;
    if (first < ' ' || first == 0x7F || (first == '$' && left_.empty())) return void(legal = false);
    all.push_back({first == '?' ? Kind::question_mark : Kind::other});
  }

  // One that is too large is of no job.
  void take_number() {
    auto digits = take_while(is_digit);
    Token token{Kind::integer};
    auto read = std::from_chars(digits.data(), digits.data() + digits.size(), token.number);
    if (read.ec != std::errc{}) token.number = 0;
    all.push_back(std::move(token));
  }

  void take_quoted(char quote) {
    std::string text;
    for (std::size_t at = 1; at < left_.size(); ++at) {
      if (left_[at] == quote) {
        left_.remove_prefix(at + 1);
        return all.push_back({quote == '\'' ? Kind::atom : Kind::other, std::move(text)}), void();
      }
      if (left_[at] == '\\' && at + 1 < left_.size()) ++at;
      text += left_[at];
    }
    legal = false;
  }

  std::string_view left_;
};

std::optional<unsigned> JobControl::add(Shell shell) {
  if (jobs_.size() >= most_jobs) return std::nullopt;
  current_ = ++last_;
  jobs_.emplace(current_, shell);
  return current_;
}

JobControl::Answer JobControl::start(Shell shell) {
  auto job = add(shell);
  if (!job) return {"Too many jobs\n", Stay{}};
  return {{}, Start{*job, shell}};
}

std::string JobControl::list() const {
  constexpr std::size_t columns_of_number = 4;
  std::string text;
  for (auto& [number, shell] : jobs_) {
    auto digits = std::to_string(number);
    if (digits.size() < columns_of_number) text.append(columns_of_number - digits.size(), ' ');
    text += digits + (number == current_ ? "* {" : "  {");
    if (shell.node != Atom{}) text += atom_to_text(shell.node) + ',';
    text += atom_to_text(shell.module) + ",start,[]}\n";
  }
  return text;
}

JobControl::Answer JobControl::on_line(std::string_view line) {
  using Kind = Token::Kind;
  Tokens tokens{line};
  auto& all = tokens.all;
  if (!tokens.legal) return {"Illegal input\n", Stay{}};
  if (all.empty()) return {{}, Stay{}};
  const Answer unknown_command{"Unknown command\n", Stay{}}, unknown_job{"Unknown job\n", Stay{}};
  if (all.size() == 1 && all[0].kind == Kind::question_mark) return {std::string{commands}, Stay{}};
  if (all[0].kind != Kind::atom) return unknown_command;

  auto& command = all[0].text;
  bool alone = all.size() == 1, with_number = all.size() == 2 && all[1].kind == Kind::integer;
  auto atom = [&](std::size_t at) -> std::optional<Atom> {
    if (at >= all.size() || all[at].kind != Kind::atom) return std::nullopt;
    auto made = Atom::intern(all[at].text);
    return made ? std::optional{*made} : std::nullopt;
  };
  if (alone && command == "h") return {std::string{commands}, Stay{}};
  if (alone && command == "j") return {list(), Stay{}};
  if (alone && command == "q") return {{}, Quit{}};
  if (alone && command == "s") return start({Atom{}, usual_});
  if (alone && command == "r") return start({here_, usual_});
  if (command == "s" && all.size() == 2)
    if (auto module = atom(1)) return start({Atom{}, *module});
  if (command == "r" && all.size() == 2)
    if (auto node = atom(1)) return start({*node, usual_});
  if (command == "r" && all.size() == 3)
    if (auto node = atom(1), module = atom(2); node && module) return start({*node, *module});
  if (!alone && !with_number) return unknown_command;
  if (command != "c" && command != "i" && command != "k") return unknown_command;
  auto job = with_number ? all[1].number : current_;
  if (!jobs_.contains(job)) return unknown_job;
  if (command == "i") return {{}, Interrupt{job}};
  if (command == "c") {
    current_ = job;
    return {{}, Connect{job}};
  }
  remove(job);
  return {{}, Kill{job}};
}

}  // namespace noderuntime::shell
