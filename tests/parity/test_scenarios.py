"""What the scenarios are allowed to do in an account."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.parity import estimate, shapes, undo
from tests.parity.shapes import ADMIN, Call, ScenarioError

GROUPS = shapes.groups()
SCENARIOS = [scenario for group in GROUPS for scenario in group.scenarios]
SERVICES = {
    "cloudtrail", "cognito-identity", "cognito-idp", "dynamodb", "ec2", "events", "iam", "kms", "lambda", "logs", "s3",
    "secretsmanager", "sns", "sqs", "sts",
}  # fmt: skip
READS = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Simulate",
    "Lookup",
    "Decode",
    "Generate",
    "Test",
    "Query",
    "Scan",
    "Filter",
)
NO_CHANGE = {
    "AdminGetUser", "AssumeRole", "BatchGetItem", "Decrypt", "Encrypt", "ReceiveMessage", "Sign", "Verify", "VerifyMac",
}  # fmt: skip
COSTLY = {"run_instances", "allocate_address", "create_nat_gateway", "create_volume", "create_cluster"}


def written() -> Iterator[tuple[str, Call]]:
    """Return the scenarios' own calls, each with its location."""
    for group in GROUPS:
        yield from ((group.service, call) for call in group.stage)
        for scenario in group.scenarios:
            yield from ((scenario.name, call) for call in (*scenario.setup, *scenario.calls))


def test_there_are_at_least_300_and_each_service_has_some() -> None:
    assert len(SCENARIOS) >= 300
    assert {group.service for group in GROUPS} == SERVICES
    assert min(Counter(scenario.service for scenario in SCENARIOS).values()) >= 10


def test_many_are_refusals() -> None:
    refused = [scenario for scenario in SCENARIOS if "-refused-" in scenario.name]
    assert len(refused) >= 100


def test_none_touches_an_organization() -> None:
    assert {call.service for _, call in written()} <= SERVICES
    assert not re.search(r"organizations|account:|sso", json.dumps([call.method for _, call in written()]))


def test_a_run_costs_at_most_a_dollar() -> None:
    assert 0 < estimate.dollars(GROUPS) <= estimate.LIMIT


def test_every_service_has_a_price_with_its_page() -> None:
    prices = estimate.PRICES
    assert prices["requests"].keys() == SERVICES
    told = [*prices["requests"].values(), *prices["calls"].values(), *prices["things"].values()]
    assert all(each["page"].startswith("https://aws.amazon.com/") for each in told)


def test_what_changes_something_is_taken_back_or_goes_with_what_is() -> None:
    unknown = set()
    for _, call in written():
        operation = shapes.operation_name(call.method)
        if call.method in undo.UNDO or operation.startswith((*READS, "Delete")) or operation in NO_CHANGE:
            continue
        if call.method.startswith("wait.") or operation in undo.WITH_OTHERS[call.service].split():
            continue
        unknown.add(call.method)
    assert unknown == set()


def test_what_is_made_has_the_runs_prefix() -> None:
    """VPCs have no name: the journal has their IDs. The default bus can't be made."""
    without = [
        f"{name}: {call.method}"
        for name, call in written()
        if call.method in undo.UNDO
        and call.method != "ec2.create_vpc"
        and "${" not in json.dumps(call.parameters)
        and call.parameters not in ({"Name": "default"}, {})
    ]
    assert without == []


def test_what_is_deleted_has_the_runs_prefix() -> None:
    """The default bus can't be deleted, and EC2's IDs in it are invented."""
    other = [
        call.parameters
        for _, call in written()
        if shapes.operation_name(call.method).startswith(("Delete", "Terminate"))
        and "${" not in json.dumps(call.parameters)
    ]
    assert all("0123456789abcdef0" in json.dumps(each) or each == {"Name": "default"} for each in other)


def test_the_administrator_lists_nothing_that_is_somebody_elses() -> None:
    """A recording is for others to read. Dry runs and refused parameters list nothing."""
    broad = [
        f"{name}: {call.method}"
        for name, call in written()
        if call.caller == ADMIN
        and shapes.operation_name(call.method).startswith(("List", "Describe", "Lookup", "GetAccount"))
        and "${" not in json.dumps(call.parameters)
        and not {"DryRun", "MaxItems", "Filters", "MaxResults"} & call.parameters.keys()
        and "labs-parity" not in json.dumps(call.parameters)
        and "-invalid-" not in name
        and "-missing-" not in name
    ]
    assert broad == []


def test_what_costs_more_is_only_asked_for_as_a_dry_run() -> None:
    asked = [call for _, call in written() if call.method.partition(".")[2] in COSTLY]
    assert all(call.parameters.get("DryRun") for call in asked)


def test_ids_begin_with_the_service() -> None:
    assert [each.name for each in SCENARIOS if not each.name.startswith(f"{each.service}-")] == []


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ({"scenario": []}, "unknown members"),
        ({"scenarios": [{"id": "iam-x", "about": "x", "calls": []}]}, "about is a sentence"),
        ({"scenarios": [{"id": "iam-x", "about": "X.", "calls": [["iam.get_usr", {}]]}]}, "has no method get_usr"),
        ({"scenarios": [{"id": "iam-x", "about": "X.", "calls": [["eve", "iam.get_user", {}]]}]}, "called eve"),
        ({"scenarios": [{"id": "iam-x", "about": "X.", "calls": [["iam.get_user", {}, {"kep": "x"}]]}]}, "options"),
        ({"scenarios": [{"id": "iam-x", "about": "X."}]}, "a scenario has"),
        ({"scenarios": [{"id": "iam-x", "about": "X.", "calls": []}] * 2}, "same id"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_says_what(tmp_path, file, says) -> None:
    (tmp_path / "iam.json").write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(ScenarioError, match=says):
        shapes.groups(tmp_path)


def test_a_tables_rows_are_scenarios_of_one_call(tmp_path) -> None:
    table = {
        "id": "refused",
        "as": "bob",
        "about": "Refused {call}.",
        "calls": [["iam.get_user"], ["iam.get_user", {}]],
    }
    (tmp_path / "iam.json").write_text(
        json.dumps({"people": {"bob": {}}, "tables": [table]}), encoding="utf-8"
    )
    (group,) = shapes.groups(tmp_path)
    assert [each.name for each in group.scenarios] == ["iam-refused-get-user", "iam-refused-get-user-2"]
    assert group.scenarios[0].about == "Refused GetUser."
    assert group.scenarios[0].calls[0] == Call("iam.get_user", {}, "bob")
