/* SPDX-License-Identifier: Apache-2.0 */

/*
 * calls - the system calls a confined process may make, as lists.
 *
 * Source   seccomp(2); what glibc, libevent, jansson and OpenSSL were seen to call
 */

#include "controlplane/proc/confine.h"
#include "controlplane/proc/sanitizer.h"
#include "controlplane/proc/table.h"

#include <seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Every process: the descriptors it has, its memory, the time, its threads' locks. */
static const int everyone[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fcntl),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(futex),
	SCMP_SYS(sched_yield),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getppid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(getrusage),
	SCMP_SYS(sysinfo), /* qsort() of a large array */
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* Made by the C library on its own account; an error is an answer it can live with. */
static const struct {
	int call, error;
} refused[] = {
	{SCMP_SYS(open), EACCES},     {SCMP_SYS(openat), EACCES},
	{SCMP_SYS(stat), EACCES},     {SCMP_SYS(readlink), EACCES},
	{SCMP_SYS(access), EACCES},   {SCMP_SYS(ioctl), ENOTTY},
	{SCMP_SYS(clone3), ENOSYS},   {SCMP_SYS(rseq), ENOSYS},
	{SCMP_SYS(prctl), EPERM},     {SCMP_SYS(sched_getaffinity), EPERM},
	{SCMP_SYS(uname), EPERM},     {SCMP_SYS(getrlimit), EPERM},
	{SCMP_SYS(prlimit64), EPERM}, {SCMP_SYS(statx), ENOSYS},
};

static const int connecting[] = {
	SCMP_SYS(connect),
	SCMP_SYS(setsockopt),
};

static const int accepting[] = {
	SCMP_SYS(accept4),
	SCMP_SYS(accept),
};

static const int writing[] = {
	SCMP_SYS(openat),    SCMP_SYS(rename),   SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(unlink),    SCMP_SYS(unlinkat), SCMP_SYS(fsync),    SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate), SCMP_SYS(pread64),  SCMP_SYS(pwrite64),
};

static const int bundling[] = {
	SCMP_SYS(memfd_create),
};

#ifdef SANITIZED
/* The sanitizers look at their own process and start a tracer of their own. Builds with
 * them are for tests. */
static const int sanitizers[] = {
	SCMP_SYS(openat),     SCMP_SYS(open),      SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(prctl),     SCMP_SYS(ptrace),
	SCMP_SYS(clone),      SCMP_SYS(wait4),     SCMP_SYS(getdents64),
	SCMP_SYS(pipe),       SCMP_SYS(pipe2),     SCMP_SYS(process_vm_readv),
	SCMP_SYS(mprotect),   SCMP_SYS(mmap),      SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getrlimit),  SCMP_SYS(prlimit64), SCMP_SYS(ioctl),
	SCMP_SYS(tgkill),     SCMP_SYS(kill),      SCMP_SYS(uname),
	SCMP_SYS(madvise),    SCMP_SYS(rseq),
};
#endif

static bool is_in(const int *list, size_t n, int call)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == call)
			return true;
	return false;
}

static int allow(scmp_filter_ctx f, const int *list, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, list[i], 0);
	return err;
}

/* What the C library and OpenSSL say of memory. Not MADV_REMOVE: it would punch a hole into
 * the link's memory, which the data plane reads. */
static const int advice[] = {MADV_DONTNEED, MADV_FREE, MADV_DONTDUMP};

static int allow_socket(scmp_filter_ctx f, int family)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
	                        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
}

/* New code is never made at run time, and a signal goes to ourselves (abort). */
static int allow_with_care(scmp_filter_ctx f, unsigned rights)
{
	int err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	                           SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		                       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		                       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	for (size_t i = 0; i < COUNT(advice) && !err; i++)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(madvise), 1,
		                       SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)advice[i]));
	if (!err && rights & CP_MAY_CONNECT)
		err = allow_socket(f, AF_UNIX);
	if (!err && rights & CP_MAY_DIAL)
		err = allow_socket(f, AF_INET);
	if (!err && rights & CP_MAY_DIAL)
		err = allow_socket(f, AF_INET6);
	return err;
}

static int refuse(scmp_filter_ctx f, unsigned rights)
{
	int err = 0;

	for (size_t i = 0; i < COUNT(refused) && !err; i++) {
		if (rights & CP_MAY_WRITE_FILES &&
		    is_in(writing, COUNT(writing), refused[i].call))
			continue;
#ifdef SANITIZED
		if (is_in(sanitizers, COUNT(sanitizers), refused[i].call))
			continue;
#endif
		err = seccomp_rule_add(f, SCMP_ACT_ERRNO((unsigned)refused[i].error),
		                       refused[i].call, 0);
	}
	return err;
}

int cp_confine_calls(unsigned rights)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int err;

	if (!f)
		return -ENOMEM;
	err = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!err)
		err = allow(f, everyone, COUNT(everyone));
	if (!err)
		err = allow_with_care(f, rights);
	if (!err && rights & (CP_MAY_CONNECT | CP_MAY_DIAL))
		err = allow(f, connecting, COUNT(connecting));
	if (!err && rights & CP_MAY_ACCEPT)
		err = allow(f, accepting, COUNT(accepting));
	if (!err && rights & CP_MAY_WRITE_FILES)
		err = allow(f, writing, COUNT(writing));
	if (!err && rights & CP_MAKES_BUNDLES)
		err = allow(f, bundling, COUNT(bundling));
#ifdef SANITIZED
	if (!err)
		err = allow(f, sanitizers, COUNT(sanitizers));
#endif
	if (!err)
		err = refuse(f, rights);
	if (!err)
		err = seccomp_load(f);
	seccomp_release(f);
	return err;
}
