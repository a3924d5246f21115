/*
 * What the secure element keeps: keys.sealed, under a key of the device's own secret. It is the device's part, the
 * keys, the device's part once more, each sealed by itself: damage to the keys costs the keys alone, one damaged copy
 * of the device's part nothing. To port: that secret belongs into fuses, what is kept into memory that is erased when
 * the case is opened, and secret_random is your chip's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "secure.h"

enum { AROUND = NONCE_BYTES + TAG_BYTES, SLOTS_AT = sizeof kept.device + AROUND };
enum { COPY_AT = SLOTS_AT + sizeof kept.slots + AROUND, FILE_BYTES = COPY_AT + SLOTS_AT };
_Static_assert(sizeof kept.device == 184 && sizeof(struct slot) == 352, "gaps would differ between compilers");
static const char device_1[] = "device 1", keys_1[] = "keys 1"; /* layouts, which the tags cover */
struct kept kept;
bool case_opened;

/* Of the machine itself in the rig too: nobody compares what is sealed. */
static void secret_random(uint8_t *out, size_t length) {
    if (getrandom(out, length, 0) != (ssize_t)length) die(EXIT_PERIPHERAL, "no random numbers: %s", strerror(errno));
}
/* Where the file is lost this is another device: what the old one has sealed is damaged. A spoilt one is left alone. */
static void know_device(void) {
    const char *path = in_folder("device.key");
    size_t length, wanted = sizeof kept.device_key;
    uint8_t *found = read_file(path, &length);
    if (found != NULL && length != wanted)
        die(EXIT_FLASH, "%s: %zu bytes, not %zu: put back a copy; without one send the device in", path, length,
            wanted);
    if (found == NULL) {
        secret_random(kept.device_key, wanted);
        if (!write_file(path, kept.device_key, wanted)) die(EXIT_STORAGE, "%s: cannot be written", path);
        return;
    }
    memcpy(kept.device_key, found, wanted);
    wipe(found, length);
    free(found);
}
void device_key(const char *purpose, uint8_t key[32]) {
    static bool known;
    if (!known) know_device();
    known = true;
    hmac_sha256(kept.device_key, sizeof kept.device_key, purpose, strlen(purpose), key);
}
/* A device that has a key and whose journal is no longer erased has kept a state: one that is gone now was lost. */
static bool was_in_use(void) {
    uint8_t bytes[1024], all = 0xff;
    if (access(in_folder("device.key"), F_OK) != 0) return false;
    for (uint32_t from = 0; chip_read(JOURNAL, from, bytes, sizeof bytes); from += sizeof bytes)
        for (size_t at = 0; at < sizeof bytes; at++) all &= bytes[at];
    return all != 0xff;
}
static bool sealed(bool seal, uint8_t *file, const char *layout, void *part, size_t length) {
    uint8_t key[32];
    device_key("seal", key);
    if (seal) secret_random(file, NONCE_BYTES), memcpy(file + NONCE_BYTES, part, length);
    bool right = gcm(seal, key, file, layout, file + NONCE_BYTES, (int)length);
    wipe(key, sizeof key);
    if (!seal && right) memcpy(part, file + NONCE_BYTES, length);
    return right;
}
/* The device's part remembers it when the keys are gone. */
bool secure_has_traded(void) {
    for (int slot = 0; slot < SLOTS; slot++) kept.device.has_traded |= kept.slots[slot].version > 0;
    return kept.device.has_traded;
}
bool state_save(void) {
    uint8_t file[FILE_BYTES];
    secure_has_traded();
    pin_count_credit();
    sealed(true, file, device_1, &kept.device, sizeof kept.device);
    sealed(true, file + SLOTS_AT, keys_1, kept.slots, sizeof kept.slots);
    sealed(true, file + COPY_AT, device_1, &kept.device, sizeof kept.device);
    bool done = write_file(in_folder("keys.sealed"), file, sizeof file);
    if (!done) warn("%s: cannot be written", in_folder("keys.sealed"));
    return done;
}
void state_tamper(void) {
    wipe(kept.slots, sizeof kept.slots);
    wipe(kept.device.seed, sizeof kept.device.seed);
    kept.device.has_seed = false, kept.device.tampered = true;
}
static void from_hex(const char *hex, struct key *out) {
    for (out->length = 0; *hex != '\0' && hex[1] != '\0'; hex += 2) sscanf(hex, "%2hhx", &out->bytes[out->length++]);
}
/* `{ "slot": 1, "algorithm": "SM4", "key": "…", "checkValue": "…" }`; without `algorithm` it is TDES. */
static const char *take_key(const char *at) {
    char name[12] = "", value[2 * KEY_BYTES + 1] = "";
    struct key key = {0}, check = {0};
    int slot = -1, used;
    bool sm4 = false;
    do {
        used = 0;
        sscanf(at, "%*[{, \t\r\n]\"%11[a-zA-Z]\"%*[: \"]%32[0-9A-Za-z]%n", name, value, &used);
        at += used + (int)strspn(at + used, "\" \t\r\n");
        if (strcmp(name, "slot") == 0) slot = atoi(value);
        else if (strcmp(name, "key") == 0) from_hex(value, &key);
        else if (strcmp(name, "checkValue") == 0) from_hex(value, &check);
        else if (strcmp(name, "algorithm") != 0 || !((sm4 = !strcmp(value, "SM4")) || !strcmp(value, "TDES"))) used = 0;
    } while (used > 0 && *at == ',');
    wipe(value, sizeof value);
    bool formed = used > 0 && *at == '}';
    struct bytes value_of = {check.bytes, check.length};
    const char *why = formed ? load_master(slot, sm4 ? SM4 : TDES, &key, value_of) : "not as it must be written";
    wipe(&key, sizeof key);
    if (why != NULL) die(EXIT_USAGE, "%s: master key of slot %d: %s", in_folder("keys.json"), slot, why);
    return at + 1 + strspn(at + 1, " \t\r\n");
}
/* From a file while there are none: at the first start, and after the maker has closed an opened case. */
static bool take_keys(const char *json) {
    int used = 0;
    if (kept.device.tampered || kept.device.damaged) return false;
    for (int slot = 0; slot < SLOTS; slot++)
        if (slot_with(slot, MASTER) != NULL) return false;
    sscanf(json, " [ %n", &used);
    if (used == 0) die(EXIT_USAGE, "%s: not a list of master keys", in_folder("keys.json"));
    for (json += used; *json != ']'; json += *json == ',') json = take_key(json);
    return true;
}
/* Overwritten, and then gone. */
static void erase_file(const char *path, uint8_t *text, size_t length) {
    int file = open(path, O_WRONLY), folder = open(config.folder, O_RDONLY);
    wipe(text, length);
    bool done = write(file, text, length) == (ssize_t)length && fsync(file) == 0 && unlink(path) == 0;
    if (!done || fsync(folder) != 0) die(EXIT_STORAGE, "%s: clear keys, and it cannot be deleted", path);
    close(file), close(folder);
    free(text);
}
/* The file of keys goes when they are kept, and not before: what is cut in between begins with deleting it. */
void state_load(void) {
    struct device_part copy;
    size_t length = 0, json_length = 0;
    uint8_t *file = read_file(in_folder("keys.sealed"), &length);
    uint8_t *json = read_file(in_folder("keys.json"), &json_length);
    bool gone = file == NULL && was_in_use(), first = file == NULL && !gone;
    bool fits = file != NULL && length == FILE_BYTES;
    wipe(&kept.device, sizeof kept.device), wipe(kept.slots, sizeof kept.slots);
    bool device = fits && sealed(false, file, device_1, &kept.device, sizeof kept.device);
    bool again = fits && sealed(false, file + COPY_AT, device_1, &copy, sizeof copy);
    bool slots = fits && sealed(false, file + SLOTS_AT, keys_1, kept.slots, sizeof kept.slots);
    if (file != NULL) wipe(file, length);
    free(file);
    if (!device && again) kept.device = copy;
    wipe(&copy, sizeof copy);
    if (!device && !again) {
        slots = false;
        board_random(kept.device.secret, SECRET_BYTES);
        kept.device.credit_ms = PIN_CREDIT_MS_MAX, kept.device.damaged = !first;
    }
    if (case_opened) state_tamper();
    if (kept.device.tampered || !slots) wipe(kept.slots, sizeof kept.slots);
    pin_reset(); /* credit counts from here */
    bool whole = device && again && slots, taken = json != NULL && take_keys((const char *)json);
    if (!first && !whole) warn("keys.sealed: %s: %s", gone ? "gone" : "damaged", slots ? "mended" : "no keys");
    if (first || taken || !whole || case_opened) {
        bool saved = state_save();
        if (!saved && (first || taken)) die(EXIT_STORAGE, "the secure element cannot keep its state");
        case_opened = case_opened && !saved;
    }
    if (json != NULL && !taken) warn("keys.json: deleted: there are keys, or they were lost, or the case was opened");
    if (json != NULL) erase_file(in_folder("keys.json"), json, json_length);
}
