/*
 * One byte stream to the host: TCP, never blocking. A porter replaces this file by the modem or the network stack of
 * the board, under the same three calls and three events. A name is looked up by a child process that writes what it
 * found into a pipe, for getaddrinfo blocks and this is one thread; figures need none. Addresses are tried in order.
 */
#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port.h"

#define ADDRESSES_MAX 8
static struct sockaddr_storage found[ADDRESSES_MAX];
static int found_count, tried;
static int file = -1; /* the socket, or the pipe of the look-up */
static pid_t looker;
static bool is_open;
static uint8_t queue[65536]; /* what the system has not taken yet */
static size_t queued;
static struct timer soon;
static const struct stream_events *events;

void stream_close(void) {
    timer_stop(&soon);
    if (file >= 0) watch(file, 0, NULL, NULL), close(file);
    if (looker > 0) kill(looker, SIGKILL), waitpid(looker, NULL, 0);
    file = -1, looker = 0, queued = 0, is_open = false;
}

static void ready(int socket, void *of);

static void flush(void) {
    ssize_t sent = send(file, queue, queued, MSG_NOSIGNAL);
    if (sent > 0) memmove(queue, queue + sent, queued -= (size_t)sent);
    watch(file, queued > 0 ? POLLIN | POLLOUT : POLLIN, ready, NULL); /* what is wrong with it, the next read says */
}

static void try_next(void) {
    while (tried < found_count) {
        const struct sockaddr_storage *to = &found[tried++];
        socklen_t size = to->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
        file = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connect(file, (const struct sockaddr *)to, size) == 0 || errno == EINPROGRESS)
            return watch(file, POLLOUT, ready, NULL);
        stream_close();
    }
    events->opened(false);
}

/* The socket can be read or written; the first time, the host has answered, and a read tells how. */
static void ready(int socket, void *of) {
    static uint8_t bytes[4096];
    (void)of;
    ssize_t got = recv(socket, bytes, sizeof bytes, 0);
    bool was_open = is_open;
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        stream_close();
        return was_open ? events->closed() : try_next();
    }
    is_open = true;
    flush();
    if (!was_open) events->opened(true);
    if (got > 0) events->bytes(bytes, (size_t)got);
}

static int look_up(int flags) {
    struct addrinfo wanted = {.ai_flags = flags, .ai_socktype = SOCK_STREAM}, *list = NULL;
    char port[8];
    int count = 0;
    snprintf(port, sizeof port, "%d", config.port);
    if (config.host == NULL || getaddrinfo(config.host, port, &wanted, &list) != 0) return 0;
    for (const struct addrinfo *each = list; each != NULL && count < ADDRESSES_MAX; each = each->ai_next)
        memcpy(&found[count++], each->ai_addr, each->ai_addrlen);
    freeaddrinfo(list);
    return count;
}

static void looked_up(int pipe, void *of) {
    ssize_t got = read(pipe, found, sizeof found); /* no more than PIPE_BUF: it comes whole */
    (void)of;
    found_count = got > 0 ? (int)((size_t)got / sizeof found[0]) : 0;
    stream_close();
    try_next();
}

/* The child has no signal but SIGKILL, which comes at the latest with the end of its parent, whose memory it has. */
static void look_up_in_child(int out, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    _exit(write(out, found, (size_t)look_up(0) * sizeof found[0]) < 0);
}

static void start(void *of) {
    int ends[2];
    pid_t parent = getpid();
    sigset_t all, before;
    (void)of;
    tried = 0;
    found_count = look_up(AI_NUMERICHOST);
    if (found_count > 0 || config.host == NULL || pipe2(ends, O_CLOEXEC) != 0) return try_next();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    looker = fork();
    if (looker == 0) look_up_in_child(ends[1], parent);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    file = ends[0];
    watch(file, POLLIN, looked_up, NULL); /* its end comes too: of a child that could not be made, or found nothing */
}

void stream_dial(const struct stream_events *told) {
    stream_close();
    events = told;
    timer_start(&soon, 0, start, NULL); /* events come in an event of their own */
}

void stream_send(const uint8_t *bytes, size_t length) {
    if (!is_open || length > sizeof queue - queued) return (void)shutdown(file, SHUT_RDWR); /* the next read: closed */
    memcpy(queue + queued, bytes, length);
    queued += length;
    flush();
}
