"""day.would reports names that don't exist in a question, as the editor does in a policy."""

from __future__ import annotations

import pytest

from labs_helpers.course.lesson import question_checks
from labs_helpers.course.lesson.common_mistakes import advice
from tests.clouds import trust

HOME = "111122223333"
ALICE = f"arn:aws:iam::{HOME}:user/alice"
OBJECT = "arn:aws:s3:::payroll/a"


@pytest.fixture
def cloud(one_cloud):
    """A real cloud, because the folder's own fixture is only a stand-in."""
    one_cloud.reset()
    return one_cloud


@pytest.fixture
def alice(iam):
    iam.create_user(UserName="alice")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}))


WRONG = [
    (
        (ALICE, "GetObject", OBJECT, None),
        '"GetObject" isn\'t an action. Actions have the form service:Name, for example',
    ),
    (
        (ALICE, "s3:GetObjekt", OBJECT, None),
        "The action s3:GetObjekt doesn't exist. Did you mean s3:GetObject?",
    ),
    (
        (ALICE, "s3:ListObjectsV2", OBJECT, None),
        "The action s3:ListObjectsV2 doesn't exist. Did you mean s3:List",
    ),
    ((ALICE, "s4:GetObject", OBJECT, None), "There is no service s4."),
    ((ALICE, "s3:Get*", OBJECT, None), '"s3:Get*" is a pattern. A request is for one action, for example'),
    ((ALICE, "s3:GetObject", "payroll/a", None), '"payroll/a" isn\'t an ARN.'),
    ((ALICE, "s3:GetObject", "arn:aws:s3", None), '"arn:aws:s3" isn\'t an ARN.'),
    (
        (ALICE, "s3:ListBucket", "*", {"s3:prefiks": "a"}),
        "The condition key s3:prefiks doesn't exist. Did you mean",
    ),
    (
        (ALICE, "s3:GetObject", "*", {"aws:SourceIpp": "a"}),
        "The condition key aws:SourceIpp doesn't exist. Did you",
    ),
    ((ALICE, "s3:GetObject", OBJECT, {"prefix": "a"}), '"prefix" isn\'t a condition key.'),
    (
        (f"{ALICE}x", "s3:GetObject", OBJECT, None),
        f"There is no principal {ALICE}x in this cloud. Did you mean {ALICE}?",
    ),
    (
        (f"arn:aws:sts::{HOME}:assumed-role/ghost/s", "s3:GetObject", OBJECT, None),
        "There is no principal arn:aws:sts::",
    ),
]


@pytest.mark.parametrize(("question", "said"), WRONG, ids=lambda each: each if isinstance(each, str) else "")
def test_what_is_wrong_with_a_question_and_what_was_meant(cloud, alice, question, said):
    with pytest.raises(question_checks.Mistake) as caught:
        question_checks.check(cloud, *question)
    assert str(caught.value).startswith(said)
    assert advice(caught.value, cloud) == (caught.value.what, caught.value.do)


@pytest.mark.parametrize(
    "question",
    [
        (ALICE, "s3:GetObject", OBJECT, {"aws:PrincipalTag/team": "a", "s3:ExistingObjectTag/x": "y"}),
        (f"arn:aws:sts::{HOME}:assumed-role/app/s", "S3:getobject", "*", None),
        (f"arn:aws:iam::{HOME}:root", "iam:ListUsers", "*", {"token.actions.githubusercontent.com:sub": "x"}),
    ],
)
def test_a_sound_question_passes(cloud, alice, question):
    question_checks.check(cloud, *question)
