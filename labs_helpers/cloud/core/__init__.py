"""The vocabulary that all parts share: calls, credentials, clock, IDs, record, and the registry of operations.

Below everything but the decision engine (`labs_helpers.policy`). It knows AWS's protocols only through
`labs_helpers.cloud.moto`, the one package that uses moto.
"""
