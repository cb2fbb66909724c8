"""The types that all parts of the cloud share: calls, credentials, clock, IDs, record, and the registry of operations.

This package imports nothing from the cloud's other packages except `labs_helpers.cloud.moto`. It uses AWS's protocols
only
through `labs_helpers.cloud.moto`, the only package that uses moto.
"""
