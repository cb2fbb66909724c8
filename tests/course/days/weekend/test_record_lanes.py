"""The night as a picture: one line per caller, one mark per record."""

from __future__ import annotations

from labs_helpers.course.days.weekend import night_lanes

ROLE = "arn:aws:sts::111122223333:assumed-role/ledger-audit/tom"
RECORDS = [
    {"eventTime": "2026-03-07T02:14:00Z", "eventName": "StopLogging", "userIdentity": {"arn": ROLE}},
    {
        "eventTime": "2026-03-05T23:52:00Z",
        "eventName": "CreateAccessKey",
        "userIdentity": {"arn": "arn:aws:iam::111122223333:user/stock-report"},
        "errorCode": "AccessDenied",
    },
    {
        "eventTime": "2026-03-06T09:00:00Z",
        "eventName": "GetBucketAcl",
        "userIdentity": {"invokedBy": "x.amazonaws.com"},
    },
]


def test_each_caller_has_a_line_and_each_record_a_mark_from_the_oldest_to_the_newest() -> None:
    page = night_lanes(RECORDS)
    assert page.html.count("<title>") == 3
    assert page.text.splitlines()[1:] == [
        "  Thu 23:52 stock-report, CreateAccessKey: failed",
        "  Fri 09:00 x.amazonaws.com, GetBucketAcl: succeeded",
        "  Sat 02:14 ledger-audit/tom, StopLogging: succeeded",
    ]
