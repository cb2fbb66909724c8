"""A break-in, graded by what the learner reached with a stolen key, according to the cloud's record.

The situation provides stolen keys. The intruder is anyone who makes calls with these keys, or with a key or session
that such a call created. No other principal is allowed to help: the check fails if another principal changes anything
in the account.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from botocore.exceptions import ClientError
from pydantic import Field

from labs_helpers.course.content.schema import AccountId, Clauses, Model, Situation, Text
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.situations.changing_calls import changes_something
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.course.situations.trials import Must, trial

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Entry
    from labs_helpers.course.shown.display import Page

_GIVE_KEYS = frozenset(("CreateAccessKey", "AssumeRole", "GetSessionToken", "GetFederationToken"))
_KEY = re.compile(r"<AccessKeyId>(\w+)</AccessKeyId>")


class Treasure(Model):
    """A call that only a successful intruder can make, with boto3's service name and AWS's operation name."""

    service: Text
    operation: Text
    parameters: dict[str, Any]

    def is_reached_by(self, entry: Entry) -> bool:
        """Return True if a recorded call matches this call and succeeded."""
        return (entry.service, entry.operation, entry.error_code) == (
            self.service,
            self.operation,
            None,
        ) and self.parameters.items() <= entry.parameters.items()


_TITLES = {
    "herself": "As the key's own user", "user": "With another user's key", "role": "With a role's credentials",
}  # fmt: skip


class BreakIn(Exercise):
    """An exercise without an answer: the learner breaks into an account with stolen keys."""

    kind: Literal["break_in"]
    situations: tuple[Situation, ...] = Field(min_length=1, max_length=1)
    account: AccountId
    """The account that the learner breaks into, which isn't used for anything else."""
    stolen: tuple[Text, ...] = Field(min_length=1)
    """The profiles whose keys the intruder begins with; the first profile belongs to a user."""
    treasure: Treasure
    ends: dict[Literal["herself", "user", "role"], Text]
    """The principals that must reach the treasure, each with the message to show if the principal doesn't reach it."""

    clause_of: dict[Literal["herself", "user", "role"], Clauses] = Field(default_factory=dict)
    """A key of `ends` → the clause that requires this principal to reach the treasure."""

    live = True
    units: ClassVar[str] = "attacks"

    @property
    def tried(self) -> int:
        """Return the number of principals that must reach the treasure."""
        return len(self.ends)

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade the calls recorded since the setup; the answer is ignored.

        Raises `AnswerError` if no cloud is running.
        """
        from labs_helpers.course.situations import staging

        cloud = self.needed(cloud)
        if not staging.is_set_up(cloud, self, 1):
            message = f'There is nothing to break into yet. Set it up first: `day.situation("{self.id}")`'
            return CheckResult(False, self.id, (message,), counts=False)
        intrusion = _Intrusion(self, cloud)
        if intrusion.helped_by is not None:
            return CheckResult(False, self.id, (_helped(self.id, intrusion.helped_by),))
        tests = []
        for end, said in self.ends.items():
            numbers = clause_numbers(self.clause_of.get(end))
            fault = None if end in intrusion.reached else Fault(said, numbers)
            tests.append(trial(_TITLES[end], Must.ANSWER, fault, numbers))
        faults = [each.fault for each in tests if each.fault]
        if faults and staging.is_over(cloud, self, 1):
            return self.judged([staging.over(self, 1)], counts=False)
        return self.judged(faults, trials=tuple(tests))

    def is_untouched(self, cloud: Cloud) -> bool:
        """Return True if the intruder has neither changed anything, nor obtained credentials, nor reached the treasure.

        The lesson itself looks around with the stolen keys.
        """
        return not _Intrusion(self, cloud).has_begun

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """Perform the steps of an answer in data/. After a denied step, the next step is still tried."""
        from labs_helpers.course.content.schema import Step
        from labs_helpers.course.situations import staging

        staging.set_up(cloud, self, 1)
        for step in answer:
            with contextlib.suppress(ClientError, LookupError):
                staging.perform(cloud, [Step.model_validate(step)])
        return None

    def show(self, page: Page) -> None:
        """Show how to set up the situation and how to start over."""
        page.say("To set it up, and to see the call that is denied, run:").code(f'day.situation("{self.id}")')
        page.say(f'To start over, run `day.begin_anew("{self.id}")`, which sets everything up again.')

    def solution_code(self) -> str:
        """Return the solution's calls as boto3 code."""
        from labs_helpers.course.situations.staging import as_python

        return "\n".join(as_python(step) for step in self.solution)


class _Intrusion:
    """A break-in as recorded: the `ends` that reached the treasure, and the first change by another principal."""

    def __init__(self, exercise: BreakIn, cloud: Cloud) -> None:
        self._exercise = exercise
        keys = [cloud.keys(profile) for profile in exercise.stolen]
        self._keys = {key["AccessKeyId"] for key in keys if key is not None}
        self._owner: str | None = None
        self.reached: set[str] = set()
        self.helped_by: Entry | None = None
        self.has_begun = False
        for entry in _since_set_up(exercise, cloud):
            self._follow(entry)

    def _follow(self, entry: Entry) -> None:
        account = self._exercise.account
        if entry.access_key_id not in self._keys:
            # Services work for the intruder as well, so their calls don't count.
            if self.helped_by is None and entry.account == account and changes_something(entry):
                self.helped_by = entry
            return
        # The situation itself makes the first call, as the user.
        self._owner = self._owner or entry.principal_arn
        gives_keys = entry.error_code is None and entry.operation in _GIVE_KEYS
        reached = self._exercise.treasure.is_reached_by(entry)
        self.has_begun = self.has_begun or gives_keys or reached or changes_something(entry)
        if gives_keys and entry.answer is not None:
            self._keys.update(_KEY.findall(str(entry.answer.body)))
        if reached:
            self.reached.add(self._end(entry.principal_arn or ""))

    def _end(self, principal: str) -> str:
        if principal == self._owner:
            return "herself"
        return "role" if ":assumed-role/" in principal else "user"


def _since_set_up(exercise: BreakIn, cloud: Cloud) -> Iterator[Entry]:
    from labs_helpers.course.situations.memory import Memory

    last = cloud.part(Memory).set_up_by.get((exercise.id, 1))
    entries = iter(cloud.record)
    for entry in entries:
        if entry.event_id == last:
            break
    return entries


def _helped(id: str, entry: Entry) -> str:
    return (
        f"Someone else helped: {entry.principal_arn} called {entry.operation}. Start over, and use only "
        f'the stolen keys and what you gain with them: `day.begin_anew("{id}")`'
    )
