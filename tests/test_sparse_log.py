import logging

import pytest

from artstyle.lab import sparse_log


def test_the_left_out_lines_are_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    log = sparse_log.SparseLog(logging.getLogger("test.sparse"))
    for _ in range(6):
        log.warning("it fails: %s", "100 %")
    now += sparse_log.SECONDS
    log.warning("it fails")
    assert [record.getMessage() for record in caplog.records] == [
        "it fails: 100 %",
        "it fails (5 more since the last such line)",
    ]
