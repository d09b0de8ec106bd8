"""The bot's database: what users are to receive, and messages that weren't handled yet."""

import logging
import sqlite3
from pathlib import Path

from artstyle.jobs.database import Database, Row

logger = logging.getLogger(__name__)

FILE = "bot.sqlite"
ADVICE = "move it away: all pictures stay, but the bot no longer knows who waits for them"
CHOICES = """
CREATE TABLE choices (
    chat INTEGER NOT NULL, message INTEGER NOT NULL, documents TEXT NOT NULL,
    received REAL NOT NULL, choice TEXT,
    PRIMARY KEY (chat, message)
) STRICT
"""
SCHEMA = f"""
CREATE TABLE deliveries (
    job TEXT PRIMARY KEY, chat INTEGER NOT NULL, user INTEGER NOT NULL, reply_to INTEGER,
    status INTEGER, language TEXT NOT NULL, milestone INTEGER NOT NULL,
    photo INTEGER NOT NULL, file INTEGER NOT NULL, finished INTEGER NOT NULL,
    thread INTEGER, shown INTEGER
) STRICT;
CREATE TABLE inbox (
    chat INTEGER NOT NULL, message INTEGER NOT NULL, document TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, status INTEGER,
    PRIMARY KEY (chat, message)
) STRICT;
CREATE TABLE singles (
    chat INTEGER NOT NULL, message INTEGER NOT NULL, document TEXT NOT NULL,
    received REAL NOT NULL, paired INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat, message)
) STRICT;
CREATE TABLE languages (speaker INTEGER PRIMARY KEY, language TEXT NOT NULL) STRICT;
{CHOICES}
"""
FROM_VERSION_1 = """
ALTER TABLE inbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN status INTEGER
"""
FROM_VERSION_2 = """
ALTER TABLE deliveries ADD COLUMN thread INTEGER;
ALTER TABLE deliveries ADD COLUMN shown INTEGER;
CREATE TABLE singles (
    chat INTEGER NOT NULL, message INTEGER NOT NULL, document TEXT NOT NULL,
    received REAL NOT NULL, paired INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat, message)
) STRICT;
CREATE TABLE languages (speaker INTEGER PRIMARY KEY, language TEXT NOT NULL) STRICT
"""
FROM_VERSION_3 = CHOICES
MIGRATIONS = (FROM_VERSION_1, FROM_VERSION_2, FROM_VERSION_3)


class BotDatabase(Database):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE, SCHEMA, MIGRATIONS, advice=ADVICE)

    async def write(self, statement: str, values: Row) -> None:
        """Run a statement; a full disk is only logged, since the program has all in memory."""
        try:
            await self.execute(statement, values)
        except sqlite3.Error as error:
            logger.error("what the bot's users are to receive can't be saved (%s)", error)
