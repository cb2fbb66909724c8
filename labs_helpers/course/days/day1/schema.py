"""The shapes of data/day1/: the line, incidents, outages, benchmark controls. Imported by their loaders only."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from labs_helpers.course.content.schema import AwsPage, Model, Name, Text

Side = Literal["aws", "inherited", "customer", "shared"]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[\w.-]+\.[a-z]{2,}/\S+$")]
Letter = Annotated[str, StringConstraints(pattern=r"^[a-c]$")]
Year = Annotated[int, Field(ge=2006, le=2026)]


def host(url: str) -> str:
    """The site of a page, its domain: two pages of one site are one source."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


class Named(Model):
    """A service or a control. `about`: what it is, in a few words."""

    name: Text
    about: Text = Field(alias="is")


class Cell(Model):
    """Whose a control is for a service, why, and the page of AWS that says so."""

    side: Side
    reason: Text
    source: AwsPage


class Responsibility(Model):
    words: dict[Side, Text]
    source: AwsPage
    services: dict[Name, Named] = Field(min_length=14)
    controls: dict[Name, Named] = Field(min_length=12)
    cells: dict[Name, dict[Name, Cell]]

    @model_validator(mode="after")
    def _every_cell_is_there(self) -> Responsibility:
        if self.cells.keys() != self.services.keys():
            raise ValueError('"cells" and "services" must name the same')
        for service, row in self.cells.items():
            if row.keys() != self.controls.keys():
                raise ValueError(f"cells.{service}: it needs each control once")
        return self


class Figure(Model):
    """A statement with a number in it, and the sources that say so: two sites at least."""

    says: Text
    sources: tuple[Name, ...] = Field(min_length=2)


class Look(Model):
    """What would you have looked at? One choice is best; the reason says why."""

    choices: dict[Letter, Text] = Field(min_length=3)
    right: Letter
    reason: Text


class Incident(Model):
    """A public incident. Numbers stand in `figures` only, each with its sources."""

    id: Name
    year: Year
    who: Text
    scene: Text
    look: Look
    misconfigured: Text
    side: Literal["customer", "supplier", "aws"]
    side_reason: Text
    hurt: Text
    cost: Text
    stopped_by: tuple[Text, ...] = Field(min_length=1)
    unknown: Text
    sources: dict[Name, Url] = Field(min_length=2)
    figures: tuple[Figure, ...] = ()
    settings: tuple[Name, ...] = ()
    """The neglected settings of the day's account that are of this kind."""
    replay: Literal["webapp", "repository"] | None = None

    @model_validator(mode="after")
    def _sources_are_independent(self) -> Incident:
        if len({host(page) for page in self.sources.values()}) < 2:
            raise ValueError(f"{self.id}: its sources are of one site")
        for figure in self.figures:
            unknown = set(figure.sources) - self.sources.keys()
            if unknown:
                raise ValueError(f"{self.id}: {figure.says!r} names no source {sorted(unknown)}")
            if len({host(self.sources[name]) for name in figure.sources}) < 2:
                raise ValueError(f"{self.id}: {figure.says!r} rests on one site")
        return self


class Incidents(Model):
    incidents: tuple[Incident, ...] = Field(min_length=10)


class Outage(Model):
    """A failure on AWS's side, as AWS described it afterwards, and how long most of what failed was away."""

    id: Name
    what: Text
    year: Year
    hours: float = Field(gt=0)
    reach: Literal["zone", "Region"]
    says: Text
    sources: dict[Name, Url] = Field(min_length=2)

    @model_validator(mode="after")
    def _sources_are_independent(self) -> Outage:
        if len({host(page) for page in self.sources.values()}) < 2:
            raise ValueError(f"{self.id}: its sources are of one site")
        return self


class Opening(Model):
    """How long an incident's data stood open, or was in strange hands unnoticed: at least so many days.

    `people`: how many were concerned, in the smallest number that is named; None where nobody says.
    """

    incident: Name
    what: Text
    days: float = Field(gt=0)
    people: int | None = Field(default=None, gt=0)
    says: Text


class Exposures(Model):
    about: AwsPage
    outages: tuple[Outage, ...] = Field(min_length=3)
    openings: tuple[Opening, ...] = Field(min_length=3)


class Control(Model):
    """A control of a benchmark, by its number and the benchmark's version."""

    benchmark: Literal["CIS AWS Foundations Benchmark", "AWS Foundational Security Best Practices"]
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    number: Annotated[str, StringConstraints(pattern=r"^(\d+(\.\d+)+|[A-Z]\w+\.\d+)$")]
    source: Url


class Asked(Model):
    """What benchmarks ask about a setting, in our words, and where."""

    setting: Name
    asks: Text
    controls: tuple[Control, ...]


class Benchmarks(Model):
    about: dict[Name, AwsPage]
    settings: tuple[Asked, ...] = Field(min_length=14)
