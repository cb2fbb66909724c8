"""CloudTrail's trails, kept in moto's backends: what is there, without moto's own checks.

moto looks for a trail's bucket in the trail's account only, takes a name twice, and knows trails by name alone.
`services.cloudtrail.trails` checks what AWS checks; the trails and their tags stay where moto's operations find them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudtrail import models

from labs_helpers.cloud.moto.backends import accounts, backend
from labs_helpers.engine.policy.arn import Arn


class Trail(models.Trail):
    """A trail. In `delivery`, the module of that name keeps what it has still to deliver."""

    delivery: Any = None
    recursive_logging: bool = True

    @property
    def topic_arn(self) -> str | None:
        """The topic that is told of log files; it is named by its name or its ARN."""
        name = self.sns_topic_name
        if not name:
            return None
        return name if name.startswith("arn:") else f"arn:aws:sns:{self.region_name}:{self.account_id}:{name}"

    def check_name(self) -> None:
        """Checked before the trail is made."""

    def check_bucket_exists(self) -> None:
        """Checked before the trail is made; the bucket may be another account's."""

    def check_topic_exists(self) -> None:
        """Checked before the trail is made."""


def create(account: str, region: str, name: str, tags: Mapping[str, str | None], **settings: Any) -> Trail:
    """A new trail. `settings` are those of `moto.cloudtrail.models.Trail`."""
    trail = Trail(account, region, name, **settings)
    backend("cloudtrail", account, region).trails[name] = trail
    tag(trail, tags)
    return trail


def tag(trail: Trail, tags: Mapping[str, str | None]) -> None:
    """Give a trail tags, or those it has another value."""
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    backend("cloudtrail", trail.account_id, trail.region_name).tagging_service.tag_resource(trail.arn, listed)


def untag(trail: Trail, keys: list[str]) -> None:
    """Take tags from a trail; those it has not are passed over."""
    home = backend("cloudtrail", trail.account_id, trail.region_name)
    home.tagging_service.untag_resource_using_names(trail.arn, keys)


def every() -> Iterator[Trail]:
    """Every trail of every account."""
    for account in accounts("cloudtrail"):
        yield from of(account)


def of(account: str) -> Iterator[Trail]:
    """An account's trails, in every Region."""
    if account not in accounts("cloudtrail"):
        return
    for home in list(models.cloudtrail_backends[account].values()):
        yield from list(home.trails.values())


def find(account: str, region: str, name_or_arn: str) -> Trail | None:
    """A trail by its ARN, or by its name in its home Region; multi-Region trails are known by name in every Region."""
    for trail in of(account):
        if name_or_arn == trail.arn:
            return trail
        if name_or_arn == trail.trail_name and (trail.region_name == region or trail.is_multi_region):
            return trail
    return None


def delete(trail: Trail) -> None:
    """Remove a trail and its tags."""
    home = backend("cloudtrail", trail.account_id, trail.region_name)
    home.trails.pop(trail.trail_name, None)
    home.tagging_service.delete_all_tags_for_resource(trail.arn)


def tags(arn: str) -> Mapping[str, str]:
    """A trail's tags, by its ARN."""
    named = Arn.read(arn)
    if named is None or named.account not in accounts("cloudtrail"):
        return {}
    return dict(
        backend("cloudtrail", named.account, named.region).tagging_service.get_tag_dict_for_resource(arn)
    )
