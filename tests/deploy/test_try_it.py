"""The page *Try it*: its archives and examples, and the page itself in Chromium without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.try_it import build
from deploy.try_it.answering import decide, problems
from labs_helpers.engine.policy import simulate_line
from tests.browser.axe import AXE, NEEDED, violations
from tests.browser.conftest import FLAGS, find_chromium
from tests.lite.served import served

ROOT = Path(__file__).resolve().parents[2]
PLACES = (
    Path(os.environ.get("LABS_PYODIDE", ROOT / ".try/node_modules/pyodide")),
    ROOT / ".lite/node_modules/pyodide",
)
CORE = next((place for place in PLACES if (place / "pyodide.mjs").is_file()), None)
EXAMPLES: list[dict[str, Any]] = json.loads(
    (build.HERE / "page" / "examples.json").read_text(encoding="utf-8")
)
QUESTIONS = 250
"""Each has up to four options, and each option is a request: more than 1,000 in all."""
SECONDS = 120
GITHUB = "token.actions.githubusercontent.com"

in_a_browser = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CORE is None or find_chromium() is None,
        reason="needs Chromium and Pyodide's core (make .try/.installed)",
    ),
]


def simulated(lines: list[str]) -> list[dict[str, Any]]:
    """Return what the command `simulate` answers to each line, in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "labs_helpers", "simulate"], input="\n".join(lines), capture_output=True, text=True,
        check=True, cwd=ROOT,
    )  # fmt: skip
    return [json.loads(line) for line in run.stdout.splitlines()]


# Without a browser


def test_there_are_twenty_examples_each_from_another_thread():
    assert len(EXAMPLES) == 20
    assert len({each["source"] for each in EXAMPLES}) == 20
    assert all(each["source"].startswith("https://github.com/") for each in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each["title"])
def test_an_example_has_the_decision_that_its_answer_explains(example):
    assert simulate_line(json.dumps(example["scenario"]))["decision"] == example["decision"]


@pytest.fixture(scope="module")
def without_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page with stand-ins for Pyodide's files, and with sources instead of bytecode."""
    core = tmp_path_factory.mktemp("core")
    for name in build.CORE:
        (core / name).write_bytes(b"")
    with zipfile.ZipFile(core / build.LIBRARY, "w") as library:
        library.writestr("json/__init__.py", "")
        library.writestr("unittest/__init__.py", "")
    (core / "pyodide-lock.json").write_text(
        '{"info": {"version": "0"}, "packages": {"numpy": {}}}', encoding="utf-8"
    )
    out = tmp_path_factory.mktemp("page")
    build.assemble(out, core)
    return out


def test_the_archives_have_all_that_the_engine_needs(without_core):
    """Python finds nothing but its own library and the two archives, as in the browser."""
    line = json.dumps(EXAMPLES[1]["scenario"])
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + sys.argv[1:3]; import answering;"
        "print(answering.decide(sys.argv[3])); print(answering.problems(sys.argv[3]))"
    )
    archives = [str(without_core / "engine.zip"), str(without_core / "reference.zip")]
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, *archives, line], capture_output=True, text=True, check=True,
        cwd=without_core,
    )  # fmt: skip
    decided, found = run.stdout.splitlines()
    assert json.loads(decided) == simulate_line(line)
    assert found == problems(line)
    assert "WILDCARD_WITHOUT_LIKE_OPERATOR" in found


def test_the_page_lists_no_package_and_is_small_apart_from_python(without_core):
    assert (
        json.loads((without_core / "python" / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
        == {}
    )
    assert build.size(without_core) < 1_500_000


def test_equal_sources_are_built_into_equal_bytes(without_core, tmp_path):
    build._archive(tmp_path / "engine.zip", build._engine())
    assert (tmp_path / "engine.zip").read_bytes() == (without_core / "engine.zip").read_bytes()


def test_another_folder_is_not_replaced(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit):
        build.main(["--core", str(tmp_path), "--out", str(tmp_path)])
    assert (tmp_path / "mine.txt").exists()
    assert "would be deleted" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"policies": [1]}', '{"policies": {"identity": [[7]], "scp": "x"}}']
)
def test_a_scenario_that_can_t_be_read_is_answered_with_an_error(line):
    assert "error" in json.loads(decide(line))


def test_problems_name_the_policy_that_has_them():
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}],
    }
    found = json.loads(
        problems(json.dumps({"policies": {"identity": [], "scp": [[policy], [policy]], "grants": [7]}}))
    )
    assert [(each["policy"], each["code"]) for each in found] == [
        ("scp[0][0]", "INVALID_ACTION"), ("scp[1][0]", "INVALID_ACTION")
    ]  # fmt: skip


# In a browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built page."""
    assert CORE is not None
    out = tmp_path_factory.mktemp("site") / "try"
    build.build(out, CORE)
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as (where, _):
        yield f"{where}/"


