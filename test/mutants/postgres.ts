import type { Mutant } from './mutant.ts'

const stores = 'test/host-link/host/node/postgres-store.test.ts'
const faults = 'test/host-link/host/node/postgres-faults.test.ts'
const hosts = 'test/host-link/host/node/two-hosts.test.ts'
const books = 'host-link/host/node/postgres-books.ts'
const store = 'host-link/host/node/postgres-store.ts'
const lines = 'host-link/host/node/postgres-lines.ts'

/** Books on PostgreSQL: locks, order, what is answered when a line breaks. Without a server these tests are skipped. */
export const postgres: readonly Mutant[] = [
  {
    id: 'postgres-terminal-not-locked',
    rule: 'P6',
    file: books,
    find: 'SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM',
    replace: 'SELECT hashtextextended(name, 0) FROM',
    tests: [stores, faults],
    does: 'Books one key at two hosts at once.',
  },
  {
    id: 'postgres-bill-not-locked',
    rule: 'one payment a bill',
    file: books,
    find: "read === 'referring' || read === 'plan'",
    replace: "read === 'referring' || read === 'plan' || read === 'ofBill'",
    tests: [stores, faults],
    does: 'Takes the money of one bill twice.',
  },
  {
    id: 'postgres-account-not-locked',
    rule: 'money',
    file: books,
    find: 'ORDER BY name FOR UPDATE',
    replace: 'ORDER BY name',
    tests: [stores, faults],
    does: 'Spends the last money of an account more than once.',
  },
  {
    id: 'postgres-posting-not-locked',
    rule: 'V10',
    file: store,
    find: 'if (needs.addPosting(posting) || !begun) {',
    replace: 'if (!begun) {',
    tests: [stores, faults],
    does: 'Refunds one sale at two terminals at once, where neither looked at the account.',
  },
  {
    id: 'postgres-second-account-not-locked',
    rule: 'money',
    file: books,
    find: 'const accounts = [...this.#accounts].sort()',
    replace: 'const accounts = [...this.#accounts].slice(0, 1)',
    tests: [stores, faults],
    does: 'Does not lock the second account of a transfer.',
  },
  {
    id: 'postgres-unsure-begun-anew',
    rule: 'P7',
    file: store,
    find: 'const again = isUndone(error) || (error instanceof LineLost && !isUnsure)',
    replace: 'const again = isUndone(error)',
    tests: [stores, faults],
    does: 'Gives up at a broken line even before anything was committed.',
  },
  {
    id: 'postgres-rolled-back-commit-believed',
    rule: 'P7',
    file: lines,
    find: "if (one.status === 'rejected') throw faultOf(one.reason)",
    replace: "if (one.status === 'rejected') return { rows: [] }",
    tests: [stores, faults],
    does: 'Answers requests whose writes the server refused.',
  },
  {
    id: 'postgres-effect-on-nobody',
    rule: 'money',
    file: store,
    find: "if (stray) throw new Error('ledger: an effect without an account')",
    replace:
      "if (stray && stray.values.length === 0) throw new Error('ledger: an effect without an account')",
    tests: [stores, faults],
    does: 'Books money that no account bears.',
  },
  {
    id: 'postgres-ledger-emptied',
    rule: 'ledger',
    file: 'host-link/host/node/postgres-schema.ts',
    find: 'BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger',
    replace: 'BEFORE UPDATE OR DELETE ON ledger',
    tests: [stores, faults],
    does: 'Lets the ledger be emptied.',
  },
  {
    id: 'postgres-careless-server',
    rule: 'X05',
    file: 'host-link/host/node/postgres-open.ts',
    find: "if (row?.fsync !== 'on')",
    replace: "if (row?.fsync === '')",
    tests: [stores, faults],
    does: 'Keeps books on a server that does not wait for its disk.',
  },
  {
    id: 'postgres-secret-not-checked',
    rule: 'key store',
    file: 'host-link/host/node/postgres-open.ts',
    find: "if (meta.get('secret-check') !== secretCheck)",
    replace: "if (!meta.has('secret-check'))",
    tests: [stores, faults],
    does: 'Opens books whose keys are sealed under another secret.',
  },
  {
    id: 'ring-doubled-sign-on-forgotten',
    rule: 'P6',
    file: 'host-link/host/key-ring.ts',
    find: 'if (!same || masterCheck !== ring.current) return undefined',
    replace: "if (same || masterCheck !== '') return undefined",
    tests: [hosts],
    does: 'Makes other keys for the same sign-on at the other host.',
  },
  {
    id: 'ring-used-sign-on-answered',
    rule: 'P13',
    file: 'host-link/host/key-ring.ts',
    find: 'changed ||= moved // a first message under the current keys ends the previous ones (rule P13)',
    replace: 'changed &&= moved',
    tests: ['test/host-link/host/key-ring.test.ts'],
    does: 'Goes on taking the previous keys, at every host.',
  },
  {
    id: 'alarm-of-every-run',
    rule: 'alarms',
    file: 'host-link/host/host.ts',
    find: 'waiting.hush() // what a run rang that ended at a read: the store runs this again',
    replace: 'waiting.release()',
    tests: ['test/host-link/host/key-ring.test.ts'],
    does: 'Rings an alarm once more for every read.',
  },
]
