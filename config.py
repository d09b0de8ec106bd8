"""Settings of the lab and the bot; docs/CONFIG.md describes them.

Options of the command line override them.
"""

from pathlib import Path

ROOT = Path(__file__).parent

# ---- the table that the lab makes when it starts ---------------------------------------
# Each pair is a photo and a painting, each preset a column: preview, standard, high, max
# (256, 512, 1024, 2048 px on the shorter side) or gatys.
PAIRS = [
    ("img/content/astronaut.jpg", "img/style/impasto.webp"),
    ("img/content/raccoon.jpg", "img/style/cubist.webp"),
    ("img/content/rocket.jpg", "img/style/impasto.webp"),
    ("img/content/chelsea.jpg", "img/style/stained_glass.webp"),
    ("img/content/coffee.jpg", "img/style/splashes.webp"),
    ("img/content/hubble_deep_field.jpg", "img/style/pointillism.webp"),
]
PRESETS = ["preview", "standard"]

# ---- the pictures that the form offers ------------------------------------------------
SAMPLE_PHOTOS = "img/content"
SAMPLE_PAINTINGS = "img/style"

# ---- the address of the lab -----------------------------------------------------------
HOST = "127.0.0.1"  # only this machine; 0.0.0.0 opens the lab to others
PORT = 8080
ALLOWED_HOSTS: list[str] = []  # more names of this server, like "art.example.org" behind a proxy

# ---- where jobs are kept, and for how long --------------------------------------------
DATA = "data"  # AST_DATA in the environment overrides it, --data overrides both
KEEP_DAYS = 30.0
KEEP_JOBS = 500  # finished jobs; the oldest are deleted first

# ---- how many jobs --------------------------------------------------------------------
WORKERS = {"cpu": 1, "cuda": 2, "mps": 1}  # jobs that run at the same time
LARGE_LEVELS = 3  # jobs with this many levels run alone
UNFINISHED = 500  # jobs that wait or run; more are refused
PER_OWNER = 20  # of these, from one person in the lab or the bot

# ---- more machines than this one (docs/SCALING.md) -------------------------------------
ENGINE = "local"  # "auto" and "ray://HOST:PORT" run the jobs on a Ray cluster
GPUS_PER_JOB = 1.0  # on a cluster: 0.5 puts two jobs on a GPU, 0 computes on CPUs
CPUS_PER_JOB = 1.0
CLUSTER_NETWORK = False  # True if the cluster's network is trusted

# ---- uploads --------------------------------------------------------------------------
UPLOAD_BYTES = 25_000_000  # for each picture
UPLOADS_AT_ONCE = 8
UPLOAD_SECONDS = 300.0

# ---- the Telegram bot -----------------------------------------------------------------
BOT_USERS: list[int] = []  # ids of the users it works for; empty for everyone
BOT_MOST_LEVELS = 3  # the most that users get: 3 is 1024 px on the shorter side
ALBUM_PAUSE = 1.2  # an album is complete after this many seconds without another picture
ALBUM_LONGEST = 15.0  # or after this many seconds in any case
