/*
 * heap.c as the sanitizers have it (HEAP_WATCHED), for heap.test.ts:   heap-rig WAY BYTES
 * `inside` touches every byte that was asked for, also after growing and shrinking; every other way one byte that was not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"

void die(int code, const char *format, ...) { puts(format), exit(code); }
void vm_heap_full(void) { abort(); }

static void touch(volatile char *piece, size_t bytes) {
    for (size_t at = 0; at < bytes; at++) piece[at] = (char)at;
}

int main(int count, char **words) {
    JSMallocState state = {0};
    if (count != 3) return 2;
    size_t bytes = strtoul(words[2], NULL, 10);
    heap_start(262144);
    volatile char *before = heap_functions.js_malloc(&state, bytes), *piece = heap_functions.js_malloc(&state, bytes);
    volatile char *after = heap_functions.js_malloc(&state, bytes);
    touch(before, bytes), touch(piece, bytes), touch(after, bytes);
    for (size_t size = 1; size <= 2 * bytes; size++) {
        piece = heap_functions.js_realloc(&state, (void *)piece, size);
        touch(piece, size);
    }
    for (size_t size = 2 * bytes; size-- > bytes;) {
        piece = heap_functions.js_realloc(&state, (void *)piece, size);
        touch(piece, size);
    }
    if (strcmp(words[1], "over") == 0) piece[bytes] = 1;
    if (strcmp(words[1], "under") == 0) piece[-1] = 1;
    if (strcmp(words[1], "freed") == 0) heap_functions.js_free(&state, (void *)piece), piece[0] = 1;
    if (strcmp(words[1], "next-run") == 0) heap_start(262144), piece[0] = 1;
    return 0;
}
