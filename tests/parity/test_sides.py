"""Two sides next to each other: this cloud's own endpoint, which is alike, and moto's server, in which differences are
planted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labs_helpers.cloud import HOME, Cloud
from tests.parity import __main__ as command
from tests.parity import recording, report, shapes, targets
from tests.parity.journal import Journal
from tests.parity.runner import Run
from tests.parity.shapes import Group, Recorded

ROOT = Path(__file__).resolve().parents[2]
ALIKE = {
    "ec2-missing-delete-vpc", "iam-list-users-of-path", "iam-missing-delete-user",
    "kms-missing-describe-key-2", "sqs-missing-get-queue-url", "sqs-permission", "sts-who-am-i",
}  # fmt: skip
"""Scenarios that moto answers as this cloud does, but for `REAL`: errors, answers and a decision."""
REAL = {
    ("ec2-missing-delete-vpc", "words", ""),
    ("iam-missing-delete-user", "shape", "message"),
    ("sqs-permission", "value", "Attributes.Policy"),
    ("sqs-permission", "value", "QueryErrorCode"),
}
"""What moto's server answers otherwise than AWS and this cloud in them: the words of two errors, a policy, a code."""
PLANTED = {
    "DeleteVpc|InvalidVpcID.NotFound|InvalidVpcID.Gone": ("ec2-missing-delete-vpc", "code", ""),
    "DeleteUser|status|200": ("iam-missing-delete-user", "decision", ""),
    "DescribeKey|is not found|was not found": ("kms-missing-describe-key-2", "words", ""),
    "GetQueueUrl|status|404": ("sqs-missing-get-queue-url", "code", ""),
    "GetQueueAttributes|Attributes|Attribute": ("sqs-permission", "shape", "Attributes"),
    "GetCallerIdentity|user/|role/": ("sts-who-am-i", "value", "Arn"),
}
"""What is planted in moto's answers, and the difference that it makes: the scenario, the kind, and the member."""


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Recordings and journals go into a folder of the test's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")


@pytest.mark.slow
def test_all_scenarios_recorded_at_the_clouds_endpoint_are_alike_in_the_cloud(tmp_path, capsys) -> None:
    out = tmp_path / "endpoint.json"
    with Cloud(seed=7) as cloud:
        endpoint = cloud.endpoint()
        env = endpoint.env() | {"PYTHONPATH": str(ROOT)}
        asked = ["record", "--endpoint", f"http://127.0.0.1:{endpoint.port}", "--yes", "--out", str(out)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.parity", *asked], env=env, cwd=tmp_path, capture_output=True,
            encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r"nothing is left of labs-parity-[0-9a-f]{8}", done.stdout)
    _, found = recording.read(out)
    assert [name for name, each in found.items() if each.failed] == []
    assert [name for name, each in found.items() if any(answer.skipped for answer in each.answers)] == []
    _holds_nothing_of_whose_it_is(out)

    assert command.main(["compare", str(out)]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[-1].split() == ["all", *[str(len(found))] * 3, *"00000"]
    assert "not compared" not in told


def _holds_nothing_of_whose_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert HOME not in text
    assert not re.search(r"\b(AKIA|ASIA)[A-Z0-9]{12,}", text)
    assert not re.search(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", text)
    assert not re.search(r"\b20\d\d-\d\d-\d\dT\d\d:", text)


@contextmanager
def moto(*planted: str) -> Iterator[targets.Target]:
    """moto's own server in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.parity.moto_side", *planted], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        encoding="utf-8", cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield targets.endpoint(f"http://127.0.0.1:{process.stdout.readline().strip()}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def chosen() -> list[Group]:
    """The groups of `ALIKE`, with these scenarios alone."""
    found = []
    for group in shapes.groups():
        scenarios = tuple(each for each in group.scenarios if each.name in ALIKE)
        if scenarios:
            found.append(Group(group.service, group.people, group.roles, group.stage, scenarios))
    return found


def answers(target: targets.Target, run: str) -> dict[str, Recorded]:
    """What a target answers to the chosen scenarios."""
    parts = Run(target, run, Journal(Path(f"{run}.journal"))).all(chosen(), told=lambda _: None)
    return {name: recording.plain(each) for part in parts for name, each in part.items()}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recorded]:
    path = tmp_path_factory.mktemp("ours") / "run.journal"
    with targets.cloud() as target:
        parts = Run(target, "0a1b2c3d", Journal(path)).all(chosen(), told=lambda _: None)
        return {name: recording.plain(each) for part in parts for name, each in part.items()}


def test_no_difference_is_invented(ours) -> None:
    with moto() as target:
        theirs = answers(target, "1a1b2c3d")
    assert theirs.keys() == ALIKE
    found = report.compare(chosen(), theirs, ours).differences
    assert {(each.scenario, each.kind, each.at) for each in found} == REAL


def test_planted_differences_are_found_and_no_others(ours) -> None:
    with moto(*PLANTED) as target:
        theirs = answers(target, "2a1b2c3d")
    found = report.compare(chosen(), theirs, ours).differences
    assert {(each.scenario, each.kind, each.at) for each in found} >= set(PLANTED.values())
    assert {each.scenario for each in found} == {scenario for scenario, *_ in PLANTED.values()}


@pytest.mark.slow
def test_a_recording_is_compared_by_command(tmp_path, capsys) -> None:
    with moto("GetQueueUrl|status|404") as target:
        assert target.endpoint is not None
        assert (
            command.main(
                ["record", "--endpoint", target.endpoint, "--only", "sqs", "--yes", "--out", "sqs.json"]
            )
            == 0
        )
        assert "nothing is left" in capsys.readouterr().out
        assert command.main(["compare", "sqs.json", "--only", "sqs", "--endpoint", target.endpoint]) == 0
        capsys.readouterr()
        assert command.main(["compare", "sqs.json", "--only", "sqs"]) == 1
    told = capsys.readouterr().out
    assert "Recorded: endpoint," in told
    assert "sqs-missing-get-queue-url, 1. sqs.get_queue_url as admin: failed" in told
    assert json.loads((tmp_path / "sqs.json").read_text(encoding="utf-8"))["made"]["region"] == "us-east-1"
