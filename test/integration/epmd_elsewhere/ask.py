#!/usr/bin/env python3
"""Asks the epmd of a host, byte by byte as a node would.

    ask.py HOST register NAME [TIMES]   prints the creation, "refused" or "closed"; a registration is held until
                                        standard input ends
    ask.py HOST dump | kill | stop NAME | names    prints the length of the answer, or "closed"
"""
import socket
import struct
import sys

host, what, *rest = sys.argv[1:]


def ask(body):
    client = socket.create_connection((host, 4369), timeout=10)
    client.sendall(struct.pack(">H", len(body)) + body)
    return client, client.recv(4096)


def register(name):
    client, answer = ask(b"x" + struct.pack(">HBBHHH", 4000, 77, 0, 6, 5, len(name)) + name + b"\0\0")
    text = str(struct.unpack(">I", answer[2:])[0]) if answer[:2] == b"v\0" else "refused" if answer else "closed"
    return client, text


if what == "register":
    for _ in range(int(rest[1]) if len(rest) > 1 else 1):
        held, text = register(rest[0].encode())
    print(text, flush=True)
    sys.stdin.read()
else:
    _, answer = ask({"dump": b"d", "kill": b"k", "stop": b"s", "names": b"n"}[what] + "".join(rest).encode())
    print(len(answer) or "closed")
