"""The metadata of SAML providers, read from a file or from a URL within the cloud.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp-things-to-know.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.saml_documents import METADATA, Metadata, SamlError, parse, read_metadata
from labs_helpers.cloud.services.cognito_idp.errors import invalid

_LARGEST = 100_000
_FLAGS = ("IDPInit", "IDPSignout", "EncryptedResponses")
_ENDPOINTS = {"SSORedirectBindingURI": "redirect_to", "SLORedirectBindingURI": "sign_out_at"}


def check(details: Mapping[str, str]) -> None:
    """Validate a SAML provider's ProviderDetails according to the AWS documentation.

    Raises InvalidParameterException if they aren't valid.
    """
    if bool(details.get("MetadataURL")) == bool(details.get("MetadataFile")):
        raise invalid("ProviderDetails of a SAML provider need either MetadataURL or MetadataFile.")
    for name in _FLAGS:
        if details.get(name, "false") not in ("true", "false"):
            raise invalid(f"{name} in ProviderDetails must be true or false.")
    if details.get("RequestSigningAlgorithm", "rsa-sha256") != "rsa-sha256":
        raise invalid("RequestSigningAlgorithm in ProviderDetails must be rsa-sha256.")
    if details.get("MetadataFile"):
        _check_file(details["MetadataFile"])


def _check_file(document: str) -> None:
    """Raise InvalidParameterException for a file that isn't metadata. Its content is checked at sign-in."""
    try:
        root = parse(document.encode())
    except (SamlError, UnicodeEncodeError) as wrong:
        raise invalid("Invalid SAML metadata: the document can't be read.") from wrong
    if root.tag.rpartition("}")[2] not in ("EntityDescriptor", "EntitiesDescriptor"):
        raise invalid(f"Invalid SAML metadata: {METADATA}EntityDescriptor is missing.")


def is_on(provider: Mapping[str, Any], name: str) -> bool:
    """Return True if a setting (IDPInit, IDPSignout, or EncryptedResponses) is turned on."""
    return bool(provider["ProviderDetails"].get(name) == "true")


def endpoints(details: Mapping[str, str]) -> dict[str, str]:
    """Return the URLs in a provider's metadata, in the form that DescribeIdentityProvider returns."""
    try:
        found = read(details)
    except SamlError:
        return {}
    return {name: place for name, member in _ENDPOINTS.items() if (place := getattr(found, member))}


def read(details: Mapping[str, str]) -> Metadata:
    """Return a provider's current metadata. Raises `SamlError` if the metadata isn't valid."""
    return read_metadata(details.get("MetadataFile") or _fetched(details["MetadataURL"]))


def _fetched(url: str) -> str:
    """Fetch a document from a site in this cloud. Nothing is fetched from outside the cloud."""
    import requests

    if not url.startswith("https://"):
        raise SamlError("the metadata URL isn't an https URL")
    try:
        answer = requests.get(url, timeout=10, allow_redirects=False)
    except (OSError, NotModelled) as error:
        raise SamlError("no server responds at the metadata URL") from error
    if answer.status_code != 200 or len(answer.content) > _LARGEST:
        raise SamlError("the metadata URL returns no document")
    return answer.text
