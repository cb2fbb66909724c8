"""A way in to be found: graded by what the learner really reached with a stolen key, as the record tells it.

The situation gives out keys that were stolen. Whoever calls with them, with a key that was made by them, or with a
session that was begun by them, is the intruder; whatever anybody else does in that account counts for nothing.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from botocore.exceptions import ClientError
from pydantic import Field

from labs_helpers.course.content.schema import AccountId, Model, Situation, Text
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Entry
    from labs_helpers.course.shown.display import Page

_GIVE_KEYS = frozenset(("CreateAccessKey", "AssumeRole", "GetSessionToken", "GetFederationToken"))
_KEY = re.compile(r"<AccessKeyId>(\w+)</AccessKeyId>")


class Treasure(Model):
    """The call that only those can make who have got in: boto3's name of the service, AWS's of the operation."""

    service: Text
    operation: Text
    parameters: dict[str, Any]

    def is_got_by(self, entry: Entry) -> bool:
        """Whether a recorded call is this one, and was answered."""
        return (entry.service, entry.operation, entry.error_code) == (
            self.service,
            self.operation,
            None,
        ) and self.parameters.items() <= entry.parameters.items()


class BreakIn(Exercise):
    kind: Literal["break_in"]
    situations: tuple[Situation, ...] = Field(min_length=1, max_length=1)
    account: AccountId
    """Where all this happens: an account of its own."""
    stolen: tuple[Text, ...] = Field(min_length=1)
    """The profiles whose keys the intruder begins with; the first is that of a user."""
    treasure: Treasure
    ends: dict[Literal["herself", "user", "role"], Text]
    """As whom the treasure must be reached, and what is said of an end that nobody came to."""

    live = True
    units: ClassVar[str] = "ends"

    @property
    def tried(self) -> int:
        return len(self.ends)

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        from labs_helpers.course.situations import staging

        cloud = self.needed(cloud)
        if not staging.stands(cloud, self, 1):
            message = f'Nothing is set up to break into: `day.situation("{self.id}")`'
            return CheckResult(False, self.id, (message,), counts=False)
        intrusion = _Intrusion(self, cloud)
        if intrusion.helped_by is not None:
            return CheckResult(False, self.id, (_helped(self.id, intrusion.helped_by),))
        missing = tuple(said for end, said in self.ends.items() if end not in intrusion.reached)
        return CheckResult(not missing, self.id, missing)

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """An intruder tries: what is refused stops nobody from trying the next thing."""
        from labs_helpers.course.content.schema import Step
        from labs_helpers.course.situations import staging

        staging.set_up(cloud, self, 1)
        for step in answer:
            with contextlib.suppress(ClientError, LookupError):
                staging.perform(cloud, [Step.model_validate(step)])
        return None

    def show(self, page: Page) -> None:
        page.say("Set it up, and see the call that is refused, with:").code(f'day.situation("{self.id}")')
        page.say(f'Went astray? `day.begin_anew("{self.id}")` sets everything up again.')

    def solution_code(self) -> str:
        from labs_helpers.course.situations.staging import as_python

        return "\n".join(as_python(step) for step in self.solution)


class _Intrusion:
    """What the record tells: as whom the treasure was reached, and the first change that was somebody else's."""

    def __init__(self, exercise: BreakIn, cloud: Cloud) -> None:
        self._exercise = exercise
        keys = [cloud.keys(profile) for profile in exercise.stolen]
        self._keys = {key["AccessKeyId"] for key in keys if key is not None}
        self._owner: str | None = None
        self.reached: set[str] = set()
        self.helped_by: Entry | None = None
        for entry in _since_set_up(exercise, cloud):
            self._follow(entry)

    def _follow(self, entry: Entry) -> None:
        if entry.access_key_id not in self._keys:
            if self.helped_by is None and _changes(entry, self._exercise.account):
                self.helped_by = entry
            return
        self._owner = (
            self._owner or entry.principal_arn
        )  # the first call is that of the situation, as the user
        if entry.error_code is None and entry.operation in _GIVE_KEYS and entry.answer is not None:
            self._keys.update(_KEY.findall(str(entry.answer.body)))
        if self._exercise.treasure.is_got_by(entry):
            self.reached.add(self._end(entry.principal_arn or ""))

    def _end(self, principal: str) -> str:
        if principal == self._owner:
            return "herself"
        return "role" if ":assumed-role/" in principal else "user"


def _since_set_up(exercise: BreakIn, cloud: Cloud) -> Iterator[Entry]:
    from labs_helpers.course.situations.described_calls import Memory

    last = cloud.part(Memory).set_up_by.get((exercise.id, 1))
    entries = iter(cloud.record)
    for entry in entries:
        if entry.event_id == last:
            break
    return entries


def _changes(entry: Entry, account: str) -> bool:
    """Whether a call that somebody signed changed something in an account; services work for the intruder, too."""
    signed = entry.access_key_id is not None and not entry.via_service
    return signed and entry.account == account and entry.error_code is None and not entry.read_only


def _helped(id: str, entry: Entry) -> str:
    return (
        f"Not every step was made with what was stolen: {entry.principal_arn} called {entry.operation}. "
        f'Begin anew, without the administrator\'s help: `day.begin_anew("{id}")`'
    )
