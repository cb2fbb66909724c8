"""The parts of a secret.

A secret shares its `Content` with its replicas: name, values, labels, tags, policy, and rotation. A `Secret` belongs to
one Region, and has its KMS key and data keys in that Region.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
_KEPT_VERSIONS, _KEPT_AGE = 100, timedelta(hours=24)
"""The number of versions that are always kept, and the age up to which versions are always kept.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
"""


@dataclass(slots=True)
class Version:
    """A version of a secret. Its value is a string or bytes. A rotation creates the version before its value."""

    id: str
    created: datetime
    stages: list[str] = field(default_factory=list)
    string: str | None = field(default=None, repr=False)
    binary: bytes | None = field(default=None, repr=False)

    @property
    def has_value(self) -> bool:
        """True if the version has a string or binary value."""
        return self.string is not None or self.binary is not None

    def holds(self, given: Mapping[str, Any]) -> bool:
        """Return True if the version's value is the value in a request."""
        return (self.string, self.binary) == (given.get("SecretString"), given.get("SecretBinary"))

    def value(self) -> dict[str, Any]:
        """Return the value in the API's form."""
        return {"SecretBinary": self.binary} if self.binary is not None else {"SecretString": self.string}


@dataclass(slots=True)
class Rotation:
    """A secret's rotation. `last` is the last successful rotation; `next` is the end of the next rotation window."""

    function: str | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    last: datetime | None = None
    next: datetime | None = None


@dataclass(slots=True)
class Content:
    """The data that a secret shares with its replicas. `deletion` is the time of a scheduled deletion."""

    name: str
    suffix: str
    primary_region: str
    created: datetime
    changed: datetime
    description: str = ""
    type: str | None = None
    owner: str | None = None
    """The service that created the secret and manages it (`events`), or None for a customer's secret."""
    tags: dict[str, str] = field(default_factory=dict)
    was_tagged: bool = False
    """True if the secret ever had a tag. Responses then always contain a list of tags, even if it is empty."""
    policy: str | None = None
    versions: dict[str, Version] = field(default_factory=dict)
    rotation: Rotation | None = None
    deletion: datetime | None = None
    members: dict[str, Secret] = field(default_factory=dict)
    """The primary secret and its replicas by Region."""
    failed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The replicas that couldn't be created, by Region, in the form of ReplicationStatus."""

    def labelled(self, stage: str) -> Version | None:
        """Return the version with a staging label, or None if no version has the label."""
        return next((each for each in self.versions.values() if stage in each.stages), None)

    def attach(self, stage: str, version: Version) -> None:
        """Move a label to a version. With AWSCURRENT, AWSPREVIOUS moves to the previously current version.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
        """
        before = self.labelled(stage)
        if before is version:
            return
        if before is not None:
            before.stages.remove(stage)
        version.stages.append(stage)
        if stage == CURRENT and before is not None:
            self.attach(PREVIOUS, before)
            if PREVIOUS in version.stages:
                version.stages.remove(PREVIOUS)

    def attach_to_new(self, stages: Iterable[str], version: Version) -> None:
        """Move labels to a version that a request creates. The previously current version loses AWSPENDING.

        OBSERVED in 2022 for PutSecretValue.
        """
        before = self.labelled(CURRENT)
        for stage in stages:
            self.attach(stage, version)
        if before is not None and before is not version and CURRENT in version.stages:
            before.stages[:] = [stage for stage in before.stages if stage != PENDING]

    def add(self, version: Version) -> None:
        """Add a version. Beyond 100 versions, the oldest versions without a label are removed after 24 hours."""
        self.versions[version.id] = version
        for old in list(self.versions.values()):
            if len(self.versions) <= _KEPT_VERSIONS:
                break
            if not old.stages and version.created - old.created > _KEPT_AGE:
                del self.versions[old.id]


@dataclass(frozen=True, slots=True)
class VersionKeys:
    """A version's encrypted data keys, newest first. A version that is encrypted again keeps its earlier data keys."""

    blobs: tuple[bytes, ...] = field(repr=False)
    default_key: bool


@dataclass(slots=True, eq=False)
class Secret:
    """A secret in one Region. `key` is its customer managed KMS key, or None for the AWS managed key."""

    content: Content
    account: str
    region: str
    key: str | None = None
    sealed: dict[str, VersionKeys] = field(default_factory=dict)
    accessed: dict[str, datetime] = field(default_factory=dict)
    """The day on which each version was last read in this Region, by version ID."""

    @property
    def arn(self) -> str:
        """The ARN of the secret."""
        content = self.content
        return f"arn:aws:secretsmanager:{self.region}:{self.account}:secret:{content.name}-{content.suffix}"

    @property
    def is_replica(self) -> bool:
        """True for a replica."""
        return self.region != self.content.primary_region

    @property
    def is_replicated(self) -> bool:
        """True if the secret is a replica or has replicas."""
        return len(self.content.members) > 1

    @property
    def last_accessed(self) -> datetime | None:
        """The day on which a value was last read in this Region, or None if no value was ever read."""
        return max(self.accessed.values(), default=None)

    def read(self, version: str, when: datetime) -> None:
        """Record that a value was read, to the day, like LastAccessedDate."""
        self.accessed[version] = when.replace(hour=0, minute=0, second=0, microsecond=0)
