"""Ports of the loopback interface for tests that are written in Python."""
import contextlib
import random
import socket


def free_port():
    """Below the ports that the system gives to those who call out, one of which could take it in between."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            return port
