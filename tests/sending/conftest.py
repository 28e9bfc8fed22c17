from __future__ import annotations

import pytest

from sending.simulated_service import Sender, SimulatedService
from unit.conftest import ClientHarness, _clean_environment, harness

__all__ = ["_clean_environment", "harness"]


@pytest.fixture
def service(harness: ClientHarness) -> SimulatedService:
    return SimulatedService(harness)


@pytest.fixture
def sender(service: SimulatedService) -> Sender:
    return Sender(service)
