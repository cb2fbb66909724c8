"""Each ARN format of AWS's reference is drawn from, in every place that a policy can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import pytest

from labs_helpers.engine.analysis.ceiling import Caller, search
from labs_helpers.engine.analysis.ceiling.actions import Action, actions_of
from labs_helpers.engine.analysis.ceiling.arns import candidates
from labs_helpers.engine.policy import Attached, Policies, Principal, parse_policy
from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.variables import tokenize
from labs_helpers.engine.reference import authorization as reference

OWN = "111122223333"
NOT_DRAWN = {"arn:${Partition}:${Vendor}:${Region}:*:${ResourceType}:${RecoveryPointId}"}
"""Recovery points of AWS Backup belong to any service, and AWS lists no formats for them."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def actions_by_format() -> dict[str, Action]:
    """Return each format in which a name is open, with an action on resources of this format."""
    found: dict[str, Action] = {}
    for service in reference.services():
        types = reference.resource_types(service)
        for action in actions_of(service).values():
            for kind in action.kinds:
                found.setdefault(types.get(kind.name.lower(), {}).get("arn", ""), action)
    return {format: action for format, action in found.items() if "${" in format.rpartition(":")[2]}


def filled_in(format: str, region: str, name: str) -> str:
    known = {"Partition": "aws", "Region": region, "Account": OWN}
    return _VARIABLE.sub(lambda found: known.get(found[1], name), format)


def is_drawn(action: Action, pattern: str, format: str, besides: str) -> bool:
    """Return whether an ARN of a format is drawn that a pattern matches, and that isn't `besides`."""
    fits = glob(tokenize(pattern, variables=False, wildcards=True))
    of_format = glob(tokenize(_VARIABLE.sub("*", format), variables=False, wildcards=True))
    drawn = candidates(action, (besides, pattern), OWN, {}, ())
    return any(arn != besides and fits(arn) and of_format(arn) for arn, _ in drawn)


def patterns_of(format: str, region: str) -> Iterator[tuple[str, str]]:
    """Yield patterns that match one ARN of a format and more: a whole place, any Region, names that begin like it."""
    one = filled_in(format, region, "orders")
    place = ":".join([*one.split(":", 5)[:5], "*"])
    yield one, place
    yield one, place.replace(f":{region}:", ":*:")
    start = filled_in(format, region, "\0").partition("\0")[0] + "ord*"
    if start.count(":") >= 5:
        yield one, start


def all_patterns(format: str) -> list[tuple[str, str]]:
    return [*patterns_of(format, "us-east-1"), *patterns_of(format, "ap-south-1")]


def test_request_is_drawn_for_every_third_format():
    """For every third format with one of the patterns, in turn."""
    missing = []
    for number, (format, action) in enumerate(islice(actions_by_format().items(), 0, None, 3)):
        patterns = all_patterns(format)
        one, pattern = patterns[number % len(patterns)]
        if not is_drawn(action, pattern, format, one):
            missing.append(format)
    assert set(missing) <= NOT_DRAWN


@pytest.mark.slow
def test_request_is_drawn_for_each_format_in_each_place():
    missing = {
        format
        for format, action in actions_by_format().items()
        for one, pattern in all_patterns(format)
        if not is_drawn(action, pattern, format, one)
    }
    assert missing <= NOT_DRAWN


@pytest.mark.parametrize("pattern", ["arn:aws:kms:us-east-1:444455556666:*", "*"])
def test_key_of_an_account_that_a_policy_names_is_drawn(pattern):
    action = actions_of("kms")["kms:decrypt"]
    drawn = [arn for arn, _ in candidates(action, (pattern,), OWN, {}, (), (), ("444455556666",))]
    assert any(arn.startswith("arn:aws:kms:us-east-1:444455556666:key/") for arn in drawn)


def test_key_of_an_account_that_only_a_condition_names_is_asked_about():
    answer, ceiling = (
        _policies("kms:Decrypt", {"StringEquals": {"aws:ResourceAccount": account}})
        for account in ("444455556666", OWN)
    )
    caller = Caller(Principal.from_arn(f"arn:aws:iam::{OWN}:user/alice"), answer, (ceiling,), {})
    (witness,) = search([caller]).witnesses
    assert ":444455556666:key/" in witness.request.resource


def _policies(action: str, condition: dict[str, object]) -> Policies:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
    return Policies((Attached("policy", parse_policy({"Version": "2012-10-17", "Statement": [statement]})),))
