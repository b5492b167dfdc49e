#include "noderuntime/code/module_registry.h"

#include <algorithm>

#include "noderuntime/beam/chunks.h"
#include "noderuntime/beam/loader.h"
#include "noderuntime/beam/specialise.h"
#include "noderuntime/beam/stubs.h"
#include "noderuntime/code/modules_of_the_node.h"
#include "noderuntime/functions/file_system.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/prelude/prelude.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

// Functions that the machine itself carries out, because they call Erlang code.
CallTarget::Kind own_function(const FunctionName& name) {
  if (name.module != atoms::erlang) return CallTarget::Kind::unresolved;
  auto text = name.function.text();
  if (text == "apply" && name.arity == 2) return CallTarget::Kind::apply_2;
  if (text == "apply" && name.arity == 3) return CallTarget::Kind::apply_3;
  if (text == "hibernate" && name.arity == 3) return CallTarget::Kind::hibernate_3;
  return CallTarget::Kind::unresolved;
}

}  // namespace

ModuleInstance::ModuleInstance(std::shared_ptr<const Image> shared, Realm& where, std::uint32_t number)
    : image{std::move(shared)}, realm{&where}, id{number} {
  for (auto& name : image->imports) {
    CallTarget link;
    link.name = name;
    links.push_back(link);
  }
  static const Image::Lambda starts{Atom::of("-on_load"), 0, 0, 0, 0, 0};
  on_load = {this, image->code.data() + image->on_load_entry, &starts};
  for (auto& lambda : image->lambdas) funs.push_back({this, image->code.data() + lambda.entry, &lambda});
}

ModuleRegistry::ModuleRegistry(Host& host, System& system, Cluster& cluster, Config config)
    : host_{host}, system_{system}, cluster_{cluster}, config_{std::move(config)} {
  for (auto& module : native_modules()) {
    Atom name = Atom::of(module.module);
    built_in_.insert(name);
    if (!module.errors.empty()) error_modules_.emplace(name, Atom::of(module.errors));
    for (auto& row : module.rows)
      natives_.emplace(FunctionName{name, Atom::of(row.function), row.arity}, row.native);
  }
  for (auto& row : prelude_modules()) built_in_.insert(Atom::of(row.name));
}

ModuleRegistry::~ModuleRegistry() = default;

void ModuleRegistry::provide(const FunctionName& name, std::unique_ptr<HostFunction> function) {
  natives_[name] = [](Context& context, const Term* arguments) {
    OneStep whole;  // it does not expect that others run in the middle of it
    return context.node.modules.host_function(*context.name)->call(context, arguments);
  };
  host_functions_[name] = std::move(function);
  forget_call_targets(name.module, nullptr);
}

HostFunction* ModuleRegistry::host_function(const FunctionName& name) const {
  auto found = host_functions_.find(name);
  return found == host_functions_.end() ? nullptr : found->second.get();
}

Atom ModuleRegistry::error_module(Atom module) const {
  auto found = error_modules_.find(module);
  return found == error_modules_.end() ? Atom{} : found->second;
}

bool ModuleRegistry::resolve(Realm& realm, CallTarget& link, bool load) {
  auto& name = link.name;
  if (auto own = own_function(name); own != CallTarget::Kind::unresolved) {
    link.kind = own;
    return true;
  }
  if (auto native = natives_.find(name); native != natives_.end()) {
    link.kind = CallTarget::Kind::native;
    link.native = native->second;
    if (observer_) observer_->resolved(realm, link);
    return true;
  }
  auto use = [&](ModuleInstance* instance) {
    auto* found = instance ? instance->image->find_export(name.function, name.arity) : nullptr;
    if (!found) return false;
    link.kind = CallTarget::Kind::code;
    link.instance = instance;
    link.entry = instance->image->code.data() + found->entry;
    if (observer_) observer_->resolved(realm, link);
    return true;
  };
  return use(prelude(realm, name.module)) ||
         use(load ? instance(realm, name.module) : realm.find(name.module));
}

CallTarget& ModuleRegistry::named(Realm& realm, const FunctionName& name) {
  auto& link = realm.named_[name];
  if (link.kind == CallTarget::Kind::unresolved) {
    link.name = name;
    resolve(realm, link);
  }
  return link;
}

