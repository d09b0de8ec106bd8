"""What can go wrong, in words for the person who caused it or has to mend it.

Every message names the thing and the fix and fits on one line. Front ends catch
:class:`ArtstyleError` alone and show ``str(error)``.
"""


class ArtstyleError(Exception):
    """The base of everything this package raises on purpose."""


class BadInput(ArtstyleError):
    """The caller gave something that can't be used; nothing was computed or written."""


class PictureError(BadInput):
    """A picture can't be read: missing, damaged, too large, too small, unknown format."""


class OutputError(BadInput):
    """A result can't be written where the caller wants it."""


class SettingsError(BadInput):
    """A setting is out of range or contradicts another."""


class WeightsError(BadInput):
    """A network's weights can't be had or aren't what they should be."""


class DeviceError(BadInput):
    """The device or the precision that was asked for isn't there."""


class RunError(ArtstyleError):
    """A run began and couldn't end."""


class OutOfMemory(RunError):
    """The picture is too large for the memory; the message names a size that fits."""


class DiskError(RunError):
    """Something can't be kept: the disk is full or can't be written."""


class DataError(ArtstyleError):
    """The folder with the jobs can't be used: taken by another process, damaged, too new."""


class QueueError(ArtstyleError):
    """A job isn't taken: too many wait already, or its owner has too many."""
