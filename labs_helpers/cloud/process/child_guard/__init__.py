"""The folder that comes first in PYTHONPATH for Python children of a cloud's process, with its `sitecustomize`."""
