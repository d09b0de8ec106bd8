"""What can go wrong, in one tree.

ArtstyleError            front ends catch this one and word it for their users
├── BadInput             nothing was computed or written
│   ├── PictureError     one of the pictures can't be used
│   ├── ClipError        a clip can't be read
│   ├── SettingsError    a setting is out of range or contradicts another
│   ├── OutputError      the result can't be written there
│   ├── ArgumentError    wrong options or config.py
│   ├── WeightsError     a network's weights can't be used
│   ├── DeviceError      the device isn't there
│   ├── TorchError       torch can't be used
│   ├── TokenError       the bot has no usable token
│   └── ClusterError     the Ray cluster can't be used
├── RunError             a run began and couldn't finish
│   └── DiskError        nothing can be saved
├── DataError            the data folder can't be used
├── QueueError           a job isn't accepted
├── RequestError         the lab refuses an HTTP request
│   ├── AccessError      the sender may not do this
│   └── FormError        a form can't become a job
└── Recorded             a failure that an older version kept as a sentence

Their subclasses are below. Each class has its fields as data, a ``code`` made of its name, and
an English sentence; `artstyle.wording` has the sentences in other languages.

A field of the type `Path` is told whole to whoever runs a program, by ``str(error)``. Users of
the lab and the bot, and what is stored, get its last part alone: folders are the machine's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, dataclass_transform

from artstyle.roles import Role

CODES: dict[str, type[ArtstyleError]] = {}

PHRASES = {
    "content": "the photo",
    "style": "the painting",
    "style_2": "the second painting",
    "style_3": "the third painting",
    "style_4": "the fourth painting",
    "mask": "the mask",
    "style_mask": "the painting's mask",
    "style_mask_2": "the second painting's mask",
    "style_mask_3": "the third painting's mask",
    "style_mask_4": "the fourth painting's mask",
    "clip": "the clip",
    "": "the picture",
    "number": "a number",
    "whole": "a whole number",
    "switch": '"on" or "off"',
    "size": "a size like 6G or 900M",
    "weights": "one to four numbers, like 2,1",
    "crop": "left, top, width and height as shares of the painting, like 0.2,0.2,0.5,0.5",
}


@dataclass_transform(eq_default=False, field_specifiers=(field,))
@dataclass(eq=False)
class ArtstyleError(Exception):
    """Everything this package raises on purpose; its subclasses are dataclasses."""

    code: ClassVar[str] = "artstyle-error"
    sentence: ClassVar[str] = "something went wrong"

    def __init_subclass__(cls) -> None:
        dataclass(cls, eq=False, repr=False)
        cls.code = re.sub("(?<=.)(?=[A-Z])", "-", cls.__name__).lower()
        CODES[cls.code] = cls

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.type == "Path":  # a text where it was stored or sent
                setattr(self, each.name, Path(getattr(self, each.name)))

    @property
    def data(self) -> dict[str, Any]:
        """The fields as they are stored, sent and shown to users: paths without their folders."""
        return {
            name: value.name if isinstance(value, Path) else value
            for name, value in self._fields().items()
        }

    def _fields(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __str__(self) -> str:
        return fill(self.sentence, self._fields(), PHRASES)

    def __reduce__(self) -> tuple[Any, ...]:
        return restore, (self.code, self.data)


CODES[ArtstyleError.code] = ArtstyleError


def fill(sentence: str, data: Mapping[str, Any], phrases: Mapping[str, str]) -> str:
    """Fill a sentence with an error's data; ``phrases`` name its role or kind."""
    words = {
        name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        for name, value in data.items()
    }
    picture = printable(data.get("name") or phrases[data.get("role") or ""])
    setting = str(data.get("field", "")).replace("_", " ")
    wanted = phrases.get(data.get("kind", ""))
    return sentence.format_map({**words, "picture": picture, "setting": setting, "wanted": wanted})


def restore(code: str, data: Mapping[str, Any]) -> ArtstyleError:
    """Make the error again from its code and data, as they were stored or sent."""
    try:
        return CODES[code](**CODES[code](**data).data)  # without folders, whoever stored them
    except (KeyError, TypeError):  # another version's
        return ArtstyleError()


