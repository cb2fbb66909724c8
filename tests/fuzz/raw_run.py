"""Sends the requests of `raw` to a cloud, and reports the requests that were accepted by mistake. The promises: a value
of another type is rejected with a code of its protocol before any policy is evaluated or anything is performed, and is
recorded; an additional member is ignored or rejected, and reaches no code that would read it.
"""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from typing import Any

import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.moto import protocols
from tests.fuzz.calls import operations
from tests.fuzz.raw import Raw, broken
from tests.fuzz.run import given_options
from tests.fuzz.world import furnish

_REFUSED = 400, 404, 405


class RawRun:
    """`made` counts the requests by what was broken in them, `faults` lists broken promises."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        self.made: Counter[str] = Counter()
        self.faults: list[str] = []
        self._asked = False
        self._read: list[bytes] = []
        cloud._gate._answer = self._answer  # type: ignore[method-assign]

    def _answer(self, call: Call, reading: Any) -> Answer:
        """A replacement for the gate's second half, which authorizes and performs."""
        self._asked = True
        self._read.append(reading.request.get_data())
        return Answer(200, {}, "")

    def all(self, one_in: int = 1, only: set[str] | None = None) -> None:
        """Send every request, or one of `one_in`; with `only`, of these services."""
        last, world = None, dict[str, Any]()
        for service, operation in operations():
            if only is not None and service not in only:
                continue
            if service != last:
                last, world = service, _furnished(self.cloud, service)
            dice = random.Random(f"{service} {operation}")
            for raw in broken(service, operation, world, dice):
                if one_in == 1 or dice.randrange(one_in) == 0:
                    self.one(raw)

    def one(self, raw: Raw) -> None:
        before, self._asked = len(self.cloud.record), False
        self.made[raw.kind] += 1
        try:
            status = self.cloud._gate.process(self._signed(raw).prepare())[0]
        except NotModelled as error:
            self._fault(raw, f"isn't modeled: {error}")
            return
        except Exception as error:
            self._fault(raw, f"raises {error!r}")
            return
        if raw.kind != "surplus" and (self._asked or status not in _REFUSED):
            self._fault(raw, f"is taken: {status}")
        elif raw.kind == "surplus" and status >= 500:
            self._fault(raw, f"is answered with {status}")
        elif raw.kind == "surplus" and self._asked and "NoSuchMember" in self._read[-1].decode():
            self._fault(raw, "is handed on as it is")
        if len(self.cloud.record) == before:
            self._fault(raw, "is not in the record")

    def _signed(self, raw: Raw) -> AWSRequest:
        request = AWSRequest(method=raw.method, url=raw.url, headers=dict(raw.headers), data=raw.body)
        keys = boto3.Session().get_credentials().get_frozen_credentials()
        name = protocols.signing_name(raw.service)
        (S3SigV4Auth if name == "s3" else SigV4Auth)(keys, name, "us-east-1").add_auth(request)
        return request

    def _fault(self, raw: Raw, what: str) -> None:
        self.faults.append(f"{raw.service}:{raw.operation} ({raw.kind}: {raw.what}) {what}")


def _furnished(cloud: Cloud, service: str) -> dict[str, Any]:
    """Create the world that a service's calls can name in a new cloud, while the gate still works as usual."""
    instead = cloud._gate.__dict__.pop("_answer")
    try:
        cloud.reset()
        return furnish(service)
    finally:
        cloud._gate._answer = instead  # type: ignore[method-assign]


def main() -> int:
    """Send everything, as `make fuzz` does, and print the results."""
    given = given_options(__doc__)
    logging.getLogger("labs_helpers").setLevel(logging.CRITICAL)
    with Cloud(seed=given.seed) as cloud:
        run = RawRun(cloud)
        run.all(given.one_in, set(given.only) if given.only else None)
    for line in run.faults:
        print(line)
    print(
        f"{sum(run.made.values())} broken requests, {json.dumps(run.made)}; {len(run.faults)} broken promises"
    )
    return 1 if run.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
