"""Looks at the page in a browser.

  real ADDRESS NODE          the page of noderuntime observe, with hostile processes on NODE
  parts ADDRESS OTP OURS LOG COMMAND…   tables, ports, connections and the log; LOG has NODE log the hostile texts, and each
                             COMMAND, "stop" or "start", stops and starts the node `comes` (shell commands)
  others ADDRESS NODE…       each of the nodes, of other releases and languages
  actions ADDRESS NODE       the same with --allow-actions
  many DIRECTORY             the files of the page alone, in front of a cluster of 200 nodes that does not exist
With SCREENSHOTS=DIRECTORY, pictures of each page are written there.
"""
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time

from texts import TEXTS
from webdriver import Browser

TAB, ENTER = "\ue004", "\ue007"
SIZES = {"wide": (1200, 640), "narrow": (400, 720)}


def claim(condition, text):
    print(("ok    " if condition else "FALSE ") + text, flush=True)
    if not condition:
        sys.exit(1)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def pictures(browser, name):
    where = os.environ.get("SCREENSHOTS")
    if not where:
        return
    for size, (width, height) in SIZES.items():
        browser.look(width, height)
        time.sleep(0.3)
        browser.screenshot(f"{where}/observe-{name}-{size}.png")
    browser.look(*SIZES["wide"])


def overflows(browser):
    return browser.run("return document.documentElement.scrollWidth > innerWidth")


def loads_fast(browser):
    browser.until("document.querySelectorAll('tbody tr').length > 0", "nodes are shown")
    entries = browser.run("""return performance.getEntriesByType('resource').map(e => [e.name, e.initiatorType, e.encodedBodySize])""")
    origin = browser.run("return location.origin")
    claim(all(name.startswith(origin + "/") for name, _, _ in entries), "nothing is fetched from elsewhere")
    size = sum(size for _, _, size in entries) + browser.run("return document.documentElement.outerHTML.length")
    claim(size < 300_000, f"the page has {size // 1000} kB, less than 300 kB")
    # On a busy machine it takes longer: it has to be that fast once.
    times, end = [], time.monotonic() + 60
    while not times or min(times) >= 200 and time.monotonic() < end:
        browser.run("location.reload()")
        browser.until("performance.getEntriesByType('navigation')[0].loadEventEnd > 0 && document.querySelectorAll('tbody tr').length > 0", "it is loaded")
        times.append(round(browser.run("return performance.getEntriesByType('navigation')[0].loadEventEnd")))
    claim(min(times) < 200, f"the page is loaded in less than 200 ms: {times}")


