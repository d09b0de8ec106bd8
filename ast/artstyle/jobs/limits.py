"""How much the queue takes and keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from artstyle.configuration import Config

PEOPLE = 3  # who share an address


@dataclass(frozen=True, slots=True)
class Limits:
    unfinished: int  # jobs waiting or running, in all
    per_owner: int  # of these, from one owner
    keep_days: float  # days that an ended job is kept
    keep_jobs: int  # ended jobs that are kept at most
    clip_seconds: float = 10.0  # of a clip; 0 where no clips are taken
    clip_bytes: int = 20_000_000

    @classmethod
    def read(cls, config: Config) -> Self:
        return cls(
            unfinished=config.unfinished,
            per_owner=config.per_owner,
            keep_days=config.keep_days,
            keep_jobs=config.keep_jobs,
            clip_seconds=config.clip_seconds,
            clip_bytes=min(config.clip_bytes, config.upload_bytes),
        )

    @property
    def per_address(self) -> int:
        """Jobs waiting or running from one address: several people may come from there."""
        return PEOPLE * self.per_owner
