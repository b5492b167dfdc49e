#include "noderuntime/code/loaded_modules.h"

#include "noderuntime/external_format/decode.h"

namespace noderuntime {

namespace {

Term external_term(Heap& heap, const NodeIdentity& self, Bytes bytes) {
  DecodeOptions options;
  options.self = self;
  auto decoded =
      bytes.empty() ? Result<Decoded>{Error{Errc::truncated, ""}} : decode_with_version(heap, bytes, options);
  return decoded ? decoded->term : Term::nil();
}

Term name_and_arity(Heap& heap, Atom name, std::uint32_t arity) {
  return make_tuple(heap, {Term::atom(name), Term::small(arity)});
}

}  // namespace

Realm& LoadedModules::realm_of(const ModuleInstance* caller) {
  return caller ? *caller->realm : registry_.home();
}

bool LoadedModules::exported(const ModuleInstance* caller, Atom module, Atom function, std::uint32_t arity) {
  CallTarget link;
  link.name = {module, function, arity};
  return registry_.resolve(realm_of(caller), link, false);
}

bool LoadedModules::is_native(Atom module, Atom function, std::uint32_t arity) {
  return registry_.is_native({module, function, arity});
}

bool LoadedModules::loaded(const ModuleInstance* caller, Atom module) {
  return registry_.is_built_in(module) || registry_.find(realm_of(caller), module) != nullptr;
}

// Calls use the former code until the -on_load function has returned ok.
LoadedModules::Load LoadedModules::load(const ModuleInstance* caller, Atom module, Bytes file,
                                        std::string file_name) {
  if (registry_.is_ours(module)) return Load::ours;
  Realm& realm = realm_of(caller);
  auto loaded = registry_.load_binary(realm, file, module, std::move(file_name));
  if (!loaded && loaded.error().code == Errc::too_large)
    registry_.host().log(LogLevel::warning, "module " + std::string{module.text()} +
                                                " is not loaded: " + loaded.error().message());
  if (!loaded) return Load::damaged;
  if (registry_.starts(realm, module)) borrower_.start(realm, module);
  changed_();
  return Load::done;
}

std::optional<LoadedModules::ObjectCode> LoadedModules::object_code(const ModuleInstance* caller,
                                                                    Atom module) {
  if (registry_.is_ours(module)) return std::nullopt;
  ModuleInstance* found = registry_.any(realm_of(caller), module);
  if (!found) return std::nullopt;
  return ObjectCode{found->image->file, found->file_name};
}

std::optional<std::string> LoadedModules::loaded_from(const ModuleInstance* caller, Atom module) {
  ModuleInstance* found = registry_.is_ours(module) ? nullptr : registry_.find(realm_of(caller), module);
  if (!found) return registry_.is_built_in(module) ? std::optional{std::string{}} : std::nullopt;
  return found->file_name.empty() ? std::string{module.text()} + ".beam" : found->file_name;
}

std::vector<Atom> LoadedModules::all(const ModuleInstance* caller) {
  auto& built_in = registry_.built_in();
  std::vector<Atom> found{built_in.begin(), built_in.end()};
  for (auto* instance : registry_.all(realm_of(caller)))
    if (!built_in.contains(instance->image->module)) found.push_back(instance->image->module);
  return found;
}

bool LoadedModules::forget(const ModuleInstance* caller, Atom module) {
  bool known = registry_.forget(realm_of(caller), module);
  if (known) changed_();
  return known;
}

std::optional<Term> LoadedModules::module_info(const ModuleInstance* caller, Heap& heap, Atom module,
                                               Atom key) {
  // If a module asks about itself, the instance that asks is meant.
  const ModuleInstance* instance =
      caller && caller->image->module == module ? caller : registry_.find(realm_of(caller), module);
  if (!instance) return std::nullopt;
  auto& image = *instance->image;
  auto exports = [&] {
    Term list = Term::nil();
    for (auto& [name, arity] : registry_.exports(realm_of(caller), *instance))
      list = make_cons(heap, name_and_arity(heap, name, arity), list);
    return list;
  };
  struct Row {
    const char* name;
    std::function<Term()> value;
  };
  const Row rows[] = {
      {"module", [&] { return Term::atom(image.module); }},
      {"exports", exports},
      {"attributes", [&] { return external_term(heap, this_node_.identity(), image.attributes); }},
      {"compile", [&] { return external_term(heap, this_node_.identity(), image.compile_info); }},
      {"md5", [&] { return make_binary(heap, std::span<const std::uint8_t>{image.md5}); }},
      {"native", [] { return Term::boolean(false); }},
      {"nifs", [] { return Term::nil(); }},
      {"functions",
       [&] {
         Term list = Term::nil();
         for (auto& row : image.functions)
           list = make_cons(heap, name_and_arity(heap, row.name, row.arity), list);
         return list;
       }},
  };
  constexpr std::size_t listed = 5;  // module_info/0 has the first five
  if (key == Atom{}) {
    Term list = Term::nil();
    for (std::size_t i = listed; i-- > 0;)
      list = make_cons(heap, make_tuple(heap, {Term::atom(Atom::of(rows[i].name)), rows[i].value()}), list);
    return list;
  }
  for (auto& row : rows)
    if (key.text() == row.name) return row.value();
  return std::nullopt;
}

Atom LoadedModules::fun_name(const ModuleInstance* caller, const FunObject& fun) {
  auto* binding = static_cast<const FunEntry*>(fun.code);
  if (!binding || !binding->instance) binding = registry_.bind(realm_of(caller), fun);
  return binding && binding->instance ? binding->lambda->name : Atom{};
}

}  // namespace noderuntime
