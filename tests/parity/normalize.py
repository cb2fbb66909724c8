"""Answers without values that differ from run to run, and without data about the person who recorded them. Account
numbers, the administrator's names, IDs, keys, tokens, signatures, and times become words in capitals. The rest can be
published and compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

TOKENS = frozenset(
    """
    AWSAccessKeyId AccessKeyId AccessToken AssociationId AssumedRoleId CanonicalRequest
    CanonicalRequestBytes CiphertextBlob ClientId ClientSecret ContinuationToken CurrentKeyMaterialId
    DisplayName FederatedUserId FunctionUrl GrantId GrantToken GroupId HostId IdToken IdentityId
    InstanceProfileId KeyFingerprint KeyMaterial KeyMaterialId KeyPairId Mac Marker
    NextContinuationToken NextForwardToken NextMarker NextToken Plaintext PolicyId
    PrivateKeyCiphertextBlob PrivateKeyPlaintext PublicKey RandomPassword ReceiptHandle RefreshToken
    RequestID RequestId RevisionId RoleId SecretAccessKey SequenceNumber ServerSignature Session
    SessionToken SessionTokenSize Signature SignatureProvided StringToSign StringToSignBytes Token
    UploadId UserID UserId VersionIdMarker nextSequenceToken nextToken requestId sequenceToken
    uploadSequenceToken x-amz-id-2
    """.split()
)
"""Members whose values are never kept, by their names."""

_TEXTS: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), word)
    for pattern, word in (
        (r"(Encoded authorization failure message: )\S+", r"\1ENCODED"),
        (r"(following authorization id: )\S+", r"\1ID"),
        (r"(#/authorization-details/)\S+", r"\1ID"),
        (r"\b(AKIA|ASIA|AIDA|AROA|AGPA|ANPA|AIPA|ANVA|ASCA)[A-Z0-9]{12,}\b", r"\1-ID"),
        (r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b", "UUID"),
        (r"\bmrk-[0-9a-f]{32}\b", "mrk-ID"),
        (r"\b(vpc|subnet|sg|sgr|i|ami|eni|igw|rtb|acl|vol|snap|key|dopt|fl)-[0-9a-f]{8}(?:[0-9a-f]{9})?\b", r"\1-ID"),
        (r"(:secret:[\w/+=.@!-]+(?: [\w/+=.@!-]+){0,2}?)-[A-Za-z0-9]{6}(?=$|[\s\"'])", r"\1-SUFFIX"),
        (r"\b[a-z]{2}-[a-z]+-\d_[A-Za-z0-9]{9,}\b", "POOL-ID"),
        (r"https://[a-z0-9]{32}\.lambda-url\.", "https://URL-ID.lambda-url."),
        (r"\b[0-9a-f]{64}\b", "HEX64"),
        (r"\b[a-z0-9]{26}\b", "CLIENT-ID"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "TIME"),
        (r"\b\d{8}T\d{6}Z\b", "TIME"),
        (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\b", "TIME"),
        (r"\b1[6-9]\d{8}(\.\d+)?\b|\b1[6-9]\d{11}\b", "TIME"),
        (r"(X-Amz-Signature=)[0-9a-f]+", r"\1SIGNATURE"),
        (r"(X-Amz-Security-Token=)[^&\s]+", r"\1TOKEN"),
    )
]  # fmt: skip


class Normalizer:
    """A function that removes from answers the values that depend on the run and the account."""

    def __init__(self, run: str, account: str, administrator: str):
        """`administrator` is the ARN of who makes the run."""
        kind, *names = administrator.split(":")[-1].split("/")
        kinds = ("role", kind) if kind == "assumed-role" else (kind,)
        self._own = [
            (administrator, "ADMIN-ARN"),
            *((f"{each}/{name}", f"{each}/ADMIN") for each in kinds for name in (names[:1] + names[-1:])),
            (run, "RUN"),
            (account, "ACCOUNT"),
        ]

    def __call__(self, value: Any, ignore: Sequence[str] = (), member: str = "") -> Any:
        """Return a value of an answer, normalized. `ignore` names more members that aren't kept."""
        if member in TOKENS or member in ignore:
            return member.upper()
        if isinstance(value, Mapping):
            return {self.text(name): self(inner, ignore, name) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self(inner, ignore) for inner in value]
        if isinstance(value, datetime) or _is_time(value):
            return "TIME"
        if hasattr(value, "read"):
            value = value.read()
        if isinstance(value, bytes | bytearray):
            value = _decoded(bytes(value))
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """Return a text, normalized."""
        for own, word in self._own:
            text = text.replace(own, word)
        for pattern, word in _TEXTS:
            text = pattern.sub(word, text)
        return text


def _is_time(value: Any) -> bool:
    """Return whether a number is a time of these decades, in seconds or milliseconds."""
    return isinstance(value, int | float) and (1.6e9 <= value < 2e9 or 1.6e12 <= value < 2e12)


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return "BYTES"
