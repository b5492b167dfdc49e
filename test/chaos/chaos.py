"""The director of the scenario: starts the nodes, disturbs them as the seed says, and compares what our node holds with
what it held at the start. chaos.py SECONDS SEED WORK COOKIE; `run` calls it."""
import ctypes
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ["NODERUNTIME_BIN"]
TICK_TIME = 4  # seconds, net_ticktime of all nodes
NEAR, FAR = "10.77.0.1", "10.77.0.2"
CLIENTS = 4  # per node
# What may be more at the end than at the start, however long the run: bytes of held memory, because tables keep the size that
# they had at most (that of processes has up to 65,536 slots of 16 bytes before it uses the first one again); atoms of code that
# runs for the first time.
MOST_MORE = {"memory": 2 << 20, "atoms": 300}
FALSE_LINE = r"false,'?([^',]*)'?,(.*)"
EX_UNAVAILABLE, EX_PROTOCOL = 69, 76  # exit statuses of a verb that reaches no node, and whose answer was cut off


def until_true(seconds, check):
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def ends_with_its_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Program:
    """A process that the scenario started. Its output goes to WORK/NAME.log."""

    def __init__(self, scenario, name, command, **more):
        self.name = name
        self.log = os.path.join(scenario.work, name + ".log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=ends_with_its_parent, **more)
        self.stopped = False

    def signal(self, number):
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        self.stopped = number == signal.SIGSTOP

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def runs(self):
        return self.process.poll() is None


class Scenario:
    def __init__(self, seconds, seed, work, cookie):
        self.seconds, self.seed, self.work, self.cookie = seconds, seed, work, cookie
        self.chance = random.Random(seed)
        self.own_network = os.environ.get("CHAOS_NETWORK") == "own"
        self.host = NEAR if self.own_network else "127.0.0.1"
        self.ours = "ours@" + self.host
        self.programs = {}
        self.wire = self.ours_program = None
        self.false = []
        self.faults, self.faults_left = {}, []
        self.verbs_done, self.longest_verb = 0, (0.0, "")
        self.verb_cases = [(["ping", self.ours], "pong " + re.escape(self.ours) + " .*"), (["call", self.ours, "lists:sum([1,2])"], "3"),
                           (["call", self.ours, "chaos_here:table(100)"], "5050"),
                           (["send", self.ours, "echo", "{$self,hello}", "--reply", "1"], "hello"),
                           (["spawn", self.ours, "chaos_here:work({50,normal})", "--monitor"], "(?s)<.*exit normal"),
                           (["spawn", self.ours, "chaos_here:work({50,normal})", "--link"], "(?s)<.*exit normal"),
                           (["multicall", "erlang:node", "--nodes", self.ours], ".*: '?" + re.escape(self.ours) + "'?"),
                           (["call", self.ours, "chaos_here:sorted(50000)"], "50000")]
        self.epmd_away = threading.Event()
        self.ends = threading.Event()

    # --- claims

    def claim(self, text, good, got=""):
        print(("ok    " if good else "FALSE ") + text + ("" if good else "\n      got " + str(got)), flush=True)
        if not good:
            self.false.append(text)

    # --- the nodes

    def start(self, name, command, **more):
        self.programs[name] = Program(self, name, command, **more)
        return self.programs[name]

    def start_epmd(self, place):
        self.start("epmd_" + place, self.at(place) + [BIN + "/epmd"])

    def at(self, place):
        return ["nsenter", "--net=/proc/%d/ns/net" % self.programs["wire"].process.pid] if place == "far" else []

    def start_ours(self):
        return self.start("ours", [BIN + "/noderuntime", "start", "--name", self.ours, "--setcookie", self.cookie, "--no-start-epmd",
                                   "--net-ticktime", str(TICK_TIME), "--code-path", self.work + "/here",
                                   "--code-path", self.work + "/kernel", "--max-memory", "2GiB", "--echo"])

    def start_peer(self, name):
        """The letter of a name says where the peer is; its number, which release it has."""
        place = "far" if name[0] == "f" else "near"
        address = FAR if place == "far" else self.host
        roots = [""] + (os.environ.get("NODERUNTIME_OTP_ROOTS", "").split() if os.getuid() == 0 else [])
        root = roots[int(name[1:]) % len(roots)]
        version = self.chance.choice("12")
        self.start(name, self.at(place) + [
            HERE + "/peer", root, self.work, "erl", "-noshell", "-noinput", "-start_epmd", "false", "-connect_all", "false",
            "+S", "1:1", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none", "-name", name + "@" + address, "-setcookie",
            self.cookie, "-kernel", "net_ticktime", str(TICK_TIME), "logger_level", "critical", "-pa", self.work + "/here", self.work + "/lent" + version,
            "-s", "chaos_client", "-chaos", self.ours, str(CLIENTS), str(self.chance.randrange(1 << 30))])

    def peers(self):
        return [name for name in self.programs if re.fullmatch("[nf][0-9]+", name)]

    def start_library(self):
        self.start("library", [BIN + "/test_chaos_library", "library@" + self.host, self.cookie, self.ours])

    def address_of(self, name):
        return name + "@" + (FAR if name[0] == "f" else self.host)

    # --- the verbs

    def verb(self, *words, seconds=60):
        """The status and the output."""
        begin = time.monotonic()
        done = subprocess.run([BIN + "/noderuntime", *words, "--setcookie", self.cookie, "--timeout", str(seconds) + "s"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds + 60)
        took = time.monotonic() - begin
        self.verbs_done += 1
        self.longest_verb = max(self.longest_verb, (took, words[0]))
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def use_verbs(self):
        """A thread: the command line, all the time. Where epmd is away a verb may say that it reaches nobody."""
        chance = random.Random(self.seed + 1)
        while not self.ends.wait(0.3):
            words, expected = chance.choice(self.verb_cases)
            away = self.epmd_away.is_set()
            status, out, err = self.verb(*words)
            away = away or self.epmd_away.is_set()
            if not (status == 0 and re.fullmatch(expected, out)) and not (away and status in (EX_UNAVAILABLE, EX_PROTOCOL)):
                self.claim("the verb %s answers" % words[0], False, (words, status, out, err))

    # --- the faults

    def disturb(self):
        if not self.faults_left:  # all kinds in turn, in an order by chance
            self.faults_left = [self.kill_peer] * 3 + [self.stop_peer, self.restart_library, self.disconnect, self.restart_epmd]
            if self.own_network:
                self.faults_left += [self.slow_wire, self.lossy_wire, self.cut_wire]
            self.chance.shuffle(self.faults_left)
        self.revive()
        fault = self.faults_left.pop()
        self.faults[fault.__name__] = self.faults.get(fault.__name__, 0) + 1
        fault()

    def revive(self):
        """Starts peers that ended because epmd was away when they began."""
        for name in self.peers():
            if not self.programs[name].runs():
                self.start_peer(name)
        if not self.programs["library"].runs():
            self.start_library()

    def kill_peer(self):
        name = self.chance.choice(self.peers())
        self.programs[name].kill()
        time.sleep(self.chance.choice([0, 0.2, 2]))
        self.start_peer(name)

    def restart_library(self):
        self.programs["library"].kill()
        self.start_library()

    def stop_peer(self):
        peer = self.programs[self.chance.choice([*self.peers(), "library"])]
        peer.signal(signal.SIGSTOP)
        time.sleep(self.chance.choice([0.5, TICK_TIME + 3]))
        peer.signal(signal.SIGCONT)

    def disconnect(self):
        name = self.chance.choice(self.peers())
        self.verb("call", self.ours, "erlang:disconnect_node('%s')" % self.address_of(name))

    def restart_epmd(self):
        self.epmd_away.set()
        self.programs["epmd_near"].kill()
        time.sleep(self.chance.choice([0, 1]))
        self.start_epmd("near")
        self.registered("ours")
        self.epmd_away.clear()

    def tell_wire(self, line):
        self.programs["wire"].process.stdin.write(line.encode() + b"\n")
        self.programs["wire"].process.stdin.flush()

    def slow_wire(self):
        self.tell_wire("delay %.3f" % self.chance.uniform(0.01, 0.3))
        time.sleep(4)
        self.tell_wire("whole")

    def lossy_wire(self):
        self.tell_wire("loss %.3f" % self.chance.uniform(0.01, 0.1))
        time.sleep(4)
        self.tell_wire("whole")

    def cut_wire(self):
        self.tell_wire("cut")
        time.sleep(self.chance.choice([0.5, 2, 2 * TICK_TIME + 1]))
        self.tell_wire("whole")

    # --- waiting

    def registered(self, name, place="near"):
        def known():
            done = subprocess.run([*self.at(place), BIN + "/epmd", "-names"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            return ("name %s at port" % name) in done.stdout
        return until_true(120, known)

    def told(self, pattern):
        """What chaos_told.erl printed, in the logs of all programs."""
        found = []
        for name in os.listdir(self.work):
            if name.endswith(".log"):
                with open(os.path.join(self.work, name), errors="replace") as log:
                    found += re.findall(r"^(?:.* info: )?\{chaos," + pattern + r"\}$", log.read(), re.MULTILINE)
        return found

    def report_false_lines(self):
        for text, seen in self.told(FALSE_LINE)[:50]:
            self.claim(text, False, seen)

    # --- what our node holds

    def census(self):
        status, out, err = self.verb("call", self.ours, "chaos_here:census()")
        if status != 0:
            return {"census": err}
        numbers = dict(re.findall(r"(\w+)(?:,| => )(\d+)", out))
        held = {key: int(value) for key, value in numbers.items()}
        held["descriptors"] = len(os.listdir("/proc/%d/fd" % self.programs["ours"].process.pid))
        return held

    def resident(self):
        with open("/proc/%d/status" % self.programs["ours"].process.pid) as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def finish_clients(self):
        """Every node's clients do what they have begun; returns how many things they did."""
        done = 0
        self.revive()
        for name in self.peers():
            if not self.registered(name, "far" if name[0] == "f" else "near"):
                self.claim("%s is up at the end" % name, False, "it is not registered")
        for name in [*self.peers(), "ours"]:
            address = self.ours if name == "ours" else self.address_of(name)
            answer = self.verb("call", address, "chaos_client:finish()", seconds=300)
            if answer[0] == 0:
                done += int(re.fullmatch(r"\{done,(\d+)\}", answer[1]).group(1))
            else:
                self.claim("the clients of %s come to an end" % name, False, answer)
        return done

    def end_peers(self):
        for name in [*self.peers(), "library"]:
            self.programs.pop(name).kill()

    # --- the whole

    def start_peers(self):
        for name in ["n0", "n1", "n2", "n3"] + (["f0", "f1"] if self.own_network else []):
            self.start_peer(name)
        self.start_library()
        self.claim("all nodes are up", all(self.registered(name, "far" if name[0] == "f" else "near") for name in self.peers()))

    def start_clients_here(self):
        status, out, err = self.verb("call", self.ours, "chaos_client:start('%s',%d,%d)" % (self.ours, CLIENTS, self.seed))
        self.claim("our node has clients too", status == 0, (out, err))

    def run(self):
        print("seed %d, %d seconds" % (self.seed, self.seconds), flush=True)
        if self.own_network:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            wire = self.start("wire", [sys.executable, HERE + "/wire.py", NEAR, FAR], stdin=subprocess.PIPE)
            if not until_true(10, lambda: "ready" in open(wire.log).read()):
                sys.exit("no wire: " + open(wire.log).read())
            self.start_epmd("far")
        self.start_epmd("near")
        self.start_ours()
        self.claim("our node is up", self.registered("ours"))

        # Once with few faults, so that what stays (atoms, code from the code path) is there when it is counted.
        self.start_peers()
        self.start_clients_here()
        for words, _ in self.verb_cases:
            self.verb(*words)
        for fault in (self.disconnect, self.kill_peer, self.restart_library, self.restart_epmd):
            fault()
        time.sleep(8)
        self.claim("before the faults clients come to an end", self.finish_clients() > 0)
        self.end_peers()
        at_start = self.settled(None)
        print("at the start: %s" % at_start, flush=True)

        self.start_peers()
        self.start_clients_here()
        verbs = threading.Thread(target=self.use_verbs)
        verbs.start()
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and self.programs["ours"].runs() and not self.told(FALSE_LINE):
            time.sleep(self.chance.uniform(0.2, 2))
            self.disturb()
        self.ends.set()
        verbs.join()
        self.claim("our node lives", self.programs["ours"].runs())
        print("faults: %s" % ", ".join("%s %d" % item for item in sorted(self.faults.items())))
        self.report_false_lines()
        if self.false:  # clients may wait in vain
            return
        done = self.finish_clients()
        self.claim("clients did something", done > 0)
        longest = self.verb("call", self.ours, "erlang:statistics(longest_step)")[1]
        self.end_peers()
        at_end = self.settled(at_start)
        print("at the end: %s" % at_end, flush=True)
        for key, before in at_start.items():
            if key in MOST_MORE:
                self.claim("%s: at most %d above the start (%d)" % (key, MOST_MORE[key], before),
                           at_end.get(key, 1 << 60) <= before + MOST_MORE[key], at_end.get(key))
            elif key != "resident_kb":
                self.claim("%s: as at the start (%s)" % (key, before), at_end.get(key) == before, at_end.get(key))
        if self.false:
            print("processes that are left: %s" % self.verb("call", self.ours, "chaos_here:processes()")[1])
        self.report_false_lines()
        waited = sorted(((int(a), b) for a, b in self.told(r"waited,(\d+),(.*)")), reverse=True)
        print("things done at the end: %d; verbs: %d; the longest verb: %.1f s (%s)" % (done, self.verbs_done, *self.longest_verb))
        print("the longest waits of callers, milliseconds: %s" % waited[:5])
        print("the longest step and slice: %s" % longest)
        print("resident memory: %s kB at the start, %s kB at the end" % (at_start.get("resident_kb"), at_end.get("resident_kb")))

    def settled(self, expected):
        """What our node holds when that does not change any more, or is as expected; within two minutes."""
        end = time.monotonic() + 120
        before = None
        while True:
            now = self.census()
            same = expected and all(now.get(key) == value for key, value in expected.items() if key not in (*MOST_MORE, "resident_kb"))
            if (same if expected else now == before) or time.monotonic() > end:
                now["resident_kb"] = self.resident()
                return now
            before = now
            time.sleep(3)

    def end(self):
        for program in self.programs.values():
            program.signal(signal.SIGCONT)
            program.kill()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scenario = Scenario(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
    try:
        scenario.run()
    finally:
        scenario.end()
    print("seed %d: %s" % (scenario.seed, "all claims hold" if not scenario.false else "%d claims are false" % len(scenario.false)))
    sys.exit(1 if scenario.false else 0)


main()
