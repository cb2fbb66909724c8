"""The shapes of scenes, quizzes, days, and the common parts of exercises in data/, as pydantic models.

Each kind's own shape is defined with its grader in labs_helpers.course.grading.kinds. The loaders import this module
only when an exercise or quiz is needed, because importing pydantic takes 0.2 s.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
ExerciseId = Annotated[str, StringConstraints(pattern=r"^[1-9]\.[1-9][0-9]?$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Account = Annotated[str, StringConstraints(pattern=r"^(\d{12}|\$[a-z_]\w*(\.\w+)+)$")]
"""An account ID, or `$name.Member`: a member of an answer that an earlier step keeps."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
AwsPage = Annotated[str, StringConstraints(pattern=r"^https://(docs\.aws|repost\.aws|aws)(\.amazon\.com)?/")]
Document = dict[str, Any]
Named = Document | Annotated[str, StringConstraints(pattern=r"^@\w+$")]
"""A policy document, or "@Name" for a document of the exercise or its scene."""

SLOTS = ("identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp")
Slot = Literal["identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp"]


class Model(BaseModel):
    """A part of the course's data: keys that the model lacks are rejected, and nothing can be changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# Requests that the engine decides


class InForce(Model):
    """The policies in force besides the answer, shaped like "policies" in the scenario format."""

    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    session: tuple[Named, ...] | None = None
    resource: Named | None = None
    vpc_endpoint: Named | None = None
    scp: tuple[tuple[Named, ...], ...] | None = None
    rcp: tuple[tuple[Named, ...], ...] | None = None
    grants: tuple[Document, ...] | None = None
    """Grants of the requested KMS key, as ListGrants returns them."""


class Probe(Model):
    """A request, the expected decision, and the story to show for another decision.

    `principal` is an ARN, "service:<name>", "web-identity:<provider>", "saml:<provider's ARN>" or "anonymous". The
    condition keys that AWS puts into every request are added when the probe is decided
    (labs_helpers.engine.analysis.contexts); `context` adds more, and null removes one. `account` owns the resource.
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
    """A wrong answer that learners give, and a part of the message that it must get.

    `belief`: the number of the day's belief (data/dayN/beliefs.json) that leads to this answer.
    """

    answer: Any
    refused_for: Text
    why: Text
    belief: int | None = None


class RightAnswer(Model):
    """A correct answer other than the solution, which must pass, and its difference from the solution."""

    answer: Any
    how: Text


class Equal(Model):
    """Equivalent mutants: the names of changes to the solution that change no decision in the exercise's world.

    A mutant that passes without being named here fails the build, so that a maintainer examines it.
    """

    why: Text
    mutations: tuple[Text, ...] = Field(min_length=1)


# Calls in the running cloud


class Step(Model):
    """A boto3 call that sets the stage, or a step that advances the lab clock.

    The administrator of `account` makes the call in `region`, or the profile `who`; with `who`: "nobody" the call is
    unsigned. `keep` names the answer: later steps write `$name.Member.Inner` (or `$name.List.0`) anywhere in their
    parameters. `profile` stores the returned credentials as a profile of that name. Policy documents can be objects
    wherever a parameter takes JSON text. `advance` (arguments of timedelta) advances the clock; such a step makes no
    call. `undo`: calls that undo this one, where labs_helpers.course.situations.undo has no function for it.
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
            raise ValueError('a step needs "service" and "call", or "advance"')
        return self


class Try(Model):
    """A real boto3 call, the expected outcome, and the story to show for another outcome.

    The profile `who` or the administrator of `account` makes the call, or it is unsigned (`who`: "nobody"). It comes
    from `source_ip`, in `region`, after the clock is advanced by `advance`. `expected`: "works", "refused" (permission
    denied), or an error code. `answers`: members of the answer that must have these values. `keep`: as in Step.
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
    """A request that the cloud decides without performing it, with the expected decision and a story.

    `principal` is an ARN or "anonymous"; `context` holds condition keys.
    """

    principal: Text
    action: Text
    resource: Text
    context: dict[str, str | list[str]] = {}
    expected: Literal["allow", "refuse"]
    story: Text


