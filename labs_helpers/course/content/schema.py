"""The shapes that kinds of exercise, scenes, quizzes and days share in data/, as pydantic models.

Each kind's own shape stands with its grader, in course/kinds/. Imported by the loaders only, and only when an exercise
or quiz is asked for: pydantic costs 0.2 s.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
ExerciseId = Annotated[str, StringConstraints(pattern=r"^[1-9]\.[1-9][0-9]?$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Account = Annotated[str, StringConstraints(pattern=r"^(\d{12}|\$[a-z_]\w*(\.\w+)+)$")]
"""An account's id, or `$name.Member`: what an earlier step keeps."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
AwsPage = Annotated[str, StringConstraints(pattern=r"^https://(docs\.aws|repost\.aws|aws)(\.amazon\.com)?/")]
Document = dict[str, Any]
Named = Document | Annotated[str, StringConstraints(pattern=r"^@\w+$")]
"""A policy document, or "@Name" for a document of the exercise or its scene."""

SLOTS = ("identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp")
Slot = Literal["identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp"]


class Model(BaseModel):
    """A piece of the course's data: nothing in it but what it names, and nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# Requests that the engine is asked about


class InForce(Model):
    """The policies that are in force beside the answer, shaped as "policies" of the scenario format."""

    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    session: tuple[Named, ...] | None = None
    resource: Named | None = None
    vpc_endpoint: Named | None = None
    scp: tuple[tuple[Named, ...], ...] | None = None
    rcp: tuple[tuple[Named, ...], ...] | None = None
    grants: tuple[Document, ...] | None = None
    """Grants of the KMS key that is asked for, as ListGrants returns them."""


class Probe(Model):
    """One request, what must come of it, and the story to tell if something else does.

    `principal` is an ARN, "service:<name>", "web-identity:<provider>", "saml:<provider's ARN>" or "anonymous". The
    keys that AWS puts into every request are added when the probe is run (see analysis/contexts.py); `context` adds
    more, null takes one away. `account` owns the resource.
    """

    principal: Text
    issuer: Text | None = None
    action: Text
    resource: Text
    account: AccountId | None = None
    context: dict[str, str | list[str] | None] = {}
    policies: InForce = InForce()
    expected: Literal["allow", "refuse"]
    story: Text
    title: Text | None = None
    source: AwsPage | None = None


class WrongAnswer(Model):
    """An answer that learners give, and a part of the message that must refuse it.

    `belief`: the number of the day's belief (data/dayN/beliefs.json) that leads to it.
    """

    answer: Any
    refused_for: Text
    why: Text
    belief: int | None = None


class RightAnswer(Model):
    """Another answer that does the job and must pass, and how it differs from the solution."""

    answer: Any
    how: Text


class Equal(Model):
    """Mutants of the solution that are none: changes that change nothing in the exercise's world, by their names.

    A mutant that passes and is not named here fails the build, so that somebody looks at it.
    """

    why: Text
    mutations: tuple[Text, ...] = Field(min_length=1)


# Calls in the running cloud


class Step(Model):
    """One boto3 call that sets the stage, or lets the lab clock go on.

    The administrator of `account` makes it in `region`, or the profile `who`, or nobody (`who`: "nobody": unsigned).
    `keep` names what it returns: later steps write `$name.Member.Inner` (or `$name.List.0`) anywhere in their
    parameters. `profile` keeps the credentials that it returns under that name. Policy documents may be objects
    wherever a parameter takes JSON text. `advance` (words of timedelta) moves the clock; such a step makes no call.
    `undo` takes back what a situation made, where course/undo.py does not know how.
    """

    service: Text | None = None
    call: Text | None = None
    who: Text | None = None
    parameters: dict[str, Any] = {}
    account: Account | None = None
    region: Text | None = None
    profile: Text | None = None
    keep: Annotated[str, StringConstraints(pattern=r"^[a-z_]\w*$")] | None = None
    advance: dict[str, float] | None = None
    undo: tuple[Step, ...] = ()

    @model_validator(mode="after")
    def _does_one_thing(self) -> Step:
        if (self.advance is None) == (self.call is None) or (self.service is None) != (self.call is None):
            raise ValueError('a step has "service" and "call", or "advance"')
        return self


class Try(Model):
    """One real boto3 call, what must come of it, and the story to tell if something else does.

    As a profile, as the administrator of `account`, or unsigned (`who`: "nobody"); from `source_ip`, in `region`,
    after the clock went on by `advance`. `expected`: "works", "refused" (for want of permission), or an error's code.
    `answers`: members of the answer that must have these values. `keep` as in Step.
    """

    who: Text | None = None
    account: Account | None = None
    service: Text
    call: Text
    parameters: dict[str, Any] = {}
    region: Text | None = None
    source_ip: Text | None = None
    advance: dict[str, float] | None = None
    expected: Text
    answers: dict[str, Any] = {}
    keep: Annotated[str, StringConstraints(pattern=r"^[a-z_]\w*$")] | None = None
    story: Text


class Inquiry(Model):
    """What the cloud would answer: a principal's ARN (or "anonymous"), an action, a resource, condition keys."""

    principal: Text
    action: Text
    resource: Text
    context: dict[str, str | list[str]] = {}
    expected: Literal["allow", "refuse"]
    story: Text


