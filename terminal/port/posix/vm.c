/*
 * The engine, and `device` in it. A run begins with vm_start and ends once: by vm_stop, by what the application threw, or
 * because it waits for nothing. What ends it inside the guest leaves the engine's own frames at once (longjmp), so that
 * nothing in the guest can catch it; that engine is never used again but dropped with its heap. A porter leaves all this.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "port.h"

#define STACK_BYTES (256 * 1024)
#define INTERRUPT_BUDGET 20000     /* calls of the interrupt handler in one entry, as in emulator/vm/limits.ts */
#define COLLECT_BYTES (32 * 1024)  /* what the heap may grow by before the engine looks for circles that nobody holds */
#define LINE_BYTES 512

/* What is settled waits here until the guest has nothing else to do. */
struct settlement {
    struct settlement *next;
    JSValue resolve, result;
};

static struct {
    JSRuntime *runtime;
    JSContext *ctx;
    JSValue application; /* application.running */
    struct settlement *first, **last;
    struct wait *waits;
    size_t collected;           /* bytes in use after the last collection */
    int ticks;
    bool running, inside;       /* `inside`: the guest has the processor, and `out` leads out of it */
    bool ending, hung, restart; /* the run is over, how, and what comes after it */
    char why[LINE_BYTES];
} vm;
static jmp_buf out;

#define ROW(peripheral, method, kind) {#peripheral, #method, peripheral##_##method},
static const struct {
    const char *peripheral, *method;
    JSValue (*call)(JSContext *ctx, JSValueConst *argv);
} calls[] = {DEVICE_CALLS(ROW)};

JSContext *vm_context(void) { return vm.ending ? NULL : vm.ctx; }

/* ---- the end of a run */

static void leave(void) {
    if (!vm.inside) return;
    vm.inside = false;
    longjmp(out, 1);
}

void vm_stop(const char *why, bool hung) {
    if (!vm.running || vm.ending) return;
    vm.ending = true;
    vm.hung = hung;
    snprintf(vm.why, sizeof vm.why, "%s", why);
}

void vm_restart(void) {
    vm.restart = vm.running && !vm.ending;
    vm_stop("", false);
}

void vm_heap_full(void) {
    char why[80];
    snprintf(why, sizeof why, "out of memory: the heap of %zu bytes is full", heap_use().limit);
    if (!vm.running && !vm.inside) die(EXIT_STORAGE, "%s", why);
    vm_stop(why, false);
    leave();
}

/* `call`: index in calls[], or -1: the guest's own code. */
static void stop_thrown(int call) {
    char line[LINE_BYTES] = "";
    if (call >= 0) snprintf(line, sizeof line, "device.%s.%s: ", calls[call].peripheral, calls[call].method);
    thrown_line(vm.ctx, line + strlen(line), sizeof line - strlen(line));
    vm_stop(line, false);
}

/* ---- calls of the guest */

static JSValue called(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int index) {
    JSValueConst args[CALL_ARGS];
    (void)self;
    for (int i = 0; i < CALL_ARGS; i++) args[i] = i < argc ? argv[i] : JS_UNDEFINED;
    JSValue result = calls[index].call(ctx, args);
    if (ctx != vm.ctx) return result;
    if (JS_IsException(result)) stop_thrown(index);
    if (vm.ending) leave();
    return result;
}

bool install_device(JSContext *ctx) {
    JSValue global = JS_GetGlobalObject(ctx), device = JS_NewObject(ctx), object = JS_UNDEFINED;
    for (int i = 0; i < DEVICE_CALL_COUNT; i++) {
        bool next = i == 0 || strcmp(calls[i].peripheral, calls[i - 1].peripheral) != 0;
        if (next) object_set(ctx, device, calls[i].peripheral, object = JS_NewObject(ctx));
        JSValue function = JS_NewCFunctionMagic(ctx, called, calls[i].method, CALL_ARGS, JS_CFUNC_generic_magic, i);
        object_set(ctx, object, calls[i].method, function);
    }
    bool whole = board_install(ctx, device) && object_set(ctx, global, "device", device);
    JS_FreeValue(ctx, global);
    return whole;
}

/* ---- waits */

