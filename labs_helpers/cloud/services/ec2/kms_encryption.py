"""Encryption of EBS volumes and snapshots with KMS keys: EC2 calls KMS on behalf of the principal that uses them.

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
from labs_helpers.cloud.services.ec2 import moto_snapshots as snapshots
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2.errors import invalid_value
from labs_helpers.cloud.services.kms import for_services, specs
from labs_helpers.cloud.services.kms.for_services import Sealed

_DEFAULT = "alias/aws/ebs"
_VOLUME = re.compile(r"<volumeId>(vol-[0-9a-f]+)</volumeId>")
_INSTANCE = re.compile(r"<instanceId>(i-[0-9a-f]+)</instanceId>")
_SNAPSHOT = re.compile(r"<snapshotId>(snap-[0-9a-f]+)</snapshotId>")
_IMAGE = re.compile(r"<imageId>(ami-[0-9a-f]+)</imageId>")


@dataclass(slots=True)
class Defaults:
    """The default keys for encrypted volumes, by account and Region, for requests that don't specify a key."""

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
    body = answer.text
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
    body = answer.text
    if answer.status >= 300:
        return answer
    for instance in dict.fromkeys(_INSTANCE.findall(body)):
        snapshots.encrypt_root(call.account, call.region, instance)
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


# --- copies of snapshots, and images --------------------------------------------------------------------------


