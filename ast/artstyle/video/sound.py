"""The sound of a clip, cut to the part that is painted."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from artstyle.errors import printable
from artstyle.video import library
from artstyle.video.excerpt import Excerpt
from artstyle.video.reading import Clip

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer

COPIED = {"aac", "mp3", "ac3", "eac3", "alac", "opus"}  # what players expect in an MP4
RATES = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000}  # that AAC has
USUAL_RATE = 48_000
BIT_RATE = 192_000

logger = logging.getLogger(__name__)


class Sound:
    """The packets of a clip's first sound, for an MP4: as they are, or as AAC if they must be."""

    def __init__(
        self, clip: Clip, excerpt: Excerpt, source: InputContainer, out: OutputContainer
    ) -> None:
        self._name, self._begin = printable(clip.path.name), clip.zero + excerpt.begin
        self._container, self._source = source, source.streams.audio[0]
        self._copied = self._source.codec_context.codec.canonical_name in COPIED
        self.stream: AudioStream
        if self._copied:
            self.stream = out.add_stream_from_template(self._source)
        else:
            rate = self._source.rate
            rate = rate if rate in RATES else USUAL_RATE
            self.stream = out.add_stream("aac", rate=rate, layout=self._layout())
            self.stream.bit_rate = BIT_RATE

    def packets(self) -> Iterator[tuple[float, Any]]:
        """Packets and their times in the result, in seconds.

        Sound that is damaged further on ends there, with a warning.
        """
        av = library.load()
        try:
            yield from self._copies() if self._copied else self._encoded()
        except av.error.EOFError:
            return
        except (av.error.InvalidDataError, av.error.PatchWelcomeError):
            logger.warning("the sound of %s is damaged from somewhere on", self._name)

    def _layout(self) -> str:
        return "mono" if self._source.codec_context.channels == 1 else "stereo"

    def _copies(self) -> Iterator[tuple[float, Any]]:
        base = self._source.time_base or Fraction(1)
        shift = round(self._begin / base)
        for packet in self._container.demux(self._source):
            if packet.pts is None or packet.pts < shift or packet.size == 0:
                continue
            packet.pts -= shift
            packet.dts = packet.pts  # sound is never reordered
            packet.stream = self.stream
            yield float(packet.pts * base), packet

    def _encoded(self) -> Iterator[tuple[float, Any]]:
        for frame in itertools.chain(self._resampled(), (None,)):
            for packet in self.stream.encode(frame):
                yield float((packet.pts or 0) * packet.time_base), packet

    def _resampled(self) -> Iterator[AudioFrame]:
        """The frames of the part, as the encoder takes them."""
        av = library.load()
        rate = self.stream.codec_context.rate
        resampler = av.AudioResampler(format="fltp", layout=self._layout(), rate=rate)
        for frame in self._container.decode(self._source):
            if frame.pts is None or frame.time is None or frame.time < self._begin:
                continue
            frame.pts = round((frame.time - self._begin) / (frame.time_base or 1))
            yield from resampler.resample(frame)
