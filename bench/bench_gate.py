"""Benchmark for the gate: calls through the gate compared with calls to plain moto, and the time to the first call.

Both sides are measured in one run, taking turns, each in its own process. The figures are ratios of medians.
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
names = ("iam", "sts", "s3", "kms", "dynamodb", "organizations")
iam, sts, s3, kms, dynamodb, organizations = (boto3.client(name, region_name="us-east-1") for name in names)
iam.create_user(UserName="alice")
organizations.create_organization(FeatureSet="ALL")
key = kms.create_key()["KeyMetadata"]["KeyId"]
dynamodb.create_table(
    TableName="songs", BillingMode="PAY_PER_REQUEST",
    KeySchema=[{{"AttributeName": "id", "KeyType": "HASH"}}],
    AttributeDefinitions=[{{"AttributeName": "id", "AttributeType": "S"}}],
)
dynamodb.put_item(TableName="songs", Item={{"id": {{"S": "1"}}}})
s3.create_bucket(Bucket="shelf")
s3.put_object(Bucket="shelf", Key="k", Body=b"x" * 1000)
s3.put_object(Bucket="shelf", Key="e", Body=b"x" * 1000, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
sealed = kms.encrypt(KeyId=key, Plaintext=b"x" * 32)["CiphertextBlob"]
calls = {{
    "iam.list_users": lambda: iam.list_users(),
    "sts.get_caller_identity": lambda: sts.get_caller_identity(),
    "s3.get_object": lambda: s3.get_object(Bucket="shelf", Key="k")["Body"].read(),
    "s3.get_object, SSE-KMS": lambda: s3.get_object(Bucket="shelf", Key="e")["Body"].read(),
    "kms.encrypt": lambda: kms.encrypt(KeyId=key, Plaintext=b"x" * 32),
    "kms.decrypt": lambda: kms.decrypt(CiphertextBlob=sealed),
    "kms.generate_data_key": lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
    "dynamodb.get_item": lambda: dynamodb.get_item(TableName="songs", Key={{"id": {{"S": "1"}}}}),
    "organizations.list_accounts": lambda: organizations.list_accounts(),
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
_SAME_USERS = "\nboto3.client('iam', region_name='us-east-1').create_user(UserName='admin')"
"""The cloud has an administrator from the start, so plain moto gets one as well, and both return the same users."""
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
        for start, times in ((_BARE + _SAME_USERS, bare), (_GATED, gated)):
            found = json.loads(_run(_SETUP.format(start=start, calls=CALLS)))
            for name, values in found.items():
                times.setdefault(name, []).extend(values)
        first["bare"].append(float(_run(_FIRST.format(start=_BARE))))
        first["gated"].append(float(_run(_FIRST.format(start=_GATED))))
    print(f"{'call':<28}{'bare ms':>10}{'gated ms':>10}{'ratio':>8}")
    for name in bare:
        low, high = statistics.median(bare[name]) * 1e3, statistics.median(gated[name]) * 1e3
        print(f"{name:<28}{low:>10.2f}{high:>10.2f}{high / low:>8.2f}")
    plain, asked = (statistics.median(gated[name]) for name in ("s3.get_object", "s3.get_object, SSE-KMS"))
    print(f"a recorded get with decryption by KMS, compared with a bare get: {asked / plain:.2f}")
    low, high = statistics.median(first["bare"]) * 1e3, statistics.median(first["gated"]) * 1e3
    print(f"{'start to first call':<28}{low:>10.0f}{high:>10.0f}{high / low:>8.2f}")


if __name__ == "__main__":
    main()
