"""The signs of the notebooks' pictures. Each has one meaning in all pictures, and a word next to it says what it is."""

from __future__ import annotations

from enum import Enum

from labs_helpers.course.shown.look.icons import Icon


class Sign(Enum):
    """A sign's SVG content, for a 24 × 24 view box. Where a widget has an icon for the same thing, it is the same."""

    CALLER = Icon.PERSON.value
    KEY = Icon.KEY.value
    BUCKET = Icon.BUCKET.value
    ACCOUNT = Icon.ACCOUNT.value
    OUTSIDER = Icon.ATTACKER.value
    ROOT = (
        '<rect x="8.5" y="2.5" width="7" height="6" rx="1.5"/><rect x="2.5" y="15.5" width="7" height="6" rx="1.5"/>'
        '<rect x="14.5" y="15.5" width="7" height="6" rx="1.5"/><path d="M12 8.5V12M6 15.5V12h12v3.5"/>'
    )
    USER_POOL = (
        '<circle cx="9" cy="8" r="3.6"/><path d="M2.5 20c0-4.4 2.8-6.4 6.5-6.4s6.5 2 6.5 6.4'
        'M15.5 4.6a3.6 3.6 0 0 1 0 6.8M17.5 14.2c2.6.7 4 2.6 4 5.8"/>'
    )
    IDENTITY_POOL = '<path d="M3 8.5h17M15.5 4 20 8.5 15.5 13M21 15.5H4M8.5 11 4 15.5 8.5 20"/>'
    APPLICATION = (
        '<rect x="2.5" y="4" width="19" height="16" rx="2.5"/><path d="M2.5 9h19M5.8 6.5h.1M9 6.5h.1"/>'
    )
    API = (
        '<path d="M9 3.5c-3 0-3 1-3 3.5 0 3-.5 4.2-2.5 5 2 .8 2.5 2 2.5 5 0 2.5 0 3.5 3 3.5M15 3.5c3 0 3 1 3 3.5'
        ' 0 3 .5 4.2 2.5 5-2 .8-2.5 2-2.5 5 0 2.5 0 3.5-3 3.5"/>'
    )
    SEALED = '<rect x="4.5" y="10.5" width="15" height="11" rx="2.5"/><path d="M8 10.5V7a4 4 0 0 1 8 0v3.5M12 15v2.5"/>'
    RECORD = '<path d="M5 2.5h14v19H5zM8.5 7.5h.1M8.5 12h.1M8.5 16.5h.1M12 7.5h4M12 12h4M12 16.5h4"/>'
    EVENT = '<path d="M13.5 2.5 4.5 13.5h6L9.5 21.5l9.5-11.5h-6.5z"/>'
    TABLE = '<path d="M3 4.5h18v15H3zM3 9.5h18M3 14.5h18M9 4.5v15M15 4.5v15"/>'
    ALARM = (
        '<path d="M12 2.5v1.5M5.5 17.5c1.5-1.5 1.5-3.5 1.5-7a5 5.5 0 0 1 10 0c0 3.5 0 5.5 1.5 7z'
        'M10 20.5a2 1.5 0 0 0 4 0"/>'
    )
    RESOURCES = (
        '<rect x="3" y="3" width="7.5" height="7.5" rx="1.5"/><rect x="13.5" y="3" width="7.5" height="7.5" '
        'rx="1.5"/><rect x="3" y="13.5" width="7.5" height="7.5" rx="1.5"/>'
        '<rect x="13.5" y="13.5" width="7.5" height="7.5" rx="1.5"/>'
    )


MEANINGS: dict[Sign, tuple[str, tuple[str, ...]]] = {
    Sign.CALLER: ("whoever calls or signs in", ("Your call", "A user", "A call", "Your identities")),
    Sign.KEY: ("a key that encrypts", ("KMS key", "Data key")),
    Sign.SEALED: ("something encrypted", ("Your data", "Data key")),
    Sign.BUCKET: ("a bucket, or S3 itself", ("S3", "Bucket", "A bucket outside")),
    Sign.ACCOUNT: (
        "an AWS account",
        ("Management", "prod", "play", "security", "logs", "dev", "sandbox"),
    ),
    Sign.ROOT: ("an organization's root", ("Root",)),
    Sign.OUTSIDER: ("someone outside the organization", ("Outsider",)),
    Sign.USER_POOL: ("a user pool", ("User pool",)),
    Sign.IDENTITY_POOL: ("an identity pool, which exchanges tokens", ("Identity pool",)),
    Sign.APPLICATION: ("an application", ("Application",)),
    Sign.API: ("your own API", ("Your API",)),
    Sign.RECORD: ("one stored record", ("CloudTrail record", "Sigma")),
    Sign.EVENT: ("one event, as it happens", ("EventBridge", "EventBridge pattern")),
    Sign.TABLE: ("many records together", ("SQL",)),
    Sign.ALARM: ("an alarm", ("An alarm",)),
    Sign.RESOURCES: ("resources of any kind", ("Your resources",)),
}
"""Sign → its meaning, and the titles of the boxes that may have it."""
