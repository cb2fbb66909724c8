"""The widgets, one module each, under the names that notebooks and documents use.

Importing this package raises `ModuleNotFoundError`, which names what to install, if packages for widgets are missing.
"""

from labs_helpers.extras import need

need(("ipywidgets", "anywidget"), "The widgets")
