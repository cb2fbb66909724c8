"""X.509 certificates for servers (HTTPS) and users (legacy SOAP requests), which are parsed before they are stored.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import root_user
from labs_helpers.cloud.services.iam.entities import (
    PAGES,
    already_exists,
    check_name,
    check_path,
    check_tags,
    find_certificate,
    find_user,
    limit_exceeded,
    no_such_entity,
    own_user_name,
    settable_status,
    with_optional,
)

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SERVER_CERTIFICATES = 20
SIGNING_CERTIFICATES_PER_USER = 2
"""The maximum numbers of certificates, which are AWS's default quotas.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


def _parsed(pem: str, what: str) -> Certificate:
    from cryptography import x509  # Imported here because most sessions don't upload a certificate.

    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise _malformed(what) from error


def _malformed(what: str) -> ServiceError:
    return ServiceError(
        "MalformedCertificate", f"Unable to parse {what}. Please ensure it is in PEM format.", 400
    )


# --- server certificates ----------------------------------------------------------------------------------------


@operation("iam", "UploadServerCertificate")
def upload_server_certificate(call: Call) -> dict[str, Any]:
    """Store a server certificate.

    Rejects a certificate that can't be parsed or doesn't match the request's private key. The private key isn't stored.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadServerCertificate.html
    """
    given = call.parameters
    name, path, tags = check_name(call, "ServerCertificateName"), check_path(call), check_tags(call)
    certificate = _parsed(given["CertificateBody"], "certificate")
    _check_key(certificate, given["PrivateKey"])
    if given.get("CertificateChain"):
        _parsed(given["CertificateChain"], "certificate chain")
    known = moto_iam.backend(call.account).certificates.values()
    if name.lower() in (each.cert_name.lower() for each in known):
        raise already_exists(f"The Server Certificate with name {name} already exists.")
    if len(known) >= SERVER_CERTIFICATES:
        raise limit_exceeded("ServerCertificatesPerAccount", SERVER_CERTIFICATES)
    kept = moto_iam.add_server_certificate(
        call.account, name, path, given["CertificateBody"], given.get("CertificateChain"),
        certificate_id=call.state.ids.unique_id("ASCA"), uploaded=call.time, expires=certificate.not_valid_after_utc,
    )  # fmt: skip
    kept.tags = tags
    return with_optional({"ServerCertificateMetadata": _metadata_members(kept)}, Tags=tags)


def _check_key(certificate: Certificate, pem: str) -> None:
    """Check the private key in the request.

    Raises MalformedCertificate if it isn't an unencrypted private key, or KeyPairMismatch for a wrong key.
    """
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError) as error:
        raise _malformed("private key") from error
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise ServiceError("KeyPairMismatch", "The private key does not match the certificate.", 400)


def _metadata_members(certificate: Any) -> dict[str, Any]:
    return {
        "Path": certificate.path, "ServerCertificateName": certificate.cert_name, "ServerCertificateId": certificate.id,
        "Arn": certificate.arn, "UploadDate": certificate.upload_date, "Expiration": certificate.expires,
    }  # fmt: skip


@operation("iam", "GetServerCertificate")
def get_server_certificate(call: Call) -> dict[str, Any]:
    """Return a server certificate with its chain and tags, without the private key.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServerCertificate.html
    """
    found = find_certificate(call)
    members = {"ServerCertificateMetadata": _metadata_members(found), "CertificateBody": found.cert_body}
    return {
        "ServerCertificate": with_optional(members, CertificateChain=found.cert_chain)
        | {"Tags": list(found.tags)}
    }


@operation("iam", "ListServerCertificates")
def list_server_certificates(call: Call) -> dict[str, Any]:
    """List the metadata of the server certificates under PathPrefix, sorted by name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html
    """
    prefix = call.parameters.get("PathPrefix") or "/"
    known = moto_iam.backend(call.account).certificates.values()
    listed = [_metadata_members(each) for each in known if each.path.startswith(prefix)]
    by_name = sorted(listed, key=lambda each: each["ServerCertificateName"].lower())
    return PAGES.page(call, "ServerCertificateMetadataList", by_name)


