"""Operations on users' SSH public keys for CodeCommit.

These are RSA keys of at least 2,048 bits in the ssh-rsa or PEM format.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_ssh-keys.html
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    PAGES,
    find_user,
    limit_exceeded,
    no_such_entity,
    own_user_name,
    settable_status,
)

SSH_KEYS_PER_USER = 5
"""The maximum number of SSH public keys per user, which is AWS's quota.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
_LEAST_BITS = 2048


def _user(call: Call) -> Any:
    return find_user(call, call.parameters.get("UserName") or own_user_name(call))


@operation("iam", "UploadSSHPublicKey")
def upload_ssh_public_key(call: Call) -> dict[str, Any]:
    """Add an SSH public key to a user. Rejects a duplicate key and a sixth key.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html
    """
    user, body = _user(call), call.parameters["SSHPublicKeyBody"]
    text = _ssh_rsa(body)
    if any(text.split()[:2] == each.as_ssh.split()[:2] for each in user.ssh_public_keys):
        raise ServiceError(
            "DuplicateSSHPublicKey", "The SSH public key is already associated with the user.", 400
        )
    if len(user.ssh_public_keys) >= SSH_KEYS_PER_USER:
        raise limit_exceeded("SSHPublicKeysPerUser", SSH_KEYS_PER_USER)
    key = moto_iam.add_ssh_public_key(user, call.state.ids.unique_id("APKA"), body, text, call.time)
    return {"SSHPublicKey": _key_members(user, key, body)}


def _ssh_rsa(body: str) -> str:
    """Return the key in the ssh-rsa format.

    Raises UnrecognizedPublicKeyEncoding for another format, or InvalidPublicKey for a malformed key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_public_key,
        load_ssh_public_key,
    )

    load = load_pem_public_key if body.lstrip().startswith("-----BEGIN") else load_ssh_public_key
    if load is load_ssh_public_key and not body.lstrip().startswith("ssh-"):
        raise ServiceError(
            "UnrecognizedPublicKeyEncoding",
            "The public key is neither in the ssh-rsa nor in the PEM format.",
            400,
        )
    try:
        key = load(body.strip().encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _invalid_key() from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise _invalid_key()
    text: bytes = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return text.decode()


def _invalid_key() -> ServiceError:
    return ServiceError("InvalidPublicKey", "The public key is malformed or otherwise invalid.", 400)


def _key_members(user: Any, key: Any, body: str) -> dict[str, Any]:
    return {
        "UserName": user.name, "SSHPublicKeyId": key.ssh_public_key_id, "Fingerprint": _fingerprint(key.as_ssh),
        "SSHPublicKeyBody": body, "Status": key.status, "UploadDate": key.upload_date,
    }  # fmt: skip


def _fingerprint(text: str) -> str:
    digest = hashlib.md5(base64.b64decode(text.split()[1]), usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


@operation("iam", "GetSSHPublicKey")
def get_ssh_public_key(call: Call) -> dict[str, Any]:
    """Return an SSH public key in the requested encoding, SSH or PEM.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSSHPublicKey.html
    """
    user = _user(call)
    key = _ssh_key(call, user)
    body = key.as_ssh if call.parameters["Encoding"] == "SSH" else _as_pem(key.as_ssh)
    return {"SSHPublicKey": _key_members(user, key, body)}


def _as_pem(text: str) -> str:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_ssh_public_key,
    )

    key = load_ssh_public_key(text.encode())
    pem: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


@operation("iam", "ListSSHPublicKeys")
def list_ssh_public_keys(call: Call) -> dict[str, Any]:
    """List a user's SSH public keys without their bodies.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html
    """
    user = _user(call)
    keys = [
        {
            "UserName": user.name, "SSHPublicKeyId": key.ssh_public_key_id, "Status": key.status,
            "UploadDate": key.upload_date,
        }
        for key in user.ssh_public_keys
    ]  # fmt: skip
    return PAGES.page(call, "SSHPublicKeys", keys)


@operation("iam", "UpdateSSHPublicKey")
def update_ssh_public_key(call: Call) -> dict[str, Any]:
    """Set an SSH public key to Active or Inactive.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSSHPublicKey.html
    """
    _ssh_key(call, _user(call)).status = settable_status(call)
    return {}


@operation("iam", "DeleteSSHPublicKey")
def delete_ssh_public_key(call: Call) -> dict[str, Any]:
    """Delete an SSH public key. Raises NoSuchEntity if the user doesn't have it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSSHPublicKey.html
    """
    user = _user(call)
    user.ssh_public_keys.remove(_ssh_key(call, user))
    return {}


def _ssh_key(call: Call, user: Any) -> Any:
    key_id = call.parameters["SSHPublicKeyId"]
    for key in user.ssh_public_keys:
        if key.ssh_public_key_id == key_id:
            return key
    raise no_such_entity(f"The Public Key with id {key_id} cannot be found.")
