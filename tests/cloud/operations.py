"""The status of each service's operations, for the figures in README and for the page docs/operations.md.

`python -m tests.cloud.operations` writes the page; tests/cloud/test_coverage.py compares the page with the code.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

from labs_helpers.cloud import services
from labs_helpers.cloud.core import registry
from labs_helpers.cloud.services.ec2 import unperformed
from tests.cloud.services import tables
from tests.cloud.services.s3 import test_table as test_operations_s3

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations.md"
PACKAGES = {
    "lambda": "awslambda", "cognito-idp": "cognitoidp", "cognito-identity": "cognitoidentity", "sso-admin": "ssoadmin",
}  # fmt: skip
CORNERS = {
    "rds": "The cloud supports only the operations on DB instances and DB snapshots that Day 1 needs. All other "
    "operations raise an error that names the operation.",
    "s3control": "The cloud supports only the operations on the account-level Block Public Access settings. All other "
    "operations raise an error that names the operation.",
}
"""Services of which the course needs a corner, and why: `counted` leaves them out."""


class Limit(NamedTuple):
    """Requests that modeled operations reject with `NotModelled`: the file that rejects them, and what it rejects."""

    file: str
    operations: str
    refuses: str


_BATCHES = "BatchGetItem BatchWriteItem TransactGetItems TransactWriteItems"
_CLIENTS = "CreateUserPoolClient UpdateUserPoolClient"
LIMITS = {
    "cloudtrail": (
        Limit("cloudtrail/insights.py", "GetInsightSelectors PutInsightSelectors", "event data stores"),
        Limit("cloudtrail/tags.py", "AddTags ListTags RemoveTags", "CloudTrail Lake resources"),
    ),
    "cognito-identity": (
        Limit(
            "cognito_identity/logins.py", "GetCredentialsForIdentity GetId GetOpenIdToken UnlinkIdentity",
            "logins from any provider other than user pools, OIDC providers, and SAML providers",
        ),
    ),
    "cognito-idp": (
        Limit(
            "cognito_idp/sign_in/first_factor_choice.py", "AdminInitiateAuth InitiateAuth",
            "an authentication level (`TARGET_ACR_VALUES`) together with a sign-up session",
        ),
        Limit(
            "cognito_idp/pools/app_clients.py", _CLIENTS,
            "the parameter `PublishSecretsInAWSSecretsManager`, and token exchange flows",
        ),
        Limit("cognito_idp/pools/domains.py", "CreateUserPoolDomain UpdateUserPoolDomain", "the parameter `Routing`"),
        Limit(
            "cognito_idp/pools/pool_settings.py", "CreateUserPool UpdateUserPool",
            "the key type `CUSTOMER_MANAGED_KEY`",
        ),
        Limit(
            "cognito_idp/triggers.py", "",
            "triggers whose Lambda function isn't backed by a Python callable (`cloud.lambda_function`)",
        ),
        Limit(
            "cognito_idp/managed_login/federated_sign_in.py", "",
            "sign-in through any provider other than OIDC providers and SAML providers",
        ),
    ),
    "dynamodb": (
        Limit("dynamodb/table.py", _BATCHES, "requests for tables in several accounts"),
        Limit(
            "dynamodb/partiql_statements.py", "BatchExecuteStatement ExecuteStatement ExecuteTransaction",
            "PartiQL with `<>`, `NOT`, `EXISTS`, or computed values, and PartiQL that selects or changes nested "
            "attributes",
        ),
    ),
    "ec2": (
        Limit("ec2/dependencies.py", "AttachVolume", "attaching a volume with Multi-Attach to a second instance"),
        Limit("ec2/quotas.py", "AssociateVpcCidrBlock CreateVpc", "IPAM address pools"),
        Limit(
            "ec2/shared_snapshots.py", "CopyImage CopySnapshot CreateVolume RegisterImage",
            "encrypted snapshots that another account owns",
        ),
        Limit("ec2/unperformed.py", unperformed.NAMES, "every request"),
    ),
    "events": (
        Limit("events/table.py", "PutEvents", "entries for event buses in several accounts"),
        Limit("deliveries/moto_hooks.py", "PutEvents", "events for rules with targets that aren't supported"),
    ),
    "iam": (
        Limit("iam/identities.py", "CreateRole UpdateRole", "a duration for console sessions"),
        Limit("iam/oidc_providers.py", "CreateOpenIDConnectProvider", "trusted identity propagation"),
        Limit("iam/passwords.py", "CreateLoginProfile UpdateLoginProfile", "a duration for console sessions"),
        Limit(
            "iam/saml_providers.py", "CreateSAMLProvider UpdateSAMLProvider",
            "encrypted assertions, and trusted identity propagation",
        ),
        Limit(
            "iam/service_linked_roles.py", "CreateServiceLinkedRole",
            "services whose service-linked role this cloud doesn't know",
        ),
    ),
    "kms": (
        Limit("kms/access.py", "Decrypt DeriveSharedSecret GenerateDataKey GenerateDataKeyPair GenerateRandom",
              "the parameter `Recipient`"),
        Limit("kms/asymmetric.py", "Sign Verify", "the signing algorithm `ED25519_PH_SHA_512`"),
        Limit("kms/material.py", "CreateKey", "key specs that the installed version of `cryptography` doesn't support"),
        Limit("kms/custom_key_stores.py", "CreateCustomKeyStore", "every request"),
    ),
    "lambda": (
        Limit(
            "lambda_/invocation.py", "Invoke InvokeAsync",
            "functions that aren't backed by a Python callable (`cloud.lambda_function`)",
        ),
        Limit("lambda_/kms_encryption.py", "CreateFunction UpdateFunctionCode", "the parameter `SourceKMSKeyArn`"),
        Limit("lambda_/mappings.py", "CreateEventSourceMapping", "event sources other than SQS queues"),
    ),
    "logs": (
        Limit(
            "logs/filter_patterns.py", "FilterLogEvents PutSubscriptionFilter",
            "patterns with space-separated fields or regular expressions",
        ),
        Limit("logs/kms_encryption.py", "AssociateKmsKey DisassociateKmsKey", "encryption of query results"),
        Limit("logs/subscriptions.py", "PutSubscriptionFilter", "destinations other than Lambda functions"),
    ),
    "rds": (
        Limit(
            "rds/parameters.py",
            "CopyDBSnapshot CreateDBInstance DescribeDBInstances DescribeDBSnapshots ModifyDBInstance "
            "RestoreDBInstanceFromDBSnapshot",
            "parameters that Day 1 doesn't need",
        ),
    ),
    "s3": (
        Limit(
            "s3/checked_uploads.py", "CompleteMultipartUpload CopyObject CreateMultipartUpload PutObject UploadPart",
            "XXHASH64, XXHASH3, and XXHASH128 checksums",
        ),
        Limit("s3/operations.py", "PutBucketVersioning", "the setting `MFADelete`"),
        Limit("s3/restoring.py", "RestoreObject", "queries of archived objects (`SELECT`)"),
    ),
    "secretsmanager": (
        Limit("secretsmanager/secret_values.py", "CreateSecret", "replicas in other accounts"),
        Limit(
            "secretsmanager/rotation.py", "RotateSecret",
            "rotation by a Lambda function that isn't backed by a Python callable (`cloud.lambda_function`)",
        ),
    ),
    "sns": (Limit("sns/subscribing.py", "Subscribe", "the `firehose` protocol"),),
    "sso-oidc": (Limit("sso_oidc/operations.py", "RegisterClient", "the parameter `entitledApplicationArn`"),),
    "sts": (
        Limit("sts/saml.py", "AssumeRoleWithSAML", "encrypted assertions"),
        Limit("sts/web_identity.py", "AssumeRoleWithWebIdentity", "the parameter `ProviderId`"),
    ),
}  # fmt: skip
"""By service, what operations that are done in part refuse. A file that can raise `NotModelled` has a row here."""
_NEVER = "every request"


def served(service: str) -> set[str]:
    """The operations that moto serves or that are ours, by the names of botocore's model."""
    services.load(service)
    if service == "s3":
        # moto routes S3 by method and query, not by operation: test_operations_s3 tried each of them.
        return (
            set(tables.model_of("s3").operation_names)
            - set(test_operations_s3.NOT_SERVED)
            - set(test_operations_s3.OLD_NAMES)
        )
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
    """Service → (modeled operations, operations that moto or our own code performs). Operations that aren't modeled are
    rejected.
    """
    found = {}
    for service in set(services.modelled_services()) - CORNERS.keys():
        table = services.table(service)
        assert table is not None
        known = served(service)
        found[service] = (len(known & table.operations), len(known))
    return found


