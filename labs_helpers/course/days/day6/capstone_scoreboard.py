"""The capstone's scoreboard: every probe, run as real calls, and its result.

An attack is stopped if AWS denies it for lack of permission; an attack that fails for another reason is treated as a
success. The effects of attacks and work are reverted, so that the company is unchanged afterward. The module
scoreboard_page draws the result. Day 1 has a different scoreboard, for its attacks:
labs_helpers.course.days.day1.widgets.attack_board.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from labs_helpers.course.days.day6.actors import ACTORS, CredentialCollector, Credentials
from labs_helpers.course.days.day6.blueprint import filled
from labs_helpers.course.days.day6.build import restore
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.company_probes import Act, Probe, standing
from labs_helpers.course.shown.mistakes import UnknownName
from labs_helpers.course.situations.described_calls import as_text, with_kept
from labs_helpers.course.situations.identity_clients import client_as
from labs_helpers.course.situations.staging import error_text, member

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Entry, Judgement

Reporter = Callable[[int, int, str], None]
"""A progress callback: the probe's number, the number of all probes, and the title of the next probe."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A probe's result.

    `said` is AWS's response, or the reason that the probe couldn't run; `why` names the policies that determined the
    decision. `judged` is the decision itself: the denial, or what allowed the call.
    """

    probe: Probe
    right: bool
    said: str
    why: str = ""
    event_id: str | None = None
    time: datetime | None = None
    judged: Judgement | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """The results of all probes, the trail's records of the calls (as the auditor read them), and the duration."""

    outcomes: tuple[Outcome, ...]
    records: tuple[Mapping[str, Any], ...] = ()
    unread: str = ""
    """The reason that the auditor couldn't read the logs, or empty if she could read them."""
    seconds: float = field(default=0.0, compare=False)

    @property
    def red(self) -> tuple[str, ...]:
        """The IDs of the probes with a wrong result."""
        return tuple(one.probe.id for one in self.outcomes if not one.right)

    @property
    def green(self) -> int:
        """The number of probes with the right result."""
        return len(self.outcomes) - len(self.red)

    def __bool__(self) -> bool:
        return not self.red

    def __repr__(self) -> str:
        return f"<Report: {self.green} of {len(self.outcomes)} probes are green>"


def run(company: Company, probes: Sequence[Probe] | None = None, *, told: Reporter | None = None) -> Report:
    """Collect the actors' credentials, run each probe, and return the results.

    A denial by AWS doesn't raise an error.
    """
    begun = time.perf_counter()
    company.renew()
    chosen = standing() if probes is None else tuple(probes)
    runner = ProbeRunner(company, CredentialCollector(company).collect())
    runner.undo_the_rest()
    outcomes: dict[str, Outcome] = {}
    later = [probe for probe in chosen if probe.seen is not None]
    for number, probe in enumerate([probe for probe in chosen if probe.seen is None], 1):
        if told:
            told(number, len(chosen), probe.title)
        outcomes[probe.id] = runner.probe(probe)
    records, unread = runner.read_logs()
    for number, probe in enumerate(later, len(chosen) - len(later) + 1):
        if told:
            told(number, len(chosen), probe.title)
        outcomes[probe.id] = _search_logs(probe, records, unread, runner.known)
    ordered = tuple(outcomes[probe.id] for probe in chosen)
    return Report(ordered, tuple(records), unread, time.perf_counter() - begun)


class ReadLogs:
    """The log files that the auditor has already read. The cloud keeps this object."""

    def __init__(self) -> None:
        self.keys: set[str] = set()


class NotUndone:
    """The calls that should have undone the effects of probes, but that policies denied.

    The cloud keeps this object for the next scoreboard.
    """

    def __init__(self) -> None:
        self.acts: list[tuple[Act, dict[str, Any]]] = []


