"""Validation of a trail's log files, which finds changed and missing files, as `aws cloudtrail validate-logs` does.

Every hour, CloudTrail writes a digest file with the hashes of that hour's log files and the hash and signature of the
previous digest. The digests therefore form a chain, and the public key that verifies their signatures is available to
anyone.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.mistakes import UnknownName, checked
from labs_helpers.course.shown.progress_line import Reporter, progress_reporter

VALID, MISSING, CHANGED, UNSIGNED = "valid", "missing", "changed", "not signed by CloudTrail"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A log file or digest file, and its state.

    `start` and `end` are the hour that a digest covers, or the times of a log file's oldest and newest events according
    to its digest.
    """

    kind: str
    key: str
    state: str
    start: str
    end: str


@dataclass(frozen=True, slots=True, repr=False)
class Report(Shown):
    """The result of a validation. A notebook displays the object if it is the last value in a cell."""

    checked: tuple[CheckedFile, ...]

    @property
    def wrong(self) -> tuple[CheckedFile, ...]:
        """The files that were changed or deleted after CloudTrail delivered them."""
        return tuple(each for each in self.checked if each.state != VALID)

    def page(self) -> Page:
        """Return the number of valid files of each kind, and a table of all other files."""
        page = Page()
        for kind in ("digest file", "log file"):
            states = [each.state for each in self.checked if each.kind == kind]
            page.say(f"{states.count(VALID)} of {len(states)} {kind}s are valid.")
        if not self.wrong:
            return page
        rows = [(each.kind, each.state, each.start, each.end, each.key) for each in self.wrong]
        return page.table(("file", "state", "from", "to", "where"), rows)


@checked
def validate_logs(session: boto3.Session, trail: str) -> Report:
    """Validate every digest and log file of a trail in the session's Region, from the newest digest back.

    `trail` is the trail's name or ARN. Raises botocore's `ClientError` if the session is denied access, and
    `LookupError` if the trail has no digest file yet.
    """
    found = session.client("cloudtrail").get_trail(Name=trail)["Trail"]
    keys = _public_keys(session.client("cloudtrail"))
    s3, bucket = session.client("s3"), found["S3BucketName"]
    digests = _digests(s3, bucket, found, session.region_name)
    if not digests:
        raise UnknownName(f"the trail {trail} has delivered no digest file yet")
    with progress_reporter() as told:
        return Report(tuple(_chain(s3, bucket, digests, keys, told)))


def _public_keys(cloudtrail: Any) -> dict[str, rsa.RSAPublicKey]:
    """Return the keys that sign digests, by fingerprint; the API returns them as PKCS #1."""
    listed = cloudtrail.list_public_keys()["PublicKeyList"]
    return {each["Fingerprint"]: serialization.load_der_public_key(each["Value"]) for each in listed}


def _digests(s3: Any, bucket: str, trail: dict[str, Any], region: str) -> list[str]:
    """Return the keys of one Region's digest files, oldest first: their names end in the time of creation."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=trail.get("S3KeyPrefix", ""))
    keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
    here = f"/CloudTrail-Digest/{region}/"
    return sorted(key for key in keys if here in key and f"_{trail['Name']}_" in key)


def _chain(
    s3: Any, bucket: str, digests: list[str], keys: dict[str, rsa.RSAPublicKey], told: Reporter
) -> Iterator[CheckedFile]:
    """Yield the digests, newest first, each with its log files; continue after a broken digest."""
    waiting = list(digests)
    key: str | None = waiting[-1]
    expected: str | None = None
    after = ("", "")
    while key is not None:
        told(len(digests) - len(waiting) + 1, len(digests), key.rpartition("/")[2])
        while waiting and waiting[-1] >= key:
            waiting.pop()
        content, signature = _read(s3, bucket, key)
        state = _state_of_digest(bucket, key, content, signature, expected, keys)
        if content is None or state != VALID:
            yield CheckedFile("digest file", key, state, *after)
            key, expected = (waiting[-1] if waiting else None), None
            continue
        digest = json.loads(content)
        hour = (digest["digestStartTime"], digest["digestEndTime"])
        yield CheckedFile("digest file", key, VALID, *hour)
        for file in digest["logFiles"]:
            state = _state_of_log(s3, file)
            yield CheckedFile(
                "log file", file["s3Object"], state, file["oldestEventTime"], file["newestEventTime"]
            )
        key, expected = digest["previousDigestS3Object"], digest["previousDigestHashValue"]
        after = ("before", digest["digestStartTime"])


def _read(s3: Any, bucket: str, key: str) -> tuple[bytes | None, str]:
    """Return a file's content, unpacked, and its signature from the metadata; None if the file is missing."""
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None, ""
        raise
    try:
        return gzip.decompress(answer["Body"].read()), answer["Metadata"].get("signature", "")
    except (OSError, EOFError, zlib.error):
        return b"", ""


def _state_of_digest(
    bucket: str,
    key: str,
    content: bytes | None,
    signature: str,
    expected: str | None,
    keys: dict[str, rsa.RSAPublicKey],
) -> str:
    """Return the state of a digest. `expected` is its hash according to the next newer digest."""
    if content is None:
        return MISSING
    digest_hash = hashlib.sha256(content).hexdigest()
    if expected is not None and digest_hash != expected:
        return CHANGED
    try:
        digest = json.loads(content)
        public = keys[digest["digestPublicKeyFingerprint"]]
        previous = digest["previousDigestSignature"] or "null"
        signed = f"{digest['digestEndTime']}\n{bucket}/{key}\n{digest_hash}\n{previous}"
        public.verify(bytes.fromhex(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return UNSIGNED
    return VALID


def _state_of_log(s3: Any, file: dict[str, Any]) -> str:
    content, _ = _read(s3, file["s3Bucket"], file["s3Object"])
    if content is None:
        return MISSING
    return VALID if hashlib.sha256(content).hexdigest() == file["hashValue"] else CHANGED
