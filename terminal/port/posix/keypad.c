/*
 * 键盘: keys are queued while nobody waits, 32 at most, the newest dropped beyond. A porter calls operator_press where
 * his keys come in, in an event of the loop. While the secure element asks for digits no key comes here, neither then
 * nor later: on hardware its own wiring takes them.
 */
#include "port.h"

#include <string.h>

enum { QUEUED_MAX = 32 };

const char *const keys[] = {KEYS, NULL};
static int queue[QUEUED_MAX], queued; /* the oldest first */
static struct wait waiting;

static JSValue key_result(JSContext *ctx, int key) {
    JSValue result = kind_object(ctx, "key");
    return object_set(ctx, result, "key", JS_NewString(ctx, keys[key])) ? result : JS_EXCEPTION;
}

bool operator_press(const char *name) {
    int key = 0;
    while (keys[key] != NULL && strcmp(keys[key], name) != 0) key++;
    if (keys[key] == NULL) return false;
    if (vm_context() == NULL) return true; /* between two runs nobody hears it */
    front_beep("key");
    if (!secure_press(key)) keypad_press(key);
    return true;
}
void keypad_press(int key) {
    if (waiting.pending) wait_settle(&waiting, key_result(vm_context(), key));
    else if (queued < QUEUED_MAX) queue[queued++] = key;
}
void keypad_reset(void) { queued = 0; }

CALL(keypad_next) {
    screen_show();
    if (waiting.pending) return settled_kind(ctx, "busy");
    if (queued == 0) return wait_begin(ctx, &waiting, argv[0], "timeout");
    int key = queue[0];
    memmove(queue, queue + 1, (size_t)--queued * sizeof *queue);
    return settled(ctx, key_result(ctx, key));
}
CALL(keypad_cancel) { return wait_settle_kind(&waiting, "cancelled"), JS_UNDEFINED; }
CALL(keypad_flush) { return queued = 0, JS_UNDEFINED; }
