"""Encryption of EBS volumes with KMS keys: EC2 calls KMS on behalf of the principal that creates or attaches a volume.

https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2two.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2.errors import invalid_value
from labs_helpers.cloud.services.kms import for_services, specs
from labs_helpers.cloud.services.kms.for_services import Sealed

_DEFAULT = "alias/aws/ebs"
_VOLUME = re.compile(r"<volumeId>(vol-[0-9a-f]+)</volumeId>")
_INSTANCE = re.compile(r"<instanceId>(i-[0-9a-f]+)</instanceId>")


@dataclass(slots=True)
class Defaults:
    """The default keys for encrypted volumes, used if a request doesn't specify a key, by account and Region."""

    keys: dict[tuple[str, str], str] = field(default_factory=dict)


# --- the account's default ------------------------------------------------------------------------------------


@operation("ec2", "GetEbsDefaultKmsKeyId")
def get_default(call: Call) -> Mapping[str, Any]:
    """Return the account's default key in the Region, or `alias/aws/ebs` if the account hasn't set a default key.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetEbsDefaultKmsKeyId.html
    """
    return {"KmsKeyId": call.state.part(Defaults).keys.get((call.account, call.region), _DEFAULT)}


@operation("ec2", "ModifyEbsDefaultKmsKeyId")
def change_default(call: Call) -> Mapping[str, Any]:
    """Set the account's default key in the Region. Only an existing symmetric encryption key is accepted.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyEbsDefaultKmsKeyId.html
    """
    key = for_services.key_named(call, call.parameters["KmsKeyId"], "ebs")
    if key is None or key.spec != specs.SYMMETRIC or key.usage != specs.ENCRYPT:
        raise invalid_value(
            f"The value {call.parameters['KmsKeyId']} for KmsKeyId is not a symmetric encryption key."
        )
    call.state.part(Defaults).keys[call.account, call.region] = key.arn
    return {"KmsKeyId": key.arn}


@operation("ec2", "ResetEbsDefaultKmsKeyId")
def reset_default(call: Call) -> Mapping[str, Any]:
    """Reset the account's default key in the Region to `alias/aws/ebs`.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ResetEbsDefaultKmsKeyId.html
    """
    call.state.part(Defaults).keys.pop((call.account, call.region), None)
    return {"KmsKeyId": _DEFAULT}


def _default(call: Call) -> str:
    return call.state.part(Defaults).keys.get((call.account, call.region)) or for_services.default_key(
        call, "ebs"
    )


# --- volumes --------------------------------------------------------------------------------------------------


