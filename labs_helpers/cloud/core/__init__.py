"""The types that all parts of the cloud share: calls, credentials, clock, IDs, record, and the registry of operations.

This package imports nothing else from the project, except the decision engine (`labs_helpers.engine`).
"""
