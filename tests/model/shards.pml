/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shards - how a shard moves from one worker to another, with everything that may be under
 * way meanwhile: packets in hand-off rings, jobs in crypto lanes, rekeys, the end of the
 * session. One shard with one session, two workers, the main core.
 *
 * Each worker receives packets of a flow of its own, numbered; whoever owns the shard puts
 * them into its crypto lane, and from there into its transmit queue. Held to be true, in every
 * order in which the three may run:
 *
 *   kept     what was received is sent, exactly once, unless the session was ended
 *   order    packets of a flow are sent in the order received
 *   owner    never do two workers have the shard, or one of them a job of it while the other
 *            works on it
 *   key      an SA is wiped only when no job and no packet has it
 *   answer   every command is answered; a move comes to its end
 *
 * What is not kept, or not answered, ends in a state from which nobody can go on: SPIN calls
 * it an invalid end state. BREAK=1.. takes one precaution away each; every one of them has to
 * be found out (run.sh):
 *
 *    1  the new owner works on what comes before the old one has let go
 *    2  the old owner passes on what is in its ring, instead of working on it
 *    3  the old owner lets go with packets in its ring
 *    4  the old owner lets go with jobs in its lanes
 *    5  what waited is not all worked off before the shard is plainly the new owner's
 *    6  the old owner lets go before its frames are with the device
 *    7  an SA is wiped after a grace period, whatever its jobs
 *    8  an SA is wiped as soon as its jobs are down to zero, without a grace period after that
 *    9  commands go to the new owner while the shard moves
 *   10  a move begins while a removed SA still has jobs
 *   11  the drain begins before every worker has the new picture
 *   12  a worker takes the picture before it takes from its ring, not after (the packets it
 *       cannot place are those of a third worker, played by the old owner)
 *
 * The code: dataplane/worker/owner.c, worker/move.c, session/shard.c, session/shift.c, session/grave.c.
 */

#ifndef PACKETS
#define PACKETS 2 /* of each flow */
#endif
#ifndef MOVES
#define MOVES 1
#endif
#ifndef ASKED
#define ASKED 2 /* commands, of: add SA 1; remove SA 0; end the session */
#endif
#ifndef BREAK
#define BREAK 0
#endif

#define ADD 0
#define REMOVE 1
#define END 2

#define IDLE 0   /* no move */
#define DRAIN 1  /* the old owner works off what it has */
#define HANDED 2 /* it has let go: the new owner may take */
#define OPENING 3 /* the new owner works off what waited */
#define OPEN 4   /* nothing waits any more */

/* The picture all workers read, and its number. */
byte owner = 0;
bool moving = false;
byte version = 0;
/* What each worker has taken of it, and what it said at the end of a turn. */
byte my_owner[2] = 0;
bool my_moving[2] = false;
byte my_version[2] = 0;
byte seen[2] = 0;

/* The move. */
byte phase = IDLE, from = 0, to = 0;

/* Packets: number << 1 | flow. Jobs: that << 1 | SA. */
chan ring0 = [6] of { byte };
chan ring1 = [6] of { byte };
chan lane0 = [6] of { byte };
chan lane1 = [6] of { byte };
chan tx0 = [6] of { byte };
chan tx1 = [6] of { byte };
chan waits = [6] of { byte }; /* at the new owner */
byte todo[2] = 0;   /* entries of the ring that were there when the drain began */
bool marked[2] = false;
byte received[2] = 0, sent[2] = 0, dropped = 0;

/* The shard: page[w] is what worker w finds SAs in. */
bool page[2] = false;
bool linked[2] = false;
byte out = 0; /* the SA that sends */
bool live = true;
bool ended = false; /* packets may be dropped from now on */
byte jobs[2] = 0;
bool wiped[2] = false;

/* Commands, their answers, and graves with the grace period of each. */
chan command0 = [3] of { byte };
chan command1 = [3] of { byte };
chan answers = [3] of { byte };
byte asked = 0, answered = 0, under_way = 0;
bool buried[2] = false, busy[2] = false;
bool quiet[4] = false; /* SA << 1 | worker */

inline put_ring(w, p) {
	if
	:: w == 0 -> ring0 ! p
	:: else -> ring1 ! p
	fi
}

inline put_lane(w, p) {
	if
	:: w == 0 -> lane0 ! p
	:: else -> lane1 ! p
	fi
}

inline put_tx(w, p) {
	if
	:: w == 0 -> tx0 ! p
	:: else -> tx1 ! p
	fi
}

