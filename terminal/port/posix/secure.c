/*
 * 安全模块: its calls, but for the PIN (pin.c), and what happens to its case. A change is kept before it is told. Key
 * injection and renewal want an identity of the device, which this port has not.
 *
 * To port: a chip that has these calls takes the place of all five files; docs/device.md, "The secure element".
 */
#define _DEFAULT_SOURCE /* madvise */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "secure.h"

enum { SIGNED_MAX = 65536, RANDOM_MAX = 64, TAGGED_MAX = 256, ED25519_BYTES = 32, SIGNATURE_BYTES = 64 };
#define FLOOR_MAX ((INT64_C(1) << 48) - 1)

static bool first_seen[SLOTS]; /* the first MAC under its MAK: worth one save a sign-on, not one a MAC */

/* Secrets neither in a core dump, nor on a swap disk, nor in the child that looks up a name (stream.c). */
void secure_open(void) {
    prctl(PR_SET_DUMPABLE, 0);
    if (mlock(&kept, sizeof kept) != 0 || madvise(&kept, sizeof kept, MADV_DONTFORK) != 0)
        warn("keys and PINs cannot be held in memory, they may get onto a swap disk: %s", strerror(errno));
    state_load();
}
void secure_reset(void) {
    memset(first_seen, 0, sizeof first_seen);
    state_load();
}
/* The case is opened: whatever runs is over, and no key is left when this returns, saved or not. */
void operator_tamper(void) {
    case_opened = true;
    pin_cancel();
    state_tamper();
    if (vm_context() == NULL) state_load();
    else case_opened = !state_save();
}
/* 送修: the maker closes a case that was opened; only between two runs, as without power. */
void operator_service(void) {
    if (vm_context() != NULL) return;
    state_load();
    if (!kept.device.tampered || case_opened) return;
    kept.device.tampered = false;
    state_save();
}

/* ---- arguments and results */

static bool bytes_arg(JSContext *ctx, JSValueConst value, const char *what, size_t max, struct bytes *bytes) {
    return arg_bytes(ctx, value, what, 0, max, &bytes->at, &bytes->length);
}
bool take_fields(JSContext *ctx, JSValueConst object, int count, const char *const *names, JSValue *fields) {
    bool taken = true;
    for (int at = 0; at < count; at++) {
        fields[at] = taken ? JS_GetPropertyStr(ctx, object, names[at]) : JS_UNDEFINED;
        taken = taken && !JS_IsException(fields[at]);
    }
    return taken;
}
void free_fields(JSContext *ctx, int count, const JSValue *fields) {
    for (int at = 0; at < count; at++) JS_FreeValue(ctx, fields[at]);
}
JSValue kind_with(JSContext *ctx, const char *kind, const char *name, JSValue value) {
    JSValue object = kind_object(ctx, kind);
    return object_set(ctx, object, name, value) ? object : JS_EXCEPTION;
}

/* ---- keys */