@operation("iam", "UpdateServerCertificate")
def update_server_certificate(call: Call) -> dict[str, Any]:
    """Rename a server certificate or move it to another path. Rejects a name that is already in use, ignoring case.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServerCertificate.html
    """
    found, given = find_certificate(call), call.parameters
    if given.get("NewServerCertificateName"):
        name = check_name(call, "NewServerCertificateName")
        others = (each for each in moto_iam.backend(call.account).certificates.values() if each is not found)
        if name.lower() in (each.cert_name.lower() for each in others):
            raise already_exists(f"The Server Certificate with name {name} already exists.")
        moto_iam.rename_server_certificate(call.account, found, name)
    if given.get("NewPath"):
        found.path = check_path(call, "NewPath")
    return {}


@operation("iam", "DeleteServerCertificate")
def delete_server_certificate(call: Call) -> dict[str, Any]:
    """Delete a server certificate. Raises NoSuchEntity if it doesn't exist.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServerCertificate.html
    """
    del moto_iam.backend(call.account).certificates[find_certificate(call).cert_name]
    return {}


# --- signing certificates -----------------------------------------------------------------------------------------


def _user(call: Call) -> Any:
    return find_user(call, call.parameters.get("UserName") or own_user_name(call))


def _signing_certificate_members(user: Any, certificate: Any) -> dict[str, Any]:
    return {
        "UserName": user.name, "CertificateId": certificate.certificate_id,
        "CertificateBody": certificate.certificate_body, "Status": certificate.status,
        "UploadDate": certificate.upload_date,
    }  # fmt: skip


@operation("iam", "UploadSigningCertificate")
def upload_signing_certificate(call: Call) -> dict[str, Any]:
    """Add a signing certificate to a user.

    Rejects expired certificates, certificates that a user in the account already has, and a user's third certificate.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html
    """
    user, body = _user(call), call.parameters["CertificateBody"]
    certificate = _parsed(body, "certificate")
    if certificate.not_valid_after_utc < call.time:
        raise ServiceError("InvalidCertificate", "The certificate has expired.", 400)
    for every in moto_iam.backend(call.account).users.values():
        if any(each.certificate_body.split() == body.split() for each in every.signing_certificates.values()):
            raise ServiceError(
                "DuplicateCertificate", "The certificate is already associated with a user.", 409
            )
    if len(user.signing_certificates) >= SIGNING_CERTIFICATES_PER_USER:
        raise limit_exceeded("SigningCertificatesPerUser", SIGNING_CERTIFICATES_PER_USER)
    kept = moto_iam.add_signing_certificate(user, call.state.ids.base32(32), body, call.time)
    return {"Certificate": _signing_certificate_members(user, kept)}


@operation("iam", "ListSigningCertificates")
def list_signing_certificates(call: Call) -> dict[str, Any]:
    """List a user's signing certificates. In this cloud, root users never have any.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html
    """
    if root_user.is_target(call):
        return PAGES.page(call, "Certificates", [])
    user = _user(call)
    return PAGES.page(
        call,
        "Certificates",
        [_signing_certificate_members(user, each) for each in user.signing_certificates.values()],
    )


@operation("iam", "UpdateSigningCertificate")
def update_signing_certificate(call: Call) -> dict[str, Any]:
    """Set a signing certificate to Active or Inactive.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSigningCertificate.html
    """
    _signing_certificate(call, _user(call)).status = settable_status(call)
    return {}


@operation("iam", "DeleteSigningCertificate")
def delete_signing_certificate(call: Call) -> dict[str, Any]:
    """Delete a user's signing certificate. Raises NoSuchEntity for the root user, which never has one.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSigningCertificate.html
    """
    if root_user.is_target(call):
        raise _no_certificate(call)
    user = _user(call)
    del user.signing_certificates[_signing_certificate(call, user).certificate_id]
    return {}


def _signing_certificate(call: Call, user: Any) -> Any:
    certificate_id = call.parameters["CertificateId"]
    found = user.signing_certificates.get(certificate_id)
    if found is None:
        raise _no_certificate(call)
    return found


def _no_certificate(call: Call) -> ServiceError:
    return no_such_entity(f"The Certificate with id {call.parameters['CertificateId']} cannot be found.")
