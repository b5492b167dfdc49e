"""What bad peers of TLS do: storms.py PORT DIRECTORY STORM SECONDS. DIRECTORY has the certificates. Prints what became of them."""
import collections, os, select, socket, ssl, sys, threading, time

port, directory, storm, seconds = int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
seen = collections.Counter()
end = time.monotonic() + seconds


def connect():
    stream = socket.create_connection(("127.0.0.1", port))
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


def context(name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.load_verify_locations(f"{directory}/ca.pem")
    if name:
        made.load_cert_chain(f"{directory}/{name}.pem", f"{directory}/{name}.key")
    return made


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context(None).wrap_bio(incoming, outgoing)
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def note(error):
    seen[getattr(error, "reason", None) or type(error).__name__] += 1


def shake(chosen, pieces=None, wait=0.3):
    """One handshake; what is written is cut into pieces. A refusal must come within the seconds `wait`."""
    stream = connect()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = chosen.wrap_bio(incoming, outgoing)
    stream.settimeout(10)

    def carry():
        data = outgoing.read()
        for at in range(0, len(data), pieces or max(len(data), 1)):
            stream.sendall(data[at:at + (pieces or len(data))])

    try:
        while True:
            try:
                session.do_handshake()
                carry()
                break
            except ssl.SSLWantReadError:
                carry()
                data = stream.recv(65536)
                incoming.write(data) if data else incoming.write_eof()
        # The name of a node: of TLS 1.3 only this shows whether the server has accepted.
        session.write(b"\0\0\0\x18N" + b"\0" * 6)
        carry()
        stream.settimeout(wait)
        try:
            data = stream.recv(65536)
            incoming.write(data) if data else incoming.write_eof()
            session.read(1)
        except (TimeoutError, ssl.SSLWantReadError):
            pass
        seen["shaken"] += 1
    except OSError as error:
        note(error)
    finally:
        stream.close()


def in_threads(count, work):
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def silent():
    kept = [connect() for _ in range(3000)]
    hello = client_hello()
    for number, stream in enumerate(kept):
        try:
            if number % 3 == 1:
                stream.send(hello[:3])
            if number % 3 == 2:
                stream.send(hello[:-1])
        except OSError as error:
            note(error)
    time.sleep(max(0, end - time.monotonic()))
    poll = select.poll()
    for stream in kept:
        poll.register(stream, select.POLLIN)
    seen["closed"] += len(poll.poll(0))


def slow():
    hello = client_hello()
    kept, at = [connect() for _ in range(300)], 0
    while time.monotonic() < end:
        for stream in kept:
            try:
                stream.send(hello[at % len(hello):][:1])
                seen["bytes"] += 1
            except OSError as error:
                note(error)
        at += 1
        time.sleep(0.1)


def huge():
    while time.monotonic() < end:
        stream = connect()
        stream.settimeout(5)
        try:
            stream.sendall(b"\x16\x03\x01\xff\xff" + b"x" * 65535)
            seen["alert" if stream.recv(1) == b"\x15" else "no alert"] += 1
        except OSError as error:
            note(error)
        stream.close()
        time.sleep(0.02)


def empty():
    """Records without content, and records of a handshake that never ends."""
    while time.monotonic() < end:
        for record in (b"\x16\x03\x01\x00\x00", b"\x14\x03\x03\x00\x01\x01", b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + b"x" * 16380):
            stream = connect()
            stream.settimeout(5)
            try:
                for _ in range(200):
                    stream.sendall(record)
                seen["taken" if stream.recv(1) == b"" else "alert"] += 1
            except OSError as error:
                note(error)
            stream.close()
        time.sleep(0.05)


def cut():
    chosen = context("good")
    for pieces in (1, 2, 3, 5, 7, 64, 1000):
        shake(chosen, pieces)


def bomb(name):
    chosen = context(name)

    def some(_):
        while time.monotonic() < end:
            shake(chosen, wait=2)

    in_threads(4, some)


def handshakes(rate):
    """So many new connections per second, by several threads: OpenSSL runs outside of Python's lock."""
    chosen, begin, workers = context("good"), time.monotonic(), 8

    def some(number):
        turn = number
        while True:
            due = begin + turn / rate
            if due > end:
                return
            time.sleep(max(0, due - time.monotonic()))
            stream = connect()
            stream.settimeout(10)
            try:
                chosen.wrap_socket(stream).close()
                seen["shaken"] += 1
            except OSError as error:
                note(error)
                stream.close()
            turn += workers

    in_threads(workers, some)


storms = {
    "silent": silent, "slow": slow, "huge": huge, "empty": empty, "cut": cut,
    "long_chain": lambda: bomb("long_chain"), "half_chain": lambda: bomb("half_chain"),
    "many_names": lambda: bomb("many_names"), "some_names": lambda: bomb("some_names"),
    "handshakes": lambda: handshakes(200),
}
storms[storm]()
print(" ".join(f"{what}={count}" for what, count in sorted(seen.items())), flush=True)
