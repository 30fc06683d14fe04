/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Other screen, no cursor, no wrapped lines; and all of it back. */
#define TAKE_SCREEN "\x1b[?1049h\x1b[?25l\x1b[?7l"
#define GIVE_SCREEN "\x1b[?7h\x1b[?25h\x1b[?1049l"
#define TO_TOP      "\x1b[H"
#define LINE_END    "\x1b[K\r\n"
#define CLEAR_BELOW "\x1b[J"

enum {
	COLUMNS_ELSE = 80,
	ROWS_ELSE = 24,
	MAX = 1000, /* columns and rows that are believed */
};

/* The process' terminal, for handlers of signals. */
static struct {
	struct termios was;
	volatile sig_atomic_t is_taken, has_ended, has_size, stops;
	int wake[2]; /* a signal makes it readable */
} terminal = {.wake = {-1, -1}};

bool terminal_is_able(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

/* ---- take and give: async-signal-safe ------------------------------------------------------ */

static void put(const char *octets, size_t n)
{
	/* A terminal that is gone is seen by who writes next. */
	if (write(STDOUT_FILENO, octets, n) < 0)
		terminal.has_ended = 1;
}

static void enter(void)
{
	struct termios raw = terminal.was;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	terminal.is_taken = 1;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	put(TAKE_SCREEN, sizeof(TAKE_SCREEN) - 1);
}

void terminal_give(void)
{
	if (!terminal.is_taken)
		return;
	terminal.is_taken = 0;
	put(GIVE_SCREEN, sizeof(GIVE_SCREEN) - 1);
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.was);
}

/* ---- signals -------------------------------------------------------------------------------- */

static void on_signal(int sig)
{
	int err = errno;
	ssize_t n;

	if (sig == SIGWINCH)
		terminal.has_size = 1;
	else if (sig == SIGTSTP)
		terminal.stops = 1;
	else
		terminal.has_ended = 1;
	/* Full means awake already. */
	n = write(terminal.wake[1], "", 1);
	(void)n;
	errno = err;
}

/* A mistake of ours; the terminal is not to suffer from it. */
static void on_crash(int sig)
{
	terminal_give();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Without SA_RESTART: a question to a program that hangs ends, too. */
static void handle(int sig, void (*handler)(int sig))
{
	struct sigaction how = {.sa_handler = handler};

	sigemptyset(&how.sa_mask);
	sigaction(sig, &how, NULL);
}

static void handle_all(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	static const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		handle(ends[i], on_signal);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		handle(crashes[i], on_crash);
	handle(SIGWINCH, on_signal);
	handle(SIGTSTP, on_signal);
}

int terminal_take(void)
{
	if (tcgetattr(STDIN_FILENO, &terminal.was) ||
	    pipe2(terminal.wake, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	handle_all();
	atexit(terminal_give);
	enter();
	return 0;
}

/* Ctrl-Z: a shell comes to a terminal as it was, and we come back to ours. */
static void stop(void)
{
	terminal.stops = 0;
	terminal_give();
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	handle(SIGTSTP, on_signal);
	enter();
}

/* ---- events ----------------------------------------------------------------------------------- */

static void drain(void)
{
	char octets[64];

	while (read(terminal.wake[0], octets, sizeof(octets)) > 0)
		;
}

/* What signals have left; TERMINAL_TIME: nothing. */
static enum terminal_event signalled(void)
{
	drain();
	if (terminal.has_ended)
		return TERMINAL_END;
	if (terminal.stops) {
		stop();
		return TERMINAL_SIZE;
	}
	if (terminal.has_size) {
		terminal.has_size = 0;
		return TERMINAL_SIZE;
	}
	return TERMINAL_TIME;
}

enum terminal_event terminal_wait(unsigned ms, unsigned char *octet)
{
	struct pollfd fd[] = {{terminal.wake[0], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
	enum terminal_event event = signalled();

	if (event != TERMINAL_TIME)
		return event;
	if (poll(fd, 2, (int)ms) < 0 || fd[0].revents)
		return signalled();
	if (!fd[1].revents)
		return TERMINAL_TIME;
	return read(STDIN_FILENO, octet, 1) == 1 ? TERMINAL_OCTET : TERMINAL_END;
}

void terminal_size(unsigned *columns, unsigned *rows)
{
	struct winsize size = {0};

	*columns = COLUMNS_ELSE;
	*rows = ROWS_ELSE;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return;
	if (size.ws_col && size.ws_col <= MAX)
		*columns = size.ws_col;
	if (size.ws_row && size.ws_row <= MAX)
		*rows = size.ws_row;
}

/* ---- the picture -------------------------------------------------------------------------------- */

/* Octets of at most @columns characters. Continuation octets of UTF-8 take no place. */
static size_t fits(const char *line, size_t len, unsigned columns)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((line[i] & 0xc0) != 0x80 && !columns--)
			break;
	return i;
}

/* One write, so that nothing flickers. */
int terminal_show(const char *text, unsigned columns, unsigned rows)
{
	char *picture = NULL;
	size_t size, n;
	FILE *out = open_memstream(&picture, &size);
	int err = 0;

	if (!out)
		return -ENOMEM;
	fputs(TO_TOP, out);
	for (unsigned row = 0; *text && row < rows; row++) {
		n = strcspn(text, "\n");
		fputs(row ? LINE_END : "", out);
		fwrite(text, 1, fits(text, n, columns), out);
		text += n + (text[n] == '\n');
	}
	fputs("\x1b[K" CLEAR_BELOW, out);
	if (fclose(out))
		err = -ENOMEM;
	else if (write(STDOUT_FILENO, picture, size) < 0 && errno != EINTR && errno != EAGAIN)
		err = -errno;
	free(picture);
	return err;
}
