"""The generator's command line, which also renders our templates of modules that it does not know."""

from __future__ import annotations

from collections.abc import Sequence

import openapi_python_client
from openapi_python_client.cli import app
from openapi_python_client.parser.errors import GeneratorError

MODULES = ("events",)


class Project(openapi_python_client.Project):
    """A package with the modules of MODULES in addition to those of the generator."""

    def build(self) -> Sequence[GeneratorError]:
        errors = super().build()
        for name in MODULES:
            module = self.env.get_template(f"{name}.py.jinja").render()
            (self.package_dir / f"{name}.py").write_text(module, encoding=self.config.file_encoding)
        return errors


if __name__ == "__main__":
    openapi_python_client.Project = Project  # type: ignore[misc]
    app()
