"""Hosts of a document that systemd boots in containers, and helpers for all hosts."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

PATIENCE = 60  # seconds for a machine to boot
MACHINES = "/run/machines"  # where machines see each other's file systems
COPY_TO_MACHINE = '''to=${@: -1}; host=${to%%[.:]*} path=${to#*:}
case $path in /*) ;; *) path=/root/$path ;; esac
exec cp -p "${@:1:$#-1}" "MACHINES/$host$path"'''.replace("MACHINES", MACHINES)


class Failure(Exception):
    pass


class Machines:
    """h1, h2 and h3 as machines that systemd boots in containers, with our packages. Their root file system is that of
    NODERUNTIME_SYSTEMD_ROOT, with a layer of its own above it for each."""

    def __init__(self, home):
        self.home = home
        self.running = {}  # host: (the process of systemd-nspawn, process 1 of the machine)

    def tree(self, host):
        return os.path.join(self.home, "machines", host)

    def boot(self, spaces):
        packages = os.path.join(self.home, "packages")
        build = os.path.dirname(os.path.abspath(os.environ["NODERUNTIME_BIN"]))
        subprocess.run(["cpack", "-B", packages], cwd=build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for host in ("h1", "h2", "h3"):
            self.make_tree(host, packages)
        for host in ("h1", "h2", "h3"):  # each sees the trees of all, for scp
            log = open(os.path.join(self.home, host + ".log"), "w")
            container = subprocess.Popen(["systemd-nspawn", "-q", "-D", self.tree(host), "--register=no", "--keep-unit", "--console=pipe",
                                          f"--network-namespace-path=/run/netns/{spaces[host]}",
                                          f"--bind={self.home}/machines:{MACHINES}", "-b"],
                                         stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            first = until(lambda: subprocess.run(["pgrep", "-P", str(container.pid)], capture_output=True, text=True).stdout.strip())
            self.running[host] = container, first
        for host in self.running:
            until(lambda: self.inside(host, "systemctl is-system-running").stdout.strip() in ("running", "degraded"))
            outcome = self.inside(host, "dpkg -i /root/packages/noderuntime-epmd_*.deb /root/packages/noderuntime_*.deb")
            if outcome.returncode:
                raise Failure(f"the packages cannot be installed on {host}\n{outcome.stdout}{outcome.stderr}")

    def make_tree(self, host, packages):
        tree, layers = self.tree(host), [os.path.join(self.home, f"{host}.{layer}") for layer in ("above", "scratch")]
        for folder in [tree] + layers:
            os.makedirs(folder)
        options = f"lowerdir={os.environ['NODERUNTIME_SYSTEMD_ROOT']},upperdir={layers[0]},workdir={layers[1]}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, tree], check=True)
        pathlib.Path(tree, "etc/hostname").write_text(host + "\n")
        shutil.copy(os.path.join(self.home, "hosts"), os.path.join(tree, "etc/hosts"))
        os.makedirs(os.path.join(tree, "root/packages"))
        for package in pathlib.Path(packages).glob("*.deb"):
            shutil.copy(package, os.path.join(tree, "root/packages"))
        pathlib.Path(tree, "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        put_program(os.path.join(tree, "usr/local"), "scp", COPY_TO_MACHINE)

    def prefix(self, host):
        return ["nsenter", "-t", self.running[host][1], "-m", "-u", "-i", "-n", "-p", "-r", "--", "env", "-i", "HOME=/root",
                "LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "bash", "-c", 'cd; exec "$@"', "_"]

    def inside(self, host, command):
        return subprocess.run(self.prefix(host) + ["bash", "-c", command], capture_output=True, text=True)

    def power_off(self):
        for container, first in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(first), signal.SIGRTMIN + 4)  # systemd(1): poweroff
        for container, _ in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                container.wait(20)
            end_group(container)
        for host in ("h1", "h2", "h3"):
            subprocess.run(["umount", self.tree(host)], stderr=subprocess.DEVNULL)


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise Failure("a machine does not boot")
        time.sleep(0.1)
    return result


def put_program(home, name, line):
    """A program that terminals of this home find before the one of the system."""
    folder = pathlib.Path(home, "bin")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{line}\n")
    (folder / name).chmod(0o755)


def end_group(process):
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(5)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
