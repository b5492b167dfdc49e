"""Names the functions of the installed headers that declarations.cpp and main.cpp do not use.

    declarations.py INCLUDE_DIRECTORY SOURCE…

A function is a name before a parenthesis in a declaration; private parts, namespaces `detail` the library's own
`state()`, and `make` and `read` of TermOf, which `of` and `as` call, do not count.
"""
import pathlib
import re
import sys

NO_FUNCTIONS = {"if", "for", "return", "sizeof", "decltype", "operator", "assert", "alignas", "requires", "static_assert", "std",
                "state", "make", "read"}


def declared(text):
    text = re.sub(r"namespace detail \{.*?\}  // namespace detail", "", text, flags=re.S)
    text = re.sub(r"//.*", "", text)
    text = re.sub(r"^#define(.*\\\n)*.*$", "", text, flags=re.M)
    text = re.sub(r"\n private:.*?\n\};", "\n};", text, flags=re.S)
    for line in text.splitlines():
        found = re.match(r"(?:  )?(?! |return|explicit|friend)(?:[\w:<>,&*\[\] ]+ [&*]?)([a-z]\w*)\(", line)
        if found and found[1] not in NO_FUNCTIONS:
            yield found[1]


headers, sources = pathlib.Path(sys.argv[1]), "".join(pathlib.Path(name).read_text() for name in sys.argv[2:])
names = {name: header.name for header in sorted(headers.rglob("*.h")) for name in declared(header.read_text())}
missing = [f"{header}: {name}" for name, header in names.items() if not re.search(rf"\b{name}\b", sources)]
for each in missing:
    print(f"FALSE nobody outside uses {each}")
if not missing:
    print(f"ok    {len(names)} names of functions in the installed headers are used from outside")
sys.exit(bool(missing) or not names)
