"""The operations that get parameters for importing key material, and import and delete key material.

https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import keywrap

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms import material, specs, timeline
from labs_helpers.cloud.services.kms.access import find, invalid_state, refuse_state, unsupported
from labs_helpers.cloud.services.kms.encryption import not_decryptable
from labs_helpers.cloud.services.kms.keyring import WrappingKey
from labs_helpers.cloud.services.kms.keys import (
    CURRENT,
    IMPORTED,
    PENDING_IMPORT,
    PENDING_IMPORTS,
    PENDING_ROTATION,
    Import,
    Key,
    Material,
)
from labs_helpers.cloud.services.kms.parameter_validation import invalid
from labs_helpers.cloud.services.shared.refusals import refusal

_wrong_material = refusal("IncorrectKeyMaterialException", 400)


_TOKEN_LIFE = timedelta(hours=24)
_MAX_VALIDITY = timedelta(days=365)
_TOKEN_BYTES = 256
_RSA_ONLY = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
_RSA_AND_AES = ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256")
NEW, EXISTING = "NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"


def _imported_key(call: Call) -> Key:
    """Return the call's key.

    Raises `ServiceError` unless its origin is EXTERNAL and its state permits the operation.
    """
    key = find(call, call.parameters["KeyId"])
    refuse_state(call, key)
    if key.origin != IMPORTED:
        raise unsupported(f"{key.arn} origin is {key.origin} which is not valid for this operation.")
    return key


# --- parameters for import ------------------------------------------------------------------------------------


@operation("kms", "GetParametersForImport")
def get_parameters_for_import(call: Call) -> Mapping[str, Any]:
    """Return a wrapping key pair's public key and an import token, both valid for 24 hours.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html
    """
    algorithm, wrapping_spec = call.parameters["WrappingAlgorithm"], call.parameters["WrappingKeySpec"]
    key = _imported_key(call)
    _refuse_wrapping(key, algorithm, wrapping_spec)
    secret = material.generate(wrapping_spec)
    token = os.urandom(_TOKEN_BYTES)
    valid_to = call.time + _TOKEN_LIFE
    timeline.ring(call.state).wrapping_keys[token] = WrappingKey(key.arn, algorithm, secret, valid_to)
    return {
        "KeyId": key.arn, "ImportToken": token, "PublicKey": material.public_der(secret), "ParametersValidTo": valid_to,
    }  # fmt: skip


def _refuse_wrapping(key: Key, algorithm: str, wrapping_spec: str) -> None:
    """Raise `ServiceError` for a wrapping algorithm or key that isn't supported for the key's spec.

    https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-get-public-key-and-token.html
    """
    if specs.SM2 in (wrapping_spec, algorithm.removesuffix("PKE")):
        raise unsupported("SM2 is supported in China Regions only.")
    if algorithm not in (*_RSA_ONLY, *_RSA_AND_AES):
        raise unsupported(f"Wrapping algorithm {algorithm} is not supported.")
    asymmetric = specs.kind(key.spec) == "asymmetric"
    long = key.spec in (*specs.RSA_BITS, *specs.ML_DSA, *specs.ML_KEM)
    if algorithm in _RSA_AND_AES and not asymmetric:
        raise unsupported(f"Wrapping algorithm {algorithm} is not supported for key spec {key.spec}.")
    if algorithm in _RSA_ONLY and long:
        raise unsupported(f"Wrapping algorithm {algorithm} is not supported for key spec {key.spec}.")
    if algorithm in _RSA_ONLY and key.spec == "ECC_NIST_P521" and wrapping_spec == "RSA_2048":
        raise unsupported(
            f"Wrapping key spec RSA_2048 is too short for {algorithm} with key spec {key.spec}."
        )


# --- import ---------------------------------------------------------------------------------------------------


@operation("kms", "ImportKeyMaterial")
def import_key_material(call: Call) -> Mapping[str, Any]:
    """Import new or previously deleted key material. Rejects material that doesn't match the key or the request.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
    """
    given = call.parameters
    valid_to = _expiration(call)
    key = _imported_key(call)
    _refuse_for_symmetric_only(key, given)
    secret = _unwrapped(call, key)
    try:
        secret = material.check(key.spec, secret)
    except material.WrongMaterial as error:
        raise _wrong_material(f"The key material is not valid: {error}.") from error
    material_id = material.identifier(key.id, secret)
    _associate(call, key, material_id)
    before, pending = key.imports.get(material_id), key.state == PENDING_IMPORT
    description = given.get("KeyMaterialDescription")
    if description is None:
        description = before.description if before is not None else ""
    key.imports[material_id] = Import(secret, valid_to, description)
    _update_waiting(key)
    key.enabled = key.enabled or pending
    timeline.plan(call.state, key)
    answer: dict[str, Any] = {"KeyId": key.arn}
    return answer | ({"KeyMaterialId": material_id} if key.family.rotatable else {})


def _expiration(call: Call) -> datetime | None:
    """Return the time at which the material expires, or None for never.

    Raises `ServiceError` for an invalid ValidTo.
    """
    model, valid_to = call.parameters.get("ExpirationModel"), call.parameters.get("ValidTo")
    if model == "KEY_MATERIAL_DOES_NOT_EXPIRE":
        if valid_to is not None:
            raise invalid("ValidTo is not valid when ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE.")
        return None
    if valid_to is None:
        raise invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
    moment: datetime = valid_to if valid_to.tzinfo else valid_to.replace(tzinfo=UTC)
    if not call.time < moment <= call.time + _MAX_VALIDITY:
        raise invalid("ValidTo must be a future date and time, at most 365 days from now.")
    return moment


def _refuse_for_symmetric_only(key: Key, given: Mapping[str, Any]) -> None:
    kind, material_id = given.get("ImportType"), given.get("KeyMaterialId")
    if key.family.rotatable:
        if kind == NEW and material_id is not None:
            raise invalid("You cannot specify KeyMaterialId with ImportType NEW_KEY_MATERIAL.")
        return
    for name in ("ImportType", "KeyMaterialId", "KeyMaterialDescription"):
        if given.get(name) is not None:
            raise unsupported(f"{name} is supported for symmetric encryption keys only.")


def _unwrapped(call: Call, key: Key) -> bytes:
    """Return the request's key material. Raises `ServiceError` for a wrong token, or if unwrapping fails."""
    given = call.parameters
    wrapping = timeline.ring(call.state).wrapping_keys.get(given["ImportToken"])
    if wrapping is None or wrapping.key_arn != key.arn:
        message = "The provided import token is invalid or is associated with a different KMS key."
        raise ServiceError("InvalidImportTokenException", message, 400)
    if wrapping.valid_to <= call.time:
        raise ServiceError("ExpiredImportTokenException", "The provided import token is expired.", 400)
    try:
        return _unwrap(wrapping, given["EncryptedKeyMaterial"])
    except (ValueError, keywrap.InvalidUnwrap) as error:
        raise not_decryptable() from error