class States(NamedTuple):
    """A service's operations: done (by moto or by our own code), partly done (with what is rejected), and rejected."""

    done: list[str]
    in_part: dict[str, str]
    refused: list[str]


@cache
def states(service: str) -> States:
    """The states of a service's operations. Raises `AssertionError` for a service without a table."""
    table = services.table(service)
    assert table is not None
    limits: dict[str, list[str]] = {}
    for limit in LIMITS.get(service, ()):
        for operation in limit.operations.split():
            limits.setdefault(operation, []).append(limit.refuses)
    asked = served(service) & table.operations
    performed = {each for each in asked if _NEVER not in limits.get(each, ())}
    return States(
        sorted(performed - limits.keys()),
        {each: "; ".join(limits[each]) for each in sorted(performed & limits.keys())},
        sorted(set(tables.model_of(service).operation_names) - performed),
    )


def files_that_refuse() -> Iterator[str]:
    """Return the files in services/ that raise `NotModelled`."""
    folder = ROOT / "labs_helpers" / "cloud" / "services"
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        if any(isinstance(each, ast.Name) and each.id == "NotModelled" for each in calls):
            yield path.relative_to(folder).as_posix()


_HEAD = """# What each service does

`python -m tests.cloud.operations` generates this page from the code, from the tests' list of limits, and from
botocore's models, which list every operation of each service. A test fails if the page is out of date. The cloud
supports the operations that the course uses, and related operations. There are three kinds of operations:

- **done**: The cloud authorizes the operation by evaluating policies, performs and records it, and returns a response.
  If the operation is in *italics*, moto performs it, and moto might ignore some parameters.
- **partly done**: The operation works in the same way, but some requests raise `NotModelled`, an error that names what
  isn't modeled.
- **rejected**: Every request raises `NotModelled`, and the error names the operation. You can still use the operation's
  action in policies.

In {services} services, the cloud supports {supported:,} operations, of which {in_part} are partly done.
"""


