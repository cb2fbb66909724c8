"""A learner's interface to day 6: one object for a company, its design, and its scoreboard.

    larkspur = Capstone(day.cloud)
    larkspur.requirements()
    larkspur.begin_at(3)           # with the earlier steps done
    larkspur.change(answer_6_3)    # build on
    larkspur.scoreboard()

Methods that build or change resources display what happened.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud import modelled_services
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day6 import blueprint, scoreboard
from labs_helpers.course.days.day6.actors import ACTORS, CredentialCollector
from labs_helpers.course.days.day6.campaign import Campaign, attack
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.design_grading import build_company
from labs_helpers.course.days.day6.scoreboard import ProbeRunner
from labs_helpers.course.days.day6.scoreboard_page import event_row, show_report, timeline
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.learner.progress_format import BrokenProgress, read_progress
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked, one_of
from labs_helpers.course.shown.progress_line import progress_reporter
from labs_helpers.limits import DESIGN_BYTES, TooLarge, read_limited

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.days.day6.scoreboard import Report


DAY = 6


class Capstone:
    """The company that a learner builds. `design` is the current design, as data: a blueprint's keys and values."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.design: dict[str, Any] = blueprint.after(0)
        self.last: Report | None = None
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
    def begin_at(self, step: int) -> None:
        """Build the company in the state that the reference design has before this step.

        Step 1 begins with the starting design. Raises `ValueError` for an unknown step.
        """
        known = len(blueprint.steps())
        if type(step) is not int or not 1 <= step <= known + 1:
            raise Mistake(
                f"choose one of the steps 1 to {known}, or {known + 1} for the finished company; got {step!r:.40}"
            )
        self._take(blueprint.after(step - 1))

    def change(self, changes: Mapping[str, Any]) -> bool:
        """Change the design and build the difference. If that fails, show the reason and keep the old design."""
        try:
            return self._take(blueprint.changed(self.design, changes))
        except (TypeError, KeyError, AttributeError) as error:
            Page().say(f"✗ This isn't a valid change to a blueprint: {error}").show()
            return False

    @checked
    def look(self, place: str = "") -> None:
        """Show the design as data: the names of all parts, or one part such as `roles/ci-deploy`.

        For a list such as `trails`, also show the keys that its parts can have.
        """
        if not place:
            rows = [
                (part, within if isinstance(within, str) else ", ".join(blueprint.named(within)))
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
            self.last = scoreboard.run(company, told=told)
        show_report(self.last, step)
        return self.last

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

    @checked
    def starter(self, id: str) -> dict[str, Any]:
        """Return an exercise's starter, to edit. Raises `LookupError` for an unknown exercise."""
        from labs_helpers.course.grading.exercise_loading import load

        exercises = load(6)
        if id not in exercises:
            raise UnknownName(f"there is no exercise {id!r:.40}; the exercises are {', '.join(exercises)}")
        return copy.deepcopy(dict(exercises[id].starter))

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
        campaign = attack(self.company, seed, strength)
        Page().say(
            f"The attack is over: {len(campaign.made)} moves in {campaign.seconds:.0f} s. Which of them succeeded? "
            "`campaign.timeline()` shows what the logs contain, and `campaign.check()` asks you what happened."
        ).show()
        return campaign

    @checked
    def name(self, text: str) -> str:
        """Return the name that AWS uses for a name in the blueprint, such as `name("tickets-<prod>")`.

        Raises `LookupError` for an unknown name.
        """
        return str(blueprint.filled(text, self.company.known))

    def decide(self, decision: str, because: str) -> None:
        """Add a decision and its reasons to the decision record, and show the record."""
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
        try:
            files = take_home(design, folder, self.last, self.decisions)
        except OSError as error:
            Page().say(f"✗ Nothing was written: {error}").show()
            return
        Page().heading("Written:").bullets(map(str, files)).show()

    @checked
    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Save the design in your progress (which `day.progress().export(…)` includes), or in a separate file.

        Raises `FileExistsError` if the file exists.
        """
        if path is None:
            self._keep()
            return
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            json.dump(self.design, file, indent=2)
        Page().say(f"Written: {path}").show()

    def _keep(self) -> None:
        progress = Progress()
        try:
            progress.designed(DAY, self.design)
        except BrokenProgress as error:
            Page().say(f"✗ Your design wasn't saved: {error}.").show()
            return
        if Progress().design(DAY) == self.design:
            Page().say(f"Your design is saved. {progress.whereabouts()}").show()
        else:
            told = '`larkspur.save("design.json")` writes it to a separate file.'
            Page().say(f"✗ Your design wasn't saved. {progress.whereabouts()} {told}").show()

    @checked
    def load(self, path: str | os.PathLike[str] | None = None) -> bool:
        """Build the design in a file or, without a path, the design saved in your progress.

        The file can be a file that `save` wrote, or a progress file, from which only the design is used. For any other
        file, a message describes the problem.
        """
        try:
            design = Progress().design(DAY) if path is None else design_in(path)
        except (OSError, ValueError, RecursionError, BrokenProgress) as error:
            Page().say(f"✗ {path}: this isn't a design: {error}").show()
            return False
        if design is None:
            Page().say("✗ No design is saved there yet. `larkspur.save()` saves yours.").show()
            return False
        return self._take(design)

    def _take(self, design: dict[str, Any]) -> bool:
        try:
            self._build(design)
        except AnswerError as error:
            Page().say(f"✗ {error}").say(
                "Everything that was built before stays, and your design is unchanged."
            ).show()
            return False
        if design != self.design:
            self.design, self.last = design, None
        Page().say("✓ Built.").show()
        return True

    def _build(self, design: dict[str, Any]) -> Company:
        with progress_reporter() as told:
            return build_company(self.cloud, design, told)


def design_in(path: str | os.PathLike[str]) -> Any:
    """Return the design in a file that `save` wrote or in a progress file, or None if a progress file has none.

    Raises `OSError`, `ValueError`, `RecursionError`, or `BrokenProgress` for any other file. Another person might have
    written the file, so it is only read as data, and the design is validated when it is built.
    """
    try:
        value = json.loads(read_limited(path, DESIGN_BYTES))
    except TooLarge as error:
        raise Mistake(f"it {error.problem}") from None
    if isinstance(value, dict) and "version" in value:
        return read_progress(Path(path))["designs"].get(str(DAY))
    return value


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
