"""The Russian of what the pages say, by the English text."""

from collections.abc import Mapping

RUSSIAN: Mapping[str, str] = {
    # the frame of the pages
    "Skip to the content": "К содержанию",
    "reconnecting…": "восстанавливаю связь…",
    "Language": "Язык",
    "Paused": "Пауза",
    "Nothing is painted at the moment.": "Сейчас ничего не рисуется.",
    "It goes on by itself when that is over. No picture is lost.": (
        "Всё продолжится само, когда это пройдёт. Ни одна картинка не пропадёт."
    ),
    (
        "You can only look. To make or change pictures, open the link with the token that the "
        "program printed when it started."
    ): (
        "Вы можете только смотреть. Чтобы делать и менять картинки, откройте ссылку с токеном, "
        "которую программа показала при запуске."
    ),
    "Note": "Примечание",
    "Hide this note": "Скрыть примечание",
    (
        "VGG16, which is included, stands in for VGG19: the weights of VGG19 can't be downloaded."
    ): "Вместо VGG19 работает встроенная VGG16: веса VGG19 не скачиваются.",
    (
        "To use VGG19, connect to the internet or put {file} into {folder}, "
        "then restart the program."
    ): (
        "Чтобы работала VGG19, подключите интернет или положите {file} в {folder} "
        "и перезапустите программу."
    ),
    "Not found": "Не найдено",
    "That didn't work": "Не получилось",
    "To the pictures": "К картинкам",
    "Pictures are kept for {days} days.": "Картинки хранятся {days} дн.",
    # the pictures of a job
    "Painting {n}": "Картина {n}",
    "Mask": "Маска",
    "mask": "маска",
    "Where painting {n} is used": "Где картина {n}",
    "More paintings": "Ещё картины",
    "Where to paint: white is painted, black stays the photo": (
        "Где рисовать: белое рисуется, чёрное остаётся фотографией"
    ),
    "Without the further paintings and masks of the picture that is repeated": (
        "Без других картин и масок картинки, которая повторяется"
    ),
    # the form
    "Repaint a photo in the manner of a painting": "Фотография в манере картины",
    "A photo, repainted in the manner of a painting": "Фотография в манере картины",
    "Put in your photo, take a painting, and press Paint it.": (
        "Добавьте фотографию, выберите картину и нажмите «Нарисовать»."
    ),
    "Photo": "Фотография",
    "Painting": "Картина",
    "Result": "Результат",
    "photo": "фотография",
    "painting": "картина",
    "Choose a photo": "Выбрать фото",
    "Choose a painting": "Выбрать картину",
    "Drop or paste a photo here": "Перетащите или вставьте сюда фотографию",
    "Drop or paste a photo or a clip here": "Перетащите или вставьте сюда фотографию или ролик",
    "Drop or paste a painting here": "Перетащите или вставьте сюда картину",
    "Samples": "Образцы",
    "As before: {name}": "Как раньше: {name}",
    "The photo, repainted in the manner of the painting": "Фотография в манере картины",
    "Your picture appears here": "Здесь появится ваша картинка",
    "An example, made here before": "Пример, сделанный заранее",
    "Progress": "Ход работы",
    "Tell me when it's done": "Сообщить, когда будет готово",
    "Look closer": "Рассмотреть",
    "Keep this seed": "Оставить это зерно",
    "Paint it": "Нарисовать",
    "Four variations": "Четыре варианта",
    "The same with four different seeds": "То же с четырьмя разными зёрнами",
    "More settings": "Ещё настройки",
    "Set them all to:": "Выставить все:",
    "Default": "Обычные",
    "Pyramid": "Пирамида",
    "Classical": "Классика",
    "Sketch": "Эскиз",
    "A sketch of the picture": "Эскиз картинки",
    "in an instant": "мгновенно",
    "Title": "Название",
    "The names of the pictures if you leave it empty.": (
        "Если оставить пустым, будут имена картинок."
    ),
    "about {n} s": "около {n} с",
    "about {n} min": "около {n} мин",
    "about {n} h": "около {n} ч",
    "random": "случайное",
    "{low} to {high}": "от «{low}» до «{high}»",
    "{value}, from {left} to {right}": "{value}, от «{left}» до «{right}»",
    "yes": "да",
    "no": "нет",
    "Sending: {percent} %": "Отправлено {percent} %",
    "Checking the pictures": "Картинки проверяются",
    "{done} of {count} done": "готово {done} из {count}",
    "The seed {seed} is used for the next pictures.": "Для следующих картинок взято зерно {seed}.",
    "The settings are set.": "Настройки выставлены.",
    "The upload was stopped.": "Отправка остановлена.",
    "This browser can't show the file, but it can be used.": (
        "Браузер не показывает такой файл, но использовать его можно."
    ),
    "This picture can't be read. Reload the page and try again.": (
        "Картинка не читается. Обновите страницу и попробуйте ещё раз."
    ),
    "The server can't be reached.": "Сервер недоступен.",
    "The server can't be reached. Your entries are still here: try again.": (
        "Сервер недоступен. Всё введённое на месте: попробуйте ещё раз."
    ),
    "The server answered with an error ({status}).": "Сервер ответил ошибкой ({status}).",
    # further paintings in the form
    "Add a painting": "Добавить картину",
    "There is room for painting {n}.": "Есть место для картины {n}.",
    "Remove this painting": "Убрать эту картину",
    "Painting {n} was removed.": "Картина {n} убрана.",
    "{count} paintings are the most; the rest was left out.": (
        "Картин может быть не больше {count}; остальные не взяты."
    ),
    "Share": "Доля",
    "{percent} % of the style": "{percent} % стиля",
    "No part can be chosen: this browser can't show the file.": (
        "Часть выбрать нельзя: браузер не показывает этот файл."
    ),
    "Change the part": "Изменить часть",
    # the part of a painting that is used
    "Use a part": "Взять часть",
    "Use a part of the painting": "Взять часть картины",
    "The part that is used. Arrow keys move it, with Shift they size it.": (
        "Часть, которая используется. Стрелки двигают её, с Shift меняют размер."
    ),
    "Left {x} %, top {y} %, width {width} %, height {height} %": (
        "Слева {x} %, сверху {y} %, ширина {width} %, высота {height} %"
    ),
    "Top left corner": "Левый верхний угол",
    "Top right corner": "Правый верхний угол",
    "Bottom right corner": "Правый нижний угол",
    "Bottom left corner": "Левый нижний угол",
    "The whole painting": "Вся картина",
    "The photo with a patch of the painting in its size": (
        "Фотография с куском картины в её масштабе"
    ),
    "The patch has the size in which the strokes come out on the photo.": (
        "Кусок показан в том размере, в каком мазки лягут на фотографию."
    ),
    "Use it": "Взять",
    # what is marked on the photo
    "Paint only a part": "Рисовать только часть",
    "Remove the mask": "Убрать маску",
    "The whole photo is painted.": "Рисуется вся фотография.",
    "What was marked belonged to the other photo and was removed.": (
        "Отмеченное относилось к другой фотографии и убрано."
    ),
    "Mark what is repainted. What is hatched stays the photo.": (
        "Отметьте, что перерисовать. Заштрихованное останется фотографией."
    ),
    "What is marked": "Что отмечается",
    "The part to paint": "Что рисовать",
    "Painting {n} here": "Здесь картина {n}",
    "A painting that you mark nowhere takes what the others leave.": (
        "Картина, которую вы нигде не отметили, берёт то, что оставили другие."
    ),
    "Tool": "Инструмент",
    "Brush": "Кисть",
    "Brush size": "Размер кисти",
    "Eraser": "Ластик",
    "Rectangle": "Прямоугольник",
    "Mark inside": "Отметить внутри",
    "Unmark inside": "Снять внутри",
    "Undo a step": "Отменить шаг",
    "Redo a step": "Повторить шаг",
    "Invert": "Наоборот",
    "Clear": "Очистить",
    "The photo with what is marked": "Фотография с отмеченным",
    (
        "The rectangle. Arrow keys move it, with Shift they size it, Enter marks what is "
        "inside, Delete unmarks it."
    ): (
        "Прямоугольник. Стрелки двигают его, с Shift меняют размер, Enter отмечает то, что "
        "внутри, Delete снимает отметку."
    ),
    "What is in the rectangle is marked.": "То, что в прямоугольнике, отмечено.",
    "What is in the rectangle is unmarked.": "С того, что в прямоугольнике, отметка снята.",
    "Nothing is kept if you leave now: press Use it, or leave once more.": (
        "Отмеченное пропадёт, если выйти: нажмите «Взять» или выйдите ещё раз."
    ),
    "Nothing would be painted: mark the part that is to be repainted.": (
        "Рисовать было бы нечего: отметьте часть, которую нужно перерисовать."
    ),
    "Painting {n} would have no place: leave it some, or mark where it is used.": (
        "Картине {n} не осталось места: оставьте его или отметьте, где она нужна."
    ),
    # the gallery
    "Pictures": "Картинки",
    "Whose pictures": "Чьи картинки",
    "Yours": "Ваши",
    "Everybody's": "Все",
    "All": "Все",
    "Starred": "Избранные",
    "Search": "Поиск",
    "Search titles": "Поиск по названиям",
    "All paintings": "Все картины",
    "own painting": "своя картина",
    "State": "Состояние",
    "All states": "Любое состояние",
    "Finished": "Готовые",
    "Unfinished": "Незаконченные",
    "Failed or cancelled": "Неудачные и отменённые",
    "Show": "Показать",
    "Select": "Выбрать",
    "{count} selected": "Выбрано: {count}",
    "Select pictures to download or remove.": "Отметьте картинки, чтобы скачать или удалить.",
    "Download as zip": "Скачать архивом",
    "Remove": "Удалить",
    "Cancel": "Отмена",
    "Undo": "Вернуть",
    "“{title}” was removed.": "«{title}» удалена.",
    "{count} pictures were removed.": "Удалено картинок: {count}.",
    "{count} pictures are shown.": "Показано картинок: {count}.",
    "No picture matches. Try other words or filters.": (
        "Ничего не нашлось. Попробуйте другие слова или фильтры."
    ),
    "None yet.": "Пока ничего нет.",
    "More pictures": "Другие картинки",
    "Newer": "Новее",
    "Older": "Старше",
    "Page {n} of {count}": "Страница {n} из {count}",
    "Examples": "Примеры",
    "512 px, default settings": "512 пикселей, обычные настройки",
    "Progress of {title}": "Ход работы: {title}",
    "Cancel {title}": "Отменить: {title}",
    "Select {title}": "Отметить: {title}",
    "Star {title}": "В избранное: {title}",
    "More for {title}": "Ещё: {title}",
    "Use as photo": "Взять как фотографию",
    "Use as painting": "Взять как картину",
    "Repeat with changes": "Повторить с изменениями",
    "Download": "Скачать",
    "Rename": "Переименовать",
    "Your picture is ready": "Ваша картинка готова",
    # a picture's page
    "The photo": "Фотография",
    "This picture was removed.": "Эта картинка удалена.",
    "The picture was removed.": "Картинка удалена.",
    "Asked for on": "Заказана",
    "Kept until about": "Хранится примерно до",
    "From coarse to fine": "От грубого к тонкому",
    "The start picture: photo and noise": "Начало: фотография и шум",
    "Start": "Начало",
    "before iteration 1": "до первой итерации",
    "The picture at the end of stage {n}": "Картинка в конце этапа {n}",
    "enlarged": "увеличено",
    "{n} iterations": "итераций: {n}",
    "Along the way": "По дороге",
    "The picture at {percent} %": "Картинка на {percent} %",
    "The loss": "Функция потерь",
    (
        "The loss measures how far the picture still is from the photo's content and the "
        "painting's style. It falls with every iteration and starts over at each new size."
    ): (
        "Она показывает, как далеко картинка ещё от содержания фотографии и стиля картины. "
        "С каждой итерацией она падает, а с каждым новым размером начинает сначала."
    ),
    "Settings": "Настройки",
    "Setting": "Настройка",
    "Value": "Значение",
    "What it does": "Что делает",
    # how a job is
    "starting": "начинается",
    "reading the pictures": "читаются картинки",
    "loading the network": "загружается сеть",
    "waiting for a machine": "ждёт свободной машины",
    "moving to another machine": "переезжает на другую машину",
    "in progress": "рисуется",
    "done": "готово",
    "not reached": "не дошло",
    "failed": "не получилось",
    "cancelled": "отменено",
    "waiting": "ждёт",
    "started": "началось",
    "{time} left": "осталось {time}",
    "{percent} % · {time} left": "{percent} % · осталось {time}",
    "{percent} % · frame {n} of {total} · {time} left": (
        "{percent} % · кадр {n} из {total} · осталось {time}"
    ),
    "{percent} % done": "готово {percent} %",
    "iteration {n} of {total}": "итерация {n} из {total}",
    "frame {n} of {total}": "кадр {n} из {total}",
    "waiting, next in line": "ждёт, следующая в очереди",
    "waiting, number {n} in line": "ждёт, {n}-я в очереди",
    "starts in {time}": "до начала {time}",
    "waiting: {reason}": "ждёт: {reason}",
    "waiting for another machine": "ждёт другой машины",
    "moved to another machine": "переехала на другую машину",
    "paused, continues when the program starts again": ("пауза до следующего запуска программы"),
    "failed: {reason}": "не получилось: {reason}",
    "done in {time}": "готово за {time}",
    "The photo, not repainted yet": "Фотография, ещё не перерисованная",
    "The clip, not repainted yet": "Ролик, ещё не перерисованный",
    "{title}, unfinished": "{title}, не закончено",
    # settings
    "Size": "Размер",
    "Shorter side of the result; each step doubles it and takes four times the work.": (
        "Короткая сторона результата; каждый шаг удваивает её, а работы вчетверо больше."
    ),
    "2: 512 px": "2: 512 пикселей",
    "256 px": "256 пикселей",
    "512 px": "512 пикселей",
    "1024 px": "1024 пикселя",
    "2048 px": "2048 пикселей",
    "4096 px": "4096 пикселей",
    "8192 px": "8192 пикселя",
    "Photo ↔ Painting": "Фото ↔ Картина",
    "How photographic the subject stays: 0 is painted, 1 photographic.": (
        "Насколько предмет похож на фотографию: 0 — нарисован, 1 — как на фото."
    ),
    "more photo": "больше фото",
    "more painting": "больше картины",
    "Stroke size": "Размер мазков",
    "Size of the painting's strokes relative to the photo; less gives finer strokes.": (
        "Размер мазков картины относительно фотографии; чем меньше, тем тоньше мазки."
    ),
    "finer strokes": "тоньше",
    "larger strokes": "крупнее",
    "Weights of the paintings": "Доли картин",
    "How much of each painting a picture of several takes, like 2,1 for twice the first.": (
        "Сколько брать от каждой картины, если их несколько: 2,1 — от первой вдвое больше."
    ),
    "all the same": "поровну",
    "Part of the painting": "Часть картины",
    "The part whose style is taken: left, top, width and height as shares, like 0,0,0.5,0.5.": (
        "Часть, с которой берётся стиль: слева, сверху, ширина и высота в долях: 0,0,0.5,0.5."
    ),
    "the whole painting": "вся картина",
    "Colours": "Цвета",
    "Whose colours the result has; match moves the painting's palette onto the photo's.": (
        "Чьи цвета у результата; match подгоняет палитру картины к палитре фотографии."
    ),
    "the painting's": "картины",
    "the photo's": "фотографии",
    "the painting's, matched to the photo's": "картины, подогнанные к фотографии",
    "Keep faces": "Сохранить лица",
    "Leave the faces as they are in the photo.": "Оставить лица такими, как на фотографии.",
    "Seed": "Зерно",
    "A different seed gives a different picture.": "Другое зерно даёт другую картинку.",
    "Background": "Фон",
    "What is under transparent parts; keep leaves them transparent, in a JPEG white.": (
        "Что под прозрачными местами; keep оставляет их прозрачными, в JPEG белыми."
    ),
    "keep it transparent": "оставить прозрачным",
    "white": "белый",
    "black": "чёрный",
    "Method": "Способ",
    "By optimisation, or in one pass through a network, which gives a sketch at once.": (
        "Оптимизацией или за один проход через сеть, которая сразу даёт эскиз."
    ),
    "optimisation": "оптимизация",
    "a sketch, at once": "эскиз, сразу",
    "Iterations": "Итерации",
    "Optimisation steps in total, over all stages; more take longer.": (
        "Шаги оптимизации на всех этапах вместе; чем больше, тем дольше."
    ),
    "by device and levels": "по устройству и размеру",
    "Content loss": "Потери содержания",
    "How the photo's content is measured.": "Как измеряется содержание фотографии.",
    "against the painting's most similar parts": "по самым похожим местам картины",
    "against the photo's features, as in the paper": "по признакам фотографии, как в статье",
    "Closeness to the photo": "Близость к фотографии",
    "How strictly the photo's content is kept; more keeps shapes and faces closer to it.": (
        "Насколько строго хранится содержание; чем больше, тем ближе формы и лица."
    ),
    "Closeness to the painting": "Близость к картине",
    "How strictly the painting's style is followed.": "Насколько строго соблюдается стиль картины.",
    "Smoothness": "Гладкость",
    "Weight of the total variation; more gives calmer areas, less leaves more grain.": (
        "Вес полной вариации; чем больше, тем спокойнее плоскости, чем меньше, тем больше зерна."
    ),
    "Start picture": "Начальная картинка",
    "What the first iteration starts from.": "С чего начинается первая итерация.",
    "photo and noise": "фотография и шум",
    "the photo": "фотография",
    "the painting": "картина",
    "noise alone": "один шум",
    "Noise": "Шум",
    "The noise in the start picture, which brings flat areas to life.": (
        "Шум в начальной картинке, который оживляет ровные места."
    ),
    "structured: less at edges, fine spots away from the centre": (
        "структурный: слабее на краях, мелкий вдали от центра"
    ),
    "gradient: less at edges": "градиентный: слабее на краях",
    "permuted: the painting's own pixels": "перемешанные пиксели картины",
    "16 large spots": "16 больших пятен",
    "128 small spots": "128 маленьких пятен",
    "single pixels": "отдельные пиксели",
    "none": "нет",
    "Noise levels": "Уровни шума",
    "Other spots than the noise's own, like 9:0.3:0.2:0.2 for nine on the shorter side.": (
        "Другие пятна вместо обычных, например 9:0.3:0.2:0.2 — девять на короткой стороне."
    ),
    "those of the noise": "как у выбранного шума",
    "Amount of noise": "Сила шума",
    "The noise's share of the start picture where the photo is flat.": (
        "Доля шума в начальной картинке там, где фотография ровная."
    ),
    "that of the noise": "как у выбранного шума",
    "Style loss": "Потери стиля",
    "How the painting's style is measured.": "Как измеряется стиль картины.",
    "means and covariances": "средние и ковариации",
    "Gram matrices, as in the paper": "матрицы Грама, как в статье",
    "Schedule": "Порядок",
    "The order in which the sizes are optimised.": "В каком порядке оптимизируются размеры.",
    "coarse to fine": "от грубого к тонкому",
    "all sizes at once": "все размеры сразу",
    "Optimiser": "Оптимизатор",
    "How the pixels change from one iteration to the next.": (
        "Как пиксели меняются от итерации к итерации."
    ),
    "L-BFGS": "L-BFGS",
    "Adam": "Adam",
    "Network": "Сеть",
    "The network whose features are compared.": "Сеть, признаки которой сравниваются.",
    "VGG19 if available, else VGG16": "VGG19, если есть, иначе VGG16",
    "VGG19, as in the paper": "VGG19, как в статье",
    "VGG16, included": "VGG16, встроенная",
    "Device": "Устройство",
    "Where it is computed.": "Где это считается.",
    "the fastest": "самое быстрое",
    "CPU": "процессор",
    "GPU (CUDA)": "видеокарта (CUDA)",
    "GPU (MPS)": "видеокарта (MPS)",
    "Precision": "Точность",
    "Precision of the network; bfloat16 is faster where the hardware has it.": (
        "Точность сети; bfloat16 быстрее там, где её умеет железо."
    ),
    "float32": "float32",
    "bfloat16": "bfloat16",
    "Memory": "Память",
    "The most memory it may use, like 6G or 900M; larger pictures are computed in tiles.": (
        "Сколько памяти можно занять, например 6G или 900M; большие картинки считаются частями."
    ),
    "all that is free": "вся свободная",
    "Base size": "Основной размер",
    "Shorter side of level 0, for tests and experiments.": (
        "Короткая сторона нулевого уровня, для проверок и опытов."
    ),
    # the viewer
    "How much of the other picture is shown": "Сколько видно другой картинки",
    "Compare": "Сравнить",
    "Compare with": "Сравнить с",
    "Another…": "Другая…",
    "Side by side": "Рядом",
    "How it was painted": "Как она рисовалась",
    "Play how it was painted": "Показать, как она рисовалась",
    "The picture on its way": "Картинка на пути к результату",
    "Previous picture": "Предыдущая картинка",
    "Next picture": "Следующая картинка",
    "Zoom": "Масштаб",
    "Full screen": "Во весь экран",
    "Keys": "Клавиши",
    "Recent pictures": "Недавние картинки",
    "zoom to full size, and back": "увеличить до полного размера и обратно",
    "the previous and the next picture; when zoomed, move": (
        "предыдущая и следующая картинка; при увеличении — сдвинуть"
    ),
    "compare with the photo, and back": "сравнить с фотографией и обратно",
    "download as PNG": "скачать как PNG",
    "full screen": "во весь экран",
    "back: to the whole picture, then to all pictures": (
        "назад: к целой картинке, потом ко всем картинкам"
    ),
    "zoom in and out; also the wheel with Ctrl, or two fingers": (
        "крупнее и мельче; также колесо с Ctrl или два пальца"
    ),
    "Letters are keys on this page": "Буквы на этой странице — клавиши",
    "Close": "Закрыть",
    "Download MP4": "Скачать MP4",
    "Clip": "Ролик",
    "clip": "ролик",
    "{seconds} s": "{seconds} с",
    "{seconds} s, {fps} frames a second": "{seconds} с, {fps} кадров в секунду",
    "Download PNG": "Скачать PNG",
    "Download JPEG": "Скачать JPEG",
    "Download WebP": "Скачать WebP",
    "Make another one": "Сделать ещё одну",
    "Edit settings": "Изменить настройки",
    "Now": "Сейчас",
    "Variation": "Вариант",
    "The same with another seed": "То же с другим зерном",
    "Larger": "Крупнее",
    "Twice the size": "Вдвое больше",
    "This is the largest size.": "Это самый большой размер.",
    "Stronger": "Сильнее",
    "Closer to the painting": "Ближе к картине",
    "It can't come closer to the painting.": "Ближе к картине уже некуда.",
    "Weaker": "Слабее",
    "Closer to the photo": "Ближе к фотографии",
    "It can't come closer to the photo.": "Ближе к фотографии уже некуда.",
    "The picture. Enter zooms, then arrow keys move it.": (
        "Картинка. Enter увеличивает, потом стрелки двигают."
    ),
    "The painting": "Картина",
    "The result": "Результат",
    "{percent} % of {name}": "{percent} % — {name}",
    "Pause": "Пауза",
    "The settings of that picture are in the form now.": "Настройки той картинки теперь в форме.",
    "This file carries no settings. Drop a PNG that was made here.": (
        "В этом файле нет настроек. Перетащите PNG, сделанный здесь."
    ),
}
