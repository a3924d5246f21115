/*
 * The POSIX port: what its files know of each other. One file a peripheral; each gives the calls that ../contract.h lists
 * for it, and nothing else of it is known outside but what stands here. One thread: everything happens in an event, which
 * is a timer, a file that is ready, or a word of the front; between two of them the engine's jobs run until there are none.
 */
#ifndef SHUAKA_PORT_H
#define SHUAKA_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "quickjs.h"

/* ---- main.c: how a run of this program ends; docs/device.md has the table */
enum {
    EXIT_ENDED = 0,      /* the person ended it, or the front was closed */
    EXIT_USAGE = 2,      /* wrong words on the command line, or a device.json that is not one; a standard descriptor is closed */
    EXIT_PROGRAM = 3,    /* no program that may run: damaged, changed, or of another engine */
    EXIT_FLASH = 4,      /* flash image of another size, in use, or without the journal it had; device.key of another size */
    EXIT_PERIPHERAL = 5, /* a device file or address that is not there */
    EXIT_STORAGE = 6,    /* the disk, or the one of standard output, is full or refuses; or the machine has no memory */
    EXIT_HALTED = 7,     /* the eleventh crash in a row */
    EXIT_HUNG = 8,       /* one event has not ended: the last watchdog */
};
/* One line on standard error, `shuaka-device: …`, and the end, or not. What was written before is durable. */
_Noreturn void die(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The crash policy. `restart`: info.restart(); else the run has ended by itself, for `why`. */
void machine_ended(const char *why, bool hung, bool restart);

/* ---- board.c: time, chance and sleep; in the rig ../rig/rig.c, where all three come from outside */
int64_t board_monotonic_ms(void);
int64_t board_wall_ms(void); /* local time of the machine, since 1970-01-01 00:00 local */
void board_random(uint8_t *out, size_t length);
/* Sleeps until one of the files is ready, as poll(2) tells, or until `until_ms` (monotonic; -1: no end). */
struct pollfd;
void board_wait(int64_t until_ms, struct pollfd *files, int count);
extern const bool board_is_rig; /* its driver says which program runs, and build_info.h does not refuse it */
bool board_install(JSContext *ctx, JSValueConst device); /* of the rig: `device.rig`, for the conformance suite */

/* ---- loop.c: timers and files */
struct timer {
    int64_t at_ms;
    void (*fire)(void *of);
    void *of;
    struct timer *next;
    bool set;
};
/* Fires once after `ms`; equal instants in the order in which they were set. Sets anew one that is set. */
void timer_start(struct timer *timer, int64_t ms, void (*fire)(void *of), void *of);
void timer_stop(struct timer *timer);
typedef void file_ready(int file, void *of);
void watch(int file, short events, file_ready *ready, void *of); /* `events` of poll(2), 0: no longer */
void loop_once(void); /* waits for one event and lets everything follow from it */
void event_end(void); /* everything that follows from an event: jobs of the engine, then the picture */
/* The last watchdog, for a hang that no other sees: what takes longer ends the process. Off while the board sleeps. */
void watchdog(bool on);
extern unsigned watchdog_s;

/* ---- heap.c: the engine's memory, one block of fixed size (docs/device.md, "Memory") */
struct heap_use {
    size_t used, peak, limit;
    uint64_t requests;
};
void heap_start(size_t bytes);
extern const JSMallocFunctions heap_functions;
struct heap_use heap_use(void);
void heap_fail_at(uint64_t request); /* the k-th request from now fails, once (0: never); for the tests of the port */

/* ---- vm.c: the engine, and `device` in it */
#define CALL_ARGS 4 /* a call finds this many arguments, undefined where fewer were given */
/* A call of contract.h, which may need nothing of what it is given. */
#define CALL(name) JSValue name(JSContext *ctx __attribute__((unused)), JSValueConst *argv __attribute__((unused)))

/* The one wait that a peripheral may have pending. Whoever is first (event, deadline, cancel) settles it. */
struct wait {
    JSValue resolve; /* function of the promise; only while `pending` */
    bool pending;
    const char *late;
    struct timer deadline;
    void (*ended)(void); /* runs in the event that ends it, before the result is given; may be NULL */
    struct wait *next;   /* vm.c: the waits that are pending. When a run ends they are pending no longer. */
};
/* A promise. At the deadline it is `{ kind: late }`; at once for 0 ms. Throws beyond 0 to 600,000. */
JSValue wait_begin(JSContext *ctx, struct wait *wait, JSValueConst timeout_ms, const char *late);
/* Gives `result` (taken over) to the pending wait; false when there is none. */
bool wait_settle(struct wait *wait, JSValue result);
bool wait_settle_kind(struct wait *wait, const char *kind);
/* A promise that is settled with `result` (taken over). */
JSValue settled(JSContext *ctx, JSValue result);
JSValue settled_kind(JSContext *ctx, const char *kind);
/* The context of the run; NULL between two runs. Events that come from outside ask this first. */
JSContext *vm_context(void);
/* Ends the run at the end of this event, as a crash does (`why` is one line); or for info.restart, without counting it. */
void vm_stop(const char *why, bool hung);
void vm_restart(void);
/* heap.c: a request could not be met. Does not return where the guest asked; the run is over. */
void vm_heap_full(void);
/* Lets `guest` use the engine; false: the heap was full, and it was left where it stood. */
bool vm_enter(void (*guest)(void));
/* For main.c: installs the device, loads what program.c has, runs it until it waits. `vm_end` drops it as it stands. */
void vm_start(void);
void vm_end(void);
/* Everything that follows from what was settled; tells main.c (machine_ended) when the run is over. */
void vm_drain(void);
/* The global `device`, also for the first stage: what a call throws there stays with who called it. */
bool install_device(JSContext *ctx);

/* ---- value.c: building results. `object_set` is false when the heap is full, and never comes back to a guest then. */
JSValue kind_object(JSContext *ctx, const char *kind);
bool object_set(JSContext *ctx, JSValueConst object, const char *name, JSValue value);
JSValue new_bytes(JSContext *ctx, const void *bytes, size_t length);
/* Reading arguments. False: a RangeError is thrown that begins with `what`; give JS_EXCEPTION on. */
bool arg_int(JSContext *ctx, JSValueConst value, const char *what, int64_t min, int64_t max, int64_t *out);
/* The bytes stay the engine's and must not be used after the next call of it. */
bool arg_bytes(JSContext *ctx, JSValueConst value, const char *what, size_t min, size_t max,
               const uint8_t **bytes, size_t *length);
/* Copies text as UTF-8 with its end into `out`; more than fits is a RangeError. Lone surrogates become U+FFFD. */
bool arg_text(JSContext *ctx, JSValueConst value, const char *what, char *out, size_t size);
/* Index of the text among `names`, which end with NULL. */
bool arg_name(JSContext *ctx, JSValueConst value, const char *what, const char *const *names, int *index);
JSValue range_error(JSContext *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));
void thrown_line(JSContext *ctx, char *line, size_t size); /* what was thrown last in `ctx` */

