"""Everything the bot says, in English and Russian."""

from dataclasses import dataclass

from artstyle.errors import ArtstyleError
from artstyle.jobs.job import Job, JobState, JobStatus, Phase
from artstyle.wording import duration, word


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What the bot says, by default in English; some names are those of `JobStatus` and `Phase`."""

    language: str = "en"
    help: str = (
        "I repaint a photo in the style of a painting.\n\n"
        "Send me two pictures in one message: first the photo, then the painting. "
        "I'll show you the progress every 20 % and send you the picture when it's done.\n\n"
        "You can add options in the caption, in plain words:\n"
        "• strong or weak: more like the painting, or more like the photo\n"
        "• keep colors: only the strokes of the painting, in the photo's colours\n"
        "• match colors: the painting's colours, matched to the photo's\n"
        "• keep faces: faces stay as in the photo\n"
        "• fine or bold: smaller or larger strokes\n"
        "• sketch: at once, but rougher\n"
        "• preview, standard or high: 256, 512 or 1024 px on the shorter side\n\n"
        "With up to four paintings after the photo, I ask whether to blend them or to make one "
        "picture each; “weights 2,1” blends them with twice as much of the first. With “mask”, the "
        "last picture says where to paint: white is painted, black stays the photo.\n\n"
        "Example: a portrait and Van Gogh's Starry Night with the caption "
        "“strong, keep colors”.\n\n"
        "A video or a GIF of up to 10 seconds and 20 MB in place of the photo becomes a painted "
        "video.\n\n"
        "Only a photo? Send it and choose one of my /paintings. "
        "/status shows your pictures, /cancel stops them, /language changes the language. "
        "Pictures sent as files keep their quality; each can be up to 20 MB."
    )
    hint: str = (
        "Send me two pictures in one message: first the photo, then the painting. "
        "Select both at once when you attach them. /help tells you more."
    )
    second: str = (
        "That's one picture. Send me the painting now, within two minutes, or choose one below, "
        "and I'll paint its manner on this one. /paintings shows them."
    )
    second_clip: str = (
        "That's one clip. Send me the painting now, within two minutes, or choose one below, "
        "and I'll paint its manner on the clip. /paintings shows them."
    )
    one_clip: str = "These are two clips: I paint one at a time."
    photo_first: str = "Send me a photo, then choose a painting for it:"
    language_name: str = "English"
    language_chosen: str = "I'll speak English."
    variations: str = "Four variations"
    sketch: str = "A sketch; the picture takes its place."
    timelapse: str = "Time-lapse"
    no_timelapse: str = "I no longer have the pictures for that."
    ask_pair: str = "Paint the second's manner on the first?"
    ask_clip: str = "Paint the picture's manner on the clip?"
    paint: str = "Paint it"
    ask_choice: str = "Blend them, or one picture each?"
    blend: str = "Blend them"
    each: str = "One picture each"
    not_a_picture: str = "“{}” isn't a picture."
    others: str = "Not all of these are pictures."
    too_many: str = "These are {} pictures: I take one photo, up to four paintings, and a mask."
    mask_alone: str = (
        "With the word mask I need at least three pictures: "
        "the photo, the painting, and the mask at the end."
    )
    group_hint: str = (
        "In a group I see only one of your two pictures. "
        "Reply to any of my messages with both pictures in one message, or reply to the photo "
        "with the painting and my name under it."
    )
    private: str = "This bot is private. You can run your own: it's free software."
    help_command: str = "How it works"
    status_command: str = "Your pictures"
    cancel_command: str = "Stop your pictures"
    paintings_command: str = "Sample paintings for your photo"
    language_command: str = "English or Russian"
    too_late: str = (
        "This picture came too late: I've already taken those before it. "
        "To make another one, send all pictures again in one message."
    )
    no_download: str = "I couldn't download your pictures from Telegram. Please send them again."
    accepted: str = "Got it{}."
    held: str = "Paused for now, and it'll go on by itself."
    long_wait: str = "The queue is long: it takes about {} until your picture begins."
    stats: str = (
        "Queue: {} waiting, {} running.\nIn the last 24 hours:\n• done: {}\n• failed: {}\n"
        "• mean wait: {}"
    )
    queued: str = "Number {} in the queue."
    starting: str = "Starting…"
    reading: str = "Reading the pictures…"
    loading: str = "Loading the network…"
    waiting: str = "Waiting for a free machine…"
    moving: str = "Moving to another machine…"
    progress: str = "{} % · {} left"
    progress_clip: str = "{} % · frame {} of {} · {} left"
    moved: str = "moved to another machine"
    done: str = "Done"
    done_in: str = "Done in {}."
    file_as_jpeg: str = "Telegram limits files to 50 MB, so this is a JPEG."
    photo_not_allowed: str = "This chat doesn't let me send photos."
    photo_refused: str = "Telegram didn't take the picture as a photo."
    file_not_allowed: str = "This chat doesn't let me send files."
    file_refused: str = "Telegram didn't take the picture as a file."
    unsure: str = "Telegram didn't confirm that the picture arrived. If you don't see it, press:"
    send_again: str = "Send again"
    file_too_large: str = (
        "The full-size picture is over Telegram's limit of 50 MB. "
        "Ask the person who runs this bot for it."
    )
    failed: str = "It didn't work."
    cancelled: str = "Cancelled."
    suspended: str = "The bot is restarting. It'll continue with your picture when it's back."
    gone: str = "I no longer have these pictures. Please send them again."
    not_yours: str = "Only the person who sent the pictures can do that."
    largest: str = "This is the largest size available here."
    started: str = "I'm making another one."
    nothing: str = "You have no pictures here."
    cancelled_count: str = "Cancelled: {}."
    cancel: str = "Cancel"
    stronger: str = "Stronger"
    weaker: str = "Weaker"
    colors: str = "Photo's colours"
    swapped: str = "Swap"
    larger: str = "Larger"

    def duration(self, seconds: float) -> str:
        return duration(seconds, self.language)

    def error(self, error: ArtstyleError) -> str:
        return f"{word(error, self.language)}."

    def status(self, job: Job) -> str:
        """How a job stands, in short."""
        running, state = job.status is JobStatus.RUNNING, job.state
        if running and state.step:
            left = duration(state.step.seconds_left, self.language)
            text = self.progress.format(int(state.step.percent), left)
            if state.frame:
                counts = int(state.step.percent), state.frame, state.frames
                text = self.progress_clip.format(*counts, left)
            return f"{text} · {self.moved}" if state.moves else text
        if job.held:
            return f"{self.held} {self.error(job.held)}"
        name = state.phase or Phase.STARTING if running else job.status
        return str(getattr(self, name)).format(job.position)

    def missing(self, photo: str, file: str) -> list[str]:
        """What a result wasn't sent as, by the names of two `Sending`, and why."""
        states = {f"photo_{photo}".lower(): photo, f"file_{file}".lower(): file}
        told = [getattr(self, name) for name in states if hasattr(self, name)]
        return [*told, self.unsure] if "UNSURE" in states.values() else told

    def end(self, state: JobState) -> str:
        """The last text about a job."""
        if state.status is JobStatus.CANCELLED:
            return self.cancelled
        if state.failure:
            return f"{self.failed} {self.error(state.failure.error())}"
        took = (state.ended or 0) - (state.started or 0)
        return self.done_in.format(duration(took, self.language))


