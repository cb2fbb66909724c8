"""The site that `make lite` builds, with a stand-in for packages that only Pyodide has, opened in Chromium."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import FLAGS, find_chromium
from tests.lite.days import LEFT_OUT, told
from tests.lite.served import Opened, keep_every_cell, served
from tests.lite.stand_in import wheel

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("LABS_LITE", ROOT / ".lite"))
PYTHON, CORE = TOOLS / "venv/bin/python", TOOLS / "node_modules/pyodide"
DAY_2 = "notebooks/day2_iam.ipynb"
SECONDS = 480
"""A kernel comes up in 15 seconds, and Day 2 runs in a minute; more where other work goes on beside it."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_chromium() is None or not (PYTHON.exists() and CORE.exists()),
        reason="the browser's edition: needs Chromium, npm and `make lite`'s tools (make .lite/.installed)",
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built site."""
    folder = tmp_path_factory.mktemp("lite")
    standing_in = wheel.build(folder)
    built = folder / "site"
    command = [PYTHON, "-m", "deploy.lite.build", "--core", CORE, "--out", built, "--wheel", standing_in]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    keep_every_cell(built)
    return built


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_cell_runs_in_the_sites_python(site: Path, notebook: Path):
    """The notebooks run under Node, without a browser, except for the cells that the page lists."""
    failed = {line["cell"]: line["message"] for line in told(site, notebook) if "error" in line}
    assert {cell: why for cell, why in failed.items() if cell not in LEFT_OUT} == {}


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    with served(site) as (address, _):
        yield address


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
    assert "Python runs in this browser page" in day_2.cell_with("open_day(2)").inner_text()


def test_everything_came_from_the_site(day_2: Opened, address: str):
    assert [
        url for url in day_2.asked if not url.startswith((address, "blob:", "data:", "attachment:"))
    ] == []


_WAYS_OUT = """
from pyodide.http import open_url, pyfetch
import js, requests, urllib3
url = "https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
said = []
for way in (pyfetch, js.fetch, open_url, js.WebSocket.new, lambda url: urllib3.request("GET", url)):
    try:
        given = way(url)
        said.append(await given if way in (pyfetch, js.fetch) else given)
    except Exception as error:
        said.append("refused" if "is not on this machine" in str(error) else error)
print(said)
print(requests.get(url).headers["x-amzn-requestid"])
"""


def test_no_way_leads_to_aws(day_2: Opened, address: str):
    """The browser's own functions are blocked; the cloud answers `requests` and boto3, as everywhere."""
    said, request_id = day_2.answer_to(_WAYS_OUT).splitlines()
    assert said == str(["refused"] * 5)
    assert len(request_id) == 36
    assert not [url for url in day_2.asked if "amazonaws" in url]


_FILES = """
import boto3, pathlib
s3 = boto3.client("s3")
s3.create_bucket(Bucket="of-a-browser")
file = pathlib.Path("/tmp/file")
file.write_bytes(bytes(9_000_000))
s3.upload_file(str(file), "of-a-browser", "file")
s3.download_file("of-a-browser", "file", "/tmp/back")
print(len(s3.head_object(Bucket="of-a-browser", Key="file")["ETag"]), pathlib.Path("/tmp/back").stat().st_size)
"""


def test_files_move_without_threads(day_2: Opened):
    """In two parts, as boto3 does from 8 MB on: the ETag says so by its end, "-2"."""
    assert day_2.answer_to(_FILES) == "36 9000000"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("day.cloud.endpoint()", "no other program can reach this cloud"),
        (
            "from labs_helpers.cloud.actors.saml_provider import SamlProvider\nSamlProvider(day.cloud)",
            "SAML documents need lxml and signxml",
        ),
    ],
)
def test_what_is_left_out_says_so(day_2: Opened, code: str, says: str):
    caught = "\n".join(f"    {line}" for line in code.splitlines())
    assert says in day_2.answer_to(f"try:\n{caught}\nexcept Exception as error:\n    print(error)")


_KEPT = """
import hashlib, pathlib
print(hashlib.sha256(pathlib.Path("aws-security-week-progress.json").read_bytes()).hexdigest())
"""


def test_progress_outlasts_the_page(day_2: Opened, address: str):
    """It is a file among the notebooks, which the browser keeps."""
    before = day_2.answer_to(_KEPT)
    assert len(before) == 64
    page = day_2.page.context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    assert Opened(page, address, "notebooks/index.ipynb").answer_to(_KEPT) == before