def printable(text: object) -> str:
    """Keep a text on one line, and encodable, whatever a file is called."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


class Explained(ArtstyleError):
    """An error whose English sentence is made where it is raised."""

    sentence = "{reason}"
    reason: str


class BadInput(ArtstyleError):
    """Nothing was computed or written."""


class PictureError(BadInput):
    """One of the pictures can't be used: ``role`` says which, ``name`` is its file's name."""

    role: Role | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)


class PictureMissing(PictureError):
    sentence = "{picture} doesn't exist (looked for {path}); check the path"
    path: Path


class PictureUnreadable(PictureError):
    sentence = "{picture} can't be read ({reason}); check its permissions or choose another file"
    reason: str


class PictureIsNoFile(PictureError):
    sentence = "{picture} is a folder or a device; name a picture file"


class NoPictures(PictureError):
    sentence = "there is no picture in {folder}; name a picture or a folder that has some"
    folder: Path


class PictureEmpty(PictureError):
    sentence = "{picture} is empty (0 bytes); choose another file"


class PictureUnknown(PictureError):
    sentence = "{picture} isn't a picture in a supported format ({formats}); save it as JPEG or PNG"
    formats: Sequence[str]


class PictureUnsupported(PictureError):
    sentence = "{picture} is in the format {format}, which isn't supported; save it as JPEG or PNG"
    format: str


class HeifMissing(PictureError):
    sentence = (
        "{picture} is in the format HEIC, as iPhones save photos, and what reads it isn't "
        "installed: save it as JPEG, or install requirements-heif.txt"
    )


class PictureDamaged(PictureError):
    sentence = "{picture} is damaged or cut off; export it again as JPEG or PNG"


class PictureCut(PictureError):
    """A warning: the picture is used as far as it's there, without so many percent of its rows."""

    sentence = "{picture} is cut off: {percent} % of it is missing; choose the whole file"
    percent: int

    @classmethod
    def of(cls, missing: float, role: Role | None = None, name: str | None = None) -> Self:
        return cls(percent=max(1, math.ceil(100 * missing)), role=role, name=name)


class PictureHalf(PictureError):
    """The picture is cut off, and only so many percent of its rows are there."""

    sentence = "{picture} is cut off: only {percent} % of it is there; choose the whole file"
    percent: int


class PictureMode(PictureError):
    sentence = "{picture} stores its pixels as {mode}; save it as RGB or grey with 8 or 16 bits"
    mode: str


class PictureTooLarge(PictureError):
    sentence = "{picture} has more than {megapixels} megapixels; make it smaller first"
    megapixels: int


class PictureTooSmall(PictureError):
    sentence = "{picture} is {width} × {height} pixels; the shorter side needs at least {least}"
    width: int
    height: int
    least: int


class PictureTooLong(PictureError):
    sentence = "{picture} is {width} × {height} pixels; no side may be over {ratio} times the other"
    width: int
    height: int
    ratio: int


class PictureHeavy(PictureError):
    sentence = "{picture} is larger than {megabytes:g} MB; choose a smaller file"
    megabytes: float


class PictureMemory(PictureError):
    sentence = "{picture} needs too much memory to decode; make it smaller"


class PictureSlow(PictureError):
    sentence = "{picture} takes too long to decode; save it again as JPEG or PNG"


class PictureGone(PictureError):
    sentence = "{picture} is no longer there; send it again"


class PictureNotChosen(PictureError):
    sentence = "choose {picture}: a file or one of the samples"


class PictureNeedsOther(PictureError):
    """``kind`` is the role of the picture without which this one says nothing."""

    sentence = "{picture} can't be used without {wanted}: choose both or neither"
    kind: Role


class MaskForClip(PictureError):
    sentence = "{picture} is for photos, and this is a clip: leave the mask out"


class TooManyStyles(PictureError):
    sentence = "there are {count} paintings, but {most} is the most: leave some out"
    count: int
    most: int


class StyleMasksCount(PictureError):
    """``role`` is that of the first mask that is missing, or that no painting is there for."""

    sentence = "style masks given: {masks}, paintings: {styles}; choose one mask for each painting"
    masks: int
    styles: int


class MaskShape(PictureError):
    """The sizes are those of the mask and of the photo, in pixels."""

    sentence = (
        "{picture} is {width} × {height} pixels, another shape than the photo's "
        "{photo_width} × {photo_height}: draw it on the photo"
    )
    width: int
    height: int
    photo_width: int
    photo_height: int


