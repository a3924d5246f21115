/*
 * 闪存 flash and 程序槽 slots: two NOR chips, each a file of the device's folder that holds the chip's bytes and nothing
 * else. A porter replaces `open_chip`, the reading, and `operate`: the two commands of the chip and its status word.
 * `operate` may leave any mixture inside its own bytes when the power goes, never beside them, and ends when they last.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build_info.h"
#include "port.h"

#define SECTOR_BYTES 4096
#define UNIT_BYTES 4
#define ERASED 0xff
enum { MARK_AT = 32, HEADER_BYTES = 36 }; /* of the journal, in units of UNIT_BYTES */

static struct chip {
    const char *file, *making;
    const uint32_t sectors;
    uint8_t *cells;
} chips[] = {{"flash.bin", "flash.bin.new", 64, NULL}, {"programs.bin", "programs.bin.new", 256, NULL}};

static size_t size_of(int chip) { return (size_t)chips[chip].sectors * SECTOR_BYTES; }

/* The lock goes with the process, and stays with the file when it gets another name. */
static void lock(int file, const char *path) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file, F_SETLK, &whole) != 0)
        die(EXIT_FLASH, "%s is in use by another process: end that one, or start in another folder", path);
}

static _Noreturn void unmade(const char *path, const char *making, int error) {
    if (making != NULL) unlink(making);
    die(EXIT_STORAGE, "%s cannot be %s: %s", path, making != NULL ? "made" : "filled", strerror(error));
}

/* A chip that is not there is made under another name, and has its own when it is whole and durable: a creation that was cut
 * leaves no chip. It is locked from its first byte on, so of two that create at once the second finds it in use. */
static void open_chip(int chip) {
    const char *path = in_folder(chips[chip].file), *making = NULL;
    size_t size = size_of(chip);
    struct stat is = {0};
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) making = in_folder(chips[chip].making);
    if (making != NULL) file = open(making, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 && making != NULL) unmade(path, making, errno);
    if (file < 0) die(EXIT_FLASH, "%s: %s: this user must be able to read and write it", path, strerror(errno));
    lock(file, path);
    if (making != NULL && access(path, F_OK) == 0) die(EXIT_FLASH, "%s was made by another process just now: start again", path);
    fstat(file, &is);
    if (making == NULL && (!S_ISREG(is.st_mode) || is.st_size != (off_t)size))
        die(EXIT_FLASH, "%s is no image of its chip: %lld bytes, not %zu: put back a copy; what it owed is else known "
            "to slips and host alone", path, (long long)is.st_size, size);
    fchmod(file, 0600); /* the owner's alone, also when it was copied from elsewhere */
    int full = posix_fallocate(file, 0, (off_t)size); /* holes of a sparse copy get their blocks now, or never */
    if (full != 0 && full != EINVAL && full != EOPNOTSUPP) unmade(path, making, full);
    if (making != NULL && ftruncate(file, (off_t)size) != 0) unmade(path, making, errno);
    uint8_t *cells = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0); /* it stays open, and locked */
    if (cells == MAP_FAILED) die(EXIT_FLASH, "%s cannot be mapped: %s", path, strerror(errno));
    chips[chip].cells = cells;
    if (making == NULL) return;
    int folder = open(config.folder, O_RDONLY | O_CLOEXEC);
    memset(cells, ERASED, size);
    if (fsync(file) != 0 || rename(making, path) != 0 || fsync(folder) != 0) unmade(path, making, errno);
    close(folder);
}

void flash_open(void) {
    open_chip(JOURNAL);
    open_chip(PROGRAMS);
}

void flash_reset(void) {} /* a chip without power has nothing to forget */

bool chip_read(int chip, uint32_t at, void *out, size_t length) {
    bool fits = at <= size_of(chip) && length <= size_of(chip) - at;
    if (fits) memcpy(out, chips[chip].cells + at, length);
    return fits;
}

/* In either copy of a sector's header (docs/journal.md) its first word and its commit mark. */
bool flash_has_journal(void) {
    static const uint8_t word[] = {0x18, 0x10}, mark[] = {0x96, 0x4b, 0xd2, 0x65};
    const uint8_t *cells = chips[JOURNAL].cells;
    bool found = false;
    for (size_t at = 0; at < 2 * chips[JOURNAL].sectors; at++) {
        const uint8_t *header = cells + at / 2 * SECTOR_BYTES + at % 2 * HEADER_BYTES;
        found |= memcmp(header, word, sizeof word) == 0 && memcmp(header + MARK_AT, mark, sizeof mark) == 0;
    }
    return found;
}

