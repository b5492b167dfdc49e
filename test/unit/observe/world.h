// Nodes that answer as a test says, on the test's clock.
#pragma once

#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/observe/questions.h"
#include "noderuntime/term/heap.h"
#include "test/unit/catch.h"
#include "test/unit/paths.h"

namespace noderuntime::observe::test {

inline Value parsed(const std::string& text) {
  auto value = Value::parse(text);
  INFO(text);
  REQUIRE(value);
  return *value;
}

// What a real node answered: a file of test/data/observe.
inline Value recorded(const std::string& name) {
  std::ifstream file{noderuntime::test::test_data() + "/observe/" + name, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  Heap heap;
  auto decoded = decode_with_version(heap, as_bytes(bytes), {});
  INFO(name);
  REQUIRE(decoded);
  return Value::of(decoded->term);
}

inline CallResult value_result(const Value& value) {
  return {CallResult::Kind::value, value.term(), Term::nil()};
}
inline CallResult failed_result(Atom why) { return {CallResult::Kind::failed, Term::atom(why), Term::nil()}; }

// Gives each open question to `answer`, until there are none; returns how many there were.
inline std::size_t answer_all(Questions& questions, Milliseconds now,
                              const std::function<CallResult(const Questions::Call&)>& answer) {
  std::size_t count = 0;
  for (auto calls = questions.take(); !calls.empty(); calls = questions.take())
    for (auto& call : calls) questions.on_answer(call.id, answer(call), now), ++count;
  return count;
}

inline bool is_call(const Questions::Call& call, const char* module, const char* function) {
  return call.module.text() == module && call.function.text() == function;
}

inline std::string text_at(Term object, const char* key) {
  auto value = Terms::get(object, Term::atom(Atom::of(key)));
  if (!value) return "(absent)";
  auto text = detail::read_text(*value);
  return text && !value->is_nil() ? *text : print(*value);
}
inline std::vector<Term> list_at(Term object, const char* key) {
  auto value = Terms::get(object, Term::atom(Atom::of(key)));
  return value ? Terms::elements(*value).value_or(std::vector<Term>{}) : std::vector<Term>{};
}

}  // namespace noderuntime::observe::test
