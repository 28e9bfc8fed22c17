"""What all models share. Only the fields and how to decode their values are generated."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from ._decoding import decode_object
from ._encoding import encode_model


class Model:
    """A schema of the contract. Unknown keys of the JSON are kept, and are items of the model.

    REQUIRED_FIELDS: keys that the contract says are always there and never null. KEYS: the keys of
    attributes that have another name. CHECKS: checks that a request applies to attributes. MISSING: the value of a missing key that is not required.
    """

    __slots__ = ()
    REQUIRED_FIELDS: ClassVar[tuple[str, ...]] = ()
    KEYS: ClassVar[Mapping[str, str]] = {}
    CHECKS: ClassVar[Mapping[str, Any]] = {}
    MISSING: ClassVar[Any] = None
    additional_properties: dict[str, Any]

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """The model from JSON. Unknown keys are kept.

        null becomes None. A missing key becomes None in a response, and UNSET in a request.
        """
        return decode_object(cls, src_dict)

    @staticmethod
    def _fill(models: Iterable[Any], rows: Iterable[Sequence[Any]]) -> None:
        """Set the attributes of new models from rows: values of JSON, in the order of the attributes."""
        raise NotImplementedError

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
