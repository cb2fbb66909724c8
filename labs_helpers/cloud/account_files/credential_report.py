"""IAM's credential report: users' passwords and access keys, and when each was last used.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from labs_helpers.cloud.account_files.json_files import File


class Credential(NamedTuple):
    """An active password or access key of a user (given by ARN), with its last change and last use."""

    user: str
    what: str
    changed: datetime | None
    used: datetime | None


def credentials_in(file: File) -> list[Credential]:
    """Return the active passwords and access keys in a file of GetCredentialReport output.

    Raises `AccountFileError` for anything but the report.
    """
    content = file.whole.member("Content")
    try:
        text = base64.b64decode(str(content.value), validate=True).decode()
    except (binascii.Error, ValueError):
        raise content.wrong("Content isn't a report in base64, as the AWS CLI prints it") from None
    rows = csv.DictReader(io.StringIO(text))
    if not {"arn", "password_enabled", "access_key_1_active"} <= set(rows.fieldnames or ()):
        raise content.wrong("Content doesn't have the columns of a credential report")
    return [credential for row in rows for credential in _active(row)]


def _active(row: Mapping[str, str]) -> Iterator[Credential]:
    if row["password_enabled"] == "true":
        changed, used = row.get("password_last_changed"), row.get("password_last_used")
        yield Credential(row["arn"], "password", _time(changed), _time(used))
    for number in (1, 2):
        if row.get(f"access_key_{number}_active") == "true":
            changed, used = (
                row.get(f"access_key_{number}_{each}") for each in ("last_rotated", "last_used_date")
            )
            yield Credential(row["arn"], f"access key {number}", _time(changed), _time(used))


def _time(text: str | None) -> datetime | None:
    """Return a time in the report, or None for "N/A" and "no_information"."""
    try:
        time = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
