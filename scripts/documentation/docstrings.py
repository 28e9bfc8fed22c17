"""Docstrings of the hand-written code, in the sections that the reference shows as tables.

In the source, arguments stand in a paragraph: "from_, to: 10 or 11 digits. body: at most 1600 characters." The names
are those of the function or the class, so the paragraph can be divided without doubt.
"""

from __future__ import annotations

import re
from collections.abc import Collection


def _heads(paragraph: str, names: Collection[str]) -> list[re.Match[str]]:
    """Where the text about one or more names begins: at the start, or after a sentence."""
    word = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return list(re.finditer(rf"(?:(?<=\. )|(?<=\A))((?:{word})(?:, (?:{word}))*): ", paragraph))


def with_sections(text: str, arguments: Collection[str], attributes: Collection[str] = ()) -> str:
    """The docstring with its paragraphs of arguments, or of attributes, as one section of Google style."""
    names = {*arguments, *attributes}
    if not names or re.search(r"^(Args|Attributes):$", text, re.MULTILINE):
        return text
    prose, entries = [], []
    documented: set[str] = set()
    for paragraph in text.split("\n\n"):
        line = " ".join(paragraph.split())
        heads = _heads(line, names)
        if not heads or heads[0].start() != 0:
            prose.append(paragraph)
            continue
        for head, following in zip(heads, [*heads[1:], None], strict=True):
            description = line[head.end() : following.start() if following else None].strip()
            # What is said about the others belongs to no name.
            description, mark, others = description.partition(" The other ")
            description = description[:1].upper() + description[1:]
            documented.update(head[1].split(", "))
            entries += [f"    {name}: {description}" for name in head[1].split(", ")]
            if mark:
                prose.append(f"The other {others}")
    if not entries:
        return text
    title = "Args" if documented <= set(arguments) and not documented <= set(attributes) else "Attributes"
    section = "\n".join([f"{title}:", *entries])
    # Before what is returned and raised, which is the last paragraph.
    last = [prose.pop()] if len(prose) > 1 and prose[-1].startswith("Raises ") else []
    return "\n\n".join([*prose, section, *last])
