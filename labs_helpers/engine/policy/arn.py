"""The one form of an ARN: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = re.compile(r"[:/]")


class Arn(NamedTuple):
    """`arn:partition:service:region:account:resource`, part by part. Region and account are empty where it has none."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def read(cls, text: str) -> Arn | None:
        """The parts of an ARN, or of a pattern of ARNs; None for what has not six or begins otherwise."""
        first, *parts = text.split(":", 5)
        return cls(*parts) if first == "arn" and len(parts) == 5 else None

    @classmethod
    def parse(cls, text: str) -> Arn:
        """The parts of what is known to be an ARN. Raises `ValueError` for what is none."""
        found = cls.read(text)
        if found is None:
            raise ValueError(f"{text!r} is no ARN of six parts")
        return found

    @property
    def kind(self) -> str:
        """The kind of resource, where the resource begins with it: `role` of `role/ops/deploy`, `function` of
        `function:resize`."""
        return _NAME.split(self.resource, maxsplit=1)[0]

    @property
    def name(self) -> str:
        """The last part of the resource's path: `deploy` of `role/ops/deploy`, `queue` of `queue`."""
        return _NAME.split(self.resource)[-1]

    def __str__(self) -> str:
        return ":".join(("arn", *self))
