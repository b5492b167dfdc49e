// The native part of module code: loading, finding and deleting modules. The rest is in the prelude.
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/list_builder.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/node_access.h"

namespace noderuntime {

namespace {

// load_binary(Module, File, Binary)
NativeResult load_binary_3(Context& context, const Term* a) {
  if (!a[0].is_atom() || !a[2].is_bitstring() || !bits_of(a[2]).whole_bytes()) return badarg();
  auto aligned = aligned_bytes(a[2]);
  auto outcome = aligned ? context.node.modules.load(context.caller, a[0].as_atom(), *aligned,
                                                     paced_text_of_list(a[1]).value_or(std::string{}))
                         : Modules::Load::damaged;
  if (outcome == Modules::Load::done) return make_tuple(context.heap, {Term::atom(Atom::of("module")), a[0]});
  bool damaged = outcome == Modules::Load::damaged;
  Term why = Term::atom(damaged ? atoms::badfile : Atom::of("sticky_directory"));
  return make_tuple(context.heap, {Term::atom(atoms::error), why});
}

// get_object_code(Module)
NativeResult get_object_code_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return error(atoms::function_clause);
  auto found = context.node.modules.object_code(context.caller, a[0].as_atom());
  if (!found || found->file.empty()) return Term::atom(atoms::error);
  Term file = make_binary(context.heap, found->file);
  return make_tuple(context.heap, {a[0], file, make_characters(context.heap, found->name)});
}

// '$file'(Module): the result of which/1 and is_loaded/1 for a loaded module; false: not loaded.
NativeResult file_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto name = context.node.modules.loaded_from(context.caller, a[0].as_atom());
  if (!name) return yes_or_no(false);
  return name->empty() ? Term::atom(Atom::of("preloaded")) : make_characters(context.heap, *name);
}

// '$modules'(): the loaded modules.
NativeResult modules_0(Context& context, const Term*) {
  Term list = Term::nil();
  for (Atom module : context.node.modules.all(context.caller))
    list = make_cons(context.heap, Term::atom(module), list);
  return list;
}

// delete(Module)
NativeResult delete_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return error(atoms::function_clause);
  return yes_or_no(context.node.modules.forget(context.caller, a[0].as_atom()));
}

// is_sticky(Module)
NativeResult is_sticky_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return error(atoms::function_clause);
  return yes_or_no(context.node.modules.is_ours(a[0].as_atom()));
}

// '$lenders'(): the peers that would be asked for a module, in this order.
NativeResult lenders_0(Context& context, const Term*) {
  std::vector<Term> nodes;
  for (Atom node : context.node.modules.lenders(context.caller)) nodes.push_back(Term::atom(node));
  return make_list(context.heap, nodes);
}

// '$resource'(Name): {ok, Binary}, the contents of that file beside the modules of the code path; error: none has it.
NativeResult resource_1(Context& context, const Term* a) {
  auto name = paced_text_of_list(a[0]);
  if (!name) return badarg();
  auto file = context.node.modules.resource(*name);
  if (!file) return Term::atom(atoms::error);
  return make_tuple(context.heap, {Term::atom(atoms::ok), make_binary(context.heap, *file)});
}

// '$path'(): the directories that code has put in front of the code path.
NativeResult path_0(Context& context, const Term*) {
  ListBuilder list{context.heap};
  for (auto& name : context.node.modules.own_directories()) list.add(make_characters(context.heap, name));
  return list.finish();
}

// '$set_path'(Names)
NativeResult set_path_1(Context& context, const Term* a) {
  constexpr std::size_t most = 10'000;
  std::vector<std::string> names;
  for (Term rest = a[0]; rest.is_cons(); rest = rest.tail()) {
    auto name = text_of_list(rest.head());
    if (!name || names.size() == most) return badarg();
    names.push_back(std::move(*name));
  }
  context.node.modules.set_own_directories(std::move(names));
  return yes_or_no(true);
}

constexpr NativeRow code_functions[] = {
    {"$file", 1, file_1, erlang_code},          {"$lenders", 0, lenders_0, erlang_code},
    {"$modules", 0, modules_0, erlang_code},    {"$path", 0, path_0, erlang_code},
    {"$resource", 1, resource_1, erlang_code},  {"$set_path", 1, set_path_1, erlang_code},
    {"delete", 1, delete_1, erlang_code},       {"get_object_code", 1, get_object_code_1, erlang_code},
    {"is_sticky", 1, is_sticky_1, erlang_code}, {"load_binary", 3, load_binary_3, erlang_code},
};

}  // namespace

extern const NativeModule code_module;
const NativeModule code_module{"code", code_functions, ""};

}  // namespace noderuntime