@pytest.fixture(scope="module")
def one_page(browser: Any, address: str) -> Iterator[Any]:
    """Return the page on a narrow screen, with an answer. It may not ask for any address but its own."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    context.set_default_timeout(SECONDS * 1000)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(address)
    opened.locator(".verdict").wait_for()
    yield opened
    assert faults == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    context.close()


@pytest.fixture
def page(one_page: Any) -> Any:
    """Return the page with its first example; Python stays as it is."""
    one_page.context.set_offline(False)
    one_page.select_option("#example", "0")
    one_page.locator(".verdict", has_text=EXAMPLES[0]["decision"]).wait_for()
    return one_page


class TestPage:
    pytestmark = in_a_browser

    def test_it_has_at_most_fifteen_megabytes(self, site):
        assert build.size(site) <= build.MOST_BYTES

    def test_it_decides_by_keyboard_without_a_network(self, page):
        page.context.set_offline(True)
        page.focus("#example")
        page.keyboard.press("ArrowDown")
        page.locator(".verdict", has_text=EXAMPLES[1]["decision"]).wait_for()
        assert page.locator("#asked").inner_text().startswith(EXAMPLES[1]["asked"])
        literal = {**EXAMPLES[1]["scenario"]["context"], f"{GITHUB}:sub": "repo:example-org/*"}
        page.focus("#context")
        page.keyboard.press("Control+a")
        page.keyboard.type(json.dumps(literal))
        page.keyboard.press("Control+Enter")
        page.locator(".verdict.ALLOW").wait_for()
        assert "allowed by a resource-based policy" in page.locator("#decision").inner_text()

    def test_nothing_is_wider_than_a_phone(self, page):
        for number in range(len(EXAMPLES)):
            page.select_option("#example", str(number))
            page.locator(".verdict", has_text=EXAMPLES[number]["decision"]).wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390

    def test_a_link_opens_the_decision_without_an_example(self, page, address):
        page.fill("#resource-arn", "arn:aws:s3:::somewhere/else.txt")
        page.fill("#action", "s3:PutObject")
        before = page.evaluate("location.hash")
        page.keyboard.press("Control+Enter")
        page.wait_for_function("(before) => location.hash !== before", arg=before)
        other = page.context.new_page()
        other.goto(page.url)
        other.locator(".verdict").wait_for()
        assert other.input_value("#resource-arn") == "arn:aws:s3:::somewhere/else.txt"
        assert other.locator("#decision").inner_text() == page.locator("#decision").inner_text()
        assert other.locator("#example").input_value() == ""
        other.close()

    def test_text_from_a_link_is_never_read_as_html(self, page):
        sid = "<img src=x onerror=document.title=1>"
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
        }
        page.fill("#policy-identity", json.dumps(policy))
        page.fill("#action", "s3:GetObject")
        page.locator("#answer :is(td, .fault)", has_text=sid[:10]).first.wait_for()
        assert page.locator("#answer img").count() == 0
        assert page.title().startswith("Try it")

    @pytest.mark.skipif(not AXE.exists(), reason=NEEDED)
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing(self, page, scheme):
        page.emulate_media(color_scheme=scheme)
        page.select_option("#example", "8")
        page.locator("#problems li").first.wait_for()
        assert violations(page, "html") == []

    def test_a_fault_names_the_field(self, page):
        page.click("#details-boundary summary")
        page.fill("#policy-boundary", "{")
        page.locator(".fault", has_text="Permissions boundary: this isn't JSON").wait_for()
        assert page.get_attribute("#policy-boundary", "aria-invalid") == "true"

    @pytest.mark.parametrize("fragment", ["#q=%", "#q=AAAA", "#q="])
    def test_a_broken_link_is_told(self, page, fragment):
        page.evaluate("(fragment) => { location.hash = fragment; }", fragment)
        page.locator(".fault", has_text="link can't be read").wait_for()
        assert page.locator(".verdict").count() == 0

    def test_it_decides_a_thousand_drawn_requests_as_simulate_does(self, page):
        from labs_helpers.course.drill.drill_question import draw_question
        from labs_helpers.course.drill.evaluation_rules import rules

        order = list(rules())
        drawn = [
            draw_question(order[number % len(order)], "page", number, kind="change")
            for number in range(2 * QUESTIONS)
        ]
        lines = [json.dumps(option.scene) for question in drawn for option in question.options.values()]
        assert len(lines) >= 1_000
        assert f"| 1,000 | {len(lines):,} |" in (ROOT / "docs" / "try-it.md").read_text(encoding="utf-8")
        answers = page.evaluate(
            """async (lines) => {
                const worker = new Worker("worker.js", {type: "module"});
                const found = [];
                await new Promise((done) => {
                    worker.onmessage = ({data}) => {
                        if (data.number === undefined) return;
                        found[data.number] = data.answer ?? data.error;
                        if (data.number === lines.length - 1) done();
                    };
                    lines.forEach((line, number) => worker.postMessage({number, ask: "decision", line}));
                });
                worker.terminate();
                return found;
            }""",
            lines,
        )
        assert answers == simulated(lines)
