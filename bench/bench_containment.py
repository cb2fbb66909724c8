"""Benchmark for proofs about policies: randomly drawn pairs, AWS managed policies, and the worst cases."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from labs_helpers.engine.analysis.containment import contained
from labs_helpers.engine.policy import Attached, Policies, Principal, parse_policy

_ALICE = Principal.from_arn("arn:aws:iam::111122223333:user/alice")
_MANAGED = ("ReadOnlyAccess", "SecurityAudit", "AdministratorAccess")


def _identity(document: Any) -> Policies:
    return Policies(identity=(Attached("policy", parse_policy(document)),))


def _of(statements: list[dict[str, Any]]) -> Policies:
    return _identity({"Version": "2012-10-17", "Statement": statements})


def _allow(condition: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}


def _large(shift: int = 0) -> list[dict[str, Any]]:
    """Return 100 statements with 10 conditions each."""
    return [
        {
            **_allow(
                {
                    "StringEquals": {f"aws:PrincipalTag/t{number % 4}": f"v{number + shift}"},
                    "StringLike": {"aws:RequestTag/t": f"v{number % 10}*"},
                    "StringNotEquals": {"aws:ResourceTag/t": f"w{number}"},
                    "IpAddress": {"aws:SourceIp": f"10.{number}.0.0/16"},
                    "NumericLessThan": {"s3:max-keys": str(number)},
                    "DateGreaterThan": {"aws:CurrentTime": f"20{number % 50 + 20}-01-01"},
                    "Bool": {"aws:SecureTransport": "true"},
                    "ForAllValues:StringEquals": {"aws:TagKeys": [f"k{number}", "q"]},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::b{number}*"},
                    "StringNotLike": {"aws:UserAgent": f"x{number}*"},
                }
            ),
            "Action": ("s3:Get*", "s3:PutObject", "ec2:*")[number % 3],
        }
        for number in range(100)
    ]


def _pigeons(pigeons: int, holes: int) -> tuple[Policies, Policies]:
    names = [f"aws:PrincipalTag/p{number}" for number in range(pigeons)]
    texts = [str(number) for number in range(holes)]
    pairs = [(one, other) for index, one in enumerate(names) for other in names[:index]]
    return _of([_allow({"StringEquals": dict.fromkeys(names, texts)})]), _of(
        [_allow({"StringEquals": {one: text, other: text}}) for one, other in pairs for text in texts]
    )


def _questions() -> Iterator[tuple[str, Policies, Policies]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    documents = json.loads(aws_managed_policies_data)
    managed = {name: _identity(documents[name]["Document"]) for name in _MANAGED}
    for one in _MANAGED:
        for other in _MANAGED:
            yield f"{one} in {other}", managed[one], managed[other]
    yield "ReadOnlyAccess in ReadOnlyAccess, again", managed["ReadOnlyAccess"], managed["ReadOnlyAccess"]
    large = _large()
    yield "100 statements, reversed", _of(large), _of(large[::-1])
    yield "100 statements, one missing", _of(large), _of(large[1:])
    yield "100 statements, others", _of(large), _of(_large(shift=1))
    whole = _of([_allow({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})])
    parts = _of([_allow({"IpAddress": {"aws:SourceIp": f"10.{number}.0.0/16"}}) for number in range(256)])
    yield "a /8 in 256 times /16", whole, parts
    yield "6 pigeons in 5 holes", *_pigeons(6, 5)
    yield "7 pigeons in 6 holes", *_pigeons(7, 6)


def main() -> None:
    """Print each question's answer, steps, and processor time."""
    print(f"{'question':44} {'answer':9} {'steps':>7} {'ms':>8}")
    for name, a, b in _questions():
        begin = time.process_time()
        answer = contained(a, b, _ALICE)
        spent = (time.process_time() - begin) * 1e3
        print(f"{name:44} {answer.verdict:9} {answer.steps:>7,} {spent:>8.1f}")


if __name__ == "__main__":
    main()
