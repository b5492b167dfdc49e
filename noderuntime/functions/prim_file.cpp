// The native part of module prim_file: files below the directory that the node gives to code. Each function that touches
// the disk does so on another thread (in_background.h). The prelude's modules prim_file and file have the rest.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/wire/utf8.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/deep_stack.h"
#include "noderuntime/functions/file_system.h"
#include "noderuntime/functions/in_background.h"
#include "noderuntime/functions/list_builder.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/functions/owned_files.h"
#include "noderuntime/process/processes.h"

namespace noderuntime {

// An open file as terms have it. Used by its owner only, which waits for each use; so there is one at a time.
class FileHandle final : public MagicObject {
 public:
  FileHandle(std::shared_ptr<OpenFile> file, Term owner, std::shared_ptr<OwnedFiles> owned,
             std::shared_ptr<Background> background)
      : file{std::move(file)}, owner{owner}, owned_{std::move(owned)}, background_{std::move(background)} {
    owned_->add(owner, *this);
  }
  ~FileHandle() override {
    owned_->remove(owner, *this);
    close();
  }
  std::size_t bytes() const override { return sizeof(FileHandle); }
  // Without waiting for it.
  void close() {
    if (!file) return;
    if (!background_) return file.reset();
    background_->clear_up([file = std::exchange(file, nullptr)]() mutable { file.reset(); });
  }

  std::shared_ptr<OpenFile> file;  // null: closed
  const Term owner;                // a local pid

