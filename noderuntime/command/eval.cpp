#include "noderuntime/command/eval.h"

namespace noderuntime::command {

namespace {

// One evaluator: calls the functions of the node that read and evaluate. A step that fails
// ends it with a status.
class Evaluator {
 public:
  Evaluator(Client& client, Atom node) : client_{client}, node_{node} {}

  int erlang(const std::string& text) {
    bool dot = text.find_last_not_of(" \t\n") != text.npos && text[text.find_last_not_of(" \t\n")] == '.';
    auto tokens = ask("erl_scan", "string", list_of(text + (dot ? "\n" : ".\n")));
    if (!tokens) return status_;
    if (!is_ok(*tokens, 3)) return cannot_read(tokens->term());
    auto expressions = ask("erl_parse", "parse_exprs", Value::of(tokens->term().element(1)));
    if (!expressions) return status_;
    if (!is_ok(*expressions, 2)) return cannot_read(expressions->term());
    return value_of(ask("erl_eval", "exprs", Value::of(expressions->term().element(1)), Value{}), 1);
  }

  int elixir(const std::string& text) {
    auto called = call("Elixir.Code", "eval_string", text_value(text));
    if (called.ok()) return value_of(called.term, 0);
    auto told = says_itself(called);
    return told ? *told : client_.fail(node_, called);
  }

  int lfe(const std::string& text) {
    auto forms = ask("lfe_io", "read_string", list_of(text));
    if (!forms) return status_;
    if (!is_ok(*forms, 2)) return cannot_read(forms->term());
    Value last;
    for (Term form : Terms::elements(forms->term().element(1)).value_or(std::vector<Term>{})) {
      auto value = ask("lfe_eval", "expr", Value::of(form));
      if (!value) return status_;
      last = *value;
    }
    client_.result(node_, last.term());
    return success;
  }

 private:
  template <class... Arguments>
  Called call(std::string_view module, std::string_view function, const Arguments&... arguments) {
    return client_.call(node_, module, function,
                        client_.build([&](Terms& terms) { return terms.list(arguments...); }));
  }
  template <class... Arguments>
  std::optional<Value> ask(std::string_view module, std::string_view function,
                           const Arguments&... arguments) {
    auto called = call(module, function, arguments...);
    if (called.ok()) return called.term;
    status_ = client_.fail(node_, called);
    return std::nullopt;
  }
  Value list_of(const std::string& text) {
    return client_.build([&](Terms& terms) { return terms.string(text); });
  }
  // Lets the node format an exception as iex prints it; nullopt: no Elixir there, or the
  // output is for programs.
  std::optional<int> says_itself(const Called& called) {
    if (called.kind == CallResult::Kind::failed || client_.output().json()) return std::nullopt;
    auto text = call("Elixir.Exception", "format", Atom::of(called.class_name()), called.term, called.stack);
    if (!text.ok()) return std::nullopt;
    auto lines = characters(text.term.term());
    complain(std::string{node_.text()} + ": " + lines.substr(0, lines.find_last_not_of('\n') + 1));
    return remote_failure;
  }
  static bool is_ok(const Value& answer, std::size_t size) {
    return answer.term().is_tuple(size) && answer.term().element(0).is("ok"_atom);
  }
  int value_of(const std::optional<Value>& answer, std::size_t at) {
    if (!answer) return status_;
    if (!answer->term().is_tuple() || answer->term().arity() <= at) return cannot_read(answer->term());
    client_.result(node_, answer->term().element(at));
    return success;
  }
  // {error, {Where, Module, What}, …}: the module can format it.
  int cannot_read(Term answer) {
    Term error = answer.is_tuple() && answer.arity() > 1 ? answer.element(1) : answer;
    if (error.is_tuple(3) && error.element(1).is_atom()) {
      auto described = ask(error.element(1).as_atom().text(), "format_error", Value::of(error.element(2)));
      auto text = described ? characters(described->term()) : std::string{};
      return client_.fail(Error{Errc::bad_text, print(error.element(0)) + ": " + text}, node_.text());
    }
    return client_.fail(Error{Errc::bad_text, print(error)}, node_.text());
  }

  Client& client_;
  Atom node_;
  int status_ = success;
};

int eval_there(Client& client, Atom node, const EvalOptions& options) {
  if (int failed = client.reach(node)) return failed;
  Evaluator evaluator{client, node};
  return options.lfe      ? evaluator.lfe(options.text)
         : options.elixir ? evaluator.elixir(options.text)
                          : evaluator.erlang(options.text);
}

}  // namespace

int eval(const EvalOptions& typed) {
  auto options = typed;
  if (options.client.format == "erlang" && options.lfe) options.client.format = "lfe";
  if (options.client.format == "erlang" && options.elixir) options.client.format = "elixir";
  return with_node(options, eval_there);
}

}  // namespace noderuntime::command