def real(address, node):
    with open("browser.log", "w") as log:
        browser = Browser(free_port(), log)
        try:
            browser.look(*SIZES["wide"])
            browser.open(address)
            browser.until("document.querySelectorAll('tbody tr').length > 0", "nodes are shown")
            browser.open(address.split("?")[0])  # again, since the first time the browser itself starts
            loads_fast(browser)
            claim("token" not in browser.run("return location.href"), "the token is not in the address any more")
            claim(browser.run("return document.cookie") == "", "scripts do not see the cookie")
            browser.until("[...document.querySelectorAll('td')].some(cell => cell.textContent === arguments[0])", node, node)
            browser.run("""window.shifts = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.shifts += e.value))
                           .observe({type: 'layout-shift', buffered: false})""")
            time.sleep(3)
            claim(browser.run("return window.shifts") < 0.02, "nothing jumps while figures change")
            claim(not overflows(browser), "the cluster fits")
            pictures(browser, "cluster")

            browser.run("document.activeElement.blur()")
            for _ in range(3):
                browser.press(TAB)
            claim(browser.run("return document.activeElement.matches('a, button')"), "the keyboard reaches links and buttons")
            browser.run("document.querySelector('th button').focus()")
            browser.press(ENTER)
            claim(browser.run("return document.querySelectorAll('th[aria-sort]').length") >= 1, "Enter sorts")

            browser.run("location.hash = '#/node/' + encodeURIComponent(arguments[0])", node)
            browser.until("document.querySelectorAll('.plot').length === 6 && document.querySelectorAll('.bar').length > 5", "the node is shown")
            pictures(browser, "node")
            browser.run("document.querySelectorAll('main > details').forEach(each => each.open = true)")
            for text in ("ac_tab", "tcp_inet", "kernel", "lists", "does not run here"):
                browser.until("[...document.querySelectorAll('main > details *')].some(each => each.childElementCount === 0 && "
                              "each.textContent.trim().startsWith(arguments[0]))", f"{text} is shown", text)
            claim(not overflows(browser), "the node fits")

            browser.run("location.hash = '#/processes/' + encodeURIComponent(arguments[0])", node)
            browser.until("document.querySelectorAll('tbody tr').length > 10", "processes are shown")
            pictures(browser, "processes")
            browser.run("""const search = document.querySelector('input[type=search]'); search.value = 'window.hacked = 1</SCRIPT';
                           search.dispatchEvent(new Event('input'))""")
            browser.until("[...document.querySelectorAll('td')].some(cell => cell.textContent === arguments[0])", "the hostile process is found", TEXTS[0])
            browser.run("[...document.querySelectorAll('tbody tr')].find(row => row.children[1].textContent === arguments[0]).querySelector('a').click()", TEXTS[0])
            browser.until("document.querySelector('main').textContent.includes('<img src=x')", "its messages are shown as text")
            browser.run("document.querySelector('main .tools button').click()")
            browser.until("[...document.querySelectorAll('h2')].some(each => each.textContent === 'State')", "its state")
            pictures(browser, "process")
            claim(browser.run("return document.querySelectorAll('main script, main img, main iframe').length") == 0, "nothing of it became an element")
            claim(browser.run("return window.hacked === undefined"), "nothing of it ran")
            claim(browser.run("return [...document.querySelectorAll('main button')].every(each => each.textContent !== 'Kill')"), "without --allow-actions there is no button for them")
            complaints = browser.complaints()
            claim(complaints == [], f"the browser complains about nothing {complaints}")
        finally:
            browser.close()


# The texts of the elements that match, whole.
ALL = "[...document.querySelectorAll(arguments[0])].map(each => each.textContent)"


def nothing_ran(browser):
    claim(browser.run("return document.querySelectorAll('body script, img, iframe, object, embed, form:not([method=dialog]), main style, base, meta[http-equiv]').length") == 0,
          "no text became an element")
    claim(browser.run("return window.hacked === undefined && ({}).polluted === undefined"), "nothing of it ran")


def missing(browser, selector, whole=True):
    """The hostile texts that no element that matches has."""
    found = browser.run(f"return {ALL}", selector)
    return [text for text in TEXTS if not any(text == each or (not whole and text in each) for each in found)]


def unprinted(browser, selector):
    """The texts of printable ASCII that no element that matches shows as a binary, as Erlang prints it."""
    found = browser.run(f"return {ALL}", selector)
    plain = [text for text in TEXTS if all(" " <= letter <= "~" for letter in text)]
    quoted = {text: '<<"' + text.replace("\\", "\\\\").replace('"', '\\"') + '">>' for text in plain}
    return [text for text in plain if not any(quoted[text] in each for each in found)]


def to_node(browser, node):
    browser.run("location.hash = '#/node/' + encodeURIComponent(arguments[0])", node)
    browser.until("document.querySelector('h2')?.textContent === arguments[0] && document.querySelectorAll('.bar').length > 5", "the node is shown", node)


def open_part(browser, title):
    browser.run("[...document.querySelectorAll('main > details')].find(each => each.querySelector('strong').textContent === arguments[0]).open = true", title)


PART = "[...document.querySelectorAll('main > details')].find(each => each.querySelector('strong').textContent === arguments[0])"
PRESS = "[...document.querySelectorAll('dialog button')].find(each => each.textContent === arguments[0])"


def wait_for_none(browser, selector, whole, text):
    end = time.monotonic() + 60
    while missing(browser, selector, whole) and time.monotonic() < end:
        time.sleep(0.3)
    left = missing(browser, selector, whole)
    claim(left == [], f"{text} {left[:3]}")


