"""The folder that Python children of a process with a cloud have first in PYTHONPATH, for its `sitecustomize` module."""
