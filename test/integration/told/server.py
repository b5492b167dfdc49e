"""Servers of webhooks: python3 server.py EVENTS [CERTIFICATE KEY]. Prints its port.

/ok takes the event and writes its line to EVENTS; /flaky answers 500 to the first two posts, /slow never answers,
/gone says 404, /moved redirects, /text is no HTTP.
"""
import http.server
import ssl
import sys
import threading
import time

events = open(sys.argv[1], "ab", buffering=0)
posts = 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global posts
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = {"/gone": 404, "/moved": 302}.get(self.path, 200)
        if self.path.startswith("/slow"):
            time.sleep(60)
        if self.path == "/text":
            self.wfile.write(b"hello\r\n")
            return
        if self.path == "/flaky":
            posts += 1
            status = 500 if posts <= 2 else 200
        events.write(f"{status} {self.path} {self.headers['Content-Type']} ".encode() + body + b"\n")
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/ok")
        self.end_headers()
        try:
            self.wfile.write(b"x" * 200000)
        except OSError:
            pass

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever).start()