Realm& ModuleRegistry::realm(Atom node) {
  if (!config_.borrow) return home_;
  auto& realm = realms_[node];
  if (!realm) realm = std::make_unique<Realm>(node);
  return *realm;
}

void ModuleRegistry::peer_returns(Atom node) {
  for (auto& [name, realm] : realms_) realm->absent_.clear(), realm->absent_versions_.clear();
  Realm* own = find_realm(node);
  if (!own) return;
  own->lender.release.clear(), own->lender.meeting.reset();
  own->lender.silent = false;
}

bool ModuleRegistry::borrows(const Realm& realm, Atom module) const {
  return config_.borrow && realm.node_ != Atom{} && !speaks_for_the_node(module.text());
}

std::vector<Atom> ModuleRegistry::lenders(const Realm& realm, std::span<const Atom> callers) const {
  std::vector<Atom> found;
  auto lends = [&](Atom node) { return node != Atom{} && cluster_.lends_code(node); };
  auto& lender = realm.lender;
  if (lends(realm.node_)) found.push_back(realm.node_);
  bool gives = !found.empty() && !lender.silent &&
               (!lender.program || lender.program == cluster_.creation_of(realm.node_));
  auto concerned = [&](Atom node) {
    return node == realm.node_ || std::find(callers.begin(), callers.end(), node) != callers.end();
  };
  for (Atom caller : callers)
    if (caller != realm.node_ && lends(caller)) found.push_back(caller);
  if (!gives)
    for (Atom node : cluster_.connected_nodes(Cluster::NodeKind::visible)) {
      Realm* other = find_realm(node);
      bool differs = other && !other->lender.release.empty() && !lender.code_release.empty() &&
                     other->lender.release != lender.code_release;
      if (!differs && !concerned(node) && lends(node)) found.push_back(node);
    }
  std::stable_partition(found.begin(), found.end(), [&](Atom node) {
    Realm* other = find_realm(node);
    return !other || !other->lender.silent;
  });
  return found;
}

bool ModuleRegistry::denied(const Realm& realm, Atom module, Atom caller) const {
  auto found = realm.absent_.find(module);
  if (found == realm.absent_.end() || found->second.until <= now()) return false;
  auto& callers = found->second.callers;
  return caller == Atom{} || caller == realm.node_ ||
         std::find(callers.begin(), callers.end(), caller) != callers.end() || !cluster_.lends_code(caller);
}

bool ModuleRegistry::may_borrow(const Realm& realm, Atom module, Atom caller) const {
  if (starts(realm, module)) return true;
  if (find(realm, module) || !borrows(realm, module) || denied(realm, module, caller)) return false;
  return !lenders(realm, {&caller, 1}).empty();
}

bool ModuleRegistry::may_borrow(const Realm& realm, const FunObject& fun, Atom caller) const {
  Atom module = fun.module.as_atom();
  if (starts(realm, module)) return true;
  if (!borrows(realm, module) || denied(realm, module, caller)) return false;
  Digest version;
  std::copy(std::begin(fun.uniq), std::end(fun.uniq), version.begin());
  auto other = realm.absent_versions_.find(version);
  if (other != realm.absent_versions_.end() && other->second > now()) return false;
  return !lenders(realm, {&caller, 1}).empty();
}

// The realm's code belongs to the first program of that name that gives code.
void ModuleRegistry::takes_from_peer(Realm& realm) {
  auto& lender = realm.lender;
  if (!lender.program) lender.program = cluster_.creation_of(realm.node_);
  if (lender.code_release.empty()) lender.code_release = lender.release;
}

ModuleRegistry::LoadedFile ModuleRegistry::load_file(Bytes file) {
  MayPause here;
  return image_of(file);
}

Result<ModuleInstance*> ModuleRegistry::lend(Realm& realm, Atom module, LoadedFile image,
                                             std::string file_name, Atom node) {
  if (!image) return image.error();
  if ((*image)->module != module) return Error{Errc::bad_module, "it holds another module"};
  realm.absent_.erase(module);
  if (node == realm.node_) {
    takes_from_peer(realm);
  } else {
    Realm* from = find_realm(node);
    if (from && realm.lender.code_release.empty()) realm.lender.code_release = from->lender.release;
    if (find(realm, module)) return add(std::move(*image), realm, std::move(file_name));
    realm.lender.compares = true;  // when it is heard of again
  }
  return start_or_place(std::move(*image), realm, std::move(file_name), false);
}

