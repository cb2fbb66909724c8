"""The look of sign-in pages: managed login branding, classic hosted UI customization, and terms documents.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.calls import client_of, given, ours, page, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid, not_found
from labs_helpers.cloud.services.cognito_idp.state import UserPool

_CSS_VERSION = "20190128172214"


# --- managed login --------------------------------------------------------------------------------------------


def _check_values(call: Call) -> None:
    if call.parameters.get("UseCognitoProvidedValues") and (
        call.parameters.get("Settings") or call.parameters.get("Assets")
    ):
        raise invalid("Settings and Assets can't be given together with UseCognitoProvidedValues.")


@ours("CreateManagedLoginBranding")
def create_managed_login_branding(call: Call) -> dict[str, Any]:
    """Create a branding style for an app client that has none.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateManagedLoginBranding.html
    """
    pool = pool_of(call)
    client = client_of(call, pool)
    _check_values(call)
    if any(style["client"] == client.id for style in pool.branding.values()):
        raise error("ManagedLoginBrandingExists", f"The app client {client.id} has a branding style already.")
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


@ours("DescribeManagedLoginBranding")
def describe_managed_login_branding(call: Call) -> dict[str, Any]:
    """Return a branding style by its ID.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeManagedLoginBranding.html
    """
    return {"ManagedLoginBranding": _style(call, pool_of(call))}


@ours("DescribeManagedLoginBrandingByClient")
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


@ours("UpdateManagedLoginBranding")
def update_managed_login_branding(call: Call) -> dict[str, Any]:
    """Change a branding style; members that the request omits stay.

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


@ours("DeleteManagedLoginBranding")
def delete_managed_login_branding(call: Call) -> dict[str, Any]:
    """Delete a branding style.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteManagedLoginBranding.html
    """
    pool = pool_of(call)
    del pool.branding[_style(call, pool)["ManagedLoginBrandingId"]]
    return {}


# --- the classic hosted UI ------------------------------------------------------------------------------------


@ours("SetUICustomization")
def set_ui_customization(call: Call) -> dict[str, Any]:
    """Set the classic hosted UI's CSS and logo, for one client or for all.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUICustomization.html
    """
    pool = pool_of(call)
    target = call.parameters.get("ClientId") or "ALL"
    if target != "ALL":
        client_of(call, pool)
    if not pool.domains:
        raise invalid("There has to be an existing domain associated with this user pool")
    before = pool.styles.get(target, {"CreationDate": call.time})
    style = {
        **before, "UserPoolId": pool.id, "ClientId": target, "CSSVersion": _CSS_VERSION, "LastModifiedDate": call.time,
        **given(call, "CSS"),
    }  # fmt: skip
    if call.parameters.get("ImageFile"):
        cdn = next(iter(pool.domains.values()))["CloudFrontDistribution"]
        style["ImageUrl"] = f"https://{cdn}/{pool.id}/{target}/{_CSS_VERSION}/assets/images/image.jpg"
    pool.styles[target] = style
    return {"UICustomization": style}


@ours("GetUICustomization")
def get_ui_customization(call: Call) -> dict[str, Any]:
    """Return a client's customization of the classic hosted UI, or the one for all clients.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUICustomization.html
    """
    pool = pool_of(call)
    target = call.parameters.get("ClientId") or "ALL"
    if target != "ALL":
        client_of(call, pool)
    return {"UICustomization": pool.styles.get(target) or pool.styles.get("ALL") or {}}


# --- terms ----------------------------------------------------------------------------------------------------


def _refuse_same_terms(pool: UserPool, client: str, name: str, own: str | None = None) -> None:
    for identifier, kept in pool.terms.items():
        if identifier != own and (kept["ClientId"], kept["TermsName"]) == (client, name):
            raise error("TermsExists", f"The app client has terms documents with the name {name} already.")


@ours("CreateTerms")
def create_terms(call: Call) -> dict[str, Any]:
    """Create terms documents for an app client.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateTerms.html
    """
    pool = pool_of(call)
    client = client_of(call, pool)
    _refuse_same_terms(pool, client.id, call.parameters["TermsName"])
    _check_links(call)
    identifier = call.state.ids.uuid()
    pool.terms[identifier] = {
        "TermsId": identifier, "UserPoolId": pool.id, "ClientId": client.id,
        **given(call, "TermsName", "TermsSource", "Enforcement"), "Links": call.parameters.get("Links") or {},
        "CreationDate": call.time, "LastModifiedDate": call.time,
    }  # fmt: skip
    return {"Terms": pool.terms[identifier]}


def _check_links(call: Call) -> None:
    for url in (call.parameters.get("Links") or {}).values():
        if not url.startswith(("https://", "http://")):
            raise invalid(f"{url} is not a URL.")


def _terms(call: Call, pool: UserPool) -> dict[str, Any]:
    found = pool.terms.get(call.parameters["TermsId"])
    if found is None:
        raise not_found(f"Terms {call.parameters['TermsId']} do not exist.")
    return found


@ours("DescribeTerms")
def describe_terms(call: Call) -> dict[str, Any]:
    """Return terms documents by their ID.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeTerms.html
    """
    return {"Terms": _terms(call, pool_of(call))}


@ours("DescribeTermsByClient")
def describe_terms_by_client(call: Call) -> dict[str, Any]:
    """Return the terms documents of an app client by their name.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeTermsByClient.html
    """
    pool = pool_of(call)
    client = client_of(call, pool)
    for kept in pool.terms.values():
        if (kept["ClientId"], kept["TermsName"]) == (client.id, call.parameters["TermsName"]):
            return {"Terms": kept}
    raise not_found(f"The app client has no terms documents with the name {call.parameters['TermsName']}.")


@ours("UpdateTerms")
def update_terms(call: Call) -> dict[str, Any]:
    """Change terms documents; members that the request omits stay.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateTerms.html
    """
    pool = pool_of(call)
    terms = _terms(call, pool)
    name = call.parameters.get("TermsName") or terms["TermsName"]
    _refuse_same_terms(pool, terms["ClientId"], name, terms["TermsId"])
    _check_links(call)
    terms |= {
        **given(call, "TermsName", "TermsSource", "Enforcement", "Links"),
        "LastModifiedDate": call.time,
    }
    return {"Terms": terms}


@ours("DeleteTerms")
def delete_terms(call: Call) -> dict[str, Any]:
    """Delete terms documents.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteTerms.html
    """
    pool = pool_of(call)
    del pool.terms[_terms(call, pool)["TermsId"]]
    return {}


@ours("ListTerms")
def list_terms(call: Call) -> dict[str, Any]:
    """List the terms documents of a pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListTerms.html
    """
    members = ("TermsId", "TermsName", "Enforcement", "CreationDate", "LastModifiedDate")
    return page(
        call, [{name: kept[name] for name in members} for kept in pool_of(call).terms.values()], "Terms"
    )
