"""Pydantic models of the attack packs (data/weekend/packs/) and of the ordinary work (data/weekend/work.json).

Strings can contain names in angle brackets, such as <outsider>, which stand for the values of a night
(labs_helpers.course.attacks.nights), and references to responses that earlier calls keep, such as $key.KeyMetadata.Arn.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from labs_helpers.course.content.schema import Model, Name, Text

Caller = Literal["user", "session", "root", "federated", "application", "worker", "pipeline", "instance"]
"""The caller in a scenario: a staff member as an IAM user, a staff member in a role session, the root user, a federated
user, one of two sessions of the application's role, the deployment pipeline's role session, or an instance's role."""
Place = Literal["office", "away", "abroad", "instance"]
"""The origin of calls: the office's network, a café, an address that no one at the company has used, or the instance
itself."""


class PlayedCall(Model):
    """A boto3 call in a scenario.

    `times`: how often the call is made; `<count>` in its parameters is the number of the call, from 1. `error`: the
    error code that AWS returns, if the call fails ("any" if it might fail). `minutes`: how far the clock is advanced
    before each call. `by`: a caller other than the scenario's, or "administrator". `place`: an origin other than the
    scenario's. `new_session`: whether the callers that have sessions get new ones first. `elsewhere`: whether the call
    is made in another Region.
    """

    service: Text
    call: Text
    parameters: dict[str, Any] = Field(default_factory=dict)
    keep: Annotated[str, StringConstraints(pattern=r"^[a-z_]\w*$")] | None = None
    times: int = Field(1, ge=1, le=60)
    error: Text | None = None
    minutes: float = 0
    by: Caller | Literal["administrator", "newcomer"] | None = None
    account: Literal["ours", "outsider"] = "ours"
    new_session: bool = False
    elsewhere: bool = False
    place: Place | None = None


class Form(Model):
    """One way to carry out an attack. `before`: calls by the administrator that prepare it, in addition to the pack's.

    `by`: the callers that play the form; the default is a user, a role session, root, and a federated user if the
    services allow one.
    """

    form: Text
    before: tuple[PlayedCall, ...] = ()
    calls: tuple[PlayedCall, ...] = Field(min_length=1)
    by: tuple[Caller, ...] | None = None
    place: Place | None = None


class LookAlike(Model):
    """Legitimate calls that look like the attack, and why they are legitimate."""

    title: Text
    why: Text
    before: tuple[PlayedCall, ...] = ()
    calls: tuple[PlayedCall, ...] = Field(min_length=1)
    by: tuple[Caller, ...] = ("user", "session")
    place: Place | None = None


class Pack(Model):
    """A technique: the forms of the attack, and its look-alikes.

    `met`: the day of the course on which the learner carried out or encountered this attack. `technique`: ATT&CK's ID.
    `stratus`: the name of the technique in Stratus Red Team, if it includes the technique. `more_forms` and
    `more_benign` are played only on nights that the learner doesn't see.
    """

    name: Name
    title: Text
    technique: Annotated[str, StringConstraints(pattern=r"^T\d{4}(\.\d{3})?$")]
    stratus: Annotated[str, StringConstraints(pattern=r"^aws\.[a-z0-9.-]+$")] | None = None
    met: int = Field(ge=1, le=7)
    once: tuple[PlayedCall, ...] = ()
    setup: tuple[PlayedCall, ...] = ()
    after: tuple[PlayedCall, ...] = ()
    forms: tuple[Form, ...] = Field(min_length=1)
    benign: tuple[LookAlike, ...] = ()
    more_forms: tuple[Form, ...] = ()
    more_benign: tuple[LookAlike, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Pack:
        forms, benign = (*self.forms, *self.more_forms), (*self.benign, *self.more_benign)
        for names in ([form.form for form in forms], [each.title for each in benign]):
            if len(set(names)) < len(names):
                raise ValueError("two forms or two look-alikes have the same name")
        return self


class Chore(Model):
    """Ordinary calls: what a caller does on a working day, and how often."""

    title: Text
    by: Caller
    place: Place = "office"
    rounds: int = Field(1, ge=1, le=60)
    before: tuple[PlayedCall, ...] = ()
    calls: tuple[PlayedCall, ...] = Field(min_length=1)


class Work(Model):
    """An ordinary workday (data/weekend/work.json)."""

    chores: tuple[Chore, ...] = Field(min_length=5)
