"""Benchmark for organizations with 1,000 and 3,000 accounts compared with one account, and for the access map.

The three organizations are built one after the other. The speed of a shared machine can double from one minute to the
next, so each time is measured next to a yardstick (parsing a JSON document) and reported in yardsticks.
"""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable

import boto3

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day4.widgets.organization_tree import OrganizationTree
from labs_helpers.course.shown.access_map import AccessMap

CHAINS, DEPTH, CALLS, ROUNDS = 20, 5, 200, 5
SIZES = (1, 1000, 3000)
_TEXT = json.dumps([{"Action": f"s3:Get{number}", "Resource": "*"} for number in range(100)])
GOALS = {"would": 1.2, "would after a change": 1.5, "call": 1.1, "call after a change": 1.5}


def build(accounts: int) -> str:
    """Create an organization with 100 OUs, five levels deep, and this number of accounts. Return the last ID."""
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    units = []
    for chain in range(CHAINS):
        parent = root
        for _ in range(DEPTH):
            made = client.create_organizational_unit(ParentId=parent, Name=f"unit {chain}")
            parent = made["OrganizationalUnit"]["Id"]
            units.append(parent)
    member, deepest = "", units[DEPTH - 1 :: DEPTH]
    for number in range(accounts):
        asked = client.create_account(AccountName=f"a{number}", Email=f"a{number}@example.com")
        request = asked["CreateAccountStatus"]["Id"]
        status = client.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
        member = status["AccountId"]
        client.move_account(
            AccountId=member, SourceParentId=root, DestinationParentId=deepest[number % len(deepest)]
        )
    return member


def yardstick() -> object:
    return json.loads(_TEXT)


def median(action: Callable[[], object], before: Callable[[], object] | None = None) -> float:
    """Return an action's median time in yardsticks. `before` runs before each measurement and isn't timed."""
    rounds = []
    for _ in range(ROUNDS):
        times, yardsticks = [], []
        for _ in range(CALLS if before is None else CALLS // 4):
            yardsticks.append(_seconds(yardstick))
            if before is not None:
                before()
            times.append(_seconds(action))
        rounds.append(statistics.median(times) / statistics.median(yardsticks))
    return statistics.median(rounds)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def measured(cloud: Cloud, member: str) -> dict[str, float]:
    iam = cloud.account(member).client("iam")
    admin = f"arn:aws:iam::{member}:user/admin"

    def would() -> object:
        return cloud.would(admin, "s3:GetObject", "arn:aws:s3:::shelf/k")

    return {
        "would": median(would),
        "would after a change": median(would, cloud._state.touch_policies),
        "call": median(iam.list_users),
        "call after a change": median(iam.list_users, cloud._state.touch_policies),
    }


def mapped(cloud: Cloud) -> str:
    """Return a sentence with the time and memory for the access map, and the time to open the organization tree."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    found = AccessMap(cloud).run()
    seconds = time.perf_counter() - begin
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    begin = time.perf_counter()
    OrganizationTree(cloud)
    opened = time.perf_counter() - begin
    return (
        f"access map of {len(found.rows):,} × {len(found.actions)} in {seconds:.1f} s, {grown:.0f} MB more; "
        f"tree opens in {opened:.2f} s"
    )


def main() -> None:
    found = {}
    for accounts in SIZES:
        with Cloud(seed=1) as cloud:
            begin = time.perf_counter()
            member = build(accounts)
            built = time.perf_counter() - begin
            found[accounts] = measured(cloud, member)
            print(f"{accounts:>5} accounts: built in {built:5.1f} s; {mapped(cloud)}")
    for name, goal in GOALS.items():
        alone = found[1][name]
        ratios = ", ".join(f"{found[size][name] / alone:.2f} at {size:,}" for size in SIZES[1:])
        print(f"{name:>20}: {alone:.2f} yardsticks alone; {ratios}   (goal {goal})")


if __name__ == "__main__":
    main()
