"""Which folders may include which: cmake/layers has a row for each folder; its first lines explain the rows.

A public header, one that is installed, is included as <noderuntime/…>, a private one as "…": the reader of an include sees which it
is. Public headers include no private ones.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = "cmake/layers"
FORBIDDEN_IN_PURE = re.compile(r"<(uv\.h|sys/socket\.h|netinet/.*|unistd\.h|fstream|spdlog/.*|random)>|"
                               r"\b(system_clock|steady_clock)::now|\bgetrandom\(|\bstd::random_device")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
PUBLIC = {str(header.relative_to(folder)) for folder in (ROOT / "common/include", ROOT / "noderuntime/include")
          for header in folder.rglob("*.h")}


class Row:
    def __init__(self, line, number):
        self.folder, rest = line.split(":")
        names = rest.split()
        self.number = number
        self.pure = "*" not in names
        self.links = {name[1:] for name in names if name.startswith("+")}
        self.includes = {name for name in names if name[0] not in "+*"}
        self.used = set()


def read_table():
    lines = enumerate((ROOT / TABLE).read_text().splitlines(), 1)
    rows = [Row(line, number) for number, line in lines if line and not line.startswith("#")]
    return {row.folder: row for row in rows}


def folder_of(path, rows):
    return next((folder for folder in sorted(rows, key=len, reverse=True) if path.startswith(folder + "/")), None)


def problems_in_table(rows):
    above = set()
    for row in rows.values():
        if not (ROOT / row.folder).is_dir():
            yield f"{TABLE}:{row.number}: there is no folder {row.folder}"
        for name in sorted((row.includes | row.links) - above):
            yield f"{TABLE}:{row.number}: {name} is not above {row.folder}"
        above.add(row.folder)


def problems_in(path, rows):
    name = str(path.relative_to(ROOT))
    folder = folder_of(name, rows)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found and found[1] == '"' and found[2] in PUBLIC:
            yield f"{name}:{number}: {found[2]} is a public header: <{found[2]}>"
        if found and found[1] == "<" and found[2].startswith("noderuntime/") and found[2] not in PUBLIC:
            yield f"{name}:{number}: {found[2]} is no public header"
        if found and found[1] == '"' and "/include/" in name:
            yield f"{name}:{number}: a public header includes only public ones"
    if "/include/" in name:
        return
    if folder is None:
        yield f"{name}: {TABLE} has no row for its folder"
        return
    row = rows[folder]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        target = found and found[1] == '"' and folder_of(found[2], rows)
        if target and target != folder:
            row.used.add(target)
            if target not in row.includes:
                yield f"{name}:{number}: {folder} must not include {found[2]}"
        if row.pure and FORBIDDEN_IN_PURE.search(line):
            yield f"{name}:{number}: {folder} is pure: {line.strip()}"
        if "<uv.h>" in line and folder != "common/net":
            yield f"{name}:{number}: only common/net includes <uv.h>"


def main():
    rows = read_table()
    sources = [p for top in ("common", "epmd", "noderuntime") for p in (ROOT / top).rglob("*") if p.suffix in (".h", ".cpp", ".inc")]
    problems = [*problems_in_table(rows), *(problem for path in sorted(sources) for problem in problems_in(path, rows))]
    for row in rows.values():
        problems += [f"{TABLE}:{row.number}: {row.folder} includes nothing of {name}" for name in sorted(row.includes - row.used)]
    print("\n".join(problems) if problems else f"layers: clean, {len(rows)} folders, {len(sources)} files")
    sys.exit(1 if problems else 0)


main()
