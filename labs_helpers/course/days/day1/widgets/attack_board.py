"""The scoreboard of day 1: rounds of outside attacks on the shop's account, and whether the shop's work continues.

    board = Scoreboard(day.cloud)     # attacks immediately, with real calls
    board                             # after a fix: press Attack again, or call board.attack()

The capstone has a different scoreboard: labs_helpers.course.days.day6.capstone_scoreboard.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import ipywidgets

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1.account import IDS
from labs_helpers.course.days.day1.outsiders import Attempts, outsiders
from labs_helpers.course.days.day1.setting_registry import SETTINGS
from labs_helpers.course.days.day1.work import Workday, work
from labs_helpers.course.lesson.exercise_places import exercise_links
from labs_helpers.course.lesson.reread import Place
from labs_helpers.course.shown.mistakes import Mistake
from labs_helpers.course.widgets import stale_cloud
from labs_helpers.course.widgets.visual_language import (
    STYLE,
    LabWidget,
    Verdict,
    breakable,
    chip,
    escaped,
    framed,
    titled_view,
)

_WIDE = {"width": "99%"}
_EXERCISE = "1.7"
"""The exercise in which the settings are fixed."""
_COLUMNS = 8
"""The maximum number of rounds that have a column."""


@dataclass(frozen=True, slots=True)
class Round:
    """One attack by all outsiders, followed by the account's own work."""

    attempts: Attempts
    workday: Workday


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a setting: open, fixed, or fixed in a way that stopped work."""

    id: str
    title: str
    where: str
    got_in: tuple[str, ...]
    stopped: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """NO if an outsider got in, WARN if work stopped, YES otherwise."""
        if self.got_in:
            return Verdict.NO
        return Verdict.WARN if self.stopped else Verdict.YES

    @property
    def word(self) -> str:
        """The verdict as a word."""
        return {Verdict.NO: "open", Verdict.WARN: "work stopped", Verdict.YES: "fixed"}[self.verdict]


class Scoreboard(LabWidget):
    """A widget that attacks the day's account from outside.

    It also does the account's own work and shows the state of each setting. `cloud` needs the day's account:
    `labs_helpers.course.days.day1.account.build` creates it, as `open_day(1)` does. The button calls `attack`; `rounds`
    keeps the results of each round. Raises `ValueError` if the cloud isn't running.
    """

    about = "Scoreboard: every dangerous setting of the account, attacked in every round"

    def __init__(self, cloud: Cloud) -> None:
        if Cloud.running() is not cloud:
            raise Mistake("this cloud isn't running: start it")
        self._cloud = cloud
        self._cloud_then = stale_cloud.Standing(cloud)
        self.rounds: list[Round] = []
        self._order: tuple[str, ...] = ()
        self._button = ipywidgets.Button(
            description="Attack again",
            tooltip="Let all outsiders try again, then do the shop's work",
            button_style="primary",
        )
        self._button.on_click(lambda _: self.attack())
        self._shown = ipywidgets.HTML(layout=_WIDE)
        self.view = titled_view(
            ipywidgets.VBox(
                [ipywidgets.HTML(STYLE), self._button, self._shown],
                layout={"width": "100%", "max_width": "80em"},
            ),
            self.about,
        )
        self.attack()

    def attack(self) -> None:
        """Run all attacks and all of the shop's work, and redraw the board.

        If the cloud was reset or stopped in the meantime, attacks wouldn't show anything about the settings, so no
        round is added.
        """
        is_outdated = self._cloud_then.is_outdated
        if not is_outdated:
            self.rounds.append(Round(outsiders(self._cloud), work(self._cloud)))
        note = self._cloud_then.note("No attack") if is_outdated else ""
        self._shown.value = f'<div class="labs">{note}{self._drawn()}</div>'

    @property
    def standings(self) -> tuple[Standing, ...]:
        """The state of every setting after the last round.

        The settings that were open in the first round come first, and every setting keeps its place from then on.
        """
        found = {each.id: each for each in self._found(self.rounds[-1])}
        if not self._order:
            order = {Verdict.NO: 0, Verdict.WARN: 1, Verdict.YES: 2}
            first = sorted(self._found(self.rounds[0]), key=lambda each: order[each.verdict])
            self._order = tuple(each.id for each in first)
        return tuple(found[id] for id in self._order)

    @staticmethod
    def _found(of: Round) -> list[Standing]:
        """Return the state of every setting after a round."""
        return [
            Standing(
                id,
                SETTINGS[id].title,
                SETTINGS[id].where,
                tuple(each.who for each in of.attempts.got_in if each.setting == id),
                tuple(each.story for each in of.workday.stopped if each.setting == id),
            )
            for id in IDS
        ]

    # The display

    def _counts(self) -> list[int]:
        """Return the number of successful attempts of each round."""
        return [len(each.attempts.got_in) for each in self.rounds]

    def _going(self) -> list[int]:
        """Return how many of the shop's tasks still worked in each round."""
        return [len(each.workday.outcomes) - len(each.workday.stopped) for each in self.rounds]

    def _figures(self) -> tuple[str, str]:
        """Return how many attempts succeeded in the last round, and how much of the shop's work still works."""
        last = self.rounds[-1]
        attempts, tasks = len(last.attempts.attempts), len(last.workday.outcomes)
        return f"{self._counts()[-1]} of {attempts}", f"{self._going()[-1]} of {tasks}"

    def _summary(self) -> str:
        got_in, going = self._figures()
        return (
            f"Round {len(self.rounds)}: {got_in} attempts succeeded; {going} shop tasks still work. "
            f"{self._by_round()}."
        )

    def _by_round(self) -> str:
        return f"Successful attempts, round by round: {', '.join(map(str, self._counts()))}"

    def _was_open(self) -> frozenset[str]:
        """Return the settings that were open in the round before the last one."""
        before = self.rounds[-2] if len(self.rounds) > 1 else None
        return frozenset(each.setting for each in before.attempts.got_in) if before else frozenset()

    def _score(self) -> str:
        """Return the last round's figures in large type, each next to its columns for all rounds so far."""
        (got_in, going), workday = self._figures(), self.rounds[-1].workday
        attacked = Verdict.NO if self._counts()[-1] else Verdict.YES
        working = Verdict.WARN if workday.stopped else Verdict.YES
        ways = sum(bool(each.got_in) for each in self.standings)
        through = f", through {ways} setting{'s' if ways != 1 else ''}" if ways else ""
        succeeded = f"attempts succeeded in round {len(self.rounds)}{through}"
        return (
            '<div role="status" class="figures" aria-label="Result">'
            + _figure(got_in, succeeded, attacked, _columns(self._counts(), Verdict.NO))
            + _figure(going, "shop tasks still work", working, _columns(self._going(), Verdict.YES))
            + f'</div><p class="heard">{self._by_round()}</p>'
        )

    def _setting(self, each: Standing, *, is_open: bool) -> str:
        """Return a setting as a line. A click expands it to show where the setting is, its ID, and the shop's work."""
        fixed = each.id in self._was_open() and not each.got_in
        sign = chip(each.verdict, f"{each.word} now" if fixed else each.word)
        who = ", ".join(dict.fromkeys(each.got_in))
        more = (
            ("Where", escaped(each.where)),
            ("ID", f"<code>{escaped(each.id)}</code>"),
            ("The shop's work", breakable(escaped(" ".join(each.stopped) or "works"))),
        )
        told = "".join(f"<p>{name}: {value}</p>" for name, value in (*more, *_fix(each)))
        return (
            f'<details class="setting {each.verdict.tint}"{" open" if is_open else ""}><summary>{sign} <strong>'
            f'{escaped(each.title)}</strong> <span data-head="Who got in: ">{escaped(who or "no one")}</span></summary>'
            f'<div class="panel">{told}</div></details>'
        )

    def _drawn(self) -> str:
        named = "".join(f"<span>{each}</span>" for each in ("State", "Setting", "Who got in"))
        heads = f'<p class="setting" aria-hidden="true">{named}</p>'
        standings = self.standings
        # The first fix that stopped work is expanded, because restoring that work comes next.
        first = next((each for each in standings if each.stopped), None)
        settings = "".join(self._setting(each, is_open=each is first) for each in standings)
        # The column with the states is as wide as the longest word in it.
        wide = max(len(each.word) + 4 * (each.id in self._was_open()) for each in standings)
        return (
            f"{self._score()}"
            f'<div role="group" aria-label="Your settings" style="--state:{0.62 * wide + 3:.1f}em">'
            f"{heads}{settings}</div>"
        )

    @property
    def html(self) -> str:
        """The board as static HTML."""
        return framed(self._drawn())

    def __repr__(self) -> str:
        lines = [
            f"{each.verdict.sign} {each.word:<12} {each.id:<20} {each.title}"
            + (f"; got in: {', '.join(dict.fromkeys(each.got_in))}" if each.got_in else "")
            + (f"; {' '.join(each.stopped)}" if each.stopped else "")
            for each in self.standings
        ]
        return "\n".join([self._summary(), *lines])


def _fix(each: Standing) -> list[tuple[str, str]]:
    """Return where to fix a setting that is open, and the call that shows its evidence."""
    if each.verdict is not Verdict.NO:
        return []
    place = Place(f"exercise {_EXERCISE}", exercise_links(1, Path.cwd()).get(_EXERCISE), is_here=True)
    call = escaped(f'scan(day.cloud).details("{each.id}")')
    return [("How to fix it", f"{place.html}. Evidence: <code>{call}</code>")]


def _figure(said: str, of: str, verdict: Verdict, columns: str) -> str:
    return f'<span class="{verdict.tint}"><span><strong>{said}</strong> {of}</span>{columns}</span>'


def _columns(counts: list[int], verdict: Verdict) -> str:
    """Return one column per round, or "" after the first round. A column's height shows the round's count."""
    if len(counts) == 1:
        return ""
    most, first = max(counts) or 1, max(1, len(counts) - _COLUMNS + 1)
    columns = "".join(
        f'<span title="Round {number}: {count}">{count}<i class="{verdict.tint}" style="height:{count / most:.2f}em">'
        "</i></span>"
        for number, count in enumerate(counts[-_COLUMNS:], first)
    )
    return f'<span class="rounds" aria-hidden="true">{columns}</span>'
