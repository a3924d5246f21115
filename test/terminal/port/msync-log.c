/*
 * Preloaded by flash.test.ts: writes a line to SHUAKA_MSYNC_LOG for each msync that has been done, with how many bytes of
 * the range were not erased. Where SHUAKA_MSYNC_FAILS is set, the disk is full.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int msync(void *start, size_t length, int flags) {
    int (*real)(void *, size_t, int) = (int (*)(void *, size_t, int))dlsym(RTLD_NEXT, "msync");
    if (getenv("SHUAKA_MSYNC_FAILS") != NULL) {
        errno = ENOSPC;
        return -1;
    }
    int result = real(start, length, flags);
    FILE *log = fopen(getenv("SHUAKA_MSYNC_LOG"), "a");
    size_t written = 0;
    for (size_t i = 0; i < length; i++) written += ((unsigned char *)start)[i] != 0xff;
    fprintf(log, "%s %zu %d\n", flags == MS_SYNC ? "sync" : "async", written, result);
    fclose(log);
    return result;
}
