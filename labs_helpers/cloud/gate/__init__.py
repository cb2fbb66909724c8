"""The gate that every request passes: identify, authorize, perform, record."""
