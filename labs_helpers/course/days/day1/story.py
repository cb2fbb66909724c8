"""The event history of one access key: CloudTrail's management events, as LookupEvents returns them.

Data events, such as reads of objects, never appear in the event history, and appear in a trail only if its selectors
include them.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labs_helpers.course.days.day1.actors import ShopAccount
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.mistakes import checked

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


@dataclass(frozen=True, slots=True, repr=False)
class Story(Shown):
    """CloudTrail records, oldest first. A notebook displays the object if it is the last value in a cell."""

    records: tuple[dict[str, Any], ...]

    def page(self) -> Page:
        """Return the records as a table with time, event, source address, caller, and, if any failed, error code."""
        rows = [
            (
                each["eventTime"], each["eventName"], each["sourceIPAddress"],
                each["userIdentity"].get("arn", each["userIdentity"]["type"]), each.get("errorCode", ""),
            )
            for each in self.records
        ]  # fmt: skip
        page = Page().heading(counted(len(rows), "event"))
        header = ("when", "what", "from", "who", "error")
        return page.table(header, rows, optional_last=True) if rows else page


@checked
def story(cloud: Cloud, access_key_id: str) -> Story:
    """Return the events recorded for one access key, which belongs to a user or a session."""
    asked = [{"AttributeKey": "AccessKeyId", "AttributeValue": access_key_id}]
    found = (
        ShopAccount(cloud).admin("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=asked)
    )
    newest_first = [json.loads(each["CloudTrailEvent"]) for page in found for each in page["Events"]]
    return Story(tuple(newest_first[::-1]))
