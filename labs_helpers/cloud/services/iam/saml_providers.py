"""SAML providers: the metadata documents of identity providers whose assertions an account accepts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml.html
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.saml_documents import Metadata, SamlError, read_metadata
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    already_exists,
    check_tags,
    find_saml_provider,
    invalid_input,
    limit_exceeded,
    validation_error,
)

PROVIDERS_PER_ACCOUNT = 100
"""The maximum number of SAML providers per account, which is AWS's quota.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
_NAME = re.compile(r"[\w._-]{1,128}", re.ASCII)
_SIZES = (1_000, 10_000_000)
_NOT_MODELLED = (
    "AddPrivateKey", "RemovePrivateKey", "AssertionEncryptionMode", "ContextProvider", "RemoveContextProvider",
    "IdentityCenterInstanceArn",
)  # fmt: skip
_YEARS = 100


@operation("iam", "CreateSAMLProvider")
def create_saml_provider(call: Call) -> dict[str, Any]:
    """Create a SAML provider with tags from a metadata document. Rejects a document that can't be parsed.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html
    """
    tags, name = check_tags(call), call.parameters["Name"]
    if not _NAME.fullmatch(name):
        raise validation_error(
            "1 validation error detected: Value at 'name' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w._-]+"
        )
    metadata = _metadata(call)
    arn = f"arn:aws:iam::{call.account}:saml-provider/{name}"
    if moto_iam.saml_provider(call.account, arn) is not None:
        raise already_exists(f"SAMLProvider {arn} already exists.")
    if len(moto_iam.saml_providers(call.account)) >= PROVIDERS_PER_ACCOUNT:
        raise limit_exceeded("SAMLProvidersPerAccount", PROVIDERS_PER_ACCOUNT)
    provider = moto_iam.add_saml_provider(call.account, name, call.parameters["SAMLMetadataDocument"])
    provider.create_date, provider.tags = call.time, tags
    provider.uuid = call.state.ids.base32(26)
    provider.valid_until = _valid_until(metadata, call.time)
    return {"SAMLProviderArn": arn} | ({"Tags": _sorted(tags)} if tags else {})


@operation("iam", "UpdateSAMLProvider")
def update_saml_provider(call: Call) -> dict[str, Any]:
    """Replace a SAML provider's metadata document.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSAMLProvider.html
    """
    provider = find_saml_provider(call)
    if call.parameters.get("SAMLMetadataDocument") is None:
        _refuse_unmodelled(call)
        raise invalid_input(
            "Unable to update identity provider. No updates are defined for metadata or encryption assertion."
        )
    metadata = _metadata(call)
    provider.saml_metadata_document = call.parameters["SAMLMetadataDocument"]
    provider.valid_until = _valid_until(metadata, call.time)
    return {"SAMLProviderArn": call.parameters["SAMLProviderArn"]}


@operation("iam", "GetSAMLProvider")
def get_saml_provider(call: Call) -> dict[str, Any]:
    """Return a SAML provider's metadata document, dates, and tags.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html
    """
    provider = find_saml_provider(call)
    members = {
        "SAMLProviderUUID": provider.uuid,
        "SAMLMetadataDocument": provider.saml_metadata_document,
        "CreateDate": provider.create_date,
        "ValidUntil": provider.valid_until,
    }
    return members | {"Tags": _sorted(provider.tags)}


@operation("iam", "ListSAMLProviders")
def list_saml_providers(call: Call) -> dict[str, Any]:
    """List the account's SAML providers with their dates.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviders.html
    """
    return {
        "SAMLProviderList": [
            {"Arn": each.arn, "ValidUntil": each.valid_until, "CreateDate": each.create_date}
            for each in moto_iam.saml_providers(call.account)
        ]
    }


@operation("iam", "DeleteSAMLProvider")
def delete_saml_provider(call: Call) -> dict[str, Any]:
    """Delete a SAML provider. Roles that trust the provider remain, but can no longer be assumed with its assertions.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSAMLProvider.html
    """
    moto_iam.delete_saml_provider(call.account, find_saml_provider(call).arn)
    return {}


def _metadata(call: Call) -> Metadata:
    """Parse a request's metadata document.

    Raises ValidationError for a wrong length, and InvalidInput for wrong content.
    """
    _refuse_unmodelled(call)
    text, (least, most) = call.parameters["SAMLMetadataDocument"], _SIZES
    if not least <= len(text) <= most:
        bound = f"greater than or equal to {least}" if len(text) < least else f"less than or equal to {most}"
        raise validation_error(
            "1 validation error detected: Value at 'sAMLMetadataDocument' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )
    try:
        return read_metadata(text)
    except SamlError as error:
        raise invalid_input("Could not parse metadata") from error


def _refuse_unmodelled(call: Call) -> None:
    given = [name for name in _NOT_MODELLED if call.parameters.get(name)]
    if given:
        raise NotModelled(
            f"iam:{call.operation} with {given[0]}: encrypted assertions and trusted identity propagation "
            "aren't modeled; see labs_helpers/cloud/services/iam/saml_providers.py"
        )


def _valid_until(metadata: Metadata, time: datetime) -> datetime:
    """Return the end of the metadata's validity, or a hundred years from now if the metadata doesn't specify one."""
    # Uses the first day of the month, because February 29 doesn't exist in every year.
    return metadata.valid_until or time.replace(year=time.year + _YEARS, day=1)


def _sorted(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(tags, key=lambda tag: tag["Key"])
