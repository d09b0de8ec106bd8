"""Settings of the algorithm, the lab and the bot.

Variables of the environment named AST_<NAME> override them (docs/CONFIG.md), and options of the
command line override both. So does a file like this one that `--config FILE` names; it need only
set what it changes, and `artstyle --config FILE` takes the algorithm's settings from it.
"""

from artstyle import NoiseLevel

# ---- the algorithm --------------------------------------------------------------------
# None is the program's own default; docs/CLI.md has it, and the values that are possible. What
# somebody chooses overrides these, and so does a preset in what it sets.
LEVELS: int | None = None  # of the pyramid: 1 is 256 px on the shorter side, each doubles it
REALISM: float | None = None  # how photographic the subject stays, from 0 to 1
STYLE_SCALE: float | None = None  # size of the painting's strokes relative to the photo
COLORS: str | None = None  # of the result: "painting", "photo" or "match"
KEEP_FACES: bool | None = None  # True: leave the faces as they are in the photo
SEED: int | None = None
STYLE_WEIGHTS: list[float] | None = None  # of several paintings in one picture: [2, 1]
STYLE_CROP: str | None = None  # the part of a painting that is used: "0.2,0.2,0.5,0.5"
BACKGROUND: str | None = None  # under transparent parts: "keep", "white", "black" or "#rrggbb"
METHOD: str | None = None  # "optimize", or "sketch" for one pass through a network
ITERATIONS: int | None = None  # in total, over all stages
CONTENT_LOSS: str | None = None  # "neighbors" or "features"
CONTENT_WEIGHT: float | None = None
STYLE_WEIGHT: float | None = None
TV_WEIGHT: float | None = None  # of the total variation: more is smoother
START: str | None = None  # the first picture: "blend", "content", "style" or "noise"
NOISE: str | None = None  # the noise in it: "structured", "gradient", "permuted", …
# Other spots than that noise's own. How many fit on the shorter side, or "pixel", or "constant"
# for brightness; amplitude in the centre; amplitude around it; width of the bell between the two:
# [NoiseLevel(9, 0.3, 0.2, 0.2), NoiseLevel("pixel", 0.2, 0.1, 0.6)]
NOISE_LEVELS: list[NoiseLevel] | None = None
NOISE_FACTOR: float | None = None  # the noise's share where the photo is flat, from 0 to 1
STYLE_LOSS: str | None = None  # "moments" or "gram"
SCHEDULE: str | None = None  # "coarse-to-fine", or "joint" for all levels at once
OPTIMIZER: str | None = None  # "lbfgs" or "adam"
NETWORK: str | None = None  # "vgg19", "vgg16", or "auto" for the first that there is
DEVICE: str | None = None  # "cpu", "cuda", "mps", or "auto" for the fastest
PRECISION: str | None = None  # "fp32", "bf16", or "auto" for the fastest
MEMORY: str | None = None  # the most that a picture may take, like "6G"

# ---- the showcase, which comes finished; the lab paints what you change ----------------
# Each pair is a photo and a painting. The presets are preview, standard, high, max (256, 512,
# 1024, 2048 px on the shorter side), pyramid, gatys and sketch.
PAIRS = [
    ("img/content/chelsea.jpg", "img/style/stained_glass.webp"),
    ("img/content/rocket.jpg", "img/style/impasto.webp"),
    ("img/content/astronaut.jpg", "img/style/impasto.webp"),
    ("img/content/raccoon.jpg", "img/style/cubist.webp"),
    ("img/content/coffee.jpg", "img/style/splashes.webp"),
    ("img/content/hubble_deep_field.jpg", "img/style/pointillism.webp"),
]
PRESETS = ["standard"]

# ---- the pictures that the form offers ------------------------------------------------
SAMPLE_PHOTOS = "img/content"
SAMPLE_PAINTINGS = "img/style"

# ---- the address ----------------------------------------------------------------------
HOST = "127.0.0.1"  # this machine alone; 0.0.0.0 opens it to others
PORT = 8080
ALLOWED_HOSTS: list[str] = []  # more names, behind a proxy for example: "art.example.org"
TRUSTED_PROXIES: list[str] = []  # their addresses or networks; they name the visitor's address
CALLBACK_HOSTS: list[str] = []  # hosts that the API may tell of the end of a job
CONNECTIONS = 2000  # open at the same time; never more than half of the files that may be

# ---- where jobs are kept, and for how long --------------------------------------------
DATA = "data"  # --data overrides it
KEEP_DAYS = 30.0
KEEP_JOBS = 500  # ended jobs; the oldest are removed first

# ---- how much at a time ---------------------------------------------------------------
WORKERS = {"cpu": 1, "cuda": 2, "mps": 1}  # jobs that run at the same time
LARGE_LEVELS = 3  # a job of this many levels runs alone
UNFINISHED = 500  # jobs that are waiting or running; more are refused
PER_OWNER = 20  # the same for one person, in the lab or through the bot

# ---- more machines than this one (docs/SCALING.md) -------------------------------------
ENGINE = "local"  # "auto" or "ray://HOST:PORT" give the jobs to a Ray cluster instead of WORKERS
GPUS_PER_JOB = 1.0  # of the cluster: 0.5 puts two jobs on a GPU, 0 computes on CPUs
CPUS_PER_JOB = 1.0
CLUSTER_NETWORK = False  # True: use it over a network in which everybody is trusted

# ---- uploads --------------------------------------------------------------------------
UPLOAD_BYTES = 25_000_000  # of each picture
UPLOADS_AT_ONCE = 8  # one client gets half of them
UPLOAD_SECONDS = 300.0
CLIP_SECONDS = 10.0  # of a clip in place of a photo; 0: photos alone
CLIP_BYTES = 20_000_000  # of a clip, and at most UPLOAD_BYTES

# ---- the Telegram bot -----------------------------------------------------------------
BOT_USERS: list[int] = []  # ids of its users, groups and channels; empty for everybody
BOT_ADMINS: list[int] = []  # ids of people who may ask it for /stats, without BOT_DAILY
BOT_MOST_LEVELS = 3  # the most that anybody gets: 3 is 1024 px on the shorter side
BOT_DAILY: int | None = None  # the most pictures of one user within 24 hours
BOT_LONGEST_WAIT: float | None = None  # minutes; above, an album hears how long the queue takes
BOT_INTERMEDIATE: str | None = None  # pictures at 20, 40 … %: "send" each, "edit" one in place
ALBUM_PAUSE = 1.2  # seconds without another picture after which an album is complete
ALBUM_LONGEST = 15.0  # seconds after which it is complete in any case
BOT_METRICS_PORT: int | None = None  # tlbot.py serves /metrics for Prometheus there, at HOST
