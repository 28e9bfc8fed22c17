"""Put the people of a CSV file into groups, with a progress bar. Groups and contacts that are missing are created.

    pip install textrequest-ext tqdm
    export TEXTREQUEST_API_KEY=...
    python examples/csv_to_groups.py 121 people.csv

The file has the columns phone_number and groups: names of groups, separated by semicolons. No one is removed from a
group. Run it again after an error: it continues with those who are not in their groups yet.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from textrequest_ext import TextRequest, TextRequestError

Membership = tuple[str, int]  # a phone number of 11 digits, and the id of a group


def rows_of(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The phone number and the names of the groups of each row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            names = [name.strip() for name in row["groups"].split(";")]
            yield row["phone_number"], [name for name in names if name]


def groups_of(client: TextRequest, dashboard_id: int, names: set[str]) -> dict[str, int]:
    """The id of each group. Those that are missing are created."""
    ids = {group.name: group.id for group in client.groups.list(dashboard_id) if group.name}
    for name in sorted(names - ids.keys()):
        ids[name] = client.groups.create(dashboard_id, name=name).id
    return {name: ids[name] for name in names}


def missing(client: TextRequest, dashboard_id: int, path: Path) -> list[Membership]:
    """Create the contacts of the file, and return who is not in which group yet."""
    names = {name for _, groups in rows_of(path) for name in groups}
    ids = groups_of(client, dashboard_id, names)
    present = {
        (contact.phone_number, group)
        for group in ids.values()
        for contact in client.contacts.list(dashboard_id, groups=[group])
    }
    wanted = list(rows_of(path))
    found = []
    # Only the phone number is sent, so contacts that exist are not changed.
    results = client.contacts.sync(dashboard_id, ({"phone_number": phone} for phone, _ in wanted))
    for result in tqdm(results, total=len(wanted), unit=" contacts"):
        if not result.ok or result.contact is None:
            print(f"row {result.index + 1}: {result.reason}", file=sys.stderr)
            continue
        for name in wanted[result.index][1]:
            found.append((result.contact.phone_number, ids[name]))
    return [membership for membership in dict.fromkeys(found) if membership not in present]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Put the people of a CSV file into groups.")
    parser.add_argument("dashboard_id", type=int)
    parser.add_argument("file", type=Path)
    options = parser.parse_args(argv)
    try:
        with TextRequest() as client, ThreadPoolExecutor(8) as pool:

            def add(membership: Membership) -> None:
                number, group = membership
                client.contacts.update(options.dashboard_id, number, group=group, add_group_to_contact=True)

            memberships = missing(client, options.dashboard_id, options.file)
            for _ in tqdm(pool.map(add, memberships), total=len(memberships), unit=" memberships"):
                pass
    except TextRequestError as error:
        sys.exit(f"{error}\nRun the same command again to continue.")
    print(f"{len(memberships)} memberships added")


if __name__ == "__main__":
    main()