class Situation(Model):
    """A problem in the running cloud: the calls that set it up, and the tries and inquiries that judge the fix.

    The first try is the call that people complain about: the set-up makes it and shows it.
    """

    title: Text
    ticket: Text
    steps: tuple[Step, ...] = Field(min_length=1)
    tries: tuple[Try, ...] = Field(min_length=1)
    inquiries: tuple[Inquiry, ...] = ()
    """Requests that can't be made, for example those of another time."""

    @property
    def profiles(self) -> tuple[str, ...]:
        """Return the profiles that the set-up writes."""
        return tuple(step.profile for step in self.steps if step.profile is not None)

    @model_validator(mode="after")
    def _writes_a_profile(self) -> Situation:
        if not self.profiles:
            raise ValueError("at least one step must write a profile")
        return self


# Scenes, quizzes, beliefs, demos and days


class Scene(Model):
    """Policies that several requests share, each with a line about where it is attached."""

    about: Text
    documents: dict[str, Document]
    attached: dict[str, Text]

    @model_validator(mode="after")
    def _every_document_is_attached(self) -> Scene:
        if self.documents.keys() != self.attached.keys():
            raise ValueError('"documents" and "attached" must have the same names')
        return self


class Option(Model):
    """An option of a question, and the reason why it is right or wrong."""

    text: Text
    reason: Text


class Question(Model):
    """A question with its options by letter, and the letter of the right option."""

    question: Text
    options: dict[Annotated[str, StringConstraints(pattern=r"^[a-f]$")], Option] = Field(min_length=2)
    right: Annotated[str, StringConstraints(pattern=r"^[a-f]$")]
    source: AwsPage

    @model_validator(mode="after")
    def _right_is_an_option(self) -> Question:
        if self.right not in self.options:
            raise ValueError('"right" must be one of the options')
        return self


class Quiz(Model):
    """The questions of a day (data/dayN/quiz.json)."""

    day: int
    questions: tuple[Question, ...] = Field(min_length=1)


class Belief(Model):
    """A statement about AWS that people misjudge: they believe a false one, or don't believe a `true` one.

    `truth` states what is correct. `exercise`: the exercise that a learner with the wrong belief fails. About half of
    a day's statements are true, so that neither answer becomes a habit.
    """

    says: Text
    true: bool = False
    truth: Text
    exercise: ExerciseId | None = None
    source: AwsPage


class Beliefs(Model):
    """The common beliefs about a day's subject (data/dayN/beliefs.json)."""

    day: int
    beliefs: tuple[Belief, ...] = Field(min_length=1)


class Demo(Model):
    """The expected outcome of a call in the lesson: "works", or an error code. `choices`: the options to predict."""

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
            raise ValueError('a prediction needs "question", "choices", "right", and "reason"')
        if self.choices and (self.right not in self.choices or len(self.choices) < 2):
            raise ValueError('a prediction needs two or three choices, and "right" must be one of them')
        return self


class Demos(Model):
    """The expected outcomes of a day's attempts, by name (data/dayN/demos.json)."""

    day: int
    demos: dict[Name, Demo]


class DayFile(Model):
    """The content of a day's card, and of its cloud at the beginning (data/dayN/day.json)."""

    day: int
    title: Text
    holds: tuple[Text, ...]
    identities: dict[str, Text]
    trail: Text | None = None
    """The bucket that the day's trail delivers to, or None if the day has no trail."""
    stage: tuple[Step, ...] = ()
    built_by: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")] | None = None
    """A module of labs_helpers.course.days whose `build(cloud)` runs before `stage` and creates what would take too many
    steps there."""
    not_in_a_browser: Text | None = None
    """The parts of the day that the browser's edition lacks (docs/browser-alone.md); its card there shows them."""


class Term(Model):
    """A term of the course. `day`: the first day that teaches it; `also`: other forms of the term in the text."""

    name: Text
    day: int = Field(ge=1, le=6)
    also: tuple[Text, ...] = ()
    says: Text
    page: AwsPage


class Glossary(Model):
    """The terms of the course, each once."""

    terms: tuple[Term, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_word_twice(self) -> Glossary:
        words = [word.lower() for term in self.terms for word in {term.name, *term.also}]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} is the name of two terms")
        return self
