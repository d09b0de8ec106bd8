"""How errors and figures are worded, in English and Russian."""

from artstyle.errors import PHRASES, ArtstyleError, fill

RUSSIAN_PHRASES = {
    "content": "фотография",
    "style": "картина",
    "style_2": "вторая картина",
    "style_3": "третья картина",
    "style_4": "четвёртая картина",
    "mask": "маска",
    "style_mask": "маска картины",
    "style_mask_2": "маска второй картины",
    "style_mask_3": "маска третьей картины",
    "style_mask_4": "маска четвёртой картины",
    "clip": "ролик",
    "": "картинка",
    "number": "числом",
    "whole": "целым числом",
    "switch": "«on» или «off»",
    "size": "размером вроде 6G или 900M",
    "weights": "числами, от одного до четырёх, например 2,1",
    "crop": "долями картины: слева, сверху, ширина, высота, например 0.2,0.2,0.5,0.5",
}

# An error's sentence by its code; English stands with the classes in `artstyle.errors`.
RUSSIAN = {
    "artstyle-error": "что-то пошло не так",
    "explained": "{reason}",
    "picture-missing": "{picture}: файла нет ({path}); проверьте путь",
    "picture-unreadable": "{picture}: файл не читается ({reason}); возьмите другой",
    "picture-is-no-file": "{picture}: это папка или устройство; укажите файл с картинкой",
    "no-pictures": "в папке {folder} нет картинок; укажите картинку или папку с картинками",
    "picture-empty": "{picture}: файл пустой (0 байт); возьмите другой",
    "picture-unknown": "{picture}: формат не поддерживается; нужен один из {formats}",
    "picture-unsupported": "{picture}: формата {format} программа не знает; нужен JPEG или PNG",
    "heif-missing": (
        "{picture}: формат HEIC (так снимает iPhone), а читать его здесь нечем; сохраните в JPEG "
        "или установите requirements-heif.txt"
    ),
    "picture-cut": "{picture}: файл обрезан, не хватает {percent} %; пришлите его целиком",
    "picture-half": "{picture}: файл обрезан, есть только {percent} %; пришлите его целиком",
    "picture-damaged": "{picture}: файл повреждён; сохраните его заново в JPEG или PNG",
    "picture-mode": "{picture}: цвета в виде {mode}; сохраните как RGB или серое, 8 или 16 бит",
    "picture-too-large": "{picture}: больше {megapixels} мегапикселей; сначала уменьшите её",
    "picture-too-small": "{picture}: {width} × {height} точек, а нужно не меньше {least}",
    "picture-too-long": "{picture}: {width} × {height} точек; нужно не уже 1 к {ratio}",
    "picture-heavy": "{picture}: файл больше {megabytes:g} МБ; возьмите поменьше",
    "picture-memory": "{picture}: нужно слишком много памяти; уменьшите картинку",
    "picture-slow": "{picture}: открывается слишком долго; сохраните заново в JPEG или PNG",
    "picture-gone": "{picture}: файла больше нет; пришлите его ещё раз",
    "picture-not-chosen": "{picture}: выберите файл или один из примеров",
    "picture-needs-other": "{picture}: нужна и {wanted}; выберите обе или ни одной",
    "too-many-styles": "картин {count}, а можно не больше {most}: уберите лишние",
    "style-masks-count": "масок {masks}, а картин {styles}: нужна одна на каждую картину",
    "mask-shape": (
        "{picture}: {width} × {height} точек, а у фотографии {photo_width} × {photo_height} — "
        "другие пропорции; рисуйте маску по фотографии"
    ),
    "mask-black": "{picture}: вся чёрная; сделайте белым место, где нужна эта картина",
    "crop-small": "{picture}: выбрано {width} × {height} точек, а нужно не меньше {least}",
    "sample-missing": "такого примера нет; выберите другой",
    "no-metadata": "{picture}: в файле нет настроек artstyle; нужен PNG, сохранённый программой",
    "clips-refused": "ролики здесь не рисуются; возьмите фотографию",
    "mask-for-clip": "{picture}: маски — для фотографий, а это ролик; уберите маску",
    "clip-reader-missing": "читать видео нечем; установите requirements-base.txt",
    "clip-unreadable": "{picture}: файл не читается ({reason}); возьмите другой",
    "clip-without-video": "{picture}: в файле нет видео; возьмите другой",
    "clip-damaged": "{picture}: файл повреждён или обрезан; сохраните его заново",
    "clip-unsupported": "{picture}: видео сжато как {codec}; сохраните его в H.264",
    "clip-too-long": "{picture}: {seconds:g} с, а можно до {most:g} с; возьмите часть",
    "clip-heavy": "{picture}: файл больше {megabytes:g} МБ; возьмите поменьше",
    "clip-too-short": "{picture}: всего {seconds:g} с; начните раньше, а не с {begin:g} с",
    "frames-of-another": (
        "{path}: кадры других картинок или настроек; --force начнёт заново, --work укажет "
        "другую папку"
    ),
    "frames-folder-taken": "{path}: в папке другие файлы; укажите пустую папку в --work",
    "frames-busy": "кадры в {path} уже рисует другой процесс; подождите или остановите его",
    "malformed": "«{setting}» должно быть {wanted}, а не «{value}»",
    "out-of-range": "«{setting}» должно быть от {low} до {high}, а не {value}",
    "too-near-zero": "«{setting}» должно быть 0 или не меньше {least:g}",
    "unknown-choice": "«{setting}»: значения «{value}» нет; есть {choices}",
    "no-weight": "веса содержания и стиля оба равны 0: увеличьте один из них",
    "no-style-weight": "«{setting}»: все числа равны 0; увеличьте одно из них",
    "style-weights-count": "«{setting}»: чисел {count}, а картин {styles}; нужно по одному",
    "crop-outside": (
        "{value} — не часть картины; нужны доли от 0 до 1: слева, сверху, ширина, высота, "
        "например 0.2,0.2,0.5,0.5"
    ),
    "crops-count": "«{setting}»: частей {count}, а картин {styles}; уберите лишние",
    "no-noise": "началу «noise» нужен шум, а выбран «none»: выберите другой шум или другое начало",
    "noise-unused": "«{setting}» не действует с шумом «none»: не задавайте или выберите другой шум",
    "noise-level-malformed": "«{value}» — не уровень шума; нужно {form}, например 9:0.3:0.2:0.2",
    "noise-level-out-of-range": "уровень шума: {part} от {low:g} до {high:g}, а не {value}",
    "noise-levels-count": "«{setting}»: уровней должно быть от 1 до {most}, а не {count}",
    "not-for-clips": "«{setting}» {value} — только для фото, не для роликов; уберите",
    "no-realism": "«realism» не действует с «features»: не задавайте его или выберите «neighbors»",
    "named-twice": "«{setting}» {value} — это {other} {meant}, а задано {given}; уберите одно",
    "size-twice": "preset «{preset}» — это {preset_size} точек, а levels {levels} — {size}",
    "output-error": "результат не записать: {reason}",
    "argument-error": "неверный параметр: {reason}",
    "weights-unreadable": "веса сети в {path} не читаются: {reason}",
    "weights-are-no-file": "{path}: это папка или устройство; укажите файл с весами (.pth)",
    "weights-damaged": "{path}: это не файл с весами, или он повреждён; скачайте его заново",
    "weights-foreign": "{path}: это не VGG19 ({difference})",
    "weights-not-numbers": "{path}: файл с весами повреждён ({key}); скачайте его заново",
    "download-failed": "веса VGG19 не скачать с {host}: {reason}",
    "download-cut": "{url}: скачалось не всё или не то; попробуйте позже",
    "device-error": "устройства «{device}» здесь нет; есть auto, {available}",
    "unsupported-gpu": (
        "этот torch не умеет считать на {gpu}: он собран для compute capability {built_for}, а не "
        "{capability}; какой умеет, сказано в requirements-torch.txt"
    ),
    "no-bf16": "здесь {device} не умеет bf16: выберите точность auto или fp32",
    "torch-missing": "torch не установлен: pip install -r requirements-torch.txt",
    "torch-broken": "torch не загружается ({reason}); переустановите его",
    "token-error": "с токеном бота что-то не так: {reason}",
    "cluster-error": "кластер использовать нельзя: {reason}",
    "loss-not-a-number": "вычисления не сходятся; возьмите другую картинку или другие веса",
    "savepoint-damaged": "сохранённое состояние повреждено",
    "out-of-memory": "для {size} нужно {needed:.1f} ГБ памяти, а доступно {available:.1f} ГБ",
    "smaller-fits": "{size}: нужно {needed:.1f} ГБ, есть {available:.1f} ГБ; берите {smaller_size}",
    "memory-short": "не хватило памяти: возьмите картинки поменьше или меньший размер",
    "machine-lost": "машина с этой работой пропадала {times} раза: возможно, ей не хватает памяти",
    "program-lost": "программа падала {times} раза на этой работе: возможно, ей не хватает памяти",
    "no-workers": "картинки ждут, но уже {seconds} с нет ни одного исполнителя: смотрите журнал",
    "unexpected": "что-то пошло не так; владелец найдёт это в журнале под номером {id}",
    "output-gone": "стандартный вывод не записать ({reason})",
    "disk-full": "на диске нет места, картинку не сохранить; попробуйте позже",
    "files-exhausted": "открыто слишком много файлов и соединений; попробуйте позже",
    "disk-broken": "диск не работает ({reason})",
    "folder-gone": "папка с данными пропала или заменена; верните её или перезапустите программу",
    "disk-unwritable": "{path} не записать ({reason})",
    "data-error": "папку с данными использовать нельзя: {reason}",
    "queue-full": "очередь заполнена: ждут или делаются {limit} картинок; попробуйте позже",
    "owner-full": "у вас уже {limit} картинок в очереди: дождитесь одной из них или отмените",
    "address-full": "с вашего адреса уже {limit} картинок в очереди: дождитесь одной из них",
    "daily-full": "за сутки можно {limit} картинок, и они уже были: попробуйте позже",
    "given-up": "эти картинки не удалось обработать и со второго раза: пришлите картинки поменьше",
    "queue-closing": "программа останавливается: попробуйте, когда она снова заработает",
    "request-error": "сервер не может ответить на этот запрос",
    "request-malformed": "это не правильный запрос HTTP",
    "connections-busy": "сейчас открыто слишком много страниц; попробуйте чуть позже",
    "not-found": "здесь ничего нет: возможно, картинку удалили",
    "method-not-allowed": "этот адрес не поддерживает такой метод",
    "unknown-parameter": "{name}: можно только {choices}",
    "not-a-count": "{name} должно быть целым числом от 0",
    "too-many-jobs": "больше {most} картинок сразу; выберите меньше",
    "not-json": "это не JSON; отправьте его как application/json",
    "json-wrong": "этот JSON не подходит: {reason}",
    "sides-too-long": "{width} × {height} точек не помещаются в {format}: там не больше {most}",
    "job-ended": "задание уже завершено ({status})",
    "no-clip": "MP4 нет: задание — фотография; выберите другой формат",
    "no-result": "результата нет: задание в состоянии {status}",
    "host-missing": "в запросе нет имени сервера; откройте адрес, показанный при запуске",
    "host-unknown": "сервер не знает имени «{host}»: добавьте его в ALLOWED_HOSTS в config.py",
    "proxy-unknown": "запрос пришёл через неизвестный прокси; задайте AST_URL — адрес сервера",
    "foreign-origin": "запрос пришёл с чужой страницы; откройте собственный адрес сервера",
    "link-needed": "чтобы что-то менять, откройте ссылку с токеном, показанную при запуске",
    "wrong-link": "токен в ссылке неверный; скопируйте всю ссылку, показанную при запуске",
    "form-rejected": "некоторые поля формы заполнены неверно",
    "not-a-form": "это не форма с файлами; отправьте её как multipart/form-data",
    "form-broken": "форма повреждена или обрезана; обновите страницу и отправьте ещё раз",
    "form-encoded": "форма или её поле сжаты или вложены; отправьте каждый файл как есть",
    "form-too-large": "форма больше {megabytes:g} МБ; возьмите картинки поменьше",
    "beginning-too-long": "проверяются только первые {limit} байт файла",
    "form-too-long": "в форме слишком много полей или заголовков",
    "upload-slow": "загрузка шла слишком долго; возьмите картинки поменьше",
    "uploads-busy": "сейчас загружается слишком много картинок; попробуйте чуть позже",
    "unknown-field": "в форме есть неизвестное поле; обновите страницу",
    "field-twice": "поле «{setting}» в форме дважды; обновите страницу",
    "title-too-long": "название длиннее {most} знаков; сократите",
    "callback-refused": "callback — адрес http или https на сервере из CALLBACK_HOSTS в config.py",
    "variations-count": "variations — целое число от 1 до {most}",
    "field-is-text": "{picture}: пришёл текст; выберите файл",
    "field-is-file": "{setting}: пришёл файл; впишите значение в поле",
    "field-too-long": "{setting}: больше {limit} байт; сократите",
    "field-not-text": "{setting}: это не текст; впишите ещё раз",
    "repeat-gone": "задание, которое вы хотите повторить, удалено; выберите другие картинки",
    "recorded": "что-то пошло не так",
}


