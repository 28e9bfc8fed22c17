"""How the documentation site is made: its pages, their links, the signatures, and the check of the result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe
import pytest
import yaml

import textrequest_ext
from documentation import links, offline, reference, sources
from documentation.docstrings import with_sections
from textrequest_api import events
from textrequest_ext import errors

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two pages, an example and a file outside of docs/."""
    (tmp_path / "docs" / "diagrams").mkdir(parents=True)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "send.py").write_text('"""Send a text.\n\n    python send.py\n"""\n\nprint(1)\n')
    (tmp_path / "CONTRIBUTING.md").write_text("# Contributing\n\n[Guide](docs/guide.md#places)\n")
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[here](guide.md)\n")
    (tmp_path / "docs" / "guide.md").write_text(
        "# Guide\n\n[1](index.md) [2](../CONTRIBUTING.md) [3](../examples/send.py) [4](https://example.com) [5](#x)\n\n"
        "```python\nlinks = [0](missing.md)\n```\n"
    )
    return tmp_path


def pages(project: Path) -> dict[str, str]:
    target = project / "built"
    sources.write_pages(target, project)
    return {path.relative_to(target).as_posix(): path.read_text() for path in target.rglob("*.md")}


def test_links_between_files_become_links_between_pages(project: Path) -> None:
    written = pages(project)
    guide = written["guide.md"]
    assert "[1](index.md) [2](project/contributing.md) [3](examples/send.md)" in guide
    assert "[4](https://example.com) [5](#x)" in guide
    assert "links = [0](missing.md)" in guide
    assert "[Guide](../guide.md#places)" in written["project/contributing.md"]
    assert written["examples/send.md"].startswith("# send.py\n\nSend a text.\n")
    assert "```python\n" in written["examples/send.md"]


def test_a_link_without_a_page_is_an_error(project: Path) -> None:
    (project / "docs" / "guide.md").write_text("# Guide\n\n[x](../Makefile)\n")
    with pytest.raises(
        sources.BrokenPageError, match=r"guide\.md: the site has no page for the link to \.\./Makefile"
    ):
        pages(project)


def test_a_page_without_a_title_is_an_error(project: Path) -> None:
    (project / "docs" / "guide.md").write_text("Guide\n")
    with pytest.raises(sources.BrokenPageError, match="the first line must be the title"):
        pages(project)


def test_a_diagram_becomes_its_picture(project: Path) -> None:
    source = "flowchart LR\n    accTitle: From a to b\n    a --> b\n"
    (project / "docs" / "guide.md").write_text(f"# Guide\n\n```mermaid\n{source}```\n")
    with pytest.raises(sources.BrokenPageError, match="run make diagrams"):
        pages(project)
    picture = project / "docs" / "diagrams" / "guide-1.svg"
    picture.write_text(f"<svg/><!-- {sources.digest(source)} -->")
    assert pages(project)["guide.md"] == "# Guide\n\n![From a to b](diagrams/guide-1.svg)\n"
    picture.write_text(f"<svg/><!-- {sources.digest(source + ' ')} -->")
    with pytest.raises(sources.BrokenPageError, match="is not the picture of its diagram"):
        pages(project)


def test_all_diagrams_are_drawn() -> None:
    names = set()
    for page in (ROOT / "docs").glob("*.md"):
        for name, source in sources.diagrams(page):
            assert sources.digest(source) in (ROOT / "docs" / name).read_text("utf-8"), "run make diagrams"
            names.add(name)
    assert len(names) >= 4
    drawn = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs" / "diagrams").iterdir()}
    assert drawn == names


def test_every_page_is_in_the_navigation_once(tmp_path: Path) -> None:
    titles = sources.write_pages(tmp_path)
    names = list(sources._names(sources.settings(titles)["nav"]))
    assert sorted(names) == sorted(titles)


def test_a_page_that_is_not_listed_is_a_guide() -> None:
    guides = sources.settings({"new_page.md": "New"})["nav"]
    assert "new_page.md" in next(entry["Guides"] for entry in guides if "Guides" in entry)


def test_every_public_name_is_in_the_reference_once() -> None:
    names = [
        line.removeprefix("::: textrequest_ext.")
        for text in reference.pages().values()
        for line in text.splitlines()
        if line.startswith("::: textrequest_ext.")
    ]
    assert len(names) == len(set(names))
    public = {name for name in textrequest_ext.__all__ if name not in ("__version__", "sandbox", "webhooks")}
    assert public <= set(names)
    assert set(errors.__all__) <= set(names)


@pytest.fixture(scope="module")
def package() -> Any:
    paths = [str(ROOT / "src"), str(ROOT / "generated")]
    extensions = griffe.load_extensions("documentation.signatures")
    return griffe.load("textrequest_ext", search_paths=paths, extensions=extensions)


