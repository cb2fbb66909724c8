"""Scenarios that anyone with an AWS account can record there, and this cloud's answers to the same calls.

`python -m tests.parity record --profile NAME` makes the calls on AWS, and is the only code of this project that
reaches it. `python -m tests.parity compare FILE` makes the same calls on this cloud and prints the differences. No test
does the former; the scenarios are data, in `scenarios/`.
"""
