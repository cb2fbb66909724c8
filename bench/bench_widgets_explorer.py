"""Benchmark for the explorer's Reveal button with 200 policies, as plain documents and in a running cloud."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import boto3

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.explorer.widget import EvaluationExplorer

POLICIES, ROUNDS, GOAL = 200, 15, 0.1
ALICE = "arn:aws:iam::111122223333:user/alice"
OBJECT = "arn:aws:s3:::payroll/2026.csv"


def document(number: int, effect: str = "Allow") -> dict[str, Any]:
    """Return a policy with ten statements, one of which matches."""
    others = [
        {"Effect": "Allow", "Action": f"s3:Get{part}*", "Resource": f"arn:aws:s3:::bucket-{number}-{part}/*"}
        for part in range(9)
    ]
    condition = {"StringLike": {"aws:username": f"{'a' * (number % 5)}*"}}
    one = {
        "Effect": effect,
        "Action": "s3:Get*",
        "Resource": "arn:aws:s3:::payroll/*",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [*others, one]}


def fill(accounts_policies: int) -> None:
    """Create 200 managed policies, ten each for nineteen groups and for alice, who is in ten groups (the quota)."""
    iam = boto3.client("iam")
    iam.create_user(UserName="alice")
    for number in range(accounts_policies):
        text = json.dumps(document(number, "Deny" if number == accounts_policies // 4 else "Allow"))
        arn = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=text)["Policy"]["Arn"]
        group, place = divmod(number, 10)
        if group == 19:
            iam.attach_user_policy(UserName="alice", PolicyArn=arn)
            continue
        if place == 0:
            iam.create_group(GroupName=f"g{group}")
            if group < 10:
                iam.add_user_to_group(GroupName=f"g{group}", UserName="alice")
        iam.attach_group_policy(GroupName=f"g{group}", PolicyArn=arn)


def measure(name: str, explorer: EvaluationExplorer) -> None:
    """Print the times from the click to the finished pages (first, median, and maximum), and the time for Why not?."""
    times, reasons = [], []
    for number in range(ROUNDS):
        explorer.resource.value = f"{OBJECT}{number}"
        explorer.predict("deny")
        begin = time.perf_counter()
        explorer.reveal_all()
        times.append(time.perf_counter() - begin)
        assert explorer.judgement is not None
        begin = time.perf_counter()
        explorer.why_not()
        reasons.append(time.perf_counter() - begin)
    assert not explorer.judgement.allowed
    size = sum(len(place.value) for place in explorer._places.children)
    print(
        f"{name:<24} first {times[0] * 1e3:6.1f} ms, median {statistics.median(times) * 1e3:6.1f} ms, "
        f"most {max(times) * 1e3:6.1f} ms   (goal {GOAL * 1e3:.0f} ms; {size:,} characters of HTML; "
        f"Why not? {statistics.median(reasons) * 1e3:.1f} ms)"
    )


def main() -> None:
    documents = [
        document(number, "Deny" if number == POLICIES // 4 else "Allow") for number in range(POLICIES)
    ]
    question = {"principal": ALICE, "action": "s3:GetObject", "resource": OBJECT}
    measure("200 documents", EvaluationExplorer(policies={"identity": documents}, **question))
    with Cloud(seed=1) as cloud:
        fill(POLICIES)
        measure("cloud with 200 policies", EvaluationExplorer(cloud, **question))


if __name__ == "__main__":
    main()
