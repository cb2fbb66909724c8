"""EC2's errors that several operations return, by short name.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.refusals import refusal

invalid_value = refusal("InvalidParameterValue", 400)
missing_parameter = refusal("MissingParameter", 400)
invalid_token = refusal("InvalidNextToken", 400)
