"""The tables of jobs.sqlite, and how those of older versions become them."""

JOBS = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE,
    request TEXT NOT NULL, state TEXT NOT NULL
) STRICT
"""
# Deleting a row remembers its id in the same transaction, until the job's files are gone too.
# A row of `ages` says when, on the clock, its job was first seen as ended.
BESIDES = """
CREATE TABLE removed (id TEXT PRIMARY KEY) STRICT;
CREATE TRIGGER remember_removed AFTER DELETE ON jobs BEGIN
    INSERT OR IGNORE INTO removed VALUES (old.id);
END;
CREATE TABLE clock (lived REAL NOT NULL, seen REAL NOT NULL) STRICT;
INSERT INTO clock VALUES (0, 0);
CREATE TABLE ages (id TEXT PRIMARY KEY, since REAL NOT NULL) STRICT;
CREATE TABLE attempts (
    id TEXT PRIMARY KEY, deaths INTEGER NOT NULL, kills INTEGER NOT NULL, working INTEGER
) STRICT
"""
NEWEST = f"{JOBS}; {BESIDES}"
# Version 1 had a column for each field, and failures as English sentences.
FROM_VERSION_1 = f"""
ALTER TABLE jobs RENAME TO jobs_1;
{JOBS};
INSERT INTO jobs SELECT id, number,
    json_object(
        'id', id, 'number', number, 'owner', owner, 'created', created,
        'content', iif(json_valid(content), json(content), NULL),
        'style', iif(json_valid(style), json(style), NULL),
        'settings', iif(json_valid(settings), json(settings), NULL),
        'preset', preset, 'key', key, 'private', json(iif(private, 'true', 'false'))
    ),
    json_object(
        'status', state, 'started', started, 'ended', ended,
        'used', iif(json_valid(used), json(used), NULL),
        'step', iif(json_valid(step), json(step), NULL),
        'preview', preview, 'stages', stages, 'milestone', milestone, 'network', network,
        'failure', iif(
            reason IS NULL, NULL,
            json_object('code', 'recorded', 'data', json_object('reason', reason))
        )
    )
FROM jobs_1;
DROP TABLE jobs_1
"""
# Version 2 had one content loss.
FROM_VERSION_2 = """
UPDATE jobs SET request = json_insert(request, '$.settings.content_loss', 'features')
    WHERE json_valid(request);
UPDATE jobs SET state = json_insert(state, '$.used.content_loss', 'features')
    WHERE json_valid(state)
"""
# Version 4 had keep_colors in place of colors.
FROM_VERSION_4 = "; ".join(
    f"""
UPDATE jobs SET {column} = json_remove(
    json_set(
        {column}, '$.{name}.colors',
        iif(json_extract({column}, '$.{name}.keep_colors'), 'photo', 'painting')
    ),
    '$.{name}.keep_colors'
) WHERE iif(json_valid({column}), json_type({column}, '$.{name}.keep_colors'), NULL) IS NOT NULL
"""
    for column, name in (("request", "settings"), ("state", "used"))
)
MIGRATIONS = (FROM_VERSION_1, FROM_VERSION_2, BESIDES, FROM_VERSION_4)
