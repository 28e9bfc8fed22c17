"""The URL of a request is the one that httpx makes of the same parts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrequest_api._encoding import encode_segment
from textrequest_ext._http.requests import DEFAULT_HEADERS, RequestFactory
from textrequest_ext._http.timeouts import Timeout

BASES = (
    "https://api.textrequest.com/api/v3",
    "http://127.0.0.1:8080",
    "https://user:secret@example.com/a%20b//c/./d",
    "https://bücher.example.com:8443/ü",
    "http://[::1]:9/x",
)
VALUES: Any = st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
QUERIES: Any = st.dictionaries(st.text(), VALUES | st.lists(VALUES), max_size=4) | st.none()


def url_of(base: str, path: str, params: Any) -> httpx.URL:
    factory = RequestFactory(base, "key", Timeout.of(1.0), {})
    return factory.build({"method": "GET", "url": path, "params": params}).url


@given(
    st.sampled_from(BASES),
    st.lists(st.text(min_size=1).filter(lambda text: text not in (".", ".."))),
    QUERIES,
)
def test_the_url_is_that_of_httpx(base: str, segments: list[str], params: Any) -> None:
    path = "/dashboards" + "".join("/" + encode_segment(one, "segment") for one in segments)
    expected = httpx.URL(base + path, params=params or None)
    url = url_of(base, path, params)
    assert (str(url), url.raw_path, url.raw_host, url.port) == (
        *(str(expected), expected.raw_path),
        *(expected.raw_host, expected.port),
    )
    assert url == expected
    assert (url.params, url.userinfo) == (expected.params, expected.userinfo)


@pytest.mark.parametrize(
    "path", ["", "/", "/a/../b", "/a/./b", "/ü", "/a b", "/a%2", "/a%zz", "/a?b=c", "/a#b", "//x"]
)
def test_an_unusual_path_is_that_of_httpx(path: str) -> None:
    assert url_of(BASES[0], path, {"page": 1}) == httpx.URL(BASES[0] + path, params={"page": 1})


def test_a_usual_url_is_not_parsed_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = RequestFactory(BASES[0], "key", Timeout.of(1.0), {})
    monkeypatch.setattr(httpx.URL, "__init__", lambda *args, **kwargs: pytest.fail("parsed"))
    assert factory._url("/dashboards/1%2B2", {"page": 1}).path.endswith("/dashboards/1+2")


def test_an_httpx_without_these_parts_parses_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = RequestFactory(BASES[0], "key", Timeout.of(1.0), {})
    monkeypatch.setattr(factory, "_parts", None)
    assert str(factory._url("/tags", {"page": 1})) == f"{BASES[0]}/tags?page=1"


@pytest.mark.parametrize("base", BASES[:4])
@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
@pytest.mark.parametrize("headers", [{}, {"x-request-id": "1"}, {"Host": "other.example.com"}])
@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_the_request_is_that_of_httpx(
    base: str, method: str, headers: dict[str, str], content: bytes | None
) -> None:
    factory = RequestFactory(base, "key", Timeout.of(1.0), {"x-team": "a"})
    arguments = {"method": method, "url": "/tags", "headers": headers}
    request = factory.build(arguments if content is None else {**arguments, "content": content})
    expected = httpx.Request(
        method,
        base + "/tags",
        headers={**DEFAULT_HEADERS, "x-team": "a", "x-api-key": "key", **headers},
        content=content,
    )
    assert request.headers == expected.headers
    if content is None and method != "POST" and "Host" not in headers:
        assert request.headers.raw[0] == expected.headers.raw[0], "the host is the first header"
    assert (request.method, request.content) == (expected.method, expected.content)
    assert b"".join(request.stream) == b"".join(expected.stream)  # type: ignore[arg-type]
