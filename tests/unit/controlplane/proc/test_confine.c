/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confinement: a process tries what it may not do, and is refused or dies of it. Each row
 * runs in a process of its own with the rights of a row of proc/table.c; rows with the same
 * deed that must succeed stand beside those that must not.
 */
#include "controlplane/proc/confine.h"
#include "controlplane/proc/table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	FINE = 0,
	DIES = -1,   /* of SIGSYS */
	ABORTS = -2, /* of SIGABRT */
	ACCOUNT = 64999,
};

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static char own_directory[] = "/tmp/test-confine-XXXXXX";
static const enum cp_proc_id LOG = CP_PROC_LOG, KEYS = CP_PROC_KEYS, SESSION = CP_PROC_SESSION,
			     METRICS = CP_PROC_METRICS;

/* ---- deeds: return 0 or errno ------------------------------------------------------------ */

static int result(int r)
{
	return r < 0 ? errno : 0;
}

static int read_passwd(void)
{
	return result(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int write_own(void)
{
	char path[64], other[64];
	int fd;

	snprintf(path, sizeof(path), "%s/a.log", own_directory);
	snprintf(other, sizeof(other), "%s/a.log.1", own_directory);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0) || fdatasync(fd))
		return errno;
	return result(rename(path, other)) ?: result(unlink(other));
}

