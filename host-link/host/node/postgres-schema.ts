import { KEY_TABLES, SCHEMA } from './schema.ts'

/** Text of SQLite tables in PostgreSQL's words, without the triggers. */
function translated(sql: string): string {
  return sql
    .replace(/\) STRICT;/g, ');')
    .replace(/\bnumber( +)INTEGER PRIMARY KEY\b/g, 'number$1BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY')
    .replace(/\bINTEGER\b/g, 'BIGINT')
    .replace(/\bBLOB\b/g, 'BYTEA')
    .replace(/^CREATE TRIGGER .*\n/gm, '')
}

const KEY_TRIGGER = `
CREATE FUNCTION key_event_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the record of keys is append-only'; END $$;
CREATE TRIGGER key_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON key_event
  FOR EACH STATEMENT EXECUTE FUNCTION key_event_append_only();
`

/**
 * The same tables on PostgreSQL: its integers of 64 bits are BIGINT, its bytes BYTEA, all its tables are strict. Sequences
 * of the ledger come from a sequence of the server: several hosts book beside each other, and one that fails leaves a gap.
 */
export const POSTGRES_SCHEMA = `${translated(SCHEMA)}
CREATE SEQUENCE ledger_sequence;
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
${KEY_TRIGGER}`

/** `SCHEMA_STEPS` on PostgreSQL. */
export const POSTGRES_STEPS: { readonly [version: number]: string } = {
  2: translated(KEY_TABLES) + KEY_TRIGGER,
}
