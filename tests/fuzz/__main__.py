"""Run all campaigns: python -m fuzz --inputs 100000 --seed 5 --write docs/reliability.md"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from fuzz.campaigns import SHARES, run_campaign
from fuzz.running import Outcome
from reliability import write_table

_DESCRIPTIONS = {
    "responses": "responses of every operation, mutated in JSON, bytes, headers, status, encoding",
    "webhooks": "webhook deliveries, mutated in body and headers",
    "arguments": "arguments of every method, of strange types and values",
    "sockets": "responses damaged in their framing, over real sockets",
}

# Seconds for one input. Timeouts of the clients end all of them earlier.
LIMIT = 120


def table(outcomes: list[Outcome]) -> str:
    """The outcomes as a table in Markdown."""
    rows = ["| Inputs | | Results | Errors of this package | Other exceptions | Secrets shown | Seed |"]
    rows.append("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for one in outcomes:
        errors = sum(one.errors.values())
        rows.append(
            f"| {one.inputs:,} | {_DESCRIPTIONS[one.name]} | {one.results:,} | {errors:,} | 0 | 0 | {one.seed} |"
        )
    total, results = sum(one.inputs for one in outcomes), sum(one.results for one in outcomes)
    rows.append(f"| **{total:,}** | | {results:,} | {total - results:,} | **0** | **0** | |")
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="of all campaigns together")
    parser.add_argument("--seed", type=int, help="default: another one each time; it is printed")
    parser.add_argument("--campaign", choices=SHARES, help="run only this one, with all inputs")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table into this document")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    names = [options.campaign] if options.campaign else list(SHARES)
    outcomes = []
    for name in names:
        inputs = options.inputs if options.campaign else round(options.inputs * SHARES[name])
        print(f"{name}: {inputs:,} inputs, --seed {seed}", flush=True)
        outcomes.append(run_campaign(name, inputs, seed, LIMIT))
        print(outcomes[-1], flush=True)
    if options.write:
        write_table(options.write, "fuzz", table(outcomes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
