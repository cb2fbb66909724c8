"""A learner's interface to day 6: one object for the learner's company, its design, and its scoreboard.

    larkspur = day.company
    larkspur.requirements()
    larkspur.begin_at(3)                       # before step 3, with your answers to steps 1 and 2
    day.check("6.3", answer_6_3)               # an answer that passes stays in force
    larkspur.build()                           # your company, from all answers that passed
    larkspur.build({"6.3": another})           # the same with a draft, which isn't kept
    larkspur.scoreboard()

Methods that build or change something display what happened, and each result says how many of the steps are the
learner's (labs_helpers.course.days.day6.own_company).
"""

from __future__ import annotations

import copy
import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud import modelled_services
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day6 import blueprint, capstone_scoreboard
from labs_helpers.course.days.day6.actors import ACTORS, CredentialCollector
from labs_helpers.course.days.day6.campaign import Campaign, attack
from labs_helpers.course.days.day6.capstone_scoreboard import ProbeRunner
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.design_grading import build_company
from labs_helpers.course.days.day6.league.company_file import (
    company_text,
    design_of,
    is_company,
    read_company,
)
from labs_helpers.course.days.day6.nights import NightReport, attack_after, nights
from labs_helpers.course.days.day6.own_company import (
    DAY,
    Origin,
    OwnCompany,
    compose,
    reference_before,
    step_ids,
)
from labs_helpers.course.days.day6.scoreboard_page import event_row, show_report, timeline
from labs_helpers.course.days.day6.take_home.proved_scoreboard import Proof
from labs_helpers.course.grading.answers import AnswerError, plain
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds.design import Design
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.kept_file import BrokenFile
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.learner.progress_format import read_progress
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked, one_of, write_new
from labs_helpers.course.shown.progress_line import progress_reporter
from labs_helpers.limits import DESIGN_BYTES, TooLarge, read_limited

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.days.day6.capstone_scoreboard import Report
    from labs_helpers.course.days.day6.league.opened import OpenedCompany


