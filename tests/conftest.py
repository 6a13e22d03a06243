"""Strictness for every test: no implicit dtype or rank promotion, and no warning goes unseen."""

import os
import signal
from collections.abc import Iterator

import jax
import jaxtyping
import pytest
from support.compiled import forget_between_files
from support.order import longest_first

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
os.environ.setdefault("GANTHEORY_ANEW", "1")  # the tests compute what they see


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no core wait at the end for a long file that began last."""
    longest_first(items)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Keep the number of a long process's memory maps within the system's limit."""
    forget_between_files(item, nextitem)


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c_is_heard() -> Iterator[None]:
    """A shell that starts the tests in the background ignores Ctrl-C for them; some press it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def key() -> jax.Array:
    return jax.random.key(0)


@pytest.fixture
def without_hook() -> Iterator[None]:
    """What a user sees who has not switched run-time type checking on: only our own errors."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def x64() -> Iterator[None]:
    """Double precision, for checks that need more digits than single precision has."""
    with jax.enable_x64(True):
        yield
