"""The shop's own work, which must continue after every fix: stopping work or deleting its resources isn't a fix."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from requests import RequestException

from labs_helpers.course.days.day1.account import IDS
from labs_helpers.course.days.day1.actors import ShopAccount
from labs_helpers.course.days.day1.setting_registry import SETTINGS, Task, WorkStopped
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.mistakes import checked, one_of
from labs_helpers.course.shown.progress_line import with_progress
from labs_helpers.course.situations.staging import error_text

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_GONE_CODES = ("NoSuch", "NotFound", "NonExistent", "DoesNotExist", "Unknown")
"""The parts of error codes by which AWS reports that a resource does not exist."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a task.

    `gone` means that a resource that the task needs was deleted, which isn't a fix. `bucket` is the bucket that S3 did
    not find.
    """

    name: str
    goes_on: bool
    setting: str
    answer: str = ""
    gone: bool = False
    bucket: str = ""

    @property
    def story(self) -> str:
        """A sentence for the learner, or an empty string if the work continues."""
        if self.goes_on:
            return ""
        if self.gone:
            said = f"Deleting isn't fixing. The work “{self.name}” fails because something is gone: {self.answer}"
        else:
            said = f"The fix breaks legitimate work: “{self.name}”. {self.answer}"
        return said.rstrip(".") + "."


@dataclass(frozen=True, slots=True, repr=False)
class Workday(Shown):
    """The results of all tasks. A notebook displays the object if it is the last value in a cell."""

    outcomes: tuple[Outcome, ...]

    @property
    def stopped(self) -> tuple[Outcome, ...]:
        """The tasks that can't continue."""
        return tuple(each for each in self.outcomes if not each.goes_on)

    def page(self) -> Page:
        """Return the results as a table with task and result, and with AWS's response if a task has stopped."""
        going = len(self.outcomes) - len(self.stopped)
        page = Page().heading(f"{going} of {len(self.outcomes)} shop tasks still work")
        rows = [
            (each.name, "✓ works" if each.goes_on else "✗ stopped", each.answer) for each in self.outcomes
        ]
        return page.table(("task", "result", "error"), rows, optional_last=True)


@checked
def work(cloud: Cloud, settings: Collection[str] = IDS) -> Workday:
    """Do, with real calls, the shop's work that depends on the settings with these IDs (by default, all settings)."""
    account = ShopAccount(cloud)
    chosen = [one_of(each, SETTINGS, "setting") for each in settings]
    tasks = [each for id in chosen for each in SETTINGS[id].tasks]
    return Workday(tuple(_perform(account, each) for each in with_progress(tasks, lambda task: task.name)))


def _aws_message(error: ClientError) -> str:
    """Return AWS's message without the additions for tools: an encoded message, or a link to look up the error."""
    return re.split(r" (?:Encoded authorization failure message|Go to https)", error_text(error))[0]


def _perform(account: ShopAccount, task: Task) -> Outcome:
    try:
        task.steps(account)
    except ClientError as error:
        gone = any(sign in error.response["Error"]["Code"] for sign in _GONE_CODES)
        gone |= error.response["Error"]["Code"] in ("404", "AWS.SimpleQueueService.NonExistentQueue")
        bucket = error.response["Error"].get("BucketName", "") if gone else ""
        return Outcome(task.name, False, task.setting, _aws_message(error), gone, bucket)
    except (BotoCoreError, WorkStopped, RequestException) as error:
        return Outcome(task.name, False, task.setting, str(error))
    except LookupError as error:
        return Outcome(task.name, False, task.setting, str(error), True)
    return Outcome(task.name, True, task.setting)
