"""What the pages say of the pictures that a job is made of, and what a form asks for."""

from dataclasses import dataclass

from artstyle import style_weights
from artstyle.jobs import Job
from artstyle.lab.views import called, is_own, length
from artstyle.lab.words import translator
from artstyle.roles import STYLE_MASKS, STYLES, Role
from artstyle.style.pyramid import Size


@dataclass(frozen=True, slots=True)
class Shown:
    """One of a job's pictures on its page."""

    role: Role
    kind: str  # what it is for
    name: str
    size: Size
    share: int | None  # of a painting in the style, in percent
    length: str  # of a clip, in words


def shown_pictures(job: Job, language: str = "en") -> list[Shown]:
    """The photo, the paintings with their shares, and the masks."""
    shares = dict(zip(STYLES, _shares(job), strict=False))
    several = len(shares) > 1
    found = []
    for role, source in job.request.sources.items():
        kind = kind_of(role, language, numbered=several)
        if source.length is not None:
            kind = translator(language)("Clip")
        name = kind if is_own(source) else called(source, language)
        share = shares.get(role) if several else None
        found.append(Shown(role, kind, name, source.size, share, length(source, language)))
    return found


def kind_of(role: Role, language: str = "en", *, numbered: bool = True) -> str:
    """What a picture is for, in the words of a page."""
    t = translator(language)
    if role in STYLES:
        return t("Painting {n}", n=STYLES.index(role) + 1) if numbered else t("Painting")
    if role in STYLE_MASKS:
        return t("Where painting {n} is used", n=STYLE_MASKS.index(role) + 1)
    return t("Photo") if role == "content" else t("Mask")


def further_fields(language: str = "en") -> list[dict[str, str]]:
    """The pictures that a form may have besides the first two."""
    t = translator(language)
    paintings = [{"role": role, "label": kind_of(role, language)} for role in STYLES[1:]]
    mask = t("Where to paint: white is painted, black stays the photo")
    return [*paintings, {"role": "mask", "label": mask}]


def _shares(job: Job) -> list[int]:
    """How much of the style each painting makes, in percent."""
    weights = style_weights.shares(job.request.settings.style_weights, len(job.request.styles))
    return [round(100 * each) for each in weights]
