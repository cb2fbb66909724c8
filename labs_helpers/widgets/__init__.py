"""The widgets, one module each, at the addresses that notebooks and documents use."""
