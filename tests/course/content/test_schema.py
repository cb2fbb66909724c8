"""A fault in data/ is reported with its file and location."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from labs_helpers.course.attacks.schema import Work
from labs_helpers.course.content.files import DataError, read_json
from labs_helpers.course.content.loading import lessons, read
from labs_helpers.course.content.numbering import folder_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Beliefs, DayFile, Demos, Morning, PathsFile, Quiz, Scene
from labs_helpers.course.days.day1.schema import Benchmarks, Exposures, Incidents, Responsibility
from labs_helpers.course.days.day6.campaign import Moves
from labs_helpers.course.days.day6.company_probes import Probes, Sabotages
from labs_helpers.course.days.day6.league.league_rules import Rules
from labs_helpers.course.days.day6.nights import Nights
from labs_helpers.course.days.day6.own_company import EarlierAnswers
from labs_helpers.course.days.day6.take_home.real_account import FirstSteps
from labs_helpers.course.grading.exercise_loading import load_folder
from labs_helpers.course.grading.kinds import Exercise

GOOD = read_json(data_path() / "day2" / "exercises" / "2.1.json")


def changed(path, value):
    """Return GOOD with one value changed, or removed if the value is `...`."""
    copy = json.loads(json.dumps(GOOD))
    *above, last = path
    place = copy
    for step in above:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return copy


FAULTS = [
    (("id",), "two", "id: "),
    (("titel",), "x", "titel: Extra inputs are not permitted"),
    (("title",), ..., "title: Field required"),
    (("kind",), "essay", "kind: "),
    (("hints",), ["one", "two"], "hints.2: "),
    (("wrong",), [], "wrong: "),
    (("probes", 3, "expected"), "deny", "probes.3.expected: "),
    (("probes", 0, "story"), "  ", "probes.0.story: "),
    (("probes", 0, "context"), {"aws:SourceIp": 7}, "probes.0.context.aws:SourceIp"),
    (("probes", 1, "policies"), {"identty": []}, "probes.1.policies.identty: "),
    (("source",), ["http://example.com/"], "source.0: "),
    (("slots",), ["identity"], "slots: Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("path", "value", "says"), FAULTS, ids=lambda part: str(part)[:30])
def test_fault_names_file_and_place(tmp_path, path, value, says):
    file = tmp_path / "2.1.json"
    file.write_text(json.dumps(changed(path, value)))
    with pytest.raises(DataError) as error:
        load_folder(tmp_path)
    assert str(error.value).startswith(f"{file}: ")
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1, column 2"),
        ('{"id": 1, "id": 2}', "the key 'id' occurs twice"),
        ("[]", "valid dictionary"),
    ],
)
def test_no_json_names_file_and_line(tmp_path, text, says):
    (tmp_path / "2.1.json").write_text(text)
    with pytest.raises(DataError, match=says):
        load_folder(tmp_path)


def test_file_must_be_named_after_its_exercise(tmp_path):
    (tmp_path / "2.9.json").write_text(json.dumps(GOOD))
    with pytest.raises(DataError, match=r"is 2\.1, but the file's name says 2\.9"):
        load_folder(tmp_path)


def test_answer_s_place_is_left_free(tmp_path):
    copy = changed(("kind",), "resource_policy")
    copy["probes"][2]["policies"] = {"resource": {"Statement": []}}
    (tmp_path / "2.1.json").write_text(json.dumps(copy))
    with pytest.raises(DataError, match=r"probes\.2\.policies\.resource"):
        load_folder(tmp_path)


MODELS = {
    "day": DayFile,
    "quiz": Quiz,
    "beliefs": Beliefs,
    "demos": Demos,
    "morning": Morning,
    "responsibility": Responsibility,
    "incidents": Incidents,
    "exposures": Exposures,
    "controls": Benchmarks,
    "campaign": Moves,
    "nights": Nights,
    "league": Rules,
    "earlier": EarlierAnswers,
    "real_account": FirstSteps,
    "paths": PathsFile,
    "probes": Probes,
    "closer": Probes,
    "sabotages": Sabotages,
    "work": Work,
}


@pytest.mark.parametrize("day", lessons())
def test_every_other_data_file_is_valid(day):
    folder = data_path(folder_of(day))
    for file in folder.glob("*.json"):
        read(file, MODELS[file.stem].model_validate)
    for file in (folder / "scenes").glob("*.json"):
        read(file, Scene.model_validate)
    assert {"day", "quiz"} <= {file.stem for file in folder.glob("*.json")}


def test_exercise_ids_sort_by_number(tmp_path):
    for id in ("2.10", "2.2"):
        (tmp_path / f"{id}.json").write_text(json.dumps(changed(("id",), id)))
    assert list(load_folder(tmp_path)) == ["2.2", "2.10"]
    assert isinstance(load_folder(tmp_path)["2.2"], Exercise)


def test_opening_a_day_imports_neither_pydantic_nor_ipython():
    """The process asserts that neither was imported."""
    code = (
        "import sys, labs_helpers.course; assert not {'pydantic', 'IPython'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
