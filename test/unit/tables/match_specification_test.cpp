// Claims about match specifications, without a table: heads, guards and bodies, what is refused, and nesting
// depth.
#include "test/unit/catch.h"

#include "noderuntime/tables/match_specification.h"
#include "noderuntime/tables/pattern.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

using namespace noderuntime;
using namespace noderuntime::tables;

namespace {

// The functions that guards and bodies of these tests can call: =:=, + of small integers, and hd.
class SomeFunctions : public Functions {
 public:
  Function find(std::string_view name, std::size_t arity) override {
    static constexpr std::string_view names[] = {"=:=", "+", "hd"};
    for (auto& known : names)
      if (known == name && arity == (known == "hd" ? 1u : 2u)) return &known;
    return nullptr;
  }
  std::optional<Term> call(Function function, Heap&, const Term* a) override {
    auto& name = *static_cast<const std::string_view*>(function);
    if (name == "=:=") return Term::boolean(exactly_equal(a[0], a[1]));
    if (name == "hd") return a[0].is_cons() ? std::optional{a[0].head()} : std::nullopt;
    return a[0].is_small() && a[1].is_small() ? std::optional{Term::small(a[0].as_small() + a[1].as_small())}
                                              : std::nullopt;
  }
};

std::string run(const std::string& specification, const std::string& object) {
  SomeFunctions functions;
  auto spec = parse_text(specification), value = parse_text(object);
  REQUIRE(spec);
  REQUIRE(value);
  auto* compiled = MatchSpecification::compile(spec->term(), functions);
  if (!compiled) return "none";
  MagicObject::keep(compiled);
  Heap scratch;
  auto result = compiled->run(value->term(), scratch, functions);
  auto text = result ? to_text(*result) : "no match";
  MagicObject::release(compiled);
  return text;
}

}  // namespace

TEST_CASE("match specifications: heads, guards and bodies", "[tables]") {
  CHECK(run("[{{'$1','_','$2'},[],[{{'$2','$1'}}]}]", "{a,b,c}") == "{c,a}");
  CHECK(run("[{{'$1','$1'},[],['$_']}]", "{a,b}") == "no match");
  CHECK(run("[{{'$1',1},[],['$_']}]", "{a,1.0}") == "no match");
  CHECK(run("[{{#{k => '$3'},[x|'$1']},[],['$$']}]", "{#{k => v,l => w},[x,y]}") == "[[y],v]");
  CHECK(run("[{{'$1'},[{'=:=','$1',b}],[first]},{'_',[],[second]}]", "{a}") == "second");
  CHECK(run("[{{'$1'},[{hd,'$1'}],[first]},{'_',[],[second]}]", "{a}") == "second");
  CHECK(run("[{{'$1'},[],[{hd,'$1'}]}]", "{a}") == "'EXIT'");
  CHECK(run("[{{'$1'},[{'andalso',{'=:=','$1',a},{'orelse',true,{hd,x}}}],[{'+',1,2}]}]", "{a}") == "3");
  CHECK(run("[{{'$1'},[{'or',false,{'=:=',1,1}}],[[{const,'$1'}|'$1']]}]", "{a}") == "['$1'|a]");
  CHECK(run("[{{'$1'},[],[#{'$1' => {{x}}}]}]", "{a}") == "#{a => {x}}");
}

TEST_CASE("match specifications: malformed ones are refused", "[tables]") {
  auto text =
      GENERATE(as<std::string>{}, "x", "[x]", "[{'_',[]}]", "[{'_',[],[]}]", "[{'_',x,[1]}]",
               "[{'_',[],['$1']}]", "[{'_',[{nothing,1}],[1]}]", "[{'_',[{'and'}],[1]}]", "[{'_',[{}],[1]}]",
               "[{{#{'$1' => 2}},[],[1]}]", "[{'_',[],[1]}|x]", "[{'_',[{const}],[1]}]");
  INFO(text);
  CHECK(run(text, "{a}") == "none");
}

TEST_CASE("match specifications: deep nesting needs no stack", "[tables]") {
  SomeFunctions functions;
  Heap heap;
  Term head = Term::atom(Atom::of("_")), body = Term::atom(Atom::of("$_")), object = Term::small(1);
  for (int i = 0; i < 200'000; ++i) {
    head = make_tuple(heap, {head});
    object = make_tuple(heap, {object});
    body = make_list(heap, {body});
  }
  Term clause = make_tuple(heap, {head, Term::nil(), make_list(heap, {body})});
  auto* compiled = MatchSpecification::compile(make_list(heap, {clause}), functions);
  REQUIRE(compiled);
  MagicObject::keep(compiled);
  Heap scratch;
  CHECK(compiled->run(object, scratch, functions));
  MagicObject::release(compiled);
}

