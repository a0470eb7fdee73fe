from collections.abc import Iterator

import pytest

from tests.sandbox.vendor_calls import BentoCaller, BlueshiftCaller
from tests.sandbox_process import Sandbox


@pytest.fixture(scope="package")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
def bento(sandbox: Sandbox) -> Iterator[BentoCaller]:
    with BentoCaller(sandbox) as caller:
        yield caller


@pytest.fixture
def blueshift(sandbox: Sandbox) -> Iterator[BlueshiftCaller]:
    with BlueshiftCaller(sandbox) as caller:
        yield caller
