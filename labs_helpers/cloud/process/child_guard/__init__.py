"""The folder that Python children have first in PYTHONPATH while a cloud runs, for its `sitecustomize` module."""
