"""Makes the calls of `calls` on a cloud, and reports the answers that break a promise. The promises: an answer is the
operation's output, a `ClientError`, or `NotModelled` if the cloud doesn't support the operation; the output has the
form that its shape requires; the call is in the record; and it takes no longer than `SLOWEST`.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.gate.failures import CODES as FAILURES
from tests.fuzz.calls import Made, calls, operations
from tests.fuzz.world import furnish

SLOWEST = 2.0
"""Seconds."""
_OF_PYTHON = re.compile(r"\{'\w|\['|'None'|ID None| object at 0x|<class '|dict_keys")
"""What the text of an error contains if a value of Python was put into it."""


class Run:
    """A run of the generator: `made` counts the calls by what came of them, `broken` lists broken promises."""

    def __init__(self, cloud: Cloud, seed: int):
        self.cloud, self.seed = cloud, seed
        self.made: Counter[str] = Counter()
        self.broken: list[str] = []
        self.failures: dict[str, str] = {}
        self._clients: dict[str, Any] = {}
        self._sent = False

    def all(self, one_in: int = 1, only: set[str] | None = None) -> None:
        """Make every call, or one of `one_in`; with `only`, of these services."""
        dice = random.Random(self.seed)
        world: dict[str, Any] = {}
        last = None
        for service, operation in operations():
            if only is not None and service not in only:
                continue
            if service != last:
                self.cloud.reset()
                self._clients.clear()
                world, last = furnish(service), service
            # INVARIANT: the dice of an operation do not depend on which other operations were asked before.
            own = random.Random(f"{self.seed} {service} {operation}")
            for number, made in enumerate(calls(service, operation, world, own)):
                if one_in == 1 or (number < 2 and dice.random() < 0.5) or dice.randrange(one_in) == 0:
                    self.one(made)

    def one(self, made: Made) -> None:
        """Make one call, and note what was wrong with its answer."""
        client = self._client(made.service)
        before, self._sent = len(self.cloud.record), False
        last = self.cloud.record[-1] if before else None
        outcome, took = self._timed(client, made)
        self.made[outcome] += 1
        if outcome == "not sent":
            return
        # A machine that is busy makes a call slow now and then, not twice.
        if took > SLOWEST and (again := self._timed(client, made)[1]) > SLOWEST:
            self._break(made, f"took {took:.1f} s, and {again:.1f} s again")
        recorded = len(self.cloud.record) and self.cloud.record[-1] is not last
        if outcome not in ("not modelled", "no operation") and not recorded:
            self._break(made, "is not in the record")

    def _timed(self, client: Any, made: Made) -> tuple[str, float]:
        """Return the result of a call, and how long it took: CPU time, or real time if something sleeps for long."""
        start, real = time.process_time(), time.perf_counter()
        outcome = self._ask(client, made)
        return outcome, max(time.process_time() - start, (time.perf_counter() - real) / 20)

    def _ask(self, client: Any, made: Made) -> str:
        method = client._PY_TO_OP_NAME
        name = next(python for python, operation in method.items() if operation == made.operation)
        try:
            answer = getattr(client, name)(**made.parameters)
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            words = error.response["Error"].get("Message") or ""
            if _OF_PYTHON.search(words):
                self._break(made, f"an error with values of Python: {words:.200}")
            if code in FAILURES:
                self.failures.setdefault(f"{made.service}:{made.operation}", made.varied)
            if code == "UnknownOperationException" and "" in made.parameters.values():
                return "no operation"  # Without an empty part the URL is no operation's, and AWS has no name to record.
            if code == "MethodNotAllowed" and made.varied == "without UploadId":
                return "no operation"  # So is POST /bucket/key, which CompleteMultipartUpload is without its upload.
            if not code:
                self._break(made, f"an error without a code: {error.response}")
            return "failed within" if code in FAILURES else "refused"
        except NotModelled:
            return "not modelled"
        except Exception as error:
            if not self._sent:
                return "not sent"  # botocore's serializer could not write it.
            self._break(made, f"{type(error).__name__}: {error}"[:300])
            return "raised"
        if self.cloud.record[-1].operation != made.operation:
            return "another"  # Without its last part the URL is another operation's: GET /bucket?inventory lists.
        shape = client.meta.service_model.operation_model(made.operation).output_shape
        if shape is not None:
            for fault in faults(answer, shape, made.operation):
                self._break(made, fault)
        return "answered"

    def _break(self, made: Made, what: str) -> None:
        self.broken.append(f"{made.service}:{made.operation} ({made.varied}) {what}")

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
            client = boto3.client(service, config=config)
            client.meta.events.register_first("request-created", self._is_sent)
            self._clients[service] = client
        return self._clients[service]

    def _is_sent(self, **_: Any) -> None:
        self._sent = True


def faults(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Yield where an answer, as botocore reads it, doesn't match its shape: members of another type, and missing
    required members.
    """
    if value is None or shape.name == "policyDocumentType":
        return  # botocore makes them of an empty text (S3's us-east-1) and of IAM's documents.
    if value == {} and shape.name == "CustomDomainConfigType":
        return  # What AWS answers of a prefix domain, by its example of `aws cognito-idp describe-user-pool-domain`.
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            yield f"{path} is no structure: {value!r:.80}"
            return
        if shape.metadata.get("eventstream") or shape.metadata.get("document"):
            return
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"{path} lacks {name}"
        for name, member in value.items():
            if name in shape.members:
                yield from faults(member, shape.members[name], f"{path}.{name}")
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{path} is no list: {value!r:.80}"
            return
        for member in value[:20]:
            yield from faults(member, shape.member, f"{path}[]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield f"{path} is no map: {value!r:.80}"
            return
        for member in list(value.values())[:20]:
            yield from faults(member, shape.value, f"{path}{{}}")
    else:
        yield from _scalar_faults(value, shape, path)


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "character": (str,), "integer": (int,), "long": (int,), "boolean": (bool,),
    "float": (float, int), "double": (float, int),
}  # fmt: skip


