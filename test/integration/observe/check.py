"""Checks what noderuntime observe tells; the first argument names the check. It fails with a message."""
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse

HOST = os.environ["host"]


def need(condition, text):
    if not condition:
        sys.exit(f"not so: {text}")


def load(file):
    with open(file) as opened:
        document = json.load(opened)
    return document, {node["node"]: node for node in document["nodes"]}


def ask(node, call, verb="call"):
    told = subprocess.run(["noderuntime", verb, node, call, "--json"], capture_output=True, text=True, check=True)
    return json.loads(told.stdout)["value"]


def document(file, *names):
    whole, nodes = load(file)
    names = [f"{name}@{HOST}" for name in names]
    need(set(names) <= set(nodes), f"{names} are among {list(nodes)}")
    need("long@127.0.0.1" in nodes, "the node with a long name is there")
    for name in names:
        node = nodes[name]
        need(node["state"] == "up", f"{name} is up: {node}")
        need(node["release"] == "".join(map(chr, ask(name, "erlang:system_info(otp_release)"))), "the release")
        need(node["schedulers"] == ask(name, "erlang:system_info(schedulers_online)"), "the schedulers")
        need(node["process_limit"] == ask(name, "erlang:system_info(process_limit)"), "the limit of processes")
        need(abs(node["processes"] - ask(name, "erlang:system_info(process_count)")) <= 5, "the processes")
        need(0 < node["memory"]["processes"] < node["memory"]["total"], "the memory")
        need(node["reductions_per_second"] >= 0 and node["processor_percent"] >= 0, "the rates")
        need(0 <= node["uptime"] < 600, "the uptime")
    sees = lambda name: {each["node"]: each for each in nodes[f"{name}@{HOST}"]["connections"]}
    need({f"second@{HOST}", f"shy@{HOST}", f"ours@{HOST}"} <= set(sees("first")), "first sees the others")
    need(sees("first")[f"shy@{HOST}"]["hidden"] and not sees("first")[f"second@{HOST}"]["hidden"], "who is hidden")
    need(sees("first")[f"second@{HOST}"]["input_bytes"] > 0, "what a connection carried")
    need("input_bytes_per_second" in sees("second")[f"first@{HOST}"], "how fast")
    need(nodes[f"ours@{HOST}"]["runtime"] == "noderuntime", "ours is told from OTP")
    groups = [set(group) for group in whole["groups"]]
    need({f"first@{HOST}", f"second@{HOST}", f"ours@{HOST}", f"shy@{HOST}"} in groups, f"the group: {groups}")
    need({"long@127.0.0.1"} in groups, "the node alone")
    need(whole["one_sided"] == [], "all connections have two ends")


def neighbours(file):
    _, nodes = load(file)
    need(set(nodes) == {f"{name}@{HOST}" for name in ("first", "second", "shy", "ours")}, f"{list(nodes)}")


def details(file, *names):
    _, nodes = load(file)
    for name in names:
        node = nodes[f"{name}@{HOST}"]
        rows = node["processes"]["rows"]
        need(len(rows) >= 5 and all(row["pid"].startswith("<0.") for row in rows), f"processes of {name}: {rows[:3]}")
        need(any(row.get("name") == "net_kernel" for row in rows), "names of processes")
        need(node["modules"]["count"] > 20, "modules")
        if name == "ours":
            continue
        need(any(row["application"] == "kernel" for row in node["applications"]["rows"]), "applications")
        need(any(row["name"] == "ac_tab" for row in node["tables"]["rows"]), "tables")
        need(any(row["name"] == "tcp_inet" for row in node["ports"]["rows"]), "ports")


def left(before, after):
    rows = [[line.split() for line in open(file)] for file in (before, after)]
    need(len(rows[0]) >= 4, "nodes were asked")
    for (node, *then), (_, *now) in zip(*rows):
        then, now = [list(map(int, each)) for each in (then, now)]
        # A process of the call that counts, or of its connection, may still be ending.
        need(now[:2] == then[:2] and now[2] <= then[2] + 1, f"{node} has atoms, modules, processes {now}, had {then}")


def silent(file):
    _, nodes = load(file)
    node = nodes[f"second@{HOST}"]
    need(node["state"] != "up" and node["reason"], f"second is told: {node}")
    need(nodes[f"first@{HOST}"]["state"] == "up", "first is up")


