/* The secure element: what its five files know of each other, and nobody else. */
#ifndef SHUAKA_SECURE_H
#define SHUAKA_SECURE_H

#include "port.h"

enum { SLOTS = 10, KEY_BYTES = 16, BLOCK_BYTES = 16, MAC_BYTES = 8, MAC_DATA_MAX = 4096, TRACK_MAX = 104 };
enum { BLOCKS_MAX = 32, DIGEST_BYTES = 8, PIN_MIN = 4, PIN_MAX = 12, PIN_CREDIT_MS_MAX = 200000 };
enum { PAGE_BYTES = 4096, FLOORS = 8 };
enum { SCOPE_BYTES = 4, SEED_BYTES = 32, SECRET_BYTES = 16, NONCE_BYTES = 12, TAG_BYTES = 16 };
enum algorithm { NO_ALGORITHM, TDES, SM4 };
enum usage { MASTER, PIK, MAK, TDK, PREVIOUS /* MAK: rule P13 */, USAGES };
struct key { uint8_t length, bytes[KEY_BYTES]; }; /* length 0: none; 8: single DES */

/* ---- sealed.c: what is kept over a power cut. It lies in the sealed file as it lies here: no gaps between members. */
struct slot {
    uint32_t version;       /* counts loads of working keys, from 1; 0: none */
    uint8_t algorithm;      /* NO_ALGORITHM: no master key */
    uint8_t mac_of[USAGES]; /* of a MAK: index in macs[] + 1; 0: any that fits */
    uint8_t count, blocks[BLOCKS_MAX][DIGEST_BYTES]; /* sign-on key blocks that were loaded, the last one last (K05) */
    struct key keys[USAGES];
};
struct floor { uint64_t value; uint8_t scope[SCOPE_BYTES], spare[4]; };
struct device_part {
    struct floor floors[FLOORS];
    uint8_t secret[SECRET_BYTES], seed[SEED_BYTES]; /* of deviceTag; of the report key */
    uint32_t credit_ms;                             /* of PINs */
    uint8_t has_seed, tampered, damaged, has_traded;
};
struct digits { uint8_t digit[PIN_MAX]; int count; };
/* All that is secret for longer than a call, in a page of its own (secure_open). The first two outlive the power. */
extern struct kept {
    _Alignas(PAGE_BYTES) struct device_part device;
    struct slot slots[SLOTS];
    uint8_t device_key[32]; /* what the device's own keys come from */
    struct { struct digits typed, old, fresh; } pins;
} kept;
extern bool case_opened; /* and that is still to be saved, by state_load at the latest */
bool state_save(void);   /* durable, or false and a line on standard error */
void state_load(void);   /* as it was saved last, or as at the first start */
void state_tamper(void); /* no key is left */

/* ---- keys.c: what keys are good for. Slot numbers are 0 to 9, or -1 for anything else. */
extern const char *const macs[], *const kinds[]; /* MacAlgorithm and SignOnKind of the contract */
struct bytes { const uint8_t *at; size_t length; };
struct proof { int mac; struct bytes bytes, wanted; }; /* mac: index in macs[] */
struct slot *slot_with(int number, enum usage usage); /* NULL: it has no such key */
/* The next two: NULL, or why not. */
const char *load_master(int number, enum algorithm algorithm, struct key *key, struct bytes check);
const char *load_working_keys(int number, int kind, struct bytes block, const struct proof *proof);
bool make_mac(const struct slot *slot, enum usage mak, int mac, struct bytes bytes, uint8_t out[MAC_BYTES]);
void shown_check_value(const struct slot *slot, enum usage usage, char hex[7]);
int pin_block(const struct slot *slot, const uint8_t *digits, int count, const char *pan, uint8_t *block);
enum track { ENCRYPTED, NO_TRACK, ZEROS } encrypt_track(const struct slot *slot, char *track); /* in place */

/* ---- pin.c, and secure.c for it */
void pin_cancel(void), pin_reset(void); /* the second wipes without a result */
bool pin_pending(void);
void pin_count_credit(void); /* of kept.device, up to now */
/* What the getters of `object` give: all of it before any is used, for they are the guest's and may do anything. False:
 * one has thrown. Held until free_fields. */
bool take_fields(JSContext *ctx, JSValueConst object, int count, const char *const *names, JSValue *fields);
void free_fields(JSContext *ctx, int count, const JSValue *fields);
JSValue kind_with(JSContext *ctx, const char *kind, const char *name, JSValue value); /* { kind, [name]: value } */

/* ---- crypto.c. Blocks are whole, `in` may be `out`; MACs are one whole block; NO_ALGORITHM is AES, for cmac alone. */
void must(bool done, const char *what); /* or dies */
int block_bytes(enum algorithm algorithm);
void ecb(enum algorithm algorithm, const struct key *key, bool encrypt, const uint8_t *in, uint8_t *out, int length);
void cbc_mac(enum algorithm algorithm, const struct key *key, struct bytes bytes, uint8_t *mac);
void cmac(enum algorithm algorithm, const struct key *key, struct bytes bytes, uint8_t *mac);
/* AES-256-GCM in place, the tag behind the bytes. Opening is false, and leaves nothing, where they are others. */
bool gcm(bool seal, const uint8_t *key, const uint8_t *nonce, const char *header, uint8_t *bytes, int length);
#endif