CALL(secure_cancel) { return pin_cancel(), JS_UNDEFINED; }
CALL(secure_mac) {
    const struct slot *slot = slot_with(index_in(argv[0], SLOTS), MAK);
    struct bytes bytes;
    uint8_t made[MAC_BYTES];
    int mac = 0;
    if (slot != NULL && !arg_name(ctx, argv[1], "MAC", macs, &mac)) return JS_EXCEPTION;
    if (!bytes_arg(ctx, argv[2], "MAC", MAC_DATA_MAX, &bytes)) return JS_EXCEPTION;
    if (slot == NULL || !make_mac(slot, MAK, mac, bytes, made)) return kind_object(ctx, "noKey");
    return kind_with(ctx, "mac", "mac", new_bytes(ctx, made, sizeof made));
}
/* Rule P13: the previous MAK is taken until the first MAC under the current one. */
CALL(secure_verifyMac) {
    int number = index_in(argv[0], SLOTS), mac = 0;
    struct slot *slot = slot_with(number, MAK);
    struct bytes bytes, wanted;
    uint8_t made[MAC_BYTES];
    if (slot != NULL && !arg_name(ctx, argv[1], "MAC", macs, &mac)) return JS_EXCEPTION;
    if (!bytes_arg(ctx, argv[2], "MAC", MAC_DATA_MAX, &bytes) || !bytes_arg(ctx, argv[3], "MAC", SIZE_MAX, &wanted))
        return JS_EXCEPTION;
    if (slot == NULL || wanted.length != MAC_BYTES) return JS_FALSE;
    if (!make_mac(slot, MAK, mac, bytes, made) || !equal_bytes(made, wanted.at, MAC_BYTES))
        return JS_NewBool(ctx, make_mac(slot, PREVIOUS, mac, bytes, made) && equal_bytes(made, wanted.at, MAC_BYTES));
    wipe(&slot->keys[PREVIOUS], sizeof slot->keys[PREVIOUS]);
    if (!first_seen[number]) first_seen[number] = true, state_save();
    return JS_TRUE;
}
CALL(secure_encryptTrack) {
    const struct slot *slot = slot_with(index_in(argv[0], SLOTS), TDK);
    char track[TRACK_MAX + 1];
    if (slot == NULL) return kind_object(ctx, "noKey");
    if (!arg_text(ctx, argv[1], "track", track, sizeof track)) return JS_EXCEPTION;
    enum track result = encrypt_track(slot, track);
    if (result == NO_TRACK) return range_error(ctx, "track: wants 17 to 104 of 0-9 and D");
    return result == ZEROS ? kind_object(ctx, "noKey") : kind_with(ctx, "track", "digits", JS_NewString(ctx, track));
}
/* `part`: the proof's algorithm, bytes and MAC; NULL: there is none. */
static JSValue load(JSContext *ctx, JSValueConst *argv, const JSValue *part) {
    int number = index_in(argv[0], SLOTS), kind = 0;
    struct slot *slot = slot_with(number, MASTER);
    struct proof proof, *proved = part == NULL ? NULL : &proof;
    struct bytes block;
    if (slot == NULL) return kind_object(ctx, "noKey");
    if (!arg_name(ctx, argv[1], "key block", kinds, &kind) ||
        (proved && (!arg_name(ctx, part[0], "MAC", macs, &proof.mac) ||
                    !bytes_arg(ctx, part[1], "MAC", SIZE_MAX, &proof.bytes) ||
                    !bytes_arg(ctx, part[2], "MAC", SIZE_MAX, &proof.wanted))) ||
        !bytes_arg(ctx, argv[2], "key block", SIZE_MAX, &block))
        return JS_EXCEPTION;
    struct slot before = *slot;
    const char *fault = load_working_keys(number, kind, block, proved);
    if (fault == NULL && !state_save()) *slot = before, fault = "storageFailed";
    wipe(&before, sizeof before);
    if (fault != NULL) return kind_object(ctx, fault);
    memset(first_seen, 0, sizeof first_seen);
    return kind_with(ctx, "loaded", "version", JS_NewInt64(ctx, slot->version));
}
CALL(secure_loadWorkingKeys) {
    static const char *const names[] = {"algorithm", "bytes", "mac"};
    JSValue part[3];
    if (JS_IsUndefined(argv[3])) return load(ctx, argv, NULL);
    bool taken = take_fields(ctx, argv[3], 3, names, part);
    JSValue result = taken ? load(ctx, argv, part) : JS_EXCEPTION;
    free_fields(ctx, 3, part);
    return result;
}
CALL(secure_slot) {
    static const char *const parts[] = {"masterKey", "pinKey", "macKey", "trackKey"};
    int number = index_in(argv[0], SLOTS);
    char hex[7];
    JSValue state = JS_NewObject(ctx);
    bool whole = object_set(ctx, state, "version", JS_NewInt64(ctx, number < 0 ? 0 : kept.slots[number].version));
    if (kept.device.tampered) whole = whole && object_set(ctx, state, "tampered", JS_TRUE);
    if (kept.device.damaged) whole = whole && object_set(ctx, state, "damaged", JS_TRUE);
    for (enum usage usage = MASTER; whole && usage <= TDK; usage++) {
        if (slot_with(number, usage) == NULL) continue;
        shown_check_value(&kept.slots[number], usage, hex);
        whole = object_set(ctx, state, parts[usage], JS_NewString(ctx, hex));
    }
    return whole ? state : JS_EXCEPTION;
}
CALL(secure_random) {
    uint8_t bytes[RANDOM_MAX];
    int64_t length;
    if (!arg_int(ctx, argv[0], "random", 1, RANDOM_MAX, &length)) return JS_EXCEPTION;
    board_random(bytes, (size_t)length);
    return new_bytes(ctx, bytes, (size_t)length);
}
CALL(secure_deviceTag) {
    struct bytes bytes;
    struct key secret = {SECRET_BYTES, {0}};
    uint8_t tag[BLOCK_BYTES];
    if (!bytes_arg(ctx, argv[0], "device tag", TAGGED_MAX, &bytes)) return JS_EXCEPTION;
    memcpy(secret.bytes, kept.device.secret, SECRET_BYTES);
    cmac(NO_ALGORITHM, &secret, bytes, tag);
    wipe(&secret, sizeof secret);
    return new_bytes(ctx, tag, sizeof tag);
}
CALL(secure_renewMaster) {
    int64_t timeout_ms;
    screen_show();
    if (!arg_int(ctx, argv[1], "time-out", 0, TIMEOUT_MS_MAX, &timeout_ms)) return JS_EXCEPTION;
    if (pin_pending() || !kept.device.tampered) return settled_kind(ctx, pin_pending() ? "busy" : "noIdentity");
    return settled(ctx, kind_with(ctx, "failed", "why", JS_NewString(ctx, "tampered")));
}

/* ---- signed documents */

