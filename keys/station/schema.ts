/** Version of the tables, kept in SQLite's `user_version`. */
export const SCHEMA_VERSION = 1

/**
 * Tables of a station. The audit and its signatures take no update and no delete, by trigger; the digests of given keys
 * are kept for good. What is secret is in `vault` and `sealed`, encrypted.
 */
export const SCHEMA = `
CREATE TABLE vault (id INTEGER PRIMARY KEY CHECK (id = 1), record BLOB NOT NULL) STRICT;
CREATE TABLE sealed (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE attempt (
  name         TEXT PRIMARY KEY,
  failures     INTEGER NOT NULL CHECK (failures >= 0),
  locked_until INTEGER NOT NULL
) STRICT;

CREATE TABLE terminal (
  serial      TEXT NOT NULL,
  slot        INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 9),
  terminal_id TEXT,
  algorithm   TEXT NOT NULL CHECK (algorithm IN ('TDES', 'SM4')),
  state       TEXT NOT NULL CHECK (state IN ('expected', 'sent', 'proven', 'loaded', 'failed')),
  key_version INTEGER NOT NULL CHECK (key_version BETWEEN 0 AND 99),
  again       INTEGER NOT NULL CHECK (again IN (0, 1)),
  labelled    INTEGER NOT NULL CHECK (labelled IN (0, 1)),
  time        TEXT NOT NULL,
  transaction_id BLOB,
  check_value TEXT,
  key_block   TEXT,
  code        TEXT,
  device      TEXT,
  before_version     INTEGER,
  before_transaction BLOB,
  before_check       TEXT,
  before_block       TEXT,
  before_time        TEXT,
  PRIMARY KEY (serial, slot)
) STRICT;

CREATE TABLE given (digest TEXT PRIMARY KEY) STRICT;
CREATE TRIGGER given_update BEFORE UPDATE ON given BEGIN SELECT RAISE(ABORT, 'digests are kept for good'); END;
CREATE TRIGGER given_delete BEFORE DELETE ON given BEGIN SELECT RAISE(ABORT, 'digests are kept for good'); END;

CREATE TABLE audit (number INTEGER PRIMARY KEY, record TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE audit_head (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, signature BLOB NOT NULL) STRICT;
CREATE TRIGGER head_update BEFORE UPDATE ON audit_head BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER head_delete BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
`
