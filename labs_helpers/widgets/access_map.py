"""Who can do what where, for a whole organization: a heat map, with the table beside it.

    OrganizationAccess(cloud)                     # every user and role against twenty actions that hurt
    OrganizationAccess(cloud, preview=tree.preview)       # as it would be

Each row is a principal, asked about resources of its own account; signs and words say what colours say.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ipywidgets

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.preview import Preview
from labs_helpers.course.access_map import AccessMap
from labs_helpers.services.organizations.state import Organizations
from labs_helpers.widgets._controls import Line
from labs_helpers.widgets.design import Verdict, box, escaped, framed, kept

_CHUNK = 0.05
_AT_ONCE = 1_000
"""So many cells are asked before anything is shown: a saved notebook has them then."""
_NAME = 'class="name"'
_ACTION = 'style="writing-mode: vertical-rl; font-weight: normal; white-space: nowrap"'
_HEADS = "".join(f'<th scope="col" {_NAME}>{word}</th>' for word in ("account", "principal", "allowed"))
_MOST = "those that can do most first"
_MOST_ROWS = 200
"""Rows that are drawn at once; the filter finds the others, and the CSV has them all."""


class OrganizationAccess:
    """The map of an organization, or of the principals and actions that are given (see `course.access_map.AccessMap`).

    In a notebook it is computed in the background, on the kernel's own loop; elsewhere at once. `run` computes it now,
    `stop` ends it; what was asked so far stays. ValueError if no cloud runs.
    """

    def __init__(
        self,
        cloud: Cloud | None = None,
        principals: Iterable[str] | None = None,
        actions: Mapping[str, str] | None = None,
        *,
        preview: Preview | None = None,
    ) -> None:
        running = cloud or Cloud.running()
        if running is None:
            raise ValueError("no cloud is running: start one")
        self.map = AccessMap(running, principals, actions, preview=preview)
        organization = running.part(Organizations).of(running.home)
        members = organization.members.items() if organization is not None else ()
        self._names = {account: member.name for account, member in members}
        self._steps: Iterator[str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._make_controls()
        controls = [ipywidgets.HBox([self.progress, self.stopping]), self.find, self.order, self.grid]
        self.view: ipywidgets.Widget = kept(ipywidgets.VBox(controls, layout={"width": "99%"}))
        self.start()

    # --- computing ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Compute what is left: in chunks on the running loop, at once where none runs."""
        if self._steps is not None:
            return
        self._steps = self.map.step()
        self.stopping.disabled = False
        if len(self.map.principals) * len(self.map.actions) <= _AT_ONCE:
            self._advance(None)
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._advance(None)
        else:
            self._task = loop.create_task(self._in_chunks())

    def run(self) -> OrganizationAccess:
        """Compute to the end now."""
        self.start()
        if self._steps is not None:
            self._advance(None)
        return self

    def stop(self) -> None:
        """End the asking; what was asked stays, and `start` goes on from there."""
        self._steps = None
        self._show()

    async def _in_chunks(self) -> None:
        while self._steps is not None:
            self._advance(_CHUNK)
            await asyncio.sleep(0.01)

    def _advance(self, seconds: float | None) -> None:
        end = None if seconds is None else time.monotonic() + seconds
        assert self._steps is not None
        for _ in self._steps:
            if end is not None and time.monotonic() > end:
                self.progress.value = len(self.map.rows)
                return
        self._steps = None
        self._show()

    @property
    def running(self) -> bool:
        """Whether it is being computed."""
        return self._steps is not None

    # --- showing ------------------------------------------------------------------------------------------------

    def csv(self) -> str:
        """All that was asked, as comma-separated values."""
        return self.map.csv()

    @property
    def shown(self) -> list[str]:
        """The principals that the filter leaves, those that can do most first."""
        wanted = self.find.value.strip().lower()
        found = [each for each in self.map.rows if wanted in f"{each} {self._name(each)}".lower()]
        return sorted(found, key=self._rank)

    def _rank(self, principal: str) -> tuple[Any, ...]:
        most, name = -self.map.radius(principal)[0], principal.split(":", 5)[-1]
        return {
            _MOST: (most,),
            "by account": (self._name(principal), most),
            "by name": (name, self._name(principal)),
        }[self.order.value]

    def _name(self, principal: str) -> str:
        account = principal.split(":")[4]
        return self._names.get(account, account)

    @property
    def text(self) -> str:
        """The map as text: for each principal what it can do of what was asked."""
        lines = [repr(self.map)]
        for principal in self.shown[:_MOST_ROWS]:
            allowed, asked = self.map.radius(principal)
            lines.append(f"{allowed:3} of {asked}  {self._name(principal)}  {principal}")
        return "\n".join(lines)

    def _make_controls(self) -> None:
        self.progress = ipywidgets.IntProgress(max=max(1, len(self.map.principals)), description="Asking")
        self.stopping = ipywidgets.Button(description="Stop", disabled=True)
        self.stopping.on_click(lambda _: self.stop())
        self.find = Line(
            description="Find",
            placeholder="an account, a name",
            continuous_update=False,
            layout={"width": "99%"},
        )
        self.order = ipywidgets.Dropdown(description="Sort", options=(_MOST, "by account", "by name"))
        for control in (self.find, self.order):
            control.observe(lambda _: self._show(), "value")
        self.grid = ipywidgets.HTML()

    def _show(self) -> None:
        self.progress.value = len(self.map.rows)
        self.stopping.disabled = self._steps is None
        self.grid.value = self._html()

    def _html(self) -> str:
        allowed, asked = self.map.radius()
        done, of = len(self.map.rows), len(self.map.principals)
        told = f"{allowed} of {asked} cells are allowed. {done} of {of} principals were asked."
        word = "whole" if done == of else "stopped"
        verdict = Verdict.NOTE if done == of else Verdict.WARN
        summary = box(verdict, "Blast radius", told, label="Access map", word=word)
        shown = self.shown
        heads = "".join(f'<th scope="col" {_ACTION}>{escaped(each, 80)}</th>' for each in self.map.actions)
        rows = "".join(self._row(each) for each in shown[:_MOST_ROWS]).replace("<td", '<td tabindex="-1"')
        rows = rows.replace('tabindex="-1"', 'tabindex="0"', 1)  # the arrows go from there (design.keys)
        left = len(shown) - _MOST_ROWS
        more = f"<p>And {left} more rows: use Find, or csv().</p>" if left > 0 else ""
        head = f"<tr>{_HEADS}{heads}</tr>"
        unknown = ", ? not answered" if any(None in row for row in self.map.rows.values()) else ""
        caption = f"<caption>✓ allowed, · refused{unknown}; {self.order.value}</caption>"
        table = f'<table class="cells">{caption}<thead>{head}</thead><tbody>{rows}</tbody></table>'
        return framed(
            f'{summary}<div class="scrolled" style="max-height: 44em" tabindex="0">{table}</div>{more}'
        )

    def _row(self, principal: str) -> str:
        cells = "".join(_cell(each) for each in self.map.rows[principal])
        allowed, asked = self.map.radius(principal)
        account, name = escaped(self._name(principal), 80), escaped(principal.split(":", 5)[-1], 120)
        return (
            f'<tr><td {_NAME}>{account}</td><th scope="row" {_NAME}>{name}</th>'
            f"<td {_NAME}>{allowed} of {asked}</td>{cells}</tr>"
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = self.view._repr_mimebundle_(**options)
        if isinstance(bundle, dict) and "text/plain" in bundle:
            bundle |= {"text/plain": self.text, "text/html": self._html()}
        return bundle

    def __repr__(self) -> str:
        return repr(self.map).replace("AccessMap", "OrganizationAccess")


def _cell(allowed: bool | None) -> str:
    if allowed is None:
        return '<td style="text-align: center"><span aria-label="not answered">?</span></td>'
    if allowed:
        return '<td class="tinted bad" style="text-align: center"><span aria-label="allowed">✓</span></td>'
    return '<td style="text-align: center"><span aria-label="refused">·</span></td>'
