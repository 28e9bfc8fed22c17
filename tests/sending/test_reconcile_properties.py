"""Whatever the clocks, the lag and other programs do, a result is right or unknown."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sending.simulated_service import TEXT, Row, Sender, SimulatedService
from textrequest_ext._sending.windows import SLACK
from unit.conftest import ClientHarness

SETTLE = 60.0
# Of the request and of the Date header, whose resolution is one second.
RESOLUTION = 1.5

texts = st.sampled_from([TEXT, "Your table for Ann is ready!", "Something else that is not like it"])
outcomes = st.lists(
    st.tuples(st.sampled_from(["ok", "dropped after", "dropped before", "late"]), texts),
    min_size=1,
    max_size=4,
)
# What other programs send to the same person: when, compared to the first send, and what.
others = st.lists(st.tuples(st.floats(-90_000, 200), texts), max_size=3)


@settings(max_examples=150)
@given(
    sends=outcomes,
    others=others,
    skew=st.sampled_from([0.0, -0.4, 3.0, -3.0, 61.0, -61.0, 4000.0, -4000.0]),
    sends_date=st.booleans(),
    lag=st.floats(0, 25),
    lateness=st.floats(0, 25),
    suspended=st.sampled_from([0.0, 0.0, 30.0, 5000.0]),
    pause=st.sampled_from([0.0, 5.0, 100.0]),
)
def test_a_result_is_right_or_unknown(
    sends: list[tuple[str, str]],
    others: list[tuple[float, str]],
    skew: float,
    sends_date: bool,
    lag: float,
    lateness: float,
    suspended: float,
    pause: float,
) -> None:
    service = SimulatedService(ClientHarness("blocking"), skew=skew, lag=lag, sends_date=sends_date)
    service.lateness = lateness
    foreign: list[Row] = [service.record(text, at=service.now + offset) for offset, text in others]
    sender = Sender(service)
    errors = []
    for outcome, text in sends:
        began = service.now
        if outcome == "ok":
            sender.send(text)
        else:
            errors.append((sender.fail(outcome, text), service.own[-1], text, began, service.now))
        service.elapsed += pause
    service.suspended += suspended
    for error, own, text, _, _ in errors:
        result = sender.reconcile(error, settle=SETTLE)
        if result.outcome == "not_sent":
            assert own is None, "a message that was sent was found not to be"
        elif result.outcome == "sent" and own is None:
            # The documented limit: another program sent the same text during the attempt, or during an
            # equal one. It counts from shortly before, and longer if the service's clock is not known.
            last = max(end for _, _, equal, _, end in errors if equal == text)
            first = min(start for _, _, equal, start, _ in errors if equal == text)
            margin = SLACK + RESOLUTION + (0 if sends_date and not suspended else abs(skew) + suspended)
            assert any(
                row.body is not None
                and row.body == text
                and first - margin <= row.at <= last + SETTLE + margin
                for row in foreign
            ), "a message that was not sent was found to be"


@settings(max_examples=60)
@given(lag=st.floats(0, 50), skew=st.floats(-10_000, 10_000), late=st.booleans())
def test_undisturbed_everything_is_found(lag: float, skew: float, late: bool) -> None:
    service = SimulatedService(ClientHarness("blocking"), skew=skew, lag=0 if late else lag)
    service.lateness = lag
    sender = Sender(service)
    sent = sender.fail("late" if late else "dropped after", "One text")
    not_sent = sender.fail("dropped before", "Quite another message")
    assert sender.reconcile(sent, settle=SETTLE).outcome == "sent"
    assert sender.reconcile(not_sent, settle=SETTLE).outcome == "not_sent"
