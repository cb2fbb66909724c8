"""`day.endpoint()` and its instructions for other programs."""

from __future__ import annotations

import boto3

from labs_helpers.cloud import Cloud
from labs_helpers.course import open_day


def test_it_shows_what_to_type_and_gives_the_endpoint(cloud: Cloud, tmp_path, capsys):
    day = open_day(2, progress=tmp_path / "p.json")
    endpoint = day.endpoint()
    printed = capsys.readouterr().out
    terminal, notebook = endpoint.lines()
    assert terminal in printed
    assert notebook in printed
    assert endpoint.url in printed
    assert endpoint is day.endpoint() is cloud.endpoint()
    client = boto3.Session(profile_name="alice").client("sts", endpoint_url=endpoint.plain_url)
    assert client.get_caller_identity()["Arn"].endswith(":user/alice")
