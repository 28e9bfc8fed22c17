"""From the API's document to the generated package: what `scripts/regen.sh` runs.

`source` reads a document, `overlay` corrects it, `conventions` prepares it for the generator,
`package` writes the generated package, `__main__` is the command line.
"""


class Refused(Exception):
    """The input cannot be used. The text is one line for a person; nothing was changed."""
