"""The engine: decisions on requests under policies, with reasons. Pure Python, without boto3 or moto."""