_BEYOND_MODEL = frozenset((("AttachmentStatus", "available"), ("LastUpdateStatusReasonCode", "Creating")))
"""Values that AWS answers and botocore's models lack: an attached internet gateway's state, and a function's update.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html, its example
"""


def _scalar_faults(value: Any, shape: Shape, path: str) -> Iterator[str]:
    kinds = _TYPES.get(shape.type_name)
    if kinds is not None and (
        not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
    ):
        yield f"{path} is no {shape.type_name}: {value!r:.80}"
    # Case: EC2 itself answers `windows` and `available` where its model has Windows and Available.
    elif (shape.name, value) in _BEYOND_MODEL:
        return
    elif getattr(shape, "enum", None) and value.lower() not in [each.lower() for each in shape.enum]:
        yield f"{path} is none of its values: {value!r:.80}"


def given_options(about: str | None) -> argparse.Namespace:
    """Return the options in FUZZ_ARGS, which both halves of `make fuzz` take."""
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--one-in", type=int, default=1)
    options.add_argument("--only", nargs="*")
    return options.parse_args()


def main() -> int:
    """Make all calls, as `make fuzz` does, and print the results."""
    given = given_options(__doc__)
    logging.getLogger("labs_helpers").setLevel(logging.CRITICAL)
    with Cloud(seed=given.seed) as cloud:
        run = Run(cloud, given.seed)
        run.all(given.one_in, set(given.only) if given.only else None)
    for line in run.broken:
        print(line)
    for operation, varied in run.failures.items():
        print(f"{operation} failed within: {varied}")
    print(
        f"seed {given.seed}: {sum(run.made.values())} calls, {dict(run.made)}; {len(run.broken)} broken promises,"
    )
    print(f"{len(run.failures)} operations failed within")
    return 1 if run.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
