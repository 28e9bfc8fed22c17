"""The simulated service with its faults and request log; everything of a sandbox but its server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo

from textrequest_ext.sandbox._account.delivery_outcomes import DeliveryOutcome
from textrequest_ext.sandbox._account.history import HistorySize, add_history
from textrequest_ext.sandbox._account.state import Clock, State
from textrequest_ext.sandbox._callbacks import CallbackQueue
from textrequest_ext.sandbox._contract import load_contract
from textrequest_ext.sandbox._server.active_faults import ActiveFaults
from textrequest_ext.sandbox._server.faults import Body, Drop, Fault
from textrequest_ext.sandbox._server.request_log import LoggedRequest, RequestLog
from textrequest_ext.sandbox._service.service import Service

from .actions import Actions
from .arguments import require_instance


class Simulation(Actions):
    """A simulated service that can be reset to its initial state. history: None for an empty account."""

    def __init__(
        self,
        *,
        api_key: str,
        seed: int,
        history: HistorySize | None,
        outcome: DeliveryOutcome | None,
        clock: Clock,
        local_time: tzinfo,
        faults: Iterable[Fault],
        on_request: Callable[[LoggedRequest], None] | None,
    ) -> None:
        self._api_key = api_key
        self._seed = seed
        self._history = history
        self._outcome = outcome
        self._clock = clock
        self._local_time = local_time
        require_instance("faults", faults, Iterable, "a list of faults")
        self._initial_faults = tuple(faults)
        for fault in self._initial_faults:
            require_instance("faults", fault, Fault, "a Fault")
        self._faults = ActiveFaults()
        self._log = RequestLog(on_request)
        callbacks = CallbackQueue(api_key, clock)
        super().__init__(Service(load_contract(), self._new_state(callbacks), api_key), callbacks)
        self._add_initial_faults()

    @property
    def api_key(self) -> str:
        """The API key that requests must have."""
        return self._api_key

    def reset(self) -> None:
        """Restores the initial state and the initial faults; clears requests and callbacks."""
        self._callbacks.reset()
        self._service.state = self._new_state(self._callbacks)
        self._log.clear()
        self._faults.clear()
        self._add_initial_faults()

    def add_fault(self, fault: Fault) -> Fault:
        """Applies a fault to future requests. Returns the fault. Raises ValueError for anything else."""
        require_instance("fault", fault, Fault, "a Fault")
        self._faults.add(fault)
        return fault

    def fail(
        self,
        *,
        status: int | None = None,
        body: Body | None = None,
        retry_after: float | str | None = None,
        latency: float = 0.0,
        drop: Drop | None = None,
        takes_effect: bool = False,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        times: int | None = None,
        every: int = 1,
        skip: int = 0,
    ) -> Fault:
        """Adds a fault with these fields. Without a status, body, drop or latency its status is 503.

            sandbox.fail(status=503, times=1, operation="messages_list", retry_after=0)

        Raises ValueError for an invalid value; see Fault.
        """
        if status is None and body is None and drop is None and latency == 0:
            status = 503
        return self.add_fault(
            Fault(
                status=status,
                body=body,
                retry_after=retry_after,
                latency=latency,
                drop=drop,
                takes_effect=takes_effect,
                operation=operation,
                method=method,
                path=path,
                times=times,
                every=every,
                skip=skip,
            )
        )

    def clear_faults(self) -> None:
        """Removes all faults."""
        self._faults.clear()

    @property
    def faults(self) -> list[Fault]:
        """The faults that can still apply to a request."""
        return self._faults.all()

    @property
    def requests(self) -> list[LoggedRequest]:
        """The most recent API requests, up to 10,000, the oldest first."""
        return self._log.all()

    def _new_state(self, callbacks: CallbackQueue) -> State:
        state = State(
            callbacks=callbacks,
            seed=self._seed,
            clock=self._clock,
            local_time=self._local_time,
            outcome=self._outcome,
        )
        if self._history is not None:
            add_history(state, self._seed, self._history)
        return state

    def _add_initial_faults(self) -> None:
        for fault in self._initial_faults:
            self._faults.add(fault)