std::vector<Atom> ModuleRegistry::borrowed(const Realm& realm) const {
  std::vector<Atom> found;
  for (auto& [module, instance] : realm.instances_) {
    auto pushed = pushed_.find(module);
    if (pushed == pushed_.end() || pushed->second != instance) found.push_back(module);
  }
  return found;
}

Result<ModuleRegistry::Version> ModuleRegistry::version(Atom module, Bytes file, std::string file_name) {
  auto image = image_of(file);
  if (!image) return image.error();
  if ((*image)->module != module) return Error{Errc::bad_module, "it holds another module"};
  return Version{std::move(*image), std::move(file_name)};
}

void ModuleRegistry::replace(Realm& realm, std::vector<Version> versions, bool all) {
  if (all) realm.lender.program = cluster_.creation_of(realm.node_);
  if (!versions.empty()) realm.lender.code_release = realm.lender.release;
  for (auto& [image, file_name] : versions)
    start_or_place(std::move(image), realm, std::move(file_name), false);
}

// An -on_load function that has run does not run again.
ModuleInstance* ModuleRegistry::start_or_place(std::shared_ptr<const Image> image, Realm& realm,
                                               std::string file_name, bool pushed) {
  ModuleInstance* instance = add(image, realm, std::move(file_name));
  if (image->on_load_entry == 0 || instance->started) {
    place(*instance, pushed);
    return instance;
  }
  auto& versions = realm.starting_[image->module];
  if (!versions.empty() && versions.front().running && versions.front().instance == instance)
    versions.front().pushed |= pushed;
  else {
    if (!versions.empty() && !versions.back().running) versions.pop_back();
    versions.push_back({instance, pushed});
  }
  return instance;
}

void ModuleRegistry::place(ModuleInstance& instance, bool pushed) {
  Atom module = instance.image->module;
  auto* before = std::exchange(instance.realm->instances_[module], &instance);
  bool changes = before != &instance;
  if (pushed) changes |= std::exchange(pushed_[module], &instance) != &instance;
  if (changes) forget_call_targets(module, pushed ? nullptr : instance.realm);
  if (changes && observer_) observer_->placed(instance, before != nullptr);
}

ModuleInstance* ModuleRegistry::start(Realm& realm, Atom module) {
  auto found = realm.starting_.find(module);
  if (found == realm.starting_.end() || found->second.empty()) return nullptr;
  found->second.front().running = true;
  return found->second.front().instance;
}

void ModuleRegistry::started(Realm& realm, Atom module, bool good) {
  auto found = realm.starting_.find(module);
  if (found == realm.starting_.end() || found->second.empty()) return;
  auto [instance, pushed, running] = found->second.front();
  found->second.erase(found->second.begin());
  if (found->second.empty()) realm.starting_.erase(found);
  if (good) {
    instance->started = true;
    return place(*instance, pushed);
  }
  if (&realm == &home_)
    realm.missing_.insert(module);
  else
    deny(realm, module);
}

namespace {

constexpr std::size_t remembered = 1'000;  // absences; above this, expired ones are dropped

}  // namespace

void ModuleRegistry::deny(Realm& realm, Atom module, std::span<const Atom> callers) {
  auto& absent = realm.absent_;
  if (absent.size() > remembered)
    std::erase_if(absent, [now = now()](auto& row) { return row.second.until <= now; });
  auto& [until, asked] = absent[module];
  if (until <= now()) asked.clear();
  until = now() + absence;
  for (Atom caller : callers)
    if (std::find(asked.begin(), asked.end(), caller) == asked.end()) asked.push_back(caller);
}

void ModuleRegistry::deny(Realm& realm, const Digest& version) {
  auto& absent = realm.absent_versions_;
  if (absent.size() > remembered)
    std::erase_if(absent, [now = now()](auto& row) { return row.second <= now; });
  absent[version] = now() + absence;
}

ModuleInstance* ModuleRegistry::find(const Realm& realm, Atom module) const {
  if (ModuleInstance* own = realm.find(module)) return own;
  auto pushed = pushed_.find(module);
  return pushed == pushed_.end() ? nullptr : pushed->second;
}

