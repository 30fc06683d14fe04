/* SPDX-License-Identifier: Apache-2.0 */

#include "controlplane/ctl/command.h"

#include "controlplane/ctl/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORD_MAX = 64,
};

/* ---- help ---------------------------------------------------------------------------------- */

static void print_command(FILE *out, const struct ctl_command *c)
{
	char words[WORD_MAX];

	snprintf(words, sizeof(words), "%s%s%s", c->name, c->words ? " " : "",
	         c->words ? c->words : "");
	fprintf(out, "  %-33s %s\n", words, c->help);
}

static void print_option(FILE *out, const struct ctl_option_row *o)
{
	fprintf(out, "  %-15s %-10s  %s\n", o->name, o->value ? o->value : "", o->help);
}

static void print_usage(FILE *out)
{
	fputs("Usage: sekishoctl COMMAND [OPTION..]\n\n", out);
	for (size_t i = 0; i < ctl_command_count; i++)
		print_command(out, &ctl_commands[i]);
	fputc('\n', out);
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		print_option(out, &ctl_options[i]);
}

static bool does_take(const struct ctl_command *c, size_t option)
{
	return option == OPTION_RUNTIME || c->options & CTL_TAKES(option);
}

static void print_command_usage(FILE *out, const struct ctl_command *c)
{
	fprintf(out, "Usage: sekishoctl %s%s%s [OPTION..]\n\n%s\n\n", c->name,
	        c->words ? " " : "", c->words ? c->words : "", c->help);
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		if (does_take(c, i))
			print_option(out, &ctl_options[i]);
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
	const char *best = ctl_commands[0].name;

	for (size_t i = 1; i < ctl_command_count; i++)
		if (distance(ctl_commands[i].name, word) < distance(best, word))
			best = ctl_commands[i].name;
	return best;
}

static const char *nearest_option(const char *word)
{
	const char *best = ctl_options[0].name;

	for (size_t i = 1; i < CTL_OPTION_COUNT; i++)
		if (distance(ctl_options[i].name, word) < distance(best, word))
			best = ctl_options[i].name;
	return best;
}

int ctl_wrong(const char *what, const char *word, const char *nearest)
{
	fprintf(stderr, "sekishoctl: %s \"%.64s\"", what, word);
	if (nearest)
		fprintf(stderr, "; did you mean \"%s\"?", nearest);
	fputs("\nTry: sekishoctl help\n", stderr);
	return CTL_EXIT_USAGE;
}

/* ---- arguments -------------------------------------------------------------------------------- */

struct arguments {
	const char *word[CTL_WORDS_MAX + 2]; /* all that are no options */
	size_t n_word;
	bool help;
	const struct ctl_command *command;
	struct ctl_call call;
};

static bool find_option(const char *word, size_t *id, const char **value)
{
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++) {
		size_t n = strlen(ctl_options[i].name);

		if (strncmp(word, ctl_options[i].name, n) || (word[n] && word[n] != '='))
			continue;
		*value = word[n] ? word + n + 1 : NULL;
		*id = i;
		return true;
	}
	return false;
}

/* Nobody knows what was meant as its value; it may be a secret. */
static int wrong_option(const char *word)
{
	char name[WORD_MAX];
	size_t n = word[1] == '-' ? strcspn(word, "=") : 2;

	snprintf(name, sizeof(name), "%.*s", (int)n, word);
	return ctl_wrong("there is no option", name, nearest_option(word));
}

/* @argv  at the option; moves on when its value is the next word. returns 0 or the status */
static int take_option(char ***argv, struct arguments *out)
{
	const char *value;
	size_t id;

	if (!find_option(**argv, &id, &value))
		return wrong_option(**argv);
	if (!ctl_options[id].value && value)
		return ctl_wrong("this option takes no value:", ctl_options[id].name, NULL);
	if (ctl_options[id].value && !value && !(value = *++*argv))
		return ctl_wrong("a value is missing after", ctl_options[id].name, NULL);
	out->call.option[id] = value ? value : "";
	return 0;
}

/* Is it the first of two words of a command? */
static bool is_family(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < ctl_command_count; i++)
		if (!strncmp(ctl_commands[i].name, word, n) && ctl_commands[i].name[n] == ' ')
			return true;
	return false;
}

