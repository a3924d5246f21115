import { SCHEMA } from './schema.ts'

/**
 * The same tables on PostgreSQL: its integers of 64 bits are BIGINT, its bytes BYTEA, all its tables are strict. Sequences
 * of the ledger come from a sequence of the server: several hosts book beside each other, and one that fails leaves a gap.
 */
export const POSTGRES_SCHEMA = `${SCHEMA.replace(/\) STRICT;/g, ');')
  .replace(/\bINTEGER\b/g, 'BIGINT')
  .replace(/\bBLOB\b/g, 'BYTEA')
  .replace(/^CREATE TRIGGER .*\n/gm, '')}
CREATE SEQUENCE ledger_sequence;
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
`
