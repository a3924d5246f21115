/* The device contract for C. Made by `npm run build:native` from the files of terminal/device; do not edit. */
#ifndef SHUAKA_CONTRACT_H
#define SHUAKA_CONTRACT_H

#include "quickjs.h"

/* Each call: peripheral, method, and whether it returns its value (INSTANT) or a promise (WAITS). */
#define DEVICE_CALLS(X) \
    X(display, size, INSTANT) \
    X(display, clear, INSTANT) \
    X(display, draw, INSTANT) \
    X(display, icons, INSTANT) \
    X(keypad, next, WAITS) \
    X(keypad, cancel, INSTANT) \
    X(keypad, flush, INSTANT) \
    X(reader, wait, WAITS) \
    X(reader, cancel, INSTANT) \
    X(secure, enterPin, WAITS) \
    X(secure, changePin, WAITS) \
    X(secure, inject, WAITS) \
    X(secure, renewMaster, WAITS) \
    X(secure, cancel, INSTANT) \
    X(secure, mac, INSTANT) \
    X(secure, verifyMac, INSTANT) \
    X(secure, encryptTrack, INSTANT) \
    X(secure, loadWorkingKeys, INSTANT) \
    X(secure, slot, INSTANT) \
    X(secure, random, INSTANT) \
    X(secure, deviceTag, INSTANT) \
    X(secure, hash, INSTANT) \
    X(secure, verify, INSTANT) \
    X(secure, sign, INSTANT) \
    X(secure, reportKey, INSTANT) \
    X(secure, floor, INSTANT) \
    X(secure, raiseFloor, INSTANT) \
    X(printer, columns, INSTANT) \
    X(printer, paper, INSTANT) \
    X(printer, print, WAITS) \
    X(flash, geometry, INSTANT) \
    X(flash, read, INSTANT) \
    X(flash, program, INSTANT) \
    X(flash, erase, INSTANT) \
    X(slots, geometry, INSTANT) \
    X(slots, read, INSTANT) \
    X(slots, program, INSTANT) \
    X(slots, erase, INSTANT) \
    X(slots, hash, INSTANT) \
    X(slots, running, INSTANT) \
    X(slots, factory, INSTANT) \
    X(slots, readFactory, INSTANT) \
    X(link, open, WAITS) \
    X(link, send, WAITS) \
    X(link, receive, WAITS) \
    X(link, cancel, INSTANT) \
    X(link, close, INSTANT) \
    X(link, quality, INSTANT) \
    X(link, security, INSTANT) \
    X(inbox, state, INSTANT) \
    X(inbox, publish, INSTANT) \
    X(inbox, next, WAITS) \
    X(inbox, cancel, INSTANT) \
    X(inbox, fetch, WAITS) \
    X(clock, now, INSTANT) \
    X(clock, set, INSTANT) \
    X(clock, monotonicMs, INSTANT) \
    X(clock, sleep, WAITS) \
    X(charset, encodeGbk, INSTANT) \
    X(charset, decodeGbk, INSTANT) \
    X(info, identity, INSTANT) \
    X(info, setup, INSTANT) \
    X(info, restart, INSTANT)

#define DEVICE_CALL_COUNT 63

/* The words of the contract, in its order. */
#define KEYS "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "enter", "clear", "cancel", "menu", "up", "down", "f1", "f2", "f3", "f4"
#define STYLES "normal", "inverse", "large"
#define MAC_ALGORITHMS "cup-ecb", "x9.9", "x9.19", "cbc-mac", "cmac"
#define SIGN_ON_KINDS "001", "003", "004", "006"
#define PLACES "factory", "a", "b"
#define UP_TOPICS "hello", "get", "state", "log"
#define DOWN_TOPICS "want", "blk", "ack"

/* First and last code points of terminal/screen/width.ts (UAX #11): of two cells, and without a picture. */
#define WIDE_RANGES {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf}, {0x4e00, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe10, 0xfe19}, {0xfe30, 0xfe6f}, {0xff01, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}
#define UNDRAWABLE_RANGES {0x0000, 0x001f}, {0x007f, 0x009f}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069}, {0xd800, 0xdfff}, {0xfeff, 0xfeff}

#define TIMEOUT_MS_MAX 600000
#define INBOX_BYTES_MAX 33792
#define FETCH_BYTES_MAX 32768

/* size(): { readonly columns: number; readonly rows: number } */
JSValue display_size(JSContext *ctx, JSValueConst *argv);

/* clear(): void */
JSValue display_clear(JSContext *ctx, JSValueConst *argv);

/* draw(row: number, column: number, text: string, style: Style): void */
JSValue display_draw(JSContext *ctx, JSValueConst *argv);

/* icons(icons: Icons): void */
JSValue display_icons(JSContext *ctx, JSValueConst *argv);

/* next(timeoutMs: number): Promise<KeyResult> */
JSValue keypad_next(JSContext *ctx, JSValueConst *argv);

/* cancel(): void */
JSValue keypad_cancel(JSContext *ctx, JSValueConst *argv);

/* flush(): void */
JSValue keypad_flush(JSContext *ctx, JSValueConst *argv);

