"""Prowler over Day 1's account, through the endpoint: `make prowler`. Prints its findings and the scan's side by side.
python -m tests.course.days.day1.prowler .prowler/bin/prowler Prowler reads the account as the shop's auditor.
COUNTERPARTS maps each of our checks to Prowler's check; Prowler's other findings are listed below the table.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import account, posture

SERVICES = ("cloudtrail", "ec2", "iam", "kms", "rds", "s3", "sqs")
COUNTERPARTS: Mapping[str, tuple[str, ...]] = {
    "public-bucket": ("s3_bucket_public_access",),
    "acl-leftover": ("s3_bucket_public_access", "s3_bucket_public_list_acl", "s3_bucket_acl_prohibited"),
    "trust-everyone": (),
    "root-key": ("iam_no_root_access_key",),
    "keys-in-repository": (),
    "admin-app-role": ("iam_inline_policy_no_administrative_privileges",),
    "imds-v1": ("ec2_instance_imdsv2_enabled",),
    "no-mfa": ("iam_user_mfa_enabled_console_access",),
    "stale-user": ("iam_user_accesskey_unused",),
    "old-key": ("iam_rotate_access_key_90_days",),
    "open-queue": ("sqs_queues_not_publicly_accessible",),
    "open-key": ("kms_key_not_publicly_accessible",),
    "open-database-port": ("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432",),
    "public-database": ("rds_instance_no_public_access",),
    "shared-volume": ("ec2_ebs_public_snapshot",),
    "shared-db-snapshot": ("rds_snapshots_public_access",),
    "trail-off": ("cloudtrail_multi_region_enabled",),
}
"""The name of our check → the names of Prowler's checks."""
Failed = Mapping[str, list[str]]
"""Prowler's check → the resources that fail it."""


def failed(cloud: Cloud, program: str, folder: Path) -> Failed:
    """Return what fails in a cloud, by check. Prowler exits with 3 if something fails. Raises RuntimeError for other
    exit codes.
    """
    command = [
        program, "aws", "--services", *SERVICES, "--region", "us-east-1", "--profile", posture.AUDITOR,
        "--output-formats", "json-ocsf", "--output-directory", str(folder), "--output-filename", "prowler",
        "--scan-unused-services", "--no-banner",
    ]  # fmt: skip
    env = cloud.endpoint().env() | {"AWS_PROFILE": posture.AUDITOR, "HOME": str(folder)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=1500)
    results = folder / "prowler.ocsf.json"
    if done.returncode not in (0, 3) or not results.exists():
        raise RuntimeError(
            f"Prowler ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    found: dict[str, list[str]] = defaultdict(list)
    for each in json.loads(results.read_text()):
        if each["status_code"] == "FAIL":
            found[each["metadata"]["event_code"]].append(each["resources"][0]["uid"])
    return found


def table(report: posture.Report, theirs: Failed) -> Iterator[str]:
    """Return lines of Markdown with our findings and Prowler's side by side, one row per check."""
    yield "| our check | resources | Prowler's check | resources |"
    yield "| --- | --: | --- | --: |"
    for id, names in COUNTERPARTS.items():
        found = [name for name in names if name in theirs]
        called = ", ".join(f"`{name}`" for name in found or names) or "none"
        count = len({resource for name in found for resource in theirs[name]})
        yield f"| `{id}` | {len({each.resource for each in report.of(id)})} | {called} | {count} |"


def main(program: str) -> None:
    """Build the account, scan it, let Prowler read it, and print both results."""
    with Cloud(seed=1) as cloud, tempfile.TemporaryDirectory() as folder:
        account.build(cloud)
        report = posture.scan(cloud)
        theirs = failed(cloud, program, Path(folder))
    print("\n".join(table(report, theirs)))
    known = {name for names in COUNTERPARTS.values() for name in names}
    print("\nWhat Prowler reports besides:\n")
    for name in sorted(theirs.keys() - known):
        print(f"- `{name}`: {len(set(theirs[name]))}")


if __name__ == "__main__":
    main(sys.argv[1])
