"""The files that trails deliver: log files, and digest files for verifying that no log file was changed.

AWS delivers log files about five minutes after a call, and digest files every hour. In this cloud, files are delivered
as soon as a caller reads from the bucket, or when the lab clock moves. The bucket policy must allow the
delivery of every file.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html#cloudtrail-log-filename-format
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.cloudtrail import destinations, selectors, trail_events
from labs_helpers.cloud.services.cloudtrail import moto_view as trails
from labs_helpers.cloud.services.cloudtrail.event_bus import Announcer
from labs_helpers.cloud.services.cloudtrail.moto_view import Trail
from labs_helpers.cloud.services.organizations.membership import management_account, membership

SERVICE = "cloudtrail.amazonaws.com"
_DELAY = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
_DIGESTS_AT_ONCE = 24
"""The maximum number of digest files if the lab clock skips many hours.

The first file covers all earlier hours.
"""
_WAITING = 10_000
"""The maximum number of events that wait while the bucket rejects them. Older events are dropped."""
_BATCH = 2_000
_GLOBAL = frozenset(("iam", "sts", "cloudfront", "route53", "organizations"))
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_BASIC_STAMP = "%Y%m%dT%H%M%SZ"
_DELIVERIES = frozenset(("PutObject", "Publish", "CreateLogStream"))
_READS = ("List", "Get", "Head")


@dataclass(slots=True)
class LogFile:
    """A delivered log file, as listed in the next digest file."""

    key: str
    sha256: str
    oldest: datetime
    newest: datetime


@dataclass(slots=True)
class Chain:
    """The digest chain for one account and Region: the previous digest file, and the next one's log files."""

    start: datetime
    files: list[LogFile] = field(default_factory=list)
    previous: dict[str, Any] | None = None


@dataclass(slots=True)
class Delivery:
    """One trail's state: the events that await delivery, and the results of the latest deliveries."""

    logging: bool = False
    started: datetime | None = None
    stopped: datetime | None = None
    waiting: deque[tuple[str, Entry]] = field(default_factory=lambda: deque(maxlen=_WAITING))
    """The events that await delivery, as (account that receives the event, recorded call)."""
    latest: datetime | None = None
    attempt: datetime | None = None
    error: str | None = None
    notified: datetime | None = None
    notification_error: str | None = None
    written: datetime | None = None
    """The time of the last delivery to CloudWatch Logs."""
    writing_error: str | None = None
    digest_latest: datetime | None = None
    digest_error: str | None = None
    chains: dict[tuple[str, str], Chain] = field(default_factory=dict)


def delivery_of(trail: Trail) -> Delivery:
    """Return the delivery state of a trail."""
    if trail.delivery is None:
        trail.delivery = Delivery()
    delivery: Delivery = trail.delivery
    return delivery


