"""Pydantic models of scenes, quizzes, days, and the common parts of exercises in data/.

The model of each kind of exercise is defined with its grader in labs_helpers.course.grading.kinds. The loaders import
this module only when an exercise or quiz is needed, because importing pydantic takes 0.2 s.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from labs_helpers.course.content.numbering import EXERCISE_ID

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
ExerciseId = Annotated[str, StringConstraints(pattern=rf"^{EXERCISE_ID}$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Account = Annotated[str, StringConstraints(pattern=r"^(\d{12}|\$[a-z_]\w*(\.\w+)+)$")]
"""An account ID, or `$name.Member`, which refers to a member of a response that an earlier step keeps."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
AwsPage = Annotated[str, StringConstraints(pattern=r"^https://(docs\.aws|repost\.aws|aws)(\.amazon\.com)?/")]
Document = dict[str, Any]
Named = Document | Annotated[str, StringConstraints(pattern=r"^@\w+$")]
"""A policy document, or "@Name" for a document in the exercise or its scene."""

SLOTS = ("identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp")
Slot = Literal["identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp"]


class Model(BaseModel):
    """A part of the course's data. Unknown keys are rejected, and objects can't be changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# Requests that the engine decides


class InForce(Model):
    """The policies in force in addition to the answer's policies, in the format of "policies" in a scenario."""

    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    session: tuple[Named, ...] | None = None
    resource: Named | None = None
    vpc_endpoint: Named | None = None
    scp: tuple[tuple[Named, ...], ...] | None = None
    rcp: tuple[tuple[Named, ...], ...] | None = None
    grants: tuple[Document, ...] | None = None
    """Grants for the requested KMS key, as ListGrants returns them."""


class Clause(Model):
    """A requirement of a task, as an imperative sentence.

    A requirement's number is its position in the task, from 1.
    """

    says: Text


Clauses = int | tuple[int, ...] | None
"""The numbers of the clauses that a probe, try, or situation tests, or None if the task has no clauses."""


class Probe(Model):
    """A request, the expected decision, and the story to show if the decision differs.

    `principal` is an ARN, "service:<name>", "web-identity:<provider>", "saml:<provider's ARN>", or "anonymous". The
    condition keys that AWS puts into every request are added when the probe is evaluated
    (labs_helpers.engine.analysis.contexts); `context` adds more keys, or removes a key with null. `account` owns the
    resource.
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
    clause: Clauses = None


class WrongAnswer(Model):
    """A common wrong answer, and a part of the message with which the grader must respond to it.

    `belief`: the number of the day's belief (data/dayN/beliefs.json) that leads to this answer. `breaks`: the clauses
    that the answer breaks, if the task has clauses.
    """

    answer: Any
    refused_for: Text
    why: Text
    belief: int | None = None
    breaks: Clauses = None


class RightAnswer(Model):
    """A correct answer that differs from the solution but must also pass. `how`: the difference."""

    answer: Any
    how: Text


class Equal(Model):
    """Equivalent mutants: the names of changes to the solution that don't change any decision in the exercise's world.

    A mutant that passes but isn't named here fails the build, so that a maintainer examines it.
    """

    why: Text
    mutations: tuple[Text, ...] = Field(min_length=1)


# Calls in the running cloud


class Step(Model):
    """A boto3 call that prepares the cloud for an exercise, or a step that advances the lab clock.

    The caller is the administrator of `account`, or the profile `who`, in `region`; with `who`: "nobody", the call is
    unsigned. `keep` names the response: later steps write `$name.Member.Inner` (or `$name.List.0`) anywhere in their
    parameters. `profile` stores the returned credentials as a profile with that name. Policy documents can be objects
    wherever a parameter accepts JSON text. `advance` (arguments of timedelta) advances the clock; such a step doesn't
    make a call. `undo`: calls that undo this one, if labs_helpers.course.situations.undo has no function for that.
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
    """A real boto3 call, the expected outcome, and the story to show if the outcome differs.

    The caller is the profile `who` or the administrator of `account`; with `who`: "nobody", the call is unsigned. The
    call comes from `source_ip`, in `region`, after the clock is advanced by `advance`. `expected`: "works", "refused"
    (permission denied), or an error code. `also`: other error codes that are equally correct. `answers`: members of the
    response that must have these values. `quiet`: True if the story omits AWS's response, because the response contains
    what the learner has to find. `keep`: as in Step.
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
    also: tuple[Text, ...] = ()
    answers: dict[str, Any] = {}
    quiet: bool = False
    keep: Annotated[str, StringConstraints(pattern=r"^[a-z_]\w*$")] | None = None
    story: Text
    clause: Clauses = None


class Inquiry(Model):
    """A request that the cloud evaluates without performing it, with the expected decision and a story.

    `principal` is an ARN or "anonymous". `context` contains condition keys.
    """

    principal: Text
    action: Text
    resource: Text
    context: dict[str, str | list[str]] = {}
    expected: Literal["allow", "refuse"]
    story: Text
    clause: Clauses = None


class Situation(Model):
    """A problem in the running cloud: the calls that set it up, and the tries and inquiries that grade the fix.

    The first try is the call that users complain about: the setup makes this call and shows the result.
    """

    title: Text
    ticket: Text
    steps: tuple[Step, ...] = Field(min_length=1)
    tries: tuple[Try, ...] = Field(min_length=1)
    inquiries: tuple[Inquiry, ...] = ()
    """Requests that can't be made as calls, for example requests at another time."""
    clause: Clauses = None
    """The task's clause for this situation; its tries and inquiries test that clause unless they name others."""
    lasts: dict[str, float] | None = None
    """The time (arguments of timedelta) after which the situation can't be solved anymore, if it ends by itself."""

    @property
    def profiles(self) -> tuple[str, ...]:
        """Return the names of the profiles that the setup writes."""
        return tuple(step.profile for step in self.steps if step.profile is not None)

    @model_validator(mode="after")
    def _writes_a_profile(self) -> Situation:
        if not self.profiles:
            raise ValueError("at least one step must write a profile")
        return self


