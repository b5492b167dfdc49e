"""Each file includes the standard headers whose names it uses; each header compiles alone.

A name must not come with another standard header by chance: with the next release of the library it may not. A source
file may leave to our headers what they include. A part of a source file (*.inc) includes nothing: the source file includes
what the part uses.

headers.py                 only the first: reads the texts
headers.py COMPILER…       also compiles alone each header that no source file has as its first include, with this command line:
                           headers.py g++ -std=c++20 -fsyntax-only
"""
import concurrent.futures
import functools
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE_PATHS = ["", "common/include", "noderuntime/include"]

# standard header: names in std:: (or macros and functions) for which it has to be included where they are used.
# Others (<utility> for move, <cstddef> for size_t) come with all that use them.
NAMES = {
    "algorithm": r"all_of|any_of|none_of|find_if|find_if_not|sort|stable_sort|copy|copy_n|fill|fill_n|max_element|min_element|"
                 r"equal_range|lower_bound|upper_bound|reverse|rotate|transform|remove_if|unique|min|max|clamp|mismatch|is_sorted",
    "array": r"array",
    "atomic": r"atomic",
    "bit": r"bit_cast|bit_width|bit_ceil|bit_floor|countl_zero|countr_zero|popcount|rotl|rotr|endian|has_single_bit",
    "charconv": r"to_chars|from_chars",
    "chrono": r"chrono",
    "cstring": r"memcpy|memmove|memset|memcmp|strlen|strcmp",
    "deque": r"deque",
    "filesystem": r"filesystem",
    "fstream": r"ifstream|ofstream|fstream",
    "functional": r"function|hash|less|greater|reference_wrapper",
    "initializer_list": r"initializer_list",
    "iterator": r"back_inserter|make_move_iterator|next|prev",
    "limits": r"numeric_limits",
    "list": r"list",
    "map": r"map|multimap",
    "memory": r"unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared|enable_shared_from_this",
    "mutex": r"mutex|lock_guard|scoped_lock|unique_lock",
    "optional": r"optional|nullopt",
    "ostream|iostream|sstream": r"ostream|ostringstream|istringstream|stringstream|cerr|cout",
    "random": r"mt19937|mt19937_64|random_device",
    "set": r"set|multiset",
    "span": r"span",
    "stdexcept": r"runtime_error|logic_error|domain_error|invalid_argument|out_of_range",
    "string": r"string|to_string|u32string",
    "string_view": r"string_view",
    "tuple": r"tuple|tie|apply|make_tuple",
    "type_traits": r"is_same_v|is_trivially_copyable_v|is_trivially_destructible_v|enable_if_t|conditional_t|remove_cvref_t|"
                   r"decay_t|is_convertible_v|type_identity_t|is_invocable_v",
    "unordered_map": r"unordered_map|unordered_multimap",
    "unordered_set": r"unordered_set",
    "utility": r"exchange|pair|swap|in_place",
    "variant": r"variant|visit|monostate|get_if|holds_alternative",
    "vector": r"vector",
}
# What comes for certain with another header: its own text promises so, or the header is nothing without it.
COMES_WITH = {
    "string_view": {"string"},
    "initializer_list": {"string", "string_view", "vector", "map", "set", "array", "deque", "list", "unordered_map", "unordered_set"},
    "utility": {"map", "unordered_map", "tuple", "optional", "variant", "memory", "algorithm", "functional"},
    "iterator": {"string", "vector", "map", "span", "array"},
}
STANDARD = re.compile(r'^\s*#\s*include\s+<([a-z_0-9.]+)>', re.M)
OWN = re.compile(r'^\s*#\s*include\s+(?:"|<(?=noderuntime/))([^">]+)[">]', re.M)
PLACEMENT_NEW = re.compile(r"\bnew\s*\(")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"')


def files(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    if listed:
        return [ROOT / name for name in listed]
    return sorted(p for pattern in patterns for p in ROOT.rglob(pattern) if "build" not in p.parts)


@functools.cache
def text_of(path):
    return COMMENT.sub("", path.read_text())


# The standard headers that come with `path` by way of our headers.
@functools.cache
def standard_headers(path):
    text = text_of(path)
    included = set(STANDARD.findall(text))
    for name in OWN.findall(text):
        for folder in INCLUDE_PATHS:
            target = ROOT / folder / name
            if target.exists() and target != path:
                included |= standard_headers(target)
    return frozenset(included)


# The parts of a source file, which it includes into its own text.
def parts_of(source):
    return [ROOT / name for name in OWN.findall(text_of(source)) if name.endswith(".inc")]


def missing_in_source(source):
    yield from missing_in(source, standard_headers(source))
    for part in parts_of(source):
        yield from missing_in(part, standard_headers(source))


def problems_of_parts(parts, sources):
    included = {part for source in sources for part in parts_of(source)}
    for part in parts:
        if part not in included:
            yield f"{part.relative_to(ROOT)}: no source file includes it"
        if STANDARD.search(text_of(part)) or OWN.search(text_of(part)):
            yield f"{part.relative_to(ROOT)}: a part of a source file must not include anything"


def missing_in(path, included):
    code = TEXT.sub('""', OWN.sub("", text_of(path)))
    for header, names in NAMES.items():
        accepted = set(header.split("|")) | COMES_WITH.get(header, set())
        if accepted & included:
            continue
        used = re.search(r"\bstd::(%s)\b(?!_)" % names, code)
        if used:
            yield f"{path.relative_to(ROOT)}: std::{used[1]} without <{header.split('|')[0]}>"
    if PLACEMENT_NEW.search(code) and "new" not in included and "memory" not in included:
        yield f"{path.relative_to(ROOT)}: placement new without <new>"


# The build itself shows that a header compiles alone if it is the first include of a source file.
def is_first_somewhere(path, sources):
    name = str(path.relative_to(ROOT)).split("include/", 1)[-1] if "/include/" in str(path) else str(path.relative_to(ROOT))
    first = re.compile(r'\A\s*#\s*include\s+["<]%s[">]' % re.escape(name))
    return any(first.match(text_of(source)) for source in sources)


def compile_alone(path, command):
    includes = [f"-I{ROOT / each}" for each in INCLUDE_PATHS]
    source = f'#include "{path.relative_to(ROOT)}"\n'
    done = subprocess.run([*command, *includes, '-DNODERUNTIME_VERSION=""', '-DTEST_MODULES=""', "-x", "c++", "-"], input=source,
                          capture_output=True, text=True, cwd=ROOT, check=False)
    return f"{path.relative_to(ROOT)} does not compile alone:\n{done.stderr}" if done.returncode != 0 else None


def main():
    command = sys.argv[1:]
    all_headers, sources = files("*.h"), files("*.cpp")
    parts = [path for path in files("*.inc") if "systemd" not in path.parts]
    problems = [problem for path in all_headers for problem in missing_in(path, set(STANDARD.findall(text_of(path))))]
    problems += [problem for path in sources for problem in missing_in_source(path)]
    problems += problems_of_parts(parts, sources)
    if command:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            alone = [path for path in all_headers if not is_first_somewhere(path, sources)]
            problems += filter(None, pool.map(lambda path: compile_alone(path, command), alone))
    counts = f"{len(all_headers)} headers, {len(sources)} sources, {len(parts)} parts of sources"
    print("\n".join(problems) if problems else f"headers: clean, {counts}")
    sys.exit(1 if problems else 0)


main()
