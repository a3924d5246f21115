/* WebAssembly without exceptions has no way back out of a call: what ends a run inside the guest ends the process. */
#pragma once
typedef int jmp_buf[1];
#define setjmp(buffer) ((void)(buffer), 0)
#define longjmp(buffer, value) __builtin_trap()
