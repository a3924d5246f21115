/*
 * 闪存 flash and 程序槽 slots: two NOR chips, each a file of the device's folder that holds the chip's bytes and nothing
 * else. A porter replaces `open_chip`, the reading, and `operate`: the two commands of the chip and its status word.
 * `operate` may leave any mixture inside its own bytes when the power goes, never beside them, and ends when they last.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build_info.h"
#include "port.h"

#define SECTOR_BYTES 4096
#define UNIT_BYTES 4
#define ERASED 0xff

enum { JOURNAL, PROGRAMS };
static struct chip {
    const char *file, *making;
    const uint32_t sectors;
    uint8_t *cells;
} chips[] = {{"flash.bin", "flash.bin.new", 64, NULL}, {"programs.bin", "programs.bin.new", 256, NULL}};

static size_t size_of(int chip) { return (size_t)chips[chip].sectors * SECTOR_BYTES; }

/* A page of an image that the file system cannot give: only this file's loops over the cells end here. */
static void no_page(int signal) {
    (void)signal, die(EXIT_STORAGE, "a flash image can no longer be read or written: look at the disk, start again");
}

/* The lock goes with the process, and stays with the file when it gets another name. */
static void lock(int file, const char *path) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file, F_SETLK, &whole) != 0)
        die(EXIT_FLASH, "%s is in use by another process: end that one, or start in another folder", path);
}

/* An erased image under another name, whole and durable before it gets its own: a creation that was cut leaves no chip.
 * Locked from its first byte on, so of two that create at once the second finds it in use. */
static int create(const char *path, const char *making, size_t size) {
    uint8_t sector[SECTOR_BYTES];
    memset(sector, ERASED, sizeof sector);
    int file = open(making, O_RDWR | O_CREAT | O_CLOEXEC, 0600), folder = open(config.folder, O_RDONLY | O_CLOEXEC);
    if (file < 0) die(EXIT_STORAGE, "%s cannot be made: %s", path, strerror(errno));
    lock(file, path);
    if (access(path, F_OK) == 0) die(EXIT_FLASH, "%s was made by another process just now: start again", path);
    bool good = ftruncate(file, 0) == 0;
    errno = ENOSPC; /* so it is where less is written than was asked */
    for (size_t done = 0; good && done < size; done += sizeof sector)
        good = write(file, sector, sizeof sector) == (ssize_t)sizeof sector;
    if (!good || fsync(file) != 0 || rename(making, path) != 0 || fsync(folder) != 0) {
        const char *why = strerror(errno);
        unlink(making);
        die(EXIT_STORAGE, "%s cannot be made: %s", path, why);
    }
    close(folder);
    return file;
}

static void open_chip(int chip) {
    const char *path = in_folder(chips[chip].file);
    size_t size = size_of(chip);
    struct stat is;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) file = create(path, in_folder(chips[chip].making), size);
    if (file < 0 || fstat(file, &is) != 0)
        die(EXIT_FLASH, "%s: %s: this user must be able to read and write it", path, strerror(errno));
    lock(file, path);
    if (!S_ISREG(is.st_mode) || is.st_size != (off_t)size)
        die(EXIT_FLASH, "%s is no image of its chip: %lld bytes, not %zu: put back a copy; what it owed is else known "
            "to slips and host alone", path, (long long)is.st_size, size);
    fchmod(file, 0600); /* the owner's alone, also when it was copied from elsewhere */
    int full = posix_fallocate(file, 0, (off_t)size); /* holes of a sparse copy get their blocks now, or never */
    if (full != 0 && full != EINVAL && full != EOPNOTSUPP)
        die(EXIT_STORAGE, "%s: no room for the whole chip: %s", path, strerror(full));
    chips[chip].cells = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0); /* it stays open, and locked */
    if (chips[chip].cells == MAP_FAILED) die(EXIT_FLASH, "%s cannot be mapped: %s", path, strerror(errno));
}

void flash_open(void) {
    sigaction(SIGBUS, &(struct sigaction){.sa_handler = no_page}, NULL);
    open_chip(JOURNAL);
    open_chip(PROGRAMS);
}

void flash_reset(void) {} /* a chip without power has nothing to forget */

void chip_read(int chip, uint32_t at, void *out, size_t length) { memcpy(out, chips[chip].cells + at, length); }

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

