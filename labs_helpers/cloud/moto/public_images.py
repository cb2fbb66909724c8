"""AWS's public images, which are created when a call first reads an account's images or snapshots.

moto by itself creates all 1,300 images, each with a volume and a snapshot, in every account and Region that uses EC2,
which takes 30 ms and 6 MB each time. Only the EC2 service imports this module, because it imports moto's EC2.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import AmiBackend

from labs_helpers.cloud.moto import hooks

_UNMADE = "public_images_unmade"


def unmade(ec2: Any) -> bool:
    """Return True if an account's Region doesn't have the public images yet.

    They don't exist until a call reads the account's images or snapshots.
    """
    return _UNMADE in vars(ec2)


def make(ec2: Any) -> None:
    """Create the public images in an account's Region, unless they already exist."""
    if vars(ec2).pop(_UNMADE, False):
        AmiBackend._load_amis(ec2)


def _made_first(name: str) -> property:
    """Return a property that creates the public images before an attribute of the backend is first read."""

    def read(ec2: Any) -> Any:
        """Create the public images if necessary, and return the attribute."""
        make(ec2)
        return vars(ec2)[name]

    def write(ec2: Any, value: Any) -> None:
        """Set the attribute."""
        vars(ec2)[name] = value

    return property(read, write)


@hooks.while_installed
def _make_when_looked_at() -> hooks.Undo:
    return hooks.replace(
        EC2Backend,
        _load_amis=lambda ec2: setattr(ec2, _UNMADE, True),
        amis=_made_first("amis"),
        snapshots=_made_first("snapshots"),
    )
