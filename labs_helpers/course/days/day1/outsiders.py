"""Who tries to get into the account from outside, and by which of its settings they got in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from requests import RequestException

from labs_helpers.course.days.day1 import account
from labs_helpers.course.days.day1.actors import FAR_AWAY, Hands
from labs_helpers.course.days.day1.setting import SETTINGS, Attack, Stopped
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.progress_line import with_progress
from labs_helpers.course.situations.staging import error_text

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an outsider tried. `because`: the id of the setting by which they got in, None if they did not.

    `answer` is what stopped them: AWS's words, or what they found instead.
    """

    who: str
    what: str
    got_in: bool
    setting: str
    answer: str = ""

    @property
    def because(self) -> str | None:
        return self.setting if self.got_in else None


@dataclass(frozen=True, slots=True, repr=False)
class Attempts(Shown):
    """What all outsiders tried. As a cell's last value it shows itself."""

    attempts: tuple[Attempt, ...]

    @property
    def got_in(self) -> tuple[Attempt, ...]:
        return tuple(each for each in self.attempts if each.got_in)

    @property
    def open_settings(self) -> tuple[str, ...]:
        """The ids of the settings by which somebody got in, each once."""
        return tuple(dict.fromkeys(each.setting for each in self.got_in))

    def page(self) -> Page:
        page = Page().heading(f"{len(self.got_in)} of {len(self.attempts)} attempts from outside got in")
        rows = [
            (each.who, each.what, "✗ got in" if each.got_in else "✓ stopped", each.because or "")
            for each in self.attempts
        ]
        return page.table(("who", "what", "result", "because of"), rows)


def outsiders(cloud: Cloud, settings: Collection[str] = account.IDS) -> Attempts:
    """Let outsiders try, by real calls from elsewhere, what some settings (by their ids; left out: all) let them."""
    hands = Hands(cloud)
    tried = [attack for id in settings for attack in SETTINGS[id].attacks]
    return Attempts(tuple(_tried(hands, each) for each in with_progress(tried, lambda attack: attack.what)))


def _tried(hands: Hands, attack: Attack) -> Attempt:
    try:
        with hands.cloud.calling_from(FAR_AWAY):
            got_in = attack.steps(hands) is not False
        answer = "" if got_in else "nothing is open there"
    except (ClientError, BotoCoreError) as error:
        got_in, answer = False, error_text(error)
    except (Stopped, LookupError, RequestException) as error:
        got_in, answer = False, str(error)
    return Attempt(attack.who, attack.what, got_in, attack.setting, answer)
