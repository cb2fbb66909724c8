"""The Flask applications for the pages of all services, with shared templates, styles, and protections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labs_helpers.cloud.services.web.protections import csrf_token, protect

if TYPE_CHECKING:
    from flask import Flask

_HERE = Path(__file__).parent
_LONGEST = 64 * 1024
"""The maximum size of a form, in bytes."""


def application(name: str) -> Flask:
    """Return an application with the templates of the module `name` and the shared templates (base, macros, error)."""
    from flask import Flask
    from jinja2 import ChoiceLoader, FileSystemLoader

    app = Flask(name, static_folder=str(_HERE / "static"), template_folder="templates")
    own = app.jinja_loader
    shared = FileSystemLoader(_HERE / "templates")
    app.jinja_loader = ChoiceLoader([own, shared] if own is not None else [shared])
    app.config["MAX_CONTENT_LENGTH"] = _LONGEST
    app.jinja_env.globals["csrf_token"] = csrf_token
    protect(app)
    return app
