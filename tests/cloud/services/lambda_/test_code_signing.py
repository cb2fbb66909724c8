"""The code signing configuration, which no function has.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html
"""

from __future__ import annotations

from tests.clouds import error_of


def test_a_function_has_no_code_signing_configuration(function):
    answer = function.get_function_code_signing_config(FunctionName="greet")
    assert (answer["CodeSigningConfigArn"], answer["FunctionName"]) == ("", "greet")


def test_an_unknown_function_is_not_found(cloud, function):
    code, message = error_of(function.get_function_code_signing_config, FunctionName="gone")
    assert code == "ResourceNotFoundException"
    assert message == "Function not found: arn:aws:lambda:us-east-1:111122223333:function:gone"