class MaskBlack(PictureError):
    sentence = "{picture} is black everywhere: make white where that painting is to be used"


class CropSmall(PictureError):
    sentence = (
        "the chosen part of {picture} is {width} × {height} pixels; "
        "the shorter side needs at least {least}"
    )
    width: int
    height: int
    least: int


class SampleMissing(PictureError):
    sentence = "there is no such sample; choose another one"


class NoMetadata(PictureError):
    sentence = "{picture} holds no artstyle settings; choose a PNG that artstyle saved"


class ClipError(BadInput):
    """A clip can't be read; ``name`` is its file's name."""

    role: Literal["clip"] = field(default="clip", kw_only=True)
    name: str | None = field(default=None, kw_only=True)


class ClipsRefused(ClipError):
    sentence = "clips can't be painted here; choose a photo instead"


class ClipReaderMissing(ClipError):
    sentence = "what reads clips isn't installed: pip install -r requirements-base.txt"


class ClipUnreadable(ClipError):
    sentence = "{picture} can't be read ({reason}); check its permissions or choose another file"
    reason: str


class ClipWithoutVideo(ClipError):
    sentence = "{picture} holds no video; choose another file"


class ClipDamaged(ClipError):
    sentence = "{picture} is damaged or cut off, so nothing of it can be shown; export it again"


class ClipUnsupported(ClipError):
    sentence = "{picture} is compressed as {codec}, which can't be read here; save it as H.264"
    codec: str


class ClipTooLong(ClipError):
    sentence = "{picture} is {seconds:g} s long, more than {most:g} s; choose a part of it"
    seconds: float
    most: float


class ClipHeavy(ClipError):
    sentence = "{picture} is larger than {megabytes:g} MB; choose a smaller file"
    megabytes: float


class ClipTooShort(ClipError):
    sentence = "{picture} ends after {seconds:g} s: begin before that, not at {begin:g} s"
    seconds: float
    begin: float


class FramesOfAnother(ClipError):
    """The folder for frames has those of another clip, painting, part or settings."""

    sentence = (
        "{path} has frames of other pictures or settings: "
        "--force starts anew, --work names another folder"
    )
    path: Path


class FramesFolderTaken(ClipError):
    sentence = "{path} holds other files: name a new or an empty folder with --work"
    path: Path


class FramesBusy(ClipError):
    sentence = "another run is painting the frames in {path}: wait for it, or stop it"
    path: Path


class SettingsError(BadInput):
    """A setting can't be used; ``field`` names it."""

    field: str


class Malformed(SettingsError):
    sentence = '{setting} must be {wanted}, but is "{value}"'
    kind: Literal["number", "whole", "switch", "size", "weights", "crop"]
    value: str


class OutOfRange(SettingsError):
    """``low`` and ``high`` are the bounds, both allowed; ``least`` the smallest value above 0."""

    sentence = "{setting} must be from {low} to {high}, but is {value}"
    low: float
    high: float
    value: str


class TooNearZero(SettingsError):
    sentence = "{setting} must be 0 or at least {least:g}"
    least: float


class UnknownChoice(SettingsError):
    sentence = 'unknown {setting} "{value}": choose one of {choices}'
    value: str
    choices: Sequence[str]


class NoWeight(SettingsError):
    sentence = "content weight and style weight are both 0: raise one of them"


class NoStyleWeight(SettingsError):
    sentence = "{setting} are all 0: raise one of them"


class StyleWeightsCount(SettingsError):
    sentence = "{setting} given: {count}, paintings: {styles}; write one weight for each painting"
    count: int
    styles: int


class CropOutside(SettingsError):
    sentence = (
        "{value} is no part of a painting: left, top, width and height are shares from 0 to 1, "
        "like 0.2,0.2,0.5,0.5"
    )
    value: str


class CropsCount(SettingsError):
    sentence = "parts in {setting}: {count}, paintings: {styles}; leave some parts out"
    count: int
    styles: int


class NoNoise(SettingsError):
    sentence = 'start "noise" needs noise, but noise is "none": choose another noise or start'


class NoiseUnused(SettingsError):
    sentence = '{setting} has no effect with noise "none": leave it out, or choose another noise'


