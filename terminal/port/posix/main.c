/*
 * 机器 the machine: command line, power on, and what happens when a run ends: the same policy as emulator/machine.ts.
 * A porter has no command line; what is left is the start of each peripheral, start(), and machine_ended().
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "build_info.h"
#include "port.h"

/* As in emulator/machine.ts: the first restart, the longest wait, when to give up, what a good run is, and how long a trial. */
enum { RESTART_MS = 1000, RESTART_MS_MAX = 60000, CRASHES_MAX = 10, STEADY_MS = 60000, TRIAL_MS = 180000, REBOOT_MS = 100 };
#define LINE_BYTES 640
#define FRONT_LEFT "\x1b[?7h\x1b[?25h\x1b[?1049l" /* as tty_end */

static const char usage[] =
    "shuaka-device --folder DIR [options]: the payment terminal, native (docs/device.md)\n"
    "  --folder DIR    the device: device.json, flash, keys     --program FILE  program.js, where it is elsewhere\n"
    "  --host HOST:PORT, --printer FILE|tcp://HOST:PORT, --reader FILE: in the place of what device.json says\n"
    "  --heap BYTES    heap of the application, 262144 to 67108864     --locale zh|en  language of the front\n"
    "  --pipe          words on standard input and output in the place of screen and keyboard\n"
    "  --check         only says whether the device could start     --version  --help";

static const char version[] = "shuaka-device " BUILD_VERSION ", QuickJS " BUILD_ENGINE_VERSION;

static struct {
    int crashes;
    int64_t since_ms;
    bool hung, halted, front, over, check;
    struct timer restart, trial;
} machine;
static int signals[2];
static struct termios terminal; /* as the front found it */

static void complain(const char *format, va_list rest) {
    fputs("shuaka-device: ", stderr);
    vfprintf(stderr, format, rest);
    fputc('\n', stderr);
}

void die(int code, const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    if (machine.front) front_end();
    complain(format, rest);
    exit(code);
}

void warn(const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    complain(format, rest);
    va_end(rest);
}

/* ---- runs */

/* Everything volatile goes: nothing of the run can act or be seen any more. */
static void end(void) {
    vm_end();
    timer_stop(&machine.trial);
    display_reset(), keypad_reset(), reader_reset(), secure_reset(), printer_reset();
    flash_reset(), link_reset(), inbox_reset(), clock_reset();
}

static void halt(const char *line, const char *why) {
    machine.halted = true;
    screen_line(line, true);
    front_stopped(why, machine.crashes);
    if (config.pipe) machine.over = true;
    warn("halted: %s", why);
}

static void trial_over(void *of) {
    (void)of;
    if (program_in_trial()) vm_stop("the program on trial has not confirmed itself in time", true);
}

static void start(void *of) {
    char line[LINE_BYTES], why[LINE_BYTES];
    (void)of;
    end();
    machine.since_ms = board_monotonic_ms();
    bool runs = program_choose(machine.hung, line, why, sizeof line);
    machine.hung = false;
    if (!runs && line[0] == '\0') return machine_ended(why, false, false);
    if (!runs) return halt(line, why);
    if (line[0] != '\0') screen_line(line, true);
    front_program(program_started());
    if (!program_load(why, sizeof why)) return machine_ended(why, false, false);
    if (program_started()->trial) timer_start(&machine.trial, TRIAL_MS, trial_over, NULL);
    vm_start();
}

void machine_ended(const char *why, bool hung, bool restart) {
    char line[40];
    end();
    if (restart) return timer_start(&machine.restart, REBOOT_MS, start, NULL);
    machine.hung = hung;
    if (board_monotonic_ms() - machine.since_ms >= STEADY_MS) machine.crashes = 0;
    bool gives_up = ++machine.crashes > CRASHES_MAX;
    snprintf(line, sizeof line, gives_up ? "停机 HALTED %d" : "重启 RESTART %d", machine.crashes);
    if (gives_up) return halt(line, why);
    int64_t ms = (int64_t)RESTART_MS << (machine.crashes - 1);
    screen_line(line, true);
    timer_start(&machine.restart, ms < RESTART_MS_MAX ? ms : RESTART_MS_MAX, start, NULL);
    front_stopped(why, machine.crashes);
}

void operator_quit(void) { machine.over = true; }

/* ---- signals: to end is a byte in a pipe, which is an event as any other */

static void signalled(int number) {
    int before = errno;
    if (write(signals[1], &number, 1) < 1) machine.over = true;
    errno = before;
}

static void put(int file, const char *text) {
    size_t left = strlen(text);
    for (ssize_t sent; left > 0 && (sent = write(file, text, left)) > 0; left -= (size_t)sent) text += sent;
}

/* The end at once, with what POSIX allows in a handler: a page of an image that the disk cannot give, or the watchdog. */
static void fatal(int number) {
    alarm(2); /* not longer, where nobody takes the line either */
    if (machine.front && !config.pipe) tcsetattr(STDIN_FILENO, TCSANOW, &terminal), put(STDOUT_FILENO, FRONT_LEFT);
    if (number == SIGABRT) raise(number); /* of a library that has said why: ends here, as without this handler */
    put(STDERR_FILENO, number == SIGBUS
        ? "shuaka-device: a flash image can no longer be read or written: look at the disk, start again\n"
        : "shuaka-device: an event has taken so long as if it would never end: start again\n");
    _exit(number == SIGBUS ? EXIT_STORAGE : EXIT_HUNG);
}

