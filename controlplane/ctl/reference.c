/* SPDX-License-Identifier: Apache-2.0 */

/*
 * reference - sekishoctl's manual page and bash completion, from its tables.
 *
 *     sekishoctl-reference man         scdoc(5) source of sekishoctl(8)
 *     sekishoctl-reference completion  a file for bash-completion
 *
 * Run while building; not installed. What a command is called and takes stands in
 * command_table.c and nowhere else.
 *
 * Thread   one
 */

#include "controlplane/ctl/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- manual page ---------------------------------------------------------------------------- */

/* scdoc takes *, _ and a backslash for marks. */
static void put_plain(const char *text)
{
	for (; *text; text++) {
		if (strchr("\\*_#[]<>`~", *text))
			putchar('\\');
		putchar(*text);
	}
}

static bool does_take(const struct ctl_command *c, size_t option)
{
	return option == OPTION_RUNTIME || c->options & CTL_TAKES(option);
}

static void man_command(const struct ctl_command *c)
{
	printf("*%s*", c->name);
	if (c->words) {
		putchar(' ');
		put_plain(c->words);
	}
	puts("");
	printf("\t");
	put_plain(c->help);
	puts("");
	if (c->options) {
		printf("\n\tOptions:");
		for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
			if (c->options & CTL_TAKES(i))
				printf(" *%s*", ctl_options[i].name);
		puts("");
	}
	puts("");
}

static void man_option(const struct ctl_option_row *o)
{
	printf("*%s*", o->name);
	if (o->value) {
		putchar(' ');
		put_plain(o->value);
	}
	printf("\n\t");
	put_plain(o->help);
	puts("\n");
}

static void man(void)
{
	puts("sekishoctl(8) \"Sekisho\" \"System administration\"\n"
	     "\n"
	     "# NAME\n"
	     "\n"
	     "sekishoctl - look at a Sekisho gateway, and change what it does\n"
	     "\n"
	     "# SYNOPSIS\n"
	     "\n"
	     "*sekishoctl* _command_ [_words_] [_options_]\n"
	     "\n"
	     "# DESCRIPTION\n"
	     "\n"
	     "Asks both programs of a gateway over the local sockets in its runtime directory, "
	     "and\n"
	     "shows the answers as tables, or as JSON for programs. It must be run as root, or "
	     "as\n"
	     "the account that *accounts.operator* of appliance.json names.\n"
	     "\n"
	     "When one of the two programs does not answer, the rest is shown all the same, "
	     "and\n"
	     "standard error says which one.\n"
	     "\n"
	     "# COMMANDS\n");
	for (size_t i = 0; i < ctl_command_count; i++)
		man_command(&ctl_commands[i]);
	puts("*help* [_command_]\n\tWhat there is; with a command, what it takes.\n");
	puts("# OPTIONS\n");
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		man_option(&ctl_options[i]);
	puts("# EXIT STATUS\n"
	     "\n"
	     "0\n\tThe command did what it says.\n"
	     "\n"
	     "1\n\tNobody answered, what was asked for was refused, or the output could not "
	     "be\n"
	     "\twritten. Standard error has a sentence.\n"
	     "\n"
	     "2\n\tWrong words. Standard error names the nearest right one.\n"
	     "\n"
	     "# FILES\n"
	     "\n"
	     "/run/sekisho\n\tThe runtime directory of an installed gateway.\n"
	     "\n"
	     "/etc/sekisho\n\tIts configuration: JSON documents, certificates, secrets.\n"
	     "\n"
	     "/var/log/sekisho\n\tIts logs, one JSON object a line.\n"
	     "\n"
	     "# SEE ALSO\n"
	     "\n"
	     "*sekisho-controlplane*(8), *sekisho-dataplane*(8)");
}

/* ---- bash completion ------------------------------------------------------------------------ */

/* Is it the first command of its first word? Two-word commands share one. */
static bool is_first_of_family(size_t at)
{
	size_t n = strcspn(ctl_commands[at].name, " ");

	for (size_t i = 0; i < at; i++)
		if (strcspn(ctl_commands[i].name, " ") == n &&
		    !strncmp(ctl_commands[i].name, ctl_commands[at].name, n))
			return false;
	return true;
}

static void completion_seconds(const char *family, size_t n)
{
	printf("\t%.*s) printf '%%s\\n'", (int)n, family);
	for (size_t i = 0; i < ctl_command_count; i++)
		if (!strncmp(ctl_commands[i].name, family, n) && ctl_commands[i].name[n] == ' ')
			printf(" %s", ctl_commands[i].name + n + 1);
	puts(" ;;");
}

static bool has_seconds(const char *family, size_t n)
{
	for (size_t i = 0; i < ctl_command_count; i++)
		if (!strncmp(ctl_commands[i].name, family, n) && ctl_commands[i].name[n] == ' ')
			return true;
	return false;
}