/* wait(timeoutMs: number): Promise<CardResult> */
JSValue reader_wait(JSContext *ctx, JSValueConst *argv);

/* cancel(): void */
JSValue reader_cancel(JSContext *ctx, JSValueConst *argv);

/* enterPin(request: PinRequest): Promise<PinResult> */
JSValue secure_enterPin(JSContext *ctx, JSValueConst *argv);

/* changePin(request: PinChangeRequest): Promise<PinChangeResult> */
JSValue secure_changePin(JSContext *ctx, JSValueConst *argv);

/* inject(request: InjectRequest): Promise<InjectResult> */
JSValue secure_inject(JSContext *ctx, JSValueConst *argv);

/* renewMaster(slot: number, timeoutMs: number): Promise<RenewResult> */
JSValue secure_renewMaster(JSContext *ctx, JSValueConst *argv);

/* cancel(): void */
JSValue secure_cancel(JSContext *ctx, JSValueConst *argv);

/* mac(slot: number, algorithm: MacAlgorithm, bytes: Uint8Array): MacResult */
JSValue secure_mac(JSContext *ctx, JSValueConst *argv);

/* verifyMac(slot: number, algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): boolean */
JSValue secure_verifyMac(JSContext *ctx, JSValueConst *argv);

/* encryptTrack(slot: number, digits: string): TrackResult */
JSValue secure_encryptTrack(JSContext *ctx, JSValueConst *argv);

/* loadWorkingKeys(slot: number, kind: SignOnKind, block: Uint8Array, proof?: LoadProof): LoadResult */
JSValue secure_loadWorkingKeys(JSContext *ctx, JSValueConst *argv);

/* slot(slot: number): SlotState */
JSValue secure_slot(JSContext *ctx, JSValueConst *argv);

/* random(length: number): Uint8Array */
JSValue secure_random(JSContext *ctx, JSValueConst *argv);

/* deviceTag(bytes: Uint8Array): Uint8Array */
JSValue secure_deviceTag(JSContext *ctx, JSValueConst *argv);

/* hash(bytes: Uint8Array): Uint8Array */
JSValue secure_hash(JSContext *ctx, JSValueConst *argv);

/* verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean */
JSValue secure_verify(JSContext *ctx, JSValueConst *argv);

/* sign(message: Uint8Array): Uint8Array */
JSValue secure_sign(JSContext *ctx, JSValueConst *argv);

/* reportKey(): Uint8Array */
JSValue secure_reportKey(JSContext *ctx, JSValueConst *argv);

/* floor(index: number, scope: Uint8Array): number */
JSValue secure_floor(JSContext *ctx, JSValueConst *argv);

/* raiseFloor(index: number, value: number, scope: Uint8Array): 'raised' | 'storage' */
JSValue secure_raiseFloor(JSContext *ctx, JSValueConst *argv);

/* columns(): number */
JSValue printer_columns(JSContext *ctx, JSValueConst *argv);

/* paper(): 'ok' | 'out' */
JSValue printer_paper(JSContext *ctx, JSValueConst *argv);

/* print(lines: readonly PrintLine[]): Promise<PrintResult> */
JSValue printer_print(JSContext *ctx, JSValueConst *argv);

/* geometry(): FlashGeometry */
JSValue flash_geometry(JSContext *ctx, JSValueConst *argv);

/* read(address: number, length: number): Uint8Array */
JSValue flash_read(JSContext *ctx, JSValueConst *argv);

/* program(address: number, bytes: Uint8Array): 'done' | 'failed' */
JSValue flash_program(JSContext *ctx, JSValueConst *argv);

/* erase(sector: number): 'done' | 'failed' */
JSValue flash_erase(JSContext *ctx, JSValueConst *argv);

/* geometry(): FlashGeometry */
JSValue slots_geometry(JSContext *ctx, JSValueConst *argv);

/* read(address: number, length: number): Uint8Array */
JSValue slots_read(JSContext *ctx, JSValueConst *argv);

/* program(address: number, bytes: Uint8Array): 'done' | 'failed' */
JSValue slots_program(JSContext *ctx, JSValueConst *argv);

/* erase(sector: number): 'done' | 'failed' */
JSValue slots_erase(JSContext *ctx, JSValueConst *argv);

/* hash(address: number, length: number): Uint8Array */
JSValue slots_hash(JSContext *ctx, JSValueConst *argv);

/* running(): Started */
JSValue slots_running(JSContext *ctx, JSValueConst *argv);

/* factory(): Factory */
JSValue slots_factory(JSContext *ctx, JSValueConst *argv);

/* readFactory(offset: number, length: number): Uint8Array */
JSValue slots_readFactory(JSContext *ctx, JSValueConst *argv);

/* open(timeoutMs: number): Promise<OpenResult> */
JSValue link_open(JSContext *ctx, JSValueConst *argv);

/* send(bytes: Uint8Array): Promise<{ readonly kind: 'sent' | 'closed' }> */
JSValue link_send(JSContext *ctx, JSValueConst *argv);

