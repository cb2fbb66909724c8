"""Day 3: tokens read and verified, a sign-in traced and attacked, and three small applications behind a user pool.

    verify_access_token, verify_id_token     the checks that an application must make; they raise BadToken
    inspect     a token's contents, whether it is genuine, and its uses
    Walk     .sign_in(), .attack("read the code"), .exchanges
    apps     apps.start(day.cloud, pool): .site, .api, .phone

The modules named *_cases contain the cases that grade the day's exercises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.course.days.day3 import apps
    from labs_helpers.course.days.day3.inspection import inspect
    from labs_helpers.course.days.day3.tokens import BadToken, verify_access_token, verify_id_token
    from labs_helpers.course.days.day3.walk import Walk

_HOMES = {
    "BadToken": "labs_helpers.course.days.day3.tokens",
    "Walk": "labs_helpers.course.days.day3.walk",
    "apps": "labs_helpers.course.days.day3.apps",
    "inspect": "labs_helpers.course.days.day3.inspection",
    "verify_access_token": "labs_helpers.course.days.day3.tokens",
    "verify_id_token": "labs_helpers.course.days.day3.tokens",
}
__all__ = ["BadToken", "Walk", "apps", "inspect", "verify_access_token", "verify_id_token"]
__getattr__, __dir__ = exported(__name__, _HOMES)