/* Programs `bytes`, which only clears bits, or erases where there are none. */
static JSValue operate(JSContext *ctx, int chip, size_t from, size_t length, const uint8_t *bytes) {
    uint8_t *cells = chips[chip].cells;
    for (size_t i = 0; i < length; i++) {
        if (i == length / 2 && flash_half_done != NULL) flash_half_done(chip);
        cells[from + i] = bytes == NULL ? ERASED : cells[from + i] & bytes[i];
    }
    size_t start = from - from % (size_t)sysconf(_SC_PAGESIZE);
    if (msync(cells + start, from + length - start, MS_SYNC) != 0)
        die(EXIT_STORAGE, "%s cannot be saved: %s", chips[chip].file, strerror(errno));
    return JS_NewString(ctx, "done");
}

/* Throws unless argv has an address and a length, whole numbers, and all of it is inside `size`. */
static bool inside(JSContext *ctx, JSValueConst *argv, size_t size, size_t *at, size_t *length) {
    int64_t first, bytes;
    bool good = arg_int(ctx, argv[0], "address", 0, (int64_t)size, &first) &&
                arg_int(ctx, argv[1], "length", 0, (int64_t)size - first, &bytes);
    if (good) *at = (size_t)first, *length = (size_t)bytes;
    return good;
}

static JSValue geometry(JSContext *ctx, int chip) {
    JSValue object = JS_NewObject(ctx);
    object_set(ctx, object, "sectorBytes", JS_NewInt32(ctx, SECTOR_BYTES));
    object_set(ctx, object, "sectorCount", JS_NewInt32(ctx, (int32_t)chips[chip].sectors));
    object_set(ctx, object, "unitBytes", JS_NewInt32(ctx, UNIT_BYTES));
    return object;
}

static JSValue read_out(JSContext *ctx, const uint8_t *bytes, size_t size, JSValueConst *argv) {
    size_t at, length;
    return inside(ctx, argv, size, &at, &length) ? new_bytes(ctx, bytes + at, length) : JS_EXCEPTION;
}

static JSValue program(JSContext *ctx, int chip, JSValueConst *argv) {
    int64_t at;
    size_t length;
    const uint8_t *bytes;
    if (!arg_int(ctx, argv[0], "address", 0, (int64_t)size_of(chip) - UNIT_BYTES, &at)) return JS_EXCEPTION;
    size_t room = SECTOR_BYTES - (size_t)at % SECTOR_BYTES; /* to the end of the sector */
    if (!arg_bytes(ctx, argv[1], "bytes to program", UNIT_BYTES, room, &bytes, &length)) return JS_EXCEPTION;
    if (at % UNIT_BYTES != 0 || length % UNIT_BYTES != 0)
        return range_error(ctx, "program of %zu bytes at %d: not whole units of %d", length, (int)at, UNIT_BYTES);
    return operate(ctx, chip, (size_t)at, length, bytes);
}

static JSValue erase(JSContext *ctx, int chip, JSValueConst *argv) {
    int64_t sector;
    if (!arg_int(ctx, argv[0], "sector", 0, (int64_t)chips[chip].sectors - 1, &sector)) return JS_EXCEPTION;
    return operate(ctx, chip, (size_t)sector * SECTOR_BYTES, SECTOR_BYTES, NULL);
}

#define CHIP_CALLS(peripheral, chip) \
    CALL(peripheral##_geometry) { return geometry(ctx, chip); } \
    CALL(peripheral##_read) { return read_out(ctx, chips[chip].cells, size_of(chip), argv); } \
    CALL(peripheral##_program) { return program(ctx, chip, argv); } \
    CALL(peripheral##_erase) { return erase(ctx, chip, argv); }
CHIP_CALLS(flash, JOURNAL)
CHIP_CALLS(slots, PROGRAMS)

static JSValue hash_of(JSContext *ctx, const uint8_t *bytes, size_t length) {
    uint8_t digest[32];
    sha256(bytes, length, digest);
    return new_bytes(ctx, digest, sizeof digest);
}

CALL(slots_hash) {
    size_t at, length;
    bool good = inside(ctx, argv, size_of(PROGRAMS), &at, &length);
    return good ? hash_of(ctx, chips[PROGRAMS].cells + at, length) : JS_EXCEPTION;
}

CALL(slots_running) {
    JSValue object = JS_NewObject(ctx);
    object_set(ctx, object, "place", JS_NewString(ctx, program_started()->place));
    object_set(ctx, object, "trial", JS_NewBool(ctx, program_started()->trial));
    return object;
}

CALL(slots_factory) {
    size_t length;
    const uint8_t *built_in = program_factory(&length);
    JSValue object = JS_NewObject(ctx);
    object_set(ctx, object, "length", JS_NewInt64(ctx, (int64_t)length));
    object_set(ctx, object, "hash", hash_of(ctx, built_in, length));
    object_set(ctx, object, "counter", JS_NewInt32(ctx, BUILD_PROGRAM_COUNTER));
    object_set(ctx, object, "version", JS_NewString(ctx, BUILD_PROGRAM_VERSION));
    return object;
}

CALL(slots_readFactory) {
    size_t size;
    const uint8_t *built_in = program_factory(&size);
    return read_out(ctx, built_in, size, argv);
}
