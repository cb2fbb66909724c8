"""The code in README and docs/ works: Python blocks run, and commands print what the pages show.

Some pages have their own tests: docs/your-account.md, docs/instructors.md, docs/without-jupyterlab.md
(tests/cloud/endpoint, tests/course, tests/deploy).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.__main__ import main
from labs_helpers.cloud.services import modelled_services
from labs_helpers.course import commands
from tests.browser.conftest import FLAGS, find_chromium
from tests.notebooks.times import hours_in_words

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
KMS_JUDGES = Path(os.environ.get("LABS_KMS_JUDGES", ROOT / ".judges" / "kms" / "bin" / "python")).parent
OWN_TESTS = (ROOT / "docs" / "own-tests.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
REFUSED = re.compile(r"#\s*(AccessDenied)\b")
RUNNER = """
import ast, re, sys
from botocore.exceptions import ClientError
source = sys.stdin.read()
lines, names = source.splitlines(), {}
for statement in ast.parse(source).body:
    promised = re.search(r"#\\s*(AccessDenied)\\b", lines[statement.end_lineno - 1])
    try:
        exec(compile(ast.Module([statement], []), "page", "exec"), names)
    except ClientError as error:
        if not promised or error.response["Error"]["Code"] != promised[1]:
            raise
    else:
        assert not promised, lines[statement.end_lineno - 1]
