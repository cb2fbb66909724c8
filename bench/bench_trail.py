"""Benchmark for recording: memory after 10,000 recorded calls, and the time that lookup_events takes afterwards.

The calls, made through boto3, are a mix that is typical of a learner: reads, writes, 16 kB uploads, and denied calls.
Goal: 50 ms per lookup.
"""

from __future__ import annotations

import contextlib
import gc
import json
import statistics
import time
import tracemalloc

import boto3
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core.record import LIMIT

CALLS = 10_000
GOAL_MS = 50
ROUNDS = 20


def _calls(cloud: Cloud, wanted: int) -> None:
    iam, s3, sts = (boto3.client(name) for name in ("iam", "s3", "sts"))
    name = f"alice-{wanted}"
    s3.create_bucket(Bucket="shelf")
    iam.create_user(UserName=name)
    alice = cloud.profile(name, iam.create_access_key(UserName=name)["AccessKey"]).client("iam")
    body = b"x" * 16_384
    while len(cloud.record) < wanted:
        number = len(cloud.record)
        sts.get_caller_identity()
        s3.put_object(Bucket="shelf", Key=f"k{number % 50}", Body=body)
        s3.get_object(Bucket="shelf", Key=f"k{number % 50}")["Body"].read()
        iam.tag_user(UserName=name, Tags=[{"Key": "n", "Value": str(number)}])
        with contextlib.suppress(ClientError):
            alice.list_users()


def _traced() -> float:
    """Return the current memory use of Python's objects, in MB."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 1e6


def main() -> None:
    lookups = {
        "newest 50": {},
        "by EventName": {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}]},
        "by Username": {"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "nobody"}]},
        "by ReadOnly": {"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "true"}]},
        "by ResourceName": {
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": "nobody"}]
        },
        "by ResourceType": {
            "LookupAttributes": [{"AttributeKey": "ResourceType", "AttributeValue": "AWS::KMS::Key"}]
        },
        "by EventId": {"LookupAttributes": [{"AttributeKey": "EventId", "AttributeValue": "none"}]},
    }
    tracemalloc.start()
    with Cloud(seed=1) as cloud:
        _calls(cloud, 10)  # loads what these calls need, so that only the entries are measured
        before, begun = _traced(), len(cloud.record)
        _calls(cloud, begun + CALLS)
        taken = _traced() - before
        tracemalloc.stop()
        print(
            f"memory of {CALLS:,} recorded calls: {taken:.1f} MB; "
            f"at most {LIMIT:,} are kept: {taken * LIMIT / CALLS:.0f} MB"
        )
        trail = boto3.client("cloudtrail")
        print(f"lookup_events among {len(cloud.record):,} recorded calls (goal {GOAL_MS} ms)")
        for name, arguments in lookups.items():
            times = []
            for _ in range(ROUNDS):
                begin = time.perf_counter()
                trail.lookup_events(**arguments)
                times.append((time.perf_counter() - begin) * 1e3)
            print(f"  {name:<18}{statistics.median(times):>8.1f} ms median{max(times):>8.1f} ms most")
    print(json.dumps({"lookup_goal_ms": GOAL_MS, "record_mb": round(taken, 1), "record_limit": LIMIT}))


if __name__ == "__main__":
    main()