@around("ec2", "CopySnapshot", stage=Stage.ENCRYPTED, refuses=False)
def encrypt_copied_snapshot(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Copy a snapshot, and then encrypt the copy. If KMS denies access to a key, the state of the copy is `error`.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopySnapshot.html (KmsKeyId)
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Snapshot.html (statusMessage)
    """
    answer = perform()
    copied = _SNAPSHOT.search(answer.text)
    if answer.status < 300 and copied is not None:
        source = call.parameters["SourceSnapshotId"]
        if not _encrypt_copy(call, source, copied[1]):
            snapshots.fail(call.account, call.region, copied[1])
    return answer


@around("ec2", "CopyImage", stage=Stage.ENCRYPTED, refuses=False)
def encrypt_copied_image(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Copy an image with its snapshot. If KMS denies access to a key, the state of the copy is `failed`.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopyImage.html
    """
    answer = perform()
    copied = _IMAGE.search(answer.text)
    if answer.status < 300 and copied is not None:
        region = call.parameters["SourceRegion"]
        source = snapshots.of_image(call.account, region, call.parameters["SourceImageId"])
        target = snapshots.of_image(call.account, call.region, copied[1])
        if source and target and not _encrypt_copy(call, source, target):
            snapshots.fail_image(call.account, call.region, copied[1])
    return answer


@around("ec2", "CreateImage", "RegisterImage", stage=Stage.ENCRYPTED, refuses=False)
def keep_image_snapshot(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Let an image use the snapshot in the request, or a snapshot of the instance's root volume.

    moto gives every image an empty snapshot that isn't encrypted.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/creating-an-ami-ebs.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RegisterImage.html
    """
    answer = perform()
    created = _IMAGE.search(answer.text)
    if answer.status < 300 and created is not None:
        where, root = (call.account, call.region), _root_snapshot(call.parameters)
        if call.operation == "CreateImage":
            snapshots.take_root(*where, created[1], call.parameters["InstanceId"])
        elif root is not None:
            snapshots.use(*where, created[1], root)
    return answer


def _root_snapshot(given: Mapping[str, Any]) -> str | None:
    """Return the snapshot of a new image's root device. By default, the root device is the first device."""
    devices = given.get("BlockDeviceMappings") or ()
    root = given.get("RootDeviceName")
    named = (each.get("Ebs") or {} for each in devices if root in (None, each.get("DeviceName")))
    return next((each.get("SnapshotId") for each in named), None)


def _encrypt_copy(call: Call, source: str, copied: str) -> bool:
    """Encrypt a copied snapshot if necessary. Returns False if KMS denies access to one of the keys."""
    given = call.parameters
    parent = snapshots.sealed(call.account, given["SourceRegion"], source)
    asked = str(given.get("Encrypted") or "").lower() == "true"
    if parent is None and not asked and not ec2.encrypts_by_default(call.account, call.region):
        return True
    key = _identifier(call, given.get("KmsKeyId") or _default(call))
    volume = snapshots.volume_of(call.account, call.region, copied)
    try:
        if parent is not None:
            there = replace(call, region=given["SourceRegion"])
            for_services.unwrap(there, parent.sealed.blob, _context(parent.volume))
        sealed = _data_key(call, volume, key)
    except ServiceError:
        return False
    snapshots.encrypt(call.account, call.region, copied, sealed)
    return True


# --- requests to KMS ------------------------------------------------------------------------------------------


def _service(call: Call) -> str:
    return f"ec2.{call.region}.amazonaws.com"


def _context(volume: str) -> dict[str, str]:
    return {"aws:ebs:id": volume}


def _encrypt_if_needed(call: Call, volume: str, by_default: bool) -> str | None:
    """Encrypt a new volume if necessary, and return the ARN of its key, or None.

    If KMS denies the use of the key, the volume is deleted.
    """
    named = ec2.volume_key(call.account, call.region, volume) or (_default(call) if by_default else None)
    if named is None:
        return None
    identifier = _identifier(call, named)
    try:
        _open_parent(call, volume, identifier)
        _seal(call, volume, identifier)
    except ServiceError:
        ec2.forget_volume(call.account, call.region, volume)
    return identifier


def _open_parent(call: Call, volume: str, key: str) -> None:
    """Have KMS decrypt a snapshot's data key for a volume that is created from the snapshot with another key.

    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html#ebs-encryption-permissions
    """
    parent = snapshots.parent(call.account, call.region, volume)
    if parent is not None and parent.sealed.key_arn != key:
        for_services.unwrap(call, parent.sealed.blob, _context(parent.volume))


def _seal(call: Call, volume: str, key: str) -> Sealed:
    sealed = _data_key(call, volume, key)
    ec2.encrypt_volume(call.account, call.region, volume, sealed.key_arn, sealed)
    return sealed


def _data_key(call: Call, volume: str, key: str) -> Sealed:
    answer = for_services.ask(
        call,
        "GenerateDataKeyWithoutPlaintext",
        KeyId=key,
        NumberOfBytes=64,
        EncryptionContext=_context(volume),
    )
    return Sealed(answer["CiphertextBlob"], answer["KeyId"])


def _identifier(call: Call, named: str) -> str:
    """Return the ARN of a named key, or the name if there is no such key, so that KMS returns an error."""
    key = for_services.key_named(call, named, "ebs")
    return key.arn if key is not None else named


def _encrypt_and_grant(call: Call, instance: str, volume: str, by_default: bool) -> None:
    """Encrypt the volume of an instance that is being launched, and create a grant. Raises errors from KMS."""
    named = ec2.volume_key(call.account, call.region, volume) or (_default(call) if by_default else None)
    if named is not None:
        identifier = _identifier(call, named)
        _open_parent(call, volume, identifier)
        _grant(call, instance, volume, _seal(call, volume, identifier))


def _grant(call: Call, instance: str, volume: str, sealed: Sealed) -> None:
    """Let the instance decrypt the volume's data key, and store the grant with the volume.

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
    """Return the code and the message with which EC2 explains why an instance doesn't start.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
    """
    # EC2 has the same message for a nonexistent key and for a key that the caller isn't allowed to use.
    if error.code in ("AccessDeniedException", "NotFoundException"):
        return "Client.InternalError", "Client.InternalError: Client error on launch"
    text = "The specified KMS key is not in an appropriate state"
    return "Client.InvalidKMSKey.InvalidState", f"Client.InvalidKMSKey.InvalidState: {text}"
