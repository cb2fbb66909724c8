"""The scenario format, to the letter: DESIGN's keys, one answer a line, errors by line and path, bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from labs_helpers.engine.policy import simulate, simulate_line

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def scenario(**changes: Any) -> dict[str, Any]:
    return {
        "principal": {"arn": "arn:aws:iam::111122223333:user/alice"},
        "action": "s3:GetObject",
        "resource": {"arn": "arn:aws:s3:::b/k", "account": "111122223333"},
        "context": {"aws:SourceIp": "203.0.113.9", "aws:TagKeys": ["a", "b"]},
        "policies": {"identity": [policy(ALLOW)]},
    } | changes


def test_the_example_of_the_format() -> None:
    no_s3 = {"Sid": "NoS3", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    other = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}
    line = scenario(
        policies={"identity": [policy(ALLOW)], "scp": [[policy(ALLOW)], [policy(ALLOW, other, no_s3)]]}
    )
    assert simulate_line(json.dumps(line)) == {
        "decision": "EXPLICIT_DENY",
        "reason": "with an explicit deny in a service control policy",
        "checks": [
            {
                "checkType": "SERVICE_CONTROL_POLICY",
                "level": 0,
                "evaluatedEffect": "ALLOW",
                "matchedPolicies": [
                    {"policy": "scp[0][0]", "matchedStatements": [{"index": 0, "evaluatedEffect": "ALLOW"}]}
                ],
            },
            {
                "checkType": "SERVICE_CONTROL_POLICY",
                "level": 1,
                "evaluatedEffect": "EXPLICIT_DENY",
                "matchedPolicies": [
                    {
                        "policy": "scp[1][0]",
                        "matchedStatements": [
                            {"index": 0, "evaluatedEffect": "ALLOW"},
                            {"index": 2, "sid": "NoS3", "evaluatedEffect": "EXPLICIT_DENY"},
                        ],
                    }
                ],
            },
            {
                "checkType": "PRINCIPAL",
                "evaluatedEffect": "ALLOW",
                "matchedPolicies": [
                    {"policy": "identity[0]", "matchedStatements": [{"index": 0, "evaluatedEffect": "ALLOW"}]}
                ],
            },
        ],
    }


def test_keys_stand_in_the_order_of_the_format() -> None:
    (line,) = simulate([json.dumps(scenario())])
    assert line == (
        '{"decision": "ALLOW", "reason": "allowed by an identity-based policy", "checks": [{"checkType": "PRINCIPAL", '
        '"evaluatedEffect": "ALLOW", "matchedPolicies": [{"policy": "identity[0]", "matchedStatements": '
        '[{"index": 0, "evaluatedEffect": "ALLOW"}]}]}]}'
    )


def test_the_error_of_the_format_and_the_lines_around_it() -> None:
    bad = scenario(policies={"identity": [policy(ALLOW, {"Efect": "Allow", "Action": "*", "Resource": "*"})]})
    good = json.dumps(scenario())
    answers = [json.loads(answer) for answer in simulate([good, "{", json.dumps(bad), "", good])]
    assert answers[2] == {"error": "line 3: policies.identity[0].Statement[1].Efect: unknown element"}
    assert [set(answer) for answer in (answers[1], answers[3])] == [{"error"}, {"error"}]
    assert answers[1]["error"].startswith("line 2: not JSON")
    assert answers[3]["error"].startswith("line 4: an empty line")
    assert answers[0]["decision"] == answers[4]["decision"] == "ALLOW"


def test_checks_appear_for_the_kinds_that_were_given_in_order() -> None:
    to_all = policy(ALLOW | {"Principal": "*"})
    everything = {
        "session": [policy(ALLOW)],
        "boundary": policy(ALLOW),
        "identity": [],
        "resource": to_all,
        "vpc_endpoint": to_all,
        "scp": [[policy(ALLOW)]],
        "rcp": [[], [to_all]],
        "grants": [],
    }
    told = simulate_line(json.dumps(scenario(policies=everything)))
    assert [(check["checkType"], check.get("level")) for check in told["checks"]] == [
        ("RESOURCE_CONTROL_POLICY", 0),
        ("RESOURCE_CONTROL_POLICY", 1),
        ("SERVICE_CONTROL_POLICY", 0),
        ("VPC_ENDPOINT", None),
        ("RESOURCE", None),
        ("PRINCIPAL", None),
        ("PERMISSIONS_BOUNDARY", None),
        ("SESSION", None),
    ]
    nothing = simulate_line(json.dumps(scenario(policies={})))
    assert [check["checkType"] for check in nothing["checks"]] == ["PRINCIPAL"]
    assert nothing["reason"] == "because no identity-based policy allows the s3:GetObject action"


@pytest.mark.parametrize("principal", [{"service": "lambda.amazonaws.com"}, {"anonymous": True}])
def test_services_and_anonymous_callers_have_an_empty_principal_check(principal: dict[str, Any]) -> None:
    public = {"resource": policy(ALLOW | {"Principal": "*"})}
    told = simulate_line(json.dumps(scenario(principal=principal, policies=public)))
    assert told["decision"] == "ALLOW"
    assert told["checks"][-1] == {
        "checkType": "PRINCIPAL",
        "evaluatedEffect": "NO_IMPACT",
        "matchedPolicies": [],
    }


def test_without_account_the_resource_is_the_callers() -> None:
    assert simulate_line(json.dumps(scenario(resource={"arn": "arn:aws:s3:::b/k"})))["decision"] == "ALLOW"
    foreign = simulate_line(
        json.dumps(scenario(resource={"arn": "arn:aws:s3:::b/k", "account": "444455556666"}))
    )
    assert foreign["reason"] == "because no resource-based policy allows the s3:GetObject action"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"principle": {}}, "principle"),
        ({"principal": "alice"}, "principal"),
        ({"principal": {}}, "principal"),
        ({"principal": {"arn": 5}}, "principal.arn"),
        ({"principal": {"arn": "arn:aws:iam::1:user/a"}}, "principal.arn"),
        ({"principal": {"anonymous": "yes"}}, "principal.anonymous"),
        ({"principal": {"anonymous": True, "service": "x.y"}}, "principal"),
        ({"principal": {"user": "x"}}, "principal.user"),
        (
            {"principal": {"arn": "arn:aws:sts::111122223333:assumed-role/r/s", "issuer": 1}},
            "principal.issuer",
        ),
        ({"principal": {"arn": "arn:aws:iam::111122223333:user/a", "issuer": "x"}}, "principal.issuer"),
        ({"action": 1}, "action"),
        ({"action": "GetObject"}, "action"),
        ({"action": "s3:*"}, "action"),
        ({"resource": "arn:aws:s3:::b"}, "resource"),
        ({"resource": {}}, "resource.arn"),
        ({"resource": {"arn": "b"}}, "resource.arn"),
        ({"resource": {"arn": "*", "account": 111122223333}}, "resource.account"),
        ({"resource": {"arn": "*", "account": "1"}}, "resource.account"),
        ({"resource": {"arn": "*", "owner": "1"}}, "resource.owner"),
        ({"context": []}, "context"),
        ({"context": {"aws:x": None}}, "context.aws:x"),
        ({"context": {"aws:x": ["a", {}]}}, "context.aws:x[1]"),
        ({"context": {"aws:x": {"a": 1}}}, "context.aws:x"),
        ({"context": {"aws:x": 1, "AWS:X": 2}}, "context.AWS:X"),
        ({"policies": []}, "policies"),
        ({"policies": {"identities": []}}, "policies.identities"),
        ({"policies": {"identity": policy(ALLOW)}}, "policies.identity"),
        ({"policies": {"identity": [None]}}, "policies.identity[0]"),
        ({"policies": {"identity": [json.dumps(policy(ALLOW))]}}, "policies.identity[0]"),
        ({"policies": {"boundary": [policy(ALLOW)]}}, "policies.boundary"),
        ({"policies": {"resource": policy(ALLOW)}}, "policies.resource.Statement[0].Principal"),
        ({"policies": {"session": {}}}, "policies.session"),
        ({"policies": {"scp": [policy(ALLOW)]}}, "policies.scp[0]"),
        ({"policies": {"scp": policy(ALLOW)}}, "policies.scp"),
        ({"policies": {"rcp": [[policy(ALLOW)]]}}, "policies.rcp[0][0].Statement[0].Principal"),
        ({"policies": {"grants": {}}}, "policies.grants"),
        ({"policies": {"grants": [{"GrantName": "x"}]}}, "policies.grants[0].GrantName"),
    ],
)
def test_bad_input_in_any_field_is_named(changes: dict[str, Any], path: str) -> None:
    told = simulate_line(json.dumps(scenario(**changes)), 7)
    assert set(told) == {"error"}
    assert told["error"].startswith(f"line 7: {path}: ")


@pytest.mark.parametrize("name", ["principal", "action", "resource"])
def test_a_missing_field_is_named(name: str) -> None:
    line = scenario()
    del line[name]
    assert simulate_line(json.dumps(line))["error"].startswith(f"line 1: {name}: missing")


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe",
        b"null",
        b"[]",
        b"3",
        b'"x"',
        b"{",
        b"\x00",
        b"[" * 50_000,
        b'{"a":1,"a":2}',
        b"NaN",
        b"  ",
    ],
)
def test_what_is_no_scenario_is_an_error_of_its_line(line: bytes) -> None:
    told = simulate_line(line, 2)
    assert set(told) == {"error"}
    assert told["error"].startswith("line 2: ")


def test_a_key_given_twice_is_named_by_its_path() -> None:
    text = json.dumps(scenario()).replace('"Effect": "Allow"', '"Effect": "Allow", "Effect": "Allow"')
    error = simulate_line(text)["error"]
    assert error == "line 1: policies.identity[0].Statement[0].Effect: given twice in one object"


def test_deep_nesting_anywhere_is_refused() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    for changes in (
        {"context": {"aws:x": deep}},
        {"policies": {"identity": [policy(ALLOW | {"Condition": deep})]}},
    ):
        assert set(simulate_line(json.dumps(scenario(**changes)))) == {"error"}


def test_answers_come_as_lines_do() -> None:
    asked = 0

    def lines() -> Iterator[str]:
        nonlocal asked
        while True:
            asked += 1
            yield json.dumps(scenario())

    answers = simulate(lines())
    for count in range(1, 6):
        next(answers)
        assert asked == count


def test_memory_does_not_grow_with_the_number_of_lines() -> None:
    def lines(count: int) -> Iterator[str]:
        for index in range(count):
            statement = ALLOW | {"Resource": f"arn:aws:s3:::b-{index}/*", "Sid": f"S{index}"}
            yield json.dumps(scenario(policies={"identity": [policy(statement)]}))

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in simulate(lines(count)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1000)
    assert peak(4000) < 1.2 * peak(1000)


def run(*arguments: str, standard_input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "labs_helpers", *arguments]
    return subprocess.run(command, input=standard_input, capture_output=True, timeout=60, check=False)


def test_the_command_answers_each_line_of_standard_input() -> None:
    lines = [json.dumps(scenario()), "{", json.dumps(scenario(policies={}))]
    done = run("simulate", standard_input="\n".join(lines).encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert done.stderr.startswith(b"line 2: not JSON")
    assert done.stderr.count(b"\n") == 1
    assert [answer.get("decision") for answer in answers] == ["ALLOW", None, "IMPLICIT_DENY"]


def test_the_first_ten_invalid_lines_are_named_and_the_others_counted() -> None:
    done = run("simulate", standard_input=b"{\n" * 12)
    assert done.returncode == 1
    *named, last = done.stderr.decode().splitlines()
    assert [line.partition(":")[0] for line in named] == [f"line {number}" for number in range(1, 11)]
    assert last == "12 lines are invalid; the first 10 are named above"


_ODD = [
    '{WHO, "policies": {}, "action": "s3:GetObject", REST}',
    '{"policies": {}, WHO, "action": "s3:GetObject", REST}',
    '{WHO, "action": "s3:GetObject", REST, "policies": {}, "action": "s3:PutObject"}',
    '{"action": "s3:GetObject", "policies": {}, REST, "policies": {}}',
    '{WHO, "action": "s3:GetObject", REST, "context": {"policies": {}}}',
    '{"principal": {"service": "policies"}, "action": "s3:GetObject", REST}',
    '{"principal": {"service": "\\"policies"}, "action": "s3:GetObject", REST}',
    '{WHO, REST, "action": "policies"}',
    '{WHO, "action": "s3:GetObject", REST, "policies": {}} {}',
    '{WHO, "action": "s3:GetObject", REST, "policies": []}',
    '["policies"]',
    '"policies"',
]  # fmt: skip
ODD_LINES = [
    line.replace("WHO", '"principal": {"anonymous": true}').replace("REST", '"resource": {"arn": "*"}')
    for line in _ODD
]


@pytest.mark.parametrize("line", ODD_LINES)
def test_a_line_that_comes_again_gets_the_same_answer(line: str) -> None:
    """The policies of a line are read once, if they end the line."""
    other = line.replace("s3:GetObject", "s3:ListBucket")
    lines = [line, other, line, other, line]
    assert [json.loads(answer) for answer in simulate(lines)] == [
        simulate_line(each, number) for number, each in enumerate(lines, 1)
    ]


def test_the_command_refuses_an_endless_line_and_goes_on() -> None:
    endless = b'"' + b"x" * 25_000_000 + b"\n"
    done = run("simulate", standard_input=endless + json.dumps(scenario()).encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert "limit" in answers[0]["error"]
    assert answers[1]["decision"] == "ALLOW"


def test_the_command_loads_neither_boto3_nor_moto() -> None:
    code = (
        "import runpy, sys; sys.argv = ['labs_helpers', 'simulate']\n"
        "try: runpy.run_module('labs_helpers', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "assert not {'boto3', 'botocore', 'moto'} & set(sys.modules), 'too much was imported'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"", capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_another_command_is_refused_with_the_usage() -> None:
    done = run("stimulate")
    assert done.returncode == 2
    assert b"usage" in done.stderr