class Courier:
    """The component that collects events for a cloud's trails and delivers them.

    It listens to the record for new events, and to calls that read from a trail's bucket.
    """

    def __init__(self, state: State):
        self._state = state
        self._busy = False
        self._announcer = Announcer()
        self._key: SigningKey | None = None

    @property
    def key(self) -> SigningKey:
        """The key pair for signing digest files, created on first use."""
        if self._key is None:
            self._key = SigningKey(self._state.clock.now())
        return self._key

    def __call__(self, entry: Entry) -> None:
        """Queue a new record entry for the trails that log it, and deliver the files that are due."""
        if self._is_delivery(entry) or not trail_events.logged(entry):
            return
        announced: set[str] = set()
        for trail in trails.every():
            delivery = delivery_of(trail)
            stopping = entry.operation == "StopLogging" and delivery.stopped == entry.time
            if not (delivery.logging or stopping):
                continue
            for account in trail_events.recipients(entry):
                if _covers(self._state, trail, account, entry) and selectors.logs_event(
                    trail.event_selectors, trail.advanced_event_selectors, entry
                ):
                    delivery.waiting.append((account, entry))
                    announced.add(account)
            if delivery.waiting and (stopping or self._is_due(delivery, entry.time)):
                self.deliver([trail], hourly=not stopping)
        for account in sorted(announced):
            self._announcer.announce(self._state, account, entry)

    def before(self, call: Call) -> None:
        """Deliver all files that are due in a bucket before a call that reads from it."""
        if call.service != "s3" or self._busy or not call.operation.startswith(_READS):
            return
        bucket = call.parameters.get("Bucket")
        self.deliver([trail for trail in trails.every() if trail.bucket_name == bucket], hourly=True)

    def deliver(self, chosen: Iterable[Trail] | None = None, *, hourly: bool = False) -> None:
        """Deliver all pending events and the digest files. With `hourly`, deliver only digest files for full hours."""
        if self._busy:
            return
        self._busy = True
        try:
            for trail in list(trails.every()) if chosen is None else chosen:
                if delivery_of(trail).logging or delivery_of(trail).waiting:
                    self._deliver_logs(trail)
                    if trail.log_validation:
                        self._deliver_digests(trail, hourly)
        finally:
            self._busy = False

    @staticmethod
    def _is_delivery(entry: Entry) -> bool:
        """Return True if an entry is a delivery.

        A trail that logged writes to its own destinations would never stop delivering files.
        """
        return entry.operation in _DELIVERIES and (
            entry.principal_arn == SERVICE or entry.source_ip == SERVICE or entry.via_service == SERVICE
        )

    @staticmethod
    def _is_due(delivery: Delivery, now: datetime) -> bool:
        age = now - delivery.waiting[0][1].time
        retried = delivery.error is None or delivery.attempt is None or now - delivery.attempt >= _DELAY
        return retried and (age >= _DELAY or len(delivery.waiting) >= _BATCH)

    def _deliver_logs(self, trail: Trail) -> None:
        delivery = delivery_of(trail)
        groups: dict[tuple[str, str], list[Entry]] = {}
        for account, entry in delivery.waiting:
            groups.setdefault((account, entry.region), []).append(entry)
        now = self._state.clock.now()
        for (account, region), entries in groups.items():
            timed = [(entry.time, trail_events.event(entry, account=account)) for entry in entries]
            records = [record for _, record in timed]
            content = json.dumps({"Records": records}, separators=(",", ":")).encode()
            key = (
                f"{_folder(self._state, trail, account)}/CloudTrail/{region}/{now:%Y/%m/%d}/"
                f"{account}_CloudTrail_{region}_{now:%Y%m%dT%H%MZ}_{self._state.ids.token(16)}.json.gz"
            )
            delivery.attempt = now
            delivery.error = self._write(trail, key, content, {})
            if delivery.error:
                return
            delivery.latest = now
            self._notify_and_write(trail, account, region, key, timed)
            delivered = set(map(id, entries))
            delivery.waiting = deque(
                (one for one in delivery.waiting if one[0] != account or id(one[1]) not in delivered),
                maxlen=_WAITING,
            )
            times = [entry.time for entry in entries]
            chain = delivery.chains.setdefault((account, region), Chain(delivery.started or now))
            chain.files.append(LogFile(key, hashlib.sha256(content).hexdigest(), min(times), max(times)))

    def _notify_and_write(
        self, trail: Trail, account: str, region: str, key: str, timed: list[tuple[datetime, Any]]
    ) -> None:
        """Notify the trail's topic of a delivered log file and write its events to the trail's log group."""
        delivery, now = delivery_of(trail), self._state.clock.now()
        if trail.topic_arn:
            delivery.notification_error = destinations.notify(self._state, trail, key)
            delivery.notified = delivery.notified if delivery.notification_error else now
        if trail.cw_log_group_arn:
            delivery.writing_error = destinations.write(self._state, trail, account, region, timed)
            delivery.written = delivery.written if delivery.writing_error else now

    def _deliver_digests(self, trail: Trail, hourly: bool) -> None:
        delivery = delivery_of(trail)
        now = self._state.clock.now().replace(microsecond=0)
        home = (trail.account_id, trail.region_name)
        delivery.chains.setdefault(home, Chain(delivery.started or now))
        for (account, region), chain in delivery.chains.items():
            start = chain.start.replace(microsecond=0)
            ends = _hour_ends(start, now)
            if not hourly and (not ends or ends[-1] < now or chain.files):
                ends.append(max(now, (ends[-1] if ends else start) + timedelta(seconds=1)))
            for end in ends:
                if not self._deliver_digest(trail, account, region, chain, end):
                    return

    def _deliver_digest(self, trail: Trail, account: str, region: str, chain: Chain, end: datetime) -> bool:
        delivery = delivery_of(trail)
        key = (
            f"{_folder(self._state, trail, account)}/CloudTrail-Digest/{region}/{end:%Y/%m/%d}/"
            f"{account}_CloudTrail-Digest_{region}_{trail.trail_name}_{trail.region_name}_{end:{_BASIC_STAMP}}.json.gz"
        )
        previous = chain.previous or dict.fromkeys(
            ("previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue",
             "previousDigestHashAlgorithm", "previousDigestSignature")
        )  # fmt: skip
        digest = {
            "awsAccountId": account,
            "digestStartTime": chain.start.strftime(_STAMP),
            "digestEndTime": end.strftime(_STAMP),
            "digestS3Bucket": trail.bucket_name,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": self.key.fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": max((file.newest for file in chain.files), default=None),
            "oldestEventTime": min((file.oldest for file in chain.files), default=None),
            **previous,
            "logFiles": [
                {
                    "s3Bucket": trail.bucket_name,
                    "s3Object": file.key,
                    "hashValue": file.sha256,
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": file.newest.strftime(_STAMP),
                    "oldestEventTime": file.oldest.strftime(_STAMP),
                }
                for file in chain.files
            ],
        }
        content = json.dumps(digest, default=lambda time: time.strftime(_STAMP)).encode()
        digest_hash = hashlib.sha256(content).hexdigest()
        signature = self.key.sign(
            f"{digest['digestEndTime']}\n{trail.bucket_name}/{key}\n{digest_hash}\n"
            f"{previous['previousDigestSignature'] or 'null'}"
        )
        metadata = {"signature": signature, "signature-algorithm": "SHA256withRSA"}
        delivery.digest_error = self._write(trail, key, content, metadata)
        if delivery.digest_error:
            return False
        delivery.digest_latest = self._state.clock.now()
        chain.start, chain.files = end, []
        chain.previous = {
            "previousDigestS3Bucket": trail.bucket_name,
            "previousDigestS3Object": key,
            "previousDigestHashValue": digest_hash,
            "previousDigestHashAlgorithm": "SHA-256",
            "previousDigestSignature": signature,
        }
        return True

    def _write(self, trail: Trail, key: str, content: bytes, metadata: dict[str, str]) -> str | None:
        """Write one file as the CloudTrail service.

        Return the error code, or None if the file was written.
        """
        assert self._state.caller is not None
        parameters: dict[str, Any] = {
            "Bucket": trail.bucket_name, "Key": key, "Body": gzip.compress(content, mtime=0), "Metadata": metadata,
            "ACL": "bucket-owner-full-control", "ContentType": "application/json", "ContentEncoding": "gzip",
        }  # fmt: skip
        if trail.kms_key_id:
            parameters |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": trail.kms_key_id}
        try:
            self._state.caller.as_service(
                SERVICE, "s3", "PutObject", parameters,
                account=trail.account_id, region=trail.region_name, source_arn=trail.arn,
            )  # fmt: skip
        except ServiceError as error:
            return error.code
        return None


