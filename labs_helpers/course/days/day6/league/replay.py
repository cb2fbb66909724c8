"""The replay of an attack: its calls are made again in a new cloud, and only what is taken there counts as captured."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from labs_helpers.cloud import NotModelled, modelled_services
from labs_helpers.course.days.day6.actors import ACTORS
from labs_helpers.course.days.day6.capstone_scoreboard import ProbeRunner
from labs_helpers.course.days.day6.league.attack_log import AttackLog, LoggedCall, keys_in, read_back
from labs_helpers.course.days.day6.league.league_rules import Flag, Foothold, rules
from labs_helpers.course.days.day6.league.planting import Planted, Watch, is_administrator


@dataclass
class Replayed:
    """The result of a replay: the flags that were taken, and the answer or error of each call."""

    taken: set[Flag] = field(default_factory=set)
    said: list[str] = field(default_factory=list)


def replay(runner: ProbeRunner, planted: Planted, log: AttackLog) -> Replayed:
    """Make the calls of an attack. A call that fails, for whatever reason, isn't an error."""
    made, foothold = Replayed(), rules().foothold(log.foothold)
    watch, attacker = Watch(runner), _Attacker(runner, planted, foothold)
    for call in log.calls:
        made.taken |= planted.in_answer(attacker.call(call))
        made.said.append(attacker.said)
    made.taken |= conclusions(planted, watch, attacker.principals, attacker.event_ids, foothold)
    return made


def conclusions(
    planted: Planted, watch: Watch, principals: set[str], event_ids: list[str], foothold: Foothold
) -> set[Flag]:
    """Return the flags that were taken without appearing in a response: `administrator` and `trail`."""
    taken: set[Flag] = set()
    with planted.company.cloud.calling_from(address_of(foothold, foothold.actors[0])):
        if any(is_administrator(planted, principal) for principal in principals):
            taken.add("administrator")
    if watch.trail_is_taken(event_ids):
        taken.add("trail")
    return taken


def address_of(foothold: Foothold, who: str) -> str:
    """Return the IP address from which an actor of a foothold makes calls."""
    return foothold.address or ACTORS[who or foothold.actors[0]].address


def names_of(runner: ProbeRunner, planted: Planted) -> dict[str, str]:
    """Return the values of the names in angle brackets that a foothold can use."""
    return {**runner.known, **planted.known}


class _Attacker:
    def __init__(self, runner: ProbeRunner, planted: Planted, foothold: Foothold) -> None:
        self._runner, self._planted, self._foothold = runner, planted, foothold
        self._answers: dict[Any, Any] = {"flag": {"CiphertextBlob": planted.ciphertext}}
        self.said = ""
        self.principals: set[str] = set()
        self.event_ids: list[str] = []

    def call(self, call: LoggedCall) -> Any:
        """Make a call and return its response, or {} if it fails. `said` describes what happened."""
        answer: Any = {}
        cloud = self._runner.cloud
        with ExitStack() as stack:
            stack.enter_context(cloud.calling_from(address_of(self._foothold, call.who)))
            cloud.record.listeners.append(self._listen)
            stack.callback(cloud.record.listeners.remove, self._listen)
            try:
                answer = self._answer(call)
                self.said = "it works"
            except (ClientError, BotoCoreError, LookupError, ValueError, TypeError, NotModelled) as error:
                self.said = f"{type(error).__name__}: {error}"[:200]
        self._answers[len(self._answers) - 1] = answer
        return answer

    def _listen(self, entry: Any) -> None:
        self.event_ids.append(entry.event_id)
        if entry.principal_arn is not None and not entry.via_service:
            self.principals.add(entry.principal_arn)

    def _answer(self, call: LoggedCall) -> Any:
        client = self._client(call)
        known = names_of(self._runner, self._planted)
        parameters = read_back(call.parameters, known, self._answers)
        method = xform_name(call.operation)
        if method not in client.meta.method_to_api_mapping:
            raise LookupError(f"{call.service} has no operation {call.operation:.40}")
        answer = getattr(client, method)(**parameters)
        return {name: _content(each) for name, each in answer.items() if name != "ResponseMetadata"}

    def _client(self, call: LoggedCall) -> Any:
        if call.service not in modelled_services():
            raise LookupError(f"there is no service {call.service!r:.40}")
        keys = (
            self._runner.cast.keys.get(call.who)
            if call.session is None
            else keys_in(self._answers[call.session])
        )
        if keys is None and not call.unsigned:
            raise LookupError("these credentials don't exist")
        region = read_back(call.region, self._runner.known, {})
        config = Config(signature_version=UNSIGNED) if call.unsigned else None
        given = keys or {"AccessKeyId": "none", "SecretAccessKey": "none"}
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken"))
        return session.client(call.service, region_name=region, config=config)


def _content(value: Any) -> Any:
    """Return an object's content as bytes, and every other member of a response as it is."""
    return value.read() if hasattr(value, "read") else value
