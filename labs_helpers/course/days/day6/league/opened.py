"""Another learner's company, opened in your own kernel, and the attacks on it.

theirs = day.league("theirs.json")
attack = theirs.attack("ci")
s3 = attack.session().client("s3")
attack.flags()
attack.save("my-attack.json")
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3

from labs_helpers.course.days.day6.blueprint import PLACEHOLDER
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.design_grading import BuiltCompany, build_company
from labs_helpers.course.days.day6.league.attack_log import FORMAT, AttackLog, attack_text
from labs_helpers.course.days.day6.league.company_file import fingerprint
from labs_helpers.course.days.day6.league.league_rules import Foothold, rules
from labs_helpers.course.days.day6.league.planting import Planted, Watch, plant
from labs_helpers.course.days.day6.league.recording import Recorder
from labs_helpers.course.days.day6.league.replay import conclusions, names_of
from labs_helpers.course.days.day6.league.robots import renewed
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.mistakes import Mistake, checked, one_of, write_new
from labs_helpers.course.shown.progress_line import progress_reporter

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


class OpenedCompany(Shown):
    """A company of another learner. It is built in a new cloud for each attack."""

    def __init__(self, cloud: Cloud, design: dict[str, Any]) -> None:
        """Store the design, which was checked when its file was read."""
        self._cloud, self._design = cloud, design

    @checked
    def attack(self, foothold: str) -> Attack:
        """Build the company in a new cloud, and begin an attack from a foothold.

        Raises `UnknownName`, which lists the footholds, or `Mistake` if AWS rejects the design.
        """
        one_of(foothold, [each.name for each in rules().footholds], "foothold")
        ends_another = self._cloud.part(BuiltCompany).attacked
        company, planted = built(self._cloud, self._design)
        attack = Attack(company, planted, rules().foothold(foothold), fingerprint(self._design))
        attack.show()
        if ends_another:
            Page().say(
                "Your earlier attack has ended, because each attack begins in a new cloud. Its `save(…)` still writes "
                "the calls that it made."
            ).show()
        return attack

    def page(self) -> Page:
        """Return a page with the footholds and the flags."""
        page = Page().heading("Their company is ready to be attacked")
        page.table(("foothold", "who you are"), [(each.name, each.about) for each in rules().footholds])
        page.table(("flag", "what has to be taken"), [(each.name, each.about) for each in rules().flags])
        return page.say(
            f'`theirs.attack("ci")` begins an attack from a foothold, with {rules().budget} calls. '
            "`larkspur.build()` brings back your own company."
        )


def built(cloud: Cloud, design: dict[str, Any]) -> tuple[Company, Planted]:
    """Build a design in a new cloud, with the flags. Raises `Mistake` if AWS rejects the design."""
    cloud.reset()
    try:
        with progress_reporter() as told:
            company = build_company(cloud, design, told)
    except AnswerError as error:
        cloud.reset()
        raise Mistake(f"This company can't be built. {error}") from None
    cloud.part(BuiltCompany).attacked = True
    return company, plant(company)


class Attack(Shown):
    """An attack from a foothold: its sessions, its budget of calls, and the flags that it has taken."""

    def __init__(self, company: Company, planted: Planted, foothold: Foothold, target: str) -> None:
        """Begin with the credentials of the foothold."""
        self._company, self._planted, self._foothold, self._target = company, planted, foothold, target
        self._runner = renewed(company)
        self._watch = Watch(self._runner)
        self._recorder = Recorder(self._runner, planted, foothold, self._check_call)
        self._hints = 0

    @property
    def ciphertext(self) -> bytes:
        """The ciphertext whose plaintext is a flag."""
        return self._planted.ciphertext

    @property
    def calls_left(self) -> int:
        """The number of calls that are left."""
        spent = sum(hint.cost for hint in self._foothold.hints[: self._hints])
        return rules().budget - len(self._recorder.calls) - spent

    @checked
    def session(self, who: str | Mapping[str, Any] = "") -> boto3.Session:
        """Return a boto3 session for the foothold, for another of its actors, or for the credentials in a response.

        Raises `UnknownName` for an actor that doesn't belong to the foothold, and `Mistake` if the response contains no
        credentials.
        """
        if not isinstance(who, str):
            return self._recorder.session_of(who)
        actor = one_of(who, self._foothold.actors, "actor") if who else self._foothold.actors[0]
        return self._recorder.session(actor)

    @checked
    def name(self, text: str) -> str:
        """Return a string with AWS's names instead of names in angle brackets, such as `<prod>` or `<flag:secret>`.

        Raises `UnknownName`, which lists the names, for an unknown one.
        """
        known = names_of(self._runner, self._planted)
        for found in PLACEHOLDER.finditer(text):
            one_of(found[0][1:-1], known, "name")
        return PLACEHOLDER.sub(lambda found: known[found[0][1:-1]], text)

    def hint(self) -> None:
        """Show the next hint, which costs calls."""
        hints = self._foothold.hints
        if self._hints == len(hints):
            Page().say("There are no more hints for this foothold.").show()
            return
        hint = hints[self._hints]
        if hint.cost > self.calls_left:
            Page().say(
                f"The next hint costs {counted(hint.cost, 'call')}, and you have {self.calls_left} left."
            ).show()
            return
        self._hints += 1
        Page().say(hint.says).say(
            f"This hint cost {counted(hint.cost, 'call')}. You have {self.calls_left} left."
        ).show()

    def flags(self) -> set[str]:
        """Show which flags are taken, and return their names. This doesn't use up a call."""
        self._check_cloud()
        recorder = self._recorder
        taken = recorder.taken | conclusions(
            self._planted, self._watch, recorder.principals, recorder.event_ids, self._foothold
        )
        page = Page().heading(f"Flags taken: {len(taken)} of {len(rules().flags)}")
        page.table(
            ("flag", "what has to be taken", "result"),
            [(*row, _taken(row[0] in taken)) for row in self._rows()],
        )
        page.say(f"Calls left: {self.calls_left}.").show()
        return {str(flag) for flag in taken}

    @checked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the calls to a file, so that the league can verify the captures. Raises `FileExists`."""
        log = AttackLog(
            format=FORMAT,
            version=1,
            company=self._target,
            foothold=self._foothold.name,
            hints=self._hints,
            calls=tuple(self._recorder.calls),
        )
        write_new(path, attack_text(log))
        Page().say(f"Written: {path}. Calls: {len(log.calls)}.").show()

    def page(self) -> Page:
        """Return a page that shows who the attacker is, and what is left."""
        page = Page().heading(f"An attack from the foothold {self._foothold.name}").say(self._foothold.about)
        if self._planted.missing:
            page.say(
                "The company's own policies prevented these flags from being planted: "
                f"{', '.join(self._planted.missing)}."
            )
        return page.say(
            "`attack.session()` returns a boto3 session, and `attack.session(answer)` returns one with the "
            f"credentials in a response. You have {counted(self.calls_left, 'call')} left. `attack.flags()` shows "
            "what you have taken."
        )

    def _rows(self) -> list[tuple[str, str]]:
        return [(each.name, each.about) for each in rules().flags]

    def _check_call(self) -> None:
        self._check_cloud()
        if self.calls_left < 1:
            raise Mistake("The budget of calls is used up.", "`theirs.attack(…)` begins a new attack.")

    def _check_cloud(self) -> None:
        if self._company.cloud.part(BuiltCompany).company is not self._company:
            raise Mistake(
                "This attack is over: another company is running.", "`theirs.attack(…)` begins a new one."
            )


def _taken(yes: bool) -> str:
    return "taken" if yes else "not\N{NO-BREAK SPACE}yet"
