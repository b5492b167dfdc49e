"""The recorded closures as Erlang terms: to_terms.py DIRECTORY LANGUAGE…

One line each: {Id, File, Run}. Run is {apply, Arguments, Pre, Class, Term, Exactly, Messages, Output} or
{server, Arguments, Steps, Status, Reason, Leftover, Output}; terms are strings of base64.
"""
import json
import os
import sys


def text(value):
    return '"' + "".join(c if " " <= c < "\x7f" and c not in '"\\' else "\\x{%x}" % ord(c) for c in value) + '"'


def listed(rows):
    return "[" + ",".join(rows) + "]"


def terms(rows):
    return listed(text(row["term_b64"]) for row in rows)


def step(row):
    name, term = row.get("name", ""), row.get("term_b64", "")
    return "{%s,%s,%s,%d}" % (row["op"], text(name), text(term), row.get("ms", row.get("timeout_ms", 0)))


def run_of(run):
    if run["kind"] == "apply":
        expect = run["expect"]
        exactly = "false" if run.get("compare") == "class" else "true"
        return "{apply,%s,%s,%s,%s,%s,%s,%s}" % (
            text(run["args_b64"]), terms(run.get("pre", [])), expect["class"], text(expect["term_b64"]), exactly,
            terms(run["messages"]), text(run["output"]))
    return "{server,%s,%s,%s,%s,%s,%s}" % (
        text(run["args_b64"]), listed(step(row) for row in run["steps"]), run["exit"]["status"],
        text(run["exit"].get("reason_b64", "")), terms(run["leftover_messages"]), text(run["output"]))


directory, languages = sys.argv[1], sys.argv[2:]
with open(os.path.join(directory, "expected.json"), encoding="utf-8") as file:
    cases = json.load(file)["cases"]
for case in cases:
    if case["lang"] in languages and not case.get("synthetic"):
        for run in case["runs"]:
            path = os.path.join(directory, case["file"])
            print("{%s,%s,%s}." % (text(case["id"]), text(path), run_of(run)))
