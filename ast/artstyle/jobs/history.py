"""The loss over a run, point by point, and its compact JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Annotated

import msgspec

from artstyle.progress import LossParts
from artstyle.style.pyramid import Size
