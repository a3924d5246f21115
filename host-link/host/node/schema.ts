/** Version of the tables, kept in SQLite's `user_version`. */
export const SCHEMA_VERSION = 1

/**
 * Tables of the books. Amounts are integer fen. The ledger takes no update and no delete, by trigger; balances can be
 * counted again from it: `balance = opening + sum(effect)`.
 */
export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE ledger (
  sequence    INTEGER PRIMARY KEY,
  terminal    TEXT NOT NULL,
  batch       INTEGER NOT NULL,
  trace       INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  date        TEXT NOT NULL,
  time        TEXT NOT NULL,
  merchant    TEXT NOT NULL,
  store       TEXT,
  account     TEXT,
  pan         TEXT,
  code        TEXT NOT NULL,
  amount      INTEGER NOT NULL CHECK (amount >= 0),
  effect      INTEGER NOT NULL,
  original    INTEGER,
  answer      BLOB NOT NULL,
  UNIQUE (terminal, batch, trace, kind)
) STRICT;
CREATE INDEX ledger_date ON ledger (date, kind);
CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE account (
  name           TEXT PRIMARY KEY,
  opening        INTEGER NOT NULL,
  balance        INTEGER NOT NULL CHECK (balance >= 0),
  wrong_pins     INTEGER NOT NULL,
  wrong_pin_date TEXT NOT NULL
) STRICT;

CREATE TABLE batch (
  terminal     TEXT NOT NULL,
  number       INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('open', 'settled', 'left')),
  conflict     INTEGER NOT NULL,
  debit        INTEGER NOT NULL,
  debit_count  INTEGER NOT NULL,
  credit       INTEGER NOT NULL,
  credit_count INTEGER NOT NULL,
  PRIMARY KEY (terminal, number)
) STRICT;
CREATE UNIQUE INDEX batch_open ON batch (terminal) WHERE state = 'open';

CREATE TABLE session (
  terminal     TEXT PRIMARY KEY,
  sealed_keys  BLOB NOT NULL,
  master_check TEXT NOT NULL,
  operator     TEXT NOT NULL,
  signed_on    INTEGER NOT NULL,
  date         TEXT NOT NULL,
  time         TEXT NOT NULL
) STRICT;

CREATE TABLE store (
  merchant TEXT NOT NULL,
  number   TEXT NOT NULL,
  name     TEXT NOT NULL,
  PRIMARY KEY (merchant, number)
) STRICT;
`
