"""Answer questions about a real AWS account, offline, from saved AWS CLI output (docs/your-account.md)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from labs_helpers.cloud import (
    AccountFileError,
    Cloud,
    NotModelled,
    escalations,
    unused_services,
    used_policy,
    who_can,
)
from labs_helpers.course.policy_tests.loaded_organization import write_table
from labs_helpers.course.shown.explain import Explanation
from labs_helpers.engine.policy import PolicyError


def run(arguments: list[str]) -> int:
    """Answer questions about an account.

    Returns 0 for success, 1 if a file can't be read or doesn't contain the answer, and 2 for invalid arguments.
    """
    parsed = _parser().parse_args(arguments)
    try:
        cloud = Cloud.from_account(*parsed.files)
    except (AccountFileError, NotModelled) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        _show_account(cloud)
        for question in (_would, _who_can, _escalations, _least_privilege, _table):
            question(cloud, parsed)
    except (NotModelled, PolicyError, LookupError, OSError) as error:
        print(f"Can't answer: {error}", file=sys.stderr)
        return 1
    finally:
        cloud.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m labs_helpers load", description=__doc__)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="saved output of the AWS CLI, or a folder of such files"
    )
    parser.add_argument(
        "--would", nargs=3, metavar=("PRINCIPAL", "ACTION", "RESOURCE"), help="would AWS allow this request?"
    )
    parser.add_argument(
        "--context", action="append", default=[], metavar="KEY=VALUE", help="a condition key for --would"
    )
    parser.add_argument(
        "--who-can",
        nargs="+",
        metavar="ACTION",
        help="list the users and roles that are allowed these actions",
    )
    parser.add_argument(
        "--on", default="*", metavar="RESOURCE", help="the resource for --who-can (default: all resources)"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write the answers of --who-can as CSV")
    parser.add_argument(
        "--escalations", action="store_true", help="list who can become an administrator, and how"
    )
    parser.add_argument(
        "--least-privilege",
        metavar="PRINCIPAL",
        help="write a policy from CloudTrail files and last-accessed reports; an SCP for a root, OU, or account",
    )
    parser.add_argument(
        "--table", type=Path, metavar="FILE", help="write the organization as a table for test-policies"
    )
    return parser


def _show_account(cloud: Any) -> None:
    print(
        f"{len(cloud.identities())} users and roles in {', '.join(cloud.accounts)}; {len(cloud.events)} events."
    )
    for gap in cloud.gaps:
        print(f"Missing from the files: {gap}")
    for why in cloud.unreadable:
        print(f"Some answers are missing: {why}")


def _would(cloud: Any, parsed: argparse.Namespace) -> None:
    if parsed.would:
        principal, action, resource = parsed.would
        context = dict(each.partition("=")[::2] for each in parsed.context)
        decision = cloud.would(principal, action, resource, context)
        print(f"\n{Explanation(decision, f'`{principal}` requests `{action}` on `{resource}`')!r}")


def _who_can(cloud: Any, parsed: argparse.Namespace) -> None:
    if not parsed.who_can:
        return
    answers = who_can(cloud, parsed.who_can, parsed.on, progress=_progress)
    for action in answers.actions:
        allowed = answers.who(action)
        print(f"\n{action} on {answers.resource}: {len(allowed)} of {len(answers.allowed)}")
        for principal in allowed:
            print(f"  {principal}")
    for why in dict.fromkeys(answers.unanswered.values()):
        print(f"Not answered: {why}")
    if not answers.complete:
        print(f"Stopped after {len(answers.allowed)} of {len(answers.principals)} principals.")
    if parsed.csv is not None:
        # "x": an existing file must not be overwritten.
        with open(parsed.csv, "x", encoding="utf-8", newline="\n") as out:
            out.write(answers.csv())


def _escalations(cloud: Any, parsed: argparse.Namespace) -> None:
    if not parsed.escalations:
        return
    found = escalations(cloud, progress=_progress)
    print(f"\nAdministrators: {', '.join(found.administrators) or 'none'}")
    print(f"Can become one: {len(found.ways)}")
    for way in found.ways.values():
        print("  " + "; then ".join(map(str, way)))
    if found.if_running:
        print(f"Could, if something runs as the role: {len(found.if_running)}")
    for step in found.if_running.values():
        print(f"  {step}")
    for why in dict.fromkeys(found.unanswered.values()):
        print(f"Not answered: {why}")
    if not found.complete:
        print("Stopped early; the list is incomplete.")


def _least_privilege(cloud: Any, parsed: argparse.Namespace) -> None:
    if not parsed.least_privilege:
        return
    whose = parsed.least_privilege
    report = cloud.accessed.get(whose)
    if whose.startswith("arn:"):
        generated = used_policy(cloud.events, whose, report)
        source = f"{generated.events} events of {whose}{' and a last-accessed report' if report else ''}"
    elif report is None:
        raise LookupError(f"the files contain no access report for {whose} (access-report-{whose}.json)")
    else:
        generated, source = unused_services(report), f"the access report for {whose}"
    print(f"\nA policy from {source}:")
    print(json.dumps(generated.policy, indent=2))
    for note in generated.notes:
        print(f"Note: {note}")


def _table(cloud: Any, parsed: argparse.Namespace) -> None:
    if parsed.table is not None:
        print(f"\n{parsed.table}: {write_table(cloud, parsed.table)} tests, which expect today's decisions.")


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {of} (Ctrl-C stops)", end="\n" if done == of else "", file=sys.stderr, flush=True)
