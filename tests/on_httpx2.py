"""A pytest plugin for `make test-httpx2`: every import of httpx and httpcore, ours and that of the tests, gets httpx2."""

import httpx2

httpx2.alias_httpx()
