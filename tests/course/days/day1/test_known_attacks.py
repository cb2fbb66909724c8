"""The day's attacks produce the events that Stratus Red Team lists for the same techniques.

stratus.json has, for each technique, the events on its page ("Detonation logs", or "Detection" if the page has no such
logs), and the reasons why events are left out. https://stratus-red-team.cloud/attack-techniques/AWS/
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import account, begin_anew, from_outside, outsiders, story
from labs_helpers.course.days.day1.actors import FAR_AWAY, STRANGER

ROOT = Path(__file__).parents[4]
TECHNIQUES = {
    each["here"]: each for each in json.loads(Path(__file__).with_name("stratus.json").read_text("utf-8"))
}
DOING: dict[str, Callable[[Cloud, str], object]] = {
    "neglect": begin_anew,
    "attack": lambda cloud, setting: outsiders(cloud, [setting]),
}


def left_by(cloud: Cloud, deed: Callable[[], object]) -> list[dict[str, Any]]:
    """Return the event history's events of an action, oldest first."""
    cloud.clock.advance(seconds=2)
    since = cloud.clock.now()
    deed()
    found = boto3.client("cloudtrail").get_paginator("lookup_events").paginate(StartTime=since)
    return [json.loads(each["CloudTrailEvent"]) for page in found for each in page["Events"]][::-1]


def name(event: dict[str, Any]) -> str:
    """Return an event's name as Stratus writes it: the service, a colon, and the event."""
    return f"{event['eventSource'].partition('.')[0]}:{event['eventName']}"


def holds(held: Any, asked: Any) -> bool:
    """Return whether a record's parameters contain everything that is required of them."""
    if isinstance(asked, dict):
        return isinstance(held, dict) and all(
            key in held and holds(held[key], value) for key, value in asked.items()
        )
    return held == asked


@pytest.mark.parametrize("setting", [id for id, each in TECHNIQUES.items() if each["by"] in DOING])
def test_a_technique_leaves_the_events_that_stratus_red_team_lists(neglected: Cloud, setting: str) -> None:
    technique = TECHNIQUES[setting]
    told = left_by(neglected, lambda: DOING[technique["by"]](neglected, setting))
    for listed in technique["events"]:
        found = [each for each in told if name(each) == listed]
        assert found, f"{listed} is not among {[name(each) for each in told]}"
        asked = technique.get("parameters", {})
        assert any("errorCode" not in each and holds(each["requestParameters"], asked) for each in found)


def test_the_owner_is_told_of_a_disk_that_was_made_of_the_shared_snapshot(neglected: Cloud) -> None:
    """The page of aws.exfiltration.ec2-share-ebs-snapshot describes this for a thief who uses the snapshot."""
    technique = TECHNIQUES["shared-volume"]
    told = left_by(neglected, lambda: outsiders(neglected, ["shared-volume"]))
    (event,) = [each for each in told if name(each) in technique["afterwards"]]
    assert (event["userIdentity"]["accountId"], event["recipientAccountId"]) == (STRANGER, neglected.home)


def test_the_first_replay_leaves_the_events_of_a_theft_of_an_instance_s_credentials(neglected: Cloud) -> None:
    """The test runs the notebook's own cells, from the first visit to the shop to the reading of the payroll."""
    notebook = json.loads((ROOT / "notebooks/day1_shared_responsibility.ipynb").read_text("utf-8"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    day = SimpleNamespace(
        cloud=neglected,
        reset=lambda: None,
        attempt=lambda _: contextlib.nullcontext(),
        outcome=lambda *_: None,
    )
    learner: dict[str, Any] = {"day": day, "boto3": boto3, "from_outside": from_outside}
    for id in ("shop", "hole-code", "steal", "loot"):
        exec(cells[id], learner)
    told = story(neglected, learner["keys"]["AccessKeyId"]).records
    listed = TECHNIQUES["imds-v1"]["events"]
    assert [name(each) for each in told if name(each) in listed] == listed
    assert {each["sourceIPAddress"] for each in told} == {FAR_AWAY}
    assert {each["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] for each in told} == {
        "shop-web"
    }


def test_the_docs_name_each_technique_and_its_events() -> None:
    told = (ROOT / "docs/posture.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in told.splitlines() if line.startswith("| `")}
    for setting, technique in TECHNIQUES.items():
        assert setting in account.IDS
        for event in (*technique["events"], *technique.get("afterwards", ()), *technique.get("left_out", ())):
            assert technique["technique"] in rows[setting]
            assert event.partition(":")[2] in rows[setting]
