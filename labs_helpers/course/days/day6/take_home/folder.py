"""The writer of the take-home folder, which must be new or empty."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from labs_helpers.course.days.day6.blueprint import MANAGEMENT, Blueprint
from labs_helpers.course.days.day6.take_home.cli_script import commands, costs
from labs_helpers.course.days.day6.take_home.proved_scoreboard import NOT_PROVED, Proof
from labs_helpers.course.days.day6.take_home.real_account import first_steps
from labs_helpers.course.days.day6.take_home.report import report_page
from labs_helpers.course.days.day6.take_home.templates import GUARDRAILS, deployment_order, templates


def take_home(
    blueprint: Blueprint,
    folder: str | os.PathLike[str],
    proof: Proof | None = None,
    decisions: Sequence[tuple[str, str]] = (),
) -> list[Path]:
    """Write the script, templates, report, blueprint, and README, and return the paths of the files.

    `proof`: the last scoreboard of exactly this design.

    Raises `FileExistsError` if the folder isn't empty; in that case, nothing is written.
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        named = place if place.name else place.absolute()
        raise FileExistsError(
            f"{named} already exists and isn't empty: choose another folder, or move this one"
        )
    texts = {
        "build.sh": commands(blueprint),
        "report.html": report_page(blueprint, proof, decisions),
        "blueprint.json": blueprint.model_dump_json(indent=1) + "\n",
        "README.md": _readme(blueprint, proof),
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


def _readme(blueprint: Blueprint, proof: Proof | None) -> str:
    steps = []
    for account in deployment_order(blueprint):
        if account == MANAGEMENT:
            steps.append("`management.template.json`, as a stack in the management account.")
        else:
            steps.append(
                f"`stackset-{account}.template.json`, as a stack in the management account: it deploys "
                f"`member-{account}.template.json` to the account. Its outputs are parameters of later stacks."
            )
    if blueprint.scps or blueprint.rcps:
        steps.append(
            f"`{GUARDRAILS}`, as a stack in the management account. From now on, the guardrails also apply to the "
            "role with which StackSets deploys. To change the design later, detach them first, or exempt that role."
        )
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 4))
    charged = "\n".join(f"- {line}" for line in costs(blueprint))
    said = [proof.proved()] if proof is not None else ["The scoreboard wasn't run for this design."]
    return _README.format(
        title=blueprint.title, about=blueprint.about, home=blueprint.home, steps=numbered, costs=charged,
        proved=" ".join(said), not_proved="\n".join(f"- {each}" for each in NOT_PROVED), first=first_steps(),
    )  # fmt: skip


_README = """# {title}, to take home

{about}

{proved} What that doesn't show:

{not_proved}

**Before you run any of this in AWS:** it creates accounts, which you can close but not delete immediately, and it costs
money. Use a management account in which no one works. First show it to the people who pay the bill, and to the people
who are responsible for security. All of this was tested against an AWS in memory, and AWS itself might reject some of
it.

## What it costs

As of November 2026. For the prices, see the pages.

{costs}

## By commands

`build.sh` builds everything with the AWS CLI, in an order that locks no one out: guardrails come last.

    DRY_RUN=1 ./build.sh                     # shows every command and runs none
    MAIL_DOMAIN=example.com ./build.sh       # asks for confirmation first

The names and IDs that AWS assigned are saved in `answers/built.json`. The users' access keys are saved in files next to
it. Delete these files when the keys are where they belong.

## By CloudFormation

These templates don't create an organization, enable policy types, or add people to the directory.

1. In the console, or with the first commands of `build.sh`: create the organization, enable SCPs and RCPs at its root,
   enable trusted access for CloudTrail and StackSets, and enable IAM Identity Center in {home}.
2. `organization.template.json`, as a stack in the management account: OUs, accounts (one after the other), groups, and
   permission sets.
3. Upload the other templates to a bucket that CloudFormation can read. Its URL is the parameter `Templates`.
{steps}

Together, the templates contain every policy of this design. They don't contain the directory's people, access keys,
objects in buckets, or EC2 instances. Deleting the stacks doesn't delete accounts, buckets, keys, or user pools, because
their contents couldn't be restored.

## Ten things to do in your real account

Your own account is probably not Larkspur. These ten steps help in almost every account, and you can do each on its own.
As of November 2026.

{first}

## The rest

`report.html` shows the map, the scoreboard, what the trail recorded, and the reasons. It opens offline.
`blueprint.json` is the design as data.
"""
