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

enum { REST_MS = 500 /* a wait that is longer is a rest */, WAIT_MS_MAX = 600000 };

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

static int64_t milliseconds(struct timespec time) { return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000; }

int64_t board_monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return milliseconds(now);
}

int64_t board_wall_ms(void) {
    struct timespec now;
    struct tm local;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    return milliseconds(now) + (int64_t)local.tm_gmtoff * 1000;
}

void board_random(uint8_t *out, size_t length) {
    if (RAND_bytes(out, (int)length) != 1) die(EXIT_PERIPHERAL, "no randomness from this machine");
}

void board_wait(int64_t until_ms, struct pollfd *files, int count) {
    int64_t ms = until_ms < 0 ? WAIT_MS_MAX : until_ms - board_monotonic_ms();
    ms = ms < 0 ? 0 : ms > WAIT_MS_MAX ? WAIT_MS_MAX : ms;
    watchdog(false);
    int ready = poll(files, (nfds_t)count, (int)(ms < REST_MS ? ms : REST_MS));
    if (ready == 0 && ms > REST_MS && dl_iterate_phdr(give_back, NULL) == 0 && malloc_trim(0) >= 0)
        ready = poll(files, (nfds_t)count, (int)ms - REST_MS);
    watchdog(true);
    if (ready < 0 && errno != EINTR) die(EXIT_PERIPHERAL, "cannot wait for events");
}
