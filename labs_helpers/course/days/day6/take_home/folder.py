"""Everything to take home in one folder, which must be new or empty."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from labs_helpers.course.days.day6.blueprint import MANAGEMENT, Blueprint
from labs_helpers.course.days.day6.scoreboard import Report
from labs_helpers.course.days.day6.take_home.commands import commands, costs
from labs_helpers.course.days.day6.take_home.report import report_page
from labs_helpers.course.days.day6.take_home.templates import deployment_order, templates


def take_home(
    blueprint: Blueprint,
    folder: str | os.PathLike[str],
    scoreboard: Report | None = None,
    decisions: Sequence[tuple[str, str]] = (),
) -> list[Path]:
    """Write script, templates, report, blueprint and README; return the files.

    FileExistsError if the folder contains anything; nothing is written then.
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise FileExistsError(
            f"{place} is there already, and not empty: name another folder, or move it away"
        )
    texts = {
        "build.sh": commands(blueprint),
        "report.html": report_page(blueprint, scoreboard, decisions),
        "blueprint.json": blueprint.model_dump_json(indent=1) + "\n",
        "README.md": _readme(blueprint),
    }
    texts |= {
        f"cloudformation/{name}": json.dumps(each, indent=1) + "\n"
        for name, each in templates(blueprint).items()
    }
    (place / "cloudformation").mkdir(parents=True)
    for name, text in texts.items():
        with open(place / name, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    (place / "build.sh").chmod(0o755)
    return [place / name for name in texts]


def _readme(blueprint: Blueprint) -> str:
    steps = []
    for account in deployment_order(blueprint):
        if account == MANAGEMENT:
            steps.append("`management.template.json`, as a stack of the management account.")
        else:
            steps.append(
                f"`stackset-{account}.template.json`, as a stack of the management account: it brings "
                f"`member-{account}.template.json` to the account. Its outputs are parameters of what follows."
            )
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 4))
    charged = "\n".join(f"- {line}" for line in costs(blueprint))
    return _README.format(title=blueprint.title, home=blueprint.home, steps=numbered, costs=charged)


_README = """# {title}, to take home

**Before you run anything of this in AWS:** it makes accounts, which can be closed but not deleted at once, and it costs
money. Use a management account in which nobody works. Show it first to whoever pays, and to whoever answers for
security. What is here was tried against an AWS in memory; AWS itself may refuse what that let through.

## What it costs

As of November 2026; the pages say how much.

{costs}

## By commands

`build.sh` builds everything with the AWS CLI, in an order in which nobody is locked out: guardrails come last.

    DRY_RUN=1 ./build.sh                     # shows every command, does nothing
    MAIL_DOMAIN=example.com ./build.sh       # asks before it begins

What AWS called everything is kept in `answers/built.json`, users' access keys in files beside it: delete those once
they are where they belong.

## By CloudFormation

These templates make no organisation, switch no policy types on, and add no people to the directory.

1. In the console or by the first commands of `build.sh`: make the organisation, enable SCPs and RCPs at its root,
   trusted access for CloudTrail and StackSets, and IAM Identity Center in {home}.
2. `organization.template.json`, as a stack of the management account: units, accounts (one after the other), rails,
   groups, permission sets.
3. Put the other templates into a bucket that CloudFormation can read; its URL is the parameter `Templates`.
{steps}

People, their access keys, objects in buckets and EC2 instances are not in the templates. Deleting the stacks keeps
accounts, buckets, keys and user pools: what is in them could not be brought back.

## The rest

`report.html` shows the map, the scoreboard, what the trail saw, and the reasons. It opens offline. `blueprint.json` is
the design as data.
"""
