"""`api urls` and `api url` as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.processes import Answer, fidesdev


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return Api(tmp_path)


class Api:
    """Types `fidesdev api ...` where there is no project."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, *arguments: str) -> Answer:
        return fidesdev("api", *arguments, cwd=self._folder)


def test_urls_are_listed_and_searched(api: Api) -> None:
    listed = api("urls", "--search", "RULE", "--json").json

    assert [found["path"] for found in listed["data"]["urls"]] == [
        "/api/v1/dsr/policy/{policy_key}/rule",
        "/api/v1/dsr/policy/{policy_key}/rule/{rule_key}",
    ]
    assert api("urls", "--version", "v1", "--format", "csv").out.splitlines()[0] == (
        "name,version,path,parameters"
    )
    assert api("urls", "--search", "nothing of the kind").out == "No URL has that text.\n"


def test_a_url_is_printed_alone_and_quoted(api: Api) -> None:
    answer = api("url", "RULE_DETAIL", "policy_key=a/b c", "rule_key=ü=1")

    assert (answer.code, answer.out, answer.err) == (
        0,
        "/api/v1/dsr/policy/a%2Fb%20c/rule/%C3%BC%3D1\n",
        "",
    )


def test_a_typo_is_told_with_the_nearest_names(api: Api) -> None:
    answer = api("url", "policy_detial")

    assert answer.code == 1
    assert answer.err == (
        "error: version v1 of the API has no URL 'policy_detial'\n"
        "hint: The nearest: POLICY_DETAIL, POLICY_LIST. List them with 'fidesdev api urls'.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["USER_DETAIL"], "takes user_id, not none"),
        (["USERS", "user_id=1"], "takes no parameter, not user_id"),
        (["USER_DETAIL", "user_id=.."], "'user_id=..' is no part of a path"),
        (["USER_DETAIL", "user_id"], "'user_id' is not KEY=VALUE"),
        (["USER_DETAIL", "user_id=1", "user_id=2"], "user_id is given twice"),
    ],
)
def test_parameters_that_do_not_fit_are_a_usage_error(
    api: Api, arguments: list[str], said: str
) -> None:
    answer = api("url", *arguments)

    assert answer.code == 2
    assert said in answer.err
