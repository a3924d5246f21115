/*
 * 读卡器: the magnetic stripe. A swipe while nobody waits is lost, as on a real head. A porter replaces ready(): it gives
 * operator_swipe the tracks that its head decoded, or calls operator_swipe_badly. Here a FIFO or serial line (as set by
 * stty) brings them, `%…?` `;…?` `+…?` and the line's end; a plain file is a wallet, a card a line, its name behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "port.h"

enum { TRACKS = 3, LINE_BYTES_MAX = 255 }; /* no card has more than 226 */

static const char starts[] = "%;+"; /* the start sentinels of the three tracks */
static struct wait waiting;
static FILE *wallet;
static char cards[400]; /* its cards, number and name */
void operator_swipe(const char *track1, const char *track2, const char *track3) {
    static const char *const names[] = {"track1", "track2", "track3"};
    static const int max[] = {79, 40, 107}; /* ISO/IEC 7811-6; in the contract's characters, UTF-16 */
    const char *texts[] = {track1, track2, track3};
    JSContext *ctx = vm_context();
    int found = 0;
    if (ctx == NULL || !waiting.pending) return;
    JSValue card = kind_object(ctx, "stripe");
    for (int track = 0; track < TRACKS; track++) {
        int characters = 0;
        for (const char *c = texts[track]; c != NULL && *c != '\0'; c++)
            characters += ((uint8_t)*c & 0xc0) == 0x80 ? 0 : (uint8_t)*c >= 0xf0 ? 2 : 1;
        found += characters > max[track] ? -TRACKS : characters > 0;
        if (characters > 0) object_set(ctx, card, names[track], JS_NewString(ctx, texts[track]));
    }
    wait_settle(&waiting, found > 0 ? JS_DupValue(ctx, card) : kind_object(ctx, "unreadable"));
    JS_FreeValue(ctx, card);
}
void operator_swipe_badly(void) { operator_swipe(NULL, NULL, NULL); }
/* The LRC behind the sentinel, of its track's own characters (ISO/IEC 7811-6): then comes another track, or the end. */
static bool is_lrc(const char *at, bool letters) {
    return *at >= (letters ? ' ' : '0') && *at <= (letters ? '_' : '?') && strchr(starts, at[1]) != NULL;
}
void operator_swipe_line(const char *line) {
    static char tracks[TRACKS][LINE_BYTES_MAX + 1]; /* empty between two cards */
    bool good = true;
    for (const char *end = line; good && *line != '\0'; line = end) {
        const char *start = strchr(starts, *line);
        char *track = start != NULL ? tracks[start - starts] : NULL;
        while (*end >= ' ' && *end <= '~' && *end != '?') end++;
        good = track != NULL && *track == '\0' && *end++ == '?';
        if (good && is_lrc(end, start == starts)) end++;
        good = good && end - line <= LINE_BYTES_MAX;
        if (good) memcpy(track, line, (size_t)(end - line));
    }
    if (good) operator_swipe(tracks[0], tracks[1], tracks[2]);
    else operator_swipe_badly();
    wipe(tracks, sizeof tracks);
}
/* Behind the last sentinel, or the end of the line. */
static char *name_in(char *line) {
    char *sentinel = strrchr(line, '?');
    return sentinel != NULL ? sentinel + 1 : line + strcspn(line, "\r\n");
}
void operator_card(int number) {
    char line[LINE_BYTES_MAX + 2];
    if (wallet != NULL) rewind(wallet);
    for (; wallet != NULL && number > 0 && fgets(line, sizeof line, wallet) != NULL; number--)
        if (number == 1) *name_in(line) = '\0', operator_swipe_line(line);
    wipe(line, sizeof line);
    if (number > 0) operator_swipe_badly();
}
static void read_names(void) {
    char line[LINE_BYTES_MAX + 2];
    rewind(wallet);
    for (int number = 1, at = 0; at < (int)sizeof cards && fgets(line, sizeof line, wallet) != NULL; number++) {
        line[strcspn(line, "\r\n")] = '\0';
        at += snprintf(cards + at, sizeof cards - (size_t)at, "%d%s  ", number, name_in(line));
    }
    wipe(line, sizeof line);
}
const char *operator_cards(void) { return cards; }
static void ready(int file, void *of) {
    static char line[LINE_BYTES_MAX + 1];
    static size_t length;
    ssize_t got;
    for (char byte; (got = read(file, &byte, 1)) == 1;) {
        bool ends = byte == '\n' || byte == '\r';
        line[length] = ends ? '\0' : byte == '\0' ? '\x01' : byte;
        if (ends && length > 0) operator_swipe_line(line);
        if (ends) wipe(line, sizeof line);
        length = ends ? 0 : length + (length < LINE_BYTES_MAX);
    }
    (void)of;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    warn("reader: %s is gone, no card is read from now on", config.reader);
    watch(file, 0, NULL, NULL);
}
void reader_open(void) {
    if (config.reader == NULL) return;
    int file = open(config.reader, O_RDWR | O_NONBLOCK | O_NOCTTY); /* to write too: so a FIFO stays open */
    if (file < 0) die(EXIT_PERIPHERAL, "reader: %s: %s", config.reader, strerror(errno));
    if (lseek(file, 0, SEEK_END) >= 0) wallet = fdopen(file, "r"), read_names();
    else watch(file, POLLIN, ready, NULL);
}
void reader_reset(void) {}

CALL(reader_wait) {
    screen_show();
    return waiting.pending ? settled_kind(ctx, "busy") : wait_begin(ctx, &waiting, argv[0], "timeout");
}
CALL(reader_cancel) { return wait_settle_kind(&waiting, "cancelled"), JS_UNDEFINED; }
