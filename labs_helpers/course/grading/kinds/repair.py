"""Situations to fix in the running cloud, graded by what the cloud's users can do afterward.

The call that failed must work, and calls that were rightly denied must still be denied. Then the permissions of the
people in the scene are compared with their permissions after the reference fix: a fix that makes a user an
administrator, or lets an outsider in, goes too far. The rest of the cloud is compared with its earlier state
(labs_helpers.course.grading.side_effects).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import Field

from labs_helpers.course.content.schema import AccountId, Document, Model, Situation, Text
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.situations.faults import Fault, clause_numbers

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page
    from labs_helpers.engine.analysis.ceiling import Caller, Seed
    from labs_helpers.engine.policy import Attached, Policies, Principal


class Person(Model):
    """A user or role in the scene, and its policies in force after the reference fix.

    `cap`: the most that the principal's boundary can allow, if the task is about the boundary itself.
    """

    principal: Text
    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    cap: Document | None = None


class GuardedResource(Model):
    """A resource in the scene, its policy after the reference fix (or None), and an action to try on it."""

    resource: Text
    account: AccountId
    kind: Literal["RESOURCE", "TRUST", "KEY"] = "RESOURCE"
    policy: Document | None = None
    action: Text


class Changes(Model):
    """The things that an answer is allowed to create, delete, or change, as patterns such as `KMS key *`.

    Everything else is compared with its state at the beginning of the exercise (labs_helpers.cloud.inventory). `there`:
    the titles of things that must exist, with the sentences that are shown if they don't. `clauses`: the clauses that
    any other change breaks, by pattern (the first match applies); the default is the exercise's clause `beyond`.
    """

    new: tuple[Text, ...] = ()
    gone: tuple[Text, ...] = ()
    changed: tuple[Text, ...] = ()
    there: dict[Text, Text] = Field(default_factory=dict)
    clauses: dict[Text, int] = Field(default_factory=dict)


class Limits(Model):
    """The most that people are allowed to do after a fix.

    A test compares these limits with the result of the reference fix.
    """

    people: tuple[Person, ...] = ()
    resources: tuple[GuardedResource, ...] = ()


class Repair(Exercise):
    """An exercise without an answer: the learner fixes situations in the cloud."""

    kind: Literal["repair"]
    situations: tuple[Situation, ...] = Field(min_length=1)
    ceiling: Limits
    changes: Changes = Changes()

    live = True

    @property
    def tried(self) -> int:
        """Return the number of tries and inquiries in all situations."""
        return sum(len(situation.tries) + len(situation.inquiries) for situation in self.situations)

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade the cloud in its current state; the answer is ignored. Raises `AnswerError` if no cloud is running."""
        from labs_helpers.course.situations import staging

        cloud = self.needed(cloud)
        can_be_solved = staging.can_be_solved(cloud, self)
        tests = tuple(staging.trials_in_situations(cloud, self))
        if faults := staging.faults_of(tests):
            return self.judged(faults, stopped=True, counts=can_be_solved, trials=tests)
        if faults := self.drawn_faults(cloud):
            return self.judged(faults, stopped=True, trials=tests)
        return replace(judge_by_limits(self, self.ceiling, cloud, changes=self.changes), trials=tests)

    def drawn_faults(self, cloud: Cloud) -> list[Fault]:
        """Return the faults that requests with the learner's own values find, or no faults before `for_learner`."""
        from labs_helpers.course.situations import staging

        if self._drawing is None:
            return []
        return staging.faults_of(staging.trials_in_situations(cloud, self, self._drawing))

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """Set up the situations and make the answer's calls; a learner doesn't submit anything."""
        from labs_helpers.course.content.schema import Step
        from labs_helpers.course.situations import staging

        for number in range(1, len(self.situations) + 1):
            staging.set_up(cloud, self, number)
        staging.perform(cloud, [Step.model_validate(step) for step in answer])
        return None

    def show(self, page: Page) -> None:
        """Show how to set up the situations, and how to start over with one of them."""
        numbers = range(1, len(self.situations) + 1)
        one = "a" if len(self.situations) > 1 else "the"
        page.say(f"To set up {one} situation, and to see its failing call now or again later, run:")
        page.code("\n".join(f'day.situation("{self.id}", {number})' for number in numbers))
        which = " with situation 1 only" if len(self.situations) > 1 else ""
        page.say(f'To start over{which}, run `day.begin_anew("{self.id}", 1)`.')

    def solution_code(self) -> str:
        """Return the solution's calls as boto3 code."""
        from labs_helpers.course.situations.staging import as_python

        return "\n".join(as_python(step) for step in self.solution)


def judge_by_limits(
    exercise: Exercise, limits: Limits | None, cloud: Cloud, *more: Caller, changes: Changes | None = None
) -> CheckResult:
    """Return a passed result unless a principal can do more than the task requires, or something else was changed.

    The search tries the callers in `limits`, everyone else, and the callers in `more`. Account facts are compared as
    well, and so is everything that existed when the exercise began, except for `changes`.
    """
    from labs_helpers.course.grading import ceiling, side_effects

    outcome = ceiling.search_for_witnesses(chain(more, callers(exercise, limits, cloud)))
    stories = [*ceiling.stories(outcome.witnesses, "the policies"), *side_effects.stories(cloud, exercise)]
    faults: list[Fault] = []
    if changes is not None:
        known = _with_kept(limits or Limits(), cloud)
        people = {each.principal for each in known.people}
        stories += side_effects.losses(cloud, exercise, people)
        faults += side_effects.faults_of_things(cloud, exercise, _with_kept(changes, cloud))
    notes = () if outcome.complete else (ceiling.CUT_SHORT,)
    faults += [Fault(story, clause_numbers(exercise.beyond)) for story in stories]
    return exercise.judged(faults, witnesses=outcome.witnesses, notes=notes)


