"""Situations to mend in the running cloud: graded by what people can do there afterwards.

What judges is what they do: the call that failed must work, and what was rightly refused must stay refused. Then what
the people of the scene may do is held against what they may do after the reference repair: whoever made somebody an
administrator, or let a stranger in, has mended too much. The rest of the cloud is held against how it was before
(course/afterwards.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from labs_helpers.course.content.schema import AccountId, Document, Model, Situation, Text
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page
    from labs_helpers.engine.analysis.ceiling import Caller, Seed
    from labs_helpers.engine.policy import Attached, Policies, Principal


class Person(Model):
    """A user or role of the scene, and the policies in force for it after the reference repair.

    `cap`: the most that its boundary may leave room for, where the boundary itself is the matter.
    """

    principal: Text
    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    cap: Document | None = None


class Guarded(Model):
    """A resource of the scene, the policy it has after the reference repair (None: none), and requests about it."""

    resource: Text
    account: AccountId
    kind: Literal["RESOURCE", "TRUST", "KEY"] = "RESOURCE"
    policy: Document | None = None
    action: Text


class Most(Model):
    """What a repair may bring about for those whom it concerns. A test holds it against what the reference does."""

    people: tuple[Person, ...] = ()
    resources: tuple[Guarded, ...] = ()


class Repair(Exercise):
    kind: Literal["repair"]
    situations: tuple[Situation, ...] = Field(min_length=1)
    ceiling: Most

    live = True

    @property
    def tried(self) -> int:
        return sum(len(situation.tries) + len(situation.inquiries) for situation in self.situations)

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        from labs_helpers.course.situations import staging

        cloud = self.needed(cloud)
        messages = tuple(staging.wrong_tries(cloud, self))
        if messages:
            begun = all(staging.stands(cloud, self, number) for number in range(1, len(self.situations) + 1))
            return CheckResult(False, self.id, messages, counts=begun)
        return held(self, self.ceiling, cloud)

    def enact(self, answer: Any, cloud: Cloud) -> object:
        from labs_helpers.course.content.schema import Step
        from labs_helpers.course.situations import staging

        for number in range(1, len(self.situations) + 1):
            staging.set_up(cloud, self, number)
        staging.perform(cloud, [Step.model_validate(step) for step in answer])
        return None

    def show(self, page: Page) -> None:
        numbers = range(1, len(self.situations) + 1)
        page.say("Set a situation up, see the call that fails, and try it again, with:")
        page.code("\n".join(f'day.situation("{self.id}", {number})' for number in numbers))
        page.say(f'Went astray? `day.begin_anew("{self.id}", 1)` sets up situation 1 again, and no other.')

    def solution_code(self) -> str:
        from labs_helpers.course.situations.staging import as_python

        return "\n".join(as_python(step) for step in self.solution)


def held(exercise: Exercise, most: Most | None, cloud: Cloud, *more: Caller) -> CheckResult:
    """Passed, unless somebody may do more than the task asks for: by policies, `more` callers' too, or beside them."""
    from labs_helpers.course.grading import ceiling, side_effects

    outcome = ceiling.looked_for(chain(more, beyond(exercise, most, cloud)))
    stories = (*ceiling.stories(outcome.witnesses, "the policies"), *side_effects.told(cloud, exercise))
    notes = () if outcome.complete else (ceiling.CUT_SHORT,)
    return CheckResult(not stories, exercise.id, stories, witnesses=outcome.witnesses, notes=notes)


def beyond(exercise: Exercise, most: Most | None, cloud: Cloud) -> Iterator[Caller]:
    """Those whom the exercise limits with their limits, and everybody else with what they could do when it began.

    What the set-up kept is named in the limits as in a step: `$key.KeyMetadata.Arn`.
    """
    from labs_helpers.course.grading import side_effects
    from labs_helpers.course.situations.described_calls import Memory, with_kept

    most = Most.model_validate(with_kept((most or Most()).model_dump(mode="json"), cloud.part(Memory).kept))
    yield from _limited(most, cloud)
    judged = {*(each.principal for each in most.people), *(each.resource for each in most.resources)}
    yield from side_effects.callers(cloud, exercise, judged)


