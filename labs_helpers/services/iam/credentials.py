"""What users sign in with: access keys, passwords, certificates. Without a UserName they are the caller's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.credentials import Credentials
from labs_helpers.core.registry import operation
from labs_helpers.services.iam import moto_view as moto_iam
from labs_helpers.services.iam.entities import (
    already_exists,
    find_user,
    limit_exceeded,
    no_such_entity,
    own_user_name,
    page,
)

KEYS_PER_USER = 2
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def _user(call: Call) -> Any:
    """The user that the call names, or the caller."""
    return find_user(call, call.parameters.get("UserName") or own_user_name(call))


# --- access keys ----------------------------------------------------------------------------------------------


def _of_root(call: Call) -> bool:
    return not call.parameters.get("UserName") and call.principal.kind.name == "ROOT"


def _root_keys(call: Call) -> list[Credentials]:
    return [
        key for key in call.state.sessions
        if not key.temporary and key.principal.kind.name == "ROOT" and key.account == call.account
    ]  # fmt: skip


@operation("iam", "CreateAccessKey")
def create_access_key(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html"""
    ids, root = call.state.ids, _of_root(call)
    user = None if root else _user(call)
    if len(_root_keys(call) if user is None else user.access_keys) >= KEYS_PER_USER:
        raise limit_exceeded("AccessKeysPerUser", KEYS_PER_USER)
    key_id, secret = ids.unique_id("AKIA"), ids.secret_key()
    if user is None:
        call.state.sessions.add(Credentials(key_id, secret, call.principal, call.account, issued=call.time))
    else:
        moto_iam.add_access_key(call.account, user.name, key_id, secret, call.time)
    name = "root" if user is None else user.name
    return {
        "AccessKey": {
            "UserName": name, "AccessKeyId": key_id, "Status": "Active", "SecretAccessKey": secret,
            "CreateDate": call.time,
        }
    }  # fmt: skip


@operation("iam", "ListAccessKeys")
def list_access_keys(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html"""
    if _of_root(call):
        keys = [
            {"AccessKeyId": key.access_key_id, "Status": "Active" if key.active else "Inactive"}
            for key in _root_keys(call)
        ]
    else:
        user = _user(call)
        keys = [
            {
                "UserName": user.name,
                "AccessKeyId": key.access_key_id,
                "Status": key.status,
                "CreateDate": key.create_date,
            }
            for key in user.access_keys
        ]
    return page(call, keys, "AccessKeyMetadata")


@operation("iam", "UpdateAccessKey")
def update_access_key(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html"""
    key, status = _access_key(call), call.parameters["Status"]
    if isinstance(key, Credentials):
        call.state.sessions.add(replace(key, active=status == "Active"))
    else:
        key.status, key.changed = status, call.time
    return {}


@operation("iam", "DeleteAccessKey")
def delete_access_key(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html"""
    key = _access_key(call)
    if isinstance(key, Credentials):
        call.state.sessions.remove(key.access_key_id)
    else:
        moto_iam.backend(call.account).delete_access_key_by_name(key.access_key_id)
    return {}


def _access_key(call: Call) -> Any:
    key_id = call.parameters["AccessKeyId"]
    keys = _root_keys(call) if _of_root(call) else _user(call).access_keys
    for key in keys:
        if key.access_key_id == key_id:
            return key
    raise no_such_entity(f"The Access Key with id {key_id} cannot be found.")


# --- operations that moto performs for a named user only ---------------------------------------------------------


def _own(operation_name: str) -> Callable[[Callable[[Call, Any], dict[str, Any]]], Any]:
    """Register what performs an operation for the caller; with a UserName moto does."""

    def register(perform: Callable[[Call, Any], dict[str, Any]]) -> Any:
        def for_caller(call: Call) -> dict[str, Any] | Answer:
            user = _user(call)
            return call.moto() if call.parameters.get("UserName") else perform(call, user)

        for_caller.__doc__ = perform.__doc__
        return operation("iam", operation_name)(for_caller)

    return register


@_own("ListSigningCertificates")
def _list_signing_certificates(call: Call, user: Any) -> dict[str, Any]:
    certificates = [
        {
            "UserName": user.name, "CertificateId": found.certificate_id, "CertificateBody": found.certificate_body,
            "Status": found.status, "UploadDate": found.upload_date,
        }
        for found in user.signing_certificates.values()
    ]  # fmt: skip
    return page(call, certificates, "Certificates")


@_own("ListSSHPublicKeys")
def _list_ssh_public_keys(call: Call, user: Any) -> dict[str, Any]:
    keys = [
        {
            "UserName": user.name, "SSHPublicKeyId": key.ssh_public_key_id, "Status": key.status,
            "UploadDate": key.upload_date,
        }
        for key in user.ssh_public_keys
    ]  # fmt: skip
    return page(call, keys, "SSHPublicKeys")


@_own("UploadSigningCertificate")
def _upload_signing_certificate(call: Call, user: Any) -> dict[str, Any]:
    body = call.parameters["CertificateBody"]
    found = moto_iam.add_signing_certificate(call.account, user.name, body)
    return {
        "Certificate": {
            "UserName": user.name, "CertificateId": found.certificate_id, "CertificateBody": body,
            "Status": found.status, "UploadDate": found.upload_date,
        }
    }  # fmt: skip


@_own("UpdateSigningCertificate")
def _update_signing_certificate(call: Call, user: Any) -> dict[str, Any]:
    _certificate(call, user).status = call.parameters["Status"]
    return {}


@_own("DeleteSigningCertificate")
def _delete_signing_certificate(call: Call, user: Any) -> dict[str, Any]:
    del user.signing_certificates[_certificate(call, user).certificate_id]
    return {}


def _certificate(call: Call, user: Any) -> Any:
    certificate_id = call.parameters["CertificateId"]
    found = user.signing_certificates.get(certificate_id)
    if found is None:
        raise no_such_entity(f"The Certificate with id {certificate_id} cannot be found.")
    return found


# --- passwords ------------------------------------------------------------------------------------------------


def _login_profile(user: Any) -> dict[str, Any]:
    return {
        "LoginProfile": {
            "UserName": user.name, "CreateDate": user.create_date,
            "PasswordResetRequired": bool(user.password_reset_required),
        }
    }  # fmt: skip


def _with_password(call: Call) -> Any:
    user = _user(call)
    if not user.password:
        raise no_such_entity(f"Login Profile for User {user.name} cannot be found.")
    return user


@operation("iam", "CreateLoginProfile")
def create_login_profile(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html"""
    user = _user(call)
    if user.password:
        raise already_exists(f"Login Profile for user {user.name} already exists.")
    user.password = call.parameters.get("Password") or call.state.ids.token()
    user.password_changed = call.time
    user.password_reset_required = bool(call.parameters.get("PasswordResetRequired"))
    return _login_profile(user)


@operation("iam", "GetLoginProfile")
def get_login_profile(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html"""
    return _login_profile(_with_password(call))


@operation("iam", "UpdateLoginProfile")
def update_login_profile(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html"""
    user = _with_password(call)
    answer = call.moto()
    if call.parameters.get("Password"):
        user.password_changed = call.time
    return answer


@operation("iam", "DeleteLoginProfile")
def delete_login_profile(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html"""
    _with_password(call).password = None
    return {}
