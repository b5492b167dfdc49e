#!/usr/bin/env python3
"""What systemd does for a socket-activated service with a store of descriptors, as far as epmd is concerned.

    service_manager.py STATE LOG FSIZE COMMAND…

Listens on ERL_EPMD_PORT of LISTEN_ADDRESS (127.0.0.1), runs COMMAND with the socket and with what it has stored, and
again whenever it ends, unless a file STATE.hold exists. FSIZE: RLIMIT_FSIZE of the service, or -1. STATE tells, as JSON, how things stand.
Source: sd_notify(3), sd_listen_fds(3), systemd.service(5): FileDescriptorStoreMax, WatchdogSec.
"""
import array
import fcntl
import json
import os
import resource
import select
import signal
import socket
import sys

state_path, log_path, file_size, *command = sys.argv[1:]
store = []  # (name, descriptor, polled)
seen = {"ready": 0, "watchdog": 0, "status": "", "starts": 0, "pid": 0, "notices": 0}


def tell():
    with open(state_path + ".new", "w") as file:
        json.dump({**seen, "store": [name for name, _, _ in store]}, file)
    os.rename(state_path + ".new", state_path)


def start(listener):
    passed = [("epmd.socket", listener.fileno())] + [(name, number) for name, number, _ in store]
    child = os.fork()
    if child:
        seen.update(pid=child, starts=seen["starts"] + 1)
        return tell()
    try:
        above = 3 + len(passed) + 8
        moved = [fcntl.fcntl(number, fcntl.F_DUPFD, above) for _, number in passed]
        os.dup2(journal_in, 2)
        for number, source in enumerate(moved):
            os.dup2(source, 3 + number)
        os.closerange(3 + len(passed), 2 * len(passed) + 1024)
        surroundings = {**os.environ, "NOTIFY_SOCKET": notify_path, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(passed)),
                        "LISTEN_FDNAMES": ":".join(name for name, _ in passed), "WATCHDOG_USEC": "200000"}
        if int(file_size) >= 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_size), int(file_size)))
        os.execve(command[0], command, surroundings)
    finally:
        os._exit(127)


def on_notice():
    text, ancillary, _, _ = notify.recvmsg(4096, socket.CMSG_SPACE(16 * 4))
    descriptors = array.array("i")
    for _, _, data in ancillary:
        descriptors.frombytes(data[:len(data) - len(data) % 4])
    fields = dict(line.split("=", 1) for line in text.decode().split("\n") if "=" in line)
    seen["notices"] += 1
    seen["ready"] += "READY" in fields
    seen["watchdog"] += "WATCHDOG" in fields
    seen["status"] = fields.get("STATUS", seen["status"])
    if "FDSTORE" in fields:
        for number in descriptors:
            polled = fields.get("FDPOLL") != "0"
            store.append((fields["FDNAME"], number, polled))
            if polled:
                poll.register(number, 0)  # hang-ups and errors are always told
    if "FDSTOREREMOVE" in fields:
        for entry in [entry for entry in store if entry[0] == fields["FDNAME"]]:
            drop(entry)


def drop(entry):
    store.remove(entry)
    if entry[2]:
        poll.unregister(entry[1])
    os.close(entry[1])


notify_path = state_path + ".notify"
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(notify_path)
listener = socket.create_server((os.environ.get("LISTEN_ADDRESS", "127.0.0.1"), int(os.environ["ERL_EPMD_PORT"])))
journal_out, journal_in = os.pipe()  # the service may not write files
log = open(log_path, "ab", buffering=0)
poll = select.epoll()
poll.register(journal_out, select.EPOLLIN)
poll.register(notify.fileno(), select.EPOLLIN)


def end(*_):
    if seen["pid"]:
        os.kill(seen["pid"], signal.SIGKILL)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
while True:
    if seen["pid"] and os.waitpid(seen["pid"], os.WNOHANG)[0]:
        seen["pid"] = 0
        tell()
    if not seen["pid"] and not os.path.exists(state_path + ".hold") and not poll.poll(0):
        start(listener)
    for number, events in poll.poll(0.05):
        if number == notify.fileno():
            for _ in range(1000):  # takes all waiting notices first; the tests read the state when none is left
                on_notice()
                if not select.select([notify], [], [], 0)[0]:
                    break
        elif number == journal_out:
            log.write(os.read(journal_out, 65536))
            continue
        else:
            for entry in [entry for entry in store if entry[1] == number]:
                drop(entry)
        tell()
