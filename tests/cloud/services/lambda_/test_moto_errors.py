"""Lambda's own errors where moto fails on a parameter.

https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
"""

from __future__ import annotations

from tests.clouds import error_of


def test_a_url_that_a_function_does_not_have_is_not_found(cloud, function):
    code, message = error_of(function.update_function_url_config, FunctionName="greet", AuthType="NONE")
    assert code == "ResourceNotFoundException"
    assert message == "The resource you requested does not exist."
    assert cloud.record[-1].error_code == code
