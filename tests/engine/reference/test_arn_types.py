"""From ARNs to resource types: one function, the gate's, `would`'s, the matrix's and the generated policy's."""

from __future__ import annotations

import pytest

from labs_helpers.engine.analysis.generation import least_privilege
from labs_helpers.engine.reference.arn_types import type_of, types_of

ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    ("arn", "types"),
    [
        ("arn:aws:s3:::shelf", {"bucket"}),
        ("arn:aws:s3:::shelf/a/b", {"object"}),
        ("arn:aws:s3:::shelf//a", {"object"}),
        (f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/app/x", {"log-group"}),
        (f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/app/x:log-stream:y", {"log-stream"}),
        (f"arn:aws:iam::{ACCOUNT}:user/staff/alice", {"user"}),
        (f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/songs", {"table"}),
        (f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/songs/index/by-year", {"index"}),
        ("*", set()),
        ("arn:aws:s3", set()),
    ],
)
def test_the_longest_pattern_that_fits_is_the_type(arn, types):
    assert types_of(arn.split(":")[2] if ":" in arn else "s3", arn) == types


def test_only_types_of_the_action_count_where_one_is_named():
    assert type_of("s3", "arn:aws:s3:::shelf/a", "GetObject") == "object"
    assert type_of("s3", "arn:aws:s3:::shelf/a", "ListBucket") == "bucket"
    assert type_of("s3", "*", "ListAllMyBuckets") is None


def test_a_log_group_whose_name_begins_with_a_slash_has_a_placeholder_in_generated_policies():
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/app/x"
    document = least_privilege([("logs:DescribeLogStreams", arn)], placeholders=True)
    assert document["Statement"][0]["Resource"] == [
        "arn:aws:logs:${Region}:${Account}:log-group:${LogGroupName}"
    ]
