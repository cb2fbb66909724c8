"""Roles that IAM Identity Center creates in accounts. The accounts can't change these roles.

https://docs.aws.amazon.com/singlesignon/latest/userguide/troubleshooting.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.administrators import add_role

PATH = "/aws-reserved/sso.amazonaws.com/"
INLINE_POLICY = "AwsSSOInlinePolicy"
_SERVICE = "sso.amazonaws.com"
_LINKED_ROLE = "AWSServiceRoleForSSO"
_LINKED_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AWSSSOServiceRolePolicy"
AUDIENCE = "https://signin.aws.amazon.com/saml"
_LONGEST = 43_200


def path_in(region: str) -> str:
    """Return the path of the roles of an Identity Center instance in a Region.

    For us-east-1, the path omits the Region.
    """
    return PATH if region == "us-east-1" else f"{PATH}{region}/"


def is_reserved(role: Any) -> bool:
    """Return True if a role was created by Identity Center."""
    return str(role.path).startswith(PATH)


def ensure_linked_role(account: str, ids: Ids, now: datetime) -> None:
    """Create Identity Center's service-linked role if the account doesn't have it."""
    if moto_iam.find_role(account, _LINKED_ROLE) is None:
        statement = {"Effect": "Allow", "Principal": {"Service": _SERVICE}, "Action": "sts:AssumeRole"}
        add_role(
            account, _LINKED_ROLE, _document(statement), (_LINKED_POLICY,), ids, now,
            path=f"/aws-service-role/{_SERVICE}/", linked_service=_SERVICE,
            description="Service-linked role used by AWS SSO to manage AWS resources, including IAM roles, policies "
            "and SAML IdP on your behalf.",
        )  # fmt: skip


def find_provider(account: str, issuer: str) -> str | None:
    """Return the ARN of the account's SAML provider for the Identity Center instance with this issuer.

    Returns None if the provider was deleted or changed.
    """
    for provider in moto_iam.saml_providers(account):
        if provider.name.startswith("AWSSSO_") and issuer in provider.saml_metadata_document:
            return str(provider.arn)
    return None


def ensure_provider(account: str, ids: Ids, issuer: str) -> str:
    """Return the ARN of the account's SAML provider for the given issuer. The provider is created if it doesn't exist.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/idp.html#repairidp
    """
    there = find_provider(account, issuer)
    if there is not None:
        return there
    metadata = (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{issuer}"><IDPSSODescriptor '
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></EntityDescriptor>'
    )
    made = moto_iam.add_saml_provider(account, f"AWSSSO_{ids.hexadecimal(16)}_DO_NOT_DELETE", metadata)
    return str(made.arn)


def add_reserved_role(
    account: str, name: str, region: str, provider: str, ids: Ids, now: datetime, description: str
) -> None:
    """Create a role that users of the SAML provider of an Identity Center instance can assume."""
    path = path_in(region)
    add_role(account, name, _trust(provider), (), ids, now, path=path, description=description,
             duration=_LONGEST)  # fmt: skip


def _trust(provider: str) -> str:
    statement = {
        "Effect": "Allow", "Principal": {"Federated": provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": AUDIENCE}},
    }  # fmt: skip
    return _document(statement)


def trust(account: str, name: str, provider: str) -> None:
    """Set a role's trust policy so that users of the given provider can assume the role."""
    role = moto_iam.find_role(account, name)
    assert role is not None, f"{account} has no role {name}"
    role.assume_role_policy_document = _trust(provider)


def trusts(account: str, name: str, provider: str | None) -> bool:
    """Return True if a role trusts the given provider. If `provider` is None, return False."""
    role = moto_iam.find_role(account, name)
    return provider is not None and role is not None and provider in role.assume_role_policy_document


def missing_policies(account: str, arns: Sequence[str]) -> list[str]:
    """Return the given managed policies that the account doesn't have."""
    return [arn for arn in arns if moto_iam.managed_policy(account, arn) is None]


def furnish(
    account: str, name: str, managed: Sequence[str], inline: str | None, boundary: str | None
) -> None:
    """Replace all of a role's policies with the given managed policies, inline policy, and boundary."""
    iam, role = moto_iam.backend(account), moto_iam.find_role(account, name)
    assert role is not None, f"{account} has no role {name}"
    for policy in list(role.managed_policies.values()):
        if policy.arn not in managed:
            policy.detach_from(role)
    for arn in managed:
        if arn not in role.managed_policies:
            iam.managed_policies[arn].attach_to(role)
    role.policies.clear()
    if inline:
        role.policies[INLINE_POLICY] = inline
    role.permissions_boundary_arn = boundary


def remove(account: str, name: str) -> None:
    """Delete a role and everything that is attached to it."""
    role = moto_iam.find_role(account, name)
    if role is not None:
        furnish(account, name, (), None, None)
        del moto_iam.backend(account).roles[role.id]


def leave(account: str, issuer: str) -> None:
    """Delete the SAML provider and the service-linked role of an Identity Center instance from an account."""
    provider, linked = find_provider(account, issuer), moto_iam.find_role(account, _LINKED_ROLE)
    if provider is not None:
        moto_iam.delete_saml_provider(account, provider)
    if linked is not None:
        remove(account, _LINKED_ROLE)


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
