"""Access to snapshots and images in moto: the encrypted data keys of snapshots, and the snapshots of images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs_helpers.cloud.moto import public_images
from labs_helpers.cloud.moto.backends import backend, every, existing


def _backend(account: str, region: str) -> Any:
    return backend("ec2", account, region)


@dataclass(frozen=True, slots=True)
class Parent:
    """A snapshot's encrypted data key, and the volume whose ID is in the encryption context of the key."""

    sealed: Any
    volume: str


def sealed(account: str, region: str, snapshot: str) -> Parent | None:
    """Return a snapshot's data key: a copy's own key, or else its volume's key. Returns None without a key."""
    ec2 = existing("ec2", account, region)
    found = ec2.snapshots.get(snapshot) if ec2 is not None else None
    return _parent(found) if found is not None else None


def _parent(snapshot: Any) -> Parent | None:
    key = vars(snapshot).get("labs_sealed") or vars(snapshot.volume).get("labs_sealed")
    return Parent(key, snapshot.volume.id) if key is not None and snapshot.encrypted else None


def parent(account: str, region: str, volume: str) -> Parent | None:
    """Return the data key of the snapshot from which a volume was created, or None."""
    found = _backend(account, region).volumes.get(volume)
    snapshot = found.snapshot_id if found is not None else None
    return sealed(account, region, snapshot) if snapshot else None


def volume_of(account: str, region: str, snapshot: str) -> str:
    """Return the ID of a snapshot's volume."""
    return str(_backend(account, region).snapshots[snapshot].volume.id)


def encrypt(account: str, region: str, snapshot: str, key: Any) -> None:
    """Mark a snapshot as encrypted, and store its encrypted data key."""
    found = _backend(account, region).snapshots[snapshot]
    found.encrypted, found.kms_key_id = True, key.key_arn
    vars(found)["labs_sealed"] = key


def fail(account: str, region: str, snapshot: str) -> None:
    """Set a snapshot's state to `error`, as if the copy had failed."""
    found = _backend(account, region).snapshots[snapshot]
    found.status = "error"
    found.state_message = "Given key ID is not accessible"


def failed(account: str, region: str, snapshot: str) -> bool:
    """Return whether the copy of a snapshot failed."""
    found = _backend(account, region).snapshots.get(snapshot)
    return found is not None and found.status == "error"


def archived(account: str, region: str, snapshot: str) -> bool:
    """Return whether a snapshot is in the archive tier and isn't restored temporarily.

    https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive.html
    """
    found = _backend(account, region).snapshots.get(snapshot)
    return found is not None and found.storage_tier == "archive" and found.restore_expiry_time is None


def has_enabled_image(account: str, region: str, snapshot: str) -> bool:
    """Return whether a snapshot belongs to an image that isn't disabled."""
    images = _backend(account, region).amis.values()
    return any(each.ebs_snapshot.id == snapshot and each.state != "disabled" for each in images)


def fail_image(account: str, region: str, image: str) -> None:
    """Set an image's state to `failed`."""
    _backend(account, region).amis[image].state = "failed"


def of_image(account: str, region: str, image: str) -> str | None:
    """Return the ID of an image's snapshot, or None."""
    ec2 = existing("ec2", account, region)
    found = ec2.amis.get(image) if ec2 is not None else None
    return str(found.ebs_snapshot.id) if found is not None else None


def take_root(account: str, region: str, image: str, instance: str) -> None:
    """Replace an image's snapshot with a snapshot of an instance's root volume if the volume is encrypted."""
    ec2 = _backend(account, region)
    root = _root(ec2, ec2.get_instance(instance))
    if root is not None and root.encrypted:
        description = ec2.amis[image].ebs_snapshot.description
        _replace(ec2, image, ec2.create_snapshot(root.id, description, account, from_ami=image))


def use(account: str, region: str, image: str, snapshot: str) -> None:
    """Replace an image's snapshot with the account's own snapshot, or with a public or shared snapshot."""
    ec2 = _backend(account, region)
    own = ec2.snapshots.get(snapshot)
    if own is not None:
        own.from_ami = image
    _replace(ec2, image, own or next(_others(region, snapshot)))


def _others(region: str, snapshot: str) -> Iterator[Any]:
    for _, where, ec2 in every("ec2"):
        if where == region and snapshot in ec2.snapshots:
            yield ec2.snapshots[snapshot]


def _replace(ec2: Any, image: str, snapshot: Any) -> None:
    ec2.snapshots.pop(ec2.amis[image].ebs_snapshot.id, None)
    ec2.amis[image].ebs_snapshot = snapshot


def _root(ec2: Any, instance: Any) -> Any | None:
    devices = instance.block_device_mapping
    root = devices.get(instance.root_device_name) or next(iter(devices.values()), None)
    return ec2.volumes.get(root.volume_id) if root is not None else None


def encrypt_root(account: str, region: str, instance: str) -> None:
    """Encrypt an instance's root volume with the key of its image's snapshot, if the snapshot is encrypted.

    moto launches every instance with an empty root volume.
    """
    ec2 = _backend(account, region)
    launched = ec2.get_instance(instance)
    image = _image(ec2, region, launched.image_id)
    root = _root(ec2, launched)
    if image is not None and image.ebs_snapshot.encrypted and root is not None and not root.snapshot_id:
        root.snapshot_id = image.ebs_snapshot.id
        if root.kms_key_id is None:
            root.encrypted, root.kms_key_id = True, image.ebs_snapshot.kms_key_id


def _image(ec2: Any, region: str, name: str) -> Any | None:
    """Return an image of the account, or of an account that shares it."""
    others = (
        found for _, where, found in every("ec2") if where == region and not public_images.unmade(found)
    )
    return ec2.amis.get(name) or next((found.amis[name] for found in others if name in found.amis), None)
