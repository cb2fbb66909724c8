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
Kind = Literal["policy", "resource_policy", "trust_policy", "policies", "predictions"]


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
    are added when the probe is run (see grading.request_context); `context` adds more, null takes one away.
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
    probes: tuple[Probe, ...] = Field(min_length=1)
    wrong: tuple[WrongAnswer, ...] = Field(min_length=3)
    source: tuple[AwsPage, ...] = Field(min_length=1)

    @property
    def answer_slots(self) -> tuple[str, ...]:
        """The places where the answer goes: one for a single policy, those of `slots` for several."""
        one = {"policy": ("identity",), "resource_policy": ("resource",), "trust_policy": ("resource",)}
        return one.get(self.kind, self.slots)

    @model_validator(mode="after")
    def _holds_together(self) -> Exercise:
        if (self.kind == "policies") != bool(self.slots):
            raise ValueError('"slots" belongs to the kind "policies", and to no other')
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


class Step(Model):
    """One boto3 call that sets the stage; `profile` keeps the credentials it returns under that name."""

    service: Text
    call: Text
    parameters: dict[str, Any] = {}
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = None
    profile: Text | None = None


class DayFile(Model):
    day: int
    title: Text
    holds: tuple[Text, ...]
    identities: dict[str, Text]
    stage: tuple[Step, ...]
