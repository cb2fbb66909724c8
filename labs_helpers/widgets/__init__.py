"""The widgets, by the addresses that notebooks and documents use: one module each."""
