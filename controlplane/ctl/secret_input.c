/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/secret_input.h"

#include "common/base/secret.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

void secret_input_guard(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void complain(const char *what, const char *text)
{
	fprintf(stderr, "sekishoctl: %s: %s\n", what, text);
}

/* ---- at a terminal ------------------------------------------------------------------------- */

/* The terminal and the signals as they were. */
struct before {
	struct termios terminal;
	struct sigaction action[SIGNALS];
};

static bool hide(struct before *b)
{
	/* A signal interrupts the read; the terminal is put back before it does its work. */
	const struct sigaction note = {.sa_handler = on_signal};
	struct termios silent;

	if (tcgetattr(STDIN_FILENO, &b->terminal))
		return false;
	caught = 0;
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &note, &b->action[i]);
	silent = b->terminal;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
}

static void show(const struct before *b)
{
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &b->terminal);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &b->action[i], NULL);
	fputc('\n', stderr);
	if (caught)
		raise(caught);
}

/* One line. returns octets without the newline; -1: interrupted, the end, or too long */
static ssize_t read_line(char *out, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (!caught && used < size) {
		n = read(STDIN_FILENO, out + used, 1);
		if (n <= 0)
			return -1;
		if (out[used] == '\n')
			return (ssize_t)used;
		used++;
	}
	return -1;
}

static ssize_t ask_once(const char *question, const char *what, char out[SECRET_INPUT_MAX + 1])
{
	fprintf(stderr, "%s %s: ", question, what);
	return read_line(out, SECRET_INPUT_MAX + 1);
}

static bool ask(const char *what, char out[SECRET_INPUT_MAX + 1], size_t *len)
{
	char again[SECRET_INPUT_MAX + 1];
	struct before before;
	ssize_t n = -1, m = -1;

	if (!hide(&before)) {
		complain(what, "the terminal cannot be told to stop showing what is typed");
		show(&before);
		return false;
	}
	n = ask_once("New", what, out);
	if (n > 0) {
		fputc('\n', stderr);
		m = ask_once("Again, the", what, again);
	}
	show(&before);
	if (n == 0)
		complain(what, "nothing was typed, so nothing has changed");
	else if (n < 0 || m < 0)
		complain(what, "interrupted, or longer than 1024 octets; nothing has changed");
	else if (n != m || !ct_equal(out, again, (size_t)n))
		complain(what, "the two are not the same, so nothing has changed");
	else
		*len = (size_t)n;
	wipe(again, sizeof(again));
	return *len;
}

/* ---- from a pipe or a file -------------------------------------------------------------------- */

static bool take(const char *what, char out[SECRET_INPUT_MAX + 1], size_t *len)
{
	char octets[SECRET_INPUT_MAX + 3]; /* CR, LF, and one too many */
	size_t used = 0;
	ssize_t n = 1;
	bool ok = false;

	while (n > 0 && used < sizeof(octets)) {
		n = read(STDIN_FILENO, octets + used, sizeof(octets) - used);
		if (n > 0)
			used += (size_t)n;
	}
	if (used && used < sizeof(octets) && octets[used - 1] == '\n') {
		used--;
		used -= used && octets[used - 1] == '\r';
	}
	if (n < 0)
		complain(what, strerror(errno));
	else if (!used)
		complain(what, "standard input holds nothing; pipe it in, or type it at a "
		               "terminal");
	else if (used > SECRET_INPUT_MAX)
		complain(what, "standard input holds more than 1024 octets");
	else if (memchr(octets, '\n', used) || memchr(octets, '\0', used))
		complain(what, "standard input holds more than one line");
	else
		ok = true;
	if (ok) {
		memcpy(out, octets, used);
		*len = used;
	}
	wipe(octets, sizeof(octets));
	return ok;
}

bool secret_input(const char *what, char out[SECRET_INPUT_MAX + 1], size_t *len)
{
	*len = 0;
	return isatty(STDIN_FILENO) ? ask(what, out, len) : take(what, out, len);
}
