"""`make lite`'s site, built with a stand-in for what only Pyodide's distribution has, and opened in Chromium."""

from __future__ import annotations

import functools
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import FLAGS, Notebook, find_chromium
from tests.lite.stand_in import wheel

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("LABS_LITE", ROOT / ".lite"))
PYTHON, CORE = TOOLS / "venv/bin/python", TOOLS / "node_modules/pyodide"
DAY_2 = "notebooks/day2_iam.ipynb"
SECONDS = 300
"""A kernel comes up in 15 seconds, and Day 2 runs in a minute; more where other tests run beside it."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        find_chromium() is None or not (PYTHON.exists() and CORE.exists()),
        reason="the browser's edition: needs Chromium, npm and `make lite`'s tools (make .lite/.installed)",
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built site. Every cell stays in its page, so that each can be found without scrolling."""
    folder = tmp_path_factory.mktemp("lite")
    standing_in = wheel.build(folder)
    built = folder / "site"
    command = [PYTHON, "-m", "deploy.lite.build", "--core", CORE, "--out", built, "--wheel", standing_in]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    page = built / "jupyter-lite.json"
    config = json.loads(page.read_text("utf-8"))
    config["jupyter-config-data"]["settingsOverrides"]["@jupyterlab/notebook-extension:tracker"] = {
        "windowingMode": "none"
    }
    page.write_text(json.dumps(config), "utf-8")
    return built


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served: nothing but files, on loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


class Opened(Notebook):
    """A notebook in the site, with every address that its page asked for."""

    def __init__(self, page: Page, address: str, path: str):
        super().__init__(page)
        self.asked: list[str] = []
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.goto(f"{address}/lab/index.html?path={path}")
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        self.page.locator(".jp-Toolbar-kernelName", has_text="Python (Pyodide)").wait_for()
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()

    def answer_to(self, code: str) -> str:
        """What the last cell prints when it is this code."""
        last = self.page.locator(".jp-CodeCell").last
        self.replace(last, code)
        return last.locator(".jp-OutputArea-output").last.inner_text()


@pytest.fixture(scope="module")
def day_2(address: str) -> Iterator[Opened]:
    """Day 2, run from top to bottom in a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(SECONDS * 1000)
        notebook = Opened(page, address, DAY_2)
        notebook.run_all(SECONDS)
        yield notebook
        browser.close()


def test_day_2_runs_from_top_to_bottom(day_2: Opened):
    assert day_2.errors() == []
    if folder := os.environ.get("LABS_SCREENSHOTS"):
        day_2.page.screenshot(path=Path(folder) / "browser-alone.png")


def test_its_card_says_where_it_is(day_2: Opened):
    assert "This is Python in a page of your browser" in day_2.cell_with("open_day(2)").inner_text()


def test_everything_came_from_the_site(day_2: Opened, address: str):
    assert [url for url in day_2.asked if not url.startswith((address, "blob:", "data:"))] == []


_WAYS_OUT = """
from pyodide.http import open_url, pyfetch
import js, socket, urllib.request, urllib3
from labs_helpers.cloud import NetworkRefused
url = "https://sts.amazonaws.com/"
said = []
for way in (pyfetch, js.fetch, open_url, js.WebSocket.new, urllib.request.urlopen, urllib3.request):
    try:
        given = way("GET", url) if way is urllib3.request else way(url)
        given = await given if way in (pyfetch, js.fetch) else given
        said.append(f"{given.status} of the cloud" if way in (urllib.request.urlopen, urllib3.request) else "gone out")
    except Exception as error:
        said.append("refused" if "not on this machine" in str(error) else repr(error))
print(said)
"""


def test_no_way_leads_to_aws(day_2: Opened, address: str):
    """The browser's own functions are refused; Python's clients reach the cloud, as anywhere."""
    said = day_2.answer_to(_WAYS_OUT)
    assert said.count("refused") == 4, said
    assert "gone out" not in said
    assert not [url for url in day_2.asked if "amazonaws" in url]


_FILES = """
import boto3, pathlib
s3 = boto3.client("s3")
s3.create_bucket(Bucket="of-a-browser")
pathlib.Path("big").write_bytes(bytes(20_000_000))
s3.upload_file("big", "of-a-browser", "big")
s3.download_file("of-a-browser", "big", "back")
print(pathlib.Path("back").stat().st_size)
"""


def test_files_move_without_threads(day_2: Opened):
    """In parts (20 MB), as boto3 does by default: https://docs.aws.amazon.com/boto3/latest/guide/s3.html"""
    assert "20000000" in day_2.answer_to(_FILES)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("day.cloud.endpoint()", "no other program reaches this cloud"),
        (
            "from labs_helpers.actors.saml_provider import SamlProvider\nSamlProvider(day.cloud)",
            "SAML documents need lxml and signxml",
        ),
    ],
)
def test_what_is_left_out_says_so(day_2: Opened, code: str, says: str):
    caught = "\n".join(f"    {line}" for line in code.splitlines())
    assert says in day_2.answer_to(f"try:\n{caught}\nexcept Exception as error:\n    print(error)")


def test_progress_outlasts_the_page(day_2: Opened, address: str):
    """It is a file among the notebooks, which the browser keeps."""
    before = day_2.answer_to("print(day.progress.__self__._progress.whereabouts)")
    assert before == "Your progress is kept in aws-security-week-progress.json."
    day_2.page.goto(f"{address}/lab/index.html?path=notebooks/index.ipynb")
    day_2.wait_for_kernel()
    day_2.run_all(SECONDS)
    assert "aws-security-week-progress.json" in day_2.answer_to("import os; print(os.listdir())")