static int write_tmp(void)
{
	return result(open("/tmp/test-confine-escape", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int write_above(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/../test-confine-escape", own_directory);
	return result(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int link_out(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/shadow", own_directory);
	return result(symlink("/etc/shadow", path));
}

static int exec(void)
{
	return result(execl("/bin/true", "true", NULL));
}

static int fork_one(void)
{
	return result(fork());
}

static int inet_socket(void)
{
	return result(socket(AF_INET, SOCK_DGRAM, 0));
}

static int raw_socket(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int netlink_socket(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, 0));
}

/* Nobody listens: the way is open, the end is not. */
static int unix_connect(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "/tmp/test-confine-nobody"};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 && errno != ENOENT)
		return errno;
	return 0;
}

static int be_root_again(void)
{
	return result(setresuid(0, 0, 0));
}

static int signal_parent(void)
{
	return result(kill(getppid(), 0));
}

static int trace_parent(void)
{
	return result((int)ptrace(PTRACE_ATTACH, getppid(), 0, 0));
}

static int new_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int code_of_data(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int mount_one(void)
{
	return result((int)syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL));
}

static int load_bpf(void)
{
	return result((int)syscall(SYS_bpf, 0, NULL, 0));
}

static int ring_io(void)
{
	return result((int)syscall(425 /* io_uring_setup */, 1, NULL));
}

static int abort_now(void)
{
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* What every process lives from. */
static int ordinary_life(void)
{
	char *p = malloc(1 << 22), c = 0;
	int fd[2] = {STDERR_FILENO, STDERR_FILENO};
	struct timespec ts;

	if (!p || getrandom(p, 16, 0) != 16 || clock_gettime(CLOCK_REALTIME, &ts))
		return EIO;
	free(p);
	return write(fd[0], &c, 0) == 0 ? 0 : errno;
}

/* The second hides the advice from who compares more than the 32 bits the kernel looks at. */
static int punch_hole(void)
{
	return result((int)syscall(SYS_madvise, own_directory, 0, MADV_REMOVE));
}

static int punch_hidden_hole(void)
{
	return result((int)syscall(SYS_madvise, own_directory, 0, 1UL << 32 | MADV_REMOVE));
}

/* A thread as the DH pool's: it waits until its process is confined, then does the deed. */
static pthread_barrier_t go;
static pthread_t thread;
static int (*thread_deed)(void);

static void *do_in_thread(void *arg UNUSED)
{
	int err;

	pthread_barrier_wait(&go); /* it runs */
	pthread_barrier_wait(&go); /* the deed is chosen */
	err = thread_deed();
	return (void *)(intptr_t)err;
}

static int start_thread(void *ctx UNUSED)
{
	pthread_barrier_init(&go, NULL, 2);
	if (pthread_create(&thread, NULL, do_in_thread, NULL))
		return -EAGAIN;
	pthread_barrier_wait(&go);
	return 0;
}

static int let_thread(int (*deed)(void))
{
	void *err;

	thread_deed = deed;
	pthread_barrier_wait(&go);
	pthread_join(thread, &err);
	return (int)(intptr_t)err;
}

static int let_thread_exec(void)
{
	return let_thread(exec);
}

static int let_thread_read(void)
{
	return let_thread(read_passwd);
}

static const struct {
	const char *why;
	const enum cp_proc_id *who;
	int (*deed)(void);
	int want;    /* FINE, DIES, ABORTS or errno */
	bool strict; /* the sanitizers themselves need it */
} rows[] = {
	{"session lives", &SESSION, ordinary_life, FINE, false},
	{"keys lives", &KEYS, ordinary_life, FINE, false},
	{"log lives", &LOG, ordinary_life, FINE, false},
	{"session opens a file", &SESSION, read_passwd, EACCES, false},
	{"keys opens a file", &KEYS, read_passwd, EACCES, false},
	{"log opens a file elsewhere", &LOG, read_passwd, EACCES, false},
	{"log writes elsewhere", &LOG, write_tmp, EACCES, false},
	{"log climbs out of its directory", &LOG, write_above, EACCES, false},
	{"log writes in its directory", &LOG, write_own, FINE, false},
	{"session writes there", &SESSION, write_own, EACCES, false},
	{"log makes a symbolic link", &LOG, link_out, DIES, false},
	{"session runs a program", &SESSION, exec, DIES, false},
	{"keys runs a program", &KEYS, exec, DIES, false},
	{"log runs a program", &LOG, exec, DIES, false},
	{"a thread of session runs a program", &SESSION, let_thread_exec, DIES, false},
	/* Its system calls would let it: landlock does not. */
	{"a thread of log opens a file elsewhere", &LOG, let_thread_read, EACCES, false},
	{"session punches a hole into memory", &SESSION, punch_hole, DIES, true},
	{"session does so in disguise", &SESSION, punch_hidden_hole, DIES, true},
	{"session forks", &SESSION, fork_one, DIES, true},
	{"session opens an IP socket", &SESSION, inet_socket, DIES, false},
	{"session opens a packet socket", &SESSION, raw_socket, DIES, false},
	{"session opens a netlink socket", &SESSION, netlink_socket, DIES, false},
	{"session connects to a UNIX socket", &SESSION, unix_connect, FINE, false},
	{"keys connects to a UNIX socket", &KEYS, unix_connect, DIES, false},
	{"log connects to a UNIX socket", &LOG, unix_connect, DIES, false},
	{"session wants to be root again", &SESSION, be_root_again, DIES, false},
	{"session signals its supervisor", &SESSION, signal_parent, DIES, true},
	{"session traces its supervisor", &SESSION, trace_parent, DIES, true},
	{"session makes code", &SESSION, new_code, DIES, true},
	{"session turns data into code", &SESSION, code_of_data, DIES, true},
	{"keys mounts", &KEYS, mount_one, DIES, false},
	{"log loads a BPF program", &LOG, load_bpf, DIES, false},
	{"session uses io_uring", &SESSION, ring_io, DIES, false},
	{"metrics lives", &METRICS, ordinary_life, FINE, false},
	{"metrics connects to a UNIX socket", &METRICS, unix_connect, FINE, false},
	{"metrics opens a file", &METRICS, read_passwd, EACCES, false},
	{"metrics opens an IP socket", &METRICS, inet_socket, DIES, false},
	{"metrics runs a program", &METRICS, exec, DIES, false},
	{"an assertion fails", &KEYS, abort_now, ABORTS, false},
};

static int confine_as(enum cp_proc_id id, pid_t parent)
{
	const struct cp_confine how = {
		.account = {ACCOUNT, ACCOUNT},
		.rights = cp_proc_table[id].rights,
		.directory = own_directory,
		.parent = parent,
		.threads = start_thread,
	};
	const char *step;
	int err = cp_confine(&how, &step);

	if (err)
		fprintf(stderr, "%s: %s\n", step, strerror(-err));
	return err;
}

static void be_child(size_t i, pid_t parent)
{
	if (confine_as(*rows[i].who, parent))
		_exit(254);
	_exit(rows[i].deed());
}

static int run(size_t i)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid == 0)
		be_child(i, parent);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_false(WCOREDUMP(status));
		return WTERMSIG(status) == SIGSYS    ? DIES
		       : WTERMSIG(status) == SIGABRT ? ABORTS
		                                     : 1000 + WTERMSIG(status);
	}
	return WEXITSTATUS(status);
}

