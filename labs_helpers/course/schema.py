"""The schema of data/: days, scenes, exercises and quizzes, as pydantic models.

Imported by the loaders only, and only when an exercise or quiz is asked for: pydantic costs 0.2 s.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
ExerciseId = Annotated[str, StringConstraints(pattern=r"^[1-9]\.[1-9][0-9]?$")]
AwsPage = Annotated[str, StringConstraints(pattern=r"^https://(docs\.aws|repost\.aws|aws)(\.amazon\.com)?/")]
Document = dict[str, Any]
Named = Document | Annotated[str, StringConstraints(pattern=r"^@\w+$")]
"""A policy document, or "@Name" for a document of the exercise or its scene."""

SLOTS = ("identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp")
Slot = Literal["identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp"]
Kind = Literal[
    "policy",
    "resource_policy",
    "trust_policy",
    "policies",
    "predictions",
    "repair",
    "delegation",
    "least_privilege",
]
LIVE = ("repair", "delegation")
"""Kinds that are graded by real calls in the running cloud. The others need no cloud: the engine answers."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InForce(Model):
    """The policies that are in force beside the answer, shaped as "policies" of the scenario format."""

    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    session: tuple[Named, ...] | None = None
    resource: Named | None = None
    vpc_endpoint: Named | None = None
    scp: tuple[tuple[Named, ...], ...] | None = None
    rcp: tuple[tuple[Named, ...], ...] | None = None


class Probe(Model):
    """One request, what must come of it, and the story to tell if something else does.

    `principal` is an ARN, "service:<name>" or "anonymous". The keys that AWS puts into every request
    are added when the probe is run (see probes.request_context); `context` adds more, null takes one away.
    """

    principal: Text
    issuer: Text | None = None
    action: Text
    resource: Text
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = None
    context: dict[str, str | list[str] | None] = {}
    policies: InForce = InForce()
    expected: Literal["allow", "refuse"]
    story: Text
    title: Text | None = None
    source: AwsPage | None = None


class WrongAnswer(Model):
    """An answer that learners give, and a part of the message that must refuse it."""

    answer: Any
    refused_for: Text
    why: Text


class Step(Model):
    """One boto3 call that sets the stage; `profile` keeps the credentials it returns under that name.

    The administrator of `account` makes it, or the profile `who`. Policy documents may be objects.
    """

    service: Text
    call: Text
    who: Text | None = None
    parameters: dict[str, Any] = {}
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = None
    profile: Text | None = None


class Try(Model):
    """One real boto3 call as a profile, what must come of it, and the story to tell if something else does."""

    who: Text
    service: Text
    call: Text
    parameters: dict[str, Any] = {}
    source_ip: Text | None = None
    expected: Literal["works", "refused"]
    story: Text


class Situation(Model):
    """Something that happens in the running cloud: the calls that set it up, and the tries that judge it.

    The first try is the one that people complain about: it is made, and shown, when the situation is set up. The
    situation is known to be set up by the first profile that its steps write.
    """

    title: Text
    ticket: Text
    steps: tuple[Step, ...] = Field(min_length=1)
    tries: tuple[Try, ...] = Field(min_length=1)

    @property
    def profile(self) -> str:
        """The profile that is there once the situation is set up."""
        return next(step.profile for step in self.steps if step.profile is not None)

    @model_validator(mode="after")
    def _writes_a_profile(self) -> Situation:
        if not any(step.profile for step in self.steps):
            raise ValueError("no step writes a profile")
        return self


class Universe(Model):
    """What there is to be allowed: resources by ARN with their type (`s3:bucket`), and who asks.

    Every action of the services named, on every resource of a type it works on, is one pair. Pairs that no probe
    needs are what a policy allows too much.
    """

    principal: Text
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
    resources: dict[Text, Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+:[a-z0-9]+$")]]


_PARTS = {
    "probes": ("policy", "resource_policy", "trust_policy", "policies", "predictions", "least_privilege"),
    "situations": ("repair",),
    "attacker": ("delegation",),
    "attacks": ("delegation",),
    "work": ("delegation",),
    "universe": ("least_privilege",),
}
"""What an exercise needs, by its kind."""


class Exercise(Model):
    id: ExerciseId
    title: Text
    kind: Kind
    prompt: Text
    starter: Any
    hints: tuple[Text, Text, Text]
    solution: Any
    slots: tuple[Slot, ...] = ()
    scene: Annotated[str, StringConstraints(pattern=r"^\w+$")] | None = None
    documents: dict[str, Document] = {}
    probes: tuple[Probe, ...] = ()
    situations: tuple[Situation, ...] = ()
    attacker: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")] | None = None
    """Who attacks, and does the honest work: a module of labs_helpers.days."""
    attacks: tuple[Text, ...] = ()
    work: tuple[Text, ...] = ()
    universe: Universe | None = None
    wrong: tuple[WrongAnswer, ...] = Field(min_length=3)
    source: tuple[AwsPage, ...] = Field(min_length=1)

    @property
    def answer_slots(self) -> tuple[str, ...]:
        """The places where the answer goes: one for a single policy, those of `slots` for several."""
        one = {"resource_policy": ("resource",), "trust_policy": ("resource",)}
        one |= dict.fromkeys(("policy", "least_privilege"), ("identity",))
        return one.get(self.kind, self.slots)

    @property
    def tried(self) -> int:
        """How many requests judge an answer."""
        tries = sum(len(situation.tries) for situation in self.situations) if self.kind == "repair" else 0
        return tries + len(self.probes) + len(self.attacks) + len(self.work)

    @model_validator(mode="after")
    def _holds_together(self) -> Exercise:
        if (self.kind in ("policies", "delegation")) != bool(self.slots):
            raise ValueError('"slots" belongs to the kind "policies" and "delegation", and to no other')
        for name, kinds in _PARTS.items():
            if self.kind in kinds and not getattr(self, name):
                raise ValueError(f'"{name}" is what judges an answer of the kind "{self.kind}"')
        for number, probe in enumerate(self.probes):
            if self.kind == "predictions" and probe.title is None:
                raise ValueError(f"probes.{number}.title: a request to predict needs one")
            for slot in self.answer_slots:
                if (
                    slot != "identity"
                    and slot not in ("scp", "rcp")
                    and getattr(probe.policies, slot) is not None
                ):
                    raise ValueError(f"probes.{number}.policies.{slot}: that is where the answer goes")
        return self


class Scene(Model):
    """Policies that several requests share, each with one line that says where it is attached."""

    about: Text
    documents: dict[str, Document]
    attached: dict[str, Text]

    @model_validator(mode="after")
    def _every_document_is_attached(self) -> Scene:
        if self.documents.keys() != self.attached.keys():
            raise ValueError('"documents" and "attached" must have the same names')
        return self


class Option(Model):
    text: Text
    reason: Text


class Question(Model):
    question: Text
    options: dict[Annotated[str, StringConstraints(pattern=r"^[a-f]$")], Option] = Field(min_length=2)
    right: Annotated[str, StringConstraints(pattern=r"^[a-f]$")]
    source: AwsPage

    @model_validator(mode="after")
    def _right_is_an_option(self) -> Question:
        if self.right not in self.options:
            raise ValueError('"right" is none of the options')
        return self


class Quiz(Model):
    day: int
    questions: tuple[Question, ...] = Field(min_length=1)


class DayFile(Model):
    day: int
    title: Text
    holds: tuple[Text, ...]
    identities: dict[str, Text]
    trail: Text | None = None
    """The bucket that the day's trail delivers to; None: the day has none."""
    stage: tuple[Step, ...]