class ProbeRunner:
    """A runner that makes the calls of probes in one company."""

    def __init__(self, company: Company, cast: Credentials) -> None:
        self.company, self.cloud, self.cast = company, company.cloud, cast
        instances = {
            f"instance:{name}": id for (section, name), id in company.ids.items() if section == "instances"
        }
        store = {"directory": company.ids["center", "store"]}
        self.known = {**company.known, **instances, **store, **cast.known}
        self.kept: dict[str, Any] = {}
        self.heard: list[Entry] = []
        """The entries recorded since the current call began."""

    def probe(self, probe: Probe) -> Outcome:
        """Set up a probe, make its call, undo its effects, and return the outcome."""
        if probe.who not in self.cast.keys and probe.who != "platform":
            return Outcome(probe, probe.kind == "attack", f"no credentials: {self.cast.absent[probe.who]}")
        try:
            for act in probe.before:
                self.call(act)
        except (ClientError, BotoCoreError, LookupError) as error:
            # A legitimate or careless user makes the calls that an attack requires: if they fail, the probe shows
            # nothing.
            stopped = probe.kind == "attack" and (
                self._service_call_refused() or self._token_is_missing(error)
            )
            self.undo(probe.undo, probe.restore)
            return Outcome(probe, stopped, f"an earlier call failed: {error_text(error)}")
        try:
            answer = self.call(probe)
        except (ClientError, BotoCoreError, LookupError) as error:
            outcome = self._after_refusal(probe, error)
            if probe.before:
                self.undo(probe.undo, probe.restore)
            return outcome
        outcome = self._after_answer(probe, answer)
        self.undo(probe.undo, probe.restore)
        return outcome

    def call(self, act: Act) -> Any:
        """Make an act's call as its actor and return the response, with an object's content as bytes.

        Raises `ClientError` or `LookupError` if the call fails.
        """
        client = self._client(act)
        given = with_kept(filled(act.parameters, self.known), self.kept)
        self.heard.clear()
        self.cloud.record.decided = ()
        address = act.address or ACTORS[act.who].address
        with self.cloud.calling_from(address), _recording(self.cloud, self.heard):
            answer = getattr(client, act.call)(**as_text(client, act.call, given))
        if act.keep:
            self.kept[act.keep] = answer
        if "Body" in answer and act.service == "s3":
            answer["Body"] = answer["Body"].read()
        return answer

    def client_of(self, actor: str, service: str) -> Any:
        """Return a client that makes calls as an actor, from the actor's address.

        Raises `LookupError` for an unknown or absent actor.
        """
        if actor not in ACTORS:
            raise UnknownName(f"there is no actor {actor!r:.40}; the actors are {', '.join(ACTORS)}")
        return ActorClient(self.cloud, self._client(Act(who=actor, service=service, call="call")), actor)

    def _client(self, act: Act) -> Any:
        region = filled(act.region, self.known) if act.region else self.company.known["home"]
        if act.who == "platform":
            return self.company.client(act.service, act.account or "management", region)
        if act.who not in self.cast.keys:
            raise UnknownName(f"{act.who} has no credentials: {self.cast.absent[act.who]}")
        keys = with_kept(act.session, self.kept) if act.session else self.cast.keys[act.who]
        if not act.tls:
            assert keys is not None
            session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
            return session.client(act.service, region_name=region, use_ssl=False)
        return client_as(self.cloud, keys, act.service, region)

    def undo(self, acts: Sequence[Act], places: Sequence[str]) -> None:
        """Make these calls and restore the parts of the blueprint at these paths, ignoring failures.

        A call that a policy denies is made again before the next scoreboard, when the company might have been changed.
        """
        for act in acts:
            try:
                self.call(act)
            except (ClientError, BotoCoreError, LookupError):
                if self._service_call_refused():
                    self.cloud.part(NotUndone).acts.append((act, dict(self.kept)))
        for place in places:
            section, _, name = place.partition("/")
            with suppress(ClientError, LookupError):
                restore(self.company, section, name)

    def undo_the_rest(self) -> None:
        """Repeat the calls that should have undone the effects of earlier scoreboards, but were denied."""
        rest, self.cloud.part(NotUndone).acts = self.cloud.part(NotUndone).acts, []
        for act, kept in rest:
            self.kept = kept
            self.undo((act,), ())
        self.kept = {}

    def _after_answer(self, probe: Probe, answer: Any) -> Outcome:
        entry = self._entry(answer["ResponseMetadata"].get("RequestId"))
        unlike = [name for name, value in probe.answers.items() if not self._is(member(answer, name), value)]
        right = probe.kind == "work" and not unlike
        said = f"it works, but {unlike[0]} has an unexpected value" if unlike else "it works"
        judged = next(iter(self.cloud.record.decided), None)
        return Outcome(probe, right, said, self._allowed_by(entry), *_event(entry), judged)

    def _after_refusal(self, probe: Probe, error: Exception) -> Outcome:
        request = (
            error.response.get("ResponseMetadata", {}).get("RequestId")
            if isinstance(error, ClientError)
            else None
        )
        entry = self._entry(request)
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        refused = (entry is not None and self._was_refused(entry)) or code in probe.codes
        refused = refused or self._service_call_refused() or self._token_is_missing(error)
        right = probe.kind == "attack" and refused
        judged = next((each.refusals[-1] for each in reversed(self.heard) if each.refusals), None)
        return Outcome(probe, right, error_text(error), _refused_by(entry), *_event(entry), judged)

    def _is(self, value: Any, expected: Any) -> bool:
        """Return True if a value is the expected one, in which names in angle brackets may occur."""
        try:
            return bool(value == filled(expected, self.known))
        except LookupError:
            return False

    def _entry(self, request_id: str | None) -> Entry | None:
        for entry in self.heard:
            if entry.request_id == request_id:
                return entry
        return self.heard[-1] if self.heard else None

    def _service_call_refused(self) -> bool:
        """Return True if a call that a service made on the caller's behalf was denied, such as S3's call to KMS."""
        return any(map(self._was_refused, self.heard))

    def _was_refused(self, entry: Entry) -> bool:
        """Return True if policies denied the call.

        AWS returns the same error for a role that doesn't exist. No policy denied that call, so the result is False.
        """
        asked = entry.parameters.get("RoleArn") if entry.service == "sts" else None
        return entry.refused and (asked is None or asked in self.cloud.identities())

    def _token_is_missing(self, error: Exception) -> bool:
        """Return True if the attacker lacks a token because Cognito did not issue it."""
        return isinstance(error, LookupError) and "<token:" in str(error)

    def _allowed_by(self, entry: Entry | None) -> str:
        """Describe the statements that allowed the call."""
        from labs_helpers.course.grading.probes import because

        if entry is None or not entry.allowed or entry.principal_arn is None:
            return ""
        action, resource = entry.allowed[0]
        try:
            judged = self.cloud.judge(
                role_of_session(entry.principal_arn, self.cloud.identities()), action, resource
            )
        except (LookupError, ValueError):
            return ""
        return because(judged.decision) if judged.allowed else ""

    def read_logs(self) -> tuple[list[Mapping[str, Any]], str]:
        """Return the events in the log archive that are new to the auditor, and the reason if there are no such events.

        These reads are not recorded, because their own records would fill the archive.
        """
        if "auditor" not in self.cast.keys:
            return [], self.cast.absent["auditor"]
        bucket = filled("larkspur-logs-<logs>", self.known)
        s3 = client_as(self.cloud, self.cast.keys["auditor"], "s3", self.company.known["home"])
        read, records = self.cloud.part(ReadLogs), []
        try:
            with self.cloud.record.aside():
                for key in _log_files(s3, bucket):
                    if key not in read.keys:
                        packed = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                        records += json.loads(gzip.decompress(packed))["Records"]
                        read.keys.add(key)
        except ClientError as error:
            return [], error_text(error)
        return records, "" if records else "there are no logs"


