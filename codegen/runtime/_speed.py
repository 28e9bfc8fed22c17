"""Decoding of large bodies with msgspec, if it is installed: the extra `speed`.

msgspec decodes the JSON into the structs of `_structs`, and the models are filled from these. The structs accept only what
is usual: for unknown keys, values of other types, or null in a list, the body is decoded again with json. So the results
and the errors are the same with and without msgspec.

The environment variable TEXTREQUEST_SPEED=0 turns it off.
"""

import os
from functools import cache
from typing import Any, NamedTuple, TypeVar

from ._decoding import STRUCT_ROWS, Decodable, decode_model, decode_models
from ._encoding import fields_of

D = TypeVar("D", bound=Decodable)

enabled = os.environ.get("TEXTREQUEST_SPEED") != "0"
# A program whose responses are all short does without the import of msgspec, which takes some milliseconds.
MIN_LENGTH = 2048


class _Decoder(NamedTuple):
    """The decode function of msgspec, and the attributes without which an object is not a response."""

    decode: Any
    required: tuple[str, ...]


def to_model(model: type[D], content: bytes) -> D | None:
    """The body as a model, or None if json must decode it."""
    if not enabled or len(content) < MIN_LENGTH or (decoder := _decoder(model, False)) is None:
        return None
    try:
        struct = decoder.decode(content)
        for name in decoder.required:
            if getattr(struct, name) is None:
                return None
        return decode_model(model, struct, "")
    except Exception:  # whatever it is, it comes up again, with the name of the field
        return None


def to_models(model: type[D], content: bytes) -> list[D] | None:
    """The body as a list of models, or None if json must decode it."""
    if not enabled or len(content) < MIN_LENGTH or (decoder := _decoder(model, True)) is None:
        return None
    try:
        return decode_models(model, decoder.decode(content), "")
    except Exception:  # as above
        return None


@cache
def _decoder(model: type[Decodable], many: bool) -> _Decoder | None:
    try:
        import msgspec
    except ImportError:
        return None
    from msgspec.structs import astuple

    from . import _structs

    for each in vars(_structs).values():
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            STRUCT_ROWS[each] = astuple
    struct: Any = getattr(_structs, model.__name__, None)
    if struct is None:
        return None
    required = tuple(field.attribute for field in fields_of(model) if field.required)
    return _Decoder(msgspec.json.Decoder(list[struct] if many else struct).decode, required)