static void completion_words(void)
{
	puts("_sekishoctl_first() {");
	printf("\tprintf '%%s\\n' help");
	for (size_t i = 0; i < ctl_command_count; i++)
		if (is_first_of_family(i))
			printf(" %.*s", (int)strcspn(ctl_commands[i].name, " "),
			       ctl_commands[i].name);
	puts("\n}\n\n_sekishoctl_second() {\n\tcase $1 in");
	for (size_t i = 0; i < ctl_command_count; i++) {
		size_t n = strcspn(ctl_commands[i].name, " ");

		if (is_first_of_family(i) && has_seconds(ctl_commands[i].name, n))
			completion_seconds(ctl_commands[i].name, n);
	}
	puts("\tesac\n}\n");
}

static void completion_options(void)
{
	puts("_sekishoctl_options() {\n\tcase $1 in");
	for (size_t i = 0; i < ctl_command_count; i++) {
		printf("\t'%s') printf '%%s\\n'", ctl_commands[i].name);
		for (size_t o = 0; o < CTL_OPTION_COUNT; o++)
			if (does_take(&ctl_commands[i], o))
				printf(" %s", ctl_options[o].name);
		puts(" ;;");
	}
	puts("\tesac\n}\n");
}

/* Commands whose words may be files. */
static void completion_files(void)
{
	printf("_sekishoctl_files() {\n\tcase $1 in\n\t''");
	for (size_t i = 0; i < ctl_command_count; i++)
		if (ctl_commands[i].words && strstr(ctl_commands[i].words, "FILE"))
			printf(" | '%s'", ctl_commands[i].name);
	puts(") compgen -f -- \"$2\" ;;\n\tesac\n}\n");
}

/* "table|json" is a choice, "DIR" and "FILE" are paths; all else is the user's to know. */
static void completion_values(void)
{
	puts("_sekishoctl_value() {\n\tcase $1 in");
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++) {
		const struct ctl_option_row *o = &ctl_options[i];

		if (!o->value)
			continue;
		if (strchr(o->value, '|')) {
			printf("\t%s) mapfile -t COMPREPLY < <(compgen -W '", o->name);
			for (const char *c = o->value; *c; c++)
				putchar(*c == '|' ? ' ' : *c);
			puts("' -- \"$2\") ;;");
		} else if (!strcmp(o->value, "DIR")) {
			printf("\t%s) mapfile -t COMPREPLY < <(compgen -d -- \"$2\") ;;\n",
			       o->name);
		} else if (!strcmp(o->value, "FILE")) {
			printf("\t%s) mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n",
			       o->name);
		} else {
			printf("\t%s) ;;\n", o->name);
		}
	}
	puts("\t*) return 1 ;;\n\tesac\n}\n");
}

static void completion(void)
{
	puts("# shellcheck shell=bash\n"
	     "# SPDX-License-Identifier: Apache-2.0\n"
	     "# bash completion for sekishoctl\n");
	completion_words();
	completion_options();
	completion_files();
	completion_values();
	puts("_sekishoctl() {\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} w\n"
	     "\tlocal -a words=()\n"
	     "\tlocal command skip=\n"
	     "\tCOMPREPLY=()\n"
	     "\t# The words before this one that are no options and no values of options.\n"
	     "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	     "\t\tif [ -n \"$skip\" ]; then skip=; continue; fi\n"
	     "\t\tcase $w in\n"
	     "\t\t--*=*) ;;\n"
	     "\t\t-*) _sekishoctl_value \"$w\" x && skip=1; COMPREPLY=() ;;\n"
	     "\t\t*) words+=(\"$w\") ;;\n"
	     "\t\tesac\n"
	     "\tdone\n"
	     "\tif [[ $before == -* ]] && _sekishoctl_value \"$before\" \"$word\"; then "
	     "return; fi\n"
	     "\tcommand=${words[0]-}\n"
	     "\t[ -z \"$(_sekishoctl_second \"$command\")\" ] || command=\"$command "
	     "${words[1]-}\"\n"
	     "\tif [[ $word == -* ]]; then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$(_sekishoctl_options \"$command\")\" "
	     "-- \"$word\")\n"
	     "\telif [ ${#words[@]} = 0 ]; then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$(_sekishoctl_first)\" -- \"$word\")\n"
	     "\telif [ ${#words[@]} = 1 ] && [ -n \"$(_sekishoctl_second \"${words[0]}\")\" ]; "
	     "then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$(_sekishoctl_second "
	     "\"${words[0]}\")\" -- \"$word\")\n"
	     "\telse\n"
	     "\t\tmapfile -t COMPREPLY < <(_sekishoctl_files \"$command\" \"$word\")\n"
	     "\tfi\n"
	     "}\n"
	     "complete -o filenames -F _sekishoctl sekishoctl");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "man"))
		man();
	else if (argc == 2 && !strcmp(argv[1], "completion"))
		completion();
	else
		return CTL_EXIT_USAGE;
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
