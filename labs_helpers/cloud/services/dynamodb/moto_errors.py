"""The errors that DynamoDB returns if moto fails because a parameter is missing or a resource doesn't exist.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.table import TABLE
from labs_helpers.cloud.services.shared.moto_errors import explained


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """Return DynamoDB's error for a call on which moto failed, or None if the cause is unknown.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html and the other operations
    """
    parameters = call.parameters
    if call.operation == "DescribeExport":
        return ServiceError("ExportNotFoundException", f"Export not found: {parameters['ExportArn']}", 400)
    if call.operation == "DescribeImport":
        return ServiceError("ImportNotFoundException", f"Import not found: {parameters['ImportArn']}", 400)
    # moto fails without some parameters that the API's model doesn't require.
    if isinstance(failure, KeyError) and failure.args and str(failure.args[0])[:1].isupper():
        message = f"One or more parameter values were invalid: {failure.args[0]} is required"
        return invalid(message)
    return None
