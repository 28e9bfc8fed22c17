"""Record the cassettes against the sandbox or, with --live, the read-only ones against the service."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(prog="record", description=__doc__)
    parser.add_argument(
        "--live",
        action="store_true",
        help="record the tests marked `reads` against the real service; needs TEXTREQUEST_API_KEY",
    )
    options = parser.parse_args()
    command = [sys.executable, "-m", "pytest", "--quiet", "--record-mode=rewrite", str(TESTS / "cassettes")]
    if options.live:
        if not os.environ.get("TEXTREQUEST_API_KEY"):
            print("record: --live needs TEXTREQUEST_API_KEY", file=sys.stderr)
            return 2
        # Read-only: no text is sent, nothing is changed.
        return subprocess.call([*command, "-k", "blocking", "-m", "reads", "--live"])
    with subprocess.Popen(
        [sys.executable, "-m", "recording.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    ) as server:
        assert server.stdout
        assert server.stdin
        url = server.stdout.readline().strip()
        if not url:
            print("record: the sandbox did not start", file=sys.stderr)
            return 1
        try:
            # With the blocking client only; the async client must send the same requests.
            return subprocess.call([*command, "-k", "blocking", f"--sandbox={url}"])
        finally:
            server.stdin.close()


if __name__ == "__main__":
    sys.exit(main())
