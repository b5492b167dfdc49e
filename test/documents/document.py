"""Executes the commands of a document and compares the answers. See README.md."""
import contextlib
import functools
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration/lib"))
from machines import Failure, Machines, end_group, put_program
from ports import free_port

PATIENCE = 180  # seconds for an answer
HOST = socket.gethostname().split(".")[0]
DIRECTIVE = re.compile(r"<!-- (terminal|file|needs|new world|yaml)\s*(.*?) ?-->")
TIME = r"^\d{4}-\d\d-\d\d[ T][\d:.]+Z? "  # of a line of a log; none of the answer
PROMPTS = re.compile(r"\x1b\[[\d;]*[a-zA-Z]|^(?:(?:\([^)]*\))?(?:\d+|lfe)> )+|" + TIME, re.M)
# What varies from run to run, and how it looks.
VARIES = {r"…": r".*",
          r"\d+\.\d+ ms": r"\d+\.\d+ ms",
          r"OTP \d+": r"OTP \d+",
          r'"release":"\d+"': r'"release":"\d+"',
          r"<\d+\.\d+\.\d+>": r"<\d+\.\d+\.\d+>",
          r"\.\d+\.\d+>": r"\.\d+\.\d+>",
          r"127\.0\.1\.1": r"[\d.]+",
          r"(?<![\w.])\d{4,}(?![\w.])": r"\d+"}
ETC = "/usr/local/etc"  # each host has one of its own
# scp FILE… HOST:PATH on the hosts: copies to the home or to ETC of the other host.
COPY = '''to=${@: -1}; host=${to%%[.:]*} path=${to#*:}
case $path in ETC/*) path=.etc${path#ETC} ;; esac
exec cp -p "${@:1:$#-1}" "WORLD/$host/$path"'''
TYPED = re.compile(r"^(?:\$|(?:\([^)]*\))?\d+>|lfe>) (.*)$")


