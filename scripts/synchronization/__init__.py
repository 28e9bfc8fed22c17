"""The nightly job, run by `make sync`: what changed in the vendor's document, and what that breaks.

`contract` compares documents without prose. `merge` writes the new openapi.yaml, with our own prose.
`corrections` updates the overlay. `staging` regenerates and tests in a copy of the project. `differences`,
`redocly`, `python_api` and `coverage` find what breaks, and `report` formats it. `__main__` is the command
line. `github` creates the pull request. `rehearsal` runs the job on prepared documents, and `release`
checks that a release is ready.
"""