TEST_CASE("match specifications: the keys that can match are known where the patterns fix them", "[tables]") {
  SomeFunctions functions;
  auto keys = [&](const std::string& specification) -> std::string {
    auto spec = parse_text(specification);
    REQUIRE(spec);
    std::unique_ptr<MatchSpecification> compiled{MatchSpecification::compile(spec->term(), functions)};
    REQUIRE(compiled);
    auto& found = compiled->keys(1);
    std::string text = found.kind == Keys::Kind::any     ? "any"
                       : found.kind == Keys::Kind::these ? "these"
                                                         : "between";
    for (Term term : found.terms) text += " " + to_text(term);
    return text;
  };
  CHECK(keys("[{{a,'$1'},[],[1]}]") == "these a");
  CHECK(keys("[{{{a,[b]},'_'},[],[1]}]") == "these {a,[b]}");
  CHECK(keys("[{{b,1},[],[1]},{{a,1},[],[1]},{{b,2},[],[1]}]") == "these a b");
  CHECK(keys("[{{b,1},[],[1]},{{},[],[1]}]") == "these b");
  CHECK(keys("[{{},[],[1]}]") == "these");
  for (auto no_tuple : {"[]", "[a]", "1", "\"text\"", "#{}", "<<1>>"})
    CHECK(keys("[{" + std::string{no_tuple} + ",[],[1]}]") == "these");
  CHECK(keys("[{[],[],[1]},{{b,1},[],[1]}]") == "these b");
  CHECK(keys("[{[],[],[1]},{'_',[],[1]}]") == "any");
  CHECK(keys("[{[],[],[1]},{'$1',[],[1]}]") == "any");
  CHECK(keys("[{{1,1},[],[1]},{{1.0,1},[],[1]}]") == "between 1 1.0");
  CHECK(keys("[{{{a,'_'},'_'},[],[1]}]") == "between {a,'_'}");
  CHECK(keys("[{{{a,'_'},'_'},[],[1]},{{b,1},[],[1]}]") == "between {a,'_'} b");
  CHECK(keys("[{{{a,'_'},'_'},[],[1]},{{'$1',1},[],[1]}]") == "any");
  CHECK(keys("[{{#{a => '_'},1},[],[1]}]") == "any");
  CHECK(keys("[{{#{a => 1},1},[],[1]}]") == "these #{a => 1}");
  CHECK(keys("[{'_',[],[1]}]") == "any");
  std::string many;
  for (int i = 0; i < 9; ++i) many += (i > 0 ? "," : "") + ("{{{" + std::to_string(i) + ",'_'},1},[],[1]}");
  CHECK(keys("[" + many + "]") == "any");
}

TEST_CASE("patterns: what is known of a pattern has a place in the order of terms", "[tables]") {
  auto order = [](const std::string& pattern, const std::string& term) {
    auto known = parse_text(pattern), other = parse_text(term);
    REQUIRE(known);
    REQUIRE(other);
    int order = compare_known_part(known->term(), other->term());
    return order < 0 ? '<' : order > 0 ? '>' : '=';
  };
  CHECK(order("{a,'_'}", "{a,b}") == '=');
  CHECK(order("{a,'_'}", "{a,'_'}") == '=');
  CHECK(order("{a,'_'}", "{b,b}") == '<');
  CHECK(order("{b,'$1'}", "{a,z}") == '>');
  CHECK(order("{b,'$1'}", "{a,z,z}") == '<');
  CHECK(order("{b,'$1'}", "[a]") == '<');
  CHECK(order("{b,'$1'}", "17") == '>');
  CHECK(order("{'_',b}", "{z,a}") == '=');
  CHECK(order("[a|'_']", "[a,z]") == '=');
  CHECK(order("[a|'_']", "[b]") == '<');
  CHECK(order("[a|'_']", "[]") == '>');
  CHECK(order("[a,b|'_']", "[a]") == '>');
  CHECK(order("[a,b|'_']", "[a,c,d]") == '<');
  CHECK(order("{{1,{2,'_'}},3}", "{{1.0,{2,x}},0}") == '=');
  CHECK(order("{{1,{2,3}},'_'}", "{{1,{2,4}},0}") == '<');
  CHECK(order("{#{},b}", "{#{x => 1},a}") == '=');
  CHECK(order("{<<\"b\">>,'_'}", "{<<\"a\">>,1}") == '>');
}

