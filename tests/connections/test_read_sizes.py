"""How much is read at a time: more after much was received, and less again after little."""

from __future__ import annotations

from textrequest_ext._connections.network import MAX_READ_SIZE, READ_SIZE, next_read_size


def sizes(*received: int) -> list[int]:
    found = [READ_SIZE]
    for count in received:
        found.append(next_read_size(found[-1], count))
    return found[1:]


def test_short_responses_are_read_in_the_smallest_pieces() -> None:
    assert sizes(200, 41_000, 0) == [READ_SIZE] * 3


def test_a_long_response_is_read_in_larger_pieces_up_to_a_limit() -> None:
    growing = sizes(*[10_000_000] * 5)
    assert growing == sorted(growing)
    assert growing[0] == 2 * READ_SIZE
    assert growing[-1] == MAX_READ_SIZE


def test_the_size_falls_again_but_not_below_the_smallest() -> None:
    falling = sizes(10_000_000, 10_000_000, *[100] * 6)[1:]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == READ_SIZE
