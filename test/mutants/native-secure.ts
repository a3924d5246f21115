import type { Mutant } from './mutant.ts'

const port = 'terminal/port/posix/'
const calls = 'test/terminal/port/secure.test.ts'
const rules = 'test/terminal/port/secure-rules.test.ts'
const kept = 'test/terminal/port/secure-sealed.test.ts'
const memory = 'test/terminal/port/secure-memory.test.ts'
const badInput = 'test/terminal/port/bad-input.test.ts'
const getters = 'test/terminal/port/secure-arguments.test.ts'

interface Row extends Pick<Mutant, 'rule' | 'find' | 'replace' | 'does'> {
  readonly id: string
  readonly in: 'keys.c' | 'pin.c' | 'secure.c' | 'sealed.c' | 'crypto.c'
  readonly test: string
}

// biome-ignore format: one row a rule
const rows: readonly Row[] = [
  { id: 'weak', in: 'keys.c', rule: 'keys', test: rules, find: 'bool weak = false;\n', replace: 'bool weak = false;\n    return weak;\n', does: 'Takes weak and semi-weak DES keys.' },
  { id: 'halves', in: 'keys.c', rule: 'keys', test: rules, find: ' || equal_bytes(key->bytes, key->bytes + 8, 8));', replace: ');', does: 'Takes TDES keys of two equal halves.' },
  { id: 'twice', in: 'keys.c', rule: 'one key, one usage', test: rules, find: 'fault == NULL && twice', replace: 'fault == NULL && false && twice', does: 'Takes a block whose PIK and MAK are one key.' },
  { id: 'elsewhere', in: 'keys.c', rule: 'one key, one usage', test: rules, find: 'if (serves(&fresh[usage], number, usage)) fault', replace: 'if (false && serves(&fresh[usage], number, usage)) fault', does: 'Takes a key that serves in another place already.' },
  { id: 'check-value', in: 'keys.c', rule: 'keys', test: rules, find: 'equal_bytes(value, at + bytes[usage], WORD_BYTES)', replace: 'equal_bytes(value, at + bytes[usage], 0)', does: 'Loads working keys whatever their check values.' },
  { id: 'replayed', in: 'keys.c', rule: 'K05', test: rules, find: ') fault = "replayed";', replace: ') fault = NULL;', does: 'Takes an earlier key block once more.' },
  { id: 'remembers-31', in: 'keys.c', rule: 'K05', test: rules, find: 'if (slot->count == BLOCKS_MAX)', replace: 'if (slot->count == BLOCKS_MAX - 1)', does: 'Forgets a key block one too early.' },
  { id: 'order-of-words', in: 'keys.c', rule: 'K05', test: rules, find: '    qsort(words', replace: '    if (false) qsort(words', does: 'Takes an earlier block whose keys were put in another order.' },
  { id: 'proof', in: 'keys.c', rule: 'keys', test: rules, find: 'proof != NULL && !proves(', replace: 'proof != NULL && false && !proves(', does: 'Does not look at the proof of a sign-on.' },
  { id: 'mac-bound', in: 'keys.c', rule: 'one key, one usage', test: rules, find: 'if (slot->mac_of[mak] != 0 && ', replace: 'if (false && slot->mac_of[mak] != 0 && ', does: 'Makes any MAC with a MAK that was proved for one.' },
  { id: 'bare-block', in: 'keys.c', rule: 'keys', test: rules, find: 'if (key->length == 0 || bare ||', replace: 'if (key->length == 0 || (bare && mac < 0) ||', does: 'Gives the whole check value as the MAC of one block of zeros.' },
  { id: 'zero-track', in: 'keys.c', rule: 'keys', test: rules, find: 'if (any == 0) return ZEROS;', replace: 'if (any > 15) return ZEROS;', does: 'Gives the whole check value as an encrypted track.' },
  { id: 'no-previous', in: 'keys.c', rule: 'P13', test: rules, find: 'if (other) old[PREVIOUS] = old[MAK];', replace: 'if (other) old[PREVIOUS].length = 0;', does: 'Forgets the previous MAK with the sign-on.' },
  { id: 'previous-stays', in: 'secure.c', rule: 'P13', test: rules, find: '    wipe(&slot->keys[PREVIOUS], sizeof slot->keys[PREVIOUS]);\n', replace: '', does: 'Takes the previous MAK after a MAC under the new one.' },
  { id: 'previous-unsaved', in: 'secure.c', rule: 'P13', test: rules, find: 'first_seen[number] = true, state_save();', replace: 'first_seen[number] = true;', does: 'Has the previous MAK back after a restart.' },
  { id: 'half-loaded', in: 'secure.c', rule: 'keys', test: calls, find: '*slot = before, fault = "storageFailed"', replace: 'fault = "storageFailed"', does: 'Works with keys that the next start does not have.' },
  { id: 'small-order', in: 'secure.c', rule: 'documents', test: calls, find: '|| !is_proper_key(key.at)) return', replace: '|| (key.length == 1 && !is_proper_key(key.at))) return', does: 'Takes signatures that nobody made.' },
  { id: 'floor-falls', in: 'secure.c', rule: 'floors', test: rules, find: 'if (!stands || floor->value < (', replace: 'if (!stands || floor->value != (', does: 'Lowers a floor.' },
  { id: 'floor-unsaved', in: 'secure.c', rule: 'floors', test: calls, find: 'if (!saved) *floor = before;', replace: '(void)before, (void)saved;', does: 'Has a floor that the next start does not have.' },
  { id: 'tamper-keeps-seed', in: 'sealed.c', rule: 'tamper', test: calls, find: 'kept.device.has_seed = false, kept', replace: 'kept', does: 'Signs with a seed of zeros once the case was opened.' },
  { id: 'tamper-unsaved', in: 'secure.c', rule: 'tamper', test: kept, find: 'else case_opened = !state_save();', replace: 'else case_opened = false;', does: 'Has its keys again after a restart.' },
  { id: 'pin-uncounted', in: 'pin.c', rule: 'PIN limit', test: calls, find: '    kept.device.credit_ms -= cost <', replace: '    if (false) kept.device.credit_ms -= cost <', does: 'Encrypts as many PINs as anybody likes.' },
  { id: 'pin-unsaved', in: 'pin.c', rule: 'PIN limit', test: calls, find: 'bool made = state_save() && slot', replace: 'bool made = slot', does: 'Has all its credit again after a restart.' },
  { id: 'pin-change-costs-one', in: 'pin.c', rule: 'PIN limit', test: calls, find: 'cost = count * COST_MS', replace: 'cost = COST_MS', does: 'Counts a change of PIN as one block.' },
  { id: 'pin-three-digits', in: 'pin.c', rule: 'PIN', test: calls, find: 'if (typed->count < PIN_MIN) {', replace: 'if (typed->count < PIN_MIN - 2) {', does: 'Takes a PIN of two digits.' },
  { id: 'pin-four-differences', in: 'pin.c', rule: 'PIN', test: calls, find: '++asked.differences == DIFFERENCES_MAX', replace: '++asked.differences > DIFFERENCES_MAX', does: 'Asks for the new PIN a fourth time.' },
  { id: 'pin-not-compared', in: 'pin.c', rule: 'PIN', test: calls, find: '(fresh->count > 0 && equal_bytes(fresh, typed, sizeof *typed))', replace: 'fresh->count > 0', does: 'Changes to a PIN that was typed in two ways.' },
  { id: 'pin-stays', in: 'pin.c', rule: 'wiped', test: memory, find: 'static void ended(void) {\n    wipe(&kept.pins, sizeof kept.pins);', replace: 'static void ended(void) {', does: 'Leaves a cancelled PIN in memory.' },
  { id: 'keys-stay', in: 'sealed.c', rule: 'wiped', test: memory, find: 'void state_tamper(void) {\n    wipe(kept.slots, sizeof kept.slots);', replace: 'void state_tamper(void) {\n    for (int at = 0; at < SLOTS; at++) kept.slots[at].keys[MASTER].length = 0;', does: 'Leaves keys in memory when the case is opened.' },
  { id: 'one-copy', in: 'sealed.c', rule: 'damage', test: kept, find: '    if (!device && again) kept.device = copy;\n', replace: '    again = device;\n', does: 'Loses the device’s secret to one damaged byte.' },
  { id: 'not-mended', in: 'sealed.c', rule: 'damage', test: kept, find: 'if (first || taken || !whole || case_opened) {', replace: 'if (first || taken || case_opened) {', does: 'Has another secret at every start once it was damaged.' },
  { id: 'keys-json-stays', in: 'sealed.c', rule: 'keys', test: kept, find: '    wipe(text, length);\n    bool done', replace: '    bool done', does: 'Deletes clear keys without overwriting them.' },
  { id: 'keys-json-deleted-first', in: 'sealed.c', rule: 'keys', test: kept, find: 'if (!saved && (first || taken)) die(EXIT_STORAGE, "the', replace: 'if (!saved && false) die(EXIT_STORAGE, "the', does: 'Deletes the only copy of keys that it could not keep.' },
  { id: 'keys-json-after-damage', in: 'sealed.c', rule: 'damage', test: kept, find: 'if (kept.device.tampered || kept.device.damaged) return false;', replace: 'if (kept.device.tampered) return false;', does: 'Takes keys from a file into a secure element that was damaged.' },
  { id: 'swapped', in: 'secure.c', rule: 'secrets', test: memory, find: 'mlock(&kept, sizeof kept) != 0 || ', replace: '', does: 'Lets keys and digits onto a swap disk.' },
  { id: 'swapped-in-silence', in: 'secure.c', rule: 'secrets', test: memory, find: 'mlock(&kept, sizeof kept) != 0 || ', replace: '(mlock(&kept, sizeof kept) != 0 && false) || ', does: 'Says nothing of keys that may get onto a swap disk.' },
  { id: 'inherited', in: 'secure.c', rule: 'secrets', test: memory, find: ' || madvise(&kept, sizeof kept, MADV_DONTFORK) != 0', replace: '', does: 'Gives every key to the child that looks up a name.' },
  { id: 'pins-elsewhere', in: 'pin.c', rule: 'secrets', test: memory, find: '    struct digits *typed = &kept.pins.typed;\n    if (!asked', replace: '    static struct digits beside, *typed = &beside;\n    if (!asked', does: 'Keeps the digits of a PIN in a page that may be swapped out.' },
  { id: 'freed-proof', in: 'secure.c', rule: 'memory', test: getters, find: 'JSValue result = taken ? load(ctx, argv, part) : JS_EXCEPTION;\n    free_fields(ctx, 3, part);', replace: 'free_fields(ctx, 3, part);\n    JSValue result = taken ? load(ctx, argv, part) : JS_EXCEPTION;', does: 'Proves a key block by bytes that have been freed.' },
  { id: 'busy-too-early', in: 'pin.c', rule: 'memory', test: getters, find: 'if (taken) result = asked.wait.pending ? settled_kind(ctx, "busy") : ask(', replace: 'if (taken) result = ask(', does: 'Changes the PIN that is asked for while its digits are typed.' },
  { id: 'getter-that-threw', in: 'secure.c', rule: 'memory', test: getters, find: 'taken = taken && !JS_IsException(fields[at]);', replace: '', does: 'Asks for a PIN with what a getter did not give.' },
  { id: 'key-replaced', in: 'sealed.c', rule: 'damage', test: kept, find: '    if (found != NULL && length != wanted)\n', replace: '    if (found != NULL && length != wanted) found = NULL;\n    if (found != NULL && length != wanted)\n', does: 'Overwrites a device.key that somebody could have put right.' },
  { id: 'gone-is-new', in: 'sealed.c', rule: 'damage', test: kept, find: 'gone = file == NULL && was_in_use()', replace: 'gone = file == NULL && false && was_in_use()', does: 'Takes a device whose keys are gone for one that never had any.' },
  { id: 'cut-is-gone', in: 'sealed.c', rule: 'damage', test: kept, find: '    return all != 0xff;', replace: '    return all <= 0xff;', does: 'Sends a device to its maker whose first start was cut.' },
  { id: 'traded-forgotten', in: 'sealed.c', rule: 'damage', test: badInput, find: 'kept.device.has_traded |= kept', replace: 'kept.device.has_traded = kept', does: 'Forgets with its keys that there was a journal.' },
  { id: 'nonce', in: 'sealed.c', rule: 'sealed', test: kept, find: 'if (seal) secret_random(file, NONCE_BYTES), memcpy', replace: 'if (seal) memset(file, 0, NONCE_BYTES), memcpy', does: 'Seals two states under one nonce.' },
]

/** The native secure element: keys, PINs, and what it keeps. */
export const nativeSecure: readonly Mutant[] = rows.map(({ id, in: file, test, ...rest }) => ({
  id: `native-secure-${id}`,
  file: `${port}${file}`,
  tests: [test],
  ...rest,
}))