@around("ec2", "CreateVolume", stage=Stage.ENCRYPTED, refuses=False)
def encrypt_created_volume(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Create a volume and then encrypt it.

    If KMS denies access, the call succeeds but the volume is deleted, as in EC2.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html (KmsKeyId)
    """
    given = call.parameters
    by_default = ec2.encrypts_by_default(call.account, call.region)
    encrypted = by_default or str(given.get("Encrypted") or "").lower() == "true"
    if encrypted and not given.get("KmsKeyId"):
        ec2.use_by_default(call.account, call.region, _default(call))
    answer = perform()
    body = answer.body if isinstance(answer.body, str) else answer.body.decode()
    created = _VOLUME.search(body)
    if answer.status >= 300 or created is None:
        return answer
    key_arn = _encrypt_if_needed(call, created[1], by_default)
    if key_arn is None:
        return answer
    body = re.sub(r"<kmsKeyId>[^<]*</kmsKeyId>|<kmsKeyId ?/>", "", body)
    shown = f"<encrypted>true</encrypted><kmsKeyId>{key_arn}</kmsKeyId>"
    return replace(answer, body=re.sub(r"<encrypted>[^<]*</encrypted>", shown, body))


@around("ec2", "RunInstances", stage=Stage.ENCRYPTED, refuses=False)
def encrypt_launched_volumes(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Encrypt the volumes of new instances. An instance is terminated immediately if KMS denies the caller access.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html#troubleshooting-launch-internal
    """
    devices = [each.get("Ebs") or {} for each in call.parameters.get("BlockDeviceMappings") or ()]
    by_default = ec2.encrypts_by_default(call.account, call.region)
    if by_default or any(str(each.get("Encrypted") or "").lower() == "true" for each in devices):
        ec2.use_by_default(call.account, call.region, _default(call))
    answer = perform()
    body = answer.body if isinstance(answer.body, str) else answer.body.decode()
    if answer.status >= 300:
        return answer
    for instance in dict.fromkeys(_INSTANCE.findall(body)):
        for volume in ec2.volumes_of(call.account, call.region, instance):
            try:
                _encrypt_and_grant(call, instance, volume, by_default)
            except ServiceError as error:
                ec2.end_at_launch(call.account, call.region, instance, *_state_reason(error))
                break
    return answer


@around("ec2", "AttachVolume", stage=Stage.ENCRYPTED)
def grant_to_instance(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Create a grant for the instance, so that EC2 can decrypt the volume's data key, and attach the volume.

    The grant is created on behalf of the principal that attaches the volume. If KMS denies access to the key, the
    volume isn't attached.
    """
    given = call.parameters
    volume = given.get("VolumeId") or ""
    sealed = ec2.sealed_volume(call.account, call.region, volume)
    if sealed is not None:
        try:
            _grant(call, given.get("InstanceId") or "", volume, sealed)
        except ServiceError as error:
            code, message = _state_reason(error)
            raise ServiceError(code.removeprefix("Client."), message, 400) from error
    return perform()


@around("ec2", "DetachVolume", stage=Stage.ENCRYPTED, refuses=False)
def retire_grant_of_instance(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Detach the volume and retire the instance's grant."""
    answer = perform()
    volume = call.parameters.get("VolumeId") or ""
    sealed = ec2.sealed_volume(call.account, call.region, volume)
    if answer.status >= 300 or sealed is None or sealed.grant is None:
        return answer
    arn = f"arn:aws:ec2:{call.region}:{call.account}:volume/{volume}"
    for_services.retire_grant(call, _service(call), sealed, arn)
    ec2.encrypt_volume(call.account, call.region, volume, sealed.key_arn, replace(sealed, grant=None))
    return answer


# --- asking KMS -----------------------------------------------------------------------------------------------


def _service(call: Call) -> str:
    return f"ec2.{call.region}.amazonaws.com"


def _context(volume: str) -> dict[str, str]:
    return {"aws:ebs:id": volume}


def _encrypt_if_needed(call: Call, volume: str, by_default: bool) -> str | None:
    """Encrypt a new volume that should be encrypted, and return the ARN of its key, or None.

    If KMS denies the use of the key, the volume is deleted.
    """
    named = ec2.volume_key(call.account, call.region, volume) or (_default(call) if by_default else None)
    if named is None:
        return None
    key = for_services.key_named(call, named, "ebs")
    identifier = key.arn if key is not None else named
    try:
        _seal(call, volume, identifier)
    except ServiceError:
        ec2.forget_volume(call.account, call.region, volume)
    return identifier


def _seal(call: Call, volume: str, key: str) -> Sealed:
    answer = for_services.ask(
        call,
        "GenerateDataKeyWithoutPlaintext",
        KeyId=key,
        NumberOfBytes=64,
        EncryptionContext=_context(volume),
    )
    sealed = Sealed(answer["CiphertextBlob"], answer["KeyId"])
    ec2.encrypt_volume(call.account, call.region, volume, sealed.key_arn, sealed)
    return sealed


def _encrypt_and_grant(call: Call, instance: str, volume: str, by_default: bool) -> None:
    """Encrypt a volume of an instance that is being launched, and create its grant. Raises KMS's `ServiceError`."""
    named = ec2.volume_key(call.account, call.region, volume) or (_default(call) if by_default else None)
    if named is not None:
        key = for_services.key_named(call, named, "ebs")
        sealed = _seal(call, volume, key.arn if key is not None else named)
        _grant(call, instance, volume, sealed)


def _grant(call: Call, instance: str, volume: str, sealed: Sealed) -> None:
    """Let the instance decrypt the volume's key, and remember the grant with the volume.

    https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2two.html
    """
    answer = for_services.ask(
        call,
        "CreateGrant",
        KeyId=sealed.key_arn,
        GranteePrincipal=f"arn:aws:sts::{call.account}:assumed-role/aws:ec2-infrastructure/{instance}",
        RetiringPrincipal=_service(call),
        Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": _context(volume)},
    )
    granted = replace(sealed, grant=answer["GrantId"])
    ec2.encrypt_volume(call.account, call.region, volume, sealed.key_arn, granted)


def _state_reason(error: ServiceError) -> tuple[str, str]:
    """Return the code and the message with which EC2 explains that an instance doesn't start.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
    """
    # EC2 has one message for a key that is missing and for one that the caller isn't allowed to use.
    if error.code in ("AccessDeniedException", "NotFoundException"):
        return "Client.InternalError", "Client.InternalError: Client error on launch"
    text = "The specified KMS key is not in an appropriate state"
    return "Client.InvalidKMSKey.InvalidState", f"Client.InvalidKMSKey.InvalidState: {text}"
