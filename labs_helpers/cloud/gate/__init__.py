"""The gate that every request passes through: identify, authorize, perform, record."""
