/**
 * The file: an ordinary SQLite database.
 *
 * `documents` has a rowid although (collection, id) is its key: bodies are large, and a table without rowid carries
 * them through the inner pages of its tree (measured: half the insert rate at 300 bytes, a third of the read rate at
 * 1,500). `keys` repeats the document's index entries as JSON pairs, so that a replaced document finds its old entries
 * without asking an index function that may have changed since.
 */
export const SCHEMA = `
  CREATE TABLE names (
    number INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    idx TEXT NOT NULL,
    UNIQUE (collection, idx)
  );
  CREATE TABLE documents (
    seq INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    until INTEGER,
    keys TEXT,
    body TEXT NOT NULL
  );
  CREATE UNIQUE INDEX documents_by_id ON documents (collection, id);
  CREATE INDEX documents_by_expiry ON documents (until, collection) WHERE until IS NOT NULL;
  CREATE TABLE entries (
    idx INTEGER NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (idx, key, id)
  ) WITHOUT ROWID;
  CREATE TABLE probe (one INTEGER PRIMARY KEY CHECK (one = 1), content BLOB NOT NULL);
  INSERT INTO probe VALUES (1, zeroblob(0));
`;

/** Raised when the tables change; a file with a higher number was written by a newer release and is refused. */
export const SCHEMA_VERSION = 1;

/** Identifies the file as ours in its header ("RKey" in ASCII). */
export const APPLICATION_ID = 0x524b6579;