def test_methods_have_the_signatures_of_their_operations(package: Any) -> None:
    methods = package["resources"]
    send = methods["messages.Messages.send"]
    assert [parameter.name for parameter in send.parameters][:4] == ["self", "from_", "to", "body"]
    assert str(send.returns) == "PostMessageResponse"
    contacts = methods["contacts.Contacts.list"]
    assert str(contacts.returns) == "Pager[Contact]"
    parameter = contacts.parameters["is_blocked"]
    assert (str(parameter.annotation), parameter.default) == ("bool", "...")
    assert "Unset" not in str([str(one.annotation) for one in contacts.parameters])
    assert str(methods["groups.Groups.get"].returns) == "Group | None"
    assert str(methods["custom_fields.CustomFields.list"].returns) == "list[CustomField]"
    assert str(methods["webhooks.Webhooks.ensure"].returns) == "Webhook"
    text = methods["webhooks.Webhooks.create"].docstring.value
    assert "ConflictError: " in text
    assert "Status 4" not in text
    assert "Returns:" not in text


def test_the_reference_of_the_clients_has_what_both_share() -> None:
    page = reference.pages()["reference/clients.md"]
    assert page.count("inherited_members: [") == len(reference.CLIENTS)
    for name in ("with_options", "low_level"):
        assert name in page


def test_every_method_of_a_resource_is_a_function_in_the_reference(package: Any) -> None:
    count = 0
    for name, module in package["resources"].modules.items():
        for owner in module.classes.values() if module.is_public else ():
            for method in owner.members.values():
                if (
                    owner.is_public
                    and method.is_public
                    and not owner.is_alias
                    and "Options" not in owner.name
                ):
                    assert method.is_function, f"{name}.{method.name}"
                    count += 1
    assert count >= 64


def site(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text)
    return folder


def test_links_of_the_site_are_checked(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"")
    site(
        tmp_path,
        good='<h2 id="a b">x</h2><a href="#a b"></a><a href="bad.html"></a><img src="picture.png"><a href="http://x.y">',
        bad='<a href="good.html#a%20b"></a><a href="good.html#c"></a><a href="none.html"></a><a href="../../x"></a>',
    )
    assert list(links.broken(tmp_path)) == [
        "bad.html: good.html#c: no such place in the page",
        "bad.html: none.html: no such file",
        "bad.html: ../../x: outside of the site",
    ]


def test_nothing_is_loaded_from_other_hosts(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    script = '<script src="https://unpkg.com/iframe-worker/shim"></script>'
    site(tmp_path / "deep", page=f'{script}<a href="https://example.com">x</a>')
    site(
        tmp_path,
        index='<link rel="preconnect" href="https://fonts.example.com"><img alt="" src=//example.com/a.png>',
    )
    offline.make_local(tmp_path)
    assert 'src="../assets/worker.js"' in (tmp_path / "deep" / "page.html").read_text()
    assert list(offline.external_resources(tmp_path)) == [
        "index.html: loads https://fonts.example.com",
        "index.html: loads //example.com/a.png",
    ]


def test_the_settings_are_valid_yaml_with_existing_pages() -> None:
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    missing = [name for name in sources._names(settings["nav"]) if not (ROOT / "docs" / name).exists()]
    assert missing == []


def test_arguments_in_a_paragraph_become_a_section() -> None:
    text = (
        "Send a text.\n\nfrom_, to: 10 or 11 digits. body: at most\n1600 characters. It is kept. The other arguments\n"
        "are those of `send`.\n\nA note: this one stays.\n\nRaises PhoneNumberError."
    )
    assert with_sections(text, {"from_", "to", "body"}) == (
        "Send a text.\n\nThe other arguments are those of `send`.\n\nA note: this one stays.\n\n"
        "Args:\n    from_: 10 or 11 digits.\n    to: 10 or 11 digits.\n    body: At most 1600 characters. It is kept.\n\n"
        "Raises PhoneNumberError."
    )
    assert with_sections(text, {"other"}) == text
    assert "\nAttributes:\n    body: " in with_sections("A text.\n\nbody: the text.", {"raw"}, {"body"})
    assert "\nAttributes:\n    body: " in with_sections("A text.\n\nbody: the text.", {"body"}, {"body"})


def public_functions(package: Any) -> Iterator[tuple[str, Any]]:
    """The functions of the reference, and the methods of its classes."""
    for page in reference.pages().values():
        for path in re.findall(r"^::: textrequest_ext\.(\S+)$", page, re.MULTILINE):
            if path.removeprefix("webhooks.") in events.__all__:
                continue  # generated
            found = package[path]
            found = found.final_target if found.is_alias else found
            if found.is_function:
                yield path, found
            elif found.is_class and found.path.startswith("textrequest_ext."):
                for name, member in found.members.items():
                    if member.is_function and not name.startswith("_"):
                        yield f"{path}.{name}", member


# Of any generated operation, of the rules above, or what only the package itself passes.
UNDOCUMENTED = {
    "self",
    "cls",
    "args",
    "kwargs",
    "dashboard_id",
    "options",
    "enabled",
    "value",
    "values",
    "seconds",
    "status",
    "text",
    "timeout",
}
# The arguments are those of another function, which the docstring names.
LIKE_OTHERS = re.compile(r"other arguments|Takes the arguments of|then does the same as")


def test_every_argument_is_documented(package: Any) -> None:
    missing, count = [], 0
    for path, function in public_functions(package):
        docstring = function.docstring.value if function.docstring else ""
        names = {parameter.name for parameter in function.parameters} - UNDOCUMENTED
        words = set(re.findall(r"\w+", docstring))
        count += 1
        if not docstring or (names - words and not LIKE_OTHERS.search(docstring)):
            missing.append((path, sorted(names - words)))
    assert missing == []
    assert count > 100
