"""Whether the progress bars of the libraries that load models are seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress_bars(*, shown: bool) -> Iterator[None]:
    """Show or hide the bars of downloads and of weights while the block runs, then as before."""
    from transformers.utils import logging

    bars: Any = logging  # its switches carry no types
    before = bars.is_progress_bar_enabled()
    _switch(bars, on=shown)
    try:
        yield
    finally:
        _switch(bars, on=before)


def _switch(bars: Any, *, on: bool) -> None:
    if on:
        bars.enable_progress_bar()
    else:
        bars.disable_progress_bar()
