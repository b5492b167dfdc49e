"""The wire to another host: two TUN devices, one in the network of the caller and one in a new network, which lasts as
long as this program. Packets between them can be slowed, lost or held back.

wire.py NEAR FAR    their addresses. Lines of standard input: "delay SECONDS", "loss PART", "cut", "whole".
It prints "ready" when packets go. The new network is /proc/PID/ns/net.

tc netem would do the same, where the kernel has it.
"""
import collections
import ctypes
import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0001, 0x1000, 0x40000000
MOST_WAITING = 4000  # packets; those above are lost, as in a router


def open_end(address):
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", b"wire", IFF_TUN | IFF_NO_PI))
    for command in (["addr", "add", address + "/24", "dev", "wire"], ["link", "set", "wire", "mtu", "8000", "up"],
                    ["link", "set", "lo", "up"]):
        subprocess.run(["ip", *command], check=True)
    return end


def carry(ends):
    delay, loss, cut = 0.0, 0.0, False
    waiting = collections.deque()  # (when it is due, the end it goes to, packet)
    chance = random.Random(1)
    while True:
        pause = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for source in select.select([*ends, sys.stdin], [], [], pause)[0]:
            if source is sys.stdin:
                words = sys.stdin.readline().split()
                if not words:
                    return
                delay = float(words[1]) if words[0] == "delay" else 0.0 if words[0] == "whole" else delay
                loss = float(words[1]) if words[0] == "loss" else 0.0 if words[0] == "whole" else loss
                cut = words[0] == "cut"
                continue
            packet = os.read(source, 65536)
            if not cut and chance.random() >= loss and len(waiting) < MOST_WAITING:
                due = max(time.monotonic() + delay, waiting[-1][0] if waiting else 0)
                waiting.append((due, ends[1] if source == ends[0] else ends[0], packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, packet = waiting.popleft()
            try:
                os.write(end, packet)
            except OSError:
                pass  # the other end's queue is full: the packet is lost


def main():
    near = open_end(sys.argv[1])
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        sys.exit("no new network: " + os.strerror(ctypes.get_errno()))
    far = open_end(sys.argv[2])
    print("ready", flush=True)
    carry([near, far])


main()
