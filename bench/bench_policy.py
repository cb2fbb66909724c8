"""Benchmark for decisions per second: one policy, ten policies, growing numbers of statements, and Cedar.

python bench/bench_policy.py [seconds each]
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)

STATEMENTS = (10, 100, 1_000, 10_000)
POLICIES = (1, 10, 100, 1_000, 10_000)

ALICE = Principal.from_arn("arn:aws:iam::111122223333:user/alice")
CONTEXT = {
    "aws:SourceIp": "203.0.113.9",
    "aws:SecureTransport": True,
    "aws:username": "alice",
    "aws:PrincipalTag/team": "payroll",
    "aws:ResourceTag/team": "payroll",
    "aws:CurrentTime": "2026-03-01T12:00:00Z",
    "aws:RequestedRegion": "us-east-1",
    "aws:PrincipalArn": "arn:aws:iam::111122223333:user/alice",
    "aws:MultiFactorAuthPresent": "true",
}


def statement(**elements: Any) -> dict[str, Any]:
    common = {"Effect": "Allow", "Resource": "*"}
    return common | elements if "NotAction" in elements else common | {"Action": "*"} | elements


def attached(name: str, kind: PolicyKind, *statements: dict[str, Any]) -> Attached:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return Attached(name, parse_policy(document, kind))


def rate(run: Callable[[], object], seconds: float) -> float:
    """Return the number of runs per second, as the best of three measurements."""
    best = 0.0
    for _ in range(3):
        count, start = 0, time.perf_counter()
        end = start + seconds / 3
        while (now := time.perf_counter()) < end:
            for _ in range(200):
                run()
            count += 200
        best = max(best, count / (now - start))
    return best


def one_policy() -> tuple[AccessRequest, Policies]:
    identity = attached(
        "identity[0]",
        PolicyKind.IDENTITY,
        statement(Action=["s3:GetObject", "s3:PutObject"], Resource="arn:aws:s3:::payroll/*"),
        statement(Action="s3:ListBucket", Resource="arn:aws:s3:::payroll"),
        statement(Action="iam:Get*", Resource="arn:aws:iam::111122223333:user/${aws:username}"),
    )
    request = AccessRequest.of(ALICE, "s3:GetObject", "arn:aws:s3:::payroll/2026.csv", context=CONTEXT)
    return request, Policies(identity=(identity,))


def ten_policies() -> tuple[AccessRequest, Policies]:
    """Return a request and ten policies that all apply to its action.

    There are five identity policies (three statements each, with conditions), two SCP levels (one and two policies), a
    permissions boundary, and a resource-based policy.
    """
    identity = tuple(
        attached(
            f"identity[{index}]",
            PolicyKind.IDENTITY,
            statement(
                Action=["s3:GetObject", f"s3:Other{index}"],
                Resource="arn:aws:s3:::payroll/*",
                Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
            ),
            statement(
                Action="s3:Get*",
                Resource=f"arn:aws:s3:::logs-{index}/*",
                Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}},
            ),
            statement(
                Effect="Deny",
                NotAction="iam:*",
                Condition={
                    "Bool": {"aws:SecureTransport": "false"},
                    "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
                },
            ),
        )
        for index in range(5)
    )
    full = statement()
    fence = statement(
        Effect="Deny",
        NotAction=["iam:*", "sts:*"],
        Condition={"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}},
    )
    scp = (
        (attached("scp[0][0]", PolicyKind.SCP, full),),
        (attached("scp[1][0]", PolicyKind.SCP, full, fence), attached("scp[1][1]", PolicyKind.SCP, fence)),
    )
    boundary = attached("boundary", PolicyKind.BOUNDARY, statement(Action=["s3:*", "ec2:*"]))
    resource = attached(
        "resource",
        PolicyKind.RESOURCE,
        statement(
            Principal={"AWS": "arn:aws:iam::111122223333:user/alice"},
            Action="s3:GetObject",
            Resource="arn:aws:s3:::payroll/*",
        ),
        statement(
            Effect="Deny",
            Principal="*",
            Action="s3:*",
            Resource=["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"],
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
    request = AccessRequest.of(ALICE, "s3:GetObject", "arn:aws:s3:::payroll/2026.csv", context=CONTEXT)
    return request, Policies(identity=identity, boundary=boundary, resource=resource, scp=scp)


def many_statements(count: int) -> tuple[AccessRequest, Policies]:
    """Return a request and a policy with `count` statements.

    Each statement covers its own bucket. One in a hundred statements (at least one) allows s3:GetObject.
    """
    statements = [
        statement(
            Action="s3:GetObject" if index % 100 == 0 else f"service{index % 97}:Action{index % 89}",
            Resource=f"arn:aws:s3:::bucket-{index:05d}/*",
        )
        for index in range(count)
    ]
    identity = attached("identity[0]", PolicyKind.IDENTITY, *statements)
    request = AccessRequest.of(ALICE, "s3:GetObject", "arn:aws:s3:::bucket-00000/key", context=CONTEXT)
    return request, Policies(identity=(identity,))


def three_ways(case: tuple[AccessRequest, Policies], seconds: float) -> tuple[float, float, float]:
    """Return decisions per second for one repeated request, for distinct requests, and for requests built each time."""
    request, policies = case
    assert decide(request, policies).allowed
    arns = [f"arn:aws:s3:::payroll/{number}.csv" for number in range(5_000)]

    def build(arn: str) -> AccessRequest:
        return AccessRequest.of(ALICE, "s3:GetObject", arn, context=CONTEXT)

    requests = itertools.cycle([build(arn) for arn in arns])
    named = itertools.cycle(arns)
    return (
        rate(lambda: decide(request, policies), seconds),
        rate(lambda: decide(next(requests), policies), seconds),
        rate(lambda: decide(build(next(named)), policies), seconds),
    )


def decisions(case: tuple[AccessRequest, Policies], seconds: float) -> float:
    """Return decisions per second for an allowed request."""
    assert decide(*case).allowed
    return rate(lambda: decide(*case), seconds)


# Compared with Cedar: the same number of policies, one of which concerns the request, in each engine.


def many_policies(count: int) -> tuple[AccessRequest, Policies]:
    identity = tuple(
        attached(
            f"identity[{index}]",
            PolicyKind.IDENTITY,
            statement(
                Action="s3:GetObject",
                Resource=f"arn:aws:s3:::bucket-{index}/key",
                Condition={"Bool": {"aws:SecureTransport": "true"}},
            ),
        )
        for index in range(count)
    )
    request = AccessRequest.of(ALICE, "s3:GetObject", "arn:aws:s3:::bucket-0/key", context=CONTEXT)
    return request, Policies(identity=identity)


def cedar(count: int, seconds: float) -> float:
    """Return Cedar's decisions per second for policies like those of `many_policies`, which are parsed in advance."""
    import cedarpy

    text = "".join(
        f'permit(principal == User::"alice", action == Action::"s3:GetObject", '
        f'resource == Object::"arn:aws:s3:::bucket-{index}/key") when {{ context.secure }};'
        for index in range(count)
    )
    policies = cedarpy.PolicySet.from_str(text)
    entities = cedarpy.Entities.from_json_str("[]")
    request = {
        "principal": 'User::"alice"',
        "action": 'Action::"s3:GetObject"',
        "resource": 'Object::"arn:aws:s3:::bucket-0/key"',
        "context": {"secure": True},
    }
    assert cedarpy.is_authorized(request, policies, entities).allowed
    return rate(lambda: cedarpy.is_authorized(request, policies, entities), seconds)


def main(seconds: float) -> None:
    print(f"{'decisions per second':32}{'same request':>14}{'distinct':>14}{'built each time':>17}")
    for name, case in (("one identity policy", one_policy), ("ten policies", ten_policies)):
        same, distinct, built = three_ways(case(), seconds)
        print(f"{name:32}{same:>14,.0f}{distinct:>14,.0f}{built:>17,.0f}")
    first = None
    for count in STATEMENTS:
        start = time.perf_counter()
        case = many_statements(count)
        parsed = time.perf_counter() - start
        found = decisions(case, seconds)
        first = first or found
        print(
            f"{count:>6,} statements, 1 % concern {found:>12,.0f} decisions/s   "
            f"{first / found:4.2f} times the cost at 10   parsed in {parsed * 1e3:,.0f} ms"
        )
    for count in POLICIES:
        ours, theirs = decisions(many_policies(count), seconds), cedar(count, seconds)
        print(f"{count:>6,} policies {ours:>14,.0f} decisions/s   cedarpy {theirs:>14,.0f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.5)
