"""How much the queue takes and keeps."""

from dataclasses import dataclass

PEOPLE = 3  # who share an address


@dataclass(frozen=True, slots=True)
class Limits:
    unfinished: int  # jobs waiting or running, in all
    per_owner: int  # of these, from one owner
    keep_days: float  # days that an ended job is kept
    keep_jobs: int  # ended jobs that are kept at most

    @property
    def per_address(self) -> int:
        """Jobs waiting or running from one address: several people may come from there."""
        return PEOPLE * self.per_owner
