"""Benchmark for the who-can-do-what matrix with 50 principals and 200 actions. Goal: a complete table in 3 s."""

from __future__ import annotations

import asyncio
import json
import time

import boto3

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.matrix.widget import AccessMatrix
from labs_helpers.engine.reference import authorization as reference

USERS, ROLES, POLICIES, ACTIONS, GOAL = 30, 20, 40, 200, 3.0
OBJECT = "arn:aws:s3:::payroll/2026.csv"


def document(number: int) -> str:
    """Return a policy with ten statements, some of which match."""
    statements = [
        {
            "Effect": "Deny" if part == 9 and number % 5 == 0 else "Allow",
            "Action": [f"s3:{verb}*" for verb in ("Get", "List", "Put", "Delete")[: 1 + (number + part) % 4]],
            "Resource": f"arn:aws:s3:::{'payroll' if part > 6 else f'bucket-{part}'}/*",
            "Condition": {"StringLike": {"aws:username": "*"}}
            if part % 2
            else {"Bool": {"aws:SecureTransport": "true"}},
        }
        for part in range(10)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def fill() -> None:
    """Create 50 principals with three policies each, boundaries for some of them, and a bucket with a policy."""
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(1))["Policy"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policies = [
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=document(number))["Policy"]["Arn"]
        for number in range(POLICIES)
    ]
    for number in range(USERS):
        name, bound = f"user-{number}", {"PermissionsBoundary": limit} if number % 3 == 0 else {}
        iam.create_user(UserName=name, **bound)
        for part in range(3):
            iam.attach_user_policy(UserName=name, PolicyArn=policies[(number + part) % POLICIES])
    for number in range(ROLES):
        name, text = f"role-{number}", json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)
        for part in range(3):
            iam.attach_role_policy(RoleName=name, PolicyArn=policies[(2 * number + part) % POLICIES])
    s3.create_bucket(Bucket="payroll")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:Delete*",
        "Resource": "arn:aws:s3:::payroll/*",
    }
    s3.put_bucket_policy(
        Bucket="payroll", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )


def actions() -> list[str]:
    """Return 200 S3 and IAM actions."""
    listed = [
        f"{prefix}:{each['name']}" for prefix in ("s3", "iam") for each in reference.actions(prefix).values()
    ]
    return listed[:ACTIONS]


async def in_chunks(matrix: AccessMatrix) -> tuple[float, float]:
    """Return the seconds until the matrix is computed, and the longest time that it blocked the event loop."""
    begin = last = time.perf_counter()
    longest = 0.0
    matrix.compute_button.click()
    while matrix.running:
        await asyncio.sleep(0)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    return time.perf_counter() - begin, longest


def main() -> None:
    with Cloud(seed=1) as cloud:
        fill()
        principals = [arn for arn in cloud.identities() if not arn.endswith("user/admin")]
        begin = time.perf_counter()
        matrix = AccessMatrix(cloud, OBJECT, principals=principals, actions=actions())
        first = time.perf_counter() - begin
        begin = time.perf_counter()
        matrix.run()
        again = time.perf_counter() - begin
        chunked, longest = asyncio.run(in_chunks(matrix))
        begin = time.perf_counter()
        matrix.only_differences.value = True
        filtered = time.perf_counter() - begin
    size = f"{len(matrix.principals)} principals × {len(matrix.actions)} actions"
    print(
        f"{size}   first {first:.2f} s, again {again:.2f} s, in chunks {chunked:.2f} s "
        f"(longest {longest * 1e3:.0f} ms), filter {filtered * 1e3:.0f} ms   "
        f"(goal {GOAL:.0f} s; {len(matrix._table.value):,} characters of HTML)"
    )
    print(matrix)


if __name__ == "__main__":
    main()
