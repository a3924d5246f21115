/*
 * The board: time, chance, and sleep until something happens. A porter gives a monotonic clock that does not stop while the
 * processor sleeps, a wall clock with a battery, in local time, randomness fit for keys, and a sleep that an interrupt ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <openssl/rand.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>

#include "port.h"

#define FILES_MAX 16
#define REST_MS 500 /* a wait that is longer is a rest */

const bool board_is_rig = false;

/* Who rests gives back the memory of his code; what is run again comes back from its file. libcrypto is 3 MB after a start. */
static int give_back(struct dl_phdr_info *library, size_t size, void *of) {
    (void)size, (void)of;
    for (const ElfW(Phdr) *part = library->dlpi_phdr; part < library->dlpi_phdr + library->dlpi_phnum; part++) {
        uintptr_t start = (library->dlpi_addr + part->p_vaddr) & ~(uintptr_t)4095;
        size_t length = library->dlpi_addr + part->p_vaddr + part->p_memsz - start;
        if (part->p_type == PT_LOAD && !(part->p_flags & PF_W)) madvise((void *)start, length, MADV_DONTNEED);
    }
    return 0;
}

bool board_install(JSContext *ctx, JSValueConst device) { return ctx != NULL && JS_IsObject(device); }

int64_t board_monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t board_wall_ms(void) {
    struct timespec now;
    struct tm local;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    /* days since 1970-01-01 of the proleptic Gregorian calendar, counted from March */
    int64_t month = (local.tm_mon + 10) % 12, year = local.tm_year + 1900 - (local.tm_mon < 2);
    int64_t days = 365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + local.tm_mday - 719469;
    return ((days * 24 + local.tm_hour) * 60 + local.tm_min) * 60000 + local.tm_sec * 1000 + now.tv_nsec / 1000000;
}

void board_random(uint8_t *out, size_t length) {
    if (RAND_bytes(out, (int)length) != 1) die(EXIT_PERIPHERAL, "no randomness from this machine");
}

void board_wait(int64_t until_ms) {
    struct pollfd files[FILES_MAX];
    int count = watched(files);
    int64_t ms = until_ms < 0 ? -1 : until_ms - board_monotonic_ms();
    ms = ms > 600000 ? 600000 : ms < 0 && until_ms >= 0 ? 0 : ms;
    bool rests = ms < 0 || ms > REST_MS;
    int ready = poll(files, (nfds_t)count, rests ? REST_MS : (int)ms);
    if (ready == 0 && rests && dl_iterate_phdr(give_back, NULL) == 0 && malloc_trim(0) >= 0)
        ready = poll(files, (nfds_t)count, ms < 0 ? -1 : (int)ms - REST_MS);
    if (ready < 0 && errno != EINTR) die(EXIT_PERIPHERAL, "cannot wait for events");
    if (ready > 0) tell_ready(files, count);
}
