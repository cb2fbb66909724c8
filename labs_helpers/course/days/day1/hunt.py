"""The grader for the hunt, which reports remaining attacks, stopped work, and incomplete fixes for each setting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.cloud.actors import METADATA_ADDRESS
from labs_helpers.course.days.day1.account import begin_anew, build, olivias_phone
from labs_helpers.course.days.day1.actors import CreatedResources, ShopAccount
from labs_helpers.course.days.day1.outsiders import Attempt, outsiders
from labs_helpers.course.days.day1.posture import scan
from labs_helpers.course.days.day1.setting_registry import SETTINGS, WorkStopped
from labs_helpers.course.days.day1.work import Outcome, Workday, work

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

__all__ = ["PREAMBLE", "begin_anew", "mended", "notes", "prepare", "verdict"]

PREAMBLE = """\
import json

import boto3

from labs_helpers.course.days.day1 import olivias_phone

first, second = olivias_phone(day.cloud).two_codes()
phone = {"code1": first, "code2": second}"""
"""The code before a pasted solution: values that no API call returns."""


_OWN_POLICY = "identity-based policy"
"""The words with which AWS's messages attribute a denial to the caller's own policies."""


def prepare(cloud: Cloud) -> dict[str, Any]:
    """Return the values for fix steps that no API call returns: `$phone.code1` and `$phone.code2`.

    Build the account first if it is missing.
    """
    if not cloud.part(CreatedResources).ids:
        build(cloud)
    first, second = olivias_phone(cloud).two_codes()
    return {"phone": {"code1": first, "code2": second}}


def mended(cloud: Cloud, id: str) -> bool:
    """Return True if a setting is fixed: attacks fail, work that depends on it continues, and no fix is incomplete."""
    return not verdict(cloud, [id])


def verdict(cloud: Cloud, ids: Sequence[str]) -> list[str]:
    """Return one line for each setting that is not fixed: the problem, and how to recover if the fix broke something.

    Attacks and work are real calls. Callers of this function must preserve the lab clock and the records.
    """
    return [line for lines in verdicts(cloud, ids).values() for line in lines]


def verdicts(cloud: Cloud, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the lines of `verdict` by setting; lines about the account as a whole are under "".

    A setting that is fixed has no lines. If the settings can't be judged individually, "" is the only key.
    """
    if not cloud.part(CreatedResources).ids:
        return {"": ["This isn't Larkspur's account. Open day 1 first: `day = open_day(1)`."]}
    attempts, day = outsiders(cloud, ids).attempts, work(cloud, ids)
    lines = _locked_out(cloud, day)
    if lines:
        return {"": lines}
    found = {"": _everything_gone(day)}
    for id in ids:
        tried = [each for each in attempts if each.setting == id]
        done = [each for each in day.outcomes if each.setting == id]
        found[id] = _lines(cloud, id, tried, done)
    return found


def notes(cloud: Cloud, ids: Sequence[str]) -> list[str]:
    """Return the posture checker's remaining findings about fixed settings, and the settings that it can't read."""
    report = scan(cloud)
    return [
        *(
            f"The checker still reports {each.id} for {each.resource}: {each.title}. {each.fix}"
            for each in report.findings
            if each.id in ids
        ),
        *(f"The checker couldn't read {each}" for each in report.unread),
    ]


def _locked_out(cloud: Cloud, day: Workday) -> list[str]:
    """Return a line if administrators removed their own permissions, because no other judgment is possible then."""
    who = f"{ShopAccount(cloud).arn('user/admin')} is not authorized"
    refused = [each for each in day.stopped if who in each.answer and _OWN_POLICY in each.answer]
    if not refused:
        return []
    said = (
        "You have locked yourself out: your own user, admin, is no longer allowed to fix anything. "
        f"{refused[0].answer.rstrip('.')}. While the root user has a key, "
        '`boto3.Session(profile_name="root").client("iam")` can remove that policy from the user. Or start '
        "the day over with `day.reset()`."
    )
    return [said]


def _everything_gone(day: Workday) -> list[str]:
    gone = [each for each in day.outcomes if each.gone]
    if len(gone) < 3 or len(day.stopped) < len(day.outcomes):
        return []
    said = (
        "Nearly everything is deleted. Outsiders can't get in anymore, but neither can the shop's customers"
    )
    return [f"{said}: `day.reset()` starts the day over."]


def _lines(cloud: Cloud, id: str, tried: list[Attempt], done: list[Outcome]) -> list[str]:
    """Return the lines about one setting, or none if it is fixed."""
    got_in = [each for each in tried if each.got_in]
    stopped = [each for each in done if not each.goes_on]
    partial_fix = _partial_fix(cloud, id)
    lines = []
    if got_in:
        first = got_in[0]
        lines.append(f"{id}: {first.who} still {first.what}. {partial_fix or ''}".rstrip())
    elif partial_fix and not stopped:
        lines.append(f"{id}: no outsider gets in, but the fix is incomplete. {partial_fix}")
    for each in stopped[:1]:
        said = (
            f"{id}: {_stopped(each)}",
            partial_fix if partial_fix and not got_in else "",
            _way_back(cloud, id, each, partial_fix),
        )
        lines.append(" ".join(part for part in said if part))
    return lines


def _way_back(cloud: Cloud, id: str, outcome: Outcome, partial_fix: str | None) -> str:
    """Describe how to restore what was broken: the setting, or another one on which its work depends."""
    if partial_fix and "`day.reset()`" in partial_fix:
        return ""
    broken = _broken(cloud, id, outcome)
    return f'`begin_anew(day.cloud, "{broken}")` restores the setting {broken} as it was.'


def _broken(cloud: Cloud, id: str, outcome: Outcome) -> str:
    """Return the setting that stops a task: the setting of the resource in AWS's answer, or else the task's own."""
    answer, kept = outcome.answer, cloud.part(CreatedResources).ids
    if _OWN_POLICY in answer:
        return "admin-app-role" if "assumed-role/shop-web/" in answer else id
    if METADATA_ADDRESS in answer:
        return "imds-v1"
    about = outcome.bucket or answer.partition("on resource:")[2] or answer
    for each in (id, *SETTINGS):
        for name in re.findall(r"(?:alias/)?larkspur-[\w-]+", SETTINGS[each].where):
            if any(_names(about, known) for known in (name, kept.get(name)) if known):
                return each
    return id


def _names(text: str, name: str) -> bool:
    """Return True if a string contains a name as a whole, not as part of a longer name."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _stopped(outcome: Outcome) -> str:
    """Describe why work has stopped and, if a policy locks its owner out, who can still remove the policy."""
    if "explicit deny in a resource-based policy" not in outcome.answer:
        return outcome.story
    return (
        f"{outcome.story} A Deny in a resource-based policy applies to every principal it names, even the owner. "
        "If the resource is a bucket or a queue, the root user can still remove the policy."
    )


def _partial_fix(cloud: Cloud, id: str) -> str | None:
    """Describe the incomplete fix of a setting, or return None if none is recognized."""
    account = ShopAccount(cloud)
    for sees in SETTINGS[id].partial_fixes:
        with suppress(ClientError, LookupError, OSError, WorkStopped):
            said = sees(account)
            if said:
                return said
    return None
