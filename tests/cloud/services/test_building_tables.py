"""A table is validated against the Service Authorization Reference when it is built, not at the first call."""

from __future__ import annotations

import pytest

from labs_helpers.cloud.services.shared.authorization_table import Table


def table(**resources):
    return Table("s3", "s3", resources=resources or {"bucket": {"BucketName": "Bucket"}})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"operations": "GetObjet"}, "no action s3:GetObjet"),
        ({"operations": "ListBuckets", "action": "s3:listAllMyBuckets"}, "spelled s3:ListAllMyBuckets"),
        ({"operations": "GetObject", "on": "bucket"}, "applies to .*'object'.*, not to 'bucket'"),
        ({"operations": "GetObject", "on": "object"}, "no fillers for the ARN of 'object'"),
        ({"operations": "CopyObject", "action": "nobody:DoIt"}, "no action nobody:DoIt"),
    ],
)
def test_a_row_that_the_reference_does_not_know_is_refused(row, said):
    with pytest.raises(ValueError, match=said):
        table().ask(row.pop("operations"), **row)


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({"bukket": {}}, "no resource type 'bukket'"),
        ({"bucket": {}}, r"nothing fills \['BucketName'\]"),
        ({"bucket": {"BucketName": "Bucket", "Name": "Bucket"}}, r"has no \['Name'\]"),
    ],
)
def test_fillers_are_those_of_the_arn(resources, said):
    with pytest.raises(ValueError, match=said):
        table(**resources)


def test_what_the_reference_knows_is_taken():
    made = table()
    made.ask("ListObjects ListObjectsV2", action="ListBucket", on="bucket")
    assert made.operations == {"ListObjects", "ListObjectsV2"}
