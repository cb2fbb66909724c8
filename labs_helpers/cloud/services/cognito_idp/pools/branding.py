"""The appearance of managed login pages: a branding style for each app client.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import client_of, given, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid, not_found
from labs_helpers.cloud.services.cognito_idp.state import UserPool


def _check_values(call: Call) -> None:
    if call.parameters.get("UseCognitoProvidedValues") and (
        call.parameters.get("Settings") or call.parameters.get("Assets")
    ):
        raise invalid("Settings and Assets can't be given together with UseCognitoProvidedValues.")


@operation("cognito-idp", "CreateManagedLoginBranding")
def create_managed_login_branding(call: Call) -> dict[str, Any]:
    """Create a branding style for an app client that doesn't have one.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateManagedLoginBranding.html
    """
    pool = pool_of(call)
    client = client_of(call, pool)
    _check_values(call)
    if any(style["client"] == client.id for style in pool.branding.values()):
        raise error("ManagedLoginBrandingExists", f"The app client {client.id} already has a branding style.")
    identifier = call.state.ids.uuid()
    shown = {
        "ManagedLoginBrandingId": identifier, "UserPoolId": pool.id,
        "UseCognitoProvidedValues": bool(call.parameters.get("UseCognitoProvidedValues")),
        **given(call, "Settings", "Assets"), "CreationDate": call.time, "LastModifiedDate": call.time,
    }  # fmt: skip
    pool.branding[identifier] = {"client": client.id, "style": shown}
    return {"ManagedLoginBranding": shown}


def _style(call: Call, pool: UserPool) -> dict[str, Any]:
    found = pool.branding.get(call.parameters.get("ManagedLoginBrandingId") or "")
    if found is None:
        raise not_found(
            f"Managed login branding {call.parameters.get('ManagedLoginBrandingId')} does not exist."
        )
    style: dict[str, Any] = found["style"]
    return style


@operation("cognito-idp", "DescribeManagedLoginBranding")
def describe_managed_login_branding(call: Call) -> dict[str, Any]:
    """Return a branding style by its ID.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeManagedLoginBranding.html
    """
    return {"ManagedLoginBranding": _style(call, pool_of(call))}


@operation("cognito-idp", "DescribeManagedLoginBrandingByClient")
def describe_managed_login_branding_by_client(call: Call) -> dict[str, Any]:
    """Return the branding style of an app client.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeManagedLoginBrandingByClient.html
    """
    pool = pool_of(call)
    client = client_of(call, pool)
    for kept in pool.branding.values():
        if kept["client"] == client.id:
            return {"ManagedLoginBranding": kept["style"]}
    raise not_found(f"The app client {client.id} has no managed login branding.")


@operation("cognito-idp", "UpdateManagedLoginBranding")
def update_managed_login_branding(call: Call) -> dict[str, Any]:
    """Change a branding style. Omitted parameters stay unchanged.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateManagedLoginBranding.html
    """
    if not call.parameters.get("UserPoolId") or not call.parameters.get("ManagedLoginBrandingId"):
        raise invalid("UserPoolId and ManagedLoginBrandingId are required.")
    style = _style(call, pool_of(call))
    _check_values(call)
    style |= {**given(call, "UseCognitoProvidedValues", "Settings", "Assets"), "LastModifiedDate": call.time}
    if call.parameters.get("UseCognitoProvidedValues"):
        style.pop("Settings", None)
        style.pop("Assets", None)
    elif "Settings" in style or "Assets" in style:
        style["UseCognitoProvidedValues"] = False
    return {"ManagedLoginBranding": style}


@operation("cognito-idp", "DeleteManagedLoginBranding")
def delete_managed_login_branding(call: Call) -> dict[str, Any]:
    """Delete a branding style.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteManagedLoginBranding.html
    """
    pool = pool_of(call)
    del pool.branding[_style(call, pool)["ManagedLoginBrandingId"]]
    return {}
