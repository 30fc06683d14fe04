/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uml_xstate - lets a User-Mode Linux 6.1 guest run on processors whose extended state is
 * larger than its buffer (AMX: 11 KB; the guest keeps 2.7 KB).
 *
 * Reading a short part of the extended state is fine with the host's kernel, writing a
 * short part is refused (the whole XSAVE area is asked for), and the guest then dies at its
 * first program: "put_fp_registers ... Attempted to kill init". Preloaded into linux.uml,
 * this puts what the guest wants to write over the state as it is, and writes the whole.
 *
 * Source   ptrace(2) PTRACE_SETREGSET; x86 "standard format" of XSAVE
 * Thread   the guest's one that traces its processes
 */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	WHOLE = 65536, /* more than any XSAVE area there is */
};

static long call(long request, long pid, void *addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

static long write_xstate(long pid, void *note, const struct iovec *part)
{
	static _Alignas(64) uint8_t whole[WHOLE];
	struct iovec all = {whole, sizeof(whole)};

	if (call(PTRACE_GETREGSET, pid, note, &all) < 0)
		return -1;
	if (part->iov_len > all.iov_len) {
		errno = EINVAL;
		return -1;
	}
	memcpy(whole, part->iov_base, part->iov_len);
	return call(PTRACE_SETREGSET, pid, note, &all);
}

/* The C library's own takes its arguments by "..."; on this machine they come the same way. */
__attribute__((visibility("default"))) long uml_ptrace(long request, long pid, void *addr,
                                                       void *data) __asm__("ptrace");

long uml_ptrace(long request, long pid, void *addr, void *data)
{
	long word = 0, err;

	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER: /* the system call stores the word, the library returns it */
		err = call(request, pid, addr, &word);
		if (err >= 0)
			errno = 0;
		return err < 0 ? err : word;
	case PTRACE_SETREGSET:
		if ((uintptr_t)addr == NT_X86_XSTATE)
			return write_xstate(pid, addr, data);
		break;
	}
	return call(request, pid, addr, data);
}
