"""The course's content in data/: where it lies, its shapes, and loading it."""
