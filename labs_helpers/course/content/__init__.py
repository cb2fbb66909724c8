"""The course's content in data/: its paths, its schemas, and its loaders."""
