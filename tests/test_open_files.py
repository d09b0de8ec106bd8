import pytest

from artstyle.machine import open_files

INFINITY = 2**63 - 1


@pytest.mark.parametrize(
    ("limits", "granted", "after"),
    [
        ((1024, 4096), 4096, 4096),
        ((256, INFINITY), 10_240, 10_240),  # as on macOS
        ((256, 2**20), 2**20, 65_536),
        ((100_000, 2**20), 2**20, 100_000),
        ((1024, 1024), 1024, 1024),
    ],
)
def test_the_limit_of_files_is_raised_to_what_the_system_allows(
    limits: tuple[int, int], granted: int, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")

    def set_limits(_: int, wanted: tuple[int, int]) -> None:
        nonlocal limits
        if wanted[0] > granted:
            raise ValueError("not allowed to raise maximum limit")
        limits = wanted

    monkeypatch.setattr(resource, "RLIM_INFINITY", INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", set_limits)
    open_files.raise_limit()
    assert open_files.limit() == after
