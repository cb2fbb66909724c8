"""The operations on custom key stores.

None can exist, because this cloud has no CloudHSM cluster or external key manager. Requests that have a correct
response even without a custom key store are answered. CreateCustomKeyStore raises `NotModelled`.
https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms.pages import PAGES
from labs_helpers.cloud.services.kms.parameter_validation import invalid


@operation("kms", "CreateCustomKeyStore")
def create_custom_key_store(call: Call) -> Mapping[str, Any]:
    """Raise `NotModelled`, because this cloud can't store the keys of a custom key store.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html
    """
    raise NotModelled(
        "kms:CreateCustomKeyStore isn't modeled: a custom key store is backed by a CloudHSM cluster or an external "
        "key manager behind a proxy, and this cloud has neither"
    )


@operation("kms", "DescribeCustomKeyStores")
def describe_custom_key_stores(call: Call) -> Mapping[str, Any]:
    """Return an empty list of key stores.

    Raises CustomKeyStoreNotFoundException for a request that specifies a key store.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html
    """
    store, name = call.parameters.get("CustomKeyStoreId"), call.parameters.get("CustomKeyStoreName")
    if store is not None and name is not None:
        raise invalid("You can specify either CustomKeyStoreId or CustomKeyStoreName, but not both.")
    if store is not None or name is not None:
        raise _not_found(str(store or name))
    return PAGES.page(call, "CustomKeyStores", [], default=10)


@operation(
    "kms", "ConnectCustomKeyStore", "DeleteCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore"
)
def refuse_unknown_store(call: Call) -> Mapping[str, Any]:
    """Raise CustomKeyStoreNotFoundException for an operation on a custom key store.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html and the other operations' pages
    """
    raise _not_found(call.parameters["CustomKeyStoreId"])


def _not_found(store: str) -> ServiceError:
    return ServiceError("CustomKeyStoreNotFoundException", f"Custom key store {store} is not found.", 400)
