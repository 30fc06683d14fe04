/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/nest.h"

#include "controlplane/policy/field.h"

#include <errno.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

struct named {
	size_t n;
	const char *const *at;
};

/* While circles are looked for: not seen, on the way from where we began, done. */
enum colour { WHITE, GREY, BLACK };

struct step {
	uint32_t group;
	size_t next; /* of its references */
};

struct search {
	struct document *d;
	const struct nest_list *list;
	struct nest_group *direct; /* references of each group */
	uint8_t *colour;
	struct step *way;
	uint32_t *stamp; /* the group for which one was reached last, plus one */
	uint32_t *found;
};

static struct named named_by(const struct nest_list *list, size_t i)
{
	struct named names;

	memcpy(&names, (const char *)list->first + i * list->size + list->groups,
	       sizeof(names));
	return names;
}

static int refuse(const struct search *s, size_t i, size_t k, const char *expected)
{
	return cp_policy_refuse(s->d->error, s->d->file,
	                        TEXT("%s[%zu].groups[%zu]", s->list->path, i, k),
	                        TEXT("\"%s\"", named_by(s->list, i).at[k]), "%s", expected);
}

static int resolve(struct search *s, size_t i)
{
	struct named names = named_by(s->list, i);
	struct nest_group *g = &s->direct[i];
	size_t k, j;

	g->at = cp_arena_take(s->d->arena, names.n * sizeof(*g->at));
	if (!g->at)
		return -ENOMEM;
	for (k = 0; k < names.n; k++) {
		ptrdiff_t index = cp_names_find(s->list->names, names.at[k]);

		if (index < 0)
			return refuse(s, i, k,
			              TEXT("the name of a %s of this tenant", s->list->what));
		for (j = 0; j < g->n; j++)
			if (g->at[j] == (uint32_t)index)
				return refuse(s, i, k, "each group once");
		g->at[g->n++] = (uint32_t)index;
	}
	return 0;
}

/* Depth first; the way is kept here, because its length is the operator's to choose. */
static int look_for_circles(struct search *s, uint32_t from)
{
	size_t depth = 1;

	s->way[0] = (struct step){from, 0};
	s->colour[from] = GREY;
	while (depth) {
		struct step *at = &s->way[depth - 1];
		const struct nest_group *g = &s->direct[at->group];
		uint32_t to;

		if (at->next == g->n) {
			s->colour[at->group] = BLACK;
			depth--;
			continue;
		}
		to = g->at[at->next];
		if (s->colour[to] == GREY)
			return refuse(s, at->group, at->next,
			              TEXT("a %s that does not include this one in turn",
			                   s->list->what));
		at->next++;
		if (s->colour[to] == WHITE) {
			s->colour[to] = GREY;
			s->way[depth++] = (struct step){to, 0};
		}
	}
	return 0;
}

/* Breadth first, in the order written. */
static int collect(struct search *s, uint32_t i, size_t *total, struct nest_group *out)
{
	size_t n = 0, at, k;

	s->found[n++] = i;
	s->stamp[i] = i + 1;
	for (at = 0; at < n; at++) {
		const struct nest_group *g = &s->direct[s->found[at]];

		for (k = 0; k < g->n; k++) {
			if (s->stamp[g->at[k]] == i + 1)
				continue;
			s->stamp[g->at[k]] = i + 1;
			s->found[n++] = g->at[k];
		}
	}
	*total += n;
	if (*total > CP_NEST_MEMBERS_MAX)
		return cp_policy_refuse(s->d->error, s->d->file,
		                        TEXT("%s[%u].groups", s->list->path, i),
		                        TEXT("%zu groups within groups up to here", *total),
		                        "at most %d of a tenant", CP_NEST_MEMBERS_MAX);
	out->n = n;
	out->at = cp_arena_take(s->d->arena, n * sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	memcpy(out->at, s->found, n * sizeof(*out->at));
	return 0;
}

static int make_room(struct search *s, size_t n, struct nest *out)
{
	struct arena *a = s->d->arena;

	out->n = n;
	out->group = cp_arena_take(a, n * sizeof(*out->group));
	s->direct = cp_arena_take(a, n * sizeof(*s->direct));
	s->colour = cp_arena_take(a, n * sizeof(*s->colour));
	s->way = cp_arena_take(a, n * sizeof(*s->way));
	s->stamp = cp_arena_take(a, n * sizeof(*s->stamp));
	s->found = cp_arena_take(a, n * sizeof(*s->found));
	return out->group && s->direct && s->colour && s->way && s->stamp && s->found ? 0
	                                                                              : -ENOMEM;
}

int cp_nest_build(struct document *d, const struct nest_list *list, struct nest *out)
{
	struct search s = {.d = d, .list = list};
	size_t n = list->names->n, total = 0;
	uint32_t i;
	int err = make_room(&s, n, out);

	for (i = 0; !err && i < n; i++)
		err = resolve(&s, i);
	for (i = 0; !err && i < n; i++)
		if (s.colour[i] == WHITE)
			err = look_for_circles(&s, i);
	for (i = 0; !err && i < n; i++)
		err = collect(&s, i, &total, &out->group[i]);
	return err;
}

bool cp_nest_includes(const struct nest *nest, uint32_t outer, uint32_t inner)
{
	const struct nest_group *g = &nest->group[outer];
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->at[i] == inner)
			return true;
	return false;
}

int cp_nest_invert(struct arena *arena, const struct nest *nest, struct nest *out)
{
	size_t i, k;

	out->n = nest->n;
	out->group = cp_arena_take(arena, nest->n * sizeof(*out->group));
	if (!out->group)
		return -ENOMEM;
	for (i = 0; i < nest->n; i++)
		for (k = 1; k < nest->group[i].n; k++)
			out->group[nest->group[i].at[k]].n++;
	for (i = 0; i < nest->n; i++) {
		struct nest_group *g = &out->group[i];

		g->at = cp_arena_take(arena, g->n * sizeof(*g->at));
		if (!g->at)
			return -ENOMEM;
		g->n = 0;
	}
	for (i = 0; i < nest->n; i++)
		for (k = 1; k < nest->group[i].n; k++) {
			struct nest_group *g = &out->group[nest->group[i].at[k]];

			g->at[g->n++] = (uint32_t)i;
		}
	return 0;
}
