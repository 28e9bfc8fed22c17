"""The types that all generated modules share."""

from collections.abc import Callable, Mapping, MutableMapping
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Generic, Literal, NamedTuple, ParamSpec, TypeVar

if TYPE_CHECKING:
    import httpx

    from ._parameters import Body, Pairs, Parameter

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
P = ParamSpec("P")


class Unset:
    """The type of UNSET, the value of an omitted argument or field. None is sent as null instead."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __copy__(self) -> "Unset":
        return self

    def __deepcopy__(self, memo: object) -> "Unset":
        return self

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Unset = Unset()
# The same as a default of models that responses use too. Decoding never sets it, so the types of
# their fields do not show it.
OMITTED: Any = UNSET

# What httpx takes for a file of a form: the content, or a name, the content, a media type and headers.
FileContent = IO[bytes] | bytes | str
FileTypes = (
    tuple[str | None, FileContent, str | None] | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
RequestFiles = list[tuple[str, FileTypes]]


class File:
    """A file to upload: its content as a binary file object, its name, and its media type."""

    def __init__(self, payload: BinaryIO, file_name: str | None = None, mime_type: str | None = None) -> None:
        self.payload = payload
        self.file_name = file_name
        self.mime_type = mime_type

    def to_tuple(self) -> FileTypes:
        """The file as httpx takes it for a form."""
        return self.file_name, self.payload, self.mime_type


class Response(Generic[T]):
    """A response with its parsed body. `status_code` is an int: services use statuses Python does not know."""

    def __init__(
        self, status_code: int, content: bytes, headers: MutableMapping[str, str], parsed: T | None
    ) -> None:
        self.status_code = status_code
        self.content = content
        self.headers = headers
        self.parsed = parsed


class ListPages(NamedTuple):
    """How to request the next page of a list by offset or by cursor.

    Attributes:
        kind: offset or cursor.
        parameter: The query parameter with the offset or the cursor.
        next: The attributes of a page, from the outermost one, that lead to the next cursor.
        total: Those that lead to the number of items in the whole list.
        limit: The query parameter with the number of items on a page, or empty.
        maximum: The largest such number, or 0.
    """

    kind: str
    parameter: str
    next: tuple[str, ...] = ()
    total: tuple[str, ...] = ()
    limit: str = ""
    maximum: int = 0


_RETRYABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_NOTHING: Mapping[Any, Any] = {}


class Operation(Generic[P, T_co]):
    """An operation of the API as a value, which is never changed.

    Attributes:
        build: Takes the arguments of the operation, the fields of a JSON body among them, and returns
            the arguments of `httpx.Client.request`. Raises `errors.InvalidArgumentError`.
        parse: Returns the result of a successful response. Raises `errors.ResponseParseError` if the
            response does not match the contract. The caller handles other statuses.
        name: The name of the operation, such as contacts_list.
        method: The HTTP method, in capitals.
        path: The path template, without values.
        parameters: The parameters of the path, the query, the headers and the cookies.
        body: The request body, one entry per content type.
        pairs: Arguments of `build` that stand for numbered query parameters.
        responses: How to parse the body of each documented status: `parse`, the model of an error, a
            function, or None where there is no body.
        idempotent: Whether a second identical request changes nothing, although the method is POST.
        sends_text: Whether the request sends a text to a person.
        echoes: Properties of the result that have the value of an argument, and its key in the
            request. A result with another value belongs to another request.
        pages: How to request the next page of a list by offset or by cursor.
    """

    build: Callable[P, dict[str, Any]]
    parse: Callable[["httpx.Response"], T_co]
    name: str
    method: str
    path: str
    parameters: tuple["Parameter", ...]
    body: tuple["Body", ...]
    pairs: tuple["Pairs", ...]
    responses: Mapping[int | str, Any]
    idempotent: bool
    sends_text: bool
    echoes: Mapping[str, str]
    pages: ListPages | None

    def __init__(
        self,
        build: Callable[P, dict[str, Any]],
        parse: Callable[["httpx.Response"], T_co],
        *,
        name: str,
        method: str,
        path: str,
        parameters: tuple["Parameter", ...] = (),
        body: tuple["Body", ...] = (),
        pairs: tuple["Pairs", ...] = (),
        responses: Mapping[int | str, Any] = _NOTHING,
        idempotent: bool = False,
        sends_text: bool = False,
        echoes: Mapping[str, str] = _NOTHING,
        pages: ListPages | None = None,
    ) -> None:
        vars(self).update({name: value for name, value in locals().items() if name != "self"})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an operation cannot be changed; replace() returns a changed copy")

    def __repr__(self) -> str:
        return f"<Operation {self.name}: {self.method} {self.path}>"

    def replace(self, **changes: Any) -> "Operation[..., Any]":
        """A copy with other attributes."""
        return Operation(**{**vars(self), **changes})

    @property
    def retryable(self) -> bool:
        """Whether sending the request twice has the same effect as sending it once."""
        return self.idempotent or self.method in _RETRYABLE_METHODS


__all__ = ["UNSET", "File", "FileTypes", "Operation", "RequestFiles", "Response", "Unset"]