def parts(address, node, ours, log, *commands):
    with open("browser.log", "w") as written:
        browser = Browser(free_port(), written)
        try:
            browser.look(*SIZES["wide"])
            browser.open(address)
            browser.until("document.querySelectorAll('tbody tr').length > 3", "nodes are shown")
            print(f"      {len(TEXTS)} hostile texts")

            browser.run("location.hash = '#/processes/' + encodeURIComponent(arguments[0])", node)
            browser.until("document.querySelector('select[aria-label=Rows]') !== null", "the page of processes")
            browser.run("const rows = document.querySelector('select[aria-label=Rows]'); rows.value = '500'; rows.dispatchEvent(new Event('change'))")
            wait_for_none(browser, "td", True, "each text arrives as the name of a process")
            nothing_ran(browser)

            to_node(browser, node)
            open_part(browser, "Tables")
            wait_for_none(browser, "main > details button", True, "each text arrives as the name of a table")
            press = lambda name: browser.run("[...document.querySelectorAll('main > details button')].find(each => each.textContent === arguments[0]).click()", name)
            press(TEXTS[1])
            browser.until("document.querySelector('dialog').open && document.querySelector('dialog td').textContent.includes('<img src=x')", "its contents are text")
            browser.run(f"{PRESS}.click()", "Close")
            press("hostile_many")
            browser.until("document.querySelectorAll('dialog tr').length === 50", "a page of 50 objects")
            pictures(browser, "table")
            claim("1 to 50 of 71" in browser.run("return document.querySelector('dialog').textContent"), "it says which")
            left = unprinted(browser, "dialog td")
            claim(left == [], f"each text arrives as the content of a table {left[:3]}")
            claim(browser.run(f"return !{PRESS}.disabled", "Next"), "there is a next page")
            browser.run(f"{PRESS}.click()", "Next")
            browser.until("document.querySelector('dialog').textContent.includes('51 to 71 of 71')", "the rest of them")
            claim("bytes, which is not read" in browser.run("return document.querySelector('dialog').textContent"), "a large object is told by its size")
            claim(browser.run(f"return {PRESS}.disabled", "Next"), "and that is all")
            browser.run(f"{PRESS}.click()", "First")
            browser.until("document.querySelector('dialog').textContent.includes('1 to 50 of 71')", "First goes back")
            browser.run(f"{PRESS}.click()", "Close")
            press("hostile_private")
            browser.until("document.querySelector('dialog').textContent.includes('only its owner can read it')", "a private table is told to be one")
            browser.run(f"{PRESS}.click()", "Close")
            nothing_ran(browser)
            head = "[...document.querySelectorAll('main > details[open] th button')].find(each => each.textContent === arguments[0])"
            browser.run(f"{head}.click()", "Objects")
            objects = browser.run("return [...document.querySelectorAll('main > details[open] tbody tr')].map(row => Number(row.children[2].textContent.replaceAll(' ', '')))")
            claim(objects == sorted(objects, reverse=True) and len(objects) > 20, "tables are sorted by their objects")

            open_part(browser, "Ports and sockets")
            browser.until("[...document.querySelectorAll('td')].some(each => /^127\\.0\\.0\\.1:\\d+$/.test(each.textContent))", "ports have addresses")

            open_part(browser, "Log")
            time.sleep(2)  # until the filter is there
            subprocess.run(log, shell=True, check=True)
            wait_for_none(browser, "main > details.log td.wrap", False, "each text arrives in the log")
            browser.until("[...document.querySelectorAll('main > details.log td')].some(each => each.textContent.includes('bytes, which is not read'))", "a large event is told by its size")
            nothing_ran(browser)
            count = lambda: browser.run("return document.querySelectorAll('main > details.log tbody tr').length")
            before = count()
            browser.run("const search = document.querySelector('.log input'); search.value = 'SCRIPT'; search.dispatchEvent(new Event('input'))")
            claim(0 < count() < before, "the log is searched")
            browser.run("const search = document.querySelector('.log input'); search.value = ''; search.dispatchEvent(new Event('input'))")
            browser.run("const least = document.querySelector('.log select'); least.value = 'error'; least.dispatchEvent(new Event('change'))")
            claim(browser.run("return [...document.querySelectorAll('.log .level')].every(each => each.textContent === 'error')"), "and filtered by level")
            claim(not overflows(browser), "the node fits")
            browser.run("document.querySelectorAll('main > details:not(.log)').forEach(each => each.open = false); document.querySelector('.log').scrollIntoView()")
            pictures(browser, "log")

            browser.run("location.hash = '#/processes/' + encodeURIComponent(arguments[0])", node)
            row = "[...document.querySelectorAll('tbody tr')].find(row => row.children[1]?.textContent === arguments[0])"
            browser.until(f"{row} !== undefined", "the process with hostile messages", TEXTS[0])
            browser.run(f"{row}.querySelector('a').click()", TEXTS[0])
            browser.until("[...document.querySelectorAll('h2')].some(each => each.textContent === 'Messages')", "the process is shown")
            left = unprinted(browser, "main td")
            claim(left == [], f"each text arrives as a message {left[:3]}")
            nothing_ran(browser)

            to_node(browser, ours)
            browser.until("[...document.querySelectorAll('main > .scroll')][0].querySelectorAll('tbody tr').length > 1", "its connections")
            cells = browser.run("return [...document.querySelectorAll('main > .scroll tbody tr')].map(row => [...row.children].map(cell => cell.textContent))")
            claim(all(row[6] and row[7] and row[10] and row[11] for row in cells), f"a node of ours tells bytes, silence and missed ticks of each connection: {cells[0]}")
            pictures(browser, "connections")
            open_part(browser, "Log")
            browser.until(f"{PART}.querySelector('tbody').textContent.includes('connected')", "its log has the lines of the node", "Log")

            browser.run("location.hash = '#/'")
            state = "[...document.querySelectorAll('tbody tr')].find(row => row.firstChild.textContent.startsWith('comes@'))?.children[1].textContent"
            browser.until(f"{state} === 'up'", "the node that comes is up")
            for command, wanted in zip(commands, ("gone", "up")):
                subprocess.run(command, shell=True, check=True)
                browser.until(f"{state} === arguments[0]", f"it is {wanted}", wanted)
                claim(True, f"a node that {'stops' if wanted == 'gone' else 'starts again'} is {wanted} in the open page")
            claim(browser.run("return [...document.querySelectorAll('h2')].some(each => each.textContent === 'Came and went')"), "what came and went is listed")
            complaints = browser.complaints()
            # Refused answers are logged by the browser itself: private tables, nodes that went.
            claim(all("/api/" in each for each in complaints), f"the browser complains about nothing else {complaints}")
        finally:
            browser.close()


