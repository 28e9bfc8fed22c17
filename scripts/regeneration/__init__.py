"""From the OpenAPI document to the generated package: what `scripts/regen.sh` runs.

`source` reads a document, `overlay` corrects it, `conventions` prepares it for the generator,
`package` writes the package, and `__main__` is the command line.
"""


class Refused(Exception):
    """The input cannot be used. The message has one line; nothing was changed."""
