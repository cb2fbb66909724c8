"""The page docs/parity.md: `python -m tests.parity.page`, or `make parity`.

It is generated from the ledger, the operations that tests/cloud/operations.py finds, the figures about recorded
denials, the scenarios, and `stays_different.json`. A test verifies that it is up to date.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labs_helpers.cloud import modelled_services
from tests.cloud.operations import states
from tests.ledger import load_rows
from tests.parity import estimate, recording, refusals, report, shapes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "parity.md"
STAYS = Path(__file__).with_name("stays_different.json")
SEVERAL = "several"
"""Stands for the services of a row that is about more than one."""
SUBJECTS = {
    "AA": "accessanalyzer", "ACC": "account", "COG": "cognito-idp", "EVT": "events", "GATE": SEVERAL, "IAM": "iam",
    "KMS": "kms", "NET": SEVERAL, "ORG": "organizations", "RES": SEVERAL, "S3": "s3", "SSO": "sso-admin",
    "TRL": "cloudtrail",
}  # fmt: skip
"""The service that the rows of a subject are about."""
OTHERS = {
    "cognito-identity": "F-COG-10 F-COG-11 F-COG-12",
    "dynamodb": "F-RES-04",
    "ec2": "F-NET-01 F-RES-07 F-TRL-06",
    "lambda": "F-RES-03 F-EVT-07",
    "rds": "F-RES-06",
    "s3control": "F-S3-09",
    "secretsmanager": "F-RES-05 F-RES-09 F-RES-10",
    "sns": "F-EVT-05",
    "sqs": "F-EVT-06",
    "sso": "F-SSO-05 F-SSO-08",
    "sso-oidc": "F-SSO-02 F-SSO-11",
    "sts": "F-IAM-03 F-IAM-04 F-IAM-06 F-IAM-15 F-IAM-16 F-IAM-18 F-TRL-07",
}
"""Rows that are about another service than their subject's."""
_SERVICE_OF = {row: service for service, rows in OTHERS.items() for row in rows.split()}

_HEAD = """# How the cloud compares with AWS

`make parity` generates this page. The second table has one row per service, and these columns:

| column | what it counts |
| --- | --- |
| rows | rows in [the ledger](ledger.md) |
| documented | rows that describe behavior that AWS documents |
| observed | rows that describe behavior that was observed on AWS |
| differ | rows for which AWS was observed to differ from its documentation |
| held | rows that are true of this cloud, as verified by tests |
| denials | calls that AWS was observed to deny between 2024 and 2026 and that `tests/cloud/observed/` replays |
| same code | replayed calls for which this cloud returns the same error code as AWS |
| same words | replayed calls for which this cloud returns the same message as AWS |
| done, partly done, rejected | operations in each of these states (see [What each service does](operations.md)) |
| scenarios | scenarios that you can record on AWS yourself, as described below |

The denials come from CloudTrail events that [TrailDiscover](https://github.com/adanalvarez/TrailDiscover) published.
`tests/cloud/observed/calls.json` explains why some calls aren't replayed.

"""
_CHECK = """
## Check the comparison yourself

`tests/parity/` has {scenarios} scenarios for {services} services, in plain boto3. Each scenario has a setup,
calls, and a cleanup. In many scenarios, a call is denied, for example because of missing permissions, a permissions
boundary, an explicit deny, a condition key, or an ACL. In other scenarios, a call names something that doesn't exist,
or sends something that isn't valid. To record the scenarios, you need a checkout of the repository and the profile of
an administrator (not the root user) in an AWS account that you don't use for anything else:

```console
python -m tests.parity record --profile NAME    # first shows what it will create and what that costs
python -m tests.parity compare FILE             # sends the same calls to this cloud and prints the differences
python -m tests.parity clean --profile NAME     # finishes the cleanup of a run that was interrupted
```

- The names of all resources that a run creates begin with `labs-parity-`. VPCs and keys don't have names, so the
  run writes their IDs to its journal. A run deletes what it created, even if you interrupt the run, and prints a list
  of anything that is left. KMS keys are scheduled for deletion with a seven-day waiting period.
- A run costs at most ${dollars:.2f} (USD). For this estimate, each call is counted three times, at the price of the
  service's most expensive kind of request, without the free tier, and keys and secrets are counted for a whole day. The
  prices are in `tests/parity/prices.json`.
- No scenario calls AWS Organizations or changes an account setting. For a few seconds, two buckets with one harmless
  object each are public.
- A recording contains no account numbers, names, IDs, keys, tokens, signatures, or times. Placeholders in capital
  letters replace them.
- The comparison reports five kinds of differences: *decision* (a call succeeds on only one of the two sides), *code* (a
  different error code or HTTP status), *shape* (different members in a response), *value* (a different value of a
  member), and *words* (a different message).

Tests verify that the tools work in both directions: they find no differences in scenarios that were recorded at this
cloud's own endpoint, and they detect differences that were planted in the responses of a moto server.
"""
_NO_RECORDING = """
**The repository doesn't contain a recording of AWS yet**, because the authors didn't have an AWS account
to record in. If you record the scenarios, please open an issue and attach the recording. It will become
`tests/parity/recordings/aws.json`, and this page will then show the differences.
"""
_STAYS = """
## What stays different

A call that needs something that isn't modeled raises an error that names what is missing. [What each service
does](operations.md) lists the operations and parameters that aren't modeled. In addition, the following differences
remain:

| service | AWS | this cloud |
| --- | --- | --- |
"""