/* The command the words begin with, the longest name that fits; how many words it has. */
static const struct ctl_command *find_command(const char *const *word, size_t n, size_t *used)
{
	char two[WORD_MAX * 2];

	*used = 0;
	if (n > 1) {
		snprintf(two, sizeof(two), "%s %s", word[0], word[1]);
		for (size_t i = 0; i < ctl_command_count; i++)
			if (!strcmp(ctl_commands[i].name, two)) {
				*used = 2;
				return &ctl_commands[i];
			}
	}
	for (size_t i = 0; n && i < ctl_command_count; i++)
		if (!strcmp(ctl_commands[i].name, word[0])) {
			*used = 1;
			return &ctl_commands[i];
		}
	return NULL;
}

static int read_words(struct arguments *a)
{
	const char *const *word = a->word;
	char two[WORD_MAX * 2];
	size_t n = a->n_word, used;

	if (n && !strcmp(word[0], "help")) {
		a->help = true;
		word++;
		n--;
	}
	if (!n)
		return 0;
	a->command = find_command(word, n, &used);
	if (!a->command) {
		snprintf(two, sizeof(two), "%s%s%s", word[0],
		         n > 1 && is_family(word[0]) ? " " : "",
		         n > 1 && is_family(word[0]) ? word[1] : "");
		return ctl_wrong("there is no command", two, nearest_command(two));
	}
	for (size_t i = used; i < n; i++)
		a->call.word[a->call.n_word++] = word[i];
	return 0;
}

static int read_arguments(char **argv, struct arguments *out)
{
	int status = 0;

	for (; *argv && !status; argv++) {
		if (!strcmp(*argv, "--help") || !strcmp(*argv, "-h"))
			out->help = true;
		else if (argv[0][0] == '-' && argv[0][1])
			status = take_option(&argv, out);
		else if (out->n_word == CTL_WORDS_MAX)
			status = ctl_wrong("there are too many words behind", out->word[0],
			                   NULL);
		else
			out->word[out->n_word++] = *argv;
	}
	return status ? status : read_words(out);
}

static int check_arguments(struct arguments *a)
{
	const struct ctl_command *c = a->command;
	const char *output = a->call.option[OPTION_OUTPUT];

	if (!c) {
		fputs("sekishoctl: a command is missing\n\n", stderr);
		print_usage(stderr);
		return CTL_EXIT_USAGE;
	}
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		if (a->call.option[i] && !does_take(c, i))
			return ctl_wrong("this command does not take", ctl_options[i].name,
			                 NULL);
	if (a->call.n_word > c->words_max && c->asks_secret)
		return ctl_wrong("there are too many words (secrets are never words of the "
		                 "command line; this command asks for them) after",
		                 c->name, NULL);
	if (a->call.n_word > c->words_max)
		return ctl_wrong("this command does not take the word",
		                 a->call.word[c->words_max], NULL);
	if (a->call.n_word < c->words_min)
		return ctl_wrong("a word is missing: expected", c->words, NULL);
	if (output && strcmp(output, "json") && strcmp(output, "table"))
		return ctl_wrong("--output takes table or json, not", output, NULL);
	a->call.json = output && !strcmp(output, "json");
	a->call.runtime = a->call.option[OPTION_RUNTIME] ? a->call.option[OPTION_RUNTIME]
	                                                 : "/run/sekisho";
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

int ctl_finish_output(void)
{
	if (!ferror(stdout) && fflush(stdout) == 0)
		return EXIT_SUCCESS;
	if (errno == EPIPE)
		return EXIT_SUCCESS;
	fprintf(stderr, "sekishoctl: the output: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

static int run_view(const struct ctl_command *c, const struct ctl_call *call)
{
	struct view v = {
		.call = call,
		.runtime = call->runtime,
		.all = call->option[OPTION_ALL],
		.root = json_object(),
		.problems = json_array(),
	};
	int status;

	c->gather(&v);
	json_object_set(v.root, "problems", v.problems);
	if (call->json) {
		json_dumpf(v.root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		putchar('\n');
	} else if (v.answered) {
		c->show(&v);
	}
	status = ctl_finish_output();
	print_problems(&v);
	if (!v.answered)
		status = EXIT_FAILURE;
	json_decref(v.problems);
	json_decref(v.root);
	return status;
}

int ctl_command(char **words)
{
	struct arguments a = {0};
	int status = read_arguments(words, &a);

	if (!status && a.help) {
		if (a.command)
			print_command_usage(stdout, a.command);
		else
			print_usage(stdout);
		return ctl_finish_output();
	}
	if (!status)
		status = check_arguments(&a);
	if (status)
		return status;
	return a.command->run ? a.command->run(&a.call) : run_view(a.command, &a.call);
}
