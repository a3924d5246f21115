/*
 * The front without a person at a terminal: words on standard input and output, one a line (docs/device.md, "Pipe").
 * In: a word and its fields, separated by TAB. Out: a word, a blank, a JSON document.
 *
 * A porter keeps this file for his tests: it is how the rig and the conformance suite drive a device.
 */
#include "port.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 8192, FIELDS_MAX = 4, IN = 0, PAPER_LINES_MAX = 1000000 };

static const char *truth(bool value) { return value ? "true" : "false"; }
/* The end of a word; before it printf will do. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    if (putchar('\n') != EOF && fflush(stdout) == 0 && !ferror(stdout)) return;
    if (errno == EPIPE || errno == EIO) die(EXIT_ENDED, "the front was closed");
    die(EXIT_STORAGE, "standard output: %s", strerror(errno));
}
/* A JSON string (ECMA-404, 9). What is no UTF-8 becomes U+FFFD. */
static void text_out(const char *before, const char *text) {
    const char *end = text + strlen(text);
    printf("%s\"", before);
    while (text < end) {
        char bytes[4];
        uint32_t character = next_character(&text, end);
        if (character < 0x20 || character == '"' || character == '\\' || (character >= 0xd800 && character <= 0xdfff))
            printf("\\u%04x", character);
        else fwrite(bytes, 1, put_character(character, bytes), stdout);
    }
    putchar('"');
}
void front_screen(const struct picture *picture) {
    if (!config.pipe) return tty_screen(picture);
    printf("screen {\"columns\":%d,\"rows\":[", picture->columns);
    for (int row = 0; row < picture->rows; row++) {
        text_out(row > 0 ? ",{\"text\":" : "{\"text\":", picture->row[row]);
        printf(",\"runs\":[");
        for (int at = 0; at < picture->run_count[row]; at++) {
            const struct picture_run *run = &picture->runs[row][at];
            printf("%s{\"from\":%d,\"to\":%d,", at > 0 ? "," : "", run->from, run->to);
            printf("\"style\":\"%s\"}", styles[run->style]);
        }
        printf("]}");
    }
    say("],\"icons\":{\"signedOn\":%s,\"owed\":%s,\"paperOut\":%s},\"quality\":%d,\"secure\":%s,\"lit\":%s}",
             truth(picture->signed_on), truth(picture->owed), truth(picture->paper_out), picture->quality,
             truth(picture->secure), truth(picture->lit));
}
void front_paper(const char *text, enum align align, bool large) {
    if (!config.pipe) return tty_paper(text, align, large);
    static const char *const names[] = {"left", "centre", "right"};
    text_out("paper {\"text\":", text);
    say(",\"align\":\"%s\",\"size\":\"%s\"}", names[align], large ? "large" : "normal");
}
void front_slip_end(void) { config.pipe ? say("slip-end") : tty_slip_end(); }
void front_beep(const char *kind) {
    if (config.pipe) say("beep {\"kind\":\"%s\"}", kind);
}
void front_wire(const char *how, const uint8_t *bytes, size_t count) {
    if (!config.pipe) return;
    printf("wire {\"direction\":\"%s\",\"bytes\":\"", how);
    for (size_t at = 0; at < count; at++) printf("%02x", bytes[at]);
    say("\"}");
}
void front_stopped(const char *why, int count) {
    if (!config.pipe) return tty_stopped(why);
    text_out("stopped {\"why\":", why);
    say(",\"count\":%d}", count);
}
void front_program(const struct started *started) {
    if (config.pipe) say("start {\"place\":\"%s\",\"attempt\":%d}", started->place, started->attempt);
}

/* A whole number from 0 to `max`, in digits; else -1. */
static int number(const char *field, long max) {
    char *end;
    long found = strtol(field, &end, 10);
    return *field >= '0' && *field <= '9' && *end == '\0' && found <= max ? (int)found : -1;
}
static bool obey(char *const *field, int count) {
    static const struct {
        const char *word;
        void (*act)(void);
    } acts[] = {{"swipe-bad", operator_swipe_badly}, {"tamper", operator_tamper},
                {"service", operator_service}, {"quit", operator_quit}};
    const char *first = count > 1 ? field[1] : "";
    for (size_t at = 0; at < sizeof acts / sizeof *acts; at++)
        if (strcmp(field[0], acts[at].word) == 0 && count == 1) return acts[at].act(), true;
    if (strcmp(field[0], "key") == 0 && count == 2) return operator_press(first);
    if (strcmp(field[0], "swipe") == 0 && count == 4) return operator_swipe(first, field[2], field[3]), true;
    bool isPaper = strcmp(field[0], "paper") == 0, in = isPaper && count == 2 && strcmp(first, "in") == 0;
    int lines = isPaper && count == 3 && strcmp(first, "out") == 0 ? number(field[2], PAPER_LINES_MAX) : -1;
    int plugged = strcmp(field[0], "cable") == 0 && count == 2 ? number(first, 1) : -1;
    if (in || lines >= 0) operator_paper(in, in ? 0 : lines);
    if (plugged >= 0) operator_cable(plugged == 1);
    return in || lines >= 0 || plugged >= 0;
}
bool pipe_obey(char *line) {
    char *fields[FIELDS_MAX];
    int count = 0;
    for (char *next = line; next != NULL && count <= FIELDS_MAX; count++) {
        if (count < FIELDS_MAX) fields[count] = next;
        next = strchr(next, '\t');
        if (next != NULL) *next++ = '\0';
    }
    return count <= FIELDS_MAX && obey(fields, count);
}

static char held[LINE_BYTES_MAX + 1];
static size_t length;

/* Obeys the whole lines of what was read: one an event, so what follows from it has happened before the next. */
static void obey_line(void *of) {
    static struct timer next;
    char *end = memchr(held, '\n', length);
    if (end == NULL) return;
    size_t taken = (size_t)(end + 1 - held);
    *end = '\0';
    timer_start(&next, 0, obey_line, of);
    if (!pipe_obey(held)) warn("a word that nobody knows, or not in its form");
    memmove(held, held + taken, length -= taken);
    wipe(held + length, taken); /* a digit of a PIN, or a track */
}
static void hear(int file, void *of) {
    /* Of a line that is too long only its end is left, behind what makes it a word that nobody knows. */
    if (length == LINE_BYTES_MAX) wipe(held, length), length = 1, *held = '?';
    ssize_t count = read(file, held + length, LINE_BYTES_MAX - length);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count > 0) length += (size_t)count, obey_line(of);
    else watch(file, 0, NULL, NULL), operator_quit();
}
void front_start(void) { config.pipe ? watch(IN, POLLIN, hear, NULL) : tty_start(); }
void front_end(void) {
    if (!config.pipe) tty_end();
}