CALL(secure_hash) {
    struct bytes bytes;
    uint8_t digest[32];
    if (!bytes_arg(ctx, argv[0], "hash", SIGNED_MAX, &bytes)) return JS_EXCEPTION;
    sha256(bytes.at, bytes.length, digest);
    return new_bytes(ctx, digest, sizeof digest);
}
/* libcrypto takes y >= p (RFC 8032 5.1.3) and points of small order too, under which anybody can sign. */
static bool is_proper_key(const uint8_t *key) {
    uint8_t top = key[31] & 0x7f; /* without the sign of x */
    bool low = key[0] <= 1 && top == 0, high = key[0] >= 0xec && top == 0x7f; /* order 4, 1; order 2, and y >= p */
    for (int at = 1; at < 31; at++) low = low && key[at] == 0, high = high && key[at] == 0xff;
    /* the two y of order 8: nobody finds another key that begins so */
    return !low && !high && memcmp(key, "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0", 16) != 0 &&
           memcmp(key, "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f", 16) != 0;
}
/* By the key of a seed, or of others: signs, or verifies (S < L too). */
static bool ed25519(bool sign, EVP_PKEY *key, uint8_t *signature, struct bytes message) {
    size_t length = SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must((sign ? EVP_DigestSignInit : EVP_DigestVerifyInit)(context, NULL, NULL, NULL, key), "Ed25519");
    bool right = sign ? EVP_DigestSign(context, signature, &length, message.at, message.length) == 1
                      : EVP_DigestVerify(context, signature, length, message.at, message.length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return right;
}
CALL(secure_verify) {
    struct bytes key, message, signature;
    uint8_t copy[SIGNATURE_BYTES];
    if (!bytes_arg(ctx, argv[0], "key", SIZE_MAX, &key) || !bytes_arg(ctx, argv[1], "message", SIGNED_MAX, &message) ||
        !bytes_arg(ctx, argv[2], "signature", SIZE_MAX, &signature))
        return JS_EXCEPTION;
    if (key.length != ED25519_BYTES || signature.length != SIGNATURE_BYTES || !is_proper_key(key.at)) return JS_FALSE;
    memcpy(copy, signature.at, sizeof copy);
    EVP_PKEY *pair = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key.at, key.length);
    return JS_NewBool(ctx, ed25519(false, pair, copy, message));
}
/* The report key, of a seed that is made at its first use; where that is not saved it holds until the power goes. */
static EVP_PKEY *report_key(void) {
    if (!kept.device.has_seed) {
        board_random(kept.device.seed, SEED_BYTES);
        kept.device.has_seed = true;
        state_save();
    }
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, kept.device.seed, SEED_BYTES);
}
CALL(secure_sign) {
    struct bytes message;
    uint8_t signature[SIGNATURE_BYTES];
    if (!bytes_arg(ctx, argv[0], "message", SIGNED_MAX, &message)) return JS_EXCEPTION;
    must(ed25519(true, report_key(), signature, message), "Ed25519");
    return new_bytes(ctx, signature, sizeof signature);
}
CALL(secure_reportKey) {
    uint8_t key[ED25519_BYTES];
    EVP_PKEY *pair = report_key();
    must(EVP_PKEY_get_raw_public_key(pair, key, &(size_t){sizeof key}), "Ed25519");
    EVP_PKEY_free(pair);
    return new_bytes(ctx, key, sizeof key);
}
/* The floor that is meant; `stands`: it was raised last under this scope. */
static struct floor *floor_arg(JSContext *ctx, JSValueConst number, JSValueConst bytes, struct bytes *scope,
                               bool *stands) {
    int64_t index;
    if (!arg_int(ctx, number, "floor index", 0, FLOORS - 1, &index)) return NULL;
    if (!arg_bytes(ctx, bytes, "floor scope", SCOPE_BYTES, SCOPE_BYTES, &scope->at, &scope->length)) return NULL;
    *stands = equal_bytes(kept.device.floors[index].scope, scope->at, SCOPE_BYTES);
    return &kept.device.floors[index];
}
CALL(secure_floor) {
    struct bytes scope;
    bool stands;
    const struct floor *floor = floor_arg(ctx, argv[0], argv[1], &scope, &stands);
    return floor == NULL ? JS_EXCEPTION : JS_NewInt64(ctx, stands ? (int64_t)floor->value : 0);
}
CALL(secure_raiseFloor) {
    struct bytes scope;
    int64_t value;
    bool stands, saved = true;
    struct floor *floor = floor_arg(ctx, argv[0], argv[2], &scope, &stands);
    if (floor == NULL || !arg_int(ctx, argv[1], "floor", 0, FLOOR_MAX, &value)) return JS_EXCEPTION;
    if (!stands || floor->value < (uint64_t)value) {
        struct floor before = *floor;
        floor->value = (uint64_t)value;
        memcpy(floor->scope, scope.at, SCOPE_BYTES);
        saved = state_save();
        if (!saved) *floor = before;
    }
    return JS_NewString(ctx, saved ? "raised" : "storage");
}