class ActorClient:
    """A client whose calls come from an actor's address."""

    def __init__(self, cloud: Cloud, client: Any, actor: str) -> None:
        self._cloud, self._client, self._actor = cloud, client, actor

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)

        def call(**parameters: Any) -> Any:
            """Call the operation from the actor's address."""
            with self._cloud.calling_from(ACTORS[self._actor].address):
                return found(**parameters)

        return call


@contextmanager
def _recording(cloud: Cloud, entries: list[Entry]) -> Iterator[None]:
    """Append everything that is recorded within the block to the list."""
    listeners = cloud.record.listeners
    listeners.append(entries.append)
    try:
        yield
    finally:
        listeners.remove(entries.append)


def _log_files(s3: Any, bucket: str) -> Iterable[str]:
    more: dict[str, str] = {}
    while True:  # a paginator would sign with the keys that were used last
        page = s3.list_objects_v2(Bucket=bucket, Prefix="AWSLogs/", **more)
        for item in page.get("Contents", ()):
            if "/CloudTrail/" in item["Key"]:
                yield item["Key"]
        if not page["IsTruncated"]:
            return
        more = {"ContinuationToken": page["NextContinuationToken"]}


def _search_logs(
    probe: Probe, records: Sequence[Mapping[str, Any]], unread: str, known: Mapping[str, str]
) -> Outcome:
    assert probe.seen is not None
    text = filled(probe.seen.text, known)
    for record in records:
        if record["eventName"] == probe.seen.event and text in json.dumps(record):
            return Outcome(probe, True, f"found: {record['eventName']} at {record['eventTime']}")
    return Outcome(probe, False, unread or f"the logs contain no such {probe.seen.event}")


def _event(entry: Entry | None) -> tuple[str | None, datetime | None]:
    return (entry.event_id, entry.time) if entry is not None else (None, None)


def _refused_by(entry: Entry | None) -> str:
    from labs_helpers.course.grading.probes import because

    if entry is None or not entry.refusals:
        return ""
    return because(entry.refusals[-1].decision)


def role_of_session(arn: str, known: Sequence[str]) -> str:
    """Return the ARN of a session's role, with the path that the session's ARN omits."""
    if ":assumed-role/" not in arn:
        return arn
    account, name = arn.split(":")[4], arn.split("/")[1]
    for each in known:
        if each.split(":")[4] == account and ":role/" in each and each.endswith(f"/{name}"):
            return each
    return f"arn:aws:iam::{account}:role/{name}"
