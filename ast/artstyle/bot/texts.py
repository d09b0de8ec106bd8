"""Everything the bot says, in English and Russian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artstyle.errors import ArtstyleError, DiskError, OutOfMemory, PictureError, QueueError
from artstyle.wording import sentence

if TYPE_CHECKING:
    from artstyle.progress import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """One language."""

    help: str
    hint: str
    group_hint: str
    private: str
    commands: dict[str, str]
    too_late: str
    too_large: str
    no_download: str
    taken: str
    waiting: str
    working: str
    progress: str
    moved: str
    seconds: str
    minutes: str
    done: str
    done_in: str
    file_as_jpeg: str
    file_too_large: str
    failed: str
    cancelled: str
    suspended: str
    gone: str
    not_yours: str
    largest: str
    started: str
    nothing: str
    cancelled_count: str
    cancel: str
    stronger: str
    weaker: str
    colors: str
    swapped: str
    larger: str
    error: str
    bad_picture: str
    full: str
    disk: str
    memory: str

    def duration(self, seconds: float) -> str:
        """Word a time."""
        whole = max(0, round(seconds))  # clocks are set back
        if whole < 100:
            return self.seconds.format(whole)
        return self.minutes.format(-(-whole // 60))

    def running(self, step: Step | None, moves: int) -> str:
        """Word how a job stands that runs."""
        if step is None:
            return self.working
        how = self.progress.format(int(step.percent), self.duration(step.seconds_left))
        return f"{how} · {self.moved}" if moves else how

    def of_error(self, error: ArtstyleError) -> str:
        """Word an error: in English it says itself what is wrong and what to do."""
        if self is ENGLISH:
            return f"{sentence(error)}."
        match error:
            case PictureError():
                return self.bad_picture
            case QueueError():
                return self.full
            case DiskError():
                return self.disk
            case OutOfMemory():
                return self.memory
        return self.error


ENGLISH = Texts(
    help=(
        "I repaint a photo in the manner of a painting.\n\n"
        "Send me two pictures in one message: first the photo, then the painting. "
        "I show you how it goes at every 20 % and send the picture when it is done.\n\n"
        "You can write options under the pictures, in plain words:\n"
        "• strong or weak: more or less of the painting\n"
        "• keep colors: only the strokes, in the photo's colours\n"
        "• fine or bold: smaller or larger strokes\n"
        "• preview, standard or high: 256, 512 or 1024 px on the shorter side\n\n"
        "Example: a portrait and Van Gogh's Starry Night with the words “strong, keep colors”.\n\n"
        "/status shows your pictures, /cancel stops them. Sent as files, pictures keep their "
        "quality; each may have up to 20 MB."
    ),
    hint=(
        "Send me two pictures in one message: first the photo, then the painting. "
        "Choose both at once when you attach them. /help tells more."
    ),
    group_hint=(
        "In a group I see only one of your two pictures. "
        "Answer any of my messages with both of them in one message."
    ),
    private="This bot works for a few people only. You can run your own: it is free.",
    commands={
        "help": "How it works",
        "status": "Your pictures",
        "cancel": "Stop your pictures",
    },
    too_late="This one came too late: I have already begun with the first two. "
    "For another picture, send both again in one message.",
    too_large="{} is larger than 20 MB, and Telegram lets bots fetch no more: send a smaller one.",
    no_download="Telegram didn't give me your pictures. Please send them again.",
    taken="Taken{}.",
    waiting="In line: number {}.",
    working="I begin…",
    progress="{} % · {} left",
    moved="moved to another machine",
    seconds="{} s",
    minutes="{} min",
    done="Done",
    done_in="Done in {}.",
    file_as_jpeg="Telegram takes files up to 50 MB, so this is a JPEG.",
    file_too_large="In full size it is larger than the 50 MB that Telegram takes; "
    "whoever runs the bot has it.",
    failed="It didn't work: {}",
    cancelled="Cancelled.",
    suspended="The bot is being restarted. Your picture goes on when it is back.",
    gone="I no longer have these pictures: send them again.",
    not_yours="Only who sent the pictures can do that.",
    largest="It can't get larger here.",
    started="I make another one.",
    nothing="You have no pictures here.",
    cancelled_count="Cancelled: {}.",
    cancel="Cancel",
    stronger="Stronger",
    weaker="Weaker",
    colors="Photo's colours",
    swapped="Swap",
    larger="Larger",
    error="Something went wrong. Please try again.",
    bad_picture="I can't read one of the pictures.",
    full="Too many pictures wait already.",
    disk="My disk is full.",
    memory="My memory is too small for this size.",
)

RUSSIAN = Texts(
    help=(
        "Я перерисовываю фотографию в манере картины.\n\n"
        "Пришлите две картинки одним сообщением: сначала фотографию, потом картину. "
        "Каждые 20 % я покажу, как идёт дело, а в конце пришлю результат.\n\n"
        "Под картинками можно написать пожелания простыми словами:\n"
        "• сильно или слабо: больше или меньше от картины\n"
        "• сохрани цвета: только мазки, а цвета фотографии\n"
        "• мелко или крупно: мазки мельче или крупнее\n"
        "• набросок, обычный или большой: 256, 512 или 1024 точек по короткой стороне\n\n"
        "Пример: портрет и «Звёздная ночь» Ван Гога со словами «сильно, сохрани цвета».\n\n"
        "/status покажет ваши картинки, /cancel остановит их. Картинки, присланные файлами, "
        "не теряют качества; каждая — до 20 МБ."
    ),
    hint=(
        "Пришлите две картинки одним сообщением: сначала фотографию, потом картину. "
        "Выберите обе сразу, когда прикрепляете. Подробнее: /help"
    ),
    group_hint=(
        "В группе я вижу только одну из двух картинок. "
        "Пришлите обе одним сообщением в ответ на любое моё."
    ),
    private="Этот бот работает только для нескольких человек. Можно запустить свой: он свободный.",
    commands={
        "help": "Как это работает",
        "status": "Ваши картинки",
        "cancel": "Остановить ваши картинки",
    },
    too_late="Эта картинка опоздала: я уже начал с первыми двумя. "
    "Чтобы сделать другую, пришлите обе снова одним сообщением.",
    too_large="{}: больше 20 МБ, а больше Telegram ботам не отдаёт. Пришлите поменьше.",
    no_download="Telegram не отдал мне ваши картинки. Пришлите их, пожалуйста, ещё раз.",
    taken="Принято{}.",
    waiting="В очереди: номер {}.",
    working="Начинаю…",
    progress="{} % · осталось {}",
    moved="перенесено на другую машину",
    seconds="{} с",
    minutes="{} мин",
    done="Готово",
    done_in="Готово за {}.",
    file_as_jpeg="Telegram принимает файлы до 50 МБ, поэтому это JPEG.",
    file_too_large="В полном размере это больше 50 МБ, которые принимает Telegram; "
    "файл есть у владельца бота.",
    failed="Не получилось. {}",
    cancelled="Отменено.",
    suspended="Бот перезапускается. Ваша картинка продолжится, когда он вернётся.",
    gone="Этих картинок у меня больше нет: пришлите их снова.",
    not_yours="Это может только тот, кто прислал картинки.",
    largest="Больше здесь не получится.",
    started="Делаю ещё одну.",
    nothing="Ваших картинок здесь нет.",
    cancelled_count="Отменено: {}.",
    cancel="Отменить",
    stronger="Сильнее",
    weaker="Слабее",
    colors="Цвета фото",
    swapped="Наоборот",
    larger="Больше",  # not "крупнее", which is said of strokes
    error="Что-то пошло не так. Попробуйте ещё раз.",
    bad_picture="Не могу прочитать одну из картинок: пришлите её ещё раз или возьмите другую.",
    full="Слишком много картинок уже ждёт: подождите или отмените одну (/cancel).",
    disk="На моём диске нет места. Попробуйте позже.",
    memory="Для такого размера мне не хватает памяти: выберите поменьше.",
)

LANGUAGES = {"en": ENGLISH, "ru": RUSSIAN}


def texts(code: str | None) -> Texts:
    """Give the language that a user's client speaks, or English."""
    return LANGUAGES.get((code or "en").partition("-")[0].lower(), ENGLISH)
