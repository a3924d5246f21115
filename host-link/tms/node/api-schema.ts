import { isPostgresAddress } from '../../host/node/postgres-address.ts'
import type { Schema } from './database.ts'

/**
 * Tables of people, audit and parameter layers, beside those of the core. Times are Unix seconds, 0: none. The audit takes no
 * update and no delete, by trigger. No password and no token is in them, only digests.
 */
export function facesSchema(address: string): Schema {
  const kind = isPostgresAddress(address) ? 'postgres' : 'sqlite'
  return {
    name: 'faces',
    steps: [[...TABLES, ...(kind === 'postgres' ? POSTGRES_TRIGGERS : SQLITE_TRIGGERS)]],
  }
}

const TABLES: readonly string[] = [
  // `name_key`: the name in small letters; nobody has a name that differs by case alone.
  `CREATE TABLE tms_user (
    name         TEXT PRIMARY KEY,
    name_key     TEXT NOT NULL UNIQUE,
    role         TEXT NOT NULL,
    cost         BIGINT NOT NULL,
    salt         BYTES NOT NULL,
    verifier     BYTES NOT NULL,
    enabled      BIGINT NOT NULL,
    must_change  BIGINT NOT NULL,
    failures     BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL,
    last_log_in  BIGINT NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE tms_session (
    digest     TEXT PRIMARY KEY,
    owner      TEXT NOT NULL REFERENCES tms_user,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
  )`,
  `CREATE TABLE tms_token (
    id         TEXT PRIMARY KEY,
    digest     TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    owner      TEXT NOT NULL REFERENCES tms_user,
    role       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0,
    revoked_at BIGINT NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE tms_filter (
    owner  TEXT NOT NULL,
    name   TEXT NOT NULL,
    text   TEXT NOT NULL,
    shared BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
  )`,
  // Notes of those who agreed or did not, and with whom a thing passed through the hands.
  `CREATE TABLE tms_approval (
    id      NUMBERED,
    subject TEXT NOT NULL,
    who     TEXT NOT NULL,
    at      BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    note    TEXT NOT NULL
  )`,
  'CREATE INDEX tms_approval_subject ON tms_approval (subject, id)',
  // All versions of all layers. `content`: JSON of `LayerContent`.
  `CREATE TABLE tms_layer (
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    version    BIGINT NOT NULL,
    state      TEXT NOT NULL,
    content    TEXT NOT NULL,
    effective  BIGINT NOT NULL,
    waves      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    who        TEXT NOT NULL,
    at         BIGINT NOT NULL,
    deployment BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, name, version)
  )`,
  `CREATE INDEX tms_layer_published ON tms_layer (kind, name) WHERE state = 'published'`,
  // Signed documents of terminals. `digest`: of the content alone; `hash`: of the envelope.
  `CREATE TABLE tms_document (
    serial    KEYTEXT NOT NULL,
    pseq      BIGINT NOT NULL,
    digest    TEXT NOT NULL,
    hash      TEXT NOT NULL,
    effective BIGINT NOT NULL,
    made      BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    envelope  BYTES NOT NULL,
    PRIMARY KEY (serial, pseq)
  )`,
  `CREATE TABLE tms_audit (
    number  BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL,
    who     TEXT NOT NULL,
    event   TEXT NOT NULL,
    subject TEXT NOT NULL,
    record  TEXT NOT NULL,
    hash    TEXT NOT NULL
  )`,
  'CREATE INDEX tms_audit_subject ON tms_audit (subject, number)',
]

const REFUSED = 'the audit is append-only'

const SQLITE_TRIGGERS: readonly string[] = ['UPDATE', 'DELETE'].map(
  (change) =>
    `CREATE TRIGGER tms_audit_${change.toLowerCase()} BEFORE ${change} ON tms_audit BEGIN SELECT RAISE(ABORT, '${REFUSED}'); END`,
)

const POSTGRES_TRIGGERS: readonly string[] = [
  `CREATE FUNCTION tms_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '${REFUSED}'; END $$`,
  `CREATE TRIGGER tms_audit_change BEFORE UPDATE OR DELETE ON tms_audit FOR EACH ROW EXECUTE FUNCTION tms_audit_refuse()`,
  `CREATE TRIGGER tms_audit_truncate BEFORE TRUNCATE ON tms_audit FOR EACH STATEMENT EXECUTE FUNCTION tms_audit_refuse()`,
]
