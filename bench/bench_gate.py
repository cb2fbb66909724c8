"""What the gate costs: calls through it against the same calls on bare moto, and the way to the first enforced call.

Both sides are measured in one run, in turns, each in a process of its own. The figures are ratios of medians.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

ROUNDS = 5
CALLS = 200

_SETUP = """
import json, sys, time
import boto3
{start}
iam, sts, s3 = (boto3.client(name, region_name="us-east-1") for name in ("iam", "sts", "s3"))
iam.create_user(UserName="alice")
s3.create_bucket(Bucket="shelf")
s3.put_object(Bucket="shelf", Key="k", Body=b"x" * 1000)
calls = {{
    "iam.list_users": lambda: iam.list_users(),
    "sts.get_caller_identity": lambda: sts.get_caller_identity(),
    "s3.get_object": lambda: s3.get_object(Bucket="shelf", Key="k")["Body"].read(),
}}
times = {{name: [] for name in calls}}
for name, call in calls.items():
    for _ in range(20):
        call()
for _ in range({calls}):
    for name, call in calls.items():
        begin = time.perf_counter()
        call()
        times[name].append(time.perf_counter() - begin)
print(json.dumps(times))
"""
_BARE = "from moto import mock_aws\nmock_aws().start()"
_GATED = "from labs_helpers.cloud import Cloud\nCloud(seed=1).start()"

_FIRST = """
import time
begin = time.perf_counter()
{start}
import boto3
boto3.client("sts", region_name="us-east-1").get_caller_identity()
print(time.perf_counter() - begin)
"""


def _run(code: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    ).stdout.strip()


def main() -> None:
    bare: dict[str, list[float]] = {}
    gated: dict[str, list[float]] = {}
    first: dict[str, list[float]] = {"bare": [], "gated": []}
    for _ in range(ROUNDS):
        for start, times in ((_BARE, bare), (_GATED, gated)):
            found = json.loads(_run(_SETUP.format(start=start, calls=CALLS)))
            for name, values in found.items():
                times.setdefault(name, []).extend(values)
        first["bare"].append(float(_run(_FIRST.format(start=_BARE))))
        first["gated"].append(float(_run(_FIRST.format(start=_GATED))))
    print(f"{'call':<28}{'bare ms':>10}{'gated ms':>10}{'ratio':>8}")
    for name in bare:
        low, high = statistics.median(bare[name]) * 1e3, statistics.median(gated[name]) * 1e3
        print(f"{name:<28}{low:>10.2f}{high:>10.2f}{high / low:>8.2f}")
    low, high = statistics.median(first["bare"]) * 1e3, statistics.median(first["gated"]) * 1e3
    print(f"{'start to first call':<28}{low:>10.0f}{high:>10.0f}{high / low:>8.2f}")


if __name__ == "__main__":
    main()
