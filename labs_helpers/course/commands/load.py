"""Answer questions about a real AWS account, offline, from saved AWS CLI output (docs/your-account.md)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labs_helpers.cloud import AccountFileError, Cloud, NotModelled, unused_services, used_policy
from labs_helpers.course.account_questions import account_answers
from labs_helpers.course.account_questions.account_answers import Answer, Asked, Finding
from labs_helpers.course.account_questions.sarif import sarif
from labs_helpers.course.account_questions.web_page import web_page
from labs_helpers.course.policy_tests.loaded_organization import write_table
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.file_errors import file_problem
from labs_helpers.engine.analysis.unknown_names import unknown_action, unknown_key
from labs_helpers.engine.policy import PolicyError
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.reference.authorization import close_to, is_region

_WITH_CONTEXT = ("would", "who_can", "what_can", "escalations", "public", "outside")


def run(arguments: list[str]) -> int:
    """Answer questions about an account.

    Returns 0 if everything is answered and there are no findings, 1 if there are findings, and 2 if arguments or files
    aren't valid, contain names that don't exist, or don't contain an answer.
    """
    try:
        parsed = _parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    if misplaced := [each for each in parsed.context if "=" not in each]:
        print(f"--context {misplaced[0]} must have the form KEY=VALUE.", file=sys.stderr)
        return 2
    try:
        cloud = Cloud.from_account(*parsed.files)
    except (AccountFileError, NotModelled) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        asked = _asked(cloud, parsed)
        found = list(_answers(cloud, parsed, asked))
        mistakes = [] if parsed.accept_unknown_names else list(cloud.mistakes)
        _show(cloud, parsed, found, mistakes)
    except (NotModelled, PolicyError, LookupError, ValueError, OSError) as error:
        what = file_problem(error) if isinstance(error, OSError) else error
        print(f"Can't answer: {what}", file=sys.stderr)
        return 2
    finally:
        cloud.stop()
    if mistakes or any(each.unanswered for each in found):
        return 2
    return 1 if any(each.findings for each in found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m labs_helpers load", description=__doc__)
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="saved output of the AWS CLI, or a folder of such files")
    add("--would", nargs=3, metavar=("PRINCIPAL", "ACTION", "RESOURCE"), help="would AWS allow this request?")
    add("--who-can", nargs="+", metavar="ACTION", help="list the users and roles that can do these actions")
    add("--on", default="*", metavar="RESOURCE", help="the resource for --who-can (default: any resource)")
    add("--csv", type=Path, metavar="FILE", help="also write the answers of --who-can as CSV")
    add("--what-can", metavar="PRINCIPAL", help="list what a user or role can do")
    add("--escalations", action="store_true", help="list who can become an administrator, and how")
    add("--public", action="store_true", help="list what anyone can reach")
    add(
        "--outside",
        action="store_true",
        help="list what anyone can reach, and what certain outsiders can reach",
    )
    add(
        "--unused",
        nargs="?",
        type=int,
        const=90,
        metavar="DAYS",
        help="list roles, passwords, access keys, and permissions that weren't used (default: in 90 days)",
    )
    add("--context", action="append", default=[], metavar="KEY=VALUE", help="a condition key of the requests")
    add("--region", metavar="REGION", help="the Region of the requests (default: decided for every Region)")
    add(
        "--least-privilege",
        metavar="PRINCIPAL",
        help="write a policy from CloudTrail files and last-accessed reports; an SCP for a root, OU, or account",
    )
    add("--table", type=Path, metavar="FILE", help="write the organization as a table for test-policies")
    add(
        "--format",
        choices=("text", "json", "sarif", "html"),
        default="text",
        help="the output (default: text)",
    )
    add(
        "--accept-unknown-names",
        action="store_true",
        help="don't report nonexistent actions, condition keys, and operators in the files",
    )
    return parser


def _asked(cloud: Any, parsed: argparse.Namespace) -> Asked:
    """Return the settings that all questions share.

    Raises `ValueError` for a name that doesn't exist, or for an option that the questions don't use.
    """
    context: dict[str, Any] = {}
    for each in parsed.context:
        key, _, value = each.partition("=")
        if problem := unknown_key(key):
            raise ValueError(problem)
        context[key] = value if key not in context else [*as_list(context[key]), value]
    if parsed.region is not None and not is_region(parsed.region):
        raise ValueError(f"--region {parsed.region} isn't a Region such as eu-central-1.")
    if (context or parsed.region) and not any(getattr(parsed, each) for each in _WITH_CONTEXT):
        names = ", ".join(f"--{each.replace('_', '-')}" for each in _WITH_CONTEXT)
        raise ValueError(f"--context and --region need one of {names}.")
    if (context or parsed.region) and (parsed.least_privilege or parsed.table or parsed.unused is not None):
        raise ValueError(
            "--context and --region aren't used by --least-privilege, --table, and --unused: run a separate command."
        )
    for action in [*(parsed.who_can or ()), *((parsed.would[1],) if parsed.would else ())]:
        problem = unknown_action(action)
        if problem:
            raise ValueError(problem)
    for principal in [*((parsed.would[0],) if parsed.would else ()), *as_list(parsed.what_can or [])]:
        _check_principal(cloud, principal)
    return Asked(context, parsed.region, _progress)


def _check_principal(cloud: Any, principal: str) -> None:
    known = cloud.identities()
    parts = principal.split(":")
    if principal in (*known, "*") or (len(parts) == 6 and parts[5] == "root") or ":sts:" in principal:
        return
    similar = close_to(principal, known)
    raise ValueError(f"{principal} isn't in the files." + (f" Did you mean {similar}?" if similar else ""))


def _answers(cloud: Any, parsed: argparse.Namespace, asked: Asked) -> Iterator[Answer]:
    """Yield the answers to the questions that were asked."""
    if parsed.would:
        yield account_answers.answer_would(cloud, asked, *parsed.would)
    if parsed.who_can:
        answer, table = account_answers.answer_who_can(cloud, asked, parsed.who_can, parsed.on)
        if parsed.csv is not None:
            # "x": an existing file must not be overwritten.
            with open(parsed.csv, "x", encoding="utf-8", newline="\n") as out:
                out.write(table)
        yield answer
    if parsed.what_can:
        yield account_answers.answer_what_can(cloud, asked, parsed.what_can)
    if parsed.escalations:
        yield account_answers.answer_escalations(cloud, asked)
    if parsed.public or parsed.outside:
        yield account_answers.answer_outside(cloud, asked, only_public=not parsed.outside)
    if parsed.unused is not None:
        yield account_answers.answer_unused(cloud, parsed.unused)
    if parsed.least_privilege:
        yield _least_privilege(cloud, parsed.least_privilege)
    if parsed.table is not None:
        count = write_table(cloud, parsed.table)
        line = f"{parsed.table}: {counted(count, 'test')} for today's decisions."
        yield Answer("table", [line], {"file": str(parsed.table), "tests": count})


def _least_privilege(cloud: Any, whose: str) -> Answer:
    report = cloud.accessed.get(whose)
    if whose.startswith("arn:"):
        generated = used_policy(cloud.events, whose, report)
        source = f"{counted(generated.events, 'event')} of {whose}{' and a last-accessed report' if report else ''}"
    elif report is None:
        raise LookupError(f"the files contain no access report for {whose} (access-report-{whose}.json)")
    else:
        generated, source = unused_services(report), f"the access report for {whose}"
    lines = [f"A policy from {source}:", json.dumps(generated.policy, indent=2)]
    lines += [f"Note: {note}" for note in generated.notes]
    return Answer("least-privilege", lines, {"policy": generated.policy, "notes": list(generated.notes)})


def _show(
    cloud: Any, parsed: argparse.Namespace, found: list[Answer], mistakes: list[AccountFileError]
) -> None:
    identities = counted(len(cloud.identities()), "user or role", "users and roles")
    size = f"{identities} in {', '.join(cloud.accounts)}; {counted(len(cloud.events), 'event')}."
    if parsed.format == "text":
        print(size)
        for gap in cloud.gaps:
            print(f"Not taken into account: {gap}")
        for why in cloud.unreadable:
            print(f"Some answers are missing: {why}")
        for answer in found:
            print("\n" + "\n".join(answer.lines))
            for why in answer.unanswered:
                print(f"Not answered: {why}")
    elif parsed.format == "json":
        whole = {
            "accounts": list(cloud.accounts), "gaps": list(cloud.gaps), "unreadable": list(cloud.unreadable),
            "mistakes": [str(each) for each in mistakes],
            "answers": {each.question: {"answer": each.data, "unanswered": each.unanswered} for each in found},
        }  # fmt: skip
        print(json.dumps(whole, indent=2))
    else:
        mistyped = [Finding("mistyped-name", "error", each.problem, str(each)) for each in mistakes]
        places = {str(each): (str(each.file), each.line or 1) for each in mistakes}
        gaps = [*cloud.gaps, *cloud.unreadable]

        def place_of(subject: str) -> tuple[str, int]:
            return places.get(subject) or cloud.place_of(subject)

        if parsed.format == "html":
            print(web_page(size, found, gaps, mistyped, place_of))
        else:
            findings = [*(finding for answer in found for finding in answer.findings), *mistyped]
            gaps += [why for each in found for why in each.unanswered]
            print(json.dumps(sarif(findings, gaps, place_of), indent=2))
    for mistake in mistakes if parsed.format in ("text", "json") else ():
        print(f"error: {mistake}", file=sys.stderr)


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {of} (Ctrl-C stops)", end="\n" if done == of else "", file=sys.stderr, flush=True)
