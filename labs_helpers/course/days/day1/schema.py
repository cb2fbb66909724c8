"""The schemas for data/day1/: the line, incidents, outages, benchmark controls. Only the loaders import this module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from labs_helpers.course.content.schema import AwsPage, Model, Name, Text

Side = Literal["aws", "inherited", "customer", "shared"]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[\w.-]+\.[a-z]{2,}/\S+$")]
Letter = Annotated[str, StringConstraints(pattern=r"^[a-c]$")]
Year = Annotated[int, Field(ge=2006, le=2026)]


def host(url: str) -> str:
    """Return the domain of a page's site. Two pages on the same site count as one source."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


class Named(Model):
    """A service or a control. `about` describes it in a few words."""

    name: Text
    about: Text = Field(alias="is")


class Cell(Model):
    """One control for one service, with the responsible party, the reason, and an AWS page as the source."""

    side: Side
    reason: Text
    source: AwsPage


class Responsibility(Model):
    """The boundary between AWS's and the customer's responsibilities. Every service has a cell for every control."""

    words: dict[Side, Text]
    source: AwsPage
    services: dict[Name, Named] = Field(min_length=14)
    controls: dict[Name, Named] = Field(min_length=12)
    cells: dict[Name, dict[Name, Cell]]

    @model_validator(mode="after")
    def _every_cell_is_there(self) -> Responsibility:
        if self.cells.keys() != self.services.keys():
            raise ValueError('"cells" and "services" must name the same services')
        for service, row in self.cells.items():
            if row.keys() != self.controls.keys():
                raise ValueError(f"cells.{service}: it needs each control once")
        return self


class Figure(Model):
    """A statement that contains a number, with sources from at least two sites."""

    says: Text
    sources: tuple[Name, ...] = Field(min_length=2)


class Look(Model):
    """The question “what would you have looked at?” with its choices, the best choice, and a reason for each.

    `reason` is the reason for the best choice, and `others` has the reasons for the others.
    """

    choices: dict[Letter, Text] = Field(min_length=3)
    right: Letter
    reason: Text
    others: dict[Letter, Text]

    @model_validator(mode="after")
    def _each_choice_has_a_reason(self) -> Look:
        if self.choices.keys() != {self.right, *self.others} or self.right in self.others:
            raise ValueError('"others" needs a reason for each choice except the best one')
        return self


class Incident(Model):
    """A public incident. Numbers appear only in `figures`, each with its sources."""

    id: Name
    year: Year
    who: Text
    scene: Text
    look: Look
    steps: tuple[Text, Text, Text]
    """The weakness, how it was used, and the damage."""
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
    """The neglected settings in the day's account that match this kind of incident."""
    replay: Literal["webapp", "repository"] | None = None

    @model_validator(mode="after")
    def _sources_are_independent(self) -> Incident:
        if len({host(page) for page in self.sources.values()}) < 2:
            raise ValueError(f"{self.id}: its sources are all from one site")
        for figure in self.figures:
            unknown = set(figure.sources) - self.sources.keys()
            if unknown:
                raise ValueError(f"{self.id}: {figure.says!r} refers to unknown sources {sorted(unknown)}")
            if len({host(self.sources[name]) for name in figure.sources}) < 2:
                raise ValueError(f"{self.id}: {figure.says!r} has sources from only one site")
        return self


class Incidents(Model):
    """The schema of data/day1/incidents.json. `publications` has the name of each source, by its ID."""

    incidents: tuple[Incident, ...] = Field(min_length=10)
    publications: dict[Name, Text]

    @model_validator(mode="after")
    def _every_source_has_a_name(self) -> Incidents:
        _check_names(self.publications, self.incidents)
        return self


def _check_names(publications: Mapping[str, str], sourced: Iterable[Incident | Outage]) -> None:
    """Raise an error if a source has no name, or a name isn't used."""
    used = {name for each in sourced for name in each.sources}
    if used != publications.keys():
        raise ValueError(f"publications: missing or unused names: {sorted(used ^ publications.keys())}")


class Outage(Model):
    """A failure at AWS, as AWS described it afterward, and the hours until services had mostly recovered."""

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
            raise ValueError(f"{self.id}: its sources are all from one site")
        return self


class Opening(Model):
    """The minimum number of days for which an incident's data was exposed, or was being stolen, unnoticed.

    `people` is the smallest published number of people affected, or None if no source gives one.
    """

    incident: Name
    what: Text
    days: float = Field(gt=0)
    people: int | None = Field(default=None, gt=0)
    says: Text


class Exposures(Model):
    """The schema of data/day1/exposures.json. `publications` has the name of each outage's source, by its ID."""

    about: AwsPage
    outages: tuple[Outage, ...] = Field(min_length=3)
    openings: tuple[Opening, ...] = Field(min_length=3)
    publications: dict[Name, Text]

    @model_validator(mode="after")
    def _every_source_has_a_name(self) -> Exposures:
        _check_names(self.publications, self.outages)
        return self


class Control(Model):
    """A control in a benchmark, identified by its number and the version of the benchmark."""

    benchmark: Literal["CIS AWS Foundations Benchmark", "AWS Foundational Security Best Practices"]
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    number: Annotated[str, StringConstraints(pattern=r"^(\d+(\.\d+)+|[A-Z]\w+\.\d+)$")]
    source: Url


class Requirement(Model):
    """A benchmark requirement for a setting, in our own words, and the controls that contain it."""

    setting: Name
    asks: Text
    controls: tuple[Control, ...]


class Benchmarks(Model):
    """The schema of data/day1/controls.json."""

    about: dict[Name, AwsPage]
    settings: tuple[Requirement, ...] = Field(min_length=14)
