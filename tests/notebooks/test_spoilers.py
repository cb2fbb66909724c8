"""The checker of spoilers finds what a reader found, and leaves clean questions alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.notebooks.predictions import BINDING
from tests.notebooks.spoilers import found, unexplained

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
READ = "2a3ab6a"
"""The commit whose questions were read one by one, in their place."""
SPOILED = json.loads((HERE / "spoiled.json").read_text("utf-8"))
CLEAN = json.loads((HERE / "clean_predictions.json").read_text("utf-8"))


def notebook_at(commit: str, day: str) -> list[dict]:
    """The cells of a day's notebook at a commit; the test is skipped where the history is missing."""
    tree = subprocess.run(
        ["git", "ls-tree", "--name-only", commit, "notebooks/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = [name for name in tree.stdout.splitlines() if name.startswith(f"notebooks/{day}_")]
    if not names:
        pytest.skip(f"the history doesn't reach back to {commit}")
    shown = subprocess.run(["git", "show", f"{commit}:{names[0]}"], cwd=ROOT, capture_output=True, check=True)
    return json.loads(shown.stdout)["cells"]


def test_most_questions_that_a_reader_found_given_away_are_found() -> None:
    caught = {
        day: [id for id in rows if id in spoiled]
        for day, rows in SPOILED.items()
        for spoiled in [found(notebook_at(READ, day))]
    }
    assert sum(map(len, SPOILED.values())) == 71
    assert sum(map(len, caught.values())) >= 60


def cells_of(clean: dict) -> list[dict]:
    """A clean question as cells of a notebook, after an opening."""
    options = "\n".join(f"- {letter}) {text}" for letter, text in zip("abcd", clean["choices"], strict=False))
    opening = "# Day\n\n- explain who can do what;\n- fix a policy that allows too much."
    texts = [
        ("markdown", opening), ("markdown", "## The whole day in one picture"), ("markdown", "## How it works"),
        ("markdown", f"{clean['above']}\n\n**Predict:** {clean['question']}\n\n{options}"),
        ("code", 'day.predict("it")'), ("code", clean["code"]),
        ("markdown", f"<details><summary>Answer: {clean['question']}</summary>\n\n{clean['answer']}\n\n</details>"),
    ]  # fmt: skip
    return [
        {"cell_type": kind, "id": str(place), "source": [text]} for place, (kind, text) in enumerate(texts)
    ]


def test_at_most_two_of_ten_clean_questions_are_taken_for_given_away() -> None:
    false = [clean["question"] for clean in CLEAN if found(cells_of(clean))]
    assert len(CLEAN) == 10
    assert len(false) <= 2, false


@pytest.mark.parametrize("day", BINDING)
def test_no_answer_is_given_away_today_without_an_explanation(day: str) -> None:
    (path,) = (ROOT / "notebooks").glob(f"{day}_*.ipynb")
    assert unexplained(path) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"above": "### The trap of the tag\n\nUma sends a message."}, "hint"),
        ({"above": "**An inactive key is not a key.** Sam asks."}, "law"),
        ({"above": "See [the guide](https://docs.aws.amazon.com/IAM/). Sam asks."}, "link"),
        ({"code": 'with day.attempt("sam-refused") as result:\n    pass'}, "name"),
        ({"code": 's3.get_object()\nwith day.attempt("it") as result:\n    pass', "question": "Can he?"}, "bare call"),
        ({"code": 'jwt.decode(token)\nday.outcome("it", 1)'}, "bare call"),
        ({"code": 'day.outcome("it", reply.get("error"))'}, "result"),
        ({"code": 'with day.attempt("it") as result:\n    pass\nday.explain()'}, "result"),
        ({"question": "Sam asks again"}, "no question"),
    ],
)  # fmt: skip
def test_each_kind_of_spoiler_is_named(change: dict, said: str) -> None:
    (told,) = found(cells_of(CLEAN[3] | change)).values()
    assert any(each.startswith(said) for each in told)
