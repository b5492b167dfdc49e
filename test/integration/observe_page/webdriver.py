"""A browser without a window: Chromium by its chromedriver. Source: W3C WebDriver."""
import base64
import json
import subprocess
import time
import urllib.request


class Browser:
    def __init__(self, port, log):
        self.process = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=log, stderr=log)
        self.base = f"http://127.0.0.1:{port}"
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]}
        wanted = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"}, "goog:chromeOptions": options}
        self.wait(lambda: self._send("GET", "/status")["ready"], "chromedriver is ready")
        self.base += "/session/" + self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def _send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        return json.load(urllib.request.urlopen(request, timeout=60))["value"]

    def open(self, address):
        self._send("POST", "/url", {"url": address})

    def run(self, script, *arguments):
        return self._send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, condition, text, seconds=30):
        end = time.monotonic() + seconds
        while True:
            try:
                value = condition()
            except OSError:
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise SystemExit(f"this did not come true: {text}")
            time.sleep(0.05)

    def until(self, expression, text, *arguments):
        try:
            return self.wait(lambda: self.run("return " + expression, *arguments), text)
        except SystemExit:
            print(self.run("return document.body.innerText.slice(0, 3000)"))
            raise

    def press(self, *keys):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._send("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def look(self, width, height, dark=False):
        """The size of the page, in pixels, and whether the user prefers dark pages."""
        self._cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._cdp("Emulation.setEmulatedMedia", features=[scheme])

    def _cdp(self, command, **parameters):
        self._send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, file):
        with open(file, "wb") as opened:
            opened.write(base64.b64decode(self._send("GET", "/screenshot")))

    def complaints(self):
        """What the browser logged: errors of scripts, requests that were refused by the policy."""
        return [entry["message"] for entry in self._send("POST", "/se/log", {"type": "browser"})]

    def close(self):
        try:
            self._send("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait()
