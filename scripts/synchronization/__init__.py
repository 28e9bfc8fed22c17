"""The nightly job: what the vendor's document changed, and what that breaks; `make sync` runs it.

`contract` compares documents prose aside, `merge` writes the new openapi.yaml in our own words,
`corrections` brings the overlay along, `staging` regenerates in a copy before anything is touched,
`differences`, `redocly`, `python_api` and `coverage` say what broke, `report` puts it into words,
`__main__` is the command line, and `pull_request` is what happens to the result.
"""
