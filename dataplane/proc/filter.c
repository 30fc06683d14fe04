/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter - the system calls of a data plane that is up.
 *
 * Workers need three: send and poll on net_af_packet, and sleep. The rest is
 * for the main core (link, log), the builder (memory), EAL's interrupt and telemetry
 * threads (a thread per connection), and the end.
 *
 * Thread   the main core
 */
#include "dataplane/proc/proc.h"

#include <rte_log.h>
#include <seccomp.h>

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Denied, but a library that tries goes on: reading the time zone, naming a thread. */
static const int denied[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(access),
	SCMP_SYS(readlink),
	SCMP_SYS(stat),
	SCMP_SYS(socket),
	SCMP_SYS(sched_setaffinity),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(prctl),
	SCMP_SYS(mlock),
	SCMP_SYS(mbind),
};

static const int allowed[] = {
	/* packets, link, telemetry, log */
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvmsg),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(fcntl),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(lseek),
	SCMP_SYS(ioctl),
	/* a mapping for each attach */
	SCMP_SYS(memfd_create),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate),
	/* memory */
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(getrandom),
	/* threads */
	SCMP_SYS(clone),
	SCMP_SYS(clone3),
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(tgkill),
	SCMP_SYS(getuid),
	SCMP_SYS(getcpu),
	/* time and signals */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(signalfd4),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(sigaltstack),
	/* the end */
	SCMP_SYS(wait4),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static int add_rules(scmp_filter_ctx ctx)
{
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	for (i = 0; i < sizeof(denied) / sizeof(denied[0]) && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
	return err;
}

int dp_confine_calls(struct dp_why *why)
{
	scmp_filter_ctx ctx;
	int err;

#ifdef SANITIZED
	dp_log(WARNING, "built with a sanitizer: system calls are not filtered\n");
	return 0;
#endif
	/* glibc opens it when a thread is first cancelled, which EAL does at the end. */
	if (!dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_NODELETE))
		return dp_why(why, -ENOENT, "libgcc_s.so.1 is missing: install libgcc-s1");
	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!ctx)
		return dp_why(why, -ENOMEM, "seccomp: no memory");
	/* All threads: workers, builder and EAL's own run already. */
	err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!err)
		err = add_rules(ctx);
	if (!err)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	return err ? dp_why(why, err, "seccomp: %s", strerror(-err)) : 0;
}
