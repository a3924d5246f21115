/*
 * The engine's memory: one block, and never a byte more. A program is some 20,000 small pieces, and what an allocator adds to
 * each decides about the heap. So a small one has nothing added: it lies in a page of pieces of its size. A larger one has a
 * header of 8 bytes. Pages come from the bottom of the block, larger pieces from its top. A request that fails ends the run
 * (vm.c); the next one begins with an empty block. A porter gives the block another place, and leaves the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "port.h"

/* With AddressSanitizer (Makefile) no byte of the block may be touched but those that were asked for. */
#ifdef HEAP_WATCHED
#include <sanitizer/asan_interface.h>
#define GUARD 8 /* behind each piece */
#define USABLE NULL
#define FORBID(start, bytes) __asan_poison_memory_region(start, bytes)
#define ALLOW(start, bytes) __asan_unpoison_memory_region(start, bytes)
#else
#define GUARD 0
#define USABLE usable
#define FORBID(start, bytes) (void)0
#define ALLOW(start, bytes) (void)0
#endif

enum { PAGE = 2048, PIECE_MAX = 96, STEP = 8, UNIT = 16, HEADER = 8, USED = 1 };

/* Places are offsets in the block. A chunk, of whole UNITs, is free, or a page, or a header and one larger piece. */
struct chunk {
    uint32_t size, size_before; /* with this header, and USED; of the chunk before it, 0: it is the first */
    uint32_t next;              /* free chunk: the next one; page that has room: the next one of its size; 0: none */
    uint16_t piece;             /* page: bytes of a piece */
    uint16_t first, count;      /* page: its first free piece, 0: none; how many are in use */
};

static uint8_t *block, *page_map; /* page_map: a bit for each PAGE of the block, set where a page is */
static uint32_t free_chunks, roomy[PIECE_MAX / STEP + 1]; /* roomy: pages that have room, by size */
static struct heap_use use;
static uint64_t taken, fail_at; /* taken: bytes of pages and larger pieces */

static struct chunk *at(uint32_t place) { return (struct chunk *)(void *)(block + place); }
static uint32_t size_of(uint32_t chunk) { return at(chunk)->size & ~(uint32_t)USED; }
static uint32_t chunk_of(const void *piece) { return (uint32_t)((const uint8_t *)piece - block) - HEADER; }
static uint32_t page_of(const void *piece) { return (uint32_t)((const uint8_t *)piece - block) / PAGE * PAGE; }
static bool in_page(const void *piece) { return page_map[page_of(piece) / PAGE / 8] >> (page_of(piece) / PAGE % 8) & 1; }
static void mark(uint32_t page) { page_map[page / PAGE / 8] ^= (uint8_t)(1 << page / PAGE % 8); }

static void add(uint32_t *list, uint32_t chunk) { at(chunk)->next = *list, *list = chunk; }
static void drop(uint32_t *list, uint32_t chunk) {
    while (*list != chunk) list = &at(*list)->next;
    *list = at(chunk)->next;
}

static void lay(uint32_t chunk, uint32_t size, uint32_t used) {
    at(chunk)->size = size | used;
    at(chunk + size)->size_before = size;
    if (!used) add(&free_chunks, chunk);
}

/* A page begins at a multiple of PAGE, the lowest there is; a larger piece ends the smallest chunk that has room. 0: none. */
static uint32_t take(uint32_t size, bool page) {
    uint32_t best = 0, start = 0;
    for (uint32_t chunk = free_chunks; chunk != 0; chunk = at(chunk)->next) {
        uint32_t room = size_of(chunk), from = page ? (chunk + PAGE - 1) / PAGE * PAGE : chunk + room - size;
        if (room < size || from + size > chunk + room) continue;
        if (best == 0 || (page ? from < start : room < size_of(best))) best = chunk, start = from;
    }
    if (best == 0) return 0;
    uint32_t end = best + size_of(best);
    drop(&free_chunks, best);
    if (start > best) lay(best, start - best, 0);
    lay(start, size, USED);
    if (start + size < end) lay(start + size, end - start - size, 0);
    taken += size;
    if (taken > use.peak) use.peak = (size_t)taken;
    return start;
}

