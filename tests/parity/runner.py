"""Runs scenarios: people and stage, setups, calls, and, in every case, the cleanup."""

from __future__ import annotations

import html
import re
import time
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from functools import partial
from typing import Any

import requests
from botocore.exceptions import BotoCoreError, ClientError

from labs_helpers.cloud import NotModelled
from tests.parity.callers import Callers
from tests.parity.fill import Unknown, fill
from tests.parity.journal import Journal
from tests.parity.normalize import Normalizer
from tests.parity.shapes import ADMIN, Answer, Call, Group, Recorded, Scenario
from tests.parity.targets import REGION, Target
from tests.parity.undo import GONE

PREFIX = "labs-parity"
NOT_MODELLED = "the cloud refuses it by name"
_RETRIED = 6
"""How often a set-up call is made until it is given up: AWS may not know yet what it builds on."""


class Run:
    """A run on a target. `run` is a part of all names, so that two runs never conflict."""

    def __init__(self, target: Target, run: str, journal: Journal):
        self.target, self.journal, self.run = target, journal, run
        who = target.administrator.client(
            "sts", region_name=REGION, endpoint_url=target.endpoint
        ).get_caller_identity()
        self.account = who["Account"]
        self._normalize = Normalizer(run, who["Account"], who["Arn"])
        journal.start(run=run, account=who["Account"], where=target.where)

    def all(
        self, groups: Iterable[Group], told: Callable[[str], None] = print
    ) -> Iterator[dict[str, Recorded]]:
        """Run groups one after the other, each with its cleanup. Yields the recorded answers, by scenario."""
        for group in groups:
            try:
                found = self.group(group)
            finally:
                left = clean(self.journal, self.target)
                told(
                    "\n".join(
                        [
                            f"{group.service}: {len(group.scenarios)} scenarios",
                            *(f"  left: {each}" for each in left),
                        ]
                    )
                )
            yield found

    def group(self, group: Group) -> dict[str, Recorded]:
        """Run a group's scenarios, without the clean-up."""
        kept: dict[str, Any] = {
            "prefix": f"{PREFIX}-{self.run}", "run": self.run, "account": self.account, "region": REGION,
        }  # fmt: skip
        callers = Callers(self.target, kept)
        broken = self._why_not(lambda: self._stage(callers, group, kept))
        failed: dict[str, str | None] = {}
        own: dict[str, MutableMapping[str, Any]] = {}
        for scenario in group.scenarios:
            own[scenario.name] = ChainMap({}, kept)
            failed[scenario.name] = broken or self._why_not(
                partial(self._set_up, callers, scenario.setup, own[scenario.name])
            )
        if any(scenario.setup for scenario in group.scenarios) or group.stage:
            self._settle()
        return {
            scenario.name: self._recorded(callers, scenario, own[scenario.name], failed[scenario.name])
            for scenario in group.scenarios
        }

    def _stage(self, callers: Callers, group: Group, kept: MutableMapping[str, Any]) -> None:
        """Create what the scenarios of a group share."""
        callers.stage(group, lambda method, sent: self._perform(callers, Call(method, sent), sent))
        if group.people or group.roles:
            self._settle()
        self._set_up(callers, group.stage, kept)
        calls = [call for scenario in group.scenarios for call in (*scenario.setup, *scenario.calls)]
        for name in sorted({call.caller for call in calls} & group.roles.keys()):
            callers.client(name, "sts")

    def _why_not(self, deed: Callable[[], None]) -> str | None:
        """Do something; return why it failed, or None."""
        try:
            deed()
        except (ClientError, BotoCoreError, Unknown, NotModelled) as error:
            return self._normalize.text(str(error))
        return None

    def _recorded(
        self, callers: Callers, scenario: Scenario, kept: MutableMapping[str, Any], failed: str | None
    ) -> Recorded:
        answers = () if failed else tuple(self._asked(callers, call, kept) for call in scenario.calls)
        return Recorded(scenario.service, scenario.digest, answers, failed)

    def _set_up(self, callers: Callers, calls: Iterable[Call], kept: MutableMapping[str, Any]) -> None:
        for call in calls:
            self._insist(callers, call, kept)

    def _insist(self, callers: Callers, call: Call, kept: MutableMapping[str, Any]) -> None:
        sent = fill(dict(call.parameters), kept)
        for attempt in range(_RETRIED):
            try:
                answer = self._perform(callers, call, sent)
            except ClientError:
                if not self.target.settle or attempt == _RETRIED - 1:
                    raise
                time.sleep(5)
            else:
                if call.keep:
                    kept[call.keep] = answer
                return

    def _asked(self, callers: Callers, call: Call, kept: MutableMapping[str, Any]) -> Answer:
        try:
            sent = fill(dict(call.parameters), kept)
        except Unknown as missing:
            return Answer(0, skipped=f"no {missing}")
        try:
            answer = self._perform(callers, call, sent)
        except ClientError as error:
            return self._refused(error.response, call.ignore)
        except NotModelled:
            return Answer(0, skipped=NOT_MODELLED)
        except Exception as error:  # an answer that the SDK can't read makes it raise anything
            return Answer(0, skipped=type(error).__name__)
        if call.keep:
            kept[call.keep] = answer
        status = answer.pop("ResponseMetadata", {}).get("HTTPStatusCode", 200)
        if status == 204:  # no body reaches a client by HTTP, whatever a server in the same process holds
            answer = {name: "" if hasattr(value, "read") else value for name, value in answer.items()}
        return Answer(status, self._normalize(answer, call.ignore))

    def _refused(self, response: Mapping[str, Any], ignore: Iterable[str]) -> Answer:
        error = dict(response.get("Error", {}))
        code, message = error.pop("Code", ""), error.pop("Message", None)
        if code == "NotModelled":
            return Answer(0, skipped=NOT_MODELLED)
        more = {name: value for name, value in response.items() if name not in ("Error", "ResponseMetadata")}
        # The SDK repeats the message of some protocols.
        members = error | {name: value for name, value in more.items() if value != message}
        return Answer(
            response["ResponseMetadata"]["HTTPStatusCode"], code=self._normalize.text(code),
            message=None if message is None else self._normalize.text(message),
            members=self._normalize(members, tuple(ignore)),
        )  # fmt: skip

    def _perform(self, callers: Callers, call: Call, sent: Mapping[str, Any]) -> Any:
        """Make a call, and write to the journal how to undo it."""
        number = self.journal.intend(call.method, sent)
        try:
            answer = _made(callers, call, sent)
        except ClientError:
            if number is not None:
                self.journal.done(number)
            raise
        if number is not None:
            self.journal.made(number, call.method, sent, answer)
        return answer

    def _settle(self) -> None:
        if self.target.settle:
            time.sleep(self.target.settle)