def callers(exercise: Exercise, limits: Limits | None, cloud: Cloud) -> Iterator[Caller]:
    """Yield the people that the exercise limits, then everyone else, limited to what they could do at the beginning.

    The limits refer to kept responses as steps do: `$key.KeyMetadata.Arn`.
    """
    from labs_helpers.course.grading import side_effects

    limits = _with_kept(limits or Limits(), cloud)
    yield from _limited_callers(limits, cloud)
    people, resources = (
        {each.principal for each in limits.people},
        {each.resource for each in limits.resources},
    )
    yield from side_effects.callers(cloud, exercise, people, resources)


Kept = TypeVar("Kept", bound=Model)


def _with_kept(model: Kept, cloud: Cloud) -> Kept:
    """Return a part of the exercise with the responses that it refers to, such as `$key.KeyMetadata.Arn`."""
    from labs_helpers.course.situations.described_calls import with_kept
    from labs_helpers.course.situations.memory import Memory

    return type(model).model_validate(with_kept(model.model_dump(mode="json"), cloud.part(Memory).kept))


def _limited_callers(limits: Limits, cloud: Cloud) -> Iterator[Caller]:
    """Yield the people with their policies now and after the reference fix, then the callers of the resources."""
    from labs_helpers.course.grading.ceiling import EVERYTHING, make_caller
    from labs_helpers.course.situations.cloud_snapshots import policies_in_force
    from labs_helpers.engine.analysis.ceiling import Seed
    from labs_helpers.engine.policy import Policies, PolicyKind, Principal

    seeds = tuple(Seed(each.action, each.resource, each.account, {}) for each in limits.resources)
    people = []
    for person in limits.people:
        principal = Principal.from_arn(person.principal)
        now = policies_in_force(cloud, person.principal)
        then = Policies(
            identity=tuple(_attached(document, PolicyKind.IDENTITY) for document in person.identity),
            boundary=_attached(person.boundary, PolicyKind.BOUNDARY) if person.boundary else None,
        )
        people.append((principal, now, then))
        yield make_caller(principal, now, (then,), seeds)
        if person.cap is not None:
            cap = _attached(person.cap, PolicyKind.BOUNDARY)
            capped = Policies(identity=(EVERYTHING,), boundary=now.boundary)
            yield make_caller(principal, capped, (Policies(identity=(EVERYTHING,), boundary=cap),), seeds)
    for guarded in limits.resources:
        yield from _callers_of_resource(guarded, cloud, people, seeds)


def _callers_of_resource(
    guarded: GuardedResource,
    cloud: Cloud,
    people: list[tuple[Principal, Policies, Policies]],
    seeds: tuple[Seed, ...],
) -> Iterator[Caller]:
    """Yield callers whom a resource's own policy might let in.

    The people of the scene have their own policies. Other callers appear twice: without any policy, and with a policy
    that allows everything.
    """
    from labs_helpers.course.grading.ceiling import EVERYTHING, attached_to, empty_policy, make_caller
    from labs_helpers.engine.analysis.ceiling import guises, named, outsiders
    from labs_helpers.engine.analysis.ceiling.callers import OUTSIDER
    from labs_helpers.engine.policy import Policies, PolicyKind, Principal

    kind = PolicyKind[guarded.kind]
    now = policy_now(cloud, guarded) or empty_policy(kind)
    then = _attached(guarded.policy, kind) if guarded.policy else empty_policy(kind)
    within = (attached_to(guarded.resource),)
    for principal, mine, mine_then in people:
        most = replace(mine_then, resource=then)
        yield make_caller(principal, replace(mine, resource=now), (most,), seeds, within)
        if principal.account != guarded.account:  # their own account can give them any permission at any time
            everything = Policies(identity=(EVERYTHING,), resource=now)
            yield make_caller(principal, everything, (replace(everything, resource=then),), seeds, within)
    known = {principal for principal, _, _ in people}
    sides = (Policies(resource=now), Policies(resource=then))
    others = (*named(sides, guarded.account), *outsiders(sides))
    for principal in dict.fromkeys(each for each in others if each not in known):
        for identity in ((), (EVERYTHING,)):
            answer, most = (replace(side, identity=identity) for side in sides)
            yield make_caller(principal, answer, (most,), seeds, within)
    for guise in guises(sides):
        answer, most = (replace(side, identity=(EVERYTHING,)) for side in sides)
        outsider = make_caller(Principal.from_arn(OUTSIDER), answer, (most,), seeds, within)
        yield replace(outsider, context={**outsider.context, **guise})


def policy_now(cloud: Cloud, guarded: GuardedResource) -> Attached | None:
    """Return a resource's current policy, or None if it has none."""
    judgement = cloud.judge(f"arn:aws:iam::{guarded.account}:root", guarded.action, guarded.resource)
    return judgement.policies.resource


def _attached(document: dict[str, Any], kind: Any) -> Attached:
    from labs_helpers.engine.policy import Attached, parse_policy

    return Attached("the reference", parse_policy(document, kind))
