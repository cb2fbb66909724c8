"""The flags in a built company: plant them with new values, and determine which were taken.

The values are random, so no one can know them in advance, and a response that contains one proves a capture.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from labs_helpers.course.days.day6.blueprint import filled
from labs_helpers.course.days.day6.capstone_scoreboard import ProbeRunner, role_of_session
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.league.league_rules import Flag, rules

SECRET, OBJECT = "larkspur/payments", "league.txt"


@dataclass
class Planted:
    """The flags in a company: their values, the placeholders for their locations, and the ciphertext.

    `missing` contains the flags that the company's own policies prevented from being planted, with AWS's errors.
    """

    company: Company
    values: dict[Flag, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    ciphertext: bytes = b""
    missing: dict[Flag, str] = field(default_factory=dict)

    def in_answer(self, answer: Any) -> set[Flag]:
        """Return the flags whose values a response contains."""
        texts = list(_texts(answer))
        return {flag for flag, value in self.values.items() if any(value in text for text in texts)}


def plant(company: Company) -> Planted:
    """Plant the flags with the platform's role.

    If the company's policies keep a flag from being planted, the flag is in `missing`.
    """
    planted = Planted(company, known={"flag:object": OBJECT})
    planted.known["flag:bucket"] = f"larkspur-finance-{company.account('prod')}"
    for flag, put in _PUT.items():
        value = f"{flag}-{secrets.token_hex(16)}"
        try:
            put(planted, value)
        except (ClientError, BotoCoreError) as error:
            planted.missing[flag] = str(error)
        else:
            planted.values[flag] = value
    return planted


def _secret(planted: Planted, value: str) -> None:
    client = planted.company.client("secretsmanager", "prod")
    planted.known["flag:secret"] = client.create_secret(Name=SECRET, SecretString=value)["ARN"]


def _plaintext(planted: Planted, value: str) -> None:
    kms = planted.company.client("kms", "prod")
    planted.known["flag:key"] = kms.create_key(Description="league")["KeyMetadata"]["Arn"]
    key = planted.known["flag:key"]
    planted.ciphertext = kms.encrypt(KeyId=key, Plaintext=value.encode())["CiphertextBlob"]


def _object(planted: Planted, value: str) -> None:
    s3 = planted.company.client("s3", "prod")
    s3.put_object(Bucket=planted.known["flag:bucket"], Key=OBJECT, Body=value.encode())


_PUT: dict[Flag, Callable[[Planted, str], None]] = {
    "secret": _secret,
    "plaintext": _plaintext,
    "object": _object,
}
"""The flags with a value, each with the function that puts the value into the company."""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)


def is_administrator(planted: Planted, principal: str) -> bool:
    """Return True if a principal (an ARN) of the company is allowed to do what only administrators can do."""
    company, rule = planted.company, rules().administrator
    numbers = {number for name, number in company.known.items() if name in company_accounts(company)}
    if principal.split(":")[4] not in numbers:
        return False
    who, count = role_of_session(principal, company.cloud.identities()), 0
    context = {"aws:RequestedRegion": company.known["home"]}
    for action, resource in rule.actions:
        with suppress(LookupError, ValueError):
            place = filled(resource, {**company.known, **planted.known})
            count += company.cloud.would(who, action, place, context).allowed
    return count >= rule.at_least


def company_accounts(company: Company) -> list[str]:
    """Return the names of the company's accounts."""
    return [name for section, name in company.built if section == "accounts"]


class Watch:
    """The auditor's view of an attack: whether the logs still work at its end, or at least show who stopped them."""

    def __init__(self, runner: ProbeRunner) -> None:
        """Start watching: read everything that is already in the logs."""
        self._runner = runner
        self.records: list[Mapping[str, Any]] = []
        runner.read_logs()

    def trail_is_taken(self, event_ids: Sequence[str]) -> bool:
        """Return True if a change that is made now isn't in the logs, and no log shows who turned the logs off.

        `event_ids` are the event IDs of the attacker's calls.
        """
        company = self._runner.company
        marks: list[str] = []
        listeners = company.cloud.record.listeners
        listen = lambda entry: marks.append(entry.event_id)  # noqa: E731
        listeners.append(listen)
        try:
            company.client("iam", "prod").untag_user(UserName="partner-export", TagKeys=["league"])
        except ClientError:
            pass
        finally:
            listeners.remove(listen)
        self.records += self._runner.read_logs()[0]
        if any(record["eventID"] in marks for record in self.records):
            return False
        attack, telling = set(event_ids), rules().trail_events
        return not any(
            record["eventID"] in attack and record["eventName"] in telling for record in self.records
        )