def word(error: ArtstyleError, language: str = "en") -> str:
    """An error's sentence in a language (``en``, ``ru``), with a capital letter.

    A file's name at its beginning stays as it is.
    """
    russian = language == "ru"
    template = error.sentence
    if russian:
        template = RUSSIAN.get(error.code, RUSSIAN["artstyle-error"])
    text = fill(template, error.data, RUSSIAN_PHRASES if russian else PHRASES)
    named = template.startswith("{path}") or (
        error.data.get("name") and template.startswith("{picture}")
    )
    return text if named else sentence(text)


DURATIONS = {
    "en": ("{} s", "{} min {} s", "{} h {} min"),
    "ru": ("{} с", "{} мин {} с", "{} ч {} мин"),
}


def duration(seconds: float, language: str = "en") -> str:
    """``48 s``, ``3 min 20 s``, ``2 h 5 min``."""
    short, medium, long = DURATIONS[language]
    whole = round(max(0.0, seconds))  # clocks are set back
    if whole < 100:
        return short.format(whole)
    if whole < 3600:
        return medium.format(whole // 60, whole % 60)
    return long.format(whole // 3600, whole % 3600 // 60)


def sentence(message: object) -> str:
    """Begin a message with a capital letter, and leave the rest as it is."""
    text = str(message)
    return f"{text[:1].upper()}{text[1:]}"
