#include "noderuntime/beam/loader.h"

#include <algorithm>

#include "common/wire/utf8.h"
#include "noderuntime/beam/chunks.h"
#include "noderuntime/beam/literal_space.h"
#include "noderuntime/beam/translator.h"
#include "noderuntime/beam/verifier.h"
#include "noderuntime/external_format/decode.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

constexpr std::uint32_t max_arity = 255;

Error bad(std::string what) { return {Errc::bad_module, std::move(what)}; }

class Loader {
 public:
  Loader(LiteralSpace& space, const LoadOptions& options) : space_{space}, options_{options} {}

  Result<std::shared_ptr<Image>> run(const Chunks& chunks, const Digest& version) {
    image_->md5 = version;
    for (auto step :
         {&Loader::read_atoms, &Loader::read_imports, &Loader::read_literals, &Loader::read_lines,
          &Loader::read_lambdas, &Loader::read_code, &Loader::link_lambdas, &Loader::read_exports})
      if (auto outcome = (this->*step)(chunks); !outcome) return outcome.error();
    if (auto outcome = verify(*image_); !outcome) return outcome.error();
    auto keep = [&](const char* name, Buffer& to) {
      if (auto contents = chunks.find(name)) to.assign(contents->begin(), contents->end());
    };
    keep("Attr", image_->attributes), keep("CInf", image_->compile_info);
    move_terms();
    return image_;
  }

 private:
  // The names of files are moved with the constants.
  void move_terms() {
    auto& constants = image_->constants;
    auto count = constants.size();
    constants.insert(constants.end(), image_->files.begin(), image_->files.end());
    image_->literals = space_.move_in(std::move(heap_), constants);
    std::copy(constants.begin() + static_cast<std::ptrdiff_t>(count), constants.end(), image_->files.begin());
    constants.resize(count);
  }

  Outcome read_atoms(const Chunks&);
  Outcome read_imports(const Chunks&);
  Outcome read_literals(const Chunks&);
  Term file_name(std::string_view utf8);
  Outcome read_lines(const Chunks&);
  Outcome read_lambdas(const Chunks&);
  Outcome read_code(const Chunks&);
  Outcome link_lambdas(const Chunks&);
  Outcome read_exports(const Chunks&);
  Outcome read_line_items(Bytes contents);
  Result<Atom> atom(std::uint32_t index) const {
    if (index == 0 || index > tables_.atoms.size()) return bad("an atom does not exist");
    return tables_.atoms[index - 1];
  }

  LiteralSpace& space_;
  const LoadOptions& options_;
  std::shared_ptr<Image> image_ = std::make_shared<Image>();
  Heap heap_;
  Translator::Tables tables_;
  std::vector<std::uint32_t> lambda_labels_;
  Translator translator_{*image_, tables_, heap_};
};

// AtU8 of OTP 28 has a negative count and lengths as tagged numbers, for atoms of more than 255 bytes.
Outcome Loader::read_atoms(const Chunks& chunks) {
  auto utf8 = chunks.find("AtU8");
  auto contents = utf8 ? utf8 : chunks.find("Atom");
  if (!contents) return bad("no atoms");
  Reader in{*contents};
  auto count = static_cast<std::int32_t>(in.u32());
  bool long_lengths = count < 0;
  auto left = long_lengths ? -static_cast<std::int64_t>(count) : count;
  if (left > static_cast<std::int64_t>(in.remaining())) return bad("atoms");
  Rounds rounds{60};
  for (; left > 0; --left, rounds.next()) {
    std::size_t length = in.u8();
    if (long_lengths) {
      if ((length & 0x10) != 0 && (length & 8) != 0) return bad("an atom is too long");
      length = (length & 8) == 0 ? length >> 4 : (length >> 5) << 8 | in.u8();
    }
    auto text = std::string{in.string(length)};
    if (!in.ok()) return bad("atoms");
    if (!utf8) text = utf8::from_latin1(text);
    auto atom = options_.allowance ? options_.allowance->intern(text) : Atom::intern(text);
    if (!atom) return atom.error().code == Errc::too_many_atoms ? atom.error() : bad("an atom is no UTF-8");
    tables_.atoms.push_back(*atom);
  }
  if (tables_.atoms.empty()) return bad("no name");
  image_->module = tables_.atoms[0];
  return done;
}

Outcome Loader::read_imports(const Chunks& chunks) {
  auto contents = chunks.find("ImpT");
  if (!contents) return bad("no imports");
  Reader in{*contents};
  auto count = in.u32();
  if (count > in.remaining() / 12) return bad("imports");
  Rounds rounds{10};
  for (; count > 0; --count, rounds.next()) {
    auto module = atom(in.u32()), function = atom(in.u32());
    auto arity = in.u32();
    if (!module || !function || arity > max_arity) return bad("imports");
    image_->imports.push_back({*module, *function, arity});
  }
  auto strings = chunks.find("StrT");
  if (strings) image_->strings.assign(strings->begin(), strings->end());
  return done;
}

// The chunk begins with the size of the inflated literals; 0: they are not deflated (OTP 28).
Outcome Loader::read_literals(const Chunks& chunks) {
  auto contents = chunks.find("LitT");
  if (!contents) return done;
  Reader in{*contents};
  auto size = in.u32();
  Buffer inflated;
  if (size > 0) {
    auto result = inflate_exactly(in.rest(), size, options_.max_inflated);
    if (!result) return result.error();
    inflated = std::move(*result);
    in = Reader{inflated};
  }
  auto count = in.u32();
  if (count > in.remaining() / 4) return bad("literals");
  for (; count > 0; --count) {
    auto bytes = in.bytes(in.u32());
    if (!in.ok()) return bad("literals");
    DecodeOptions decode_options;
    decode_options.allowance = options_.allowance;
    auto decoded = decode_with_version(heap_, bytes, decode_options);
    if (!decoded) return decoded.error().code == Errc::too_many_atoms ? decoded.error() : bad("a literal");
    tables_.literals.push_back(decoded->term);
  }
  return done;
}

