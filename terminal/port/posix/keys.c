/*
 * 密钥库: one key, one usage; working keys all or none; none that is weak or serves twice; the previous MAK until the
 * first MAC under the new one (P13); no key block twice (K05). To port: keep it, or have a chip of the same rules.
 */
#include <stdlib.h>
#include <string.h>

#include "secure.h"

enum { CUP_ECB, X9_9, X9_19, CBC_MAC, CMAC, MACS };
const char *const macs[] = {"cup-ecb", "x9.9", "x9.19", "cbc-mac", "cmac", NULL};
const char *const kinds[] = {"001", "003", "004", "006", NULL};
enum { WORD_BYTES = 4, KEY_BLOCK_MAX = 3 * (KEY_BYTES + WORD_BYTES) };

/* Field 62 of the 0810: for each key its cryptogram, then four bytes of check value. In the order of kinds[]. */
static const struct {
    enum algorithm algorithm;
    uint8_t bytes[TDK + 1];
} layouts[] = {{TDES, {0, 8, 8, 0}}, {TDES, {0, 16, 16, 0}}, {TDES, {0, 16, 16, 16}}, {SM4, {0, 16, 16, 16}}};

/* The form in which keys are used and compared: DES with odd parity. */
static void normalise(enum algorithm algorithm, struct key *key) {
    for (int at = 0; algorithm == TDES && at < key->length; at++)
        key->bytes[at] = (uint8_t)((key->bytes[at] & 0xfe) | !__builtin_parity(key->bytes[at] & 0xfe));
}
/* NIST SP 800-67, 3.4: the weak and semi-weak keys are all that repeat two of four bytes, each with its right half. */
static bool is_weak_des(const uint8_t *part) {
    static const uint8_t left[] = {0x01, 0x1f, 0xe0, 0xfe}, right[] = {0x01, 0x0e, 0xf1, 0xfe};
    bool weak = false;
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            const uint8_t key[] = {left[a], left[b], left[a], left[b], right[a], right[b], right[a], right[b]};
            weak |= equal_bytes(part, key, sizeof key);
        }
    return weak;
}
/* TDES with two equal parts is single DES; of SM4, one byte over and over. */
static bool is_weak(enum algorithm algorithm, const struct key *key) {
    if (algorithm == SM4) return equal_bytes(key->bytes, key->bytes + 1, KEY_BYTES - 1);
    if (is_weak_des(key->bytes)) return true;
    return key->length == KEY_BYTES && (is_weak_des(key->bytes + 8) || equal_bytes(key->bytes, key->bytes + 8, 8));
}
/* ANSI X9.24-1, A.2: of the encryption of a zero block. */
static void check_value(enum algorithm algorithm, const struct key *key, uint8_t value[WORD_BYTES]) {
    uint8_t block[BLOCK_BYTES] = {0};
    ecb(algorithm, key, true, block, block, block_bytes(algorithm));
    memcpy(value, block, WORD_BYTES);
    wipe(block, sizeof block);
}
static bool one_key(const struct key *a, const struct key *b) { return equal_bytes(a, b, sizeof *a); }
/* Without the bits that are parity in DES: so no key serves under two algorithms either. */
static bool same_key(const struct key *a, const struct key *b) {
    uint8_t difference = 0;
    for (int at = 0; at < KEY_BYTES; at++) difference |= (a->bytes[at] ^ b->bytes[at]) & 0xfe;
    return a->length == b->length && a->length > 0 && difference == 0;
}
/* Whether the key is in a slot but for that one place. */
static bool serves(const struct key *key, int number, enum usage usage) {
    bool found = false;
    for (int slot = 0; slot < SLOTS; slot++)
        for (enum usage at = MASTER; at < USAGES; at++)
            found |= !(slot == number && at == usage) && same_key(&kept.slots[slot].keys[at], key);
    return found;
}
const char *load_master(int number, enum algorithm algorithm, struct key *key, struct bytes check) {
    uint8_t value[WORD_BYTES];
    if (number < 0 || number >= SLOTS) return "slot";
    if (key->length != KEY_BYTES) return "length";
    normalise(algorithm, key);
    check_value(algorithm, key, value);
    bool fits = check.length == 3 || check.length == WORD_BYTES;
    if (!fits || !equal_bytes(value, check.at, check.length)) return "checkValue";
    if (is_weak(algorithm, key)) return "weakKey";
    if (serves(key, -1, MASTER)) return "duplicateKey";
    kept.slots[number] = (struct slot){.algorithm = (uint8_t)algorithm, .keys = {*key}};
    return NULL;
}
struct slot *slot_with(int number, enum usage usage) {
    return number >= 0 && kept.slots[number].keys[usage].length > 0 ? &kept.slots[number] : NULL;
}
/* All keys of a block, or why not. */
static const char *open_block(const struct slot *slot, int kind, struct bytes block, struct key *fresh) {
    enum algorithm algorithm = layouts[kind].algorithm;
    const char *fault = NULL;
    const uint8_t *bytes = layouts[kind].bytes, *at = block.at;
    size_t wanted = (size_t)(bytes[PIK] + bytes[MAK] + bytes[TDK] + WORD_BYTES * (bytes[TDK] > 0 ? 3 : 2));
    if (algorithm != slot->algorithm || block.length != wanted) return "wrongLength";
    for (enum usage usage = PIK; usage <= TDK && bytes[usage] > 0; at += bytes[usage++] + WORD_BYTES) {
        static const uint8_t zeros[8];
        uint8_t value[WORD_BYTES];
        struct key *key = &fresh[usage];
        /* a single DES MAK in sixteen bytes has zeros beside it; a few hosts send sixteen bytes with no zero half */
        bool halved = algorithm == TDES && usage == MAK && bytes[MAK] == KEY_BYTES && memcmp(at + 8, zeros, 8) == 0;
        key->length = halved ? 8 : bytes[usage];
        ecb(algorithm, &slot->keys[MASTER], false, at, key->bytes, key->length);
        normalise(algorithm, key);
        check_value(algorithm, key, value);
        bool right = equal_bytes(value, at + bytes[usage], WORD_BYTES);
        if (fault == NULL) fault = !right ? "wrongCheckValue" : is_weak(algorithm, key) ? "weakKey" : NULL;
    }
    const struct key *pik = &fresh[PIK], *mak = &fresh[MAK], *tdk = &fresh[TDK];
    bool twice = one_key(pik, mak) || one_key(tdk, pik) || one_key(tdk, mak);
    return fault == NULL && twice ? "weakKey" : fault;
}
static int by_bytes(const void *a, const void *b) { return memcmp(a, b, WORD_BYTES); }
/* Over the words of the block, sorted: whose keys were put in another order is the same block. */
static void block_digest(struct bytes block, uint8_t digest[32]) {
    static const char domain[] = "shuaka key block 1";
    uint8_t bytes[sizeof domain - 1 + KEY_BLOCK_MAX], *words = bytes + sizeof domain - 1;
    memcpy(bytes, domain, sizeof domain - 1);
    memcpy(words, block.at, block.length);
    qsort(words, block.length / WORD_BYTES, WORD_BYTES, by_bytes);
    sha256(bytes, sizeof domain - 1 + block.length, digest);
}
static bool key_fits(enum algorithm algorithm, const struct key *key, int mac) {
    static const bool fits[][MACS] = {{1, 1, 0, 0, 0}, {1, 0, 1, 1, 1}, {1, 0, 0, 1, 1}}; /* DES, TDES, SM4 */
    return fits[algorithm == SM4 ? 2 : key->length == KEY_BYTES][mac];
}
static void to_hex(const uint8_t *bytes, int length, void *hex) {
    static const char digits[] = "0123456789ABCDEF";
    for (int at = 0; at < 2 * length; at++) ((char *)hex)[at] = digits[bytes[at / 2] >> (at % 2 ? 0 : 4) & 15];
}
/* UnionPay's: all folded to one block, as hex text, whose halves are encrypted one into the other: as hex text. */
static void cup_mac(enum algorithm algorithm, const struct key *key, struct bytes bytes, uint8_t *out) {
    int block = block_bytes(algorithm);
    uint8_t fold[BLOCK_BYTES] = {0}, text[2 * BLOCK_BYTES];
    for (size_t at = 0; at < bytes.length; at++) fold[at % (size_t)block] ^= bytes.at[at];
    to_hex(fold, block, text);
    ecb(algorithm, key, true, text, fold, block);
    for (int at = 0; at < block; at++) fold[at] ^= text[block + at];
    ecb(algorithm, key, true, fold, fold, block);
    to_hex(fold, MAC_BYTES / 2, out);
}
/* ISO/IEC 9797-1 algorithm 3. */
static void retail_mac(enum algorithm algorithm, const struct key *key, struct bytes bytes, uint8_t *out) {
    struct key left = {8, {0}}, right = {8, {0}};
    memcpy(left.bytes, key->bytes, 8);
    memcpy(right.bytes, key->bytes + 8, 8);
    cbc_mac(algorithm, &left, bytes, out);
    ecb(algorithm, &right, false, out, out, 8);
    ecb(algorithm, &left, true, out, out, 8);
    wipe(&left, sizeof left), wipe(&right, sizeof right);
}
static void compute_mac(enum algorithm algorithm, const struct key *key, int mac, struct bytes bytes, uint8_t *out) {
    uint8_t whole[BLOCK_BYTES];
    (mac == CUP_ECB ? cup_mac : mac == CMAC ? cmac : mac == X9_19 ? retail_mac : cbc_mac)(algorithm, key, bytes, whole);
    memcpy(out, whole, MAC_BYTES);
}
/* With three of them the MAC of one block is the block's bare encryption: for zeros the whole check value. */
bool make_mac(const struct slot *slot, enum usage mak, int mac, struct bytes bytes, uint8_t out[MAC_BYTES]) {
    const struct key *key = &slot->keys[mak];
    bool bare = mac != CUP_ECB && mac != CMAC && bytes.length <= (size_t)block_bytes(slot->algorithm);
    if (key->length == 0 || bare || !key_fits(slot->algorithm, key, mac)) return false;
    if (slot->mac_of[mak] != 0 && slot->mac_of[mak] != mac + 1) return false;
    compute_mac(slot->algorithm, key, mac, bytes, out);
    return true;
}
static bool proves(enum algorithm algorithm, const struct key *mak, const struct proof *proof) {
    uint8_t made[MAC_BYTES];
    if (proof->bytes.length > MAC_DATA_MAX || !key_fits(algorithm, mak, proof->mac)) return false;
    compute_mac(algorithm, mak, proof->mac, proof->bytes, made);
    return proof->wanted.length == MAC_BYTES && equal_bytes(made, proof->wanted.at, MAC_BYTES);
}
static void replace(struct slot *slot, const struct key *fresh, const uint8_t *digest, const struct proof *proof) {
    struct key *old = slot->keys;
    bool other = slot->version > 0 && !one_key(&old[MAK], &fresh[MAK]);
    wipe(&old[PREVIOUS], sizeof *old);
    if (other) old[PREVIOUS] = old[MAK];
    slot->mac_of[PREVIOUS] = other ? slot->mac_of[MAK] : 0;
    slot->mac_of[MAK] = proof == NULL ? 0 : (uint8_t)(proof->mac + 1);
    memcpy(&old[PIK], &fresh[PIK], 3 * sizeof *fresh);
    slot->version++;
    if (slot->count == BLOCKS_MAX) memmove(slot->blocks, slot->blocks[1], DIGEST_BYTES * --slot->count);
    memcpy(slot->blocks[slot->count++], digest, DIGEST_BYTES);
}
/* The block that is loaded already changes nothing. */
const char *load_working_keys(int number, int kind, struct bytes block, const struct proof *proof) {
    struct slot *slot = &kept.slots[number];
    struct key fresh[USAGES] = {0};
    uint8_t digest[32];
    const char *fault = open_block(slot, kind, block, fresh);
    if (fault == NULL && proof != NULL && !proves(slot->algorithm, &fresh[MAK], proof)) fault = "wrongProof";
    if (fault == NULL && !equal_bytes(&slot->keys[PIK], &fresh[PIK], 3 * sizeof *fresh)) {
        block_digest(block, digest);
        for (int at = 0; at < slot->count; at++)
            if (memcmp(slot->blocks[at], digest, DIGEST_BYTES) == 0) fault = "replayed";
        for (enum usage usage = PIK; usage <= TDK && fault == NULL; usage++)
            if (serves(&fresh[usage], number, usage)) fault = "weakKey"; /* a second time, whatever its bits */
        if (fault == NULL) replace(slot, fresh, digest, proof);
    }
    wipe(fresh, sizeof fresh);
    return fault;
}
/* A MAK of 16 bytes may be used with CMAC, whose subkeys come from its zero encryption: of it the CMAC form (A.3). */
void shown_check_value(const struct slot *slot, enum usage usage, char hex[7]) {
    const struct key *key = &slot->keys[usage];
    uint8_t value[BLOCK_BYTES], zeros[BLOCK_BYTES] = {0};
    struct bytes block = {zeros, (size_t)block_bytes(slot->algorithm)};
    if (usage == MAK && key->length == KEY_BYTES) cmac(slot->algorithm, key, block, value);
    else check_value(slot->algorithm, key, value);
    to_hex(value, 3, hex);
    hex[6] = '\0';
}
/* ISO 9564-1 format 0, `0`, length, PIN, F fill, XOR the twelve PAN digits; under SM4 stretched to its block. */
int pin_block(const struct slot *slot, const uint8_t *digits, int count, const char *pan, uint8_t *block) {
    int bytes = block_bytes(slot->algorithm), first = 2 * bytes - 12;
    uint8_t nibbles[2 * BLOCK_BYTES], clear[BLOCK_BYTES];
    memset(nibbles, 0xf, sizeof nibbles);
    nibbles[0] = 0, nibbles[1] = (uint8_t)count;
    memcpy(nibbles + 2, digits, (size_t)count);
    for (int at = 0; at < 12; at++) nibbles[first + at] ^= (uint8_t)(pan[strlen(pan) - 13 + (size_t)at] - '0');
    for (int at = 0; at < bytes; at++) clear[at] = (uint8_t)(nibbles[2 * at] << 4 | nibbles[2 * at + 1]);
    ecb(slot->algorithm, &slot->keys[PIK], true, clear, block, bytes);
    wipe(nibbles, sizeof nibbles), wipe(clear, sizeof clear);
    return bytes;
}
/* The last sixteen digits before the last one (odd length) or two (even), under SM4 thirty-two, become hex text. */
enum track encrypt_track(const struct slot *slot, char *track) {
    int bytes = block_bytes(slot->algorithm), length = (int)strlen(track);
    uint8_t block[BLOCK_BYTES] = {0}, any = 0;
    if (length < 2 * bytes + 1 || strspn(track, "0123456789D") != (size_t)length) return NO_TRACK;
    char *window = track + length - (length % 2 == 0 ? 2 : 1) - 2 * bytes;
    for (int at = 0; at < 2 * bytes; at++) {
        int digit = window[at] == 'D' ? 13 : window[at] - '0';
        block[at / 2] |= (uint8_t)(at % 2 ? digit : digit << 4), any |= (uint8_t)digit;
    }
    if (any == 0) return ZEROS; /* what would come out is the key's whole check value */
    ecb(slot->algorithm, &slot->keys[TDK], true, block, block, bytes);
    to_hex(block, bytes, window);
    return ENCRYPTED;
}