TEST_CASE("match specifications: one that replaces objects must be seen to keep their key", "[tables]") {
  SomeFunctions functions;
  auto is_accepted = [&](const std::string& head, const std::string& body, std::size_t position = 1) {
    auto clauses = parse_text("[{" + head + ",[],[" + body + "]}]");
    REQUIRE(clauses);
    return nullptr != std::unique_ptr<MatchSpecification>{MatchSpecification::compile(
                          {.term = clauses->term(), .kept_key = position}, functions)};
  };
  CHECK(is_accepted("'_'", "'$_'"));
  CHECK(is_accepted("{'$1','$2'}", "{{'$1',x}}"));
  CHECK(is_accepted("{'$1','$2'}", "{{'$1'}}"));
  CHECK(is_accepted("{'$2','$1'}", "{{x,'$1',z}}", 2));
  CHECK(is_accepted("{{'$1',[a|'$2']}}", "{{{{'$1',[a|'$2']}}}}"));
  CHECK(is_accepted("{{a,{b}}}", "{{{const,{a,{b}}}}}"));
  CHECK(is_accepted("{{a,{b,'$1'}}}", "{{{{a,{{{const,b},'$1'}}}}}}"));
  CHECK(is_accepted("{{a,1},x}", "{const,{{a,1},y}}"));
  CHECK(is_accepted("{[],x}", "{const,{[]}}"));
  CHECK(is_accepted("{{},'$1'}", "{{{{}},'$1'}}"));
  CHECK_FALSE(is_accepted("'_'", "{{a}}"));
  CHECK_FALSE(is_accepted("{'$1','$2'}", "{{'$2','$1'}}"));
  CHECK_FALSE(is_accepted("{'$1','$2'}", "{{}}"));
  CHECK_FALSE(is_accepted("{'$1'}", "{{x,'$1'}}", 2));
  CHECK_FALSE(is_accepted("{'$1','$2'}", "'$1'"));
  CHECK_FALSE(is_accepted("{'$1','$2'}", "'$_',{{x}}"));
  CHECK_FALSE(is_accepted("{1}", "{{1.0}}"));
  CHECK_FALSE(is_accepted("{'$1'}", "{{{'+','$1',0}}}"));
  CHECK_FALSE(is_accepted("{'$1'}", "{const,{'$1'}}"));
  CHECK_FALSE(is_accepted("{'_'}", "{{'_'}}"));
  CHECK_FALSE(is_accepted("{'$_'}", "{{'$_'}}"));
  CHECK_FALSE(is_accepted("{#{a => 1}}", "{{#{a => 1}}}"));
  CHECK_FALSE(is_accepted("{#{a => 1}}", "{const,{#{a => 1}}}"));
  CHECK_FALSE(is_accepted("{{a,b}}", "{{{a,b}}}"));
  CHECK_FALSE(is_accepted("{[a]}", "{{[a|'$1']}}"));
}

TEST_CASE("match specifications: one is compiled again and again", "[tables]") {
  SomeFunctions functions;
  MatchSpecification specification;
  Heap scratch;
  auto outcome = [&](const std::string& source, const std::string& object) -> std::string {
    auto clauses = parse_text(source), value = parse_text(object);
    REQUIRE(clauses);
    REQUIRE(value);
    if (!specification.recompile({.term = clauses->term()}, functions)) return "none";
    auto result = specification.run(value->term(), scratch, functions);
    auto count = specification.keys(1).terms.size();
    return (result ? to_text(*result) : "no match") + " of " + std::to_string(count);
  };
  CHECK(outcome("[{{'$1','$1'},[],['$$']},{'_',[],[{'orelse',false,{hd,x}}]}]", "{a,a}") == "[a] of 0");
  CHECK(outcome("[{{a,'$2','$3'},[],['$3']}]", "{a,b,c}") == "c of 1");
  CHECK(outcome("[{{a,'$2','$3'},[],['$4']}]", "{a,b,c}") == "none");
  CHECK(outcome("[{{b,'$2'},[],['$$']},{{a,'$9'},[],['$$']}]", "{a,b}") == "[b] of 2");
  CHECK(outcome("[]", "{a}") == "no match of 0");
}

TEST_CASE("match specification: in the dialect of traces an object is a list of arguments", "[tables]") {
  class Actions final : public SomeFunctions {
   public:
    Function find_in_body(std::string_view name, std::size_t arity) override {
      return name == "act" && arity == 0 ? this : find(name, arity);
    }
    std::optional<Term> call(Function function, Heap& heap, const Term* a) override {
      return function == this ? (++acts, std::optional{Term::small(1)})
                              : SomeFunctions::call(function, heap, a);
    }
    int acts = 0;
  };
  Actions functions;
  auto compiled = [&](const std::string& text) {
    auto spec = parse_text(text);
    REQUIRE(spec);
    return std::unique_ptr<MatchSpecification>{
        MatchSpecification::compile(spec->term(), functions, MatchSpecification::Dialect::trace)};
  };
  CHECK_FALSE(compiled("[{{'$1'},[],[]}]"));       // not a list
  CHECK_FALSE(compiled("[{['$1'],[{act}],[]}]"));  // only a body acts
  CHECK_FALSE(compiled("[{['$1'],[],[{other}]}]"));
  auto program = compiled("[{['$1','$1'],[],[{act},{act}]},{'_',[{'=:=',{hd,'$_'},1}],[]}]");
  REQUIRE(program);
  auto matches = [&](const std::string& text) {
    Heap scratch;
    auto arguments = parse_text(text);
    REQUIRE(arguments);
    return program->run(arguments->term(), scratch, functions).has_value();
  };
  CHECK(matches("[a,a]"));
  CHECK(functions.acts == 2);
  CHECK(matches("[1,2,3]"));
  CHECK_FALSE(matches("[2,1]"));
  CHECK(functions.acts == 2);
}
