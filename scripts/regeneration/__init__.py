"""From the OpenAPI document to the generated package: what `scripts/regen.sh` runs.

`source` reads a document, `overlay` corrects it, `conventions` prepares it for the generator,
`package` writes the package, and `__main__` is the command line.
"""

import sys

# jsonschema can check IRIs if rfc3987-syntax is installed, which builds 38 parsers when it is imported: a second for
# every command. Nothing in a document is checked to be an IRI.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


class Refused(Exception):
    """The input cannot be used. The message has one line; nothing was changed."""


class Misfit(Refused):
    """A part of an instruction of the overlay does not fit the document any more.

    where: the operation or the schema that has the instruction, as in the message: `GET /users`, or a name.
    part: the keys from there to what does not fit. Without it, the rest of the instruction may fit.
    """

    def __init__(self, message: str, where: str, part: tuple[str, ...]) -> None:
        super().__init__(message)
        self.part = part
        method, _, path = where.partition(" ")
        self.owner = ("paths", path, method.lower()) if path else ("components", "schemas", where)
