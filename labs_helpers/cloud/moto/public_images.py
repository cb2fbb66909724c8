"""The public images of AWS, made when somebody looks at an account's images or snapshots.

moto makes all 1,300 of them, each with a volume and a snapshot, in every account and Region in which EC2 is touched:
30 ms and 6 MB each time. Imported by the service alone: it brings moto's EC2 with it.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import AmiBackend

from labs_helpers.cloud.moto import hooks

_UNMADE = "public_images_unmade"


def unmade(ec2: Any) -> bool:
    """Whether nobody has looked at the images or snapshots of an account's Region: then there are none of its own."""
    return _UNMADE in vars(ec2)


def make(ec2: Any) -> None:
    """Make them in an account's Region where that has not been done."""
    if vars(ec2).pop(_UNMADE, False):
        AmiBackend._load_amis(ec2)


def _made_first(name: str) -> property:
    """An attribute of a backend before whose first reading the public images are made."""

    def read(ec2: Any) -> Any:
        make(ec2)
        return vars(ec2)[name]

    def write(ec2: Any, value: Any) -> None:
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