class Capstone:
    """The company that a learner builds. `design` is the current design, as data: a blueprint's keys and values.

    `origin` states whose design it is.
    """

    def __init__(self, cloud: Cloud, answers: Answers | None = None) -> None:
        self.cloud = cloud
        self._answers = answers if answers is not None else Answers(Progress())
        start = compose({}, before=1)
        self.design: dict[str, Any] = start.design
        self.origin: Origin = start.origin
        self.last: Report | None = None
        self._said = ""
        """The last build's sentence about whose design this is; empty once a scoreboard has been shown."""
        self.when = ""
        """The time of the last scoreboard, in UTC."""
        self.decisions: list[tuple[str, str]] = []
        """The decision record: each decision and its reasons."""

    @property
    def company(self) -> Company:
        """The company in the cloud, built if necessary."""
        return self._build(self.design)

    def requirements(self) -> None:
        """Show the company's requirements."""
        page = Page()
        text = data_path("day6", "requirements.md").read_text(encoding="utf-8")
        for block in text.split("\n\n"):
            _add(page, block.strip())
        page.show()

    @checked
    def begin_at(self, step: int, *, reference: bool = False) -> None:
        """Build the company as it is before this step, from your answers that passed, or else from the reference.

        Step 1 begins with Monday's company. `reference`: use the reference solutions only. Raises `ValueError` for an
        unknown step.
        """
        known = len(blueprint.steps())
        if type(step) is not int or not 1 <= step <= known + 1:
            raise Mistake(
                f"choose one of the steps 1 to {known}, or {known + 1} for the finished company; got {step!r:.40}"
            )
        self._take(reference_before(step) if reference else compose(self._answers.as_printed(), before=step))

    @checked
    def build(self, drafts: Mapping[str, Any] | None = None) -> bool:
        """Build your company from all of your answers that passed.

        `drafts`: answers to try instead, such as {"6.3": answer}; they aren't kept. Steps after the last
        one that you passed aren't applied: those parts of the company stay as they are on Monday.
        """
        try:
            tried = {_design_id(id): plain(answer) for id, answer in (drafts or {}).items()}
        except AnswerError as error:
            Page().say(f"✗ {error}").show()
            return False
        return self._take(compose(self._answers.as_printed(), drafts=tried))

    @checked
    def take_back(self, id: str) -> bool:
        """Remove your answer to an exercise such as "6.3" from your company. The exercise stays passed."""
        if not self._answers.take_back(_design_id(id)):
            Page().say(f"Your company has no answer to {id}.").show()
            return False
        Page().say(
            f"Your answer to {id} is no longer part of your company. `larkspur.build()` builds it."
        ).show()
        return True

    @checked
    def compare(self, id: str) -> None:
        """Show how your company and the reference differ in the parts that an exercise such as "6.3" changes."""
        id = _design_id(id)
        answer = self._answers.all().get(id)
        if answer is None:
            Page().say(f"Your company has no answer to {id} to compare.").show()
            return
        exercise = load(DAY)[id]
        assert isinstance(exercise, Design)
        before = blueprint.after(exercise.step - 1)
        changes = [exercise.changes(each) for each in (answer, exercise.solution)]
        yours, theirs = (_parts(blueprint.changed(before, each), changes[1]) for each in changes)
        lines = list(difflib.unified_diff(theirs, yours, "reference", "yours", lineterm="", n=2))
        page = Page().heading(f"{id}: your answer, compared with the reference")
        if lines:
            page.code("\n".join(lines))
        else:
            page.say("They are the same.")
        page.say("Both pass. Which one would you rather explain to a colleague?").show()

    def change(self, changes: Mapping[str, Any]) -> bool:
        """Change the design and build the difference. If that fails, show the reason and keep the old design."""
        try:
            changed = blueprint.changed(self.design, changes)
        except (TypeError, KeyError, AttributeError) as error:
            Page().say(f"✗ This isn't a valid change to a blueprint: {error}").show()
            return False
        return self._take(OwnCompany(changed, replace(self.origin, edited=True)))

    @checked
    def look(self, place: str = "") -> None:
        """Show the design as data: the names of all parts, or one part such as `roles/ci-deploy`.

        For a list such as `trails`, also show the keys that its parts can have.
        """
        if not place:
            rows = [
                (part, within if isinstance(within, str) else ", ".join(blueprint.named(within)) or "(empty)")
                for part, within in self.design.items()
            ]
            Page().table(("part", "contains"), rows).show()
            return
        try:
            found = blueprint.found(self.design, place)
        except LookupError as error:
            Page().say(f"✗ {error.args[0]}").show()
            return
        page = Page().code(json.dumps(found, indent=2, ensure_ascii=False))
        form = blueprint.form(place)
        if form:
            page.table((f"dict key of a part of {place}", "required?"), form.items())
        page.show()

    @checked
    def part(self, place: str) -> Any:
        """Return a copy of the part at a path such as `keys/tickets/policy`, to edit.

        Raises `LookupError`, which lists the known names, for an unknown name.
        """
        return copy.deepcopy(blueprint.found(self.design, place))

    @checked
    def scoreboard(self, step: int | None = None) -> Report:
        """Run all probes as real calls and show the results. With `step`, show only that step's red probes."""
        company = self.company
        with progress_reporter() as told:
            self.last = capstone_scoreboard.run(company, told=told)
        self.when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        said, self._said = self._said, ""
        show_report(self.last, step, self.origin.sentence(), is_said=said == self.origin.sentence())
        self._keep_shown(self.last)
        return self.last

    def _keep_shown(self, report: Report) -> None:
        """Save the result for the certificate, if this is the company of the answers that passed."""
        if self.design == compose(self._answers.as_printed()).design:
            self._answers.keep_shown(
                yours=len([step for step in self.origin.yours if step <= blueprint.LAST]),
                of=blueprint.LAST,
                green=report.green,
                probes=len(report.outcomes),
                date=self.when[:10],
            )

    def timeline(self) -> None:
        """Draw the attacks of the last scoreboard that the company's own logs contain, and list the other attacks."""
        report = self.last if self.last is not None else self.scoreboard()
        names = {number: name for name, number in self.company.known.items() if number.isdigit()}
        made = {one.event_id: one for one in report.outcomes if one.probe.kind == "attack" and one.event_id}
        seen = {record["eventID"]: record for record in report.records if record["eventID"] in made}
        events = sorted(event_row(record, names) for record in seen.values())
        unseen = [
            f"{one.probe.title} ({'stopped' if one.right else 'not stopped'})"
            for id, one in made.items()
            if id not in seen
        ]
        text, html = timeline(events, unseen)
        _show(text, html)
        Page().say(self.origin.sentence()).show()

    @checked
    def starter(self, id: str) -> dict[str, Any]:
        """Return an exercise's starter, to edit, with your own policies where an earlier step has them.

        Raises `LookupError` for an unknown exercise.
        """
        exercises = load(DAY)
        if id not in exercises:
            raise UnknownName(f"there is no exercise {id!r:.40}; the exercises are {', '.join(exercises)}")
        return copy.deepcopy(dict(exercises[id].begun_from(self._answers.as_printed()).starter))

    @checked
    def client(self, actor: str, service: str) -> Any:
        """Return a boto3 client for one of `actors()`.

        Raises `UnknownName` for an unknown actor or service, or an actor without credentials.
        """
        one_of(service, modelled_services(), "service")
        return ProbeRunner(self.company, CredentialCollector(self.company).collect()).client_of(
            actor, service
        )

    def actors(self) -> None:
        """Show all actors."""
        Page().table(("actor", "who"), [(name, actor.about) for name, actor in ACTORS.items()]).show()

    @checked
    def campaign(self, seed: int = 6, strength: int = 1) -> Campaign:
        """Attack the company. Raises `ValueError` for a strength other than 1, 2, or 3."""
        campaign = attack(self.company, seed, strength, self.origin.sentence())
        Page().say(
            f"The attack is over: {counted(len(campaign.made), 'move')}. The campaign's `timeline()` "
            "shows what the logs contain, and its `check()` asks you what happened."
        ).show()
        return campaign

    @checked
    def night_after(self, step: int) -> NightReport:
        """Let an attacker attack the company as it is after a step, and show what succeeded and what was recorded.

        Raises `UnknownName`, which lists the steps, for a step without a night.
        """
        one_of(step, nights(), "night", "after a step with this number")
        made = compose(self._answers.as_printed(), before=step + 1)
        if made.design != self.design and not self._take(made):
            raise Mistake("Your company can't be built, so no one can attack it.")
        report = attack_after(self.company, step, made.origin.sentence())
        report.show()
        return report

    @checked
    def name(self, text: str) -> str:
        """Return the name that AWS uses for a name in the blueprint, such as `name("tickets-<prod>")`.

        Raises `LookupError` for an unknown name.
        """
        return str(blueprint.filled(text, self.company.known))

    def decide(self, decision: str, because: str) -> None:
        """Add a decision and its reasons to the decision record, and show the record."""
        if not str(decision).strip():
            Page().say("✗ Nothing was recorded: the decision is empty.").show()
            return
        self.decisions.append((str(decision), str(because)))
        Page().heading("Decisions").table(("decided", "because"), self.decisions).show()

    @checked
    def take_home(self, folder: str | os.PathLike[str]) -> None:
        """Write the whole design to a new folder: commands, templates, and a report.

        Existing files are never overwritten. The report shows the last scoreboard if the design has not changed since
        then.
        """
        from labs_helpers.course.days.day6.take_home.folder import take_home

        design = blueprint.Blueprint.model_validate(self.design)
        proof = Proof(self.last, self.when, self.origin.sentence()) if self.last is not None else None
        try:
            files = take_home(design, folder, proof, self.decisions)
        except OSError as error:
            Page().say(f"✗ Nothing was written: {error}").show()
            return
        Page().heading("Written:").bullets(map(str, files)).show()

    @checked
    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Save the design with your answers that passed, or as a company file, which you can pass on.

        Raises `FileExists` if the file exists, and `Mistake` if the design contains something that such a file can't
        contain.
        """
        if path is None:
            kept = self._answers.keep_design(DAY, self.design)
            if kept and self._answers.is_saved:
                Page().say(self._answers.saved_where("Your design")).show()
            else:
                why = self._answers.saved_where() if kept else "It is too large."
                told = '`larkspur.save("design.json")` writes it to a separate file.'
                Page().say(f"✗ Your design wasn't saved. {why} {told}").show()
            return
        write_new(path, company_text(self.design))
        Page().say(f"Written: {path}").show()

    @checked
    def load(self, path: str | os.PathLike[str] | None = None) -> bool:
        """Build the design in a file or, without a path, the design that you saved.

        The file can be a file that `save` wrote, a `blueprint.json`, or a progress file of an older version with a
        design. For any other file, a message describes the problem.
        """
        try:
            design = self._answers.design(DAY) if path is None else design_in(path)
        except (OSError, ValueError, RecursionError, BrokenFile) as error:
            Page().say(f"✗ {path}: this isn't a design: {error}").show()
            return False
        if design is None:
            Page().say("✗ No design is saved there yet. `larkspur.save()` saves yours.").show()
            return False
        return self._take(OwnCompany(design, Origin(other=_LOADED)))

    @checked
    def league(self, path: str | os.PathLike[str]) -> OpenedCompany:
        """Open the company in another learner's file, to attack it.

        The file is only read as data. Raises `Mistake`, which names the problem, for a file that can't be read or isn't
        a company. Your own company is built again when you use it next.
        """
        from labs_helpers.course.days.day6.league.opened import OpenedCompany

        try:
            return OpenedCompany(self.cloud, read_company(path))
        except OSError as error:
            raise Mistake(f"{path!s:.200}: {error.strerror or error}.") from None

    def _take(self, made: OwnCompany) -> bool:
        try:
            self._build(made.design)
        except AnswerError as error:
            Page().say(f"✗ {error}").say(
                "Everything that was built before stays, and your design is unchanged."
            ).show()
            return False
        if made.design != self.design:
            self.design, self.last = made.design, None
        self.origin = made.origin
        self._said = made.origin.sentence()
        Page().say(f"✓ Built. {self._said}").show()
        return True

    def _build(self, design: dict[str, Any]) -> Company:
        with progress_reporter() as told:
            return build_company(self.cloud, design, told)


def design_in(path: str | os.PathLike[str]) -> Any:
    """Return the design in a file that `save` wrote or in a progress file, or None if a progress file has none.

    Raises `OSError`, `ValueError`, `RecursionError`, or `BrokenFile` for any other file. The file might be someone
    else's, so it is only read as data, and the design is validated when it is built.
    """
    try:
        value = json.loads(read_limited(path, DESIGN_BYTES))
    except TooLarge as error:
        raise Mistake(f"it {error.problem}") from None
    if is_company(value):
        return design_of(value)
    if isinstance(value, dict) and "version" in value:
        return read_progress(Path(path))["designs"].get(str(DAY))
    return value


_LOADED = "This design comes from a file, and no check has graded it."


def _design_id(id: object) -> str:
    """Return the ID of an exercise whose answer is a design. Raises `UnknownName` for anything else."""
    return one_of(id, step_ids().values(), "step", "whose answer is part of a company")


def _parts(design: Mapping[str, Any], changes: Mapping[str, Any]) -> list[str]:
    """Return the parts of a design that the changes name, as lines of JSON."""
    named: dict[str, Any] = {}
    for section, changed in changes.items():
        within = blueprint.named(design.get(section))
        named[section] = {name: within.get(name) for name in changed} if within else design.get(section)
    return json.dumps(named, indent=2, sort_keys=True, ensure_ascii=False).splitlines()


def _add(page: Page, block: str) -> None:
    if block.startswith("#"):
        page.heading(block.lstrip("# "))
    elif block.startswith("- "):
        page.bullets(line.removeprefix("- ") for line in block.splitlines())
    elif block:
        page.say(" ".join(block.splitlines()))


def _show(text: str, html: str) -> None:
    from labs_helpers.course.shown.display import show

    show(text, html)
