"""A member's call in an organisation of 1,000 accounts against one in an organisation of one member."""

from __future__ import annotations

import statistics
import time

import boto3

from labs_helpers.cloud import Cloud

UNITS, CALLS, ROUNDS = 20, 200, 5


def member_of(accounts: int) -> boto3.Session:
    """Build an organisation with that many members in units two deep, SCPs at each level; gives a member's session."""
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    units = []
    for number in range(min(UNITS, accounts)):
        outer = client.create_organizational_unit(ParentId=root, Name=f"unit {number}")["OrganizationalUnit"][
            "Id"
        ]
        units.append(
            client.create_organizational_unit(ParentId=outer, Name="inner")["OrganizationalUnit"]["Id"]
        )
    member = ""
    for number in range(accounts):
        status = client.create_account(AccountName=f"a{number}", Email=f"a{number}@example.com")[
            "CreateAccountStatus"
        ]
        member = status["AccountId"]
        client.move_account(
            AccountId=member, SourceParentId=root, DestinationParentId=units[number % len(units)]
        )
    running = Cloud.running()
    assert running is not None
    return running.account(member)


def median_call(session: boto3.Session) -> float:
    """Median seconds of a member's list_users, and of one after a change of policies in between."""
    client = session.client("iam")
    times = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        client.list_users()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def main() -> None:
    medians = {}
    for accounts in (1, 1000):
        with Cloud(seed=1):
            begin = time.perf_counter()
            session = member_of(accounts)
            built = time.perf_counter() - begin
            medians[accounts] = min(median_call(session) for _ in range(ROUNDS))
            print(
                f"{accounts:>5} accounts: built in {built:5.1f} s, a member's call {medians[accounts] * 1e3:.2f} ms"
            )
    print(f"ratio {medians[1000] / medians[1]:.2f}   (goal 1.5)")


if __name__ == "__main__":
    main()
