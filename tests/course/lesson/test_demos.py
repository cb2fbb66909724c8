"""`refused`: a demo that should fail fails its cell when it doesn't."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from labs_helpers.course import refused
from labs_helpers.course.lesson.demos import DemoError
from labs_helpers.course.shown.mistakes import Mistake


def error(code: str = "AccessDenied", message: str = "You may not.") -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(answer, "GetObject")


def test_the_expected_refusal_is_told():
    with refused("AccessDenied") as denial:
        raise error()
    assert (denial.code, denial.message, denial.status, denial.operation) == (
        "AccessDenied",
        "You may not.",
        403,
        "GetObject",
    )
    assert str(denial) == "AccessDenied: You may not."


def test_nothing_refused_fails():
    with pytest.raises(DemoError, match="expected AccessDenied, but the call succeeded"):
        with refused("AccessDenied") as denial:
            pass
    assert str(denial) == "no error yet"


def test_another_code_fails_and_is_named():
    with pytest.raises(DemoError, match=r"expected AccessDenied, but AWS answered: .*NoSuchBucket"):
        with refused("AccessDenied") as denial:
            raise error("NoSuchBucket")
    assert denial.code == ""


def test_one_of_several_codes_will_do():
    with refused("ExpiredToken", "ExpiredTokenException") as denial:
        raise error("ExpiredTokenException")
    assert denial.code == "ExpiredTokenException"


def test_errors_that_are_no_answers_of_aws_pass_through():
    with pytest.raises(KeyError):
        with refused("AccessDenied"):
            raise KeyError("a typo in the demo")


@pytest.mark.parametrize("codes", [(), (None,), ("",), (403,)])
def test_a_code_must_be_named(codes):
    with pytest.raises(Mistake, match="error code"):
        with refused(*codes):
            pass
