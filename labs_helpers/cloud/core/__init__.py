"""The types that all parts share: calls, credentials, clock, IDs, record, and the registry of operations.

This package is below everything except the decision engine (`labs_helpers.policy`). It uses AWS's protocols only
through `labs_helpers.cloud.moto`, the only package that uses moto.
"""
