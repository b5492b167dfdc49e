#include "noderuntime/code/registry.h"

#include <algorithm>

#include "noderuntime/machine/forms.h"
#include "noderuntime/machine/loader.h"
#include "noderuntime/prelude/prelude.h"

namespace noderuntime {

namespace {

// What the machine does itself because it calls Erlang code.
Link::Kind own_function(const FunctionName& name) {
  if (name.module != atoms::erlang) return Link::Kind::unresolved;
  auto text = name.function.text();
  if (text == "apply" && name.arity == 2) return Link::Kind::apply_2;
  if (text == "apply" && name.arity == 3) return Link::Kind::apply_3;
  if (text == "hibernate" && name.arity == 3) return Link::Kind::hibernate_3;
  return Link::Kind::unresolved;
}

// Modules of which only our own functions exist, whoever has others: they stand for the node itself.
bool speaks_for_the_node(std::string_view module) {
  constexpr std::string_view names[] = {"application",
                                        "atomics",
                                        "code",
                                        "counters",
                                        "erl_epmd",
                                        "erl_init",
                                        "erl_prim_loader",
                                        "erl_tracer",
                                        "erlang",
                                        "error_handler",
                                        "error_logger",
                                        "file",
                                        "file_io_server",
                                        "file_server",
                                        "global",
                                        "global_group",
                                        "global_search",
                                        "init",
                                        "logger",
                                        "os",
                                        "persistent_term",
                                        "socket",
                                        "socket_registry",
                                        "timer",
                                        "user",
                                        "user_drv",
                                        "user_sup",
                                        "zlib"};
  constexpr std::string_view families[] = {"application_", "code_", "erts_", "inet",
                                           "logger_",      "net_",  "prim_"};
  for (auto name : names)
    if (module == name) return true;
  for (auto family : families)
    if (module.starts_with(family)) return true;
  return false;
}

}  // namespace

Instance::Instance(std::shared_ptr<const Image> shared, Realm& where, std::uint32_t number)
    : image{std::move(shared)}, realm{&where}, id{number} {
  for (auto& name : image->imports) {
    Link link;
    link.name = name;
    links.push_back(link);
  }
  for (auto& lambda : image->lambdas) funs.push_back({this, image->code.data() + lambda.entry, &lambda});
}

Registry::Registry(Surroundings& surroundings, Config config)
    : surroundings_{surroundings}, config_{std::move(config)} {
  for (auto& module : native_modules()) {
    Atom name = Atom::of(module.module);
    if (!module.errors.empty()) error_modules_.emplace(name, Atom::of(module.errors));
    for (auto& row : module.rows)
      natives_.emplace(FunctionName{name, Atom::of(row.function), row.arity}, row.native);
  }
}

Registry::~Registry() = default;

Atom Registry::error_module(Atom module) const {
  auto found = error_modules_.find(module);
  return found == error_modules_.end() ? Atom{} : found->second;
}

bool Registry::resolve(Realm& realm, Link& link, bool load) {
  auto& name = link.name;
  if (auto own = own_function(name); own != Link::Kind::unresolved) {
    link.kind = own;
    return true;
  }
  if (auto native = natives_.find(name); native != natives_.end()) {
    link.kind = Link::Kind::native;
    link.native = native->second;
    return true;
  }
  auto use = [&](Instance* instance) {
    auto* found = instance ? instance->image->find_export(name.function, name.arity) : nullptr;
    if (!found) return false;
    link.kind = Link::Kind::code;
    link.instance = instance;
    link.entry = instance->image->code.data() + found->entry;
    return true;
  };
  return use(prelude(realm, name.module)) ||
         use(load ? instance(realm, name.module) : realm.find(name.module));
}

Link& Registry::named(Realm& realm, const FunctionName& name) {
  auto& link = realm.named_[name];
  if (link.kind == Link::Kind::unresolved) {
    link.name = name;
    resolve(realm, link);
  }
  return link;
}

Realm& Registry::realm(Atom node) {
  if (!config_.borrow) return home_;
  auto& realm = realms_[node];
  if (!realm) realm = std::make_unique<Realm>(node);
  return *realm;
}

// What runs goes on in its instances; calls by name find out anew what the peer has now. A module that did
// not change gets its instance back.
void Registry::peer_returns(Atom node) {
  auto found = realms_.find(node);
  if (found == realms_.end()) return;
  Realm& realm = *found->second;
  realm.absent_.clear();
  realm.absent_versions_.clear();
  auto former = std::move(realm.instances_);
  realm.instances_.clear();
  for (auto& [module, instance] : former) forget_links(module);
}

bool Registry::asks(const Realm& realm, Atom module) const {
  return config_.borrow && realm.node_ != Atom{} && !speaks_for_the_node(module.text()) &&
         surroundings_.lends_code(realm.node_);
}

bool Registry::may_borrow(const Realm& realm, Atom module) const {
  if (find(realm, module) || !asks(realm, module)) return false;
  auto absent = realm.absent_.find(module);
  return absent == realm.absent_.end() || absent->second <= now();
}

bool Registry::may_borrow(const Realm& realm, const FunObject& fun) const {
  Atom module = fun.module.as_atom();
  if (!asks(realm, module)) return false;
  auto absent = realm.absent_.find(module);
  if (absent != realm.absent_.end() && absent->second > now()) return false;
  Digest version;
  std::copy(std::begin(fun.uniq), std::end(fun.uniq), version.begin());
  auto other = realm.absent_versions_.find(version);
  return other == realm.absent_versions_.end() || other->second <= now();
}

Result<Instance*> Registry::lend(Realm& realm, Atom module, Bytes file) {
  auto image = image_of(file);
  if (!image) return image.error();
  if ((*image)->module != module) return Error{Errc::bad_module, "it holds another module"};
  Instance* instance = add(*image, realm);
  auto& place = realm.instances_[module];
  if (std::exchange(place, instance) != instance) forget_links(module);
  realm.absent_.erase(module);
  return instance;
}

namespace {

constexpr std::size_t remembered = 1'000;  // absences; above it those that are over are dropped

template <class Map, class Key>
void remember(Map& map, const Key& key, std::int64_t now) {
  if (map.size() > remembered) std::erase_if(map, [&](auto& row) { return row.second <= now; });
  map[key] = now + Registry::absence;
}

}  // namespace

void Registry::deny(Realm& realm, Atom module) { remember(realm.absent_, module, now()); }
void Registry::deny(Realm& realm, const Digest& version) { remember(realm.absent_versions_, version, now()); }

Instance* Registry::find(const Realm& realm, Atom module) const {
  if (Instance* own = realm.find(module)) return own;
  auto pushed = pushed_.find(module);
  return pushed == pushed_.end() ? nullptr : pushed->second;
}

Instance* Registry::add(std::shared_ptr<const Image> image, Realm& realm) {
  for (auto& instance : instances_)
    if (instance->image == image && instance->realm == &realm) return instance.get();
  auto id = static_cast<std::uint32_t>(instances_.size());
  return instances_.emplace_back(std::make_unique<Instance>(std::move(image), realm, id)).get();
}

Instance* Registry::prelude(Realm& realm, Atom module) {
  auto [found, added] = realm.prelude_.try_emplace(module, nullptr);
  if (!added) return found->second;
  for (auto& row : prelude_modules()) {
    if (row.name != module.text()) continue;
    auto image = image_of(row.file);
    assert(image);
    realm.prelude_[module] = add(*image, realm);
  }
  return realm.prelude_[module];
}

Instance* Registry::instance(Realm& realm, Atom module) {
  if (Instance* found = find(realm, module)) return found;
  if (realm.missing_.contains(module) || speaks_for_the_node(module.text())) return nullptr;
  if (may_borrow(realm, module)) return nullptr;
  auto text = module.text();
  if (text.find('/') == text.npos && text.find('\0') == text.npos && text != "." && text != "..") {
    for (auto& directory : config_.code_path) {
      auto file = surroundings_.read_file(directory + "/" + std::string{text} + ".beam");
      if (!file) continue;
      auto image = image_of(*file);
      if (image && (*image)->module == module) return realm.instances_[module] = add(*image, realm);
      surroundings_.log(LogLevel::error,
                        image ? "the file of module " + std::string{text} + " holds another one"
                              : image.error().message() + " in module " + std::string{text});
    }
  }
  realm.missing_.insert(module);
  return nullptr;
}

bool Registry::is_ours(Atom module) const { return speaks_for_the_node(module.text()); }

Result<Instance*> Registry::load_binary(Realm& realm, Bytes file, Atom wanted) {
  auto image = image_of(file);
  if (!image) return image.error();
  Atom module = (*image)->module;
  if (wanted != Atom{} && module != wanted) return Error{Errc::bad_module, "it holds another module"};
  Instance* fresh = add(*image, realm);
  realm.instances_[module] = pushed_[module] = fresh;
  forget_links(module);
  return fresh;
}

// Links into the module are resolved anew.
void Registry::forget_links(Atom module) {
  auto forget = [&](Link& link) {
    if (link.name.module == module) link.kind = Link::Kind::unresolved;
  };
  for (auto& instance : instances_) std::for_each(instance->links.begin(), instance->links.end(), forget);
  for (auto& row : home_.named_) forget(row.second);
  for (auto& realm : realms_)
    for (auto& row : realm.second->named_) forget(row.second);
}

Result<std::shared_ptr<const Image>> Registry::image_of(Bytes file) {
  auto loaded = load(file, literals_);
  if (!loaded) return loaded.error();
  auto known = images_.find((*loaded)->md5);
  if (known != images_.end() && known->second->module == (*loaded)->module) return known->second;
  give_native_bodies(**loaded);
  take_forms(**loaded);
  std::shared_ptr<const Image> image = *loaded;
  images_[image->md5] = image;
  return image;
}

// A function whose Erlang body is a stub (erlang:nif_error) gets our native body, for local calls too.
void Registry::give_native_bodies(Image& image) {
  constexpr std::uint32_t stub_size = 16;
  for (std::size_t i = 0; i < image.functions.size(); ++i) {
    auto& function = image.functions[i];
    FunctionName name{image.module, function.name, function.arity};
    if (!natives_.contains(name)) continue;
    auto end = i + 1 < image.functions.size() ? image.functions[i + 1].begin
                                              : static_cast<std::uint32_t>(image.code.size());
    bool stub = false;
    for (auto at = function.entry; at < end && at < function.entry + stub_size;) {
      auto operation = static_cast<Operation>(image.code[at]);
      if (operation == Operation::call_ext)
        stub |= image.imports[image.code[at + 1]].function.text() == "nif_error";
      auto* row = operation_row(operation).layout;
      for (++at; *row && *row != 'v'; ++row) ++at;
      at += operation_rest(image.code.data(), at, operation);
    }
    if (!stub) continue;
    image.code[function.entry] = static_cast<std::uint32_t>(Operation::call_ext_only);
    image.code[function.entry + 1] = static_cast<std::uint32_t>(image.imports.size());
    image.imports.push_back(name);
  }
}

const FunBinding* Registry::bind(Realm& realm, const FunObject& fun) {
  auto in = [&](Instance* where) -> const FunBinding* {
    if (!where || !std::equal(where->image->md5.begin(), where->image->md5.end(), fun.uniq)) return nullptr;
    for (auto& binding : where->funs)
      if (binding.lambda->index == fun.index)
        return binding.lambda->arity == fun.arity && binding.lambda->free_count == fun.free_count ? &binding
                                                                                                  : nullptr;
    return nullptr;
  };
  Atom module = fun.module.as_atom();
  if (auto* found = in(instance(realm, module))) return found;
  if (auto* found = in(prelude(realm, module))) return found;
  if (&realm != &home_) {  // what other realms have already need not be asked for
    Digest version;
    std::copy(std::begin(fun.uniq), std::end(fun.uniq), version.begin());
    auto known = images_.find(version);
    if (known == images_.end() || known->second->module != module) return nullptr;
    Instance* own = add(known->second, realm);
    realm.instances_.try_emplace(module, own);
    return in(own);
  }
  for (auto& other : instances_)
    if (other->image->module == module)
      if (auto* found = in(other.get())) return found;
  return nullptr;
}

}  // namespace noderuntime
