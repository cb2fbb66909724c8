"""The clinic's directory: its people sign in to another pool with it, and a disabled account no longer can."""

from __future__ import annotations

from typing import Any

import pytest

from labs_helpers.cloud.actors.browser import Browser
from labs_helpers.course.days.day3.clinic import DOMAIN, PASSWORD, Directory, open_directory

CALLBACK = "https://diary.auth.us-east-1.amazoncognito.com/oauth2/idpresponse"


@pytest.fixture
def clinic(cloud: Any) -> Directory:
    return open_directory(cloud, CALLBACK)


def page_after_password(clinic: Directory, name: str) -> Any:
    browser = Browser()
    browser.open(
        f"https://{DOMAIN}.auth.us-east-1.amazoncognito.com/oauth2/authorize", response_type="code",
        client_id=clinic.client_id, redirect_uri=CALLBACK, scope="openid email", state="s",
    )  # fmt: skip
    browser.follow()
    return browser.send(username=name, password=PASSWORD)


def test_a_person_who_was_hired_is_sent_back_with_a_code(clinic: Directory) -> None:
    clinic.hire("nell", "nell@work.example")
    page = page_after_password(clinic, "nell")
    assert page.location.startswith(CALLBACK)
    assert page.told["code"]


def test_two_people_have_two_subjects_even_with_one_address(clinic: Directory) -> None:
    assert clinic.hire("nell", "alice@example.com") != clinic.hire("mallory", "alice@example.com")


def test_a_disabled_account_gets_no_code(clinic: Directory) -> None:
    clinic.hire("nell", "nell@work.example")
    clinic.disable("nell")
    assert not page_after_password(clinic, "nell").told
