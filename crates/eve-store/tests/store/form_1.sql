-- A journal of form 1, as the first engines wrote it. Its engine was killed while it held a lease.
BEGIN TRANSACTION;
CREATE TABLE entries (
    stream   TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    schema   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    body     TEXT NOT NULL,
    digest   TEXT NOT NULL,
    UNIQUE (stream, sequence)
) STRICT;
INSERT INTO "entries" VALUES('s',1,'test.happened',1,1,'"first"','ae01f4495919cbccb6e52c82dfb1a5257d304da59f7c8b802f7f69ed275c0d00');
INSERT INTO "entries" VALUES('s',2,'test.happened',1,1,'"second"','85d11bd3fe8073665e443bac2eda581fbb4c1cd02c12dd53bbf5befab3f44769');
CREATE TABLE leases (
    name     TEXT PRIMARY KEY NOT NULL,
    fence    INTEGER NOT NULL,
    holder   TEXT,
    until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "leases" VALUES('env/acme/shop/test',7,'hold_old',4102444800000);
CREATE TABLE streams (
    name     TEXT PRIMARY KEY NOT NULL,
    sequence INTEGER NOT NULL,
    digest   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "streams" VALUES('s',2,'85d11bd3fe8073665e443bac2eda581fbb4c1cd02c12dd53bbf5befab3f44769');
COMMIT;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
