/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * command - what sekishoctl can be asked, and what it makes of its words.
 *
 * Commands and options are rows of two tables in command_table.c: name, words, options,
 * help. The help text, the search for the nearest right word, the completion of shells and
 * the manual page read them.
 *
 * Walk     sekishoctl.c -> [ctl/command] -> view_*.c, cmd_*.c -> ask.c
 * Thread   sekishoctl's only one
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view;

enum {
	CTL_EXIT_USAGE = 2,
	CTL_WORDS_MAX = 1024,
};

/* X(identifier, "--name", "VALUE" or NULL for a flag, "help") */
#define CTL_OPTIONS(X)                                                                         \
	X(OPTION_RUNTIME, "--runtime", "DIR",                                                  \
	  "the gateway's runtime directory (default /run/sekisho)")                            \
	X(OPTION_OUTPUT, "--output", "table|json",                                             \
	  "for people, or for programs (default table)")                                       \
	X(OPTION_ALL, "--all", NULL,                                                           \
	  "everything: names that counted nothing, too; every session that is meant")          \
	X(OPTION_TEXTFILE, "--textfile", NULL,                                                 \
	  "in the form that node_exporter reads from files")                                   \
	X(OPTION_LOG, "--log", "LOG",                                                          \
	  "vpn, access, device, system, operator or all (default all)")                        \
	X(OPTION_LOG_DIRECTORY, "--log-directory", "DIR",                                      \
	  "where the logs are, when the control plane cannot say it")                          \
	X(OPTION_SINCE, "--since", "TIME",                                                     \
	  "from then on: 10m, 2h, 7d ago, a date, or an RFC 3339 time")                        \
	X(OPTION_UNTIL, "--until", "TIME", "before then")                                      \
	X(OPTION_USER, "--user", "USER", "of this user only")                                  \
	X(OPTION_TENANT, "--tenant", "TENANT", "of this tenant only")                          \
	X(OPTION_ADDRESS, "--address", "ADDRESS", "of this address only, inner or outer")      \
	X(OPTION_REASON, "--reason", "TEXT", "why, for the logs")                              \
	X(OPTION_EVENT, "--event", "EVENT", "of this event only: vpn.refused, or all of vpn")  \
	X(OPTION_GENERATE, "--generate", NULL, "let the gateway choose the key, and print it") \
	X(OPTION_PSK, "--psk", NULL, "a pre-shared key, and not a password")                   \
	X(OPTION_ONCE, "--once", NULL, "one table, and the end")                               \
	X(OPTION_INTERVAL, "--interval", "SECONDS", "between two looks (default 1)")           \
	X(OPTION_FOLLOW, "--follow", NULL, "go on with what comes")                            \
	X(OPTION_LINES, "--lines", "N", "the last N only (logs: 100, with --since all)")       \
	X(OPTION_MESSAGE, "--message", "TEXT", "why: kept with the revision")                  \
	X(OPTION_BASE, "--base", "N",                                                          \
	  "only when this revision is in force: nobody was faster")                            \
	X(OPTION_DRY_RUN, "--dry-run", NULL, "look at it and say what would change")

#define CTL_OPTION_ID(id, name, value, help) id,
enum ctl_option { CTL_OPTIONS(CTL_OPTION_ID) CTL_OPTION_COUNT };

/* Options a command takes, as bits of ctl_command.options; each takes --runtime. */
#define CTL_TAKES(id) ((uint64_t)1 << (id))

/* What stands on the command line. */
struct ctl_call {
	const char *runtime;
	bool json;
	const char *option[CTL_OPTION_COUNT]; /* its value; "" for a flag; NULL: not given */
	const char *word[CTL_WORDS_MAX + 1];  /* behind the command; NULL at the end */
	size_t n_word;
};

/*
 * A command. Either gather and show are there: gather fills a document, show prints it as
 * tables (view.h); or run does everything and returns the exit status.
 */
struct ctl_command {
	const char *name;  /* one or two words: "sessions", "policy apply" */
	const char *words; /* what follows, for people: "FILE..."; NULL: nothing */
	size_t words_min, words_max;
	void (*gather)(struct view *v);
	void (*show)(const struct view *v);
	int (*run)(const struct ctl_call *call);
	uint64_t options;
	bool asks_secret; /* a word too many may be one: it is not shown again */
	const char *help;
};

struct ctl_option_row {
	const char *name, *value, *help;
};

extern const struct ctl_command ctl_commands[];
extern const size_t ctl_command_count;
extern const struct ctl_option_row ctl_options[CTL_OPTION_COUNT];

/*
 * Answer on standard output; what is wrong goes to standard error.
 *
 * @words   as after the program's name, NULL at the end
 * returns  the exit status: 0, 1 (no side answered, or the output failed), 2 (wrong words)
 */
int ctl_command(char **words);

/* For run(): a wrong word, with the nearest right one or NULL. returns CTL_EXIT_USAGE */
int ctl_wrong(const char *what, const char *word, const char *nearest);
/* For run(): end of the output. Who reads may stop reading, that is no error of ours.
 * returns 0 or 1, after a line on standard error */
int ctl_finish_output(void);