def supported() -> tuple[int, int, int]:
    """Return the number of services, of the operations that are done or partly done, and of those partly done."""
    found = [states(service) for service in services.modelled_services()]
    in_part = sum(len(each.in_part) for each in found)
    return len(found), in_part + sum(len(each.done) for each in found), in_part


def page() -> str:
    """The page docs/operations.md."""
    rows, parts = [], []
    for service in services.modelled_services():
        done, in_part, refused = states(service)
        rows.append(f"| [{service}](#{service}) | {len(done)} | {len(in_part)} | {len(refused)} |")
        parts.append(_part(service))
    head = ["| service | done | partly done | rejected |", "| --- | --: | --: | --: |", *rows, ""]
    number, operations, partly = supported()
    about = _HEAD.format(services=number, supported=operations, in_part=partly)
    return "\n".join([about, *head, *parts])


def _part(service: str) -> str:
    done, in_part, refused = states(service)
    lines = [f"## {service}", ""]
    if service in CORNERS:
        lines += [CORNERS[service], ""]
    lines += ["**Done**:", _list(_shown(service, each) for each in done), ""]
    if in_part:
        lines += ["| Partly done | What is rejected |", "| --- | --- |"]
        lines += [f"| {_shown(service, each)} | {why} |" for each, why in in_part.items()]
        lines += [""]
    beyond = [limit.refuses for limit in LIMITS.get(service, ()) if not limit.operations]
    lines += [line for each in beyond for line in (f"Also rejected: {each}.", "")]
    if refused:
        lines += [
            f"<details><summary>Rejected: {len(refused)}</summary>",
            "",
            _list(refused),
            "",
            "</details>",
            "",
        ]
    return "\n".join(lines)


def _shown(service: str, operation: str) -> str:
    """The operation's name, in italics where no code of ours performs it."""
    return operation if registry.find(service, operation) is not None else f"*{operation}*"


def _list(names: Iterable[str]) -> str:
    return fill(f"{', '.join(names) or 'none'}.", 120, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    number, operations, _ = supported()
    print(
        f"{PAGE.relative_to(ROOT)} is written. In README.md: {operations:,} operations, in {number} services"
    )
