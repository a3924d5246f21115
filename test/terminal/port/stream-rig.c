/*
 * stream.c with loop.c and board.c as they are, and words in the place of link.c, for stream.test.ts:
 *   stream-rig HOST PORT      in: dial, send N, close, ping N, hang   out: opened 0|1, bytes HEX, closed, alive N
 * `send N`: N bytes 0, 1, 2 …, at most 4096 a call. `alive N` answers `ping N`: the loop is not blocked. The system takes
 * at most 1,000 bytes at once here, and nothing each second time; the name `two` has 127.0.0.2 first, then 127.0.0.1,
 * and `slow` none ever. `hang` never comes back; the watchdog is of one second here.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port.h"

struct config config;
void vm_drain(void) {}
void screen_show(void) {}

void die(int code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    exit(code);
}

ssize_t __real_send(int file, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int file, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int file, const void *bytes, size_t length, int flags) {
    static bool refuses;
    refuses = !refuses;
    if (!refuses) return __real_send(file, bytes, length < 1000 ? length : 1000, flags);
    errno = EAGAIN;
    return -1;
}

int __real_getaddrinfo(const char *name, const char *port, const struct addrinfo *wanted, struct addrinfo **list);
int __wrap_getaddrinfo(const char *name, const char *port, const struct addrinfo *wanted, struct addrinfo **list);
int __wrap_getaddrinfo(const char *name, const char *port, const struct addrinfo *wanted, struct addrinfo **list) {
    while (strcmp(name, "slow") == 0 && wanted->ai_flags == 0) pause();
    if (strcmp(name, "two") != 0 || wanted->ai_flags != 0) return __real_getaddrinfo(name, port, wanted, list);
    int first = __real_getaddrinfo("127.0.0.2", port, wanted, list);
    return first != 0 ? first : __real_getaddrinfo("127.0.0.1", port, wanted, &(*list)->ai_next);
}

static void say(const char *line) {
    puts(line);
    fflush(stdout);
}

static void opened(bool open) { say(open ? "opened 1" : "opened 0"); }
static void closed(void) { say("closed"); }
static void bytes_came(const uint8_t *bytes, size_t length) {
    printf("bytes ");
    for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
    say("");
}
static const struct stream_events events = {opened, bytes_came, closed};

static void send_many(long count) {
    static uint8_t piece[4096];
    static uint8_t next;
    for (long left = count; left > 0;) {
        size_t length = left < 4096 ? (size_t)left : sizeof piece;
        for (size_t i = 0; i < length; i++) piece[i] = next++;
        stream_send(piece, length);
        left -= (long)length;
    }
}

static void obey(const char *word) {
    if (strcmp(word, "dial") == 0) stream_dial(&events);
    else if (strcmp(word, "close") == 0) stream_close();
    else if (strcmp(word, "hang") == 0) for (;;) pause();
    else if (strncmp(word, "send ", 5) == 0) send_many(atol(word + 5));
    else if (strncmp(word, "ping ", 5) == 0) printf("alive %s\n", word + 5), fflush(stdout);
}

static void hear(int file, void *of) {
    char words[256];
    ssize_t count = read(file, words, sizeof words - 1);
    (void)of;
    if (count <= 0) exit(0);
    words[count] = '\0';
    for (char *word = strtok(words, "\n"); word != NULL; word = strtok(NULL, "\n")) obey(word);
}

int main(int count, char **words) {
    config.host = count > 2 && *words[1] != '\0' ? words[1] : NULL;
    config.port = count > 2 ? atoi(words[2]) : 0;
    watchdog_s = 1;
    watch(0, POLLIN, hear, NULL);
    for (;;) loop_once();
}
