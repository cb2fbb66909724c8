"""The probes for day 6, as data: attacks that must fail and work that must succeed."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Clauses, Model, Name, Text

Restorable = Annotated[
    str, StringConstraints(pattern=r"^(bucket_policies|buckets|role_policies|roles|trails|user_policies)/.+$")
]
ProbeId = Annotated[str, StringConstraints(pattern=r"^([1-9]|10)\.[1-9]\d?$")]
LAYERS = {
    "identity": "identity-based policy",
    "boundary": "permissions boundary",
    "trust": "trust policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "resource": "resource-based policy",
    "key": "key policy",
    "directory": "Identity Center",
    "sign-in": "Cognito",
    "trail": "CloudTrail",
}
Layer = Literal[
    "identity", "boundary", "trust", "scp", "rcp", "resource", "key", "directory", "sign-in", "trail"
]


class Act(Model):
    """A boto3 call by an actor, or by the platform in `account`. It can contain the company's names in angle brackets.

    `keep` names the response, so that later calls can use `$name.Member`. `session` names the credentials in a kept
    response, which replace the actor's own. `address` is the source address, if it isn't the actor's usual address.
    """

    who: Name
    account: Name | None = None
    service: Text
    call: Text
    parameters: dict[str, Any] = Field(default_factory=dict)
    region: Text | None = None
    tls: bool = True
    session: Annotated[str, StringConstraints(pattern=r"^\$\w+\.Credentials$")] | None = None
    address: Text | None = None
    keep: Annotated[str, StringConstraints(pattern=r"^[a-z_]\w*$")] | None = None


class Seen(Model):
    """An event that must be in the logs that `who` can read, and must contain `text`."""

    event: Text
    text: Text


class Probe(Act):
    """An attack that must be denied, or work that must succeed.

    `before` sets up the probe, `undo` reverts its effects, and `restore` names parts of the blueprint that it might
    have changed. `answers` are members of the response, with their expected values. `story` is shown if the result is
    wrong; `layer` is the layer to fix, and `day` is the day that teaches the layer. `codes` are additional error codes
    that are accepted as a denial. `technique` is MITRE ATT&CK's name for the attacker's action. `clause` names the
    clauses of its step that the probe tests.
    """

    id: ProbeId
    clause: Clauses = None
    kind: Literal["attack", "work"]
    title: Text
    story: Text
    layer: Layer
    control: Text
    day: int = Field(ge=1, le=6)
    technique: Text | None = None
    before: tuple[Act, ...] = ()
    undo: tuple[Act, ...] = ()
    restore: tuple[Restorable, ...] = ()
    codes: tuple[Text, ...] = ()
    answers: dict[Text, Any] = Field(default_factory=dict)
    seen: Seen | None = None

    @property
    def step(self) -> int:
        """The step that the probe belongs to."""
        return int(self.id.partition(".")[0])

    @model_validator(mode="after")
    def _an_attack_has_its_technique(self) -> Probe:
        if (self.kind == "attack") != (self.technique is not None):
            raise ValueError("an attack has a technique, and work has none")
        return self


class Probes(Model):
    """The schema of data/day6/probes.json and closer.json."""

    day: int
    probes: tuple[Probe, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Probes:
        if len({probe.id for probe in self.probes}) < len(self.probes):
            raise ValueError("two probes have the same ID")
        return self


class Together(Model):
    """Sabotages to apply in addition to this one, by name, and the probes that turn red as a result."""

    without: tuple[Text, ...] = Field(min_length=1)
    red: tuple[ProbeId, ...] = Field(min_length=1)


class Sabotage(Model):
    """The removal of one control from the reference.

    `red` are the scoreboard's probes that turn red; `closer` are the closer probes that turn red if none of the
    scoreboard's probes does. If nothing turns red, the control is redundant: `guarded_by` names the other control, and
    `together` verifies that. `outside` names a protection that isn't part of a blueprint.
    """

    name: Text
    red: tuple[ProbeId, ...]
    closer: tuple[ProbeId, ...] = ()
    guarded_by: Text | None = None
    together: Together | None = None
    outside: Text | None = None

    @model_validator(mode="after")
    def _is_seen_or_guarded(self) -> Sabotage:
        said = (bool(self.red), bool(self.closer), self.guarded_by is not None, self.outside is not None)
        if said.count(True) != 1 or (self.guarded_by is None) != (self.together is None):
            raise ValueError(
                "name the probes that turn red; if none does, name the control that replaces this one, and the probes "
                "that turn red without both"
            )
        return self


class Sabotages(Model):
    """The schema of data/day6/sabotages.json."""

    day: int
    about: Text
    sabotages: tuple[Sabotage, ...] = Field(min_length=20)


CHANGED = 10
"""The step number of the change requests, after the nine steps."""


@cache
def standing() -> tuple[Probe, ...]:
    """Return the probes for the nine steps, which must still pass after any change request."""
    return tuple(probe for probe in load() if probe.step < CHANGED)


@cache
def load() -> tuple[Probe, ...]:
    """Return all probes, in order.

    Raises `pydantic.ValidationError`, which locates the fault, if the data is invalid.
    """
    return _in("probes.json")


@cache
def closer() -> tuple[Probe, ...]:
    """Return the probes that test an exercise's answer in more detail than the scoreboard's probes do."""
    return _in("closer.json")


def _in(name: str) -> tuple[Probe, ...]:
    return Probes.model_validate_json(data_path("day6", name).read_text(encoding="utf-8")).probes
