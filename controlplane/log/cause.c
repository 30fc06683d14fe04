/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/log/cause.h"

#include <string.h>

static const struct {
	const char *name, *text, *remedy, *shows;
} causes[CAUSE_COUNT] = {
#define CAUSE_ROW(id, name, text, remedy, shows) [id] = {name, text, remedy, shows},
	CAUSES(CAUSE_ROW)};

const char *cp_cause_name(unsigned cause)
{
	return cause < CAUSE_COUNT ? causes[cause].name : "?";
}

const char *cp_cause_text(unsigned cause)
{
	return cause < CAUSE_COUNT ? causes[cause].text : "";
}

const char *cp_cause_remedy(unsigned cause)
{
	return cause < CAUSE_COUNT ? causes[cause].remedy : "";
}

const char *cp_cause_shows(unsigned cause)
{
	return cause < CAUSE_COUNT ? causes[cause].shows : "";
}

unsigned cp_cause_find(const char *name)
{
	unsigned i;

	for (i = 0; i < CAUSE_COUNT; i++)
		if (strcmp(causes[i].name, name) == 0)
			break;
	return i;
}

/* The states of a handshake as they stand in its line, the longer beginnings first. */
static const struct {
	const char *begins;
	unsigned stage;
} stages[] = {
	{"IKE_SA_INIT", 1}, {"IKE_AUTH: address", 4}, {"IKE_AUTH: ", 3},
	{"IKE_AUTH", 2},    {"established", 4},
};

unsigned cp_stage_of(const char *stage)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		if (strncmp(stage, stages[i].begins, strlen(stages[i].begins)) == 0)
			return stages[i].stage;
	return 0;
}

const char *cp_stage_text(unsigned stage)
{
	static const char *const text[CP_STAGES + 1] = {"?", "algorithms", "identities",
	                                                "authentication", "address and tunnel"};

	return text[stage <= CP_STAGES ? stage : 0];
}

/* ---- the page ---------------------------------------------------------------------------- */

static const char head[] =
	"# Why a connection fails\n"
	"\n"
	"<!-- Printed from the rows of controlplane/log/cause.h: "
	"build/release/tests/test-cause --print -->\n"
	"\n"
	"Each handshake that fails becomes one line `vpn.refused` in `vpn.log`:\n"
	"\n"
	"| field | says |\n"
	"|---|---|\n"
	"| `stage` | where the handshake stood |\n"
	"| `cause` | one of the ids below; an id is never given another meaning |\n"
	"| `reason`, `remedy` | what happened, and what to do about it |\n"
	"| `offered`, `expected` | what the client has and what the tenant takes, where they "
	"differ |\n"
	"| `nearest` | of proposals: the one of the tenant's that comes nearest, and what is "
	"missing |\n"
	"| `attempt` | the SPI that the client chose for its IKE SA: it stands in the client's "
	"log as well |\n"
	"| `user`, `tenant`, `client`, `remote`, `local` | who, as far as it was known |\n"
	"| `count` | lines about this address that were held back since the last one |\n"
	"\n"
	"`sekishoctl explain USER`, `explain ADDRESS` or `explain ATTEMPT` finds the latest "
	"lines "
	"and prints them for\n"
	"whoever has the user on the telephone.\n"
	"\n"
	"Lines are limited: thirty at once for an address and one more each two seconds, a "
	"thousand "
	"and fifty a second\n"
	"for all together. A message that is refused before there is any state is repeated by "
	"the client; its copies\n"
	"get no lines. The limits keep a stranger from filling the disk; the counters "
	"`ike.failed` and\n"
	"`ike.failed_unlogged` have all of them.\n"
	"\n"
	"What never becomes a line: packets to an address of the gateway where no tenant takes "
	"clients are dropped by\n"
	"the data plane (`drop.no_service` in [drops.md](drops.md)), and what is no IKE "
	"message "
	"at all is counted as\n"
	"`ike.drop.malformed`.\n"
	"\n"
	"*The client shows* is given where it was seen (strongSwan 5.9) or documented "
	"(Windows); other clients say\n"
	"little more than that it did not work.\n";

void cp_cause_manual(FILE *out)
{
	fputs(head, out);
	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		fprintf(out, "\n## `%s`\n\nWhat happened: %s.\n\nWhat to do: %s.\n",
		        causes[i].name, causes[i].text, causes[i].remedy);
		if (causes[i].shows[0])
			fprintf(out, "\nThe client shows: %s.\n", causes[i].shows);
	}
}