ENGLISH = Texts()

RUSSIAN = Texts(
    language="ru",
    help=(
        "Я перерисовываю фотографию в стиле картины.\n\n"
        "Пришлите две картинки одним сообщением: сначала фотографию, потом картину. "
        "Каждые 20 % я покажу, что получается, а в конце пришлю результат.\n\n"
        "В подписи можно написать пожелания простыми словами:\n"
        "• сильно или слабо: больше похоже на картину или на фотографию\n"
        "• сохрани цвета: от картины только мазки, цвета как на фотографии\n"
        "• подгони цвета: цвета картины, подогнанные к фотографии\n"
        "• сохрани лица: лица останутся как на фотографии\n"
        "• мелко или крупно: мазки мельче или крупнее\n"
        "• эскиз: сразу, но грубее\n"
        "• набросок, обычный или большой: 256, 512 или 1024 пикселя по короткой стороне\n\n"
        "Если после фотографии несколько картин, до четырёх, я спрошу, смешать их или сделать "
        "по картинке на каждую; «веса 2,1» смешает их, и первой будет вдвое больше. Со словом "
        "«маска» последняя картинка показывает, где рисовать: белое рисуется, чёрное остаётся "
        "фотографией.\n\n"
        "Пример: портрет и «Звёздная ночь» Ван Гога с подписью «сильно, сохрани цвета».\n\n"
        "Вместо фотографии можно прислать видео или GIF до 10 секунд и 20 МБ: получится "
        "нарисованное видео.\n\n"
        "Есть только фотография? Пришлите её и выберите одну из моих картин: /paintings. "
        "/status покажет ваши картинки, /cancel остановит их, /language сменит язык. "
        "Картинки, отправленные файлами, не теряют в качестве; каждая может быть до 20 МБ."
    ),
    hint=(
        "Пришлите две картинки одним сообщением: сначала фотографию, потом картину. "
        "Выберите обе сразу, когда прикрепляете. Подробнее: /help"
    ),
    second=(
        "Это одна картинка. Пришлите в течение двух минут картину или выберите её ниже, и я "
        "перерисую эту картинку в её манере. Посмотреть картины: /paintings"
    ),
    second_clip=(
        "Это один ролик. Пришлите в течение двух минут картину или выберите её ниже, и я "
        "перерисую ролик в её манере. Посмотреть картины: /paintings"
    ),
    one_clip="Здесь два ролика, а я рисую по одному.",
    photo_first="Пришлите фотографию, потом выберите для неё картину:",
    language_name="Русский",
    language_chosen="Буду говорить по-русски.",
    variations="Четыре варианта",
    sketch="Эскиз; картинка появится на его месте.",
    timelapse="Как это рисовалось",
    no_timelapse="Картинок для этого у меня больше нет.",
    ask_pair="Перерисовать первую картинку в манере второй?",
    ask_clip="Перерисовать ролик в манере картинки?",
    paint="Перерисовать",
    ask_choice="Смешать их или по картинке на каждую?",
    blend="Смешать",
    each="По картинке на каждую",
    not_a_picture="«{}» — не картинка.",
    others="Здесь не только картинки.",
    too_many="Картинок здесь: {}. Нужны одна фотография, до четырёх картин и, может быть, маска.",
    mask_alone=(
        "Со словом «маска» нужно не меньше трёх картинок: фотография, картина и в конце маска."
    ),
    group_hint=(
        "В группе я вижу только одну из двух картинок. "
        "Пришлите обе одним сообщением в ответ на любое моё или ответьте на фотографию картиной "
        "с моим именем в подписи."
    ),
    private="Этот бот закрытый, но можно запустить свой: программа свободная.",
    help_command="Как это работает",
    status_command="Ваши картинки",
    cancel_command="Остановить ваши картинки",
    paintings_command="Картины для вашей фотографии",
    language_command="Русский или английский",
    too_late=(
        "Эта картинка пришла слишком поздно: остальные я уже взял в работу. "
        "Чтобы сделать ещё одну, пришлите все картинки снова одним сообщением."
    ),
    no_download="Не удалось скачать ваши картинки из Telegram. Пришлите их, пожалуйста, ещё раз.",
    accepted="Принято{}.",
    held="Пока пауза, потом всё продолжится само.",
    long_wait="Очередь длинная: примерно {}, пока очередь дойдёт до вашей картинки.",
    stats=(
        "Очередь: ждут {}, делаются {}.\nЗа последние сутки:\n• готово: {}\n• не вышло: {}\n"
        "• ждали в среднем: {}"
    ),
    queued="Номер {} в очереди.",
    starting="Начинаю…",
    reading="Читаю картинки…",
    loading="Загружаю нейросеть…",
    waiting="Жду свободную машину…",
    moving="Переношу на другую машину…",
    progress="{} % · осталось {}",
    progress_clip="{} % · кадр {} из {} · осталось {}",
    moved="перенесено на другую машину",
    done="Готово",
    done_in="Готово за {}.",
    file_as_jpeg="Telegram принимает файлы до 50 МБ, поэтому это JPEG.",
    photo_not_allowed="В этом чате мне нельзя отправлять фотографии.",
    photo_refused="Telegram не принял картинку как фотографию.",
    file_not_allowed="В этом чате мне нельзя отправлять файлы.",
    file_refused="Telegram не принял картинку как файл.",
    unsure="Telegram не подтвердил, что картинка дошла. Если её не видно, нажмите:",
    send_again="Прислать снова",
    file_too_large=(
        "В полном размере картинка больше 50 МБ, а больше Telegram не принимает. "
        "Получить её можно у владельца бота."
    ),
    failed="Не получилось.",
    cancelled="Отменено.",
    suspended="Бот перезапускается. Когда он вернётся, работа над картинкой продолжится.",
    gone="Этих картинок у меня больше нет. Пришлите их ещё раз.",
    not_yours="Это может сделать только тот, кто прислал картинки.",
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
)

LANGUAGE = "Language · Язык"
LANGUAGES = {each.language: each for each in (ENGLISH, RUSSIAN)}

# Russian for the words that captions may hold
RUSSIAN_WORDS = {
    "сильно": "strong",
    "слабо": "weak",
    "мелко": "fine",
    "крупно": "bold",
    "сохрани цвета": "keep colors",
    "сохранить цвета": "keep colours",
    "сохрани лица": "keep faces",
    "эскиз": "sketch",
    "подгони цвета": "match colors",
    "подогнать цвета": "match colours",
    "набросок": "preview",
    "обычный": "standard",
    "большой": "high",
}


def texts(code: str | None) -> Texts:
    """The texts for the language code of a user's client, else the English ones."""
    return LANGUAGES.get((code or "en").partition("-")[0].lower(), ENGLISH)
