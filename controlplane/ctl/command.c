/* SPDX-License-Identifier: Apache-2.0 */

#include "controlplane/ctl/command.h"

#include "controlplane/ctl/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	EXIT_USAGE = 2,
	WORD_MAX = 64,
};

/* ---- what there is, as data ---------------------------------------------------------------- */

enum option_id {
	OPTION_RUNTIME = 1 << 0,
	OPTION_OUTPUT = 1 << 1,
	OPTION_ALL = 1 << 2,
};

static const struct option_row {
	enum option_id id;
	const char *name, *value, *help;
} options[] = {
	{OPTION_RUNTIME, "--runtime", "DIR",
         "the gateway's runtime directory (default /run/sekisho)"},
	{OPTION_OUTPUT, "--output", "table|json",
         "for people, or for programs (default table)"},
	{OPTION_ALL, "--all", NULL, "with drops: names that counted nothing, too"},
};

static const struct command_row {
	const char *name;
	void (*gather)(struct view *v);
	void (*show)(const struct view *v);
	unsigned options;
	const char *help;
} commands[] = {
	{"status", status_gather, status_show, OPTION_RUNTIME | OPTION_OUTPUT,
         "whether the gateway works: both programs, their processes, cores and ports"},
	{"sessions", sessions_gather, sessions_show, OPTION_RUNTIME | OPTION_OUTPUT,
         "who is connected, from where, with what cipher, and how much went through"},
	{"counters", counters_gather, counters_show, OPTION_RUNTIME | OPTION_OUTPUT,
         "packets and events by name, and whether every packet is accounted for"},
	{"drops", drops_gather, drops_show, OPTION_RUNTIME | OPTION_OUTPUT | OPTION_ALL,
         "dropped packets by name, with what to conclude"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void print_usage(FILE *out)
{
	fputs("Usage: sekishoctl COMMAND [--runtime DIR] [--output table|json]\n\n", out);
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputc('\n', out);
	for (size_t i = 0; i < COUNT(options); i++)
		fprintf(out, "  %-9s %-10s  %s\n", options[i].name,
		        options[i].value ? options[i].value : "", options[i].help);
}

/* ---- a wrong word, and the nearest right one ------------------------------------------------ */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance: letters to add, take away or change. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], n = strnlen(b, WORD_MAX), i, j, corner, above;

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		corner = row[0];
		row[0] = i + 1;
		for (j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = least(above + 1, row[j] + 1, corner + (a[i] != b[j]));
			corner = above;
		}
	}
	return row[n];
}

static const char *nearest_command(const char *word)
{
	const char *best = commands[0].name;

	for (size_t i = 1; i < COUNT(commands); i++)
		if (distance(commands[i].name, word) < distance(best, word))
			best = commands[i].name;
	return best;
}

static const char *nearest_option(const char *word)
{
	const char *best = options[0].name;

	for (size_t i = 1; i < COUNT(options); i++)
		if (distance(options[i].name, word) < distance(best, word))
			best = options[i].name;
	return best;
}

static int wrong(const char *what, const char *word, const char *nearest)
{
	fprintf(stderr, "sekishoctl: %s \"%.64s\"", what, word);
	if (nearest)
		fprintf(stderr, "; did you mean \"%s\"?", nearest);
	fputs("\nTry: sekishoctl help\n", stderr);
	return EXIT_USAGE;
}

/* ---- arguments -------------------------------------------------------------------------------- */

struct arguments {
	const struct command_row *command;
	const char *runtime;
	bool json, all, help;
	unsigned given; /* options */
};

/* returns 0 or the exit status */
static int take_option(const struct option_row *o, const char *value, struct arguments *out)
{
	out->given |= o->id;
	if (o->id == OPTION_RUNTIME)
		out->runtime = value;
	if (o->id == OPTION_ALL)
		out->all = true;
	if (o->id != OPTION_OUTPUT)
		return 0;
	out->json = !strcmp(value, "json");
	if (!out->json && strcmp(value, "table"))
		return wrong("--output takes table or json, not", value, NULL);
	return 0;
}

static const struct option_row *find_option(const char *word, const char **value)
{
	for (size_t i = 0; i < COUNT(options); i++) {
		size_t n = strlen(options[i].name);

		if (strncmp(word, options[i].name, n) || (word[n] && word[n] != '='))
			continue;
		*value = word[n] ? word + n + 1 : NULL;
		return &options[i];
	}
	return NULL;
}

static int take_command(const char *word, struct arguments *out)
{
	if (out->command || out->help)
		return wrong("one command at a time; there is also", word, NULL);
	for (size_t i = 0; i < COUNT(commands); i++)
		if (!strcmp(word, commands[i].name))
			out->command = &commands[i];
	out->help = !strcmp(word, "help");
	if (!out->command && !out->help)
		return wrong("there is no command", word, nearest_command(word));
	return 0;
}

static int read_arguments(char **argv, struct arguments *out)
{
	const struct option_row *o;
	const char *value;
	int status = 0;

	for (; *argv && !status; argv++) {
		if (!strcmp(*argv, "--help") || !strcmp(*argv, "-h")) {
			out->help = true;
			continue;
		}
		if (**argv != '-') {
			status = take_command(*argv, out);
			continue;
		}
		o = find_option(*argv, &value);
		if (!o)
			return wrong("there is no option", *argv, nearest_option(*argv));
		if (!o->value && value)
			return wrong("this option takes no value:", *argv, NULL);
		if (o->value && !value && !(value = *++argv))
			return wrong("a value is missing after", o->name, NULL);
		status = take_option(o, value, out);
	}
	return status;
}

static int check_arguments(const struct arguments *a)
{
	if (!a->command) {
		fputs("sekishoctl: a command is missing\n\n", stderr);
		print_usage(stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < COUNT(options); i++)
		if (a->given & options[i].id && !(a->command->options & options[i].id))
			return wrong("this command does not take", options[i].name, NULL);
	return 0;
}

/* ---- the answer ---------------------------------------------------------------------------- */

static void print_problems(const struct view *v)
{
	const json_t *p;
	size_t i;

	json_array_foreach (v->problems, i, p)
		fprintf(stderr, "sekishoctl: %s\n", json_string_value(p));
}

/* Whoever reads may stop reading: that is no error of ours. */
static int finish_output(void)
{
	if (!ferror(stdout) && fflush(stdout) == 0)
		return EXIT_SUCCESS;
	if (errno == EPIPE)
		return EXIT_SUCCESS;
	fprintf(stderr, "sekishoctl: the output: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

static int run(const struct arguments *a)
{
	struct view v = {
		.runtime = a->runtime,
		.all = a->all,
		.root = json_object(),
		.problems = json_array(),
	};
	int status;

	a->command->gather(&v);
	json_object_set(v.root, "problems", v.problems);
	if (a->json) {
		json_dumpf(v.root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		putchar('\n');
	} else if (v.answered) {
		a->command->show(&v);
	}
	status = finish_output();
	print_problems(&v);
	if (!v.answered)
		status = EXIT_FAILURE;
	json_decref(v.problems);
	json_decref(v.root);
	return status;
}

int ctl_command(char **words)
{
	struct arguments a = {.runtime = "/run/sekisho"};
	int status = read_arguments(words, &a);

	if (!status && a.help) {
		print_usage(stdout);
		return finish_output();
	}
	if (!status)
		status = check_arguments(&a);
	return status ? status : run(&a);
}
