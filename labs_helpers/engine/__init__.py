"""The policy engine, which evaluates requests and gives reasons for its decisions.

It is pure Python, without boto3 or moto.
"""
