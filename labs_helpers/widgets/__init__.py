"""The widgets, one module each, under the names that notebooks and documents use.

Raises `ModuleNotFoundError`, which names what to install, if the packages that show widgets are missing.
"""

from labs_helpers.extras import need

need(("ipywidgets", "anywidget"), "The widgets")
