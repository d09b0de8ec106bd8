"""How many files and connections the process may have open."""

from contextlib import suppress

ENOUGH = 65_536
MACOS = 10_240  # the most that macOS grants, whatever it says


def limit() -> int:
    """The most files that may be open at the same time."""
    try:
        import resource
    except ImportError:  # on Windows
        return ENOUGH
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ENOUGH if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> None:
    """Raise it to what the system allows: it often starts at 1,024, or at 256 on macOS."""
    for wanted in (ENOUGH, MACOS):
        with suppress(ImportError, ValueError, OSError):
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            if limit() < most:
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            return
