"""The files and functions that docs/tour.md and CONTRIBUTING.md name exist.

`folder/file.cpp: Class::function`   the file defines or declares the function
`Class::function`, `name::function`  some source file defines or declares it
`folder/file`                        exists
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOUR, CONTRIBUTING = "docs/tour.md", "CONTRIBUTING.md"
TOPS = ("common", "epmd", "noderuntime")
PLACE = re.compile(r"`((?:%s|test)/[\w./-]+)(?:: ([\w:]+)(?:/\d+)?)?`" % "|".join(TOPS))
RELAY = re.compile(r"`(\w+(?:::\w+)+)`")
STOP = re.compile(r"^\d+\. ")


# A function of a namespace begins in the first column. A member is Class::name( there, or indented in the body of its class.
def defines(text, function):
    *around, name = function.split("::")
    if f"{name}(" not in text:
        return False
    if not around or around[-1].islower():
        return re.search(rf"^(?![\s/#%]).*\b{name}\(", text, re.M)
    owner = around[-1]
    outside = rf"^(?![\s/#]).*\b{owner}::{name}\("
    inside = rf"\b(?:class|struct) (?:\w+::)*{owner}\b[^;{{]*{{(?s:.*?)^ +(?!//|return)[^\n]*\b{name}\("
    return re.search(outside, text, re.M) or re.search(inside, text, re.M)


def problems_in(line, sources):
    for file, function in PLACE.findall(line):
        path = ROOT / file
        if not path.exists():
            yield f"there is no {file}"
        elif function and not defines(path.read_text(), function):
            yield f"{file} has no {function}"
    for function in RELAY.findall(line):
        if not function.startswith("signal::") and not any(defines(text, function) for text in sources):
            yield f"no source file has {function}"
    if STOP.match(line) and not any(function for _, function in PLACE.findall(line)):
        yield "a stop begins with its place"


def main():
    sources = [path.read_text() for top in TOPS for path in sorted((ROOT / top).rglob("*")) if path.suffix in (".h", ".cpp")]
    problems = [f"{document}:{number}: {problem}" for document in (TOUR, CONTRIBUTING)
                for number, line in enumerate((ROOT / document).read_text().splitlines(), 1) for problem in problems_in(line, sources)]
    lines = (ROOT / TOUR).read_text().splitlines()
    stops = sum(1 for line in lines if STOP.match(line))
    if stops == 0:
        problems.append(f"{TOUR}: there are no stops")
    print("\n".join(problems) if problems else f"tour: clean, {stops} stops")
    sys.exit(1 if problems else 0)


main()