static void give(uint32_t chunk) {
    uint32_t size = size_of(chunk), after = chunk + size, before = chunk - at(chunk)->size_before;
    taken -= size;
    if (!(at(after)->size & USED)) drop(&free_chunks, after), size += size_of(after);
    if (!(at(before)->size & USED)) drop(&free_chunks, before), size += size_of(before), chunk = before;
    lay(chunk, size, 0);
}

static uint32_t new_page(uint16_t size) {
    uint32_t page = take(PAGE, true);
    if (page == 0) return 0;
    mark(page);
    at(page)->piece = size;
    at(page)->next = at(page)->first = at(page)->count = 0;
    for (int place = PAGE - size; place >= (int)sizeof(struct chunk); place -= size) {
        *(uint16_t *)(void *)(block + page + place) = at(page)->first;
        at(page)->first = (uint16_t)place;
    }
    return page;
}

static void *take_piece(uint16_t size) {
    uint32_t *list = &roomy[size / STEP];
    if (*list == 0 && (*list = new_page(size)) == 0) return NULL;
    struct chunk *page = at(*list);
    void *piece = (uint8_t *)page + page->first;
    page->first = *(uint16_t *)piece;
    page->count++;
    if (page->first == 0) *list = page->next;
    return piece;
}

static void give_piece(void *piece) {
    uint32_t place = page_of(piece), *list = &roomy[at(place)->piece / STEP];
    struct chunk *page = at(place);
    if (page->first == 0) add(list, place);
    *(uint16_t *)piece = page->first;
    page->first = (uint16_t)((uint8_t *)piece - (uint8_t *)page);
    if (--page->count > 0) return;
    drop(list, place);
    mark(place);
    give(place);
}

static size_t usable(const void *piece) { return in_page(piece) ? at(page_of(piece))->piece : size_of(chunk_of(piece)) - HEADER; }

static void heap_free(JSMallocState *state, void *piece) {
    if (piece == NULL) return;
    state->malloc_count--;
    state->malloc_size = use.used -= usable(piece);
    FORBID(piece, usable(piece));
    in_page(piece) ? give_piece(piece) : give(chunk_of(piece));
}

static void *heap_malloc(JSMallocState *state, size_t size) {
    void *piece = NULL;
    uint32_t chunk = 0, rounded = (uint32_t)(size + GUARD + STEP - 1) / STEP * STEP;
    bool fits = ++use.requests != fail_at && size < use.limit;
    if (fits && rounded <= PIECE_MAX) piece = take_piece((uint16_t)rounded);
    if (fits && piece == NULL) chunk = take((rounded + HEADER + UNIT - 1) / UNIT * UNIT, false);
    if (chunk != 0) piece = block + chunk + HEADER;
    if (piece == NULL) return vm_heap_full(), NULL;
    ALLOW(piece, size);
    state->malloc_count++;
    state->malloc_size = use.used += usable(piece);
    return piece;
}

static void *heap_realloc(JSMallocState *state, void *piece, size_t size) {
    size_t old = piece == NULL ? 0 : usable(piece);
    ALLOW(piece, old);
    if (size > 0 && size + GUARD <= old && size + old / 4 + STEP > old) {
        FORBID((uint8_t *)piece + size, old - size);
        return piece;
    }
    void *moved = size == 0 ? NULL : heap_malloc(state, size);
    if (moved != NULL && old > 0) memcpy(moved, piece, size < old ? size : old);
    if (moved != NULL || size == 0) heap_free(state, piece);
    return moved;
}

void heap_start(size_t bytes) {
    if (bytes != use.limit) free(block), block = aligned_alloc(PAGE, bytes);
    if (block == NULL) die(EXIT_STORAGE, "no memory for a heap of %zu bytes", bytes);
    ALLOW(block, bytes);
    use = (struct heap_use){.limit = bytes, .requests = use.requests};
    taken = free_chunks = 0;
    uint32_t first = (uint32_t)(bytes / PAGE / 8 + UNIT) / UNIT * UNIT, end = (uint32_t)bytes - UNIT;
    page_map = memset(block, 0, first);
    memset(roomy, 0, sizeof roomy);
    at(end)->size = UNIT | USED;
    lay(first, end - first, 0);
    at(first)->size_before = 0;
    FORBID(block, bytes);
}

const JSMallocFunctions heap_functions = {heap_malloc, heap_free, heap_realloc, USABLE};
struct heap_use heap_use(void) { return use; }
void heap_fail_at(uint64_t request) { fail_at = request == 0 ? 0 : use.requests + request; }