class NoiseLevelMalformed(SettingsError):
    """``form`` is how a level is written."""

    sentence = '"{value}" is no noise level: write {form}, like 9:0.3:0.2:0.2 or pixel:0.2:0.1:0.6'
    value: str
    form: str


class NoiseLevelOutOfRange(SettingsError):
    """``part`` is the part of a level that is out of range."""

    sentence = "{part} of a noise level must be from {low:g} to {high:g}, but is {value}"
    part: str
    low: float
    high: float
    value: str


class NoiseLevelsCount(SettingsError):
    sentence = "{setting} must be 1 to {most} levels, but are {count}"
    most: int
    count: int


class NotForClips(SettingsError):
    sentence = "{setting} {value} is for photos, not for clips: leave it out"
    value: str


class NoRealism(SettingsError):
    sentence = (
        'realism has no effect with content loss "features": '
        'leave it out, or choose content loss "neighbors"'
    )


class NamedTwice(SettingsError):
    """A setting by its earlier name and by today's, with different values."""

    sentence = (
        '{setting} "{value}" means {other} "{meant}", but {other} is "{given}": '
        "leave one of them out"
    )
    value: str
    other: str
    meant: str
    given: str


class SizeTwice(SettingsError):
    """A preset that is a size, and another size."""

    sentence = (
        'preset "{preset}" has {preset_size} px and levels {levels} has {size} px: send one of them'
    )
    preset: str
    preset_size: int
    levels: int
    size: int


class OutputError(Explained, BadInput):
    """The result can't be written where the caller wants it."""


class ArgumentError(Explained, BadInput):
    """An option of the command line or a line of config.py is wrong."""


class WeightsError(BadInput):
    """A network's weights can't be used."""


class WeightsUnreadable(WeightsError):
    sentence = "{path} can't be read: {reason}"
    path: Path
    reason: str


class WeightsAreNoFile(WeightsError):
    sentence = "{path} is no file but a folder or a device: name a checkpoint (.pth)"
    path: Path


class WeightsDamaged(WeightsError):
    sentence = "{path} is no checkpoint, or is damaged: get it again"
    path: Path


class WeightsForeign(WeightsError):
    sentence = "{path} is no VGG19: {difference}"
    path: Path
    difference: str


class WeightsNotNumbers(WeightsError):
    sentence = "{path} is damaged: {key} holds values that aren't numbers"
    path: Path
    key: str


class DownloadFailed(WeightsError):
    sentence = "VGG19's weights can't be downloaded from {host}: {reason}"
    host: str
    reason: str


class DownloadCut(WeightsError):
    sentence = "what came from {url} is cut short or isn't vgg19: try again later"
    url: str


class DeviceError(BadInput):
    """The device isn't there; ``available`` lists those that are."""

    sentence = 'there is no device "{device}" here: choose auto or one of {available}'
    device: str
    available: Sequence[str] = ()


class UnsupportedGpu(DeviceError):
    """torch was built without code for this GPU, which is too old or too new for it."""

    sentence = (
        "this torch can't use the {gpu}: it was built for GPUs of compute capability "
        "{built_for}, not {capability}; requirements-torch.txt says which torch can"
    )
    gpu: str = ""
    capability: str = ""
    built_for: Sequence[str] = ()


class NoBf16(DeviceError):
    sentence = "the {device} here has no bf16: use --precision auto or fp32"


class TorchError(BadInput):
    """Torch can't be used."""


class TorchMissing(TorchError):
    sentence = "torch isn't installed: run `make lab`, or pip install -r requirements-torch.txt"


class TorchBroken(TorchError):
    sentence = (
        "torch can't be imported ({reason}): install it again with "
        "pip install --force-reinstall -r requirements-torch.txt"
    )
    reason: str


class TokenError(Explained, BadInput):
    """There is no usable bot token; the message never holds one."""


class ClusterError(Explained, BadInput):
    """The Ray cluster can't be used."""


class RunError(ArtstyleError):
    """A run began and couldn't finish."""


class LossNotANumber(RunError):
    sentence = "the loss is not a number, even in float32; try another picture or other weights"


class SavepointDamaged(RunError):
    sentence = "the savepoint is damaged"


