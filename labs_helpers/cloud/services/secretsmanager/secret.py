"""What a secret is made of.

What a secret shares with its replicas (name, values, labels, tags, policy, rotation) is its `Content`; a `Secret` is
one Region's, with the key and the data keys that it is encrypted with there.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
_MOST_VERSIONS, _YOUNG = 100, timedelta(hours=24)
"""https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html"""


@dataclass(slots=True)
class Version:
    """One version of a secret. It has a string or bytes, or neither: a rotation makes it before its value."""

    id: str
    created: datetime
    stages: list[str] = field(default_factory=list)
    string: str | None = field(default=None, repr=False)
    binary: bytes | None = field(default=None, repr=False)

    @property
    def has_value(self) -> bool:
        return self.string is not None or self.binary is not None

    def holds(self, given: Mapping[str, Any]) -> bool:
        """Whether its value is the one of a request."""
        return (self.string, self.binary) == (given.get("SecretString"), given.get("SecretBinary"))

    def value(self) -> dict[str, Any]:
        """The value as the API shows it."""
        return {"SecretBinary": self.binary} if self.binary is not None else {"SecretString": self.string}


@dataclass(slots=True)
class Rotation:
    """How a secret rotates; `last` is the last rotation that succeeded, `next` until when the next one is due."""

    function: str | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    last: datetime | None = None
    next: datetime | None = None


@dataclass(slots=True)
class Content:
    """What a secret shares with its replicas. `deletion` is when it will be deleted, None unless that is scheduled."""

    name: str
    suffix: str
    primary_region: str
    created: datetime
    changed: datetime
    description: str = ""
    type: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    versions: dict[str, Version] = field(default_factory=dict)
    rotation: Rotation | None = None
    deletion: datetime | None = None
    members: dict[str, Secret] = field(default_factory=dict)
    """By Region."""
    failed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By Region: the replicas that could not be made, as ReplicationStatus shows them."""

    def labelled(self, stage: str) -> Version | None:
        return next((each for each in self.versions.values() if stage in each.stages), None)

    def attach(self, stage: str, version: Version) -> None:
        """Move a label to a version. With AWSCURRENT, AWSPREVIOUS goes to the version that had it.

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

    def add(self, version: Version) -> None:
        """Keep another version. Of those without a label the oldest go, when there are many and they are not new."""
        self.versions[version.id] = version
        for old in list(self.versions.values()):
            if len(self.versions) <= _MOST_VERSIONS:
                break
            if not old.stages and version.created - old.created > _YOUNG:
                del self.versions[old.id]


@dataclass(frozen=True, slots=True)
class VersionKeys:
    """The wrapped data keys of a version, the newest first: one that was encrypted anew keeps the old one's, too."""

    blobs: tuple[bytes, ...] = field(repr=False)
    default_key: bool


@dataclass(slots=True, eq=False)
class Secret:
    """A secret in one Region. `key` is the customer's KMS key that it names, None for the AWS managed one."""

    content: Content
    account: str
    region: str
    key: str | None = None
    sealed: dict[str, VersionKeys] = field(default_factory=dict)
    accessed: dict[str, datetime] = field(default_factory=dict)
    """By version: the day on which its value was last read here."""

    @property
    def arn(self) -> str:
        content = self.content
        return f"arn:aws:secretsmanager:{self.region}:{self.account}:secret:{content.name}-{content.suffix}"

    @property
    def is_replica(self) -> bool:
        return self.region != self.content.primary_region

    @property
    def is_replicated(self) -> bool:
        return len(self.content.members) > 1

    @property
    def last_accessed(self) -> datetime | None:
        return max(self.accessed.values(), default=None)

    def read(self, version: str, when: datetime) -> None:
        """Take note that a value was read: by the day, as LastAccessedDate shows it."""
        self.accessed[version] = when.replace(hour=0, minute=0, second=0, microsecond=0)