/* The owner works on a packet. */
inline process(w, p) {
	if
	:: page[w] && live ->
		assert(!page[1 - w]); /* owner */
		assert(w == 0 && empty(lane1) || w == 1 && empty(lane0)); /* owner */
		assert(linked[out]);
		jobs[out]++;
		put_lane(w, p << 1 | out)
	:: else ->
		assert(ended); /* kept */
		dropped++
	fi
}

inline take_picture(w) {
	my_owner[w] = owner;
	my_moving[w] = moving;
	my_version[w] = version
}

/* By the picture: mine, waiting here, or another's. */
inline sort(w, p) {
	if
	:: my_owner[w] == w && (!my_moving[w] || BREAK == 1) -> process(w, p)
	:: my_owner[w] == w && my_moving[w] && BREAK != 1 -> waits ! p
	:: my_owner[w] != w && page[w] && !marked[w] && BREAK != 12 ->
		process(w, p) /* until it has begun to drain, it goes on as before */
	:: my_owner[w] != w && !(page[w] && !marked[w] && BREAK != 12) -> put_ring(my_owner[w], p)
	fi
}

/* What another worker passed on: it may have an older picture than this one. */
inline arrived(w, p) {
	if
	:: my_owner[w] == w && my_moving[w] && BREAK != 1 -> waits ! p
	:: BREAK == 2 && my_owner[w] != w -> put_ring(my_owner[w], p)
	:: else -> process(w, p)
	fi
}

inline send(p) {
	assert(sent[p & 1] == p >> 1 || ended); /* order */
	sent[p & 1] = sent[p & 1] + 1
}

inline carry_out(w, c) {
	if
	:: c == ADD ->
		assert(page[w]);
		linked[1] = true
	:: c == REMOVE ->
		assert(page[w]);
		linked[0] = false;
		out = 1
	:: c == END ->
		assert(page[w]);
		linked[0] = false;
		linked[1] = false;
		ended = true;
		live = false
	fi
}

/* After the frames of this turn were given to the device. */
inline tick(w) {
	if
	:: phase == DRAIN && from == w && !marked[w] ->
		marked[w] = true;
		todo[w] = (w == 0 -> len(ring0) : len(ring1))
	:: phase == DRAIN && from == w && marked[w] &&
	   (todo[w] == 0 || BREAK == 3) &&
	   (BREAK == 4 || (!linked[0] || jobs[0] == 0) && (!linked[1] || jobs[1] == 0)) ->
		marked[w] = false;
		todo[w] = 0;
		page[w] = false;
		phase = HANDED
	:: phase == HANDED && to == w ->
		assert(!page[1 - w]);
		page[w] = true;
		phase = OPENING
	:: phase == OPENING && to == w && len(waits) == 0 -> phase = OPEN
	:: else
	fi
}

/* Is there a reason to turn? Without one a worker would turn for ever and nothing would be
 * an end. */
#define HAS_MOVE(w) (from == w && phase == DRAIN && (!marked[w] || todo[w] == 0 && \
	(!linked[0] || jobs[0] == 0) && (!linked[1] || jobs[1] == 0)) || \
	to == w && (phase == HANDED || phase == OPENING && empty(waits) || page[w] && nempty(waits)))
#define HAS_WORK(w, r, l, c) (nempty(r) || nempty(l) || nempty(c) || received[w] < PACKETS || \
	seen[w] != version || HAS_MOVE(w) || \
	buried[0] && !quiet[w] || buried[1] && !quiet[2 + w])

proctype worker(byte w; chan rx_ring; chan lane; chan tx; chan commands) {
	byte p, q, c;
	bool has_one = false;
end:	do
	:: atomic {
		HAS_WORK(w, rx_ring, lane, commands) ->
		if
		:: BREAK == 12 -> take_picture(w)
		:: BREAK != 12
		fi;
		if
		:: nempty(commands) ->
			commands ? c;
			carry_out(w, c);
			answers ! c
		:: empty(commands)
		fi
	   };
	   atomic {
		if
		:: nempty(rx_ring) ->
			rx_ring ? p;
			has_one = true;
			if
			:: todo[w] > 0 -> todo[w]--
			:: todo[w] == 0
			fi
		:: empty(rx_ring)
		fi
	   };
	   /* After what was passed on was taken: who passed it on had no newer picture. */
	   if
	   :: atomic { BREAK != 12 -> take_picture(w) }
	   :: BREAK == 12
	   fi;
	   /* What waited goes first: all of it when the shard is plainly ours by now. */
	   atomic {
		do
		:: to == w && page[w] && nempty(waits) ->
			waits ? q;
			process(w, q);
			if
			:: my_moving[w] || BREAK == 5 -> break /* piece by piece */
			:: !my_moving[w] && BREAK != 5
			fi
		:: to != w || !page[w] || empty(waits) -> break
		od;
		q = 0;
		if
		:: has_one -> arrived(w, p)
		:: !has_one
		fi;
		has_one = false
	   };
	   atomic {
		if
		:: received[w] < PACKETS ->
			p = received[w] << 1 | w;
			received[w]++;
			sort(w, p)
		:: true
		fi
	   };
	   /* The lane gives back what it likes, in order. */
	   do
	   :: atomic { lane ? p; jobs[p & 1]-- };
	      atomic {
		assert(!wiped[p & 1]); /* key */
		put_tx(w, p >> 1)
	      }
	   :: break
	   od;
	   if
	   :: atomic { BREAK == 6 -> tick(w) }
	   :: BREAK != 6
	   fi;
	   atomic {
		do
		:: nempty(tx) ->
			tx ? p;
			send(p)
		:: empty(tx) -> break
		od;
		p = 0;
		c = 0
	   };
	   if
	   :: atomic { BREAK != 6 -> tick(w) }
	   :: BREAK == 6
	   fi;
	   atomic {
		seen[w] = my_version[w];
		quiet[w] = true;
		quiet[2 + w] = true
	   }
	od
}