static void test_deeds(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		int got;

		if (SANITIZED && rows[i].strict)
			continue;
		got = run(i);
		if (got != rows[i].want)
			fail_msg("%s: %d, not %d", rows[i].why, got, rows[i].want);
	}
}

static void check_status(const char *path, const char *const *lines, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[8192] = "";

	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	for (size_t i = 0; i < n; i++)
		if (!strstr(text, lines[i]))
			fail_msg("not in %s: %s", path, lines[i]);
}

/* The kernel's own account of a confined process, thread by thread. */
static void test_what_the_kernel_says(void **state UNUSED)
{
	static const char *const lines[] = {
		"Uid:\t64999\t64999\t64999\t64999\n",
		"Gid:\t64999\t64999\t64999\t64999\n",
		"Groups:\t \n",
		"CapPrm:\t0000000000000000\n",
		"CapEff:\t0000000000000000\n",
		"NoNewPrivs:\t1\n",
		"Seccomp:\t2\n",
	};
	pid_t parent = getpid(), pid;
	int ready[2], status;
	unsigned n = 0;
	struct dirent *task;
	struct stat st;
	char path[64], file[512], c;
	DIR *tasks;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (confine_as(SESSION, parent) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			poll(NULL, 0, 1000);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	assert_non_null(tasks);
	while ((task = readdir(tasks))) {
		if (task->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s/status", path, task->d_name);
		check_status(file, lines, COUNT(lines));
		n++;
	}
	closedir(tasks);
	assert_true(n >= 2);
	/* Not dumpable: its /proc entries belong to root. */
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(ready[0]);
	close(ready[1]);
}

static void test_root_is_no_account(void **state UNUSED)
{
	const struct cp_confine how = {.account = {0, 0}, .parent = getpid()};
	pid_t pid = fork();
	const char *step;
	int status;

	if (pid == 0)
		_exit(cp_confine(&how, &step) == -EINVAL ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Landlock would not hold it. */
static void test_thread_before(void **state UNUSED)
{
	const struct cp_confine how = {.account = {ACCOUNT, ACCOUNT}, .parent = getpid()};
	pid_t pid = fork();
	const char *step;
	int status;

	if (pid == 0)
		_exit(!start_thread(NULL) && cp_confine(&how, &step) == -EBUSY ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int setup(void **state UNUSED)
{
	if (geteuid())
		return 0;
	return !mkdtemp(own_directory) || chown(own_directory, ACCOUNT, ACCOUNT);
}

static int teardown(void **state UNUSED)
{
	return geteuid() ? 0 : rmdir(own_directory);
}

/* The table of processes names its entries; here they are never entered. */
int cp_session_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_keys_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_log_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deeds),
		cmocka_unit_test(test_what_the_kernel_says),
		cmocka_unit_test(test_root_is_no_account),
		cmocka_unit_test(test_thread_before),
	};

	if (geteuid()) {
		fprintf(stderr, "needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