# The next morning


class LaterRequest(Probe):
    """A probe of an answer that has passed.

    `slots`: the slots of the answer's policies that are in force for this request; None means all.
    """

    slots: tuple[Slot, ...] | None = None


class Event(Model):
    """An event after a day, and the requests that it leads to while a correct answer is in force.

    `happens`: why something changes. The first request is shown if all decisions are right.
    """

    happens: Literal[
        "time passes",
        "a new hire",
        "a new customer",
        "a new project",
        "a new Region",
        "a stolen key",
        "stolen credentials",
        "a supplier's mistake",
    ]
    title: Text
    exercise: ExerciseId
    requests: tuple[LaterRequest, ...] = Field(min_length=1)


class Morning(Model):
    """The events after a day (data/dayN/morning.json). The report has one line for each event."""

    day: int
    opening: Text
    events: tuple[Event, ...] = Field(min_length=4, max_length=10)


# Scenes, quizzes, beliefs, demos and days


class Scene(Model):
    """Policies that several requests share, each with a line that describes where the policy is attached."""

    about: Text
    documents: dict[str, Document]
    attached: dict[str, Text]

    @model_validator(mode="after")
    def _every_document_is_attached(self) -> Scene:
        if self.documents.keys() != self.attached.keys():
            raise ValueError('"documents" and "attached" must have the same names')
        return self


class Option(Model):
    """An option of a question, and the reason that it is right or wrong."""

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
    """A day's questions (data/dayN/quiz.json)."""

    day: int
    questions: tuple[Question, ...] = Field(min_length=1)


class Belief(Model):
    """A statement about AWS that people often misjudge: it is false but believed, or true but doubted.

    `true`: whether it is true. `truth` states what is correct. `exercise`: the exercise that a learner with the wrong
    belief fails. `mistaken`: the wrong belief as a sentence, if the statement is true; a false statement is itself the
    wrong belief. About half of a day's statements are true, so that neither answer becomes a habit.
    """

    says: Text
    true: bool = False
    truth: Text
    mistaken: Text | None = None
    exercise: ExerciseId | None = None
    source: AwsPage

    @property
    def misconception(self) -> str:
        """Return the wrong belief as a sentence."""
        return self.mistaken or self.says

    @model_validator(mode="after")
    def _a_true_statement_has_its_misconception(self) -> Belief:
        if self.true != (self.mistaken is not None):
            raise ValueError('"mistaken" is required for true statements, and allowed only for them')
        return self


