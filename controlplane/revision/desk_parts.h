/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * desk_parts - what the files of the desk share.
 *
 * Thread   the loop's
 */

#include "controlplane/policy/policy.h"
#include "controlplane/revision/compare.h"
#include "controlplane/revision/desk.h"
#include "controlplane/revision/request.h"

#include <sys/queue.h>

struct cp_bundle;

enum job_state {
	JOB_QUEUED,  /* a change before it is not finished */
	JOB_READING, /* the directory was asked for */
	JOB_RUNNING, /* a TAKE or PROPOSE is with the supervisor */
};

/* One request that is not answered yet. */
struct job {
	TAILQ_ENTRY(job) next;
	uint32_t number;             /* of its READ, TAKE or PROPOSE */
	struct cp_door_guest *guest; /* NULL: he went */
	struct revision_request request;
	enum job_state state;
	uint64_t sequence; /* in force when its documents were put together */
	char by[CP_HISTORY_WHO_MAX];
	bool is_root; /* who asks is root, and not an operator's account */
};

/* A policy that was looked at. */
struct candidate {
	struct cp_bundle *bundle;
	struct cp_policy *policy; /* NULL: refused, for the reason in error */
	struct cp_policy_error error;
	struct revision_changes changes; /* against the one in force */
};

/* A refusal of what stands in the directory. */
struct refusal {
	int64_t time_s; /* 0: none */
	struct cp_policy_error error;
	char why[508];
};

struct revision_desk {
	struct revision_desk_deps deps;
	TAILQ_HEAD(, job) jobs;
	uint32_t number; /* of the last job */
	struct cp_bundle *in_force;
	struct cp_policy *policy; /* the one in force */
	struct cp_revision last;  /* its revision; sequence 0: it could not be written down */
	uint32_t checked;         /* the supervisor's change that was looked at last; 0: none */
	struct candidate candidate;
	struct refusal refusal;
};

/* candidate.c: the documents of a bundle, looked at, beside those in force (@former).
 * returns 0, or -errno and c->error; either way candidate_fini() is due */
int candidate_look(struct candidate *c, const struct cp_bundle *in_force,
                   const struct cp_policy *former, struct cp_bundle *take_bundle);
void candidate_fini(struct candidate *c);
/*
 * Documents of @documents that are replaced or taken out, all others as in force (or, when
 * they are the @whole, taken out); what stands beside them as in @beside.
 *
 * @fd  a bundle, with marks for what was given (proc/stage.h)
 */
int candidate_of_request(const struct cp_bundle *in_force, const struct cp_bundle *beside,
                         const json_t *documents, bool whole, int *fd);
/* All documents of @former, given; those of @in_force that it does not have taken out. */
int candidate_of_revision(const struct cp_bundle *in_force, const struct cp_bundle *beside,
                          const struct cp_bundle *former, int *fd);

/* answer.c: lines for the door, to be freed; NULL without memory. */
char *answer_error(const char *text);
char *answer_refused(const struct cp_policy_error *error, const char *why);
/* @state  "checked", "unchanged" or "in force" */
char *answer_changed(const struct revision_desk *d, const char *state,
                     const struct candidate *c, const char *trouble);
char *answer_diff(const struct cp_bundle *before, const struct cp_bundle *after,
                  bool documents_only);
char *answer_history(const struct revision_desk *d, uint64_t count);
char *answer_show(const struct cp_revision *r, const struct cp_bundle *b);
char *answer_status(const struct revision_desk *d);

/* journal.c: lines of the logs. @job  NULL: the directory was changed by somebody */
void journal_applied(struct revision_desk *d, const struct job *job, const struct candidate *c);
void journal_refused(struct revision_desk *d, const struct job *job,
                     const struct cp_policy_error *error, const char *why);

/* desk.c */
struct job *desk_job(struct revision_desk *d, uint32_t number);
/* Answer, forget, and begin the next. @take_line  freed */
void desk_finish(struct revision_desk *d, struct job *take_job, char *take_line);
/* What stands in the directory came. @b  NULL: it cannot be read, for @why; kept by the
 * caller */
void desk_directory(struct revision_desk *d, struct job *j, struct cp_bundle *take_b,
                    const struct cp_control_refused *why);
