"""The attacks on the account from outside, and the settings that make them possible."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from requests import RequestException

from labs_helpers.course.days.day1.account import IDS
from labs_helpers.course.days.day1.actors import FAR_AWAY, ShopAccount
from labs_helpers.course.days.day1.setting_registry import SETTINGS, Attack, WorkStopped
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.mistakes import checked, one_of
from labs_helpers.course.shown.progress_line import with_progress
from labs_helpers.course.situations.staging import error_text

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt by an outsider.

    `answer` contains the AWS error that stopped the attempt, or the data that the outsider obtained.
    """

    who: str
    what: str
    got_in: bool
    setting: str
    answer: str = ""

    @property
    def because(self) -> str | None:
        """The ID of the setting that let the outsider in, or None if the attempt failed."""
        return self.setting if self.got_in else None


@dataclass(frozen=True, slots=True, repr=False)
class Attempts(Shown):
    """The attempts by all outsiders. A notebook displays the object if it is the last value in a cell."""

    attempts: tuple[Attempt, ...]

    @property
    def got_in(self) -> tuple[Attempt, ...]:
        """The attempts that succeeded."""
        return tuple(each for each in self.attempts if each.got_in)

    @property
    def open_settings(self) -> tuple[str, ...]:
        """The IDs of the settings that let an outsider in, without duplicates."""
        return tuple(dict.fromkeys(each.setting for each in self.got_in))

    def page(self) -> Page:
        """Return the attempts as a table: outsider, action, result, and the setting that let an outsider in, if any."""
        page = Page().heading(f"{len(self.got_in)} of {len(self.attempts)} attempts from outside succeeded")
        rows = [
            (each.who, each.what, "✗ got in" if each.got_in else "✓ stopped", each.because or "")
            for each in self.attempts
        ]
        return page.table(("who", "what", "result", "setting"), rows, optional_last=True)


@checked
def outsiders(cloud: Cloud, settings: Collection[str] = IDS) -> Attempts:
    """Attack the account from outside, with real calls, through these settings (IDs; by default, all settings)."""
    account = ShopAccount(cloud)
    chosen = [one_of(each, SETTINGS, "setting") for each in settings]
    tried = [attack for id in chosen for attack in SETTINGS[id].attacks]
    return Attempts(
        tuple(_attempt(account, each) for each in with_progress(tried, lambda attack: attack.what))
    )


def _attempt(account: ShopAccount, attack: Attack) -> Attempt:
    try:
        with account.cloud.calling_from(FAR_AWAY):
            got_in = attack.steps(account) is not False
        answer = "" if got_in else "nothing is open"
    except (ClientError, BotoCoreError) as error:
        got_in, answer = False, error_text(error)
    except (WorkStopped, LookupError, RequestException) as error:
        got_in, answer = False, str(error)
    return Attempt(attack.who, attack.what, got_in, attack.setting, answer)
