"""Amazon Resource Names, split into their parts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from labs_helpers.engine.policy.patterns import matcher

_NAME = re.compile(r"[:/]")
_ACCOUNT = re.compile(r"[0-9]{12}")


class Arn(NamedTuple):
    """An ARN (`arn:partition:service:region:account:resource`) in parts. Region and account can be empty."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def read(cls, text: str) -> Arn | None:
        """Return the parts of an ARN or ARN pattern, or None unless it has six parts and begins with `arn`."""
        first, *parts = text.split(":", 5)
        return cls(*parts) if first == "arn" and len(parts) == 5 else None

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Return the parts of an ARN. Raises `ValueError` if the string isn't an ARN."""
        arn = cls.read(text)
        if arn is None:
            raise ValueError(f"{text!r} isn't an ARN with six parts")
        return arn

    @property
    def kind(self) -> str:
        """The resource type, if it is a prefix: `role` in `role/ops/deploy`, `function` in `function:resize`."""
        return _NAME.split(self.resource, maxsplit=1)[0]

    @property
    def name(self) -> str:
        """The last part of the resource's path: `deploy` in `role/ops/deploy`, `queue` in `queue`."""
        return _NAME.split(self.resource)[-1]

    def __str__(self) -> str:
        return ":".join(("arn", *self))


def account_number_in(arn: str) -> str | None:
    """Return the 12-digit account ID in an ARN, or None if there isn't one (S3 buckets, AWS's policies, patterns)."""
    named = Arn.read(arn)
    return named.account if named is not None and _ACCOUNT.fullmatch(named.account) else None


def last_part(arn: str) -> str:
    """Return the part of an ARN that names the resource. For an S3 object, it is the bucket and the whole key.

    A key can contain colons, for example in a folder that is named after an identity ID.
    """
    _, found, object_name = arn.partition(":s3:::")
    return object_name if found else arn.rpartition(":")[2]


def bucket_of(resource: str) -> str:
    """Return the name or pattern of an S3 resource's bucket, or "" for a resource of another service."""
    before, _, path = resource.partition("arn:aws:s3:::")
    return "" if before else path.partition("/")[0]


def is_in_bucket(resource: str, bucket: str) -> bool:
    """Return whether the policy of a bucket can contain a resource. S3 rejects resources outside the bucket."""
    return resource == "*" or matcher(bucket_of(resource)).fullmatch(bucket) is not None