class OutOfMemory(RunError):
    """The picture doesn't fit into memory: ``size`` is like ``1536×1024``, the rest is in GB."""

    sentence = (
        "levels {levels} ({size}, at least {needed:.1f} GB) doesn't fit into the "
        "{available:.1f} GB that are available; free some memory or use another device"
    )
    levels: int
    size: str
    needed: float
    available: float


class SmallerFits(OutOfMemory):
    """The picture doesn't fit into memory; ``smaller`` levels would."""

    sentence = (
        "levels {levels} ({size}, at least {needed:.1f} GB) doesn't fit into the "
        "{available:.1f} GB that are available; "
        "use levels {smaller} ({smaller_size}, at least {smaller_needed:.1f} GB)"
    )
    smaller: int
    smaller_size: str
    smaller_needed: float


class MemoryShort(RunError):
    sentence = "there wasn't enough memory: use smaller pictures or fewer levels"


class MachineLost(RunError):
    """The machine or process that ran a job is gone; ``times`` counts the attempts."""

    sentence = "the machine running it was lost {times} times: it may have too little memory"
    times: int = 1


class ProgramLost(RunError):
    """A run took the whole program down; ``times`` counts the attempts."""

    sentence = (
        "it was tried {times} times and the program broke down each time: "
        "it may need too much memory; use fewer levels"
    )
    times: int


class NoWorkers(RunError):
    """Jobs wait, and there is nothing that could run them."""

    sentence = "pictures are waiting, but no worker has been there for {seconds} s: check the log"
    seconds: int


class Unexpected(RunError):
    """An error nobody expected; the log has it under ``id``."""

    sentence = "something went wrong; the operator finds it in the log under {id}"
    id: str


class OutputGone(RunError):
    """Standard output can't be written: its reader has gone, or its disk is full."""

    sentence = "standard output can't be written ({reason})"
    reason: str


class DiskError(RunError):
    """Something can't be saved."""


class DiskFull(DiskError):
    sentence = "the disk is full, so the picture can't be saved: free some space, then try again"


class FilesExhausted(DiskError):
    sentence = "too many files and connections are open: close some, or raise the limit"


class DiskBroken(DiskError):
    sentence = "the disk can't be used ({reason}): check it"
    reason: str


class FolderGone(DiskError):
    sentence = (
        "the data folder is gone or was replaced: "
        "put the old one back, or start the program again with the new one"
    )


class DiskUnwritable(DiskError):
    sentence = "{path} can't be written ({reason}): check the data folder"
    path: Path
    reason: str


class DataError(Explained):
    """The data folder can't be used: taken by another process, damaged, too new."""


class QueueError(ArtstyleError):
    """A job isn't accepted."""


class QueueFull(QueueError):
    sentence = "the queue is full: {limit} pictures are waiting or running; try again later"
    limit: int


class OwnerFull(QueueError):
    sentence = "you already have {limit} pictures waiting or running: wait for one, or cancel one"
    limit: int


class AddressFull(QueueError):
    sentence = (
        "{limit} pictures from your address are waiting or running: wait for one, or cancel one"
    )
    limit: int


class DailyFull(QueueError):
    """What config.py allows one of the bot's users is used up."""

    sentence = "you have had {limit} pictures within 24 hours, which is the limit: try again later"
    limit: int


class GivenUp(QueueError):
    """The program died repeatedly while it read these pictures."""

    sentence = "these pictures couldn't be processed, not even at the second try: send smaller ones"


class QueueClosing(QueueError):
    sentence = "the program is stopping: try again when it is back"


class RequestError(ArtstyleError):
    """The lab refuses an HTTP request; `artstyle.lab.errors` has the status of each class."""

    sentence = "the server can't answer this request"


class RequestMalformed(RequestError):
    sentence = "the request isn't valid HTTP"


class ConnectionsBusy(RequestError):
    sentence = "too many pages are open right now; close some, or try again in a moment"


class NotFound(RequestError):
    sentence = "there is nothing here: the picture may have been removed"


class MethodNotAllowed(RequestError):
    sentence = "this address doesn't support that method"


class UnknownParameter(RequestError):
    sentence = "{name} must be one of {choices}"
    name: str
    choices: Sequence[str]


class NotACount(RequestError):
    sentence = "{name} must be a whole number, 0 or more"
    name: str


