"""What all models share. Only the fields and `from_dict` are generated."""

from collections.abc import Mapping
from typing import Any, ClassVar

from ._encoding import encode_model


class Model:
    """A schema of the contract. Unknown keys of the JSON are kept, and are items of the model.

    REQUIRED_FIELDS: keys that the contract says are always there and never null. KEYS: the keys of
    attributes that have another name. CHECKS: checks that a request applies to attributes.
    """

    __slots__ = ()
    REQUIRED_FIELDS: ClassVar[tuple[str, ...]] = ()
    KEYS: ClassVar[Mapping[str, str]] = {}
    CHECKS: ClassVar[Mapping[str, Any]] = {}
    additional_properties: dict[str, Any]

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