/* Throws unless `from` and `length` are whole numbers, and all of it inside `size`. */
static bool inside(JSContext *ctx, JSValueConst from, JSValueConst length, size_t size, size_t *at, size_t *count) {
    int64_t first, bytes;
    if (!arg_int(ctx, from, "address", 0, (int64_t)size, &first)) return false;
    if (!arg_int(ctx, length, "length", 0, (int64_t)size - first, &bytes)) return false;
    return *at = (size_t)first, *count = (size_t)bytes, true;
}

static JSValue geometry(JSContext *ctx, int chip) {
    JSValue object = JS_NewObject(ctx);
    return object_set(ctx, object, "sectorBytes", JS_NewInt32(ctx, SECTOR_BYTES)) &&
           object_set(ctx, object, "sectorCount", JS_NewInt32(ctx, (int32_t)chips[chip].sectors)) &&
           object_set(ctx, object, "unitBytes", JS_NewInt32(ctx, UNIT_BYTES)) ? object : JS_EXCEPTION;
}

static JSValue read_out(JSContext *ctx, int chip, JSValueConst *argv) {
    size_t at, length;
    bool good = inside(ctx, argv[0], argv[1], size_of(chip), &at, &length);
    return good ? new_bytes(ctx, chips[chip].cells + at, length) : JS_EXCEPTION;
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

JSValue flash_geometry(JSContext *ctx, JSValueConst *argv) { return (void)argv, geometry(ctx, JOURNAL); }
JSValue flash_read(JSContext *ctx, JSValueConst *argv) { return read_out(ctx, JOURNAL, argv); }
JSValue flash_program(JSContext *ctx, JSValueConst *argv) { return program(ctx, JOURNAL, argv); }
JSValue flash_erase(JSContext *ctx, JSValueConst *argv) { return erase(ctx, JOURNAL, argv); }
JSValue slots_geometry(JSContext *ctx, JSValueConst *argv) { return (void)argv, geometry(ctx, PROGRAMS); }
JSValue slots_read(JSContext *ctx, JSValueConst *argv) { return read_out(ctx, PROGRAMS, argv); }
JSValue slots_program(JSContext *ctx, JSValueConst *argv) { return program(ctx, PROGRAMS, argv); }
JSValue slots_erase(JSContext *ctx, JSValueConst *argv) { return erase(ctx, PROGRAMS, argv); }

static JSValue hash_of(JSContext *ctx, const uint8_t *bytes, size_t length) {
    uint8_t digest[32];
    sha256(bytes, length, digest);
    return new_bytes(ctx, digest, sizeof digest);
}

JSValue slots_hash(JSContext *ctx, JSValueConst *argv) {
    size_t at, length;
    bool good = inside(ctx, argv[0], argv[1], size_of(PROGRAMS), &at, &length);
    return good ? hash_of(ctx, chips[PROGRAMS].cells + at, length) : JS_EXCEPTION;
}

JSValue slots_running(JSContext *ctx, JSValueConst *argv) {
    (void)argv;
    JSValue object = JS_NewObject(ctx);
    return object_set(ctx, object, "place", JS_NewString(ctx, program_started()->place)) &&
           object_set(ctx, object, "trial", JS_NewBool(ctx, program_started()->trial)) ? object : JS_EXCEPTION;
}

JSValue slots_factory(JSContext *ctx, JSValueConst *argv) {
    (void)argv;
    size_t length;
    const uint8_t *built_in = program_factory(&length);
    JSValue object = JS_NewObject(ctx);
    return object_set(ctx, object, "length", JS_NewInt64(ctx, (int64_t)length)) &&
           object_set(ctx, object, "hash", hash_of(ctx, built_in, length)) &&
           object_set(ctx, object, "counter", JS_NewInt32(ctx, BUILD_PROGRAM_COUNTER)) &&
           object_set(ctx, object, "version", JS_NewString(ctx, BUILD_PROGRAM_VERSION)) ? object : JS_EXCEPTION;
}

JSValue slots_readFactory(JSContext *ctx, JSValueConst *argv) {
    size_t size, at, length;
    const uint8_t *built_in = program_factory(&size);
    if (!inside(ctx, argv[0], argv[1], size, &at, &length)) return JS_EXCEPTION;
    return new_bytes(ctx, built_in + at, length);
}
