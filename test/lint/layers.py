"""Who may include whom. One row per folder; the table is the architecture (docs/architecture.md)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder: the folders it may include besides itself and the public headers
ALLOWED = {
    "common/wire": [],
    "common/entropy": [],
    "common/epmd_protocol": ["common/wire"],
    "common/net": [],
    "common/program": ["common/wire", "common/net"],
    "epmd": ["common/entropy", "common/wire", "common/epmd_protocol", "common/net", "common/program"],
    "noderuntime/term": ["common/entropy", "common/wire"],
    "noderuntime/external_format": ["common/wire", "noderuntime/term"],
    "noderuntime/notation": ["common/wire", "noderuntime/term", "noderuntime/external_format"],
    "noderuntime/process": ["noderuntime/term"],
    "noderuntime/tables": ["noderuntime/term"],
    "noderuntime/distribution": ["common/entropy", "common/wire", "noderuntime/term", "noderuntime/external_format", "noderuntime/process"],
    "noderuntime/functions": ["common/wire", "noderuntime/term", "noderuntime/external_format", "noderuntime/process",
                              "noderuntime/tables"],
    "noderuntime/prelude": [],
    "noderuntime/code": ["common/entropy", "common/wire", "noderuntime/term", "noderuntime/machine", "noderuntime/prelude",
                         "noderuntime/process", "noderuntime/functions", "noderuntime/tables"],
    "noderuntime/machine": ["common/entropy", "common/wire", "noderuntime/term", "noderuntime/external_format", "noderuntime/process",
                            "noderuntime/functions", "noderuntime/tables", "noderuntime/code"],
    "noderuntime/services": ["common/entropy", "noderuntime/term", "noderuntime/process", "common/wire"],
    "noderuntime/node": ["common/entropy", "common/wire", "common/epmd_protocol", "common/net", "common/program", "noderuntime/term",
                         "noderuntime/external_format", "noderuntime/process", "noderuntime/distribution",
                         "noderuntime/machine", "noderuntime/services"],
    "noderuntime/library": ["common/wire", "common/epmd_protocol", "common/net", "common/program", "noderuntime/term",
                            "noderuntime/process", "noderuntime/functions", "noderuntime/machine", "noderuntime/code",
                            "noderuntime/services", "noderuntime/node"],
    "noderuntime/examples": [],
    "noderuntime/command": ["common/wire", "common/net", "common/program", "common/epmd_protocol", "noderuntime/term",
                            "noderuntime/external_format", "noderuntime/notation", "noderuntime/process",
                            "noderuntime/services", "noderuntime/node", "noderuntime/library"],
}
IMPURE = {"common/entropy", "common/net", "common/program", "epmd", "noderuntime/node", "noderuntime/library", "noderuntime/examples",
          "noderuntime/command"}
FORBIDDEN_IN_PURE = re.compile(r"<(uv\.h|sys/socket\.h|netinet/.*|unistd\.h|fstream|spdlog/.*|random)>|"
                               r"\b(system_clock|steady_clock)::now|\bgetrandom\(|\bstd::random_device")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def folder_of(path):
    for folder in sorted(ALLOWED, key=len, reverse=True):
        if path.startswith(folder + "/"):
            return folder
    return None


def problems_in(path):
    name = str(path.relative_to(ROOT))
    folder = folder_of(name)
    if folder is None or "/include/" in name:
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found and not found[1].startswith("noderuntime/") or found and found[1].count("/") > 1:
            target = folder_of(found[1])
            if target and target != folder and target not in ALLOWED[folder]:
                yield f"{name}:{number}: {folder} must not include {found[1]}"
        if folder not in IMPURE and FORBIDDEN_IN_PURE.search(line):
            yield f"{name}:{number}: {folder} is pure: {line.strip()}"
        if "<uv.h>" in line and folder != "common/net":
            yield f"{name}:{number}: only common/net includes <uv.h>"


def main():
    sources = [p for top in ("common", "epmd", "noderuntime") for p in (ROOT / top).rglob("*") if p.suffix in (".h", ".cpp", ".inc")]
    problems = [problem for path in sorted(sources) for problem in problems_in(path)]
    print("\n".join(problems) if problems else f"layers: clean, {len(sources)} files")
    sys.exit(1 if problems else 0)


main()