/* ---- program.c: which program runs, and its bytecode (docs/device.md, "Boot chain") */
struct started {
    char place[8]; /* factory, a, b */
    bool trial;
    int attempt;
};
const struct started *program_started(void);
/* Reads and verifies the program built in; `path` NULL: beside the binary or in the folder. Dies (EXIT_PROGRAM). */
void program_open(const char *path);
/* The first stage: chooses what starts. Gives the line to show (or ""), or false and why when nothing may run; then an
 * empty line means that it could not choose, for want of memory, and may be asked again. */
bool program_choose(bool hung, char *line, char *why, size_t size);
/* What was chosen and hashed, as bytecode in memory of its own: an array of scripts, to be run in order. */
bool program_load(char *why, size_t size);
const uint8_t *program_bytecode(size_t *length);
bool program_in_trial(void); /* and it has not confirmed itself */
const uint8_t *program_factory(size_t *length);

/* ---- config.c: device.json of the device's folder, and files */
struct config {
    const char *folder, *serial, *host, *printer, *reader;
    int port, heap_bytes; /* of the heap: a multiple of 2048 */
    bool compact;         /* 16 × 4 cells and 24 columns of paper; else 24 × 10 and 32 */
    bool pipe;            /* headless: words on standard input and output (docs/device.md, "Pipe") */
    bool english;
    const char *setup; /* JSON of info.setup() */
};
extern struct config config;
enum { HEAP_MIN = 262144, HEAP_MAX = 67108864, ROOT_BYTES_MAX = 4096 /* of root document 1 */ };
/* Reads device.json of config.folder; what the command line said before stays. Dies with a line (EXIT_USAGE). */
void config_load(void);
/* Path of a file in the device's folder; in one of four static buffers in turn. */
const char *in_folder(const char *name);
/* Whole file, NUL after it, to be freed; NULL: not there. die(EXIT_STORAGE) when it cannot be read. */
uint8_t *read_file(const char *path, size_t *length);
/* Old or new, never a mixture, durable when it returns true: a file beside it, fsync, rename, fsync of the folder. */
bool write_file(const char *path, const void *bytes, size_t length);

/* ---- the front: pipe.c (words) or tty.c (a person at an ANSI terminal). Both show, and both hear the person. */
struct picture_run {
    int from, to, style; /* style: index in styles[] */
};
struct picture {
    int columns, rows;
    const char *row[10]; /* UTF-8, trailing blanks removed */
    struct picture_run runs[10][24];
    int run_count[10];
    bool signed_on, owed, paper_out, secure, lit;
    int quality;
};
enum align { LEFT, CENTRE, RIGHT };
void front_start(void);
void front_screen(const struct picture *picture);
void front_paper(const char *text, enum align align, bool large);
void front_slip_end(void);
void front_wire(const char *how, const uint8_t *bytes, size_t length); /* `how`: out, in, open, close */
void front_beep(const char *kind);
void front_stopped(const char *why, int count);
void front_program(const struct started *started); /* chosen by the first stage, and starts now */
void front_end(void);                              /* the terminal as it was before, cursor and all */
/* tty.c: what these (pipe.c) call unless config.pipe */
void tty_start(void), tty_slip_end(void), tty_end(void);
void tty_screen(const struct picture *picture), tty_stopped(const char *why), tty_paper(const char *, enum align, bool);
bool pipe_obey(char *line); /* pipe.c, for the rig: one word, which it changes; false: nobody knows it, or malformed */

