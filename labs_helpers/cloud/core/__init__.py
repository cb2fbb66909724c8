"""The words all parts share: calls, credentials, clock, ids, record, and the registry of operations.

Below everything but the decision engine (`labs_helpers.policy`); knows AWS's protocols only through
`labs_helpers.cloud.moto`, the one package that touches moto.
"""
