"""The widgets, one module each, under the names that notebooks and documents use."""