class World:
    """A home, terminals, and hosts if any are needed: network namespaces, or machines with systemd. Ends all that it started."""

    def __init__(self):
        self.home = tempfile.mkdtemp()
        self.terminals = {}
        self.spaces = {}
        self.machines = None  # Machines, if the hosts are machines
        self.port = free_port()
        self.daemons = []

    def terminal(self, name, host):
        if name not in self.terminals:
            if host and not self.spaces:
                self.open_hosts()
            prefix = self.machines.prefix(host) if host and self.machines else self.prefix(host)
            self.terminals[name] = Terminal(prefix, self.environment(host), self.home_of(host))
        return self.terminals[name]

    def home_of(self, host):
        home = os.path.join(self.home, host or "here")
        if not os.path.exists(home):
            lfe = shutil.which("lfe")
            if lfe:  # its shell wants a terminal
                put_program(home, "lfe", f'exec script -qec "{lfe} $*" /dev/null')
            os.makedirs(os.path.join(home, "build"))
            os.symlink(os.path.dirname(os.path.abspath(os.environ["NODERUNTIME_BIN"])), os.path.join(home, "build/release"))
            if host:
                os.makedirs(self.etc_of(host))
                put_program(home, "scp", COPY.replace("ETC", ETC).replace("WORLD", self.home))
        return home

    def etc_of(self, host):
        return os.path.join(self.home_of(host), ".etc")

    def write(self, name, host, block):
        if self.machines:
            if not self.spaces:
                self.open_hosts()
            path = pathlib.Path(self.machines.tree(host), name.lstrip("/"))
        elif name.startswith(ETC):
            path = pathlib.Path(self.etc_of(host) + name.removeprefix(ETC))
        else:
            path = pathlib.Path(self.home_of(host), name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(block).rstrip() + "\n")

    def environment(self, host):
        keep = {name: os.environ[name] for name in ("LANG", "TERM", "LFE_BIN") if name in os.environ}
        own = os.path.abspath(os.environ["NODERUNTIME_BIN"])
        keep.update(HOME=self.home_of(host), PATH=own + ":" + os.environ["PATH"])
        if host is None:
            keep["ERL_EPMD_PORT"] = str(self.port)
        return keep

    def prefix(self, host):
        if host is None:
            return []
        return ["ip", "netns", "exec", self.spaces[host], "unshare", "--mount", "--uts", "bash", "-c",
                f'mount --bind "$1" /etc/hosts; mount --bind "$2" {ETC}; hostname "$3"; shift 3; exec "$@"', "_",
                os.path.join(self.home, "hosts"), self.etc_of(host), host + ".example.org"]

    def open_hosts(self):
        self.spaces = {host: f"document_{host}_{os.getpid()}" for host in ("h1", "h2", "h3", "wire")}
        for space in self.spaces.values():
            subprocess.run(["ip", "netns", "add", space], check=True)
        wire = self.spaces["wire"]  # a bridge between the hosts
        ip(wire, "link add bridge type bridge")
        ip(wire, "link set bridge up")
        lines = ["127.0.0.1 localhost"]
        for number, host in enumerate(("h1", "h2", "h3"), 1):
            space = self.spaces[host]
            lines.append(f"192.0.2.{number} {host}.example.org {host}")
            ip(wire, f"link add {host} type veth peer name wire netns {space}")
            ip(wire, f"link set {host} master bridge up")
            ip(space, f"addr add 192.0.2.{number}/24 dev wire")
            ip(space, "link set wire up")
            ip(space, "link set lo up")
        pathlib.Path(self.home, "hosts").write_text("\n".join(lines) + "\n")
        if self.machines:
            self.machines.boot(self.spaces)

    def serve_ssh(self):
        """A server for h2 with keys of this world only; h1's user may log in there."""
        if not self.spaces:
            self.open_hosts()
        keys = os.path.join(self.home, "ssh")
        os.makedirs(keys, exist_ok=True)
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{keys}/{name}"], check=True)
        shutil.copy(f"{keys}/user.pub", f"{keys}/authorized")
        os.makedirs("/run/sshd", exist_ok=True)  # sshd's own condition
        server = (["-D", "-e", "-f", "/dev/null", "-h", f"{keys}/host"] +
                  sum((["-o", option] for option in (f"AuthorizedKeysFile={keys}/authorized", "StrictModes=no", "UsePAM=no",
                                                      "PermitRootLogin=yes", "PidFile=none")), []))
        with open(f"{keys}/log", "w") as log:
            self.daemons.append(subprocess.Popen(self.prefix("h2") + ["/usr/sbin/sshd"] + server, stdin=subprocess.DEVNULL,
                                                 stdout=log, stderr=log, start_new_session=True))
        # ssh takes its configuration from the home in the list of users: a program of this name goes before it.
        put_program(self.home_of("h1"), "ssh",
                    f"exec {shutil.which('ssh')} -F none -i {keys}/user -o StrictHostKeyChecking=no "
                    f"-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \"$@\"")

    def close(self):
        for terminal in self.terminals.values():
            terminal.close()
        for daemon in self.daemons:
            end_group(daemon)
        if self.machines:
            self.machines.power_off()
        for space in self.spaces.values():  # what has left its session: a daemon of epmd
            for pid in subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True).stdout.split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", space])
        self.end_epmd()
        shutil.rmtree(self.home, ignore_errors=True)

    def end_epmd(self):
        """The daemon on this host, as soon as its names are gone."""
        epmd = [os.path.join(os.environ["NODERUNTIME_BIN"], "epmd"), "-port", str(self.port)]
        for _ in range(100):
            if subprocess.run(epmd + ["-started"], capture_output=True).returncode != 0:
                return
            subprocess.run(epmd + ["-kill"], capture_output=True)
            time.sleep(0.05)


def ip(space, words):
    subprocess.run(["ip", "-n", space] + words.split(), check=True)


