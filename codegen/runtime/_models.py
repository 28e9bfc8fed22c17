"""What all models share. Only the fields and how to decode their values are generated."""

from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import Any, ClassVar, Self

from ._decoding import decode_object
from ._encoding import encode_model

_lock = RLock()


class _AttrsAttribute:
    """An attribute of a class of models that attrs creates, with all others, when one of them is used."""

    def __set_name__(self, model: type[Any], name: str) -> None:
        self.model = model
        self.name = name

    def __get__(self, instance: Any, owner: Any) -> Any:
        with _lock:
            if self.model.__dict__[self.name] is self:
                _apply_attrs(self.model)
        value = self.model.__dict__[self.name]
        return value.__get__(instance, owner) if hasattr(value, "__get__") else value


def _apply_attrs(model: type[Any]) -> None:
    import attrs

    defaults = model._DEFAULTS
    fields: dict[str, Any] = {
        name: attrs.field(default=defaults.get(name, attrs.NOTHING)) for name in model.__match_args__
    }
    fields["additional_properties"] = attrs.field(init=False, factory=dict)
    # Not a class with slots: attrs would create another class. This one has them already.
    attrs.define(model, these=fields, slots=False, init=True, repr=True, eq=True)


def define(model: type[Any]) -> type[Any]:
    """Do what attrs.define does. attrs is imported when it is needed, and models are often only read.

    Decoding needs the slots alone. Importing attrs and having it create the methods of a few models takes
    longer than the first call.
    """
    names = [name for name, kind in model.__annotations__.items() if not kind.startswith("ClassVar")]
    body = {name: value for name, value in vars(model).items() if name not in ("__dict__", "__weakref__")}
    body["_DEFAULTS"] = {name: body.pop(name) for name in names if name in body}
    body["__slots__"] = (*names, "_additional_properties", "__weakref__")
    body["__match_args__"] = tuple(names)
    for name in ("__init__", "__repr__", "__eq__", "__ne__", "__attrs_attrs__"):
        body[name] = _AttrsAttribute()
    return type(model.__name__, model.__bases__, body)


class Model:
    """A schema of the contract. Unknown keys of the JSON are kept, and are items of the model.

    REQUIRED_FIELDS: keys that the contract says are always there and never null. KEYS: the keys of
    attributes that have another name. CHECKS: checks that a request applies to attributes. MISSING: the value of a missing key that is not required.
    """

    # The slots are those of the subclasses; see `define`.
    __slots__ = ()
    REQUIRED_FIELDS: ClassVar[tuple[str, ...]] = ()
    KEYS: ClassVar[Mapping[str, str]] = {}
    CHECKS: ClassVar[Mapping[str, Any]] = {}
    MISSING: ClassVar[Any] = None
    _additional_properties: dict[str, Any]

    @property
    def additional_properties(self) -> dict[str, Any]:
        """The unknown keys of the JSON, with their values."""
        try:
            return self._additional_properties
        except AttributeError:
            # Decoding sets it if there are unknown keys, which is rare.
            with _lock:
                if not hasattr(self, "_additional_properties"):
                    self._additional_properties = {}  # type: ignore[misc]
                return self._additional_properties

    @additional_properties.setter
    def additional_properties(self, value: dict[str, Any]) -> None:
        self._additional_properties = value  # type: ignore[misc]

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """The model from JSON. Unknown keys are kept.

        null becomes None. A missing key becomes None in a response, and UNSET in a request.
        """
        return decode_object(cls, src_dict)

    @staticmethod
    def _fill(models: Iterable[Any], rows: Iterable[Sequence[Any]]) -> None:
        """Set the attributes of new models from rows: values of JSON, in the order of the attributes."""

    def to_dict(self) -> dict[str, Any]:
        """The model as JSON has it, with the unknown keys. A file has its name and its media type only."""
        return encode_model(self, "", checked=False)

    @property
    def additional_keys(self) -> list[str]:
        """The unknown keys of the JSON."""
        return list(self.additional_properties)

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
