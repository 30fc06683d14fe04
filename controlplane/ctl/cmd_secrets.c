/* SPDX-License-Identifier: Apache-2.0 */

/*
 * cmd_secrets - `sekishoctl user`, `psk` and `secrets`: passwords and pre-shared keys.
 *
 * A secret goes from the terminal or standard input to the keys process' socket, through
 * memory that is wiped. A generated one comes back and is printed, alone, on standard output.
 *
 * Walk     command.c -> [cmd_secrets] -> secret_input.c, ask.c -> RUNTIME/keys.sock
 * Thread   sekishoctl's only one
 */

#include "common/base/secret.h"
#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/secret_input.h"
#include "controlplane/ctl/table_text.h"
#include "controlplane/ctl/view.h"
#include "controlplane/policy/wiping.h"

#include <stdlib.h>
#include <string.h>

static const struct ask_door keys_door = {"keys.sock", "the control plane's keys process",
                                          ASK_PATIENCE_S};

enum place {
	TENANT,
	NAME,
};

/* {"command": .., "tenant": .., "user" or "identity": ..} */
static json_t *request(const struct ctl_call *call, const char *command, const char *key)
{
	json_t *r = json_pack("{s:s}", "command", command);
	const char *claimed = getenv("SUDO_USER");

	if (call->n_word > TENANT)
		json_object_set_new(r, "tenant", json_string(call->word[TENANT]));
	if (call->n_word > NAME)
		json_object_set_new(r, key, json_string(call->word[NAME]));
	if (claimed && *claimed && strlen(claimed) <= 64)
		json_object_set_new(r, "claimed", json_string(claimed));
	return r;
}

/* returns the answer, or NULL after a sentence on standard error */
static json_t *ask(const struct ctl_call *call, json_t *take_request)
{
	char why[ASK_WHY_MAX];
	json_t *answer = ask_at(call->runtime, &keys_door, take_request, why);

	if (!answer)
		fprintf(stderr, "sekishoctl: %s\n", why);
	return answer;
}

/* Put the secret, or the wish for one, into the request. */
static bool add_value(const struct ctl_call *call, const char *what, json_t *r)
{
	char secret[SECRET_INPUT_MAX + 1], about[192];
	json_t *value = NULL;
	size_t len;

	if (call->option[OPTION_GENERATE]) {
		json_object_set_new(r, "generate", json_true());
		return true;
	}
	snprintf(about, sizeof(about), "%s of %.127s", what, call->word[NAME]);
	if (secret_input(about, secret, &len)) {
		value = json_stringn(secret, len);
		if (!value)
			fprintf(stderr, "sekishoctl: %s: found octets that are not UTF-8\n",
			        about);
	}
	wipe(secret, sizeof(secret));
	return value && json_object_set_new(r, "value", value) == 0;
}

static void guard(void)
{
	secret_input_guard();
	cp_wiping_stay();
}

/* What @keys of the answer hold, one a line. */
static int print_texts(const json_t *answer, const char *const *keys)
{
	for (; *keys; keys++) {
		const char *text = json_string_value(json_object_get(answer, *keys));

		if (text)
			puts(text);
	}
	return ctl_finish_output();
}

static int set(const struct ctl_call *call, const char *command, const char *key,
               const char *what, const char *const *shown)
{
	json_t *r, *answer;
	int status;

	guard();
	r = request(call, command, key);
	if (!add_value(call, what, r)) {
		json_decref(r);
		return EXIT_FAILURE;
	}
	answer = ask(call, r);
	if (!answer)
		return EXIT_FAILURE;
	status = print_texts(answer, shown);
	json_decref(answer);
	return status;
}

static const char *const chosen[] = {"value", NULL};
static const char *const sealed[] = {"sealed", "value", NULL};

int user_set_password_run(const struct ctl_call *call)
{
	return set(call, "set", "user", "password", chosen);
}

int psk_set_run(const struct ctl_call *call)
{
	return set(call, "set", "identity", "pre-shared key", chosen);
}

int secrets_seal_run(const struct ctl_call *call)
{
	if (call->option[OPTION_PSK])
		return set(call, "seal", "identity", "pre-shared key", sealed);
	if (call->option[OPTION_GENERATE])
		return ctl_wrong("--generate is for keys only: give it with", "--psk", NULL);
	return set(call, "seal", "user", "password", sealed);
}

static int forget(const struct ctl_call *call, const char *key)
{
	json_t *answer = ask(call, request(call, "forget", key));

	json_decref(answer);
	return answer ? EXIT_SUCCESS : EXIT_FAILURE;
}

int user_forget_password_run(const struct ctl_call *call)
{
	return forget(call, "user");
}

int psk_forget_run(const struct ctl_call *call)
{
	return forget(call, "identity");
}

int secrets_rekey_run(const struct ctl_call *call)
{
	/* Each value is sealed anew, and each tenant's file written for good. */
	struct ask_door patient = keys_door;
	char why[ASK_WHY_MAX];
	json_t *answer;
	uint64_t kept;

	patient.patience_s = 60;
	answer = ask_at(call->runtime, &patient, request(call, "rekey", NULL), why);
	if (!answer) {
		fprintf(stderr, "sekishoctl: %s\n", why);
		return EXIT_FAILURE;
	}
	printf("new seal key %s, %llu values sealed anew\n", view_text(answer, "key"),
	       (unsigned long long)view_number(answer, "sealed_anew"));
	kept = view_number(answer, "under_the_former_key");
	if (kept)
		printf("%llu values in documents are still sealed under the former key, which "
		       "is "
		       "kept for them: sekishoctl secrets seal\n",
		       (unsigned long long)kept);
	json_decref(answer);
	return ctl_finish_output();
}

/* ---- lists ---------------------------------------------------------------------------------- */

static json_t *page(struct view *v, uint64_t skip)
{
	char why[ASK_WHY_MAX];
	json_t *r = request(v->call, "list", NULL), *answer;

	json_object_set_new(r, "skip", json_integer((json_int_t)skip));
	answer = ask_at(v->runtime, &keys_door, r, why);
	if (!answer)
		view_problem(v, why);
	return answer;
}

void user_list_gather(struct view *v)
{
	json_t *rows = json_array(), *answer;
	uint64_t total = 0;
	size_t n;

	v->asked++;
	do {
		answer = page(v, json_array_size(rows));
		if (!answer)
			break;
		v->answered = 1;
		total = view_number(answer, "total");
		n = json_array_size(json_object_get(answer, "rows"));
		json_array_extend(rows, json_object_get(answer, "rows"));
		if (*view_text(answer, "fault") && total == view_number(answer, "total") &&
		    json_array_size(rows) == n)
			view_problem(v, view_text(answer, "fault"));
		json_decref(answer);
	} while (n && json_array_size(rows) < total);
	json_object_set_new(v->root, "secrets", rows);
}

void user_list_show(const struct view *v)
{
	static const char *const headings[] = {"KIND", "NAME", "STATE", "FROM", "SET", NULL};
	const json_t *list = json_object_get(v->root, "secrets"), *r;
	struct table t;
	size_t i;

	if (!json_array_size(list)) {
		puts("no users and no keys");
		return;
	}
	table_begin(&t, headings);
	json_array_foreach (list, i, r) {
		table_cell(&t, view_text(r, "kind"));
		table_cell(&t, view_text(r, "name"));
		table_cell(&t, view_text(r, "state"));
		table_cell(&t, view_text(r, "from"));
		table_cell(&t, view_text(r, "set"));
	}
	table_end(&t, stdout, 0);
}
