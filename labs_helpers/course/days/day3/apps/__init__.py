"""The day's three small applications behind one user pool: a website with a session, an API, a phone app.

    apps = start(day.cloud, pool)      # apps.site and apps.api are addresses; apps.phone signs people in
    apps.phone.sign_in("alice", "…")   # her tokens, for the API

The applications disappear when the cloud is reset or stops. Read their code: each is one short module.
"""

from __future__ import annotations

from labs_helpers.course.days.day3.apps.start import API, SITE, Apps, start

__all__ = ["API", "SITE", "Apps", "start"]
