"""The recorder, which records the calls of a foothold's boto3 sessions as they are made.

It uses botocore's events, so the sessions are ordinary ones.
https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.response import StreamingBody

from labs_helpers.course.days.day6.capstone_scoreboard import ProbeRunner
from labs_helpers.course.days.day6.league.attack_log import LoggedCall, Path, keys_in, logged, places
from labs_helpers.course.days.day6.league.league_rules import Flag, Foothold
from labs_helpers.course.days.day6.league.planting import Planted
from labs_helpers.course.days.day6.league.replay import address_of, names_of
from labs_helpers.course.shown.mistakes import Mistake

_SHORTEST_NAME = 6
"""The minimum length of a value that the log replaces with its name in the company, such as `<prod>`."""


class Recorder:
    """The calls of an attack, and the flags in their responses."""

    def __init__(
        self, runner: ProbeRunner, planted: Planted, foothold: Foothold, before_call: Callable[[], None]
    ) -> None:
        """Begin with no calls. `before_call` raises an error if another call isn't possible."""
        self._runner, self._planted, self._foothold = runner, planted, foothold
        self._before_call = before_call
        self._names = {
            value: name
            for name, value in sorted(names_of(runner, planted).items(), key=lambda item: -len(item[1]))
            if len(value) >= _SHORTEST_NAME
        }
        self._places: dict[str | bytes, Path] = {planted.ciphertext: ("flag", "CiphertextBlob")}
        self._open: list[ExitStack] = []
        self.calls: list[LoggedCall] = []
        self.answers: list[Any] = []
        self.taken: set[Flag] = set()
        self.principals: set[str] = set()
        self.event_ids: list[str] = []

    def session(self, who: str) -> boto3.Session:
        """Return a session with an actor's credentials. Raises `Mistake` if the actor has no credentials."""
        cast = self._runner.cast
        if cast.keys.get(who) is None:
            raise Mistake(f"{who} has no credentials in this company: {cast.absent.get(who, 'none exist')}.")
        return self._made(dict(cast.keys[who] or {}), {"who": who})

    def session_of(self, answer: Mapping[str, Any]) -> boto3.Session:
        """Return a session with the credentials in a response to one of the attack's calls. Raises `Mistake`."""
        keys = keys_in(answer)
        if keys is None:
            raise Mistake(
                "This response doesn't contain credentials.",
                "AssumeRole and CreateAccessKey return credentials.",
            )
        for number, earlier in enumerate(self.answers):
            if keys_in(earlier) == keys:
                return self._made(keys, {"session": number})
        raise Mistake("These credentials aren't from a call in this attack.")

    def _made(self, keys: Mapping[str, str], whose: Mapping[str, Any]) -> boto3.Session:
        session = boto3.Session(
            keys["AccessKeyId"],
            keys["SecretAccessKey"],
            keys.get("SessionToken"),
            region_name=self._runner.company.known["home"],
        )
        session.events.register_first(
            "provide-client-params",
            lambda params, model, context, **_: self._begin(params, model, context, whose),
        )
        session.events.register("before-call", lambda context, **_: self._before(context))
        session.events.register("after-call", lambda parsed, context, **_: self._after(parsed, context))
        session.events.register("after-call-error", lambda context, **_: self._after({}, context))
        return session

    def _begin(self, params: Any, model: Any, context: Any, whose: Mapping[str, Any]) -> None:
        self._before_call()
        config = context.get("client_config")
        region = context.get("client_region") or self._runner.company.known["home"]
        context["league"] = LoggedCall(
            **whose,
            unsigned=config is not None and config.signature_version is UNSIGNED,
            service=model.service_model.service_name,
            region=logged(region, self._names, {}),
            operation=model.name,
            parameters=logged(params, self._names, self._places),
        )

    def _before(self, context: Any) -> None:
        while self._open:  # left by a call that was never sent
            self._open.pop().close()
        cloud = self._runner.cloud
        stack = ExitStack()
        stack.enter_context(cloud.calling_from(address_of(self._foothold, context["league"].who)))
        cloud.record.listeners.append(self._listen)
        stack.callback(cloud.record.listeners.remove, self._listen)
        self._open.append(stack)

    def _listen(self, entry: Any) -> None:
        self.event_ids.append(entry.event_id)
        if entry.principal_arn is not None and not entry.via_service:
            self.principals.add(entry.principal_arn)

    def _after(self, parsed: Any, context: Any) -> None:
        self._open.pop().close()
        failed = not parsed or parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 200) >= 300
        answer = (
            {} if failed else {name: _read(parsed, name) for name in parsed if name != "ResponseMetadata"}
        )
        number = len(self.calls)
        self.calls.append(context["league"])
        self.answers.append(answer)
        for value, path in places(answer, (number,)):
            if value not in self._names:
                self._places.setdefault(value, path)
        self.taken |= self._planted.in_answer(answer)


def _read(parsed: dict[str, Any], name: str) -> Any:
    """Return a member of a response; an object's content is read, and can be read again."""
    value = parsed[name]
    if not hasattr(value, "read"):
        return value
    content = value.read()
    parsed[name] = StreamingBody(io.BytesIO(content), len(content))
    return content
