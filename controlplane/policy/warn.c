/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/warn.h"

#include "common/wire/ike.h"
#include "controlplane/policy/appliance.h"
#include "controlplane/policy/directory.h"

#include <errno.h>
#include <stdarg.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

int cp_policy_warn(struct cp_policy *p, const char *file, const char *path, const char *format,
                   ...)
{
	struct cp_policy_warning *w;
	va_list args;

	if (p->n_warning == CP_WARNINGS_MAX) {
		p->n_warning_more++;
		return 0;
	}
	if (!p->warning)
		p->warning = calloc(CP_WARNINGS_MAX, sizeof(*p->warning));
	if (!p->warning)
		return -ENOMEM;
	w = &p->warning[p->n_warning++];
	snprintf(w->file, sizeof(w->file), "%s", file);
	snprintf(w->path, sizeof(w->path), "%s", path);
	va_start(args, format);
	vsnprintf(w->text, sizeof(w->text), format, args);
	va_end(args);
	return 0;
}

/* ---- rules ----------------------------------------------------------------------------- */

struct about {
	struct cp_policy *p;
	const struct cp_tenant *t;
	const char *file;
};

static int warn_of_shadow(void *ctx, const struct shadow *s)
{
	const struct about *a = ctx;

	return cp_policy_warn(a->p, a->file, TEXT("$.rules[%u]", s->rule - 1),
	                      "rule \"%s\" can never match: rule \"%s\"%s before it take%s all "
	                      "it would",
	                      cp_tenant_rule_name(a->t, s->rule),
	                      cp_tenant_rule_name(a->t, s->by),
	                      s->is_several ? " and others" : "", s->is_several ? "" : "s");
}

/* A client with the key for any identity is nobody's, and "any" is for him, too. */
static int warn_of_any(const struct about *a)
{
	const struct cp_tenant *t = a->t;
	uint32_t i;

	if (!t->auth[CP_AUTH_PSK])
		return 0;
	for (i = 0; i < t->n_compiled; i++)
		if (t->compiled[i].group == MSG_GROUP_ANY && t->compiled[i].action == MSG_ALLOW)
			return cp_policy_warn(
				a->p, a->file,
				TEXT("$.rules[%u].users", t->compiled[i].number - 1),
				"\"any\" is also for clients that have no user: those with a "
				"pre-shared key for any identity, \"*\"");
	return 0;
}

/* ---- users ----------------------------------------------------------------------------- */

static bool is_named(const struct cp_user *u, const bool *named)
{
	uint16_t i;

	for (i = 0; i < u->n_group; i++)
		if (named[u->group[i]])
			return true;
	return false;
}

/* Who connects and gets nowhere. */
static int warn_of_users(const struct about *a, const bool *named)
{
	const struct cp_user *first = NULL;
	uint32_t i, n = 0;

	for (i = 0; i < a->t->n_user; i++) {
		const struct cp_user *u = &a->t->user[i];

		if (!u->enabled || is_named(u, named))
			continue;
		first = first ? first : u;
		n++;
	}
	if (!n)
		return 0;
	return cp_policy_warn(a->p, a->file, "$.users",
	                      "%s\"%s\" %s in no group that a rule names: nothing passes for "
	                      "%s",
	                      n > 1 ? TEXT("%u users, the first of them ", n) : "", first->name,
	                      n > 1 ? "by name, are" : "is", n > 1 ? "them" : "him");
}

static int warn_of_reach(const struct about *a)
{
	const struct cp_tenant *t = a->t;
	bool *named = calloc(t->n_user_group + 1, sizeof(*named)), is_any = false;
	uint32_t i;
	int err = named ? 0 : -ENOMEM;

	for (i = 0; !err && i < t->n_compiled; i++) {
		is_any |= t->compiled[i].group == MSG_GROUP_ANY;
		if (t->compiled[i].group < t->n_user_group)
			named[t->compiled[i].group] = true;
	}
	if (!err && !t->n_compiled)
		err = cp_policy_warn(a->p, a->file, "$.rules",
		                     "there is no rule: nothing passes");
	else if (!err && !is_any)
		err = warn_of_users(a, named);
	free(named);
	return err;
}

static int warn_of_devices(const struct about *a)
{
	uint32_t i;

	for (i = 0; !a->t->auth[CP_AUTH_EAP_MSCHAPV2] && i < a->t->n_user; i++)
		if (a->t->user[i].n_device)
			return cp_policy_warn(a->p, a->file, "$.users",
			                      "\"%s\" has \"devices\", which only count with "
			                      "\"eap-mschapv2\"",
			                      a->t->user[i].name);
	return 0;
}

/* ---- algorithms ------------------------------------------------------------------------ */

/* RFC 8247 section 2: SHA-1 is for those who have nothing else. */
static int warn_of_weak(const struct about *a)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < a->t->n_ike; i++) {
		const struct cp_proposal *have = &a->t->ike[i];

		if (have->integ == IKE_INTEG_HMAC_SHA1_96 || have->prf == IKE_PRF_HMAC_SHA1)
			err = cp_policy_warn(a->p, a->file, TEXT("$.crypto.ike[%u]", i),
			                     "\"%s\" is weak: SHA-1; for clients that know "
			                     "nothing better",
			                     have->text);
	}
	return err;
}

int cp_tenant_warn(struct cp_policy *p, const struct cp_tenant *t, const char *file,
                   const struct nest *groups)
{
	struct about a = {p, t, file};
	int err = cp_tenant_shadows(t, groups, warn_of_shadow, &a);

	if (!err)
		err = warn_of_any(&a);
	if (!err)
		err = warn_of_reach(&a);
	if (!err)
		err = warn_of_devices(&a);
	return err ? err : warn_of_weak(&a);
}

/* ---- what a start alone changes -------------------------------------------------------- */

int cp_policy_warn_changes(struct cp_policy *p, const struct cp_policy *former)
{
	const struct cp_appliance *was = &former->appliance, *is = &p->appliance;
	const struct {
		const char *path, *was, *is;
	} row[] = {
		{"$.accounts.session", was->session_user, is->session_user},
		{"$.accounts.keys", was->keys_user, is->keys_user},
		{"$.accounts.log", was->log_user, is->log_user},
		{"$.accounts.policy", was->policy_user, is->policy_user},
		{"$.accounts.operator", was->operator_user, is->operator_user},
		{"$.time_zone", was->time_zone, is->time_zone},
		{"$.log_directory", was->log_directory, is->log_directory},
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(row) / sizeof(row[0]); i++)
		if (strcmp(row[i].was, row[i].is) != 0)
			err = cp_policy_warn(
				p, CP_APPLIANCE_FILE, row[i].path,
				"\"%s\" instead of \"%s\" counts when the control plane is "
				"started again",
				row[i].is, row[i].was);
	if (!err && was->dh_threads != is->dh_threads)
		err = cp_policy_warn(
			p, CP_APPLIANCE_FILE, "$.ike.dh_threads",
			"%u instead of %u counts when the control plane is started again",
			is->dh_threads, was->dh_threads);
	return err;
}

void cp_policy_warnings(const struct cp_policy *p, FILE *out)
{
	uint32_t i;

	for (i = 0; i < p->n_warning; i++)
		fprintf(out, "warning: %s: %s: %s\n", p->warning[i].file, p->warning[i].path,
		        p->warning[i].text);
	if (p->n_warning_more)
		fprintf(out, "warning: and %u more\n", p->n_warning_more);
}
