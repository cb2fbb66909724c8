"""Day 3: tokens read and verified, a sign-in walked through and attacked, and three small applications behind a pool.

    from labs_helpers.days.day3.tokens import verify_access_token, verify_id_token     or BadToken
    from labs_helpers.days.day3.inspection import inspect     what a token says, whether it is genuine, what it opens
    from labs_helpers.days.day3.walk import Walk     .sign_in(), .attack("read the code"), .exchanges
    from labs_helpers.days.day3 import apps     apps.start(day.cloud, pool): .site, .api, .phone

The rest are the cases that the day's exercises are judged by.
"""
