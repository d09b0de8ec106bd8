"""Scene cuts: frames that no motion leads to from the frame before."""

import numpy as np

from artstyle.video import flow
from artstyle.video.flow import Grey, Motion

UNLIKE = 0.12  # mean difference along the flow, of 1, that no motion explains
UNSEEN = 0.5  # share of a frame that wasn't in the one before …
UNSURE = 0.04  # … and the mean difference that makes this a cut, not a blur or a fog


def is_cut(before: Grey, after: Grey, motion: Motion) -> bool:
    """Whether a frame begins another scene than the one before it.

    A flow is found between any two frames. Between two scenes, the two ways contradict each other
    in most places, or, where both are flat, the brightness does.
    """
    moved = flow.warp(before.astype(np.float32), motion.back)
    difference = float(np.abs(moved - after).mean()) / 255
    unseen = 1 - float(motion.seen.mean())
    return difference > UNLIKE or (unseen > UNSEEN and difference > UNSURE)