 private:
  std::shared_ptr<OwnedFiles> owned_;
  std::shared_ptr<Background> background_;
};

void OwnedFiles::remove(Term owner, FileHandle& file) {
  auto [first, last] = files_.equal_range(word_of(owner));
  auto found = std::find_if(first, last, [&](auto& row) { return row.second == &file; });
  if (found != last) files_.erase(found);
}

void OwnedFiles::close_all_of(Term owner) {
  auto [first, last] = files_.equal_range(word_of(owner));
  for (auto row = first; row != last; ++row) row->second->close();
}

namespace {

Term error_pair(Context& context, Term reason) {
  return make_tuple(context.heap, {Term::atom(atoms::error), reason});
}

// {error, enoent} and its kin: the name of the number, in lower case.
Term failed(Context& context, int number) {
  const char* name = strerrorname_np(number);
  std::string text = name ? name : "unknown";
  for (char& character : text)
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  return error_pair(context, Term::atom(Atom::of(text)));
}

Term ok_or_failed(Context& context, int number) {
  return number == 0 ? Term::atom(atoms::ok) : failed(context, number);
}

Term ok_with(Context& context, Term value) {
  return make_tuple(context.heap, {Term::atom(atoms::ok), value});
}

Term bad_argument(Context& context) { return error_pair(context, Term::atom(atoms::badarg)); }

// --- names

constexpr std::size_t longest_name = 65'536;  // bytes; the system's own limit is 4,096

// A binary is bytes of any kind; nested lists have characters, and atoms as file(3) allows them. nullopt: no name.
std::optional<std::string> file_name_of(Term name) {
  constexpr std::int64_t last_character = 0x10FFFF, first_surrogate = 0xD800, last_surrogate = 0xDFFF;
  std::string text;
  auto add = [&](Term part) {
    if (part.is_atom()) {
      text += part.as_atom().text();
    } else if (part.is_small()) {
      auto character = part.as_small();
      bool good = character > 0 && character <= last_character &&
                  (character < first_surrogate || character > last_surrogate);
      if (!good) return false;
      utf8::append(text, static_cast<char32_t>(character));
    } else if (!part.is_nil()) {
      return false;
    }
    return text.size() <= longest_name;
  };
  if (is_binary(name)) {
    BinaryView view{name};
    if (view.size() > longest_name) return std::nullopt;
    text = view.text();
  } else if (name.is_cons() || name.is_nil() || name.is_atom()) {
    DeepStack<Term> rest;
    for (Term at = name;;) {
      if (at.is_cons()) {
        if (!at.head().is_cons()) {
          if (!add(at.head())) return std::nullopt;
          at = at.tail();
          continue;
        }
        rest.push(at.tail());
        at = at.head();
        continue;
      }
      if (at.is_small() || !add(at)) return std::nullopt;
      if (rest.empty()) break;
      at = rest.pop();
    }
  } else {
    return std::nullopt;
  }
  if (text.find('\0') != text.npos) return std::nullopt;
  return text;
}

std::optional<std::string> paced_file_name_of(Term name) {
  MayPause here;
  return file_name_of(name);
}

// A name of the system as code sees it: characters, or a binary if it is no UTF-8.
Term name_term(Context& context, const std::string& name) {
  return is_utf8(name) ? make_characters(context.heap, name) : make_binary(context.heap, name);
}

struct Place {
  FileSystem* files = nullptr;
  std::string place;
  NativeResult why = Term::nil();  // if `files` is null
};

Place place_of(Context& context, Term name) {
  auto text = paced_file_name_of(name);
  if (!text) return {nullptr, {}, bad_argument(context)};
  auto* files = context.node.system.files();
  auto place = files ? files->place_of(*text) : std::nullopt;
  if (!place) return {nullptr, {}, failed(context, EACCES)};
  return {files, std::move(*place)};
}

// Runs act(files, place) of the named file in the background, and finish(context, its value).
template <class Act, class Finish>
NativeResult with_name(Context& context, Term name, Act act, Finish finish) {
  return in_background(context, [&]() -> Prepared {
    auto found = place_of(context, name);
    if (!found.files) return found.why;
    return background_work(
        [files = found.files, place = std::move(found.place), act] { return act(*files, place); }, finish);
  });
}

template <class Act>
NativeResult change_of_name(Context& context, Term name, Act act) {
  return with_name(context, name, act,
                   [](Context& own, int error) -> NativeResult { return ok_or_failed(own, error); });
}

template <class Act>
NativeResult change_of_names(Context& context, const Term* a, Act act) {
  return in_background(context, [&]() -> Prepared {
    auto from = place_of(context, a[0]);
    if (!from.files) return from.why;
    auto to = place_of(context, a[1]);
    if (!to.files) return to.why;
    return background_work([files = from.files, from = std::move(from.place), to = std::move(to.place),
                            act] { return act(*files, from, to); },
                           [](Context& own, int error) -> NativeResult { return ok_or_failed(own, error); });
  });
}

NativeResult delete_1(Context& context, const Term* a) {
  return change_of_name(context, a[0], [](FileSystem& files, auto& place) { return files.remove(place); });
}
NativeResult make_dir_1(Context& context, const Term* a) {
  return change_of_name(context, a[0],
                        [](FileSystem& files, auto& place) { return files.make_directory(place); });
}
NativeResult del_dir_1(Context& context, const Term* a) {
  return change_of_name(context, a[0],
                        [](FileSystem& files, auto& place) { return files.remove_directory(place); });
}
NativeResult rename_2(Context& context, const Term* a) {
  return change_of_names(context, a,
                         [](FileSystem& files, auto& from, auto& to) { return files.rename(from, to); });
}
NativeResult make_link_2(Context& context, const Term* a) {
  return change_of_names(context, a,
                         [](FileSystem& files, auto& from, auto& to) { return files.make_link(from, to); });
}

// make_symlink(Text, New): the text may lead anywhere; only what follows it is refused.
NativeResult make_symlink_2(Context& context, const Term* a) {
  return in_background(context, [&]() -> Prepared {
    auto text = paced_file_name_of(a[0]);
    if (!text) return NativeResult{bad_argument(context)};
    auto made = place_of(context, a[1]);
    if (!made.files) return made.why;
    return background_work([files = made.files, text = std::move(*text),
                            place = std::move(made.place)] { return files->make_symlink(text, place); },
                           [](Context& own, int error) -> NativeResult { return ok_or_failed(own, error); });
  });
}

// '$list'(Name, All): the names in a directory; those that are no UTF-8 only if All is true.
NativeResult list_2(Context& context, const Term* a) {
  bool all = a[1].is(atoms::true_);
  return with_name(
      context, a[0], [](FileSystem& files, auto& place) { return files.list(place); },
      [all](Context& own, OrErrno<std::vector<std::string>> listed) -> NativeResult {
        if (!listed) return failed(own, listed.error);
        MayPause here;
        ListBuilder names{own.heap};
        for (auto& name : listed.value) {
          pace.spend(static_cast<std::int64_t>(name.size()));
          if (all || is_utf8(name)) names.add(name_term(own, name));
        }
        return ok_with(own, names.finish());
      });
}

// '$read_link'(Name, All)
NativeResult read_link_2(Context& context, const Term* a) {
  bool all = a[1].is(atoms::true_);
  return with_name(
      context, a[0], [](FileSystem& files, auto& place) { return files.read_link(place); },
      [all](Context& own, OrErrno<std::string> text) -> NativeResult {
        if (text && !all && !is_utf8(text.value)) return failed(own, EINVAL);
        return text ? ok_with(own, name_term(own, text.value)) : failed(own, text.error);
      });
}

// {ok, {Size, Type, Access, Accessed, Modified, Changed, Mode, Links, Major, Minor, Inode, User, Group}}: the fields of
// #file_info{}, with times in seconds since 1970.
NativeResult info_result(Context& context, const OrErrno<FileInfo>& found) {
  static constexpr std::string_view types[] = {"device", "directory", "other", "regular", "symlink"};
  static constexpr std::string_view accesses[] = {"none", "read", "write", "read_write"};
  if (!found) return failed(context, found.error);
  auto& info = found.value;
  auto number = [&](auto value) { return make_integer(context.heap, static_cast<std::int64_t>(value)); };
  Term fields[] = {number(info.size),
                   Term::atom(Atom::of(types[static_cast<int>(info.type)])),
                   Term::atom(Atom::of(accesses[static_cast<int>(info.access)])),
                   number(info.accessed),
                   number(info.modified),
                   number(info.changed),
                   number(info.mode),
                   number(info.links),
                   number(info.device),
                   number(info.device_itself),
                   number(info.inode),
                   number(info.user),
                   number(info.group)};
  return ok_with(context, make_tuple(context.heap, fields));
}

// '$info'(Name, FollowLink)
NativeResult info_2(Context& context, const Term* a) {
  bool follow = a[1].is(atoms::true_);
  return with_name(
      context, a[0], [follow](FileSystem& files, auto& place) { return files.info(place, follow); },
      [](Context& own, OrErrno<FileInfo> info) { return info_result(own, info); });
}

std::optional<std::int64_t> small_of(Term term) {
  return term.is_small() ? std::optional{term.as_small()} : std::nullopt;
}

// '$write_info'(Name, Mode, User, Group, Accessed, Modified): undefined, or an integer; the times are integers.
NativeResult write_info_6(Context& context, const Term* a) {
  FileChange change;
  std::optional<std::uint32_t>* fields[] = {&change.mode, &change.user, &change.group};
  for (int i = 0; i < 3; ++i) {
    if (a[i + 1].is(atoms::undefined)) continue;
    auto number = small_of(a[i + 1]);
    if (!number || *number < 0 || *number > UINT32_MAX) return bad_argument(context);
    *fields[i] = static_cast<std::uint32_t>(*number);
  }
  auto accessed = small_of(a[4]), modified = small_of(a[5]);
  if (!accessed || !modified) return bad_argument(context);
  change.accessed = *accessed, change.modified = *modified;
  return change_of_name(context, a[0],
                        [change](FileSystem& files, auto& place) { return files.write_info(place, change); });
}

NativeResult get_cwd_0(Context& context, const Term*) {
  auto* files = context.node.system.files();
  return ok_with(context, name_term(context, files ? files->working_directory() : "/"));
}

NativeResult set_cwd_1(Context& context, const Term* a) {
  return with_name(
      context, a[0], [](FileSystem& files, auto& place) { return files.directory(place); },
      [](Context& own, OrErrno<std::string> place) -> NativeResult {
        if (!place) return failed(own, place.error);
        own.node.system.files()->set_working_directory(std::move(place.value));
        return Term::atom(atoms::ok);
      });
}

// --- open files

struct FoundFile {
  FileHandle* handle = nullptr;
  NativeResult why = badarg();  // if it is null
};

FoundFile found_file(Context& context, Term reference) {
  if (!is_kind(reference, Kind::magic_reference)) return {};
  auto* handle = dynamic_cast<FileHandle*>(box_as<MagicReference>(reference)->object);
  if (!handle) return {};
  if (handle->owner != context.process.self())
    return {nullptr, error(Atom::of("not_on_controlling_process"))};
  if (!handle->file) return {nullptr, failed(context, EINVAL)};
  return {handle};
}

// Runs act(file) in the background, and finish(context, its value).
template <class Act, class Finish>
NativeResult with_file(Context& context, Term reference, Act act, Finish finish) {
  return in_background(context, [&]() -> Prepared {
    auto found = found_file(context, reference);
    if (!found.handle) return found.why;
    return background_work([file = found.handle->file, act = std::move(act)]() mutable { return act(*file); },
                           std::move(finish));
  });
}

template <class Act>
NativeResult change_of_file(Context& context, Term reference, Act act) {
  return with_file(context, reference, std::move(act),
                   [](Context& own, int error) -> NativeResult { return ok_or_failed(own, error); });
}

// '$open'(Name, Modes), a sum of: 1 read, 2 write, 4 append, 8 exclusive, 16 directory, 32 sync, 64 read ahead.
std::optional<OpenModes> modes_of(Term sum) {
  auto number = small_of(sum);
  if (!number || *number < 0 || *number > 127) return std::nullopt;
  auto has = [&](std::int64_t bit) { return (*number & bit) != 0; };
  return OpenModes{.read = has(1),
                   .write = has(2),
                   .append = has(4),
                   .exclusive = has(8),
                   .directory = has(16),
                   .sync = has(32),
                   .reads_ahead = has(64)};
}

NativeResult open_2(Context& context, const Term* a) {
  auto modes = modes_of(a[1]);
  if (!modes) return bad_argument(context);
  return with_name(
      context, a[0], [modes = *modes](FileSystem& files, auto& place) { return files.open(place, modes); },
      [](Context& own, OrErrno<std::shared_ptr<OpenFile>> opened) -> NativeResult {
        if (!opened) return failed(own, opened.error);
        auto handle = std::make_unique<FileHandle>(std::move(opened.value), own.process.self(),
                                                   own.node.state.owned_files, own.node.system.background());
        Term reference =
            make_magic_reference(own.heap, own.processes.this_node().make_reference(), handle.get());
        handle.release();
        return ok_with(own, reference);
      });
}

NativeResult close_1(Context& context, const Term* a) {
  return in_background(context, [&]() -> Prepared {
    auto found = found_file(context, a[0]);
    if (!found.handle) return found.why;
    return background_work(
        [file = std::exchange(found.handle->file, nullptr)]() mutable {
          file.reset();
          return 0;
        },
        [](Context&, int) -> NativeResult { return Term::atom(atoms::ok); });
  });
}

// Bytes that another thread reads into memory that this one has allocated.
struct Filled {
  HeldBytes bytes;
  int error = 0;
};

NativeResult filled_result(Context& context, Filled filled, std::size_t wanted) {
  static const Atom eof = Atom::of("eof");
  if (filled.error != 0) return failed(context, filled.error);
  if (filled.bytes.size() == 0 && wanted > 0) return Term::atom(eof);
  return ok_with(context, std::move(filled.bytes).to_binary(context.heap));
}

// Reads up to `size` bytes; negative offset: at the position, which moves.
std::unique_ptr<Background::Work> reading(std::shared_ptr<OpenFile> file, std::int64_t offset,
                                          std::size_t size) {
  return background_work(
      [file = std::move(file), offset, size, bytes = HeldBytes(std::max(size, std::size_t{1}))]() mutable {
        auto got = offset < 0 ? file->read(bytes.data(), size) : file->read_at(offset, bytes.data(), size);
        if (got) bytes.set_size(got.value);
        return Filled{std::move(bytes), got.error};
      },
      [size](Context& own, Filled filled) { return filled_result(own, std::move(filled), size); });
}

// '$read'(File, Size) and '$pread'(File, Offset, Size). For much, it first asks how much there is.
NativeResult read_some(Context& context, Term reference, std::int64_t offset, Term size_term) {
  static constexpr std::int64_t little = 64 << 10;
  return in_background(context, [&]() -> Prepared {
    auto size = small_of(size_term);
    bool large = is_kind(size_term, Kind::positive_integer);
    if ((!size && !large) || (size && *size < 0)) return NativeResult{bad_argument(context)};
    auto found = found_file(context, reference);
    if (!found.handle) return found.why;
    auto file = found.handle->file;
    if (size && *size <= little) return reading(std::move(file), offset, static_cast<std::size_t>(*size));
    auto wanted = size.value_or(INT64_MAX);
    return background_work([file, offset] { return file->bytes_left(offset); },
                           [file, offset, wanted](Context& own, OrErrno<std::int64_t> left) -> NativeResult {
                             if (!left) return failed(own, left.error);
                             auto some =
                                 static_cast<std::size_t>(std::min(wanted, std::max(left.value, little)));
                             if (some > own.node.system.files()->most_at_once()) return failed(own, ENOMEM);
                             return start_background(own, reading(file, offset, some));
                           });
  });
}

NativeResult read_2(Context& context, const Term* a) { return read_some(context, a[0], -1, a[1]); }

NativeResult pread_3(Context& context, const Term* a) {
  auto offset = small_of(a[1]);
  if (!offset) return bad_argument(context);
  if (*offset < 0) return failed(context, EINVAL);
  return read_some(context, a[0], *offset, a[2]);
}

NativeResult read_line_1(Context& context, const Term* a) {
  static const Atom eof = Atom::of("eof");
  auto* files = context.node.system.files();
  std::size_t most = files ? files->most_at_once() : 0;
  return with_file(
      context, a[0], [most](OpenFile& file) { return file.read_line(most); },
      [](Context& own, OrErrno<std::string> line) -> NativeResult {
        if (!line) return failed(own, line.error);
        return line.value.empty() ? Term::atom(eof) : ok_with(own, make_binary(own.heap, line.value));
      });
}

// Reads what is left of the file, into a block that grows while the file turns out to be larger.
std::unique_ptr<Background::Work> reading_all(std::shared_ptr<OpenFile> file, HeldBytes bytes,
                                              std::size_t room) {
  bytes.reserve(bytes.size() + room);
  struct All {
    std::shared_ptr<OpenFile> file;
    Filled filled;
    bool ended;
  };
  return background_work(
      [file = std::move(file), bytes = std::move(bytes), room]() mutable {
        auto got = file->read(bytes.data() + bytes.size(), room);
        bool ended = !got || got.value < room;
        bytes.set_size(bytes.size() + got.value);
        if (ended) file.reset();
        return All{std::move(file), {std::move(bytes), got.error}, ended};
      },
      [](Context& own, All all) -> NativeResult {
        if (all.ended) return filled_result(own, std::move(all.filled), 0);
        auto size = all.filled.bytes.size();
        if (2 * size > own.node.system.files()->most_at_once()) return failed(own, ENOMEM);
        return start_background(own, reading_all(std::move(all.file), std::move(all.filled.bytes), size));
      });
}

NativeResult read_file_1(Context& context, const Term* a) {
  struct Opened {
    OrErrno<std::shared_ptr<OpenFile>> file;
    OrErrno<std::int64_t> size;
  };
  return with_name(
      context, a[0],
      [](FileSystem& files, auto& place) {
        Opened opened{files.open(place, {.read = true}), 0};
        if (opened.file) opened.size = opened.file.value->bytes_left(0);
        return opened;
      },
      [](Context& own, Opened opened) -> NativeResult {
        if (!opened.file || !opened.size)
          return failed(own, opened.file ? opened.size.error : opened.file.error);
        auto size = static_cast<std::size_t>(opened.size.value);
        if (size > own.node.system.files()->most_at_once()) return failed(own, ENOMEM);
        constexpr std::size_t unknown =
            4096;  // the size of files that the system makes while they are read is 0
        return start_background(
            own, reading_all(std::move(opened.file.value), {}, size == 0 ? unknown : size + 1));
      });
}

// '$write_file'(Name, Modes, Data)
NativeResult write_file_3(Context& context, const Term* a) {
  return in_background(context, [&]() -> Prepared {
    auto modes = modes_of(a[1]);
    if (!modes) return NativeResult{bad_argument(context)};
    auto found = place_of(context, a[0]);
    if (!found.files) return found.why;
    auto bytes = [&] {
      MayPause here;
      return bytes_of_iolist(a[2]);
    }();
    if (!bytes) return NativeResult{bad_argument(context)};
    return background_work(
        [files = found.files, place = std::move(found.place), modes = *modes, bytes = std::move(*bytes)] {
          auto file = files->open(place, modes);
          return file ? file.value->write(bytes) : file.error;
        },
        [](Context& own, int error) -> NativeResult { return ok_or_failed(own, error); });
  });
}

// At the position, or at the offset.
NativeResult write_some(Context& context, Term reference, std::optional<std::int64_t> offset, Term data) {
  return in_background(context, [&]() -> Prepared {
    auto found = found_file(context, reference);
    if (!found.handle) return found.why;
    auto file = found.handle->file;
    auto bytes = [&] {
      MayPause here;
      return bytes_of_iolist(data);
    }();
    if (!bytes) return NativeResult{bad_argument(context)};
    return background_work(
        [file = std::move(file), offset, bytes = std::move(*bytes)] {
          return offset ? file->write_at(*offset, bytes) : file->write(bytes);
        },
        [](Context& own, int error) -> NativeResult { return ok_or_failed(own, error); });
  });
}

NativeResult write_2(Context& context, const Term* a) {
  return write_some(context, a[0], std::nullopt, a[1]);
}

NativeResult pwrite_3(Context& context, const Term* a) {
  auto offset = small_of(a[1]);
  if (!offset) return bad_argument(context);
  if (*offset < 0) return failed(context, EINVAL);
  return write_some(context, a[0], offset, a[2]);
}

// '$position'(File, From, Offset): From 0 is the beginning, 1 the position, 2 the end.
NativeResult position_3(Context& context, const Term* a) {
  auto from = small_of(a[1]), offset = small_of(a[2]);
  if (!from || !offset || *from < 0 || *from > 2) return bad_argument(context);
  return with_file(
      context, a[0],
      [from = static_cast<OpenFile::From>(*from), offset = *offset](OpenFile& file) {
        return file.position(from, offset);
      },
      [](Context& own, OrErrno<std::int64_t> at) -> NativeResult {
        return at ? ok_with(own, make_integer(own.heap, at.value)) : failed(own, at.error);
      });
}

NativeResult truncate_1(Context& context, const Term* a) {
  return change_of_file(context, a[0], [](OpenFile& file) { return file.truncate(); });
}

// '$sync'(File, DataOnly)
NativeResult sync_2(Context& context, const Term* a) {
  bool data_only = a[1].is(atoms::true_);
  return change_of_file(context, a[0], [data_only](OpenFile& file) { return file.sync(data_only); });
}

NativeResult allocate_3(Context& context, const Term* a) {
  auto offset = small_of(a[1]), length = small_of(a[2]);
  if (!offset || !length || *offset < 0 || *length < 0) return bad_argument(context);
  return change_of_file(context, a[0], [offset = *offset, length = *length](OpenFile& file) {
    return file.allocate(offset, length);
  });
}

NativeResult advise_4(Context& context, const Term* a) {
  static constexpr std::string_view names[] = {"normal",   "sequential", "random",
                                               "no_reuse", "will_need",  "dont_need"};
  auto offset = small_of(a[1]), length = small_of(a[2]);
  if (!offset || !length || !a[3].is_atom()) return bad_argument(context);
  auto* name = std::find(std::begin(names), std::end(names), a[3].as_atom().text());
  if (name == std::end(names)) return failed(context, EINVAL);
  auto advice = static_cast<OpenFile::Advice>(name - std::begin(names));
  return change_of_file(context, a[0], [offset = *offset, length = *length, advice](OpenFile& file) {
    return file.advise(offset, length, advice);
  });
}

// '$handle_info'(File): as '$info'/2.
NativeResult handle_info_1(Context& context, const Term* a) {
  return with_file(
      context, a[0], [](OpenFile& file) { return file.info(); },
      [](Context& own, OrErrno<FileInfo> info) { return info_result(own, info); });
}

// '$name'(Name): the bytes of a name, as the system has it; badarg: it is none.
NativeResult name_1(Context& context, const Term* a) {
  auto name = paced_file_name_of(a[0]);
  return name ? NativeResult{make_binary(context.heap, *name)} : badarg();
}

NativeResult native_name_1(Context& context, const Term* a) {
  if (!is_binary(a[0])) return badarg();
  BinaryView view{a[0]};
  return name_term(context, std::string{view.text()});
}

// '$allowed'(): whether there is a directory for code.
NativeResult allowed_0(Context& context, const Term*) {
  return yes_or_no(context.node.system.files() != nullptr);
}

constexpr NativeRow prim_file_functions[] = {
    {"$advise", 4, advise_4, erlang_code},
    {"$allocate", 3, allocate_3, erlang_code},
    {"$allowed", 0, allowed_0, erlang_code},
    {"$close", 1, close_1, erlang_code},
    {"$handle_info", 1, handle_info_1, erlang_code},
    {"$info", 2, info_2, erlang_code},
    {"$list", 2, list_2, erlang_code},
    {"$name", 1, name_1, erlang_code},
    {"$open", 2, open_2, erlang_code},
    {"$position", 3, position_3, erlang_code},
    {"$pread", 3, pread_3, erlang_code},
    {"$pwrite", 3, pwrite_3, erlang_code},
    {"$read", 2, read_2, erlang_code},
    {"$read_line", 1, read_line_1, erlang_code},
    {"$read_link", 2, read_link_2, erlang_code},
    {"$sync", 2, sync_2, erlang_code},
    {"$truncate", 1, truncate_1, erlang_code},
    {"$write", 2, write_2, erlang_code},
    {"$write_file", 3, write_file_3, erlang_code},
    {"$write_info", 6, write_info_6, erlang_code},
    {"del_dir", 1, del_dir_1, erlang_code},
    {"delete", 1, delete_1, erlang_code},
    {"get_cwd", 0, get_cwd_0, erlang_code},
    {"internal_native2name", 1, native_name_1},
    {"make_dir", 1, make_dir_1, erlang_code},
    {"make_link", 2, make_link_2, erlang_code},
    {"make_symlink", 2, make_symlink_2, erlang_code},
    {"read_file", 1, read_file_1, erlang_code},
    {"rename", 2, rename_2, erlang_code},
    {"set_cwd", 1, set_cwd_1, erlang_code},
};

}  // namespace

NativeResult too_much_in_background(Context& context) { return failed(context, EAGAIN); }

extern const NativeModule prim_file_module;
const NativeModule prim_file_module{"prim_file", prim_file_functions, ""};

}  // namespace noderuntime
