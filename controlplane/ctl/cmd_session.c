/* SPDX-License-Identifier: Apache-2.0 */

/*
 * cmd_session - `sekishoctl session kick`: end sessions, by id, user or address.
 *
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/view.h"

#include <stdio.h>
#include <stdlib.h>

/* NULL: a word is not UTF-8, which JSON insists on. */
static json_t *question(const struct ctl_call *call)
{
	static const struct {
		enum ctl_option option;
		const char *key;
	} texts[] = {{OPTION_TENANT, "tenant"}, {OPTION_REASON, "reason"}};
	json_t *j = json_pack("{s:s, s:s, s:b}", "command", "kick", "what", call->word[0],
	                      "all", call->option[OPTION_ALL] != NULL);

	for (size_t i = 0; j && i < sizeof(texts) / sizeof(*texts); i++) {
		const char *text = call->option[texts[i].option];

		if (!text || !json_object_set_new(j, texts[i].key, json_string(text)))
			continue;
		json_decref(j);
		j = NULL;
	}
	return j;
}

static void show(const json_t *answer)
{
	const json_t *s;
	size_t i;

	json_array_foreach (json_object_get(answer, "ended"), i, s)
		printf("ended: %s of tenant %s at %s, %s%s\n", view_text(s, "user"),
		       view_text(s, "tenant"), view_text(s, "inner"), view_text(s, "id"),
		       view_text(s, "client")[0] ? ""
		                                 : "; an orphan: its client cannot be told");
	if (i < view_number(answer, "total"))
		printf("and %llu more\n", (unsigned long long)view_number(answer, "total") - i);
}

int session_kick_run(const struct ctl_call *call)
{
	json_t *request = question(call), *answer;
	char why[ASK_WHY_MAX];

	if (!request)
		return ctl_wrong("this is not UTF-8:", call->word[0], NULL);
	answer = ask_control(call->runtime, request, why);
	if (!answer) {
		fprintf(stderr, "sekishoctl: %s\n", why);
		return EXIT_FAILURE;
	}
	if (call->json) {
		json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		putchar('\n');
	} else {
		show(answer);
	}
	json_decref(answer);
	return ctl_finish_output();
}
