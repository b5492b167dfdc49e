"""bad_clients.py PORT: 40 connections that send nothing or half a head, and 5 that ask and do not read; prints `there`, and waits to be ended."""
import socket
import sys
import time

port = int(sys.argv[1])
kept = []
for number in range(45):
    client = socket.create_connection(("127.0.0.1", port))
    kept.append(client)
    try:
        if number % 3 == 1:
            client.send(b"GET /metrics HT")
        if number >= 40:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            client.send(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 200)
    except OSError:
        pass
print("there", flush=True)
time.sleep(60)
