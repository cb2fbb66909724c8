"""The policy engine: it decides requests and gives reasons. It is pure Python, without boto3 or moto."""