_COLUMNS = (
    "rows", "documented", "observed", "differ", "held", "denials", "same code", "same words", "done", "partly done",
    "rejected", "scenarios",
)  # fmt: skip


def service_of(row: str) -> str:
    """Return the service that a row of the ledger is about. Raises `KeyError` for a subject without one."""
    return _SERVICE_OF.get(row) or SUBJECTS[row.split("-")[1]]


def page() -> str:
    """Return the page's text."""
    return _HEAD + "\n".join(
        [*_table(), "", *_differing(), *_check(), *_recording(), _STAYS.rstrip("\n"), *_stays(), ""]
    )


def _table() -> Iterator[str]:
    """Return the figures, with one line per service."""
    yield f"| service | {' | '.join(_COLUMNS)} |"
    yield "| --- |" + " --: |" * 12
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in load_rows():
        rows[service_of(row["id"])].append(row)
    told = refusals.kept()
    scenarios = Counter(scenario.service for group in shapes.groups() for scenario in group.scenarios)
    sums = [0] * 12
    for service in [*modelled_services(), SEVERAL]:
        figures = [
            *_known(rows[service]), *_refusals(told.get(service, {})), *_operations(service), scenarios[service],
        ]  # fmt: skip
        sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
        yield _line(service, figures)
    yield _line("**all**", sums)


def _line(name: str, figures: list[int]) -> str:
    return f"| {name} | {' | '.join(str(figure) if figure else '' for figure in figures)} |"


def _known(rows: list[dict[str, Any]]) -> list[int]:
    """Return the numbers of rows, and of rows that are documented, observed, different, and held."""
    members = Counter(member for row in rows for member in row["evidence"])
    return [
        len(rows), members["documented"], members["observed"], members["differs"],
        sum(row["status"] == "held" for row in rows),
    ]  # fmt: skip


def _refusals(figures: Mapping[str, int]) -> list[int]:
    return [figures.get(name, 0) for name in ("played", "code", "words")]


def _operations(service: str) -> list[int]:
    return [0, 0, 0] if service == SEVERAL else [len(each) for each in states(service)]


def _differing() -> Iterator[str]:
    """Return the rows in which AWS differs from its pages."""
    yield "## Where AWS differs from its pages"
    yield ""
    yield "| row | what AWS does | what the AWS page describes |"
    yield "| --- | --- | --- |"
    for row in load_rows():
        if "differs" in row["evidence"]:
            pages = ", ".join(
                f"[{number}]({url})" for number, url in enumerate(row["evidence"]["documented"], 1)
            )
            yield f"| {row['id']} | {row['fact']} | {row['evidence']['differs']} {pages} |"


def _check() -> list[str]:
    groups = shapes.groups()
    scenarios = sum(len(group.scenarios) for group in groups)
    told = {"scenarios": scenarios, "services": len(groups), "dollars": estimate.dollars(groups)}
    return _CHECK.rstrip("\n").format(**told).splitlines()


def _recording() -> Iterator[str]:
    """Return what the repository's recording of AWS shows, or that there is no recording."""
    if not recording.CHECKED_IN.exists():
        yield from _NO_RECORDING.rstrip("\n").splitlines()
        return
    made, theirs = recording.read(recording.CHECKED_IN)
    yield from ["", f"Recorded on {made['date']}, and compared:", "", "```text"]
    yield from report.table(report.compared_here(theirs))
    yield "```"


def _stays() -> Iterator[str]:
    for row in json.loads(STAYS.read_text(encoding="utf-8")):
        yield f"| {row['service']} | {row['aws']} | {row['here']} |"


if __name__ == "__main__":
    refusals.write()
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")
