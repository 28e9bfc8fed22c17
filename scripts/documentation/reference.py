"""The pages of the reference: which names are on which page. mkdocstrings fills them in."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator

import textrequest_api.models
import textrequest_api.typed_dicts
import textrequest_ext
import textrequest_ext.resources
from textrequest_ext import errors, sandbox, webhooks
from textrequest_ext._client.base import BaseClient

CLIENTS = ("TextRequest", "AsyncTextRequest")
LISTS = ("Pager", "AsyncPager", "Page", "RawResponse")
SENDING = ("OutgoingMessage", "SendResult", "SendRun", "AsyncSendRun", "Reconciliation")
OPTIONS = ("RetryPolicy", "Timeout", "Limits", "RequestEvent", "ResponseEvent", "RetryEvent")
CONTACTS = ("ContactSync", "AsyncContactSync", "ContactResult")
MODULES = ("sandbox", "webhooks")


def _functions() -> list[str]:
    """Everything that is on no other page."""
    elsewhere = {*CLIENTS, *LISTS, *SENDING, *OPTIONS, *CONTACTS, *MODULES, *errors.__all__, "__version__"}
    return [name for name in textrequest_ext.__all__ if name not in elsewhere]


def _resources() -> list[str]:
    found = pkgutil.iter_modules(textrequest_ext.resources.__path__)
    return [module.name for module in found if not module.name.startswith("_")]


def _page(title: str, text: str, names: Iterator[str] | list[str], *options: str) -> str:
    lines = "".join(f"        {option}\n" for option in options)
    entries = [f"::: {name}\n" + (f"    options:\n{lines}" if lines else "") for name in names]
    return "\n".join([f"# {title}\n", f"{text}\n", *entries])


def _public(names: tuple[str, ...] | list[str]) -> list[str]:
    return [f"textrequest_ext.{name}" for name in names]


def pages() -> dict[str, str]:
    """The text of each page of the reference."""
    found = {
        "reference/clients.md": _page(
            "Clients",
            "Both clients have the same resources and the same options. A method of `AsyncTextRequest` is awaited.",
            _public(CLIENTS),
            # What both clients share. Their resources have pages of their own.
            f"inherited_members: [{', '.join(name for name in vars(BaseClient) if not name.startswith('_'))}]",
            "show_bases: false",
        ),
        "reference/lists.md": _page(
            "Lists and responses",
            "What the methods return.",
            _public(LISTS),
            "inherited_members: true",
            "merge_init_into_class: false",
            "show_bases: false",
        ),
        "reference/sending.md": _page(
            "Results of sending",
            "Of `messages.send_many`, and of a send with an unknown outcome.",
            _public(SENDING),
        ),
        "reference/contacts_sync.md": _page(
            "Results of contacts.sync", "One for each contact.", _public(CONTACTS)
        ),
        "reference/options.md": _page(
            "Options",
            "Options of the clients.",
            _public(OPTIONS),
            "members: []",
        ),
        "reference/functions.md": _page("Functions", "Helpers that need no client.", _public(_functions())),
        "reference/errors.md": _page(
            "Errors", "Every exception that a public method raises is one of these.", _public(errors.__all__)
        ),
        "reference/webhooks.md": _page(
            "textrequest_ext.webhooks",
            "Verify webhook deliveries and decode them into events.",
            [f"textrequest_ext.webhooks.{name}" for name in webhooks.__all__ if name not in errors.__all__],
        ),
        "reference/sandbox.md": _page(
            "textrequest_ext.sandbox",
            "A local server that simulates the service. Needs the extra `sandbox`.",
            [f"textrequest_ext.sandbox.{name}" for name in sandbox.__all__],
            "inherited_members: true",
        ),
        "reference/models.md": _page(
            "Models",
            "What the methods take and return. Each model also has `to_dict()`, `from_dict()` and "
            "`additional_properties`, which has the keys that the contract does not know.",
            [f"textrequest_api.models.{name}" for name in textrequest_api.models.__all__],
            'filters: ["!^_", "!^to_dict$", "!^from_dict$", "!^additional_"]',
        ),
    }
    found["reference/typed_dicts.md"] = _page(
        "Typed dicts",
        "Dicts that take the place of models in arguments.",
        [f"textrequest_api.typed_dicts.{name}" for name in textrequest_api.typed_dicts.__all__],
        "show_bases: false",
    )
    for name in _resources():
        title = "".join(part.capitalize() for part in name.split("_"))
        found[f"reference/resources/{name}.md"] = _page(
            f"client.{name}",
            "With `AsyncTextRequest`, await the methods, and a `Pager` is an `AsyncPager`.",
            [f"textrequest_ext.resources.{name}.{title}"],
            "show_root_heading: false",
            "show_root_toc_entry: false",
            "show_bases: false",
            "heading_level: 2",
        )
    return found


def navigation() -> Iterator[object]:
    """The entries of the reference in the navigation."""
    names = list(pages())
    yield names[0]
    yield {"Methods": [name for name in names if "/resources/" in name]}
    yield from (name for name in names[1:] if "/resources/" not in name)