class Beliefs(Model):
    """The common beliefs about a day's subject (data/dayN/beliefs.json)."""

    day: int
    beliefs: tuple[Belief, ...] = Field(min_length=1)


Letter = Annotated[str, StringConstraints(pattern=r"^[a-d]$")]


class Demo(Model):
    """The outcome of a call or a cell in the lesson, and the question that learners answer before they run it.

    `expected`: "works" or an error code for `day.attempt`, and any JSON value for `day.outcome`. `choices`: the answers
    to choose from; `right` is the letter of the right one, and `reason` explains why it is right. `beliefs`: letter of
    a wrong answer → the ID of the belief behind it, "1.5" for the fifth of Day 1 (data/dayN/beliefs.json).
    """

    expected: Any
    question: Annotated[str, StringConstraints(pattern=r"^[A-Z].*\?$")] | None = None
    choices: dict[Letter, Text] = {}
    right: Letter | None = None
    reason: Text | None = None
    beliefs: dict[Letter, Annotated[str, StringConstraints(pattern=r"^[1-6]\.[1-9][0-9]?$")]] = {}

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
            raise ValueError('a prediction needs two to four choices, and "right" must be one of them')
        if not self.beliefs.keys() <= self.choices.keys() - {self.right}:
            raise ValueError('"beliefs" belong to wrong choices')
        return self


class Demos(Model):
    """The expected outcomes of the calls that a day's lesson attempts, by name (data/dayN/demos.json)."""

    day: int
    demos: dict[Name, Demo]


class DrawnPlace(Model):
    """A place on a drawn path: its name, its icon (`shown.look.Icon`), and what happens there, in a few words."""

    title: Text
    does: Text
    icon: Literal["person", "role", "key", "bucket", "token", "account", "policy", "gate"] = "policy"


class DrawnPath(Model):
    """One path, from its beginning to the place where it ends.

    `reached`: whether the end is reached. `harm`: whether reaching the end is harmful. `demo`: the attempt in the
    lesson that shows it.
    """

    title: Text
    places: Annotated[tuple[DrawnPlace, ...], Field(min_length=2, max_length=6)]
    reached: bool
    harm: bool = False
    demo: Name | None = None


class DrawnPaths(Model):
    """A picture of one or more paths."""

    title: Text
    paths: Annotated[tuple[DrawnPath, ...], Field(min_length=1, max_length=4)]


class PathsFile(Model):
    """The pictures of paths in a day's lesson, by name (data/dayN/paths.json)."""

    day: int
    pictures: dict[Name, DrawnPaths]


class DayFile(Model):
    """The content of a day's card, and the initial state of the day's cloud (data/dayN/day.json)."""

    day: int
    title: Text
    begins: Text
    """A description of how the day begins, for the index."""
    minutes: int
    core_minutes: int
    """The minutes that the day and its core path take, as at the top of the day's notebook."""
    holds: tuple[Text, ...]
    identities: dict[str, Text]
    trail: Text | None = None
    """The bucket that the day's trail delivers to, or None if the day has no trail."""
    stage: tuple[Step, ...] = ()
    built_by: Annotated[str, StringConstraints(pattern=r"^(day\d|weekend)\.\w+$")] | None = None
    """A module of labs_helpers.course.days whose `build(cloud)` runs before `stage`, for longer setup."""
    company: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")] | None = None
    """The class in labs_helpers.course.days for the company that the learner builds on this day."""
    rules: Annotated[str, StringConstraints(pattern=r"^weekend\.\w+$")] | None = None
    """The class in labs_helpers.course.days for the detection rules that the learner writes on this day."""
    not_in_a_browser: Text | None = None
    """The parts of the day that the browser edition lacks (docs/browser-alone.md), as shown on the day's card."""


class Term(Model):
    """A term in the course's glossary.

    `day`: the first day that teaches it, or 7 for the weekend; `also`: other forms of the term.
    """

    name: Text
    day: int = Field(ge=1, le=7)
    also: tuple[Text, ...] = ()
    says: Text
    page: AwsPage


class Glossary(Model):
    """The course's terms, without duplicates."""

    terms: tuple[Term, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_word_twice(self) -> Glossary:
        words = [word.lower() for term in self.terms for word in {term.name, *term.also}]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} is the name of two terms")
        return self