static JSValue promise(JSContext *ctx, JSValue *resolve) {
    JSValue functions[2], made = JS_NewPromiseCapability(ctx, functions);
    if (JS_IsException(made)) return made;
    JS_FreeValue(ctx, functions[1]);
    *resolve = functions[0];
    return made;
}

static bool later(JSContext *ctx, JSValue resolve, JSValue result) {
    struct settlement *settlement = JS_IsException(result) ? NULL : js_malloc(ctx, sizeof *settlement);
    if (settlement == NULL) {
        vm_heap_full();
        return false;
    }
    *settlement = (struct settlement){NULL, resolve, result};
    *vm.last = settlement;
    vm.last = &settlement->next;
    return true;
}

JSValue settled(JSContext *ctx, JSValue result) {
    JSValue resolve = JS_UNDEFINED, made = promise(ctx, &resolve);
    return JS_IsException(made) || !later(ctx, resolve, result) ? JS_EXCEPTION : made;
}

JSValue settled_kind(JSContext *ctx, const char *kind) { return settled(ctx, kind_object(ctx, kind)); }

static void late(void *of) { wait_settle_kind(of, ((struct wait *)of)->late); }

JSValue wait_begin(JSContext *ctx, struct wait *wait, JSValueConst timeout_ms, const char *kind) {
    double ms = -1;
    if (wait->pending) return range_error(ctx, "a call from inside its own arguments"); /* a getter: busy was asked before */
    if (JS_IsNumber(timeout_ms)) JS_ToFloat64(ctx, &ms, timeout_ms);
    if (!(ms >= 0 && ms <= TIMEOUT_MS_MAX)) return range_error(ctx, "time-out: 0 to %d ms, got %g", TIMEOUT_MS_MAX, ms);
    if (ms == 0) return settled_kind(ctx, kind);
    JSValue made = promise(ctx, &wait->resolve);
    if (JS_IsException(made)) return made;
    wait->pending = true;
    wait->late = kind;
    wait->next = vm.waits;
    vm.waits = wait;
    timer_start(&wait->deadline, (int64_t)ms + ((double)(int64_t)ms < ms), late, wait);
    return made;
}

static void forget(struct wait *wait) {
    struct wait **link = &vm.waits;
    while (*link != wait) link = &(*link)->next;
    *link = wait->next;
    wait->pending = false;
    timer_stop(&wait->deadline);
}

bool wait_settle(struct wait *wait, JSValue result) {
    if (!wait->pending && vm.ctx != NULL) JS_FreeValue(vm.ctx, result);
    if (!wait->pending) return false;
    forget(wait);
    if (wait->ended != NULL) wait->ended();
    return later(vm.ctx, wait->resolve, result);
}

bool wait_settle_kind(struct wait *wait, const char *kind) {
    return wait->pending && wait_settle(wait, kind_object(vm.ctx, kind));
}

/* ---- a run */

/* Counts what the guest does in one entry, and has the collector look when half of what it left free is taken. */
static int tick(JSRuntime *runtime, void *of) {
    struct heap_use use = heap_use();
    (void)of;
    JS_SetGCThreshold(runtime, vm.collected + (use.limit - vm.collected) / 2);
    if (++vm.ticks > INTERRUPT_BUDGET) {
        char why[80];
        snprintf(why, sizeof why, "ran over its budget of %d ticks without waiting", INTERRUPT_BUDGET);
        vm_stop(why, true);
    }
    if (vm.ending) leave();
    return 0;
}

static void run_jobs(void) {
    JSContext *ctx;
    int done;
    while ((done = JS_ExecutePendingJob(vm.runtime, &ctx)) > 0) continue;
    JSPromiseStateEnum state = JS_PromiseState(vm.ctx, vm.application);
    if (state == JS_PROMISE_REJECTED && done == 0) JS_Throw(vm.ctx, JS_PromiseResult(vm.ctx, vm.application));
    if (state == JS_PROMISE_REJECTED || done < 0) stop_thrown(-1);
    if (state == JS_PROMISE_FULFILLED) vm_stop("the application has ended", false);
    if (vm.waits == NULL && vm.first == NULL) vm_stop("the application has ended: it waits for nothing", false);
}

static bool evaluated(JSValue value) {
    if (JS_IsException(value)) stop_thrown(-1);
    JS_FreeValue(vm.ctx, value);
    return !vm.ending;
}

