"""The account's own work, which must go on whatever is mended: a fix that stops it is none, and deleting is no fix."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from requests import RequestException

from labs_helpers.course.days.day1 import account
from labs_helpers.course.days.day1.actors import Hands
from labs_helpers.course.days.day1.setting import SETTINGS, Stopped, Task
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.progress_line import with_progress
from labs_helpers.course.situations.staging import error_text

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_GONE = ("NoSuch", "NotFound", "NonExistent", "DoesNotExist", "Unknown")
"""How the codes read by which AWS says that something is not there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a piece of work. `gone`: what it works with was deleted, which is not the same as mended.

    `bucket`: the one that S3 did not find.
    """

    name: str
    goes_on: bool
    setting: str
    answer: str = ""
    gone: bool = False
    bucket: str = ""

    @property
    def story(self) -> str:
        """One sentence for the learner; empty where the work goes on."""
        if self.goes_on:
            return ""
        if self.gone:
            said = f"Deleted is not mended. The work “{self.name}” finds nothing any more: {self.answer}"
        else:
            said = f"The fix stops honest work: “{self.name}”. {self.answer}"
        return said.rstrip(".") + "."


@dataclass(frozen=True, slots=True, repr=False)
class Workday(Shown):
    """What came of all the work. As a cell's last value it shows itself."""

    outcomes: tuple[Outcome, ...]

    @property
    def stopped(self) -> tuple[Outcome, ...]:
        return tuple(each for each in self.outcomes if not each.goes_on)

    def page(self) -> Page:
        going = len(self.outcomes) - len(self.stopped)
        page = Page().heading(f"{going} of {len(self.outcomes)} pieces of the shop's own work go on")
        rows = [
            (each.name, "✓ goes on" if each.goes_on else "✗ stopped", each.answer) for each in self.outcomes
        ]
        return page.table(("work", "result", "AWS's answer"), rows)


def work(cloud: Cloud, settings: Collection[str] = account.IDS) -> Workday:
    """Do the shop's work, by real calls, that goes by some settings (by their ids; left out: all)."""
    hands = Hands(cloud)
    tasks = [each for id in settings for each in SETTINGS[id].tasks]
    return Workday(tuple(_done(hands, each) for each in with_progress(tasks, lambda task: task.name)))


def _told(error: ClientError) -> str:
    """AWS's answer, without what it adds for tools: an encoded message, or where to look the refusal up."""
    return re.split(r" (?:Encoded authorization failure message|Go to https)", error_text(error))[0]


def _done(hands: Hands, task: Task) -> Outcome:
    try:
        task.steps(hands)
    except ClientError as error:
        gone = any(sign in error.response["Error"]["Code"] for sign in _GONE)
        gone |= error.response["Error"]["Code"] in ("404", "AWS.SimpleQueueService.NonExistentQueue")
        bucket = error.response["Error"].get("BucketName", "") if gone else ""
        return Outcome(task.name, False, task.setting, _told(error), gone, bucket)
    except (BotoCoreError, Stopped, RequestException) as error:
        return Outcome(task.name, False, task.setting, str(error))
    except LookupError as error:
        return Outcome(task.name, False, task.setting, str(error), True)
    return Outcome(task.name, True, task.setting)
