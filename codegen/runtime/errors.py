"""The exceptions of this package. Network failures raise the errors of httpx.

No message and no pickle contains a phone number, the text of a message, or the body of a response.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

_NOT_PICKLED = ("body", "content", "response")


class TextRequestError(Exception):
    """Base class of all errors of this package.

    page: the number of the page that failed, if a pager raised the error; otherwise None. The pager's
    `starting_at(error.page)` resumes the iteration there.
    """

    page: int | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The classes take arguments of their own, which the default would not pass on.
        state = {key: None if key in _NOT_PICKLED else value for key, value in self.__dict__.items()}
        return _restore, (type(self), self.args, state)


def _restore(
    error_class: type[TextRequestError], arguments: tuple[Any, ...], state: dict[str, Any]
) -> TextRequestError:
    error = error_class.__new__(error_class, *arguments)
    error.args = arguments
    error.__dict__.update(state)
    return error


class InvalidArgumentError(TextRequestError, ValueError):
    """An argument is not valid. `argument` is its name; nothing was sent."""

    def __init__(self, argument: str, message: str) -> None:
        self.argument = argument
        super().__init__(f"{argument}: {message}")


class UnexpectedArgumentError(InvalidArgumentError, TypeError):
    """An argument has the wrong type, is missing, or does not exist. Nothing was sent."""


class MessageTooLongError(InvalidArgumentError):
    """A text is over the limit of the service, counted in characters. Nothing was sent."""


class PhoneNumberError(InvalidArgumentError):
    """A phone number is not a North American one of 10 or 11 digits. Nothing was sent."""


class UnexpectedStatus(TextRequestError):
    """The response has a status that the contract does not document.

    Only `Client(raise_on_unexpected_status=True)` raises it. `content` is the body of the response,
    which may name people, so the message does not contain it.
    """

    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code = status_code
        self.content = content
        super().__init__(f"unexpected status {status_code}")


class ResponseParseError(TextRequestError):
    """The body of a successful response does not match the contract.

    `response` is the whole response. The message names the field that could not be decoded, without
    its value.
    """

    def __init__(self, response: "httpx.Response", reason: str) -> None:
        self.response = response
        self.reason = reason
        super().__init__(f"response with status {response.status_code} could not be parsed: {reason}")


__all__ = [
    "InvalidArgumentError",
    "MessageTooLongError",
    "PhoneNumberError",
    "ResponseParseError",
    "TextRequestError",
    "UnexpectedArgumentError",
    "UnexpectedStatus",
]