#define NO_MOVE 0
#define WANTED 1   /* commands are held back */
#define PUBLISHED 2 /* the picture says: the new owner, moving */
#define AWAY 3     /* the two owners are at it */
#define SETTLED 4  /* the picture says: the new owner */

inline bury(sa) {
	buried[sa] = true;
	busy[sa] = jobs[sa] != 0;
	quiet[sa << 1] = false;
	quiet[sa << 1 | 1] = false
}

/* When the grace period of a grave is over. One that had jobs when it began is not wiped:
 * who counts the last one down still has the SA in hand. */
inline look_at_grave(sa) {
	if
	:: BREAK == 7 ->
		wiped[sa] = true;
		buried[sa] = false
	:: BREAK == 8 && jobs[sa] == 0 ->
		wiped[sa] = true;
		buried[sa] = false
	:: BREAK != 7 && !(BREAK == 8 && jobs[sa] == 0) && busy[sa] -> bury(sa)
	:: BREAK != 7 && BREAK != 8 && !busy[sa] ->
		assert(jobs[sa] == 0);
		wiped[sa] = true;
		buried[sa] = false
	fi
}

proctype main_core() {
	byte step = NO_MOVE, moves = 0, c;
	do
	/* the control plane */
	:: atomic {
		asked < ASKED &&
		(step == NO_MOVE || step == SETTLED || BREAK == 9 && step != WANTED) ->
		if
		:: owner == 0 -> command0 ! asked
		:: else -> command1 ! asked
		fi;
		under_way++;
		asked++
	   }
	:: atomic {
		answers ? c ->
		under_way--;
		answered++;
		if
		:: c == REMOVE -> bury(0)
		:: c == END && ASKED == 3 ->
			bury(1)
		:: else
		fi;
		c = 0
	   }
	/* graves */
	:: atomic { buried[0] && quiet[0] && quiet[1] -> look_at_grave(0) }
	:: atomic { buried[1] && quiet[2] && quiet[3] -> look_at_grave(1) }
	/* a move */
	:: atomic { step == NO_MOVE && moves < MOVES -> step = WANTED }
	:: atomic {
		step == WANTED && under_way == 0 && (!buried[0] && !buried[1] || BREAK == 10) ->
		from = owner;
		to = 1 - owner;
		owner = to;
		moving = true;
		version++;
		step = PUBLISHED
	   }
	:: atomic {
		step == PUBLISHED && (seen[0] == version && seen[1] == version || BREAK == 11) ->
		phase = DRAIN;
		step = AWAY
	   }
	:: atomic {
		step == AWAY && phase == OPEN ->
		moving = false;
		version++;
		step = SETTLED
	   }
	:: atomic {
		step == SETTLED && seen[0] == version && seen[1] == version ->
		phase = IDLE;
		moves++;
		step = NO_MOVE
	   }
	/* the end of the story */
	:: atomic {
		step == NO_MOVE && moves == MOVES && answered == ASKED && under_way == 0 &&
		!buried[0] && !buried[1] &&
		received[0] == PACKETS && received[1] == PACKETS &&
		sent[0] + sent[1] + dropped == 2 * PACKETS && empty(waits) ->
		assert(ASKED < 2 || wiped[0]);
		break
	   }
	od
}

init {
	atomic {
		page[0] = true;
		linked[0] = true;
		run worker(0, ring0, lane0, tx0, command0);
		run worker(1, ring1, lane1, tx1, command1);
		run main_core()
	}
}