class Terminal:
    """A shell that reads its lines from a pipe; what it runs reads the next ones."""

    def __init__(self, prefix, environment, home):
        environment = dict(environment, PATH=home + "/bin:" + environment["PATH"])
        self.process = subprocess.Popen(prefix + ["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=environment, cwd=home, start_new_session=True)
        self.output = ""  # since the last line that was typed, as far as it was not expected
        self.answered = False  # a command of the shell gave what was expected
        self.ended = 0  # commands that had to end

    def type(self, line):
        self.output = ""
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def read(self):
        ready, _, _ = select.select([self.process.stdout], [], [], 0.2)
        if ready:
            self.output += os.read(self.process.stdout.fileno(), 65536).decode(errors="replace")

    def expect(self, patterns, only=False):
        """`only`: nothing else before and between them."""
        deadline = time.monotonic() + PATIENCE
        while True:
            position, output = 0, PROMPTS.sub("", self.output)
            for pattern in patterns:
                found = re.compile(rf"^{pattern}[ \r]*(?=\n)", re.M).search(output, position)
                if not found or only and output[position:found.start()].strip():
                    break
                position = found.end()
            else:
                self.output = output[position:]
                return
            if time.monotonic() > deadline:
                raise Failure(f"expected   {pattern}\nin         {output!r}")
            self.read()

    def expect_end(self, status, only=False):
        self.ended += 1
        mark = f"document_{self.ended}_status"
        self.process.stdin.write(f"echo {mark} $?\n".encode())
        self.process.stdin.flush()
        self.expect([f"{mark} {status}"], only)
        self.answered = False

    def expect_no_program(self):
        """Waits for the end of what runs here: it would read the next lines."""
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True).returncode == 0:
            if time.monotonic() > deadline:
                raise Failure("the program does not end")
            self.read()

    def close(self):
        end_group(self.process)


def pattern_of(line):
    """What a line of a document stands for."""
    result = ""
    for number, piece in enumerate(re.split("('?\\w+@myhost'?|myhost|" + "|".join(VARIES) + ")", re.sub(TIME, "", line.rstrip()))):
        if number % 2 == 0:
            result += re.escape(piece)
        elif piece == "myhost":
            result += re.escape(HOST)
        elif "@" in piece:  # Erlang quotes it where the host has a dash
            result += "'?" + re.escape(piece.strip("'").replace("myhost", HOST)) + "'?"
        else:
            result += next(varying for shown, varying in VARIES.items() if re.fullmatch(shown, piece))
    return result


# Needs that are more than a program of this name.
CHECKED = {"nft": ["sh", "-c", "unshare --net nft add table inet test"],  # the kernel has it too
           "ssl": ["erl", "-noshell", "-eval", "halt(case code:which(ssl) of non_existing -> 1; _ -> 0 end)."]}


def missing(needs):
    for need in needs:
        if need == "root":
            if not shutil.which("ip") or subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode:
                return "root, network namespaces and ip"
        elif need == "machines":
            if not os.environ.get("NODERUNTIME_SYSTEMD_ROOT") or not all(map(shutil.which, ("systemd-nspawn", "cpack"))):
                return "NODERUNTIME_SYSTEMD_ROOT, systemd-nspawn and cpack"
        elif need in CHECKED:
            if subprocess.run(CHECKED[need], capture_output=True).returncode:
                return need
        elif not shutil.which(need, path=os.environ["PATH"] + ":/usr/sbin"):
            return need
    return None


def steps_of(block):
    """(what is typed, the lines that are expected) of a block. It may begin with lines of what runs there already."""
    steps = []
    for line in block:
        typed = TYPED.match(line)
        if typed:
            quoted = typed[1] if line.startswith(("$", "lfe>")) else re.sub(r"(?<!')\b\w+@myhost\b(?!')", r"'\g<0>'", typed[1])
            steps.append((line, quoted.replace("myhost", HOST), []))
        elif line.strip():
            if not steps:
                steps.append((line, None, []))
            steps[-1][2].append(line)
    return steps


def with_patience(typed):
    """A command that is shown with little time for the programs has three times as much here: a busy machine is slow."""
    return re.sub(r"(--wait |--signal INT )(\d+)", lambda found: found[1] + str(int(found[2]) * 3), typed)


def run_block(terminal, block):
    steps = steps_of(block)
    for (shown, typed, expected), after in zip(steps, steps[1:] + [None]):
        command = shown.startswith("$")
        try:
            if command and terminal.answered:
                terminal.expect_end(r"\d+", only=True)  # of the last one
            if typed is not None:
                stays = typed.rstrip().endswith("&") or after and not after[0].startswith("$")
                terminal.type(with_patience(typed))
            if expected:
                terminal.expect([pattern_of(line) for line in expected], only=command)
                terminal.answered = command
            elif command and not stays:
                terminal.expect_end(0, only=True)
            if not command and after and after[0].startswith("$"):
                terminal.expect_no_program()
        except Failure as failure:
            raise Failure(f"{shown}\n{failure}")
        print(f"ok    {shown}", flush=True)


def parts_of(text):
    """The headings, directives and blocks of a document, in order."""
    block = []
    for line in text.splitlines() + ["end"]:
        if line.startswith("    ") or block and not line.strip():
            block.append(line[4:])
            continue
        if block:
            yield "block", block
            block = []
        heading, directive = re.match(r"(#+) (.*)", line), DIRECTIVE.match(line)
        if heading:
            yield "heading", (len(heading[1]), heading[2])
        elif directive:
            yield directive[1], directive[2].split()


def check_yaml(block):
    """The syntax of manifests, and the options of `noderuntime` in them."""
    try:
        import yaml
    except ImportError:
        print("skipped: YAML needs python3-yaml", flush=True)
        return
    try:
        manifests = list(yaml.safe_load_all("\n".join(block)))
    except yaml.YAMLError as error:
        raise Failure(error)
    calls = [" ".join(map(str, words)) for words in lists_in(manifests, ("args", "command"))]
    for call in calls:
        verb = re.search(r"\b(start|ping)\b", call)[1]
        known = subprocess.run([os.path.join(os.environ["NODERUNTIME_BIN"], "noderuntime"), verb, "--help"], capture_output=True, text=True).stdout
        for option in re.findall(r"--[a-z-]+", call):
            if not re.search(rf"{option}\b", known):
                raise Failure(f"{verb} has no {option}: {call}")
    print(f"ok    {len(manifests)} manifests, {len(calls)} commands", flush=True)


def lists_in(tree, names):
    """The lists with these names in nested maps and lists."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in pairs:
        if name in names and isinstance(value, list):
            yield value
        else:
            yield from lists_in(value, names)


def host_in(words):
    """`NAME on h1`; None: this host."""
    return words[2] if len(words) > 2 else None


def run(document):
    """How many blocks were run."""
    world, use, depth, skipping, ran = World(), None, 0, None, 0
    try:
        for kind, what in parts_of(pathlib.Path(document).read_text()):
            if kind == "heading":
                depth, title = what
                print(f"# {title}", flush=True)
                if skipping and depth <= skipping:
                    skipping = None
            elif skipping:
                continue
            elif kind == "needs":
                without = missing(what)
                if without:
                    print(f"skipped: this part needs {without}", flush=True)
                    skipping = depth
                elif "sshd" in what:
                    world.serve_ssh()
                elif "machines" in what:
                    world.machines = Machines(world.home)
            elif kind == "new world":
                world.close()
                world = World()
            elif kind == "file":
                use = functools.partial(world.write, what[0], host_in(what))
            elif kind == "terminal":
                use = functools.partial(run_block, world.terminal(what[0], host_in(what)))
            elif kind == "yaml":
                use = check_yaml
            elif use:
                use(what)
                use, ran = None, ran + 1
    finally:
        world.close()
    return ran


try:
    sys.exit(0 if run(sys.argv[1]) else 77)
except Failure as failure:
    print(f"FALSE {failure}")
    sys.exit(1)
