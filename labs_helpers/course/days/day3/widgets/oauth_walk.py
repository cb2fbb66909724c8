"""The OAuth walk: a sign-in, request by request, with the purpose of each parameter and the attack that it prevents.

    OAuthWalk(host, client_id, callback, [("alice", "…"), ("mallory", "…")])

All requests are real, and go to the pool's own pages. Remove a protection, choose an attack, and run it.
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from labs_helpers.cloud import NotModelled
from labs_helpers.course.days.day3.walk import ATTACKS, PURPOSE, Exchange, Refused, Walk
from labs_helpers.course.days.day3.widgets.oauth_lanes import arrows, in_words, lanes
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.visual_language import (
    LabWidget,
    Verdict,
    box,
    escaped,
    facts,
    framed,
    shortened,
    titled_view,
)

NOTHING = "no attack"
PROTECTIONS = {"state": "state", "nonce": "nonce", "pkce": "PKCE"}
_WIDE = {"width": "99%"}
_GONE = "No user pool in this cloud has that domain."
_LONGEST = 160
"""The maximum number of characters of an answer that are shown."""


class OAuthWalk(LabWidget):
    """A walk through a public client's sign-ins.

    `people` are (name, password) pairs for Alice and Mallory, in this order.

    It needs a running cloud with a user pool that has managed login at `host` and these two users. The button calls
    `run`; `choose` sets the attack and the protections, and then runs the attack. `exchanges` are the last run's
    requests, and `outcome` is its result: whether Mallory gained anything, and a description.
    """

    about = (
        "OAuth walk: a sign-in, one request at a time, and the attacks that each missing protection allows"
    )

    @checked
    def __init__(self, host: str, client_id: str, callback: str, people: Sequence[tuple[str, str]]) -> None:
        alice, mallory = people
        self._with = (host, client_id, callback, (alice, mallory))
        self.exchanges: tuple[Exchange, ...] = ()
        self.outcome: tuple[bool, str] | None = None
        self._choosing = False
        self._make_controls()
        self.run()

    # Actions of the controls

    @checked
    def choose(self, attack: str = NOTHING, *, without: Sequence[str] = ()) -> None:
        """Set the attack, remove protections ("state", "nonce", "pkce"), and run the attack.

        Raises `ValueError` for unknown names.
        """
        unknown = [name for name in without if name not in PROTECTIONS]
        if attack not in (NOTHING, *ATTACKS) or unknown:
            raise Mistake(
                f"attacks: {', '.join((NOTHING, *ATTACKS))}; protections: {', '.join(PROTECTIONS)}; "
                f"got {attack!r}, {list(without)!r}"
            )
        self._choosing = True
        try:
            self.attack.value = attack
            for name, tick in self.protections.items():
                tick.value = name not in without
        finally:
            self._choosing = False
        self.run()

    def go(self, by: int) -> None:
        """Go forward or back by this many requests, within the walk."""
        self.step.value = min(max(self.step.value + by, 1), self.step.max)

    def run(self) -> None:
        """Run the sign-in or the attack from the beginning, with new browsers."""
        walk = Walk(*self._with, self.uses)
        attack = self.attack.value
        try:
            said = walk.sign_in() if attack == NOTHING else walk.attack(attack)
            self.outcome = (attack != NOTHING, f"Signed in: {said}." if attack == NOTHING else said)
        except Refused as why:
            self.outcome = (False, f"{str(why)[0].upper()}{str(why)[1:]}.")
        except NotModelled:  # no host of that name: the pool or its domain is gone
            self.outcome = (False, _GONE)
        self.exchanges = tuple(walk.exchanges)
        self.step.max = max(len(self.exchanges), 1)
        # The last request of an attack is the one that succeeds or fails.
        self.step.value = self.step.max if attack != NOTHING else 1
        self._draw()

    @property
    def uses(self) -> frozenset[str]:
        """The protections that the application uses."""
        return frozenset(name for name, tick in self.protections.items() if tick.value)

    def _make_controls(self) -> None:
        self.protections = {
            name: ipywidgets.Checkbox(value=True, description=word, indent=False, layout={"width": "auto"})
            for name, word in PROTECTIONS.items()
        }
        self.attack = ipywidgets.Dropdown(
            options=[NOTHING, *ATTACKS], description="Attack", layout={"width": "22em"},
            style={"description_width": "auto"},
        )  # fmt: skip
        self.button = ipywidgets.Button(description="Run", layout={"width": "auto"})
        self.step = ipywidgets.BoundedIntText(value=1, min=1, max=1)  # Back and Next change it
        self.back = ipywidgets.Button(description="◀ Back", layout={"width": "auto"})
        self.forward = ipywidgets.Button(description="Next ▶", layout={"width": "auto"})
        self.button.on_click(lambda _: self.run())
        self.back.on_click(lambda _: self.go(-1))
        self.forward.on_click(lambda _: self.go(1))
        for button in (self.back, self.forward):
            button.add_class("labs-held")
        for tick in (*self.protections.values(), self.attack):
            tick.observe(lambda _: None if self._choosing else self.run(), "value")
        self.step.observe(lambda _: self._draw(), "value")
        self._verdict, self._lanes, self._shown = (ipywidgets.HTML(layout=_WIDE) for _ in range(3))
        wrapped = {"flex_flow": "row wrap", "align_items": "center"}
        ticks = ipywidgets.HBox(
            [ipywidgets.HTML("The application uses:"), *self.protections.values()],
            layout={**wrapped, "grid_gap": "0 1em"},
        )
        chosen = ipywidgets.HBox([self.attack, self.button], layout=wrapped)
        steps = ipywidgets.HBox([self.back, self.forward])
        # The request is next to the lanes if both fit, and below them otherwise.
        column = {"flex": "1 1 34em", "min_width": "0"}
        both = ipywidgets.HBox(
            [
                ipywidgets.VBox([self._lanes], layout=column),
                ipywidgets.VBox([steps, self._shown], layout=column),
            ],
            layout={"flex_flow": "row wrap", "width": "99%", "grid_gap": "0 2em"},
        )
        self.view = titled_view(
            ipywidgets.VBox([ticks, chosen, self._verdict, both], layout={"width": "100%"}),
            self.about,
        )

    # The display

    def _draw(self) -> None:
        self._verdict.value = f'<div class="labs">{self._came_of_it()}</div>'
        self._lanes.value = framed(self._picture(self.step.value))
        is_last = self.step.value >= len(self.exchanges)
        self.back.disabled, self.forward.disabled = self.step.value <= 1, is_last
        self.forward.button_style = "" if is_last else "primary"
        shown = self._one(self.step.value) if self.exchanges else ""
        self._shown.value = f'<div class="labs">{shown}</div>'

    def _picture(self, now: int | None = None) -> str:
        assert self.outcome is not None
        return lanes(self.exchanges, self.outcome[1], self.uses, now) if self.exchanges else ""

    def _came_of_it(self) -> str:
        assert self.outcome is not None
        got, said = self.outcome
        attack = self.attack.value
        if said == _GONE:
            return box(Verdict.WARN, "The walk can't begin.", said, label="Outcome", word="not run")
        if attack == NOTHING:
            good = said.startswith("Signed in")
            verdict, word = (Verdict.YES, "signed in") if good else (Verdict.NO, "not signed in")
            return box(verdict, "A sign-in without an attack.", said, label="Outcome", word=word)
        if got:
            return box(Verdict.NO, ATTACKS[attack], said, label="Outcome", word="the attack succeeds")
        return box(Verdict.YES, ATTACKS[attack], said, label="Outcome", word="the attack fails")

    def _one(self, number: int) -> str:
        each = self.exchanges[number - 1]
        rows = [
            (f"<code>{escaped(name)}</code>", shortened(value[:90]), escaped(PURPOSE.get(name, "")))
            for name, value in each.given.items()
        ]
        return (
            f"<p><strong>{number} of {len(self.exchanges)}: {escaped(each.title)}</strong></p>"
            f"<p>{escaped(each.who)}: {each.method} {shortened(each.url)}</p>"
            + facts("What the request contains, and why", rows, ("Name", "Value and purpose"))
            + f"<p>Answer: {each.status} {shortened(_begin(each.answer))}</p>"
        )

    # Forms without a widget

    @property
    def html(self) -> str:
        """The whole walk as static HTML."""
        every = "".join(self._one(number) for number in range(1, len(self.exchanges) + 1))
        return framed(self._came_of_it() + self._picture() + every)

    def __repr__(self) -> str:
        assert self.outcome is not None
        lines = [f"{self.attack.value}: {self.outcome[1]}"]
        lines.append(in_words(arrows(self.exchanges, self.outcome[1]), self.uses))
        for number, each in enumerate(self.exchanges, 1):
            lines.append(f"{number}. {each.title}: {each.who}, {each.method} {each.url}")
            lines += [f"     {name} = {value[:60]}" for name, value in each.given.items()]
            lines.append(f"     answer: {each.status} {each.answer[:100]}")
        return "\n".join(lines)


def _begin(answer: str) -> str:
    """Return an answer, cut after the last parameter that fits if it is too long."""
    return answer if len(answer) <= _LONGEST else f"{answer[:_LONGEST].rpartition('&')[0]}&…"