class Situation(Model):
    """Something that happens in the running cloud: the calls that set it up, the tries and inquiries that judge it.

    The first try is the one that people complain about: it is made, and shown, when the situation is set up.
    """

    title: Text
    ticket: Text
    steps: tuple[Step, ...] = Field(min_length=1)
    tries: tuple[Try, ...] = Field(min_length=1)
    inquiries: tuple[Inquiry, ...] = ()
    """What can't be tried: what happens at another time, for instance."""

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles that are there once the situation is set up."""
        return tuple(step.profile for step in self.steps if step.profile is not None)

    @model_validator(mode="after")
    def _writes_a_profile(self) -> Situation:
        if not self.profiles:
            raise ValueError("no step writes a profile")
        return self


# Scenes, quizzes, beliefs, demos and days


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
    """One answer that can be chosen, and the reason why it is right or wrong."""

    text: Text
    reason: Text


class Question(Model):
    """A question with its options by letter, and the letter of the right one."""

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
    """data/dayN/quiz.json."""

    day: int
    questions: tuple[Question, ...] = Field(min_length=1)


class Belief(Model):
    """A statement about AWS that people misjudge: they believe it though it is false, or do not though it is `true`.

    `truth` is what holds. `exercise`: the one that the misjudgement breaks. About half of a day's statements are true,
    so that neither answer is a habit.
    """

    says: Text
    true: bool = False
    truth: Text
    exercise: ExerciseId | None = None
    source: AwsPage


class Beliefs(Model):
    """data/dayN/beliefs.json: what people believe of the day's subject."""

    day: int
    beliefs: tuple[Belief, ...] = Field(min_length=1)


class Demo(Model):
    """What must come of a call in the lesson: "works", or the code of the error. `choices`: to predict from."""

    expected: Text
    question: Text | None = None
    choices: dict[Annotated[str, StringConstraints(pattern=r"^[a-c]$")], Text] = {}
    right: Annotated[str, StringConstraints(pattern=r"^[a-c]$")] | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _a_question_has_its_answer(self) -> Demo:
        given = (
            self.question is not None,
            bool(self.choices),
            self.right is not None,
            self.reason is not None,
        )
        if any(given) and not all(given):
            raise ValueError("a prediction has question, choices, right and reason")
        if self.choices and (self.right not in self.choices or len(self.choices) < 2):
            raise ValueError('"right" is none of two or three choices')
        return self


class Demos(Model):
    """data/dayN/demos.json: what must come of the lesson's attempts, by their names."""

    day: int
    demos: dict[Name, Demo]


class DayFile(Model):
    """data/dayN/day.json: what the day's card says, and what the cloud holds as it begins."""

    day: int
    title: Text
    holds: tuple[Text, ...]
    identities: dict[str, Text]
    trail: Text | None = None
    """The bucket that the day's trail delivers to; None: the day has none."""
    stage: tuple[Step, ...] = ()
    built_by: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")] | None = None
    """A module of labs_helpers.course.days whose `build(cloud)` makes what is too much for `stage`, before it."""
    not_in_a_browser: Text | None = None
    """What the day can't do in the browser's edition (docs/browser-alone.md); its card says so there."""


class Term(Model):
    """A word of the course. `day`: the first that teaches it; `also`: other forms in which it stands in the text."""

    name: Text
    day: int = Field(ge=1, le=6)
    also: tuple[Text, ...] = ()
    says: Text
    page: AwsPage


class Glossary(Model):
    """All words of the course, each once."""

    terms: tuple[Term, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_word_twice(self) -> Glossary:
        words = [word.lower() for term in self.terms for word in {term.name, *term.also}]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} stands for two terms")
        return self
