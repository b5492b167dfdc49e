"""Sits at a pseudo terminal with `noderuntime shell`, and checks what the user sees.

    desk.py PART NODE [OPTION…]: NODE and OPTIONs are those of the shell. A claim that is false ends the program.
"""
import fcntl, os, pty, re, select, signal, struct, subprocess, sys, termios, time

PROGRAM = os.environ["NODERUNTIME_BIN"] + "/noderuntime"
COOKIE = ["--setcookie", os.environ["COOKIE"]]
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x07|\r")
PATIENCE = 60  # seconds


class Desk:
    def __init__(self, *arguments, columns=120, rows=40, history="none"):
        command = [PROGRAM, "shell", *arguments, *COOKIE, "--history-file", history]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            self.resize(columns, rows, 0)
            os.execv(command[0], command)
        self.text = ""
        self.modes = termios.tcgetattr(self.terminal)

    def resize(self, columns, rows, terminal=None):
        fcntl.ioctl(self.terminal if terminal is None else terminal, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        data = text.encode() if isinstance(text, str) else text
        while data:  # a terminal takes no more than it has room for
            if select.select([], [self.terminal], [], 0.1)[1]:
                data = data[os.write(self.terminal, data[:1024]):]
            self.read()

    def line(self, text):
        self.type(text + "\r")

    def read(self):
        while select.select([self.terminal], [], [], 0)[0]:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                return
            if not data:
                return
            self.text += data.decode(errors="replace")

    def sees(self, pattern, patience=PATIENCE):
        """Whether the pattern comes; what stands before its end is then forgotten."""
        limit = time.monotonic() + patience
        while True:
            self.read()
            plain = CONTROLS.sub("", self.text)
            found = re.search(pattern, plain)
            if found:
                self.text = plain[found.end():]
                return True
            if time.monotonic() > limit:
                print(f"not seen: {pattern!r} in {self.text!r}")
                return False
            select.select([self.terminal], [], [], 0.1)

    def status(self):
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        return "it hangs"

    def modes_restored(self):
        return termios.tcgetattr(self.terminal)[:4] == self.modes[:4]


def claim(text, good):
    print(("ok    " if good else "FALSE ") + text, flush=True)
    if not good:
        sys.exit(1)


def answers(desk, text, line, pattern):
    desk.line(line)
    claim(text, desk.sees(pattern))


def node_of(target):
    return subprocess.run([PROGRAM, "call", target, "erlang:node()", *COOKIE], capture_output=True, text=True).stdout.strip().strip("'")


# --- parts

def keys(node, *options):
    history = os.environ["HOME"] + "/history/lines"
    desk = Desk(node, *options, history=history)
    claim("a prompt comes", desk.sees(r"1> $"))
    answers(desk, "an expression is evaluated there", "node().", r"\n'?" + re.escape(node_of(node)))
    desk.line("X = 40.")
    desk.sees("3> $")
    desk.type("+ 2.\x01Y = X \x05\r")
    claim("a line is edited", desk.sees(r"\n42\n.*4> $"))
    desk.type("\x10\x10\r")
    claim("the history is walked", desk.sees(r"\n40\n.*5> $"))
    desk.type("\x12Y =\r")
    claim("and searched", desk.sees(r"\n42\n.*6> $"))
    desk.type("erlang:is_pi\t")
    claim("a name is completed", desk.sees(r"is_pid\($"))
    desk.type("\x15erl_sc\t\t")
    claim("matches are listed", desk.sees(r"tokens"))
    desk.type("\x15{\"日本\", [e\u0301, 'Ärger']}.\x02\x02\x02\r")
    claim("Unicode is typed and printed", desk.sees("Ärger"))
    desk.sees("> $")
    desk.type("not this\x03")
    desk.type("foo(\r")
    desk.sees("> $")
    desk.type("\x03")
    desk.sees("> $")
    answers(desk, "^C forgets a line, and an expression that has begun", "{new, expression}.", r"\n\{new,expression\}")
    desk.line("timer:sleep(1000000).")
    time.sleep(0.5)
    desk.type("\x03")
    claim("^C interrupts what runs", desk.sees(r"exception exit: killed|interrupted"))
    answers(desk, "bindings survive an interrupt", "X.", r"\n40\n")
    desk.line("spawn(fun() -> timer:sleep(700), io:format(\"mean~s~n\", [while]) end), ok.")
    desk.sees(r"ok\n.*> $")
    desk.type("{half,")
    claim("output comes while one types", desk.sees(r"meanwhile\n.*> \{half,$"))
    answers(desk, "and the line goes on", "whole}.", r"\n\{half,whole\}")
    desk.line("io:get_password(group_leader()).")
    time.sleep(0.5)
    desk.line("sesame")
    claim("a password is read", desk.sees(r"\n\"sesame\""))
    desk.line("io:get_line(\"name? \").")
    desk.sees(r"\nname\? $")
    answers(desk, "io:get_line/1 is answered", "Bob", r"\n\"Bob\\n\"")
    answers(desk, "the width of the window is known", "io:columns().", r"\{ok,120\}")
    desk.resize(60, 20)
    time.sleep(0.3)
    answers(desk, "and its change", "{io:columns(), io:rows()}.", r"\{\{ok,60\},\{ok,20\}\}")
    desk.type(b"\xff\xfe\x80\x1b[999;9~\x00\x1b[\x1b\x1b\x15")
    answers(desk, "garbage disturbs nothing", "{still, here}.", r"\n\{still,here\}")
    desk.type("\x1b[200~lists:sum(\n[1,\n2]).\n\x1b[201~")
    claim("pasted lines are read", desk.sees(r"\n3\n.*> $"))
    desk.type("\x1b[200~length(\"" + "x" * 100_000 + "\").\n\x1b[201~")
    claim("a pasted line of 100,000 characters", desk.sees(r"\n100000\n"))
    desk.type("\x04")
    claim("^D on an empty line leaves the shell with status 0", desk.status() == 0)
    claim("the modes of the terminal are restored", desk.modes_restored())
    lines = open(history, encoding="utf-8").read()
    claim("lines are in the file of the history, passwords and names are not",
          "Y = X + 2." in lines and "sesame" not in lines and "Bob" not in lines)
    claim("only its owner reads it", os.stat(history).st_mode & 0o77 == 0)
    desk = Desk(node, *options, history=history)
    desk.sees(r"1> $")
    desk.type("\x12Y =\x01%\x05")
    claim("the next shell has them", desk.sees(r"Y = X \+ 2\."))
    desk.type("\x1c")
    claim("^\\ leaves at once", desk.status() == 0)


def ends(node, pid, *options):
    """The shell, or its node (of process `pid`), ends in different ways."""
    desk = Desk(node, *options)
    desk.sees("1> $")
    desk.type("half a line")
    os.kill(desk.pid, signal.SIGTERM)
    claim("SIGTERM: a status, and the modes are restored", desk.status() == 130 and desk.modes_restored())
    desk = Desk(node, *options)
    desk.sees("1> $")
    desk.line("receive after infinity -> ok end.")
    time.sleep(0.3)
    os.close(desk.terminal)
    desk.read = lambda: None
    claim("the terminal is closed: the shell ends", desk.status() in (0, 130))
    processes = subprocess.run([PROGRAM, "call", node, "erlang:processes()", *COOKIE], capture_output=True, text=True)
    claim("its node lives", processes.returncode == 0)
    desk = Desk(node, *options)
    desk.sees("1> $")
    desk.line("exit(group_leader(), kill).")
    claim("the process of the terminal is killed: a message and a status",
          desk.sees("process of the terminal has ended") and desk.status() == 1 and desk.modes_restored())
    desk = Desk(node, *options)
    desk.sees("1> $")
    os.kill(int(pid), signal.SIGSTOP)
    desk.line("1.")
    time.sleep(0.5)
    desk.type("\x03")
    for _ in range(5):  # two that arrive together count as one
        desk.type("\x03")
        if said := desk.sees(r"leaves the shell", patience=5):
            break
    claim("a node that hangs: a second ^C says how to leave", said)
    desk.type("\x1c")
    claim("^\\ leaves a node that hangs", desk.status() == 0 and desk.modes_restored())
    os.kill(int(pid), signal.SIGCONT)
    desk = Desk(node, *options)
    desk.sees("1> $")
    desk.type("half a line")
    os.kill(int(pid), signal.SIGKILL)
    claim("the node is killed: a message", desk.sees("the connection is lost"))
    claim("and a status, and the modes are restored", desk.status() == 69 and desk.modes_restored())


def jobs(node, other, *options):
    """^G: shells on two nodes, one after the other at the same terminal."""
    desk = Desk(node, *options, columns=200)
    desk.sees(r"1> $")
    desk.line("Here = 1.")
    desk.sees(r"2> $")
    desk.type("Here + 4\x02")
    desk.type("\x07")
    claim("^G asks for a command", desk.sees(r"User switch command\n --> $"))
    desk.line("j")
    claim("j: the job", desk.sees(r"\n   1\* \{[^\n]*shell,start,\[\]\}\n --> $"))
    desk.line("c")
    claim("c: the line is there again", desk.sees(r"2> Here \+ 4$"))
    desk.line("0.")
    claim("and is edited further", desk.sees(r"\n41\n.*3> $"))
    desk.type("\x07")
    desk.sees(r" --> $")
    desk.line(f"r '{other}'")
    desk.sees(r" --> $")
    desk.line("c")
    claim("r NODE, c: a shell there", desk.sees(r"1> $"))
    answers(desk, "which is on that node", "node().", re.escape(other))
    desk.sees(r"2> $")
    desk.line("spawn(fun() -> timer:sleep(2000), io:put_chars(\"late output\\n\") end), ok.")
    desk.sees(r"3> $")
    desk.type("\x07c 1\r")
    claim("c 1: the first one", desk.sees(r"3> $"))
    answers(desk, "with its variables", "Here.", r"\n1\n")
    desk.sees(r"4> $")
    claim("output of another job is lost", not desk.sees("late output", patience=4))
    desk.line("receive after infinity -> ok end.")
    time.sleep(0.5)
    desk.type("\x07")
    claim("^G while an expression runs", desk.sees(r" --> $"))
    desk.line("i")
    desk.sees(r" --> $")
    desk.line("c")
    claim("i: it is interrupted", desk.sees(r"5> $"))
    desk.type("\x07")
    desk.sees(r" --> $")
    for line in ["s"] * 30:
        desk.line(line)
        desk.sees(r" --> $")
    desk.line("s")
    claim("there is a bound", desk.sees(r"Too many jobs\n --> $"))
    desk.line("k 2")
    desk.sees(r" --> $")
    desk.line("j")
    claim("k: it is gone", desk.sees(r"   1  [^\n]*\n   3  ") and desk.sees(r" --> $"))
    desk.line("k")
    desk.sees(r" --> $")
    desk.line("c")
    claim("a current job that was killed is none", desk.sees(r"Unknown job\n --> $"))
    desk.line("c 1")
    claim("others go on", desk.sees(r"5> $"))
    desk.line("exit(whereis(no_such_process), kill), Shell = self(), spawn(fun() -> exit(Shell, kill) end).")
    desk.sees(r"> $")
    desk.type("\x07")
    desk.sees(r" --> $")
    desk.line("r nobody@nowhere")
    desk.sees(r" --> $")
    desk.line("c")
    claim("no such node", desk.sees(r"\*\*\* ERROR: Shell process terminated! \(\^G to start new job\) \*\*\*\n"))
    desk.type("\x07")
    desk.sees(r" --> $")
    desk.line("q")
    claim("q ends the shell", desk.status() == 0 and desk.modes_restored())


# The walk-through of two nodes: the shell's own one, and `other`.
ERLANG = [
    ("net_adm:ping", "net_adm:ping('%s').", r"\npong"),
    ("net_adm:names", "net_adm:names().", r"\{ok,\[[\s\S]*\"walker\"[\s\S]*\]\}"),
    ("rpc:call", "rpc:call('%s', math, pi, []).", r"\n3\.141592653589793"),
    ("rpc:multicall", "rpc:multicall(math, pi, []).", r"\{\[3\.14159\d+,3\.14159\d+\],\[\]\}"),
    ("rpc:parallel_eval", "rpc:parallel_eval([{math, pi, []}, {math, exp, [1]}]).", r"\[3\.14159\d+,2\.71828\d+\]"),
    (None, "Ackermann = fun A(0, N) -> N + 1; A(M, 0) -> A(M - 1, 1); A(M, N) -> A(M - 1, A(M, N - 1)) end.", r"#Fun"),
    (None, "Server = fun Loop() -> receive {From, terminate} -> From ! {ok, 'server-stopped'}; {From, M, N} -> "
           "From ! Ackermann(M, N), Loop() end end.", r"#Fun"),
    ("spawn_link of a fun of the shell", "spawn_link('%s', fun() -> register(acksvr, self()), Server() end).", r"\n<[^\n]*\d>"),
    (None, "timer:sleep(500).", r"\nok"),
    (None, "{acksvr, '%s'} ! {self(), 0, 3}.", r"\n\{<"),
    (None, "timer:sleep(200).", r"\nok"),
    ("an answer is flushed", "flush().", r"Shell got 4\nok"),
    ("5", "{acksvr, '%s'} ! {self(), 3, 0}, receive A1 -> {answer, A1} end.", r"\n\{answer,5\}"),
    ("61", "{acksvr, '%s'} ! {self(), 3, 3}, receive A2 -> {answer, A2} end.", r"\n\{answer,61\}"),
    ("terminate", "{acksvr, '%s'} ! {self(), terminate}, receive A3 -> A3 end.", r"\n\{ok,'server-stopped'\}"),
    ("a crash arrives in the shell", "spawn_link('%s', fun() -> 1 + list_to_atom(\"a\") end).", r"exception exit: badarith"),
]
ELIXIR = [
    ("Node.ping", "Node.ping(:\"%s\")", r"\n:pong"),
    ("net_adm:names", ":net_adm.names()", r"\{:ok,"),
    ("rpc:call", ":rpc.call(:\"%s\", :math, :pi, [])", r"\n3\.141592653589793"),
    ("rpc:multicall", ":rpc.multicall(:math, :pi, [])", r"\{\[3\.14159\d+, 3\.14159\d+\], \[\]\}"),
    ("rpc:parallel_eval", ":rpc.parallel_eval([{:math, :pi, []}, {:math, :exp, [1]}])", r"\[3\.14159\d+, 2\.71828\d+\]"),
    (None, "ackermann = fn _, 0, n -> n + 1; f, m, 0 -> f.(f, m - 1, 1); f, m, n -> f.(f, m - 1, f.(f, m, n - 1)) end", r"#Function"),
    (None, "server = fn f -> receive do {from, :terminate} -> send(from, {:ok, :server_stopped}); "
           "{from, m, n} -> send(from, ackermann.(ackermann, m, n)); f.(f) end end", r"#Function"),
    ("Node.spawn_link of a function of the shell",
     "Node.spawn_link(:\"%s\", fn -> Process.register(self(), :acksvr); server.(server) end)", r"#PID<"),
    (None, "Process.sleep(500)", r"\n:ok"),
    ("4", "send({:acksvr, :\"%s\"}, {self(), 0, 3}); receive do a -> {:answer, a} end", r"\n\{:answer, 4\}"),
    ("61", "send({:acksvr, :\"%s\"}, {self(), 3, 3}); receive do a -> {:answer, a} end", r"\n\{:answer, 61\}"),
    ("terminate", "send({:acksvr, :\"%s\"}, {self(), :terminate}); receive do a -> a end", r"\n\{:ok, :server_stopped\}"),
    ("a crash arrives in the shell", "Node.spawn_link(:\"%s\", fn -> 1 + String.to_atom(\"a\") end)", r"EXIT"),
]
LFE = [
    ("net_adm:ping", "(net_adm:ping '%s)", r"\npong"),
    ("net_adm:names", "(net_adm:names)", r"#\(ok\s+\("),
    ("rpc:call", "(rpc:call '%s 'math 'pi '())", r"\n3\.141592653589793"),
    ("rpc:multicall", "(rpc:multicall 'math 'pi '())", r"#\(\(3\.14159\d+ 3\.14159\d+\) \(\)\)"),
    ("rpc:parallel_eval", "(rpc:parallel_eval '(#(math pi ()) #(math exp (1))))", r"\(3\.14159\d+ 2\.71828\d+\)"),
    (None, "(defun ackermann ((0 n) (+ n 1)) ((m 0) (ackermann (- m 1) 1)) ((m n) (ackermann (- m 1) (ackermann m (- n 1)))))",
     r"\nackermann"),
    (None, "(defun ack-loop () (receive (`#(,pid terminate) (! pid #(ok server-stopped))) "
           "(`#(,pid ,m ,n) (! pid (ackermann m n)) (ack-loop))))", r"\nack-loop"),
    (None, "(defun ack-server () (register 'acksvr (self)) (ack-loop))", r"\nack-server"),
    ("spawn_link of a lambda that calls functions of the shell", "(spawn_link '%s (lambda () (ack-server)))", r"#Pid<"),
    (None, "(timer:sleep 500)", r"\nok"),
    ("4", "(progn (! #(acksvr %s) (tuple (self) 0 3)) (receive (a (tuple 'answer a))))", r"#\(answer 4\)"),
    ("61", "(progn (! #(acksvr %s) (tuple (self) 3 3)) (receive (a (tuple 'answer a))))", r"#\(answer 61\)"),
    ("terminate", "(progn (! #(acksvr %s) (tuple (self) 'terminate)) (receive (a a)))", r"#\(ok server-stopped\)"),
    ("a crash arrives in the shell", "(spawn_link '%s (lambda () (+ 1 (list_to_atom \"a\"))))", r"exception e"),
]


def walk(language, other, *options):
    lines = {"erlang": ERLANG, "elixir": ELIXIR, "lfe": LFE}[language]
    prompt = {"erlang": r"\d+> $", "elixir": r"\d+\)?> $|\d+> $", "lfe": r"lfe> $"}[language]
    own = [] if language == "erlang" else ["--" + language]
    desk = Desk("--sname", "walker", *own, *options, columns=200)
    claim(f"{language}: a prompt comes", desk.sees(prompt))
    for text, line, pattern in lines:
        desk.line(line.replace("%s", other))
        good = desk.sees(pattern)
        if text or not good:
            claim(f"{language}: {text or line}", good)
        desk.sees(prompt)
    desk.type("\x04")
    claim(f"{language}: ^D ends the shell and its node", desk.status() == 0)


globals()[sys.argv[1]](*sys.argv[2:])