"""


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]


def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "LABS_PROGRESS": str(tmp_path / "progress.json"),
        "HOME": str(tmp_path),
    }


def run_python(source: str, tmp_path: Path) -> str:
    """Return what the page's Python code prints."""
    done = subprocess.run(
        [sys.executable, "-c", RUNNER], input=source, cwd=tmp_path, env=environment(tmp_path),
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_of_a_proof_prints_what_the_page_says(tmp_path):
    page = ROOT / "docs" / "proved.md"
    (source,), (printed,) = blocks(page, "python"), blocks(page, "text")
    assert run_python(source, tmp_path) == printed


@pytest.mark.parametrize("number", range(len(blocks(ROOT / "README.md", "python"))))
def test_a_block_of_the_readme_runs(number, tmp_path):
    run_python(blocks(ROOT / "README.md", "python")[number], tmp_path)


def test_the_short_tour_shows_a_refusal_an_attack_and_a_witness_and_its_fix_passes(tmp_path):
    page = "\n".join(blocks(ROOT / "docs" / "first-steps.md", "python"))
    shown = run_python(page, tmp_path)
    assert "Alice,61000" in shown, "the thief reads the payroll"
    assert "s3:GetObjectVersion" in shown, "the witness that the page names"
    actions = '["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]'
    assert re.search(r"✓ 2\.1 .*: passed", run_python(page.replace('"s3:*"', actions), tmp_path))


def test_a_day_opens_in_a_plain_script(tmp_path):
    run_python("\n".join(blocks(ROOT / "docs" / "without-jupyterlab.md", "python")), tmp_path)


def test_the_engine_answers_in_python_as_it_is_shown_to(tmp_path):
    run_python("\n".join(blocks(ROOT / "docs" / "simulate.md", "python")), tmp_path)


def test_the_table_of_policy_tests_that_is_shown_passes(tmp_path, capsys):
    table, _ = blocks(ROOT / "docs" / "policy-as-code.md", "yaml")
    (tmp_path / "table.yaml").write_text(table, encoding="utf-8")
    assert main(["test-policies", str(tmp_path / "table.yaml")]) == 0
    assert capsys.readouterr().out == "1 request, 0 failed\n"


def test_the_page_on_own_tests_names_every_service():
    (named,) = re.findall(r"^The cloud supports (.*?)\. Anything", OWN_TESTS, re.MULTILINE | re.DOTALL)
    assert sorted(re.findall(r"`([a-z0-9-]+)`", named)) == sorted(modelled_services())


@pytest.mark.parametrize("number", range(1, 7))
def test_the_instructors_guide_has_the_times_of_the_notebooks(number):
    """The notebooks' headers have the same hours, in words."""
    guide = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    shown = re.search(rf"^\| {number} \|.*\| ([\d½]+) \| ([\d½]+) \|$", guide, re.MULTILINE)
    (notebook,) = (ROOT / "notebooks").glob(f"day{number}_*.ipynb")
    text = notebook.read_text(encoding="utf-8")
    told = [re.search(rf"\*\*{part}:\*\* about (.*? hours?)\b", text) for part in ("Time", "Core path")]
    assert shown is not None
    for hours, words in zip(shown.groups(), told, strict=True):
        assert words is not None
        assert hours_in_words(float(hours.replace("½", ".5")) * 60) == words[1]


_ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Importing the plugins that the shown tests don't use, above all nbval, takes two seconds."""


def test_the_tests_that_are_shown_pass(tmp_path):
    conftest, tests, _ = blocks(ROOT / "docs" / "own-tests.md", "python")
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_report.py").write_text(tests)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=tmp_path, env=environment(tmp_path) | _ALONE, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout


@pytest.mark.skipif(
    not (KMS_JUDGES / "credstash").exists(), reason="needs credstash in .judges/kms (make test)"
)
def test_the_tests_of_a_published_program_pass(tmp_path):
    conftest, _, tests = blocks(ROOT / "docs" / "own-tests.md", "python")
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_credstash.py").write_text(tests)
    paths = {"PATH": f"{KMS_JUDGES}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=tmp_path, env=environment(tmp_path) | paths | _ALONE, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert "3 passed" in done.stdout, done.stdout


def shown() -> list[tuple[str, str, str]]:
    """Return (page, command, output that the page shows) for each block with a command after `$ `."""
    found = []
    for page in PAGES:
        for block in blocks(page, "console"):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, answer = _parted(part)
                if "labs_helpers" in command or command.startswith("python deploy/"):
                    found.append((page.name, command, answer))
    return found


def _parted(part: str) -> tuple[str, str]:
    """Split a command from its output. A command continues if its quotes are open or its line ends with a backslash."""
    lines = part.splitlines()
    for count in range(1, len(lines) + 1):
        command = "\n".join(lines[:count])
        if command.count("'") % 2 == 0 and not command.endswith("\\"):
            return command, "\n".join(lines[count:])
    raise AssertionError(part)


@pytest.mark.sampled(3)
@pytest.mark.skipif(
    sys.platform == "win32", reason="the commands are shown as a shell of Linux and macOS takes them"
)
@pytest.mark.parametrize(
    ("page", "command", "answer"), shown(), ids=lambda each: each[:60].replace("\n", " ")
)
def test_a_command_answers_as_it_is_shown_to(page, command, answer, tmp_path):
    here = command.replace(".venv/bin/python", "python").replace("python ", f"{sys.executable} ")
    here = here.replace("--junit ", f"--junit {tmp_path}/")
    done = subprocess.run(
        ["bash", "-c", here], cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert (done.stdout + done.stderr).strip() == answer.strip()


def asked_on_a_line(*lines: str) -> list[dict[str, Any]]:
    """Return what `simulate` prints for each line."""
    done = subprocess.run(
        [sys.executable, "-m", "labs_helpers", "simulate"], input="\n".join(lines), cwd=ROOT, encoding="utf-8",
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
DENY = {"Sid": "NoS3", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
ANYBODY = {"Principal": "*"}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def request_of_the_page(text: str) -> dict[str, Any]:
    """Return the request that docs/simulate.md shows, with a policy of each kind in place of `doc`."""
    request = json.loads(re.sub(r"\bdoc\b", json.dumps(policy(ALLOW)), text).replace("[grant]", "[]"))
    of_resources = policy(ALLOW | ANYBODY)
    rcp = policy(DENY | ANYBODY | {"Action": "s3:PutObject"})
    request["policies"] |= {"resource": of_resources, "vpc_endpoint": of_resources, "rcp": [[rcp]]}
    return request


def test_the_formats_that_are_shown_are_those_of_simulate():
    """The request can be read, the response has the members that the page shows, and an error has the shown text."""
    request, answer = blocks(ROOT / "docs" / "simulate.md", "jsonc")
    (error,) = blocks(ROOT / "docs" / "simulate.md", "json")
    allowed, denied, wrong = (request_of_the_page(request) for _ in range(3))
    denied["policies"]["scp"][1] = [policy(*[ALLOW | {"Action": "ec2:*"}] * 2, DENY)]
    wrong["policies"]["identity"] = [policy(ALLOW, {"Efect": "Allow"})]
    allowed, denied, refused = asked_on_a_line(*map(json.dumps, (allowed, denied, wrong)))
    assert allowed["decision"] == "ALLOW"
    shown = json.loads(answer.replace("[…]", "[]"))
    assert (denied["decision"], denied["reason"]) == (shown["decision"], shown["reason"])
    assert shown["checks"][0] in denied["checks"]
    assert {check["checkType"] for check in denied["checks"]} >= {
        check["checkType"] for check in shown["checks"]
    }
    assert refused == json.loads(error)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The pages, built as by `make docs`."""
    folder = tmp_path_factory.mktemp("built") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, env=environment(folder.parent), capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_loads_nothing_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//[^"]+', text) == [], (
            page.name
        )


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium")
def test_the_site_is_searched_without_a_server(site):
    """The site is opened from its folder, at a page in a subfolder."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto((site / "reference" / "cloud.html").as_uri())
        sidebar = page.locator(".md-sidebar--primary .md-sidebar__scrollwrap")
        assert sidebar.evaluate("each => each.scrollHeight <= each.clientHeight"), "it lists one section"
        page.keyboard.press("/")
        page.keyboard.type("permissions boundary")
        page.locator('.md-search-result__link[href$="#permissions-boundary"]').click()
        page.wait_for_url("**/glossary.html?*#permissions-boundary")
        browser.close()


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium")
def test_names_of_the_ledgers_rows_and_the_home_stay_whole_on_a_phone(site):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.goto((site / "ledger.html").as_uri())
        lines = page.locator("td .row").evaluate_all(
            "names => names.map(name => name.getClientRects().length)"
        )
        page.goto((site / "index.html").as_uri())
        home = page.locator("picture > img[src*=way]")
        home.scroll_into_view_if_needed()
        narrow = home.evaluate("image => image.currentSrc")
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        browser.close()
    assert set(lines) == {1}
    assert narrow.endswith("_narrow.svg")
    assert beyond <= 0


@pytest.mark.parametrize(
    "picture", sorted((ROOT / "docs" / "images").glob("way_*.svg")), ids=lambda path: path.stem
)
def test_a_picture_of_the_home_is_drawn_for_both_themes(picture):
    text = picture.read_text(encoding="utf-8")
    light, dark = (
        set(re.findall(r"--[\w-]+(?=:)", part)) for part in text.split("@media (prefers-color-scheme: dark)")
    )
    assert light == dark
    assert not re.search(r'(?:fill|stroke)(?:: |=")#', text)


def test_nothing_says_to_install_the_labs_by_their_name():
    """No package index has that name. Anyone who registered it could run their code on every learner's machine."""
    told = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in [*PAGES, *(ROOT / "labs_helpers").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"pip install [^`;]*\blabs[_-]helpers\b", line)
    ]
    assert told == []


UNTRIED = {
    "python -m labs_helpers test-policies --replay": "tests/course/policy_tests/test_trail_replay.py",
    "steps:": "tests/deploy/test_ci_action.py runs the action's steps",
    "pytest --used-policies": "tests/cloud/testing/test_plugin.py gives both options",
    "make lab": "opens JupyterLab: tests/course/commands/test_lab.py starts it, tests/browser drive it",
    "python -m pip install '.[lab]'": "installs from the package index",
    "python -m pip install '.[drill]'": "installs from the package index",
    "python -m labs_helpers drill": "tests/course/commands/test_drill.py answers its questions",
    'python -m pip install "/path/to/': "installs from the package index",
    "conda env create": "needs conda; tests/test_binder.py compares the file with the project",
    "make setup-dev": "the targets are looked up below; CI runs make test",
    "day.endpoint()": "tests/cloud/endpoint/test_day.py",
    "cloud = Cloud.attach(": "tests/cloud/endpoint/test_attach.py and test_command.py, by the line that is printed",
    ". /tmp/labs-aws-": "tests/cloud/endpoint/test_children.py reads the file in a shell",
    "!aws s3 ls --profile alice": "tests/cloud/endpoint/test_children.py runs it in a notebook's cell",
    'python -m pip install ".[endpoint]"': "installs from the package index",
    "python -m labs_helpers serve": "tests/cloud/endpoint/test_command.py",
    "make lite": "tests/lite builds the site, and serves it",
    "make try": "tests/deploy/test_try_it.py builds the page, and serves it",
    "python -m tests.lite.days": "runs six days in Node.js for minutes; typed when the page was written",
    "python3 -m venv .venv": "tests/deploy/test_front_ends.py, as the rest of that page's commands",
    "python -m labs_helpers lab --copy-only": "tests/deploy/test_front_ends.py",
    ".venv/bin/python -m pip install": "tests/deploy/test_front_ends.py",
    '{"id": "F-IAM-03"': "a row of the ledger, shortened; tests/test_ledger.py holds the real one",
    '"block-public-policy": {': "a row of Day 1's demos.json; test_predictions.py reads the real one",
    "python3 -m venv .hub": "what `make classroom` installs and tests/deploy starts",
    "jupyter-repo2docker": "needs Docker, a registry and a cluster; tests/deploy/test_settings.py reads the values",
    "sh deploy/jupyterhub/grade.sh": "tests/deploy/test_classroom.py runs it on a class",
    "python -m labs_helpers grade": "tests/course/handed_in, and tests/deploy on a class",
    "python -m labs_helpers certificate": "tests/course/learner/test_certificate.py",
    "assert day.check": "tests/course/test_instructors.py",
    "c.ExecutePreprocessor": "a line of nbgrader's settings",
    "load_subconfig": "tests/deploy/test_settings.py reads it as JupyterHub does",
    '"""The permissions that SES requires': "shows how a service is written; tests/cloud/test_coverage.py has the rest",
    "@pytest.mark.ledger": "shows how a test names its row",
    "python -m tests.parity record": "reaches AWS; tests/parity/test_sides.py records at other sides",
}
"""Blocks of commands and code that no test in this file runs, by their beginning → the tests that run them."""
_ELSEWHERE = {
    "your-account.md": "tests/cloud/endpoint/test_your_account.py",
    "policy-as-code.md": "tests/course/policy_tests/test_runner.py",
    "alarms.md": "tests/course/attacks/test_report.py",
    "league.md": "tests/course/handed_in/test_league.py",
}
_FORMATS = {"simulate.md"}
"""Pages whose JSON requests and responses are tested above."""
_WHOLE = {"first-steps.md", "without-jupyterlab.md", "own-tests.md", "proved.md", "simulate.md", "README.md"}
"""Pages whose Python code is completely run above."""


def test_every_block_is_tried_or_it_is_said_why_not():
    """A new block of commands or code has to be run by a test, or to be named in UNTRIED."""
    untried = []
    for page in PAGES:
        for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
            if not (
                _run_here(page, language, block)
                or page.name in _ELSEWHERE
                or block.startswith(tuple(UNTRIED))
            ):
                untried.append(f"{page.name}: {block.splitlines()[0]}")
    assert untried == []
    assert all((ROOT / test).exists() for test in _ELSEWHERE.values())
    texts = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [start for start in UNTRIED if f"\n{start}" not in texts] == []


def _run_here(page: Path, language: str, block: str) -> bool:
    if language == "text":  # a drawing
        return True
    if language in ("json", "jsonc"):
        return page.name in _FORMATS
    return page.name in _WHOLE if language == "python" else block.startswith("$ ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_is_written_so_that_the_tests_overlook_it(page):
    """A block begins at the margin and names its language. No block is only indented."""
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"^ *(?:```|~~~)", text, re.MULTILINE)
    assert len(fences) == 2 * len(BLOCK.findall(text))
    assert re.findall(r"(?:^|\n)[ \t]*\n((?: {4}|\t)\S.*)", BLOCK.sub("", text)) == []


def test_the_readme_counts_the_exercises_of_each_day():
    rows = re.findall(
        r"^\| (\d) \| .* \| (\d+) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    there = [len(list((ROOT / "data" / f"day{day}" / "exercises").glob("*.json"))) for day in range(1, 7)]
    assert rows == [(str(day), str(count)) for day, count in enumerate(there, 1)]


def test_the_readme_has_the_sizes_of_the_install_page():
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*?) \| .* \| (?:another )?(\d+) MB \| \d+ MB \|$", page, re.MULTILINE)
    of = {name: int(size) for name, size in rows}
    whole, parts = of["`.`"], [size for name, size in rows if name.startswith("of which")]
    moto, boto3, own = map(int, parts[:3])
    extras = [of[f"`.[{name}]`"] for name in ("saml", "endpoint", "notebooks", "lab", "cli")]
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"`pip install .` installs {whole} MB" in text
    assert f"moto {moto}, boto3 {boto3}, this package {own}, and others {whole - moto - boto3 - own}." in text
    assert (
        "`[saml]` {} MB, `[endpoint]` {}, `[notebooks]` {}, `[lab]` {}, and `[cli]` {}.".format(*extras)
    ) in text


def test_the_readme_fits_on_two_screens():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert (
        len([line for line in lines if not line.lstrip().startswith(("<picture", "<source", "</picture"))])
        <= 90
    )


def test_the_layout_names_folders_that_there_are():
    (layout,) = blocks(ROOT / "CONTRIBUTING.md", "text")
    folder = ROOT
    for line in layout.splitlines():
        name = line.split("/", 1)[0].strip()
        folder = ROOT if not line.startswith("  ") else ROOT / "labs_helpers"
        assert (folder / name).is_dir(), line
    shown = {line.split("/", 1)[0].strip() for line in layout.splitlines() if line.startswith("  ")}
    assert shown == {
        each.name for each in (ROOT / "labs_helpers").iterdir() if (each / "__init__.py").exists()
    }


def test_the_table_of_floors_names_each_folder_and_no_other():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text[text.index("| layer | folder |") : text.index("`make lint` checks this")]
    floor, named = "", set()
    for row in table.splitlines()[2:]:
        cells = [cell.strip() for cell in row.split("|")[1:-1]] if row else ["", ""]
        floor = cells[0] or (floor if row else "")
        named |= {f"{floor}/{folder}" for folder in re.findall(r"`(\w+)/`", cells[1])}
    there = {
        f"{floor}/{each.name}"
        for floor in ("engine", "cloud", "course")
        for each in (ROOT / "labs_helpers" / floor).iterdir()
        if (each / "__init__.py").exists()
    }
    assert named == there


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_targets_that_are_named_exist(page):
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"python -m labs_helpers ([a-z][a-z-]*)", text))
    assert named <= set(commands.names())
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    wanted = set(re.findall(r"`make ([a-z-]+)[` ]", text)) | set(
        re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)
    )
    assert wanted <= targets
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        generated = {"ledger.md", "glossary.md", "reference/commands.md", "reference/widgets.md"}
        assert link in generated or (page.parent / link).exists(), link
