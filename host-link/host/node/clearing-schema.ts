/**
 * Tables of clearing 清算, the same on every database. On PostgreSQL they stand beside the books; of SQLite books they
 * are a file of their own, so that clearing never holds a lock that the host waits for. Amounts are integer fen.
 */
export const CLEARING_SCHEMA: readonly string[] = [
  // The terms of a business date: fees and stores, as JSON (`TermsData`).
  `CREATE TABLE IF NOT EXISTS clearing_terms (
    business_date TEXT PRIMARY KEY,
    terms         TEXT NOT NULL
  )`,
  // A day that was cleared.
  `CREATE TABLE IF NOT EXISTS clearing_run (
    business_date TEXT PRIMARY KEY,
    entries       BIGINT NOT NULL,
    settle        BIGINT NOT NULL
  )`,
  // Which entries of its date a clearing had: runs of sequences `first, last, first, last …` as JSON, and how many.
  `CREATE TABLE IF NOT EXISTS clearing_taken (
    business_date TEXT PRIMARY KEY REFERENCES clearing_run,
    entries       BIGINT NOT NULL,
    runs          TEXT NOT NULL
  )`,
  // Entries that came after their date had been cleared, and the later date whose clearing took them.
  `CREATE TABLE IF NOT EXISTS clearing_late (
    sequence      BIGINT PRIMARY KEY,
    business_date TEXT NOT NULL,
    cleared_on    TEXT NOT NULL REFERENCES clearing_run,
    settle        BIGINT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS clearing_line (
    business_date TEXT NOT NULL REFERENCES clearing_run,
    merchant      TEXT NOT NULL,
    party         TEXT NOT NULL,
    name          TEXT NOT NULL,
    source        TEXT NOT NULL,
    plus_count    BIGINT NOT NULL,
    plus          BIGINT NOT NULL,
    minus_count   BIGINT NOT NULL,
    minus         BIGINT NOT NULL,
    discount      BIGINT NOT NULL,
    cash_back     BIGINT NOT NULL,
    gross         BIGINT NOT NULL CHECK (gross = plus + minus - discount - cash_back),
    fee           BIGINT NOT NULL,
    net           BIGINT NOT NULL CHECK (net = gross - fee),
    PRIMARY KEY (business_date, merchant, party, name, source)
  )`,
  // Outbox 发件箱: notices that are to be delivered, written with the clearing. Times are milliseconds since 1970.
  `CREATE TABLE IF NOT EXISTS clearing_notice (
    id            TEXT PRIMARY KEY,
    business_date TEXT NOT NULL REFERENCES clearing_run,
    body          TEXT NOT NULL,
    attempts      BIGINT NOT NULL,
    next_at       BIGINT,
    fault         TEXT NOT NULL,
    delivered_at  BIGINT
  )`,
  'CREATE INDEX IF NOT EXISTS clearing_notice_next ON clearing_notice (next_at) WHERE next_at IS NOT NULL',
]
