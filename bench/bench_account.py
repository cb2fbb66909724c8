"""Benchmark for an account of realistic size (2,000 roles, 1,500 policies): loading, access map, escalation search."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.audit.escalation import escalations
from labs_helpers.cloud.audit.who_can import who_can

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests import printed  # the account that the tests load

ROLES, POLICIES = 2_000, 1_500
ACTIONS = (
    "ec2:DescribeInstances", "ec2:RunInstances", "ec2:TerminateInstances", "iam:PassRole", "iam:CreateUser",
    "iam:CreateRole", "iam:AttachRolePolicy", "sts:AssumeRole", "logs:CreateLogGroup", "rds:DescribeDBInstances",
    "dynamodb:ListTables", "kms:ListKeys", "kms:CreateKey", "sqs:ListQueues", "lambda:ListFunctions",
    "s3:ListAllMyBuckets", "s3:CreateBucket", "secretsmanager:ListSecrets", "organizations:LeaveOrganization",
    "cloudtrail:StopLogging",
)  # fmt: skip


def timed(what: str, goal: float, work: Callable[[], Any]) -> Any:
    begun = time.perf_counter()
    result = work()
    print(f"{what:<48} {time.perf_counter() - begun:6.2f} s   goal {goal:.0f} s")
    return result


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = printed.write(Path(folder) / "iam.json", printed.synthetic(7, ROLES, POLICIES))
        cloud = timed(f"load {ROLES:,} roles, {POLICIES:,} policies", 5, lambda: Cloud.from_account(file))
        with cloud:
            timed(f"who can do {len(ACTIONS)} actions", 30, lambda: who_can(cloud, ACTIONS))
            timed("ways to an administrator", 30, lambda: escalations(cloud))


if __name__ == "__main__":
    main()
