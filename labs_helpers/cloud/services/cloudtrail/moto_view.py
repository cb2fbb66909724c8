"""CloudTrail's trails in moto's backends, without moto's own checks.

moto looks for a trail's bucket only in the trail's account, accepts duplicate names, and finds trails only by name.
`services.cloudtrail.trails` performs AWS's checks. Trails and tags are stored where moto's operations find them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto.cloudtrail import models

from labs_helpers.cloud.moto.backends import accounts, backend
from labs_helpers.engine.policy.arn import Arn

if TYPE_CHECKING:

    class _MotoTrail:
        """The members of moto's class that this cloud uses, because moto doesn't provide types for mypy."""

        account_id: str
        region_name: str
        trail_name: str
        arn: str
        bucket_name: str
        s3_key_prefix: str | None
        sns_topic_name: str | None
        include_global_service_events: bool
        is_multi_region: bool
        is_org_trail: bool
        log_validation: bool
        cw_log_group_arn: str | None
        cw_role_arn: str | None
        kms_key_id: str | None
        event_selectors: list[Mapping[str, Any]]
        advanced_event_selectors: list[Mapping[str, Any]]
        insight_selectors: list[Mapping[str, Any]]

        def __init__(self, account_id: str, region_name: str, trail_name: str, **settings: Any) -> None: ...

        def update(self, *settings: Any) -> None:
            """Change settings, given in the order of the constructor. None leaves a setting unchanged."""

else:
    _MotoTrail = models.Trail


class Trail(_MotoTrail):
    """A trail. The field `delivery` contains the state that the module `delivered_files` stores."""

    delivery: Any = None
    recursive_logging: bool = True

    @property
    def topic_arn(self) -> str | None:
        """The ARN of the SNS topic for log file notifications. Trails identify the topic by name or ARN."""
        name = self.sns_topic_name
        if not name:
            return None
        return name if name.startswith("arn:") else f"arn:aws:sns:{self.region_name}:{self.account_id}:{name}"

    def check_name(self) -> None:
        """Do nothing, because `trails` checks the name before it creates the trail."""

    def check_bucket_exists(self) -> None:
        """Do nothing, because `trails` checks the bucket, which can belong to another account."""

    def check_topic_exists(self) -> None:
        """Do nothing, because `destinations` checks the topic before the trail is created."""


def create(account: str, region: str, name: str, tags: Mapping[str, str | None], **settings: Any) -> Trail:
    """Create a trail with tags and return it. `settings` are the arguments of `moto.cloudtrail.models.Trail`."""
    trail = Trail(account, region, name, **settings)
    backend("cloudtrail", account, region).trails[name] = trail
    tag(trail, tags)
    return trail


def tag(trail: Trail, tags: Mapping[str, str | None]) -> None:
    """Add tags to a trail, or replace the values of existing tags."""
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    backend("cloudtrail", trail.account_id, trail.region_name).tagging_service.tag_resource(trail.arn, listed)


def untag(trail: Trail, keys: list[str]) -> None:
    """Remove tags from a trail. Keys of nonexistent tags are ignored."""
    home = backend("cloudtrail", trail.account_id, trail.region_name)
    home.tagging_service.untag_resource_using_names(trail.arn, keys)


def every() -> Iterator[Trail]:
    """Yield the trails of all accounts."""
    for account in accounts("cloudtrail"):
        yield from of_account(account)


def of_account(account: str) -> Iterator[Trail]:
    """Yield an account's trails, in every Region."""
    if account not in accounts("cloudtrail"):
        return
    for home in list(models.cloudtrail_backends[account].values()):
        yield from list(home.trails.values())


def find(account: str, region: str, name_or_arn: str) -> Trail | None:
    """Return a trail by its ARN, or by its name in its home Region, or None if there isn't one.

    A multi-Region trail is found by name in every Region.
    """
    for trail in of_account(account):
        if name_or_arn == trail.arn:
            return trail
        if name_or_arn == trail.trail_name and (trail.region_name == region or trail.is_multi_region):
            return trail
    return None


def delete(trail: Trail) -> None:
    """Delete a trail and its tags."""
    home = backend("cloudtrail", trail.account_id, trail.region_name)
    home.trails.pop(trail.trail_name, None)
    home.tagging_service.delete_all_tags_for_resource(trail.arn)


def tags(arn: str) -> Mapping[str, str]:
    """Return the tags of the trail with this ARN."""
    named = Arn.read(arn)
    if named is None or named.account not in accounts("cloudtrail"):
        return {}
    return dict(
        backend("cloudtrail", named.account, named.region).tagging_service.get_tag_dict_for_resource(arn)
    )
