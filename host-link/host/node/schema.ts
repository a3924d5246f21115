/** Version of the tables, kept in SQLite's `user_version`. */
export const SCHEMA_VERSION = 3

/** Tables of version 3: master keys that came over the line or from an injection station, and the record of it. */
export const KEY_TABLES = `
CREATE TABLE terminal_key (
  terminal TEXT PRIMARY KEY,
  sealed   BLOB NOT NULL,
  notes    TEXT NOT NULL
) STRICT;

CREATE TABLE key_order (
  terminal TEXT PRIMARY KEY,
  person   TEXT NOT NULL,
  date     TEXT NOT NULL,
  time     TEXT NOT NULL
) STRICT;

CREATE TABLE key_event (
  number      INTEGER PRIMARY KEY,
  terminal    TEXT NOT NULL,
  serial      TEXT NOT NULL,
  event       TEXT NOT NULL,
  date        TEXT NOT NULL,
  time        TEXT NOT NULL,
  person      TEXT,
  check_value TEXT,
  transaction_id TEXT,
  why         TEXT
) STRICT;
CREATE INDEX key_event_terminal ON key_event (terminal);
CREATE TRIGGER key_event_update BEFORE UPDATE ON key_event BEGIN SELECT RAISE(ABORT, 'the record of keys is append-only'); END;
CREATE TRIGGER key_event_delete BEFORE DELETE ON key_event BEGIN SELECT RAISE(ABORT, 'the record of keys is append-only'); END;
`

/**
 * Tables of the books. Amounts are integer fen. The ledger takes no update and no delete, by trigger; balances can be
 * counted again from it: `balance = opening + sum(effect) + sum(effect2 of account2)`.
 */
export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE ledger (
  sequence        INTEGER PRIMARY KEY,
  terminal        TEXT NOT NULL,
  batch           INTEGER NOT NULL,
  trace           INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  fingerprint     TEXT NOT NULL,
  date            TEXT NOT NULL,
  time            TEXT NOT NULL,
  business_date   TEXT NOT NULL,
  merchant        TEXT NOT NULL,
  store           TEXT,
  account         TEXT,
  account2        TEXT,
  pan             TEXT,
  card_kind       TEXT CHECK (card_kind IN ('member', 'bank', 'cash')),
  operator        TEXT,
  approver        TEXT,
  code            TEXT NOT NULL,
  amount          INTEGER NOT NULL CHECK (amount >= 0),
  discount        INTEGER NOT NULL CHECK (discount >= 0 AND discount <= amount),
  discount_payer  TEXT CHECK (discount_payer IN ('S', 'M', 'I')),
  offer           TEXT,
  cash_back       INTEGER NOT NULL CHECK (cash_back >= 0),
  cash_back_payer TEXT CHECK (cash_back_payer IN ('S', 'M', 'I')),
  points          INTEGER NOT NULL,
  settle          INTEGER NOT NULL,
  effect          INTEGER NOT NULL,
  effect2         INTEGER NOT NULL,
  original        INTEGER,
  biller          TEXT,
  customer        TEXT,
  bill            TEXT,
  origin          TEXT NOT NULL CHECK (origin IN ('wire', 'upload', 'orphan', 'adjusted')),
  answer          BLOB NOT NULL,
  UNIQUE (terminal, batch, trace, kind)
) STRICT;
CREATE INDEX ledger_date ON ledger (date, kind);
CREATE INDEX ledger_business_date ON ledger (business_date);
CREATE INDEX ledger_original ON ledger (original) WHERE original IS NOT NULL;
CREATE INDEX ledger_bill ON ledger (biller, customer, bill) WHERE biller IS NOT NULL;
CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE account (
  name           TEXT PRIMARY KEY,
  opening        INTEGER NOT NULL,
  balance        INTEGER NOT NULL,
  opening_points INTEGER NOT NULL,
  points         INTEGER NOT NULL,
  wrong_pins     INTEGER NOT NULL,
  wrong_pin_date TEXT NOT NULL,
  active         INTEGER NOT NULL,
  activated_date TEXT NOT NULL,
  sealed_pin     BLOB
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

CREATE TABLE plan (
  original INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  due      TEXT NOT NULL,
  amount   INTEGER NOT NULL CHECK (amount >= 0),
  fee      INTEGER NOT NULL CHECK (fee >= 0),
  stands   INTEGER NOT NULL,
  PRIMARY KEY (original, number)
) STRICT;

CREATE TABLE upload (
  terminal TEXT NOT NULL,
  batch    INTEGER NOT NULL,
  trace    INTEGER NOT NULL,
  kind     TEXT,
  amount   INTEGER NOT NULL CHECK (amount >= 0),
  account  TEXT,
  pan      TEXT,
  store    TEXT,
  reference     TEXT,
  authorisation TEXT,
  original61    TEXT,
  PRIMARY KEY (terminal, batch, trace)
) STRICT;

CREATE TABLE difference (
  terminal      TEXT NOT NULL,
  batch         INTEGER NOT NULL,
  trace         INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  what          TEXT NOT NULL CHECK (what IN ('orphan', 'missing', 'amount', 'adjusted')),
  host_amount   INTEGER NOT NULL,
  terminal_amount INTEGER NOT NULL,
  done          TEXT NOT NULL CHECK (done IN ('creditedBack', 'accepted', 'posted', 'open')),
  date          TEXT NOT NULL,
  merchant      TEXT NOT NULL,
  PRIMARY KEY (terminal, batch, trace, kind)
) STRICT;
CREATE INDEX difference_date ON difference (date);

CREATE TABLE report (
  terminal TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('status', 'inspection')),
  number   INTEGER NOT NULL,
  date     TEXT NOT NULL,
  time     TEXT NOT NULL,
  text     TEXT NOT NULL,
  PRIMARY KEY (terminal, kind, number)
) STRICT;

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
${KEY_TABLES}`

/** What makes tables of an older version into those of the next, by the older one's number. */
export const SCHEMA_STEPS: { readonly [version: number]: string } = { 2: KEY_TABLES }
