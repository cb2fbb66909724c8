"""The engine: the decision of a request under policies, with its reasons. Pure Python, without boto3 or moto."""
