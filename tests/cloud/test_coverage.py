"""How much of what moto serves, or this project adds, the gate can ask about. The README states the numbers."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from labs_helpers.cloud import services
from labs_helpers.cloud.core import registry
from tests.cloud.services import tables
from tests.cloud.services.s3 import test_table as test_operations_s3

PACKAGES = {
    "lambda": "awslambda", "cognito-idp": "cognitoidp", "cognito-identity": "cognitoidentity", "sso-admin": "ssoadmin",
}  # fmt: skip
PARTLY = {
    "rds": "instances and snapshots, which Day 1 shares; the rest of RDS is refused by name",
    "s3control": "the account's Block Public Access; the rest is refused by name",
}
"""Services of which the course needs a corner, and why: they do not count."""
WHOLE = ("iam", "sts", "kms", "organizations", "account", "cognito-idp", "cognito-identity", "sso-admin")


def served(service: str) -> set[str]:
    """What moto serves of a service, and what is ours, by the names of botocore's model."""
    if service == "s3":
        # moto routes S3 by method and query, not by operation: test_operations_s3 tried each of them.
        return (
            set(tables.model_of("s3").operation_names)
            - set(test_operations_s3.NOT_SERVED)
            - set(test_operations_s3.OLD_NAMES)
        )
    services.load(service)
    ours = {name for known, name in registry.registered() if known == service}
    try:
        module = importlib.import_module(f"moto.{PACKAGES.get(service, service)}.responses")
    except ModuleNotFoundError:
        return ours
    kinds = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__.startswith(module.__name__.rpartition(".")[0]) and hasattr(kind, "dispatch")
    ]
    return ours.union(*(tables.served_by_moto(service, kind) for kind in kinds))


def counted() -> dict[str, tuple[int, int]]:
    """Service → (modelled, served)."""
    found = {}
    for service in set(services.modelled_services()) - PARTLY.keys():
        table = services.table(service)
        assert table is not None
        known = served(service)
        found[service] = (len(known & table.operations), len(known))
    return found


@pytest.fixture(scope="module")
def numbers() -> dict[str, tuple[int, int]]:
    return counted()


@pytest.mark.parametrize("service", WHOLE)
def test_the_services_at_the_heart_of_the_course_are_modelled_whole(numbers, service):
    modelled, of = numbers[service]
    assert of > 0
    assert modelled == of


def test_at_least_95_percent_of_all_are_modelled_and_the_readme_says_how_many(numbers):
    modelled, of = (sum(column) for column in zip(*numbers.values(), strict=True))
    print(f"{modelled} of {of} operations of {len(numbers)} services are modelled")
    assert modelled / of >= 0.95
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    stated = re.search(r"([\d,]+) of the ([\d,]+) operations", readme)
    assert stated is not None
    assert [int(number.replace(",", "")) for number in stated.groups()] == [modelled, of]


if __name__ == "__main__":
    print(counted())