static void signal_came(int file, void *of) {
    char byte;
    (void)of;
    if (read(file, &byte, 1) > 0) operator_quit();
}

static void on(int number, void (*handler)(int number), int flags) {
    sigaction(number, &(struct sigaction){.sa_handler = handler, .sa_flags = flags}, NULL);
}

static void watch_signals(void) {
    if (pipe(signals) != 0) die(EXIT_PERIPHERAL, "no pipe for signals");
    on(SIGTERM, signalled, 0), on(SIGHUP, signalled, 0), on(SIGINT, signalled, 0), on(SIGQUIT, signalled, 0);
    on(SIGPIPE, SIG_IGN, 0), on(SIGABRT, fatal, SA_RESETHAND | SA_NODEFER);
    on(SIGBUS, fatal, SA_RESETHAND | SA_NODEFER), on(SIGALRM, fatal, SA_RESETHAND | SA_NODEFER);
    watch(signals[0], POLLIN, signal_came, NULL);
}

/* ---- the command line */

/* HOST:PORT; an address of IPv6 has colons of its own, and stands in brackets. */
static void take_host(const char *word) {
    const char *colon = strrchr(word, ':'), *host = word, *host_end = colon;
    char *rest = NULL;
    long port = colon == NULL ? 0 : strtol(colon + 1, &rest, 10);
    if (colon != NULL && *word == '[' && colon[-1] == ']') host++, host_end--;
    else if (colon != strchr(word, ':')) die(EXIT_USAGE, "--host %s: wants [ADDRESS]:PORT, brackets around IPv6", word);
    if (port < 1 || port > 65535 || *rest != '\0' || host_end <= host) die(EXIT_USAGE, "--host %s: wants HOST:PORT", word);
    config.port = (int)port;
    config.host = strndup(host, (size_t)(host_end - host));
}

static void take_heap(const char *word) {
    char *rest;
    long bytes = strtol(word, &rest, 10);
    if (*rest != '\0' || bytes < HEAP_MIN || bytes > HEAP_MAX)
        die(EXIT_USAGE, "--heap %s: wants %d to %d bytes", word, HEAP_MIN, HEAP_MAX);
    config.heap_bytes = (int)bytes;
}

/* What was asked for, on standard output, and the end. */
static _Noreturn void answer(const char *text, const char *more) {
    bool said = printf("%s%s\n", text, more) > 0 && fflush(stdout) == 0;
    if (!said) die(EXIT_STORAGE, "standard output: %s", strerror(errno));
    exit(EXIT_ENDED);
}

static const char *read_words(int count, char **words) {
    static const char *program, *locale = "zh", *host, *heap;
    static const struct {
        const char *name, **text;
        bool *flag;
    } options[] = {
        {"--folder", &config.folder, NULL}, {"--program", &program, NULL},      {"--printer", &config.printer, NULL},
        {"--reader", &config.reader, NULL}, {"--locale", &locale, NULL},        {"--host", &host, NULL},
        {"--heap", &heap, NULL},            {"--pipe", NULL, &config.pipe},     {"--check", NULL, &machine.check},
    };
    for (int i = 1; i < count; i++) {
        size_t j = 0;
        if (strcmp(words[i], "--help") == 0) answer(usage, "");
        if (strcmp(words[i], "--version") == 0) answer(version, "");
        while (j < sizeof options / sizeof options[0] && strcmp(words[i], options[j].name) != 0) j++;
        if (j == sizeof options / sizeof options[0]) die(EXIT_USAGE, "there is no option %s; --help lists them", words[i]);
        if (options[j].flag != NULL) *options[j].flag = true;
        else if (i + 1 == count || *words[i + 1] == '\0') die(EXIT_USAGE, "%s: wants a value; --help lists the options", words[i]);
        else *options[j].text = words[++i];
    }
    if (config.folder == NULL) die(EXIT_USAGE, "--folder DIR is wanted: the device's folder");
    if (host != NULL) take_host(host);
    if (heap != NULL) take_heap(heap);
    config.english = strcmp(locale, "en") == 0;
    if (!config.english && strcmp(locale, "zh") != 0) die(EXIT_USAGE, "--locale %s: wants zh or en", locale);
    return program;
}

/* A chip would else be opened as standard output, and written over by the first line that is said. */
static void know_descriptors(void) {
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
        if (fcntl(file, F_GETFD) < 0)
            die(EXIT_USAGE, "standard descriptor %d is closed: open it, on /dev/null at least", file);
}

/* A journal that was lost must not pass for one that owes nothing. The suite erases the rig's. */
static void know_journal(void) {
    if (!board_is_rig && secure_has_traded() && !flash_has_journal())
        die(EXIT_FLASH, "%s holds no journal, and this device has traded: put back a copy; what it owed is else known to "
            "slips and host alone: without flash.bin and keys.sealed it starts as a new one", in_folder("flash.bin"));
}

int main(int count, char **words) {
    know_descriptors();
    const char *program = read_words(count, words);
    config_load();
    config.heap_bytes &= ~2047;
    program_open(program);
    flash_open(), charset_open(), clock_open(), secure_open(), printer_open(), reader_open();
    know_journal();
    if (machine.check) answer(config.folder, ": could start");
    watch_signals();
    tcgetattr(STDIN_FILENO, &terminal);
    front_start();
    machine.front = true;
    watchdog(true);
    start(NULL);
    event_end();
    while (!machine.over) loop_once();
    end();
    front_end();
    return machine.halted ? EXIT_HALTED : EXIT_ENDED;
}