def _hour_ends(start: datetime, now: datetime) -> list[datetime]:
    """Return the times at which the digests of the full hours since `start` end."""
    hours = int((now - start) / _HOUR)
    first = max(hours - _DIGESTS_AT_ONCE, 0)
    return [start + _HOUR * count for count in range(first + 1, hours + 1)]


def _covers(state: State, trail: Trail, account: str, entry: Entry) -> bool:
    """Return True if a trail logs the events of an account in the entry's Region.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
    """
    if trail.account_id != account and not (
        trail.is_org_trail
        and management_account(state, account) == management_account(state, trail.account_id)
    ):
        return False
    if not trail.is_multi_region and trail.region_name != entry.region:
        return False
    return entry.service not in _GLOBAL or entry.region != "us-east-1" or trail.include_global_service_events


def _folder(state: State, trail: Trail, account: str) -> str:
    """Return the folder of an account's files: `prefix/AWSLogs/o-…/111122223333`."""
    parts = [trail.s3_key_prefix, "AWSLogs"]
    if trail.is_org_trail:
        place = membership(state, trail.account_id)
        parts.append(place.organization_id if place is not None else "")
    return "/".join([part.strip("/") for part in parts if part] + [account])


class SigningKey:
    """A key pair for digest files. ListPublicKeys returns its public key.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
    """

    def __init__(self, now: datetime):
        self._private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        self.since = now - timedelta(days=1)
        self.public = self._private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.PKCS1
        )
        self.fingerprint = hashlib.md5(self.public, usedforsecurity=False).hexdigest()

    def sign(self, text: str) -> str:
        """Return the string's SHA-256 RSA signature as hexadecimal digits."""
        signature: bytes = self._private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return signature.hex()


def courier(state: State) -> Courier:
    """Return the cloud's courier, which starts collecting events on first use."""
    working = state.parts.get(Courier)
    if working is None:
        working = state.parts[Courier] = Courier(state)
        state.record.listeners.append(working)
        state.before_call.append(working.before)
    return working


def deliver(state: State) -> None:
    """Deliver all pending events for the cloud's trails now, with digest files up to the current time."""
    courier(state).deliver()