std::vector<std::pair<Atom, std::uint32_t>> ModuleRegistry::exports(Realm& realm,
                                                                    const ModuleInstance& instance) {
  std::vector<std::pair<Atom, std::uint32_t>> found;
  auto add_all = [&](const Image& image) {
    for (auto& row : image.exports) found.emplace_back(row.name, row.arity);
  };
  Atom module = instance.image->module;
  add_all(*instance.image);
  if (auto* ours = prelude(realm, module); ours && ours != &instance) add_all(*ours->image);
  for (auto& native : native_modules())
    if (native.module == module.text())
      for (auto& row : native.rows) found.emplace_back(Atom::of(row.function), row.arity);
  std::erase_if(found, [](auto& row) { return row.first.text().starts_with('$'); });
  std::ranges::sort(found, {}, [](auto& row) { return std::pair{index_of(row.first), row.second}; });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

ModuleInstance* ModuleRegistry::add(std::shared_ptr<const Image> image, Realm& realm, std::string file_name) {
  auto& known = realm.by_image_[image.get()];
  if (known) return known;
  auto id = next_instance_++;
  auto& instance = instances_[id] = std::make_unique<ModuleInstance>(std::move(image), realm, id);
  instance->file_name = std::move(file_name);
  return known = instance.get();
}

ModuleInstance* ModuleRegistry::prelude(Realm& realm, Atom module) {
  auto [found, added] = realm.prelude_.try_emplace(module, nullptr);
  if (!added) return found->second;
  for (auto& row : prelude_modules()) {
    if (row.name != module.text()) continue;
    auto atoms = AtomAllowance::of_the_program();
    auto image = image_of(row.file, &atoms);
    assert(image);
    realm.prelude_[module] = add(*image, realm);
  }
  return realm.prelude_[module];
}

ModuleInstance* ModuleRegistry::instance(Realm& realm, Atom module) {
  if (ModuleInstance* found = find(realm, module)) return found;
  bool known_as_missing = realm.missing_.contains(module) && own_directories_.empty();
  if (known_as_missing || speaks_for_the_node(module.text())) return nullptr;
  if (may_borrow(realm, module)) return nullptr;
  std::string text{module.text()};
  bool is_there = false;
  on_code_path(text + ".beam", [&](const Buffer& file, const std::string& path) {
    auto image = image_of(file);
    if (image && (*image)->module == module) {
      start_or_place(std::move(*image), realm, path, false);
      return is_there = true;
    }
    host_.log(LogLevel::error, image ? "the file of module " + text + " holds another one"
                                     : image.error().message() + " in module " + text);
    return false;
  });
  if (is_there) return realm.find(module);  // null: its -on_load function runs first
  realm.missing_.insert(module);
  return nullptr;
}

// Of a regular file, so it does not wait for another program.
std::optional<Buffer> ModuleRegistry::read_own(const std::string& name) const {
  auto* files = system_.files();
  auto place = files ? files->place_of(name) : std::nullopt;
  if (!place) return std::nullopt;
  auto file = files->open(*place, {.read = true});
  if (!file) return std::nullopt;
  auto size = file.value->bytes_left(0);
  if (!size || static_cast<std::size_t>(size.value) > files->most_at_once()) return std::nullopt;
  Buffer bytes(static_cast<std::size_t>(size.value));
  auto got = file.value->read(bytes.data(), bytes.size());
  if (!got) return std::nullopt;
  bytes.resize(got.value);
  return bytes;
}

// Calls `use` with each file of that name and its path, until it returns true.
template <class Use>
void ModuleRegistry::on_code_path(const std::string& name, Use use) const {
  if (name.find('/') != name.npos || name.find('\0') != name.npos) return;
  for (auto& directory : own_directories_) {
    auto path = directory + "/" + name;
    if (auto file = read_own(path); file && use(*file, path)) return;
  }
  for (auto& directory : config_.code_path) {
    auto path = directory + "/" + name;
    if (auto file = system_.read_file(path); file && use(*file, path)) return;
  }
}

std::optional<Buffer> ModuleRegistry::resource(std::string_view name) const {
  std::optional<Buffer> found;
  on_code_path(std::string{name},
               [&](Buffer& file, const std::string&) { return found = std::move(file), true; });
  return found;
}

bool ModuleRegistry::is_ours(Atom module) const { return speaks_for_the_node(module.text()); }

Result<ModuleInstance*> ModuleRegistry::load_binary(Realm& realm, Bytes file, Atom wanted,
                                                    std::string file_name) {
  auto image = load_file(file);
  if (!image) return image.error();
  Atom module = (*image)->module;
  if (wanted != Atom{} && module != wanted) return Error{Errc::bad_module, "it holds another module"};
  takes_from_peer(realm);
  return start_or_place(std::move(*image), realm, std::move(file_name), true);
}

bool ModuleRegistry::forget(Realm& realm, Atom module) {
  auto own = realm.instances_.erase(module), pushed = pushed_.erase(module);
  if (own + pushed == 0) return false;
  forget_call_targets(module, pushed ? nullptr : &realm);
  return true;
}

ModuleInstance* ModuleRegistry::any(Realm& realm, Atom module) {
  if (ModuleInstance* found = find(realm, module)) return found;
  if (ModuleInstance* found = instance(home_, module)) return found;
  ModuleInstance* other = nullptr;
  for (auto& row : instances_)
    if (row.second->image->module == module && !is_prelude(*row.second)) {
      other = row.second.get();
      if (is_named(*other)) break;
    }
  return other;
}

std::vector<ModuleInstance*> ModuleRegistry::all(const Realm& realm) const {
  std::vector<ModuleInstance*> found;
  for (auto& [module, instance] : realm.instances_) found.push_back(instance);
  for (auto& [module, instance] : pushed_)
    if (!realm.instances_.contains(module)) found.push_back(instance);
  return found;
}

std::vector<Atom> ModuleRegistry::names_of_prelude() {
  std::vector<Atom> found;
  for (auto& row : prelude_modules()) found.push_back(Atom::of(row.name));
  return found;
}

std::vector<ModuleInstance*> ModuleRegistry::current_instances() const {
  std::vector<ModuleInstance*> found;
  for (auto& [id, instance] : instances_)
    if (is_named(*instance)) found.push_back(instance.get());
  return found;
}

// Links into the module will be resolved again.
void ModuleRegistry::forget_call_targets(Atom module, const Realm* in) {
  ++version_of_links_;
  auto forget = [&](CallTarget& link) {
    if (module == Atom{} || link.name.module == module) link.kind = CallTarget::Kind::unresolved;
  };
  auto forget_named = [&](Realm& realm) {
    if (!in || in == &realm)
      for (auto& row : realm.named_) forget(row.second);
  };
  for (auto& [id, instance] : instances_)
    if (!in || in == instance->realm) std::for_each(instance->links.begin(), instance->links.end(), forget);
  forget_named(home_);
  for (auto& [node, realm] : realms_) forget_named(*realm);
}

// `atoms`: those that a module of the node itself may add; such a module is always loaded. Null: a module of
// somebody else. In a pause others may load the same file.
ModuleRegistry::LoadedFile ModuleRegistry::image_of(Bytes file, AtomAllowance* atoms) {
  auto chunks = read_chunks(file, LoadOptions{}.max_inflated);
  if (!chunks) return chunks.error();
  auto version = chunks->md5();
  if (auto known = images_.find(version); known != images_.end()) return known->second;
  auto loaded = load(*chunks, version, *literals_, {.allowance = atoms});
  if (!loaded) return loaded.error();
  auto refused = [&] { literals_->release((*loaded)->literals); };
  if (auto known = images_.find(version); known != images_.end()) {
    refused();
    return known->second;
  }
  bind_stubs(**loaded, [this](const FunctionName& name) { return natives_.contains(name); });
  specialise(**loaded);
  (*loaded)->file.assign(file.begin(), file.end());
  auto bytes = (*loaded)->bytes();
  if (!atoms && code_bytes_ + bytes > held_memory.bound() / share_of_code) {
    refused();
    return Error{Errc::too_large, "loaded modules hold " + std::to_string(code_bytes_) +
                                      " bytes, and may hold a half of --max-memory"};
  }
  (*loaded)->held.set(bytes);
  code_bytes_ += bytes;
  std::shared_ptr<const Image> image = *loaded;
  images_[image->md5] = image;
  return image;
}

Realm* ModuleRegistry::maker(const FunObject& fun) {
  if (!config_.borrow || !is_kind(fun.creator, Kind::external_pid)) return nullptr;
  Atom node = box_as<ExternalPid>(fun.creator)->node.as_atom();
  auto known = realms_.find(node);
  if (known != realms_.end()) return known->second.get();
  return cluster_.lends_code(node) ? &realm(node) : nullptr;
}

const FunEntry* ModuleRegistry::bind(Realm& realm, const FunObject& fun) {
  auto in = [&](ModuleInstance* where) -> const FunEntry* {
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
  if (Realm* made_in = maker(fun))
    if (auto* found = in(find(*made_in, module))) return found;
  if (&realm != &home_) {  // other realms' modules need not be asked for
    Digest version;
    std::copy(std::begin(fun.uniq), std::end(fun.uniq), version.begin());
    auto known = images_.find(version);
    if (known == images_.end() || known->second->module != module || known->second->on_load_entry != 0)
      return nullptr;
    ModuleInstance* own = add(known->second, realm);
    realm.instances_.try_emplace(module, own);
    return in(own);
  }
  for (auto& row : instances_)
    if (row.second->image->module == module)
      if (auto* found = in(row.second.get())) return found;
  return nullptr;
}

// --- unused code

bool ModuleRegistry::is_gone(const Realm& realm) const {
  return &realm != &home_ && !cluster_.connected(realm.node_);
}

bool ModuleRegistry::is_prelude(const ModuleInstance& instance) const {
  return instance.realm->find_prelude(instance.image->module) == &instance;
}

bool ModuleRegistry::is_named(const ModuleInstance& instance) const {
  Atom module = instance.image->module;
  if (auto starting = instance.realm->starting_.find(module); starting != instance.realm->starting_.end())
    for (auto& version : starting->second)
      if (version.instance == &instance) return true;
  auto pushed = pushed_.find(module);
  return instance.realm->find(module) == &instance || is_prelude(instance) ||
         (pushed != pushed_.end() && pushed->second == &instance);
}

bool ModuleRegistry::has_suspects() const {
  for (auto& row : realms_)
    if (is_gone(*row.second)) return true;
  for (auto& row : instances_)
    if (!is_named(*row.second)) return true;
  for (auto& row : images_)
    if (row.second.use_count() == 1) return true;
  return false;
}

CodeReferences ModuleRegistry::suspects() const {
  CodeReferences found;
  std::unordered_set<const Image*> kept;
  for (auto& row : instances_) {
    auto& instance = *row.second;
    if (is_gone(*instance.realm) || !is_named(instance))
      found.suspect(instance);
    else
      kept.insert(instance.image.get());
  }
  for (auto& row : images_)
    if (!kept.contains(row.second.get())) found.suspect(*row.second);
  return found;
}

std::vector<const Realm*> ModuleRegistry::reclaim(const CodeReferences& in_use,
                                                  const std::function<bool(const Realm&)>& asking) {
  std::unordered_set<const Realm*> over, kept;
  for (auto& row : pushed_) kept.insert(row.second->realm);
  for (auto& row : realms_) {
    Realm& realm = *row.second;
    if (is_gone(realm) && !in_use.refers_to(realm) && !kept.contains(&realm) && !asking(realm))
      over.insert(&realm);
  }
  std::erase_if(instances_, [&](auto& row) {
    auto& instance = *row.second;
    if (!over.contains(instance.realm) && (is_named(instance) || in_use.refers_to(instance))) return false;
    instance.realm->by_image_.erase(instance.image.get());
    for (auto& binding : instance.funs) binding = {};
    if (!instance.funs.empty()) orphaned_fun_entries_.push_back(std::move(instance.funs));
    return true;
  });
  std::erase_if(realms_, [&](auto& row) { return over.contains(row.second.get()); });
  std::erase_if(images_, [&](auto& row) {
    if (row.second.use_count() > 1 || in_use.refers_to(*row.second)) return false;
    literals_->release(row.second->literals);
    code_bytes_ -= row.second->bytes();
    return true;
  });
  return {over.begin(), over.end()};
}

}  // namespace noderuntime
