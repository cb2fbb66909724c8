"""The parts of a KMS key.

A key belongs to one Region. Related multi-Region keys share their ID, spec, usage, key material, and rotation, in a
`Family`. A single-Region key is the only member of its family.
https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.cloud.services.kms import material, specs

CURRENT, NON_CURRENT, PENDING_ROTATION = "CURRENT", "NON_CURRENT", "PENDING_ROTATION"
PENDING_IMPORTS = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"

ENABLED, DISABLED, PENDING_DELETION = "Enabled", "Disabled", "PendingDeletion"
PENDING_REPLICA_DELETION, PENDING_IMPORT = "PendingReplicaDeletion", "PendingImport"
CREATING, UPDATING = "Creating", "Updating"

OURS, IMPORTED = "AWS_KMS", "EXTERNAL"


@dataclass(slots=True)
class Material:
    """The key material for one rotation in a family. `id` is 64 hexadecimal digits.

    `secret` is None for imported material, which is imported into each Region's key separately (`Import`). `rotated`
    and `rotation_type` (AUTOMATIC, ON_DEMAND) are None for the first key material, and for key material that is pending
    rotation.
    """

    id: str
    state: str
    secret: bytes | None = field(default=None, repr=False)
    rotated: datetime | None = None
    rotation_type: str | None = None

    @property
    def permanent(self) -> bool:
        """True once the key material has been current. Key material that is pending rotation can still be removed."""
        return self.state in (CURRENT, NON_CURRENT)


@dataclass(slots=True)
class Import:
    """Imported key material in one Region's key. `secret` is None while the material is deleted or expired."""

    secret: bytes | None = field(repr=False)
    valid_to: datetime | None = None
    description: str = ""


@dataclass(slots=True)
class Family:
    """The data that related multi-Region keys share.

    `rotates` is the time of the next automatic rotation, or None if none is scheduled.
    """

    id: str
    spec: str
    usage: str
    origin: str
    primary_region: str
    multi_region: bool = False
    materials: list[Material] = field(default_factory=list)
    members: dict[str, Key] = field(default_factory=dict)
    """The related keys by Region."""
    rotation_period: int | None = None
    """The number of days between automatic rotations, or None if automatic rotation is disabled."""
    rotates: datetime | None = None
    rotations_on_demand: int = 0

    @property
    def rotatable(self) -> bool:
        """True if the key can have several key materials, which only symmetric encryption keys can."""
        return self.spec == specs.SYMMETRIC

    @property
    def current(self) -> Material | None:
        """The current key material, or None if there is no key material yet."""
        return next((each for each in self.materials if each.state == CURRENT), None)

    @property
    def primary(self) -> Key:
        """The primary key."""
        return self.members[self.primary_region]

    def material(self, material_id: str) -> Material | None:
        """Return the key material with this ID, or None if there isn't one."""
        return next((each for each in self.materials if each.id == material_id), None)

    def renew(self, when: datetime | None = None, rotation_type: str | None = None) -> Material:
        """Generate key material and make it current. The previous key material is then used only to decrypt."""
        secret = material.generate(self.spec)
        return self.adopt(
            Material(material.identifier(self.id, secret), CURRENT, secret), when, rotation_type
        )

    def adopt(self, new: Material, when: datetime | None, rotation_type: str | None) -> Material:
        """Make `new` the current key material. `when` is the time of the rotation, or None for the first material."""
        if self.current is not None:
            self.current.state = NON_CURRENT
        new.state, new.rotated, new.rotation_type = CURRENT, when, rotation_type
        if new not in self.materials:
            self.materials.append(new)
        return new


@dataclass(slots=True)
class Alias:
    """An alias, `alias/…`, for a key in the same account and Region."""

    name: str
    account: str
    region: str
    key_id: str
    created: datetime
    updated: datetime

    @property
    def arn(self) -> str:
        """The ARN of the alias."""
        return f"arn:aws:kms:{self.region}:{self.account}:{self.name}"