def _limited(most: Most, cloud: Cloud) -> Iterator[Caller]:
    """The people with the policies in force now and after the reference repair, and who may reach the resources."""
    from labs_helpers.course.grading.ceiling import EVERYTHING, make
    from labs_helpers.course.grading.side_effects import in_force_now
    from labs_helpers.engine.analysis.ceiling import Seed
    from labs_helpers.engine.policy import Policies, PolicyKind, Principal

    seeds = tuple(Seed(each.action, each.resource, each.account, {}) for each in most.resources)
    people = []
    for person in most.people:
        principal = Principal.from_arn(person.principal)
        now = in_force_now(cloud, person.principal)
        then = Policies(
            identity=tuple(_attached(document, PolicyKind.IDENTITY) for document in person.identity),
            boundary=_attached(person.boundary, PolicyKind.BOUNDARY) if person.boundary else None,
        )
        people.append((principal, now, then))
        yield make(principal, now, (then,), seeds)
        if person.cap is not None:
            cap = _attached(person.cap, PolicyKind.BOUNDARY)
            capped = Policies(identity=(EVERYTHING,), boundary=now.boundary)
            yield make(principal, capped, (Policies(identity=(EVERYTHING,), boundary=cap),), seeds)
    for guarded in most.resources:
        yield from _who_reach(guarded, cloud, people, seeds)


def _who_reach(
    guarded: Guarded,
    cloud: Cloud,
    people: list[tuple[Principal, Policies, Policies]],
    seeds: tuple[Seed, ...],
) -> Iterator[Caller]:
    """Who may get at a resource by its own policy: the people with what they have, others with nothing and with all."""
    from labs_helpers.course.grading.ceiling import EVERYTHING, attached_to, make
    from labs_helpers.course.grading.side_effects import nothing
    from labs_helpers.engine.analysis.ceiling import guises, named
    from labs_helpers.engine.analysis.ceiling.callers import OUTSIDER
    from labs_helpers.engine.policy import Policies, PolicyKind, Principal

    kind = PolicyKind[guarded.kind]
    now = policy_now(cloud, guarded) or nothing(kind)
    then = _attached(guarded.policy, kind) if guarded.policy else nothing(kind)
    within = (attached_to(guarded.resource),)
    for principal, mine, mine_then in people:
        most = replace(mine_then, resource=then)
        yield make(principal, replace(mine, resource=now), (most,), seeds, within)
        if principal.account != guarded.account:  # whatever their own account may allow them some day
            whatever = Policies(identity=(EVERYTHING,), resource=now)
            yield make(principal, whatever, (replace(whatever, resource=then),), seeds, within)
    known = {principal for principal, _, _ in people}
    sides = (Policies(resource=now), Policies(resource=then))
    others = (*named(sides, guarded.account), Principal.from_arn(OUTSIDER), Principal.anonymous())
    for principal in dict.fromkeys(each for each in others if each not in known):
        for identity in ((), (EVERYTHING,)):
            answer, most = (replace(side, identity=identity) for side in sides)
            yield make(principal, answer, (most,), seeds, within)
    for guise in guises(sides):
        answer, most = (replace(side, identity=(EVERYTHING,)) for side in sides)
        stranger = make(Principal.from_arn(OUTSIDER), answer, (most,), seeds, within)
        yield replace(stranger, context={**stranger.context, **guise})


def policy_now(cloud: Cloud, guarded: Guarded) -> Attached | None:
    """The policy of a resource as it is now."""
    judgement = cloud.judge(f"arn:aws:iam::{guarded.account}:root", guarded.action, guarded.resource)
    return judgement.policies.resource


def _attached(document: dict[str, Any], kind: Any) -> Attached:
    from labs_helpers.engine.policy import Attached, parse_policy

    return Attached("the reference", parse_policy(document, kind))
