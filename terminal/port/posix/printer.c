/*
 * 打印机: a line every 50 ms to the front and, where device.json names one, to an ESC/POS printer: a file, a serial line
 * (115200 8N1) or tcp://host:port. `bytes` holds the longest print, for a slow one. A porter replaces "the way out".
 */
#define _DEFAULT_SOURCE /* cfmakeraw */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "port.h"
enum { LINE_MS = 50, LINES_MAX = 200, FEED_MAX = 20, COLUMNS_MAX = 32, STALLED_MS = 10000, ROLL = -1, READS_MAX = 1000 };
static struct entry {
    char text[COLUMNS_MAX * 4 + 1];
    int align, feed, large; /* feed: blank lines in the place of text; 0: none */
} entries[LINES_MAX];
static int count, at, fed, lines_left = ROLL;
static struct wait printing;
static struct timer head;
static struct addrinfo *address; /* of tcp:// */
static int sink = -1;
static char bytes[LINES_MAX * (COLUMNS_MAX * 2 + 7) + 8]; /* a narrow character may be two bytes of GBK */
static size_t length, sent;

bool paper_is_out(void) { return lines_left == 0; }
void operator_paper(bool present, int lines) { lines_left = present ? ROLL : lines; }
void printer_reset(void) { timer_stop(&head); }
static int columns(void) { return config.compact ? 24 : COLUMNS_MAX; }
static void end(const char *kind) {
    JSContext *ctx = vm_context();
    printer_reset();
    if (ctx == NULL || !printing.pending) return;
    JSValue result = kind_object(ctx, kind);
    if (strcmp(kind, "paperOut") == 0) object_set(ctx, result, "printedLines", JS_NewInt32(ctx, at));
    wait_settle(&printing, result);
}
/* ---- the way out; ENXIO: a FIFO that nobody reads yet */
static void sink_close(void *fault) {
    watch(sink, 0, NULL, NULL);
    tcflush(sink, TCOFLUSH); /* closing a serial line would wait for what is in it */
    close(sink), sink = -1;
    if (fault != NULL) end(fault);
}
static void send_bytes(int file, void *fault) {
    ssize_t taken = 0;
    while (sent < length && (taken = write(file, bytes + sent, length - sent)) > 0) sent += (size_t)taken;
    if (taken < 0 && errno != EAGAIN && errno != EINTR) return sink_close(fault);
    watch(file, sent < length ? POLLOUT : 0, send_bytes, fault); /* a connection takes bytes once it is made */
    if (sent == length && at == count) end("printed");
}
/* A connection that the printer has ended, maybe behind bytes that say how it is. */
static bool hung_up(void) {
    ssize_t got = 1;
    for (int reads = 0; got > 0 && reads < READS_MAX; reads++) got = recv(sink, bytes, sizeof bytes, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}
static bool sink_open(void) {
    struct termios line;
    if (sink >= 0 && address != NULL && hung_up()) sink_close(NULL);
    if (sink < 0 && address != NULL) {
        sink = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(sink, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS) sink_close(NULL);
    }
    const int how = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY;
    if (sink < 0 && address == NULL && (sink = open(config.printer, how, 0600)) >= 0 && tcgetattr(sink, &line) == 0)
        cfmakeraw(&line), cfsetspeed(&line, B115200), tcsetattr(sink, TCSANOW, &line);
    sent = 0, length = (size_t)sprintf(bytes, "\x1b@\x1c&"); /* ESC @ initialise, FS & characters of two bytes */
    return sink >= 0;
}
/* ESC d feed, GS V B cut but for a point; ESC a alignment, GS ! size. */
static void sink_entry(const struct entry *entry) {
    const char *codes = entry->feed > 0 ? "\x1b" "d%c\x1dVB%c" : "\x1b" "a%c\x1d!%c";
    if (sink < 0) return;
    length += (size_t)sprintf(bytes + length, codes, entry->feed + entry->align, entry->large * 0x11);
    length += gbk_encode(entry->text, strlen(entry->text), (uint8_t *)bytes + length);
    if (entry->feed == 0) bytes[length++] = '\n';
    send_bytes(sink, "fault");
}
void printer_open(void) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char host[256], port[8], more;
    if (config.printer == NULL) return;
    bool tcp = strncmp(config.printer, "tcp://", 6) == 0;
    if (tcp && ((sscanf(config.printer, "tcp://%255[^]:[]:%5[0-9]%c", host, port, &more) != 2 &&
                 sscanf(config.printer, "tcp://[%255[^]]]:%5[0-9]%c", host, port, &more) != 2) ||
                atoi(port) < 1 || atoi(port) > 65535))
        die(EXIT_USAGE, "printer %s: wants tcp://HOST:PORT or tcp://[ADDRESS]:PORT", config.printer);
    if (tcp && getaddrinfo(host, port, &hints, &address) != 0) die(EXIT_PERIPHERAL, "printer: no address %s", host);
    if (!tcp && !sink_open() && errno != ENXIO) die(EXIT_PERIPHERAL, "printer %s: %s", config.printer, strerror(errno));
}
/* ---- the head; `moved`: the paper has moved a line */
static void step(void *moved) {
    const struct entry *entry = &entries[at];
    if (moved != NULL && !paper_is_out()) {
        lines_left -= lines_left > 0;
        front_paper(entry->text, (enum align)entry->align, entry->large);
        if (++fed == entry->feed) front_slip_end();
        if (fed >= entry->feed) at++, fed = 0, sink_entry(entry);
    }
    if (!printing.pending) return; /* it could not be written */
    if (at < count && paper_is_out()) end("paperOut"); /* or was taken out under the head */
    else if (at < count) timer_start(&head, LINE_MS, step, entries);
    else if (count == 0 || sink < 0) end("printed");
    else timer_start(&head, STALLED_MS, sink_close, "fault"); /* until send_bytes has sent the last */
}
/* Text is cut to the paper, of which a large line holds half the columns. False: thrown. */
static bool read_entry(JSContext *ctx, JSValueConst line, struct entry *entry) {
    static const char *const sizes[] = {"normal", "large", NULL}, *const aligns[] = {"left", "centre", "right", NULL};
    JSValue feed = JS_GetPropertyStr(ctx, line, "feed"), string = JS_GetPropertyStr(ctx, line, "text");
    JSValue align = JS_GetPropertyStr(ctx, line, "align"), large = JS_GetPropertyStr(ctx, line, "size");
    int64_t lines = 0;
    size_t size, used = 0;
    const char *text = JS_ToCStringLen(ctx, &size, string), *next = text;
    *entry = (struct entry){.feed = 0};
    bool good = JS_IsUndefined(feed) ? text != NULL && arg_name(ctx, align, "print: align", aligns, &entry->align) &&
                                           arg_name(ctx, large, "print: size", sizes, &entry->large)
                                     : arg_int(ctx, feed, "print: a feed", 1, FEED_MAX, &lines);
    entry->feed = (int)lines;
    for (int left = columns(); good && lines == 0 && next < text + size;) {
        uint32_t character = next_character(&next, text + size);
        character = is_undrawable(character) ? ' ' : character;
        if ((left -= character_cells(character) << entry->large) < 0) break;
        used += put_character(character, entry->text + used);
    }
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, feed), JS_FreeValue(ctx, string), JS_FreeValue(ctx, align), JS_FreeValue(ctx, large);
    return good;
}
CALL(printer_print) {
    int64_t lines;
    screen_show();
    if (printing.pending) return settled_kind(ctx, "busy");
    JSValue number = JS_GetPropertyStr(ctx, argv[0], "length");
    if (!arg_int(ctx, number, "print: lines", 0, LINES_MAX, &lines)) return JS_EXCEPTION;
    for (at = fed = count = 0; count < lines; count++) {
        JSValue line = JS_GetPropertyUint32(ctx, argv[0], (uint32_t)count);
        bool good = read_entry(ctx, line, &entries[count]);
        JS_FreeValue(ctx, line);
        if (!good) return JS_EXCEPTION;
    }
    if (config.printer != NULL && !sink_open()) return settled_kind(ctx, "fault");
    JSValue promise = wait_begin(ctx, &printing, JS_NewInt32(ctx, TIMEOUT_MS_MAX), "fault");
    return step(NULL), promise;
}
CALL(printer_columns) { return JS_NewInt32(ctx, columns()); }
CALL(printer_paper) { return JS_NewString(ctx, paper_is_out() ? "out" : "ok"); }