def _made(callers: Callers, call: Call, sent: Mapping[str, Any]) -> Any:
    client = callers.client(call.caller, call.service)
    name = call.method.rpartition(".")[2]
    if call.method.startswith("wait."):
        client.get_waiter(name).wait(**sent)
        return {}
    if call.method.startswith("url."):
        return _sent(client, name, dict(sent), dict(call.headers))
    return getattr(client, name)(**sent)


_BODY = "Body"
_ELEMENT = re.compile(r"<(\w+)>([^<]*)</\1>")
"""An element of an error document that holds text."""


def _sent(client: Any, name: str, sent: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Presign a call and send it, as a browser would. `Body` is sent and not signed."""
    body = sent.pop(_BODY, None)
    expires = sent.pop("ExpiresIn", 300)
    url = client.generate_presigned_url(name, Params=sent, ExpiresIn=expires)
    verb = "PUT" if name.startswith("put") else "DELETE" if name.startswith("delete") else "GET"
    answer = requests.request(verb, url, data=body, headers=headers, timeout=60)
    response: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": answer.status_code}}
    if answer.status_code < 400:
        return response | {"Body": answer.content, "ContentType": answer.headers.get("Content-Type", "")}
    error = {"Code": str(answer.status_code)}
    error |= {name: html.unescape(text) for name, text in _ELEMENT.findall(answer.text)}
    raise ClientError(response | {"Error": error}, name)


def clean(journal: Journal, target: Target) -> list[str]:
    """Undo everything that is open in a journal, newest first, and twice if a deletion takes time. Returns what is
    left.
    """
    callers = Callers(target, {})
    for attempt in range(2):
        reasons = []
        for number, steps in journal.to_undo:
            if reason := _taken_back(callers, steps):
                reasons.append(reason)
            else:
                journal.done(number)
        if not reasons:
            break
        if target.settle and attempt == 0:
            time.sleep(target.settle)
    return [*reasons, *(f"perhaps: {each}" for each in journal.unknown)]


def _taken_back(callers: Callers, steps: Iterable[tuple[str, Mapping[str, Any]]]) -> str | None:
    for method, sent in steps:
        try:
            if method == "parity.empty_bucket":
                _empty(callers.client(ADMIN, "s3"), sent["Bucket"])
            else:
                _made(callers, Call(method, sent), sent)
        except Exception as error:  # whatever it is, the rest is to be taken back
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
            if not any(each in code for each in GONE):
                return f"{method} {dict(sent)}: {error}"
    return None


def _empty(s3: Any, bucket: str) -> None:
    """Delete all versions of all objects of a bucket."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for each in page.get("Uploads", ()):
            s3.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])