class TooManyJobs(RequestError):
    sentence = "more than {most} pictures at once; choose fewer"
    most: int


class NotJson(RequestError):
    sentence = "this isn't JSON; send it as application/json"


class JsonWrong(RequestError):
    sentence = "the JSON can't be used: {reason}"
    reason: str


class SidesTooLong(RequestError):
    sentence = "the picture has {width} × {height} px, too many for {format}, which ends at {most}"
    width: int
    height: int
    format: str
    most: int


class JobEnded(RequestError):
    sentence = "the job is already {status}"
    status: str


class NoResult(RequestError):
    sentence = "the job is {status}, so there is no result"
    status: str


class NoClip(RequestError):
    sentence = "the job is of a photo, so there is no MP4: ask for another format"


class AccessError(RequestError):
    """The sender of the request may not do this."""


class HostMissing(AccessError):
    sentence = "the request names no valid host; open the lab at the address that it printed"


class HostUnknown(AccessError):
    sentence = (
        'the lab doesn\'t serve the host "{host}"; open the address that it printed when it '
        'started, or add "{host}" to ALLOWED_HOSTS in config.py'
    )
    host: str


class ProxyUnknown(AccessError):
    sentence = (
        "the request came through a proxy that the lab doesn't know; set AST_URL to the address "
        "that visitors open, and the lab makes a token for those who may change things"
    )


class ForeignOrigin(AccessError):
    sentence = (
        "this request came from a page of another site, or a proxy changed its Host header; "
        "open the lab at its own address and try again"
    )


class LinkNeeded(AccessError):
    sentence = "to change anything here, open the link with the token that the lab printed"


class WrongLink(AccessError):
    sentence = "the token in this link isn't the lab's; copy the whole link that the lab printed"


class FormError(RequestError):
    """A form can't become a job."""


class FormRejected(FormError):
    """Something is wrong with some of the fields: ``errors`` by field."""

    sentence = "some fields of the form can't be used"
    errors: Mapping[str, ArtstyleError]


class NotAForm(FormError):
    sentence = "this isn't a form with files; send it as multipart/form-data"


class FormBroken(FormError):
    sentence = "the form is damaged or cut off; reload the page and send it again"


class FormEncoded(FormError):
    sentence = "the form or a field of it is compressed, encoded or nested; send each file as it is"


class FormTooLarge(FormError):
    sentence = "the form is larger than {megabytes:g} MB; choose smaller pictures"
    megabytes: float


class BeginningTooLong(FormError):
    sentence = "only the first {limit} bytes of a file are checked; send no more"
    limit: int


class FormTooLong(FormError):
    sentence = "the form has too many fields or headers; send fewer"


class UploadSlow(FormError):
    sentence = "the upload took too long; try smaller pictures or a faster connection"


class UploadsBusy(FormError):
    sentence = "too many pictures are being uploaded right now; try again in a moment"


class UnknownField(FormError):
    sentence = "the form has a field that the lab doesn't know; reload the page"


class FieldTwice(FormError):
    sentence = "the form has {setting} twice; reload the page and try again"
    field: str


class TitleTooLong(FormError):
    sentence = "the title is longer than {most} characters; shorten it"
    most: int


class CallbackRefused(FormError):
    sentence = (
        "callback must be an http or https address of a host that CALLBACK_HOSTS in config.py lists"
    )


class VariationsCount(FormError):
    sentence = "variations must be a whole number from 1 to {most}"
    most: int


class FieldIsText(FormError):
    sentence = "{picture} was sent as text; choose a file"
    role: Role


class FieldIsFile(FormError):
    sentence = "{setting} was sent as a file; type it into its field"
    field: str


class FieldTooLong(FormError):
    sentence = "{setting} is longer than {limit} bytes; shorten it"
    field: str
    limit: int


class FieldNotText(FormError):
    sentence = "{setting} isn't valid text; type it again"
    field: str


class RepeatGone(FormError):
    sentence = "the job that you want to repeat was removed; choose other pictures"


class Recorded(Explained):
    """A failure that an older version stored as an English sentence, perhaps with paths in it."""

    def __post_init__(self) -> None:
        self.reason = re.sub(r"(?<![^\s'\"(])(/[^\s/'\"]+)+/", "", str(self.reason))