/* ---- what the person does (called by the front), and what passes between peripherals */
bool operator_press(const char *key); /* false: no key of that name */
void operator_swipe(const char *track1, const char *track2, const char *track3); /* NULL or "": blank */
void operator_swipe_badly(void);
void operator_swipe_line(const char *line); /* of a magnetic head (`%…?`, `;…?`, `+…?`) */
/* The n-th card of a reader file that is a plain file, from 1; unreadable where there is none. Their numbers and names. */
void operator_card(int number);
const char *operator_cards(void);
void operator_paper(bool present, int lines); /* out after `lines` more */
void operator_cable(bool plugged);
void operator_tamper(void);
void operator_service(void);
void operator_quit(void);

void keypad_press(int key);         /* index in keys[]; the secure element has not taken it */
bool secure_press(int key);         /* true: the secure element asks for something and has taken it */
extern const char *const keys[];    /* names of contract.h's KEYS, ending with NULL */
extern const char *const styles[];  /* normal, inverse, large */
bool link_plugged(void);            /* the cable */
bool paper_is_out(void);

/* ---- display.c: two grids, of which the secure element's hides the application's */
struct grid;
struct grid *screen_claim(void);
void screen_release(void);
void grid_clear(struct grid *grid);
void grid_draw(struct grid *grid, int row, int column, const char *text, int style);
int grid_columns(void);
int grid_rows(void);
void screen_changed(void); /* it is shown at the end of this event */
void screen_show(void);    /* every waiting call begins with this: the picture is complete */
/* A line of the machine's own (重启 RESTART 2) on an empty screen; lit false: no power. */
void screen_line(const char *text, bool lit);
int character_cells(uint32_t code_point);       /* 1 or 2 */
bool is_undrawable(uint32_t code_point);        /* drawn as a blank */
int index_in(JSValueConst value, int count);    /* a row, a column, a slot: 0 to count - 1, or -1 for anything else */

/* ---- charset.c: UTF-8 as the engine gives it, lone surrogates in three bytes, and GBK for the printer */
/* The character at `*at`, which moves behind it; U+FFFD, one byte at a time, for what is no UTF-8. */
uint32_t next_character(const char **at, const char *end);
size_t put_character(uint32_t code_point, char *out); /* gives its bytes, 4 at most */
size_t gbk_encode(const char *text, size_t length, uint8_t *out); /* never takes more than these `length` bytes */

/* ---- stream.c: one byte stream to the host; the rig has its own. Events come in an event of the loop, never in a call. */
struct stream_events {
    void (*opened)(bool open);
    void (*bytes)(const uint8_t *bytes, size_t length);
    void (*closed)(void);
};
void stream_dial(const struct stream_events *events);
void stream_send(const uint8_t *bytes, size_t length);
void stream_close(void);

/* ---- each peripheral: to what it is when the engine starts. Pending waits go without a result. */
void display_reset(void), keypad_reset(void), reader_reset(void), secure_reset(void), printer_reset(void),
    flash_reset(void), link_reset(void), inbox_reset(void), clock_reset(void);
/* Once, before the first start: opens what it needs or dies with a line that says what to do. */
void flash_open(void), secure_open(void), printer_open(void), reader_open(void), clock_open(void), charset_open(void);

/* ---- flash.c for program.c; false: not all of it is inside of the chip, and nothing was read */
enum { JOURNAL, PROGRAMS };
bool chip_read(int chip, uint32_t address, void *out, size_t length);
bool flash_has_journal(void); /* a sector begins as those of the journal */
bool secure_has_traded(void); /* of the secure element: it was given working keys once, so there was a journal */
void flash_half_done(int chip) __attribute__((weak)); /* the rig's, absent in the product: of a program or an erase */

/* ---- crypto.c over libcrypto, for program.c and the secure element. Only what both need. */
void sha256(const void *bytes, size_t length, uint8_t digest[32]);
void hmac_sha256(const uint8_t *key, size_t key_length, const void *bytes, size_t length, uint8_t mac[32]);
bool equal_bytes(const void *a, const void *b, size_t length); /* constant time */
void wipe(void *bytes, size_t length);
/* A key of this device for one purpose, 32 bytes: HMAC-SHA-256 of the device's secret over `purpose`. */
void device_key(const char *purpose, uint8_t key[32]);

#endif
