"""Peers of a node over TLS, by hand: peers.py PORT DIRECTORY COOKIE ROLE COUNT. DIRECTORY has the certificates.

crowd: COUNT hidden nodes connect and stay; prints how many have connected and, when its input ends, how many are still
       connected.
greedy: one node asks for COUNT monitors of a name that nobody has, and never reads the answers; prints `closed` when the
        node closes the connection.
Source: erl_dist_protocol, "The Handshake in Detail", "Protocol between Connected Nodes".
"""
import hashlib, select, socket, ssl, struct, sys

port, directory, cookie, role, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
flags = 0xD07DF7FBD  # as lib/raw.erl

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(f"{directory}/ca.pem")
context.load_cert_chain(f"{directory}/good.pem", f"{directory}/good.key")


def receive(stream):
    def exactly(size):
        data = b""
        while len(data) < size:
            piece = stream.recv(size - len(data))
            if not piece:
                raise ConnectionResetError
            data += piece
        return data
    return exactly(struct.unpack(">I", exactly(4))[0])  # over TLS lengths have four bytes from the start


def send(stream, message):
    stream.sendall(struct.pack(">I", len(message)) + message)


def connect(name):
    """Makes both handshakes, and returns the stream."""
    stream = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=60), server_hostname="localhost")
    send(stream, b"N" + struct.pack(">QIH", flags, 4711, len(name)) + name)
    assert receive(stream) == b"sok"
    challenge = struct.unpack(">I", receive(stream)[9:13])[0]
    digest = hashlib.md5(f"{cookie}{challenge}".encode()).digest()
    send(stream, b"r" + struct.pack(">I", 99) + digest)
    assert receive(stream)[:1] == b"a"
    return stream


def crowd():
    kept = []
    for number in range(count):
        try:
            kept.append(connect(b"peer%d@localhost" % number))
        except OSError:
            pass  # the node has no room for it
    print("connected", len(kept), flush=True)
    sys.stdin.read()
    closed = 0
    for stream in kept:
        stream.setblocking(False)
        try:
            while stream.recv(4096):
                pass
            closed += 1
        except ssl.SSLWantReadError:
            pass
        except OSError:
            closed += 1
    print("still", len(kept) - closed, flush=True)


def greedy():
    name = b"greedy@localhost"
    stream = connect(name)
    atom = bytes([119, len(name)]) + name
    pid = bytes([88]) + atom + struct.pack(">III", 100, 0, 4711)

    def monitor(number):
        reference = bytes([90]) + struct.pack(">H", 3) + atom + struct.pack(">IIII", 4711, number & 0x3FFFF, 0, 0)
        body = bytes([131, 68, 0, 104, 4, 97, 19]) + pid + bytes([119, 6]) + b"nobody" + reference
        return struct.pack(">I", len(body)) + body

    try:
        for first in range(0, count, 1000):
            stream.sendall(b"".join(monitor(first + i) for i in range(1000)))
    except OSError:
        print("closed", flush=True)


{"crowd": crowd, "greedy": greedy}[role]()