@dataclass(slots=True)
class Grant:
    """A grant on a key. `given` contains the parameters of the CreateGrant request that describe the grant."""

    id: str
    key_arn: str
    issuing_account: str
    created: datetime
    given: Mapping[str, Any]

    @property
    def constraints(self) -> Mapping[str, Any]:
        """The grant's constraints on the encryption context and the source ARN."""
        return self.given.get("Constraints") or {}

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that the grant allows."""
        return tuple(self.given["Operations"])

    def listed(self) -> dict[str, Any]:
        """Return the grant as ListGrants does."""
        members = {name: value for name, value in self.given.items() if value not in (None, "", {})}
        return {
            "KeyId": self.key_arn,
            "GrantId": self.id,
            "Name": "",
            "CreationDate": self.created,
            "IssuingAccount": f"arn:aws:iam::{self.issuing_account}:root",
            **members,
            "Operations": list(self.operations),
        }


@dataclass(slots=True)
class Use:
    """The last successful cryptographic operation with a key."""

    operation: str
    time: datetime
    request_id: str


@dataclass(slots=True, eq=False)
class Key:
    """A KMS key in one Region.

    `service` is the AWS service that manages it (`s3`), or None for customer managed keys.
    """

    family: Family
    account: str
    region: str
    created: datetime
    policy: str = field(repr=False)
    description: str = ""
    service: str | None = None
    enabled: bool = True
    deletion: datetime | None = None
    pending_window: int | None = None
    """The waiting period in days before deletion, or None if deletion isn't scheduled."""
    imports: dict[str, Import] = field(default_factory=dict)
    """The imported key material by key material ID."""
    tags: dict[str, str] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    transient: tuple[str, datetime] | None = None
    """A transient state (Creating, Updating) and the time at which it ends, or None."""
    last_use: Use | None = None

    @property
    def id(self) -> str:
        """The key ID, which related multi-Region keys share."""
        return self.family.id

    @property
    def arn(self) -> str:
        """The ARN of the key."""
        return f"arn:aws:kms:{self.region}:{self.account}:key/{self.family.id}"

    @property
    def spec(self) -> str:
        """The key spec."""
        return self.family.spec

    @property
    def usage(self) -> str:
        """The key usage."""
        return self.family.usage

    @property
    def origin(self) -> str:
        """The origin of the key material."""
        return self.family.origin

    @property
    def is_primary(self) -> bool:
        """True for a primary key and for a single-Region key."""
        return self.family.primary_region == self.region

    @property
    def has_material(self) -> bool:
        """True if the key has all of its permanent key material. Imported key material can be deleted or expire."""
        if self.origin != IMPORTED:
            return True
        needed = [each for each in self.family.materials if each.permanent]
        return bool(needed) and all(self.secret(each.id) is not None for each in needed)

    @property
    def state(self) -> str:
        """The key state.

        https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
        """
        if self.pending_window is not None:
            return PENDING_DELETION if self.deletion is not None else PENDING_REPLICA_DELETION
        if self.transient is not None:
            return self.transient[0]
        if not self.has_material:
            return PENDING_IMPORT
        return ENABLED if self.enabled else DISABLED

    def secret(self, material_id: str) -> bytes | None:
        """Return the secret of a key material, or None if this key doesn't have it."""
        if self.origin == IMPORTED:
            held = self.imports.get(material_id)
            return held.secret if held is not None else None
        shared = self.family.material(material_id)
        return shared.secret if shared is not None else None

    def current(self) -> tuple[str, bytes]:
        """Return the ID and secret of the current key material, which must exist.

        Key pairs are generated on first use, because generating an RSA key takes a second.
        """
        if not self.family.materials:
            self.family.renew()
        current = self.family.current
        assert current is not None, "a usable key has current material"
        secret = self.secret(current.id)
        assert secret is not None, "the key state was checked"
        return current.id, secret

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms that the key supports."""
        return specs.algorithms(self.spec, self.usage)

    def metadata(self) -> dict[str, Any]:
        """Return the KeyMetadata of the key.

        OBSERVED in 2025: a replica in the state Creating has no CurrentKeyMaterialId.
        https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
        """
        family = self.family
        shown: dict[str, Any] = {
            "AWSAccountId": self.account, "KeyId": self.id, "Arn": self.arn, "CreationDate": self.created,
            "Enabled": self.state == ENABLED, "Description": self.description, "KeyUsage": self.usage,
            "KeyState": self.state, "Origin": self.origin, "KeyManager": "AWS" if self.service else "CUSTOMER",
            "CustomerMasterKeySpec": self.spec, "KeySpec": self.spec, "MultiRegion": family.multi_region,
            specs.LISTED_AS[self.usage]: list(self.algorithms),
        }  # fmt: skip
        if self.deletion is not None:
            shown["DeletionDate"] = self.deletion
        elif self.pending_window is not None:
            shown["PendingDeletionWindowInDays"] = self.pending_window
        if self.origin == IMPORTED:
            shown |= self._expiration()
        if family.rotatable and family.current is not None and self.state != CREATING:
            shown["CurrentKeyMaterialId"] = family.current.id
        if family.multi_region:
            shown["MultiRegionConfiguration"] = self._related()
        return shown

    def _expiration(self) -> dict[str, Any]:
        permanent = [each.id for each in self.family.materials if each.permanent]
        held = [self.imports[each] for each in permanent if self.secret(each) is not None]
        if not held:
            return {}
        ends = [each.valid_to for each in held if each.valid_to is not None]
        if not ends:
            return {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
        return {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": min(ends)}

    def _related(self) -> dict[str, Any]:
        family = self.family
        return {
            "MultiRegionKeyType": "PRIMARY" if self.is_primary else "REPLICA",
            "PrimaryKey": {"Arn": family.primary.arn, "Region": family.primary_region},
            "ReplicaKeys": [
                {"Arn": key.arn, "Region": region}
                for region, key in family.members.items()
                if not key.is_primary
            ],
        }