/* receive(timeoutMs: number): Promise<ReceiveResult> */
JSValue link_receive(JSContext *ctx, JSValueConst *argv);

/* cancel(): void */
JSValue link_cancel(JSContext *ctx, JSValueConst *argv);

/* close(): void */
JSValue link_close(JSContext *ctx, JSValueConst *argv);

/* quality(): number */
JSValue link_quality(JSContext *ctx, JSValueConst *argv);

/* security(): LineSecurity */
JSValue link_security(JSContext *ctx, JSValueConst *argv);

/* state(): InboxState */
JSValue inbox_state(JSContext *ctx, JSValueConst *argv);

/* publish(topic: UpTopic, bytes: Uint8Array, quality: 0 | 1): 'queued' | 'offline' | 'full' */
JSValue inbox_publish(JSContext *ctx, JSValueConst *argv);

/* next(timeoutMs: number): Promise<InboxResult> */
JSValue inbox_next(JSContext *ctx, JSValueConst *argv);

/* cancel(): void */
JSValue inbox_cancel(JSContext *ctx, JSValueConst *argv);

/* fetch(object: Uint8Array, offset: number, length: number, timeoutMs: number): Promise<FetchResult> */
JSValue inbox_fetch(JSContext *ctx, JSValueConst *argv);

/* now(): WallTime */
JSValue clock_now(JSContext *ctx, JSValueConst *argv);

/* set(time: WallTime): void */
JSValue clock_set(JSContext *ctx, JSValueConst *argv);

/* monotonicMs(): number */
JSValue clock_monotonicMs(JSContext *ctx, JSValueConst *argv);

/* sleep(ms: number): Promise<void> */
JSValue clock_sleep(JSContext *ctx, JSValueConst *argv);

/* encodeGbk(text: string): Uint8Array */
JSValue charset_encodeGbk(JSContext *ctx, JSValueConst *argv);

/* decodeGbk(bytes: Uint8Array): string */
JSValue charset_decodeGbk(JSContext *ctx, JSValueConst *argv);

/* identity(): Identity */
JSValue info_identity(JSContext *ctx, JSValueConst *argv);

/* setup(): Setup */
JSValue info_setup(JSContext *ctx, JSValueConst *argv);

/* restart(): void */
JSValue info_restart(JSContext *ctx, JSValueConst *argv);

/* Runs in the guest before the program (emulator/vm/prelude.ts). */
#define PRELUDE \
    "'use strict';\n" \
    "(() => {\n" \
    "  const isArray = Array.isArray\n" \
    "  const prototypeOf = Object.getPrototypeOf\n" \
    "  const plain = Object.prototype\n" \
    "  const Bytes = Uint8Array\n" \
    "  const Units = Uint16Array\n" \
    "  const text = String.fromCharCode\n" \
    "  const odd = /[\\0\\ud800-\\udfff]/\n" \
    "  const helpers = {\n" \
    "    kind(value) {\n" \
    "      if (isArray(value)) return 1\n" \
    "      if (value instanceof Bytes) return 2\n" \
    "      const prototype = prototypeOf(value)\n" \
    "      return prototype === plain || prototype === null ? 3 : 0\n" \
    "    },\n" \
    "    exact: (bytes) =>\n" \
    "      bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : new Bytes(bytes).buffer,\n" \
    "    bytes: (buffer) => new Bytes(buffer),\n" \
    "    isOdd: (value) => (odd.test(value) ? 1 : 0),\n" \
    "    units(value) {\n" \
    "      const units = new Units(value.length)\n" \
    "      for (let i = 0; i < value.length; i++) units[i] = value.charCodeAt(i)\n" \
    "      return units.buffer\n" \
    "    },\n" \
    "    fromUnits(buffer) {\n" \
    "      let value = ''\n" \
    "      for (const unit of new Units(buffer)) value += text(unit)\n" \
    "      return value\n" \
    "    },\n" \
    "  }\n" \
    "  const refuse = (name, instead) => {\n" \
    "    const refused = function () { throw new Error(name + ' is not there: ' + instead) }\n" \
    "    return refused\n" \
    "  }\n" \
    "  const noTime = 'the time comes from device.clock'\n" \
    "  const noDate = refuse('Date', noTime)\n" \
    "  for (const name of ['now', 'parse', 'UTC']) noDate[name] = refuse('Date.' + name, noTime)\n" \
    "  const noText = 'text is not program'\n" \
    "  Math.random = refuse('Math.random', 'chance comes from device.secure.random')\n" \
    "  globalThis.Date = noDate\n" \
    "  globalThis.eval = refuse('eval', noText)\n" \
    "  globalThis.Function = refuse('Function', noText)\n" \
    "  const functions = [function () {}, async function () {}, function* () {}, async function* () {}]\n" \
    "  for (const each of functions) {\n" \
    "    const value = refuse('Function', noText)\n" \
    "    Object.defineProperty(prototypeOf(each), 'constructor', { value, writable: false, configurable: false })\n" \
    "  }\n" \
    "  delete globalThis.WeakRef\n" \
    "  delete globalThis.FinalizationRegistry\n" \
    "  return helpers\n" \
    "})()\n"

#endif