def _unwrap(wrapping: WrappingKey, wrapped: bytes) -> bytes:
    """Return the unwrapped key material. Raises `ValueError` or `InvalidUnwrap`.

    https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
    """
    if wrapping.algorithm in _RSA_ONLY:
        return material.rsa_decrypt(wrapping.secret, wrapping.algorithm, wrapped)
    size = material.modulus_bytes(wrapping.secret)
    hash_name = wrapping.algorithm.removeprefix("RSA_AES_KEY_WRAP_")
    aes_key = material.rsa_decrypt(wrapping.secret, f"RSAES_OAEP_{hash_name}", wrapped[:size])
    unwrapped: bytes = keywrap.aes_key_unwrap_with_padding(aes_key, wrapped[size:])
    return unwrapped


def _associate(call: Call, key: Key, material_id: str) -> None:
    """Add new material to the key's family.

    Raises `ServiceError` if the material isn't what the request claims.
    """
    given, family = call.parameters, key.family
    known = family.material(material_id)
    kind = given.get("ImportType") or (EXISTING if family.materials else NEW)
    wanted = given.get("KeyMaterialId")
    if wanted is not None and wanted != material_id:
        raise _wrong_material("The key material does not match the specified KeyMaterialId.")
    if kind == EXISTING:
        if known is None:
            raise _wrong_material("The key material is not associated with this KMS key.")
        return
    if known is not None:
        raise _wrong_material("The key material is already associated with this KMS key.")
    if not key.is_primary:
        raise unsupported(f"{key.arn}: import new key material into the primary key first.")
    if not family.materials:
        family.materials.append(Material(material_id, CURRENT))
        return
    waiting = next((each for each in family.materials if not each.permanent), None)
    if waiting is not None:
        # OBSERVED in 2025
        raise invalid_state(
            f"New key material (id: {material_id}) cannot be imported into KMS key {key.arn}, because another key "
            f"material (id: {waiting.id}) is pending rotation."
        )
    family.materials.append(Material(material_id, PENDING_ROTATION))


def _update_waiting(key: Key) -> None:
    """Set the state of material that is waiting for rotation.

    Every related key must import the material first.
    """
    for each in key.family.materials:
        if not each.permanent:
            everywhere = all(member.secret(each.id) is not None for member in key.family.members.values())
            each.state = PENDING_ROTATION if everywhere else PENDING_IMPORTS


# --- deletion -------------------------------------------------------------------------------------------------


@operation("kms", "DeleteImportedKeyMaterial")
def delete_imported_key_material(call: Call) -> Mapping[str, Any]:
    """Delete the specified key material, or the current one. Material that is pending rotation is removed from the key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html
    """
    key = _imported_key(call)
    family, wanted = key.family, call.parameters.get("KeyMaterialId")
    if wanted is None:
        deleted = family.current
    else:
        deleted = family.material(wanted)
        if deleted is None:
            message = f"Key material {wanted} is not associated with {key.arn}."
            raise ServiceError("NotFoundException", message, 400)
    if deleted is None:
        return {"KeyId": key.arn}
    if not deleted.permanent:
        _remove_waiting(key, deleted)
    elif deleted.id in key.imports:
        key.imports[deleted.id].secret = None
    return {"KeyId": key.arn, "KeyMaterialId": deleted.id}


def _remove_waiting(key: Key, waiting: Material) -> None:
    """Remove material that is pending rotation.

    If `key` is the primary key, every related key loses the material.
    """
    if key.is_primary:
        for member in key.family.members.values():
            member.imports.pop(waiting.id, None)
        key.family.materials.remove(waiting)
    else:
        key.imports.pop(waiting.id, None)
        _update_waiting(key)
