"""Types a transcript into a shell on a pseudo terminal, and prints what the shell answers to each line.

    typist.py TRANSCRIPT COMMAND...

Each line of TRANSCRIPT is typed as it stands, after the shell has printed a prompt; lines that begin with % are left
out. In a line, " >> " means: press Enter, wait until the shell asks ("?" or "-->" at the end of its output), go on
typing. " && ": press Enter and go on half a second later. "^G" is that key; what was typed before it is given a second. "^I" at the end is the Tab key: the line is erased
after the answer. TARGET stands for the last word of NODES. Answers are printed without the terminal's control sequences,
behind the typed line, and without what differs between nodes and runs: pids, references, names of NODES, modules.
COLUMNS is the width of the terminal; without it the terminal has none.
"""
import fcntl, os, pty, re, select, struct, sys, termios, time

PROMPT = re.compile(r"(?:^|\n|> )(?:iex|\.\.\.)?\([^()\s]*\)(?:\d*|lfe)> ?$|(?:^|\n)\d+> $|(?:^|\n)lfe> $|(?:^|\n) *\.\. $")
ASKS = re.compile(r"(\?|-->) ?$")
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x07")
DRAWN_TWICE = re.compile(r"([^\n\b]+)[\b]+(?=\1)")  # since OTP 26, a prompt may be
LONGEST_WAIT = 120  # seconds


class Shell:
    def __init__(self, command):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            columns = int(os.environ.pop("COLUMNS", 0))
            if columns:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
            os.execvp(command[0], command)

    def read_until(self, ends):
        """What is printed until it matches `ends`."""
        text = ""
        limit = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < limit:
            if select.select([self.terminal], [], [], 0.05)[0]:
                try:
                    text += os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:
                    raise SystemExit(f"the shell has ended:\n{text}")
                continue
            text = DRAWN_TWICE.sub("", CONTROLS.sub("", text).replace("\r", ""))
            if ends.search(text):
                return text
        raise SystemExit(f"no prompt after {LONGEST_WAIT} seconds:\n{text}")

    def type(self, text):
        os.write(self.terminal, text.encode())


def same_everywhere(answer, nodes):
    answer = re.sub(r"#Ref<[\d.]+>|#Reference<[\d.]+>", "#Ref<>", answer)
    answer = re.sub(r"#PID<[\d.]+>|<\d+\.\d+\.\d+>", "<pid>", answer)
    answer = re.sub(r"(\.erl, line) \d+", r"\1", answer)  # our own code of a module has other lines
    answer = re.sub(r"<<70, 79, 82, 49,(.*, )?(\.\.\.)?(>>)?", "<<module>>", answer)
    for node in nodes:
        answer = answer.replace(node, "NODE")
    return answer


def main():
    transcript, command = sys.argv[1], sys.argv[2:]
    nodes = os.environ.get("NODES", "").split()
    shell = Shell(command)
    shell.read_until(PROMPT)
    for line in open(transcript, encoding="utf-8"):
        line = line.rstrip("\n").replace("TARGET", nodes[-1])
        if not line or line.startswith("%"):
            continue
        parts = line.split(" >> ")
        answer = ""
        for part, next_part in zip(parts, parts[1:]):
            shell.type("\x07" if part == "^G" else part + "\n")
            if next_part == "^G":
                time.sleep(1)
            else:
                answer += shell.read_until(ASKS)
        last = parts[-1]
        if last.endswith("^I"):
            shell.type(last[:-2] + "\t\t")
            time.sleep(1)
            shell.type("\x15\n")
        else:
            *earlier, text = last.split(" && ")
            for piece in earlier:
                shell.type(piece + "\n")
                time.sleep(0.5)
            shell.type(text + "\n")
        answer += shell.read_until(PROMPT)
        kept = [row.rstrip() for row in PROMPT.sub("", answer).split("\n")]
        echoes = tuple(piece.strip() for part in parts for piece in part.split(" && "))
        answered = [row for row in kept if row.strip() and not row.strip().endswith(echoes)]
        print(f">>> {same_everywhere(line, nodes)}")
        print(same_everywhere("\n".join(answered), nodes), flush=True)
    os.kill(shell.pid, 9)


main()
