"""One explorer and one Chromium for all tests; each test has a new page and a new store."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from camlode.explorer.access import ExplorerSettings
from camlode.explorer.app import create_app
from camlode.explorer.serving import ListenAddress, open_socket
from camlode.explorer.site import Site
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "the-token"
MISSING = "no Chromium was found: apt-get install chromium (Debian), or put chromium or google-chrome on the PATH"


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


# Of a module, not of the session: while it is open Playwright's event loop runs in the tests' thread, and the tests of
# other files that run loops of their own would be refused.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's browser, installed where that is allowed."""
    playwright = pytest.importorskip("playwright.sync_api")
    if find_chromium() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "libatomic1"]  # Playwright's own Node.js needs the second
        subprocess.run(["apt-get", "install", "--yes", "--quiet", *packages], check=False, capture_output=True)
    path = find_chromium()
    if path is None:
        pytest.skip(MISSING)
    driver = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True)
    if driver.returncode:
        pytest.skip(f"Playwright does not start: {driver.stderr.strip()}")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[str, Any]]:
    """The address of a server, and its application, which a test gives its store."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        PatternStore(f"{folder}/empty.db", create=True)
        app = create_app(ExplorerSettings(f"{folder}/empty.db", TOKEN))
    listener = open_socket(ListenAddress("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", app
    running.should_exit = True
    thread.join(10)


@dataclass
class Visit:
    """A browser's page, where the explorer is, and what went wrong on it."""

    page: Any
    address: str
    problems: list[str] = field(default_factory=list)

    def go(self, path: str) -> Any:
        """Opens a page of the explorer."""
        return self.page.goto(self.address + path)

    def patterns(self) -> list[str]:
        """The patterns that are listed."""
        return self.page.locator("[data-open]").all_inner_texts()


@pytest.fixture
def make_visit(chromium: Any, server: tuple[str, Any], store: PatternStore) -> Iterator[Callable[..., Visit]]:
    """Opens a browser's page; at the end nothing may have been asked of another host, nor an error been logged."""
    address, app = server
    visits: list[Visit] = []

    def make(*, signed_in: bool = True, explainer: Any = None, **options: Any) -> Visit:
        app.state.site = Site(ExplorerSettings(store.name, TOKEN))
        app.state.site.explainer = explainer
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        visit = Visit(context.new_page(), address)
        visit.page.set_default_timeout(10_000)
        visit.page.on("console", lambda said: visit.problems.append(said.text) if said.type == "error" else None)
        visit.page.on("pageerror", lambda error: visit.problems.append(str(error)))
        visit.page.on("dialog", lambda dialog: visit.problems.append(dialog.message))
        visit.page.on("request", lambda asked: asked.url.startswith(f"{address}/") or visit.problems.append(asked.url))
        visits.append(visit)
        if signed_in:
            visit.go(f"/sign-in?token={TOKEN}")
        return visit

    yield make
    problems = [problem for visit in visits for problem in visit.problems]
    for visit in visits:
        visit.page.context.close()
    assert problems == []


@pytest.fixture
def visit(make_visit: Callable[..., Visit]) -> Visit:
    """One that is signed in."""
    return make_visit()