/* What the prelude takes away anyway (Date, weak references) is not made. */
static void (*const intrinsics[])(JSContext *ctx) = {
    JS_AddIntrinsicBaseObjects, JS_AddIntrinsicEval,   JS_AddIntrinsicStringNormalize, JS_AddIntrinsicRegExp,  JS_AddIntrinsicJSON,
    JS_AddIntrinsicProxy,       JS_AddIntrinsicMapSet, JS_AddIntrinsicTypedArrays,     JS_AddIntrinsicPromise,
};

/*
 * Bytecode is run where it lies, outside of the heap, as long as each name in it has the number that it was compiled with.
 * So it is read before there are other names, and both scripts at once, as they share the names.
 */
static void boot(void) {
    size_t length;
    const uint8_t *bytecode = program_bytecode(&length);
    vm.runtime = JS_NewRuntime2(&heap_functions, NULL);
    JS_SetMaxStackSize(vm.runtime, STACK_BYTES);
    JS_SetInterruptHandler(vm.runtime, tick, NULL);
    JS_SetStripInfo(vm.runtime, JS_STRIP_SOURCE | JS_STRIP_DEBUG);
    tick(vm.runtime, NULL);
    JSContext *ctx = vm.ctx = JS_NewContextRaw(vm.runtime);
    JSValue scripts = JS_ReadObject(ctx, bytecode, length, JS_READ_OBJ_BYTECODE | JS_READ_OBJ_ROM_DATA), script;
    if (JS_IsException(scripts)) return stop_thrown(-1);
    for (size_t i = 0; i < sizeof intrinsics / sizeof intrinsics[0]; i++) intrinsics[i](ctx);
    if (!evaluated(JS_Eval(ctx, PRELUDE, sizeof PRELUDE - 1, "prelude.js", JS_EVAL_TYPE_GLOBAL)) || !install_device(ctx)) return;
    for (uint32_t i = 1; !JS_IsUndefined(script = JS_GetPropertyUint32(ctx, scripts, i)); i++) { /* 0: program.c, first_name */
        JS_SetPropertyUint32(ctx, scripts, i, JS_NULL); /* what has run is held by what it has left, and by nobody else */
        if (!evaluated(JS_EvalFunction(ctx, script))) return;
    }
    JS_FreeValue(ctx, scripts);
    JSValue global = JS_GetGlobalObject(ctx), application = JS_GetPropertyStr(ctx, global, "application");
    if (JS_IsObject(application)) vm.application = JS_GetPropertyStr(ctx, application, "running");
    JS_FreeValue(ctx, application);
    JS_FreeValue(ctx, global);
    vm.collected = heap_use().used;
    run_jobs();
}

static void settle_first(void) {
    struct settlement *settlement = vm.first;
    vm.first = settlement->next;
    if (vm.first == NULL) vm.last = &vm.first;
    tick(vm.runtime, NULL);
    JS_FreeValue(vm.ctx, JS_Call(vm.ctx, settlement->resolve, JS_UNDEFINED, 1, &settlement->result));
    JS_FreeValue(vm.ctx, settlement->resolve);
    JS_FreeValue(vm.ctx, settlement->result);
    js_free(vm.ctx, settlement);
    run_jobs();
}

bool vm_enter(void (*guest)(void)) {
    vm.ticks = 0;
    vm.inside = true;
    bool whole = false;
    if (setjmp(out) == 0) guest(), whole = true;
    vm.inside = false;
    return whole;
}

void vm_start(void) {
    memset(&vm, 0, sizeof vm);
    vm.application = JS_UNDEFINED;
    vm.last = &vm.first;
    vm.running = true;
    heap_start(config.heap_bytes);
    vm_enter(boot);
    vm_drain();
}

void vm_drain(void) {
    while (vm.running && !vm.ending && vm.first != NULL) vm_enter(settle_first);
    if (!vm.running) return;
    if (vm.ending) {
        vm_end();
        machine_ended(vm.why, vm.hung, vm.restart);
    } else if (heap_use().used > vm.collected + COLLECT_BYTES) {
        JS_RunGC(vm.runtime);
        vm.collected = heap_use().used;
    }
}

void vm_end(void) {
    while (vm.waits != NULL) forget(vm.waits);
    vm.running = vm.ending = false;
    vm.ctx = NULL;
    vm.first = NULL;
}
