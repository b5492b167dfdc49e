"""Markdown files: lines of at most 110 columns, and relative links whose file and heading exist.

Free of the limit are code blocks, since a line that is typed or printed cannot be broken, and rows of a table below
the line `<!-- wide table: REASON -->`.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLUMNS = 110
WIDE = re.compile(r"<!-- wide table: .+ -->")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"#+ (.*)")


# Yields (number, line) of every line outside of code blocks, with whether it stands in a wide table.
def prose(text):
    fenced = indented = wide = False
    blank = True
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        indented = line.startswith("    ") and (blank or indented)
        blank = not line.strip()
        if fenced or indented:
            continue
        wide = bool(WIDE.fullmatch(line)) or wide and (blank or line.startswith("|"))
        yield number, line, wide


# The anchors that GitHub gives to headings.
def anchors(text):
    titles = [found[1] for _, line, _ in prose(text) if (found := HEADING.fullmatch(line))]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def problems_in(name, texts):
    for number, line, wide in prose(texts[name]):
        if len(line) > COLUMNS and not wide:
            yield f"{name}:{number}: {len(line)} columns"
        for link in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"\w+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
            if not target.exists():
                yield f"{name}:{number}: there is no {path}"
            elif anchor and anchor not in anchors(texts[str(target.relative_to(ROOT))]):
                yield f"{name}:{number}: {path or name} has no heading #{anchor}"


def main():
    names = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    texts = {name: (ROOT / name).read_text() for name in names if (ROOT / name).exists()}
    problems = [problem for name in texts for problem in problems_in(name, texts)]
    print("\n".join(problems) if problems else f"markdown: clean, {len(texts)} files")
    sys.exit(1 if problems else 0)


main()