def others(address, *nodes):
    with open("browser.log", "w") as written:
        browser = Browser(free_port(), written)
        try:
            browser.look(*SIZES["wide"])
            browser.open(address)
            for node in nodes:
                browser.until("[...document.querySelectorAll('td')].some(cell => cell.textContent === arguments[0])", f"{node} is among the nodes", node)
                to_node(browser, node)
                for title in ("Log", "Tables", "Ports and sockets", "Modules"):
                    open_part(browser, title)
                browser.until(f"{PART}.querySelectorAll('tbody tr').length > 3", f"tables of {node}", "Tables")
                browser.until(f"{PART}.textContent.includes('tcp_inet')", f"ports of {node}", "Ports and sockets")
                browser.until(f"{PART}.textContent.includes('nothing since you look')", f"the log of {node} is read", "Log")
                time.sleep(2)  # until the filter is there
                subprocess.run(["noderuntime", "call", node, f'logger:error("seen <b>on</b> {node}")'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                browser.until(f"{PART}.textContent.includes('seen <b>on</b> ' + arguments[1])", f"an event of {node}", "Log", node)
                browser.run("location.hash = '#/processes/' + encodeURIComponent(arguments[0])", node)
                browser.until("document.querySelectorAll('tbody tr').length > 10", f"processes of {node}")
                browser.run("location.hash = '#/'")
                claim(True, f"{node}: tables, ports, modules, processes, and its log as it is written")
            nothing_ran(browser)
        finally:
            browser.close()


def actions(address, node):
    with open("browser.log", "w") as log:
        browser = Browser(free_port(), log)
        try:
            browser.open(f"{address}#/processes/{node.replace('@', '%40')}")
            browser.until("document.querySelector('input[type=search]') !== null", "the page of processes")
            browser.run("""const search = document.querySelector('input[type=search]'); search.value = 'window.hacked = 1</script';
                           search.dispatchEvent(new Event('input'))""")
            browser.until("[...document.querySelectorAll('td')].some(cell => cell.textContent === arguments[0])", "the process is shown", TEXTS[0])
            browser.run("[...document.querySelectorAll('tbody tr')].find(row => row.children[1].textContent === arguments[0]).querySelector('a').click()", TEXTS[0])
            button = "[...document.querySelectorAll('button')].find(each => each.textContent === arguments[0])"
            browser.until(f"{button} !== undefined", "there is a button", "Kill")
            browser.run(f"{button}.click()", "Kill")
            browser.until("document.querySelector('dialog').open && document.querySelector('dialog').textContent.startsWith('Kill <0.')", "it is asked again")
            browser.run(f"{button}.click()", "No")
            claim(browser.run("return !document.querySelector('dialog').open"), "No does nothing")
            browser.run(f"{button}.click()", "Kill")
            browser.run(f"{button}.click()", "Yes")
            browser.until("document.querySelector('main').textContent.includes('the process has ended')", "Yes ends the process")
            claim(True, "a process is killed when that is confirmed")
        finally:
            browser.close()


def cluster_of(count, time_now, hostile):
    nodes, groups = [], [[], []]
    for i in range(count):
        name = f"node{i:03}@host{i % 20}.example.org"
        group = 0 if i < count * 3 // 4 else 1
        groups[group].append(name)
        nodes.append({"node": name, "state": "up", "since": 0, "listed": True, "runtime": "OTP", "release": "27", "uptime": 1000 * i,
                      "processes": 100 + i, "run_queue": i % 4, "memory": {"total": 10_000_000 + 100_000 * ((i * 7 + time_now) % 50)},
                      "processor_percent": i / 2, "input_bytes_per_second": 1000.5 * i, "output_bytes_per_second": 10.5 * i})
    for i, text in enumerate(TEXTS if hostile else []):  # names that no node can have, should the server ever let them pass
        groups[0][i] = nodes[i]["node"] = text
        nodes[i].update(reason=text, release=text, system=text)
    for node in nodes:
        group = groups[0] if node["node"] in groups[0] else groups[1]
        node["connections"] = [{"node": other, "hidden": False, "input_bytes": 5} for other in group if other != node["node"]]
    nodes[7].update(state="silent", reason="it does not answer in time")
    return {"time": time_now, "nodes": nodes, "groups": groups, "one_sided": [{"node": nodes[0]["node"], "unseen_by": nodes[190]["node"]}],
            "events": [{"time": time_now, "node": TEXTS[0], "event": "down", "reason": TEXTS[1]}], "hosts_without_epmd": TEXTS[:3], "nodes_left_out": False}


def many(directory):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=directory)

        def log_message(self, *_):
            pass

        def do_GET(self):
            if self.path.startswith("/api/page"):
                self.answer("application/json", b"{}")
            elif self.path.startswith("/events"):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                try:
                    for at in range(60):
                        self.wfile.write(f"event: cluster\ndata: {json.dumps(cluster_of(200, 1_700_000_000 + 2 * at, at > 8))}\n\n".encode())
                        time.sleep(1)
                except OSError:
                    pass
            else:
                super().do_GET()

        def answer(self, kind, body):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open("browser.log", "w") as log:
        browser = Browser(free_port(), log)
        try:
            browser.look(*SIZES["wide"])
            browser.open(f"http://127.0.0.1:{server.server_address[1]}/")
            browser.until("document.querySelectorAll('.graph a').length === 200", "200 nodes are shown")
            browser.run("""window.longest = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.longest = Math.max(window.longest, e.duration)))
                           .observe({type: 'longtask'})""")
            time.sleep(4)
            longest = browser.run("return window.longest")
            print(f"      an update of 200 nodes takes {longest:.0f} ms")
            claim(not overflows(browser), "200 nodes fit")
            text = browser.run("return document.querySelector('.notice').textContent")
            claim("2 groups" in text and "does not see" in text, "partitions and one-sided connections are told")
            pictures(browser, "many")
            wait_for_none(browser, "td", True, "each hostile text arrives as the name of a node")
            nothing_ran(browser)
        finally:
            browser.close()


globals()[sys.argv[1]](*sys.argv[2:])
