"""A real browser for the tests of the page: Chromium through ChromeDriver's own HTTP protocol."""
from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
_FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
]  # fmt: skip
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ENTER, TAB = "\ue007", "\ue004"


class Browser:
    """One window of one browser."""

    def __init__(self, client: httpx.Client, session: str):
        self._client, self._session = client, f"/session/{session}"

    def command(self, path: str, **body: Any) -> Any:
        response = self._client.post(self._session + path, json=body)
        value = response.json()["value"]
        if response.status_code != 200:
            raise AssertionError(value)
        return value

    def open(self, url: str) -> None:
        self.command("/url", url=url)

    def script(self, code: str, *arguments: Any) -> Any:
        return self.command("/execute/sync", script=code, args=list(arguments))

    def type(self, selector: str, text: str) -> None:
        element = self.command("/element", using="css selector", value=selector)[_ELEMENT]
        self.command(f"/element/{element}/value", text=text)

    def press(self, *keys: str) -> None:
        """Press ``keys`` wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.command("/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def resize(self, width: int, height: int) -> None:
        self.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=True
        )

    def devtools(self, method: str, **parameters: Any) -> None:
        self.command("/goog/cdp/execute", cmd=method, params=parameters)

    def texts(self, selector: str) -> list[str]:
        return self.script(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText.trim())", selector
        )

    def wait(self, condition: Callable[[], Any], seconds: float = 10) -> Any:
        """The first true value of ``condition()``."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > end:
                raise AssertionError(f"the page never got there; it says {self.texts('body')}")
            time.sleep(0.05)
        return value

    def complaints(self) -> list[str]:
        """Errors in the browser's console since the last call."""
        return [line["message"] for line in self.command("/se/log", type="browser") if line["level"] == "SEVERE"]

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._client.get(self._session + "/screenshot").json()["value"]))


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A headless Chromium with an empty profile in ``profile``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    driver = subprocess.Popen([CHROMEDRIVER or "chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
    options = {"binary": CHROMIUM, "args": [*_FLAGS, f"--user-data-dir={profile}", "--window-size=1200,800"]}
    wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            _until_ready(client)
            session = client.post("/session", json={"capabilities": {"alwaysMatch": wanted}}).json()["value"][
                "sessionId"
            ]
            yield Browser(client, session)
            client.delete(f"/session/{session}")
    finally:
        driver.terminate()
        driver.wait(10)


def _until_ready(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            if client.get("/status").json()["value"]["ready"]:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError("chromedriver does not start")
