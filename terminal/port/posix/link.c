/*
 * 通讯 link: one byte stream to the host, opened for an exchange and closed after. It runs on stream_* of stream.c, which
 * is what a porter replaces; the cable is `operator_cable`, where a port has a line detector.
 */
#include <string.h>

#include "port.h"

#define SEND_BYTES_MAX 4096
#define UNREAD_BYTES_MAX 65536 /* beyond, the link gives up on a host that will not stop */

/* ENDED: the stream is closed, and what came before is not all read. */
static enum { NONE, DIALLING, OPEN, ENDED } call;
static bool plugged = true;
/* From `head` to `tail`, as it came: `last` marks where a piece ends. */
static uint8_t unread[UNREAD_BYTES_MAX];
static bool last[UNREAD_BYTES_MAX];
static size_t head, tail;

static void given_up(void);
static struct wait opening = {.ended = given_up}, receiving;

static void end(bool keep_unread) {
    bool was_open = call == OPEN, was_dialling = call == DIALLING;
    if (!keep_unread) head = tail = 0;
    call = head < tail ? ENDED : NONE;
    if (was_open || was_dialling) stream_close();
    if (was_open) front_wire("close", NULL, 0);
}

/* The wait for an answer has ended without one. */
static void given_up(void) {
    if (call == DIALLING) end(false);
}

static void opened(bool open) {
    if (call != DIALLING || vm_context() == NULL) return;
    call = open ? OPEN : NONE;
    if (open) front_wire("open", NULL, 0);
    wait_settle_kind(&opening, open ? "open" : "refused");
}

static JSValue bytes_result(const uint8_t *bytes, size_t length) {
    JSContext *ctx = vm_context();
    JSValue result = kind_object(ctx, "bytes");
    object_set(ctx, result, "bytes", new_bytes(ctx, bytes, length));
    return result;
}

static void arrived(const uint8_t *bytes, size_t length) {
    if (call != OPEN || vm_context() == NULL || length == 0) return;
    front_wire("in", bytes, length);
    if (receiving.pending) return (void)wait_settle(&receiving, bytes_result(bytes, length));
    if (length > UNREAD_BYTES_MAX - (tail - head)) return end(false);
    memmove(unread, unread + head, tail -= head);
    memmove(last, last + head, tail);
    head = 0;
    memcpy(unread + tail, bytes, length);
    memset(last + tail, false, length);
    tail += length;
    last[tail - 1] = true;
}

static void closed(void) {
    if (call != OPEN || vm_context() == NULL) return;
    end(true);
    wait_settle_kind(&receiving, "closed");
}

static const struct stream_events events = {opened, arrived, closed};

CALL(link_open) {
    screen_show();
    if (opening.pending || receiving.pending) return settled_kind(ctx, "busy");
    end(false);
    if (!plugged) return settled_kind(ctx, "noLine");
    JSValue promise = wait_begin(ctx, &opening, argv[0], "timeout");
    if (!opening.pending) return promise; /* 0 ms: no host answers at once */
    call = DIALLING;
    stream_dial(&events);
    return promise;
}

CALL(link_send) {
    const uint8_t *bytes;
    size_t length;
    screen_show();
    if (!arg_bytes(ctx, argv[0], "link: bytes to send", 1, SEND_BYTES_MAX, &bytes, &length)) return JS_EXCEPTION;
    if (call != OPEN) return settled_kind(ctx, "closed");
    front_wire("out", bytes, length);
    stream_send(bytes, length);
    return settled_kind(ctx, "sent");
}

CALL(link_receive) {
    screen_show();
    if (opening.pending || receiving.pending) return settled_kind(ctx, "busy");
    if (head == tail && call == OPEN) return wait_begin(ctx, &receiving, argv[0], "timeout");
    if (head == tail) return settled_kind(ctx, "closed");
    size_t from = head;
    while (!last[head++]) continue;
    if (call == ENDED) end(true);
    return settled(ctx, bytes_result(unread + from, head - from));
}

CALL(link_cancel) {
    wait_settle_kind(&opening, "cancelled");
    wait_settle_kind(&receiving, "cancelled");
    return JS_UNDEFINED;
}

CALL(link_close) {
    end(false);
    wait_settle_kind(&opening, "cancelled");
    wait_settle_kind(&receiving, "closed");
    return JS_UNDEFINED;
}

bool link_plugged(void) { return plugged; }

CALL(link_quality) { return JS_NewInt32(ctx, plugged ? 4 : 0); }
CALL(link_security) { return JS_NewString(ctx, "plain"); }

void operator_cable(bool plug) {
    if (plugged == plug) return;
    plugged = plug;
    screen_changed();
    if (plug) return;
    end(true);
    wait_settle_kind(&opening, "noLine");
    wait_settle_kind(&receiving, "closed");
}

/* The stream goes with the run; the cable stays as it is. */
void link_reset(void) { end(false); }
