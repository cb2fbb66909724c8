"""The engine: what a policy allows, and why. Pure Python on AWS's published actions, without boto3 or moto."""