class Page:
    def __init__(self, address):
        parts = urllib.parse.urlsplit(address)
        self.at, self.port = parts.hostname, parts.port
        self.token = urllib.parse.parse_qs(parts.query)["token"][0]

    def request(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection(self.at, self.port, timeout=20)
        connection.request(method, path, headers=headers)
        return connection.getresponse()

    def get(self, path, **parameters):
        answer = self.request(f"{path}?{urllib.parse.urlencode(parameters)}", Authorization=f"Bearer {self.token}")
        return json.load(answer)

    def post(self, path, **parameters):
        return json.load(self.request(f"{path}?{urllib.parse.urlencode(parameters)}", "POST",
                                      Authorization=f"Bearer {self.token}", Origin=f"http://{self.at}:{self.port}"))


def gate(address):
    page = Page(address)
    answer = page.request(f"/?token={page.token}")
    cookie = answer.getheader("Set-Cookie")
    need(answer.status == 200 and "HttpOnly" in cookie and "SameSite=Strict" in cookie, f"{answer.status} {cookie}")
    policy = answer.getheader("Content-Security-Policy")
    need("default-src 'none'" in policy and "unsafe" not in policy, policy)
    need(answer.getheader("X-Content-Type-Options") == "nosniff", "nosniff")
    need(answer.getheader("Access-Control-Allow-Origin") is None, "no other origin may read")
    cookie = cookie.split(";")[0]
    for path in ("/", "/main.js", "/style.css", "/api/cluster", "/events", "/nothing"):
        need(page.request(path).status == 403, f"{path} without the token")
        need(page.request(path, Cookie="noderuntime_observe_1=x").status == 403, f"{path} with another cookie")
        need(page.request(path, Cookie=cookie, Host="evil.example").status == 421, f"{path} by another name")
        need(page.request(path, Cookie=cookie, Origin="http://evil.example").status == 403, f"{path} from elsewhere")
    need(page.request("/main.js", Cookie=cookie).getheader("Content-Type").startswith("text/javascript"), "the type")
    need(page.request("/nothing", Cookie=cookie).status == 404, "another path")
    need(page.request("/api/act?action=kill", "POST", Cookie=cookie).status == 403, "an action without an origin")
    need(page.request("/api/act?action=kill", Cookie=cookie).status == 404, "an action by GET")


def views(address, otp, ours):
    page = Page(address)
    for node in (otp, ours):
        rows = page.get("/api/processes", node=node, order="memory", rows=5)["rows"]
        need(0 < len(rows) <= 5, f"processes of {node}: {rows}")
        one = page.get("/api/process", node=node, pid=rows[0]["pid"])
        need(one["pid"] == rows[0]["pid"] and one["memory"] > 0 and "stack" in one, f"{one}")
        found = page.get("/api/processes", node=node, search="KERNEL")["rows"]
        need(any(row.get("name") == "net_kernel" for row in found), f"found: {found}")
    need(page.get("/api/process", node=otp, pid="<0.99999.0>")["error"] == "not_found", "a process that has ended")
    children = page.get("/api/children", node=otp, of="kernel")["rows"]
    below = page.get("/api/children", node=otp, of=children[0]["pid"])["rows"]
    need(any(row["id"] == "code_server" for row in below), f"below kernel_sup: {below}")
    objects = page.get("/api/objects", node=otp, table="ac_tab")["objects"]
    need(any("kernel" in text for text in objects), f"{objects[:2]}")
    kernel = [row for row in page.get("/api/processes", node=otp, search="rex")["rows"] if row.get("name") == "rex"]
    state = page.get("/api/process", node=otp, pid=kernel[0]["pid"], state=1)
    need(state["state"] and not state["state"].startswith("none"), f"{state}")
    need(page.get("/api/nothing", node=otp)["error"] == "not_found", "no such view")
    need(page.get("/api/processes", node="nobody@x")["error"] == "not_found", "no such node")


def parts(address, otp, ours):
    page = Page(address)
    shown, after, numbers = {}, "", []
    while after is not None:
        answer = page.get("/api/objects", node=otp, table="many", **{"from": after})
        need(len(answer["objects"]) <= 50 and answer["count"] == 120, f"a page: {answer}")
        need(answer["before"] == len(numbers), "where it begins")
        numbers += answer["objects"]
        after = answer.get("next")
    need(len(set(numbers)) == 120 and '{1,"<b>"}' in numbers, f"all objects, once: {len(numbers)} {numbers[:2]}")
    need(any("bytes, which is not read" in text for text in numbers), "a large object is told by its size")
    need(page.get("/api/objects", node=otp, table="hidden")["error"] == "not_allowed", "a private table")
    need(page.get("/api/objects", node=otp, table="many", **{"from": "99"})["error"] == "not_found", "no such page")
    ports = page.get("/api/ports", node=otp)["rows"]
    need(any(row.get("remote_address") and row["queue_bytes"] == 0 for row in ports), f"ports with queues: {ports[:2]}")
    need(any(row["name"] == "socket inet tcp" and row["local_address"].startswith("127.0.0.1:") for row in ports),
         f"a socket of the module socket: {[row['name'] for row in ports]}")
    need(page.get("/api/mnesia", node=ours) == {"running": False, "count": 0, "rows": []}, "no mnesia")
    if os.environ.get("with_mnesia"):
        rows = {row["table"]: row for row in page.get("/api/mnesia", node=otp)["rows"]}
        need(rows["seen"]["objects"] == 3 and rows["seen"]["storage"] == "ram_copies" and otp in rows["seen"]["copies"], f"{rows}")
    nodes = {each["node"]: each for each in page.get("/api/cluster")["nodes"]}
    for each in nodes[ours]["connections"]:
        # `second` stood still before, and may have missed some.
        need(each["input_bytes"] > 0 and each["input_packets"] > 0 and "missed_ticks" in each and "silent_seconds" in each,
             f"ours tells all of a connection: {each}")
    need(any("silent_seconds" in each for each in nodes[otp]["connections"]), f"{nodes[otp]['connections']}")


def until(condition, text):
    end = time.monotonic() + 60
    while not condition():
        need(time.monotonic() < end, text)
        time.sleep(0.3)


def log(address, ours, *nodes):
    page = Page(address)
    for node in nodes:
        texts = []

        def look():
            answer = page.get("/api/log", node=node)
            texts[:] = [row["text"] for row in answer.get("rows", [])]
            return answer

        look()  # begins
        if node == ours:
            until(lambda: look() and any("connected" in text for text in texts), f"lines of {node}: {texts}")
            continue
        until(lambda: ask(node, "logger:get_primary_config()")["filters"] and "last" in look(), f"{node} has the filter")

        def seen():
            ask(node, 'logger:error("<i>~p</i>",[x])')
            look()
            return "<i>x</i>" in texts
        until(seen, f"an event of {node}: {texts}")
        last = page.get("/api/log", node=node)["last"]
        need(page.get("/api/log", node=node, after=last + 1000)["rows"] != [], "a number that was never told begins anew")


def up(address, *nodes):
    states = {each["node"]: each["state"] for each in Page(address).get("/api/cluster")["nodes"]}
    need(all(states.get(node) == "up" for node in nodes), f"{states}")


def no_filters(*nodes):
    for node in nodes:
        filters = ask(node, "logger:get_primary_config()")["filters"]
        need(not any("erl_eval" in json.dumps(each) for each in filters), f"{node} has {filters}")


def watch(address, name):
    page = Page(address)
    answer = page.request("/events", Authorization=f"Bearer {page.token}")
    wanted = ["up", "gone", "up"]
    for line in answer:
        if not line.startswith(b"data: "):
            continue
        state = {node["node"]: node["state"] for node in json.loads(line[6:])["nodes"]}.get(name)
        if state == wanted[0]:
            print(f"{name} is {state}", flush=True)
            wanted.pop(0)
        if not wanted:
            return
    sys.exit("the events ended")


def own_pid(pid):
    return "<0." + pid.split(".", 1)[1] if "@" in pid else pid


def kill(address, node, log):
    page = Page(address)
    pid = own_pid(ask(node, "erlang:spawn(timer,sleep,[infinity])"))
    need(page.get("/api/process", node=node, pid=pid).get("pid") == pid, f"{pid} runs")
    need(page.post("/api/act", node=node, action="trace", what=pid).get("events") == [], "a process that does nothing, traced")
    busy = own_pid(ask(node, "spawn(fun F() -> self() ! '<b>', receive X -> X end, timer:sleep(20), F() end).", "eval"))
    seen = page.post("/api/act", node=node, action="trace", what=busy)
    need(len(seen.get("events", [])) == 50 and any("receive" in event for event in seen["events"]), f"what it gets is traced: {seen}")
    need(any("send" in event and "<b>" in event for event in seen["events"]), f"and what it sends: {seen}")
    need(ask(node, f"erlang:trace_info(list_to_pid(\"{busy}\"), flags).", "eval") == ["flags", []], "then no more")
    need("answer" in page.post("/api/act", node=node, action="kill", what=pid), "it is killed")
    need(page.get("/api/process", node=node, pid=pid)["error"] == "not_found", "it has ended")
    with open(log) as opened:
        need(f"action kill {pid} on {node}" in opened.read(), "the log")


globals()[sys.argv[1]](*sys.argv[2:])