Term Loader::file_name(std::string_view utf8) {
  std::vector<Term> characters;
  for (std::size_t at = 0; at < utf8.size();) {
    auto character = utf8::next(utf8, at);
    characters.push_back(Term::small(character ? static_cast<std::int64_t>(*character)
                                               : static_cast<unsigned char>(utf8[at++])));
  }
  return make_list(heap_, characters);
}

Outcome Loader::read_lines(const Chunks& chunks) {
  image_->line_items.push_back({0, 0});
  image_->files.push_back(file_name(std::string{image_->module.text()} + ".erl"));
  auto contents = chunks.find("Line");
  if (contents && !read_line_items(*contents)) {  // a damaged table only loses the lines
    image_->line_items.resize(1);
    image_->files.resize(1);
  }
  return done;
}

Outcome Loader::read_line_items(Bytes contents) {
  constexpr std::size_t header = 20;
  Reader in{contents};
  auto version = in.u32();
  in.u32(), in.u32();
  auto items = in.u32(), names = in.u32();
  if (!in.ok() || version != 0 || items > in.remaining()) return bad("lines");
  ArgReader args{contents.subspan(header)};
  std::uint32_t file = 0;
  Rounds rounds{5};
  while (items > 0) {
    rounds.next();
    Arg arg = args.next();
    if (!args.ok()) return bad("lines");
    if (arg.tag == Arg::Tag::atom) {
      file = static_cast<std::uint32_t>(arg.value);
      if (file > names) return bad("lines");
      continue;
    }
    if (arg.tag != Arg::Tag::integer) return bad("lines");
    image_->line_items.push_back({file, static_cast<std::uint32_t>(arg.value)});
    --items;
  }
  // A character of a name takes 16 bytes in memory.
  constexpr std::size_t most_bytes_of_names = std::size_t{256} << 10;
  Reader rest{args.rest()};
  for (std::size_t bytes = 0; names > 0; --names) {
    auto name = rest.string(rest.u16());
    if (!rest.ok() || (bytes += name.size()) > most_bytes_of_names) return bad("lines");
    image_->files.push_back(file_name(name));
  }
  return done;
}

Outcome Loader::read_lambdas(const Chunks& chunks) {
  auto contents = chunks.find("FunT");
  if (!contents) return done;
  Reader in{*contents};
  auto count = in.u32();
  if (count > in.remaining() / 24) return bad("funs");
  Rounds rounds{10};
  for (; count > 0; --count, rounds.next()) {
    auto name = atom(in.u32());
    auto arity = in.u32(), label = in.u32(), index = in.u32(), free_count = in.u32(), uniq = in.u32();
    if (!name || arity > max_arity || free_count > arity) return bad("funs");
    image_->lambdas.push_back({*name, arity - free_count, free_count, 0, index, uniq});
    lambda_labels_.push_back(label);
  }
  return done;
}

Outcome Loader::read_code(const Chunks& chunks) {
  auto contents = chunks.find("Code");
  if (!contents) return bad("no code");
  Reader in{*contents};
  Reader header{in.bytes(in.u32())};
  auto version = header.u32();
  header.u32();
  tables_.labels = header.u32();
  auto functions = header.u32();
  // Each label is an instruction of at least two bytes: a count that the code cannot hold is refused before
  // memory is allocated for it.
  if (!in.ok() || !header.ok() || version != 0 || tables_.labels > in.remaining() ||
      functions > in.remaining())
    return bad("header of the code");
  return translator_.run(in.rest());
}

Outcome Loader::link_lambdas(const Chunks&) {
  Rounds rounds{30};
  for (std::size_t i = 0; i < lambda_labels_.size(); ++i, rounds.next()) {
    auto& lambda = image_->lambdas[i];
    lambda.entry = translator_.entry(lambda_labels_[i]);
    auto* function = image_->function_at(lambda.entry);
    if (lambda.entry == 0 || !function || function->entry != lambda.entry ||
        function->arity != lambda.arity + lambda.free_count)
      return bad("a fun without code");
  }
  return done;
}

Outcome Loader::read_exports(const Chunks& chunks) {
  auto contents = chunks.find("ExpT");
  if (!contents) return bad("no exports");
  Reader in{*contents};
  auto count = in.u32();
  if (count > in.remaining() / 12) return bad("exports");
  Rounds rounds{60};  // the sort is half of it
  for (; count > 0; --count, rounds.next()) {
    auto name = atom(in.u32());
    auto arity = in.u32(), entry = translator_.entry(in.u32());
    auto* function = entry == 0 ? nullptr : image_->function_at(entry);
    if (!name || !function || function->entry != entry || function->arity != arity) return bad("exports");
    image_->exports.push_back({*name, arity, entry});
  }
  std::sort(image_->exports.begin(), image_->exports.end(), [](auto& a, auto& b) {
    return std::pair{a.name, a.arity} < std::pair{b.name, b.arity};
  });
  return done;
}

}  // namespace

Result<std::shared_ptr<Image>> load(Bytes file, LiteralSpace& literals, const LoadOptions& options) {
  auto chunks = read_chunks(file, options.max_inflated);
  if (!chunks) return chunks.error();
  return load(*chunks, chunks->md5(), literals, options);
}

Result<std::shared_ptr<Image>> load(const Chunks& chunks, const Digest& version, LiteralSpace& literals,
                                    const LoadOptions& options) {
  return Loader{literals, options}.run(chunks, version);
}

}  // namespace noderuntime
