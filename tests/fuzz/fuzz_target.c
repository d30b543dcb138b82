// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile target: a session with commands under way, and a stream of what the
 * target sends (target_ops.h). The host is the honest one of the unit tests, which
 * fails on a completion that is not owed and on DMA to memory that is not, or no
 * longer, given. Besides:
 *
 * - every byte the adapter sends has right digests, padding and CmdSN, and write
 *   data comes from its place in its buffer;
 * - a read's buffer holds what the target sent for that place, or nothing;
 * - the connection is lost with one event and a reason of the network or the
 *   target, and then completes nothing until it is closed;
 * - after the close every command has been answered; a second session does not
 *   notice, and a new one works;
 * - the driver is never blamed.
 *
 * A session of the adapter's own (TARGET_OWN) ends its commands when it is lost, and logs in
 * again by itself: the rest holds for it, too.
 */
#include "fuzz.h"
#include "session.h"
#include "target_ops.h"
#include "target_own.h"

#include <errno.h>

#define OPS_MAX		150
#define CMDS_MAX	32
#define ADMIN_MAX	32	/* admin commands that are not waited for */
#define ITTS		64
#define SEND_MAX	70000u	/* bytes of one data segment */
#define UNREAD_MAX	(256u << 10)
/* With a byte a turn: each maps what is left of the buffer, which costs its square. */
#define SLOW_MAX	1000u
#define MAIN_CID	3
#define OTHER_CID	5
#define OTHER_TAG	400

struct cmd {
	struct io io;
	bool known, done;	/* seen on the wire; completed */
	bool answered;		/* by a good target */
	uint32_t off, sn;	/* of a good target: bytes moved, next DataSN or R2TSN */
};

struct play {
	struct world *own;	/* NULL: the host has the session */
	struct host *host;
	struct session *s;
	struct session other;
	struct io bystander;
	struct cmd cmd[CMDS_MAX];
	unsigned int ncmds;
	struct recv recv[ADMIN_MAX];
	unsigned int nrecvs;
	uint8_t sent[ITTS][48];	/* headers with an ITT of their own, a ring */
	unsigned int nsent;
	uint32_t longest;	/* command */
	bool wild;		/* data may have come that is no pattern */
	bool lost;
};

/* --- what comes out of the adapter ------------------------------------------------- */

static struct cmd *cmd_of_itt(struct play *play, uint32_t itt)
{
	unsigned int i = play->ncmds;

	while (i--)	/* the newest: ITTs come again */
		if (play->cmd[i].known && play->cmd[i].io.itt == itt)
			return &play->cmd[i];
	return NULL;
}

static void see_command(struct play *play, const struct pdu *pdu)
{
	unsigned int i;

	for (i = 0; i < play->ncmds; i++) {
		struct cmd *cmd = &play->cmd[i];

		if (cmd->known || memcmp(cmd->io.cdb, pdu->bhs + 32, 16))
			continue;
		io_check_cmd(&cmd->io, pdu);
		cmd->known = true;
		cmd->off = io_unsolicited_end(&cmd->io);
		return;
	}
	fuzz_fail("SCSI Command", "nobody submitted it");
}

static void see_data_out(struct play *play, const struct pdu *pdu)
{
	struct cmd *cmd = cmd_of_itt(play, be32_at(pdu->bhs, 16));
	uint32_t off = be32_at(pdu->bhs, 40);

	fuzz_check(cmd && cmd->io.flags & OHBA_IO_WRITE, "Data-Out of nothing");
	fuzz_check(off <= cmd->io.len && pdu->len <= cmd->io.len - off, "Data-Out past the end");
	pattern_check(pdu->data, pdu->len, cmd->io.key, off);
}

static void see_numbered(struct play *play, const struct pdu *pdu)
{
	fuzz_check(be32_at(pdu->bhs, 24) == play->s->cmdsn, "CmdSN 0x%x, expected 0x%x",
		   be32_at(pdu->bhs, 24), play->s->cmdsn);
	play->s->cmdsn += !(pdu->bhs[0] & OP_IMMEDIATE);
}

static void see_pdu(struct play *play, const struct pdu *pdu)
{
	play->s->exp_statsn = be32_at(pdu->bhs, 28);	/* not the matter here */
	switch (pdu->bhs[0] & 0x3f) {
	case OP_SCSI_CMD:
		see_command(play, pdu);
		break;
	case OP_DATA_OUT:
		see_data_out(play, pdu);
		return;
	case OP_NOP_OUT:
	case OP_TEXT_REQ:
	case OP_LOGOUT_REQ:
	case OP_TMF_REQ:
		see_numbered(play, pdu);
		break;
	default:
		fuzz_fail("opcode", "0x%02x was sent", pdu->bhs[0]);
	}
	memcpy(play->sent[play->nsent++ % ITTS], pdu->bhs, 48);
}

static void see_wire(struct play *play)
{
	struct pdu pdu;

	while (wire_pending(play->s->wire) && wire_take(play->s->wire, &pdu)) {
		see_pdu(play, &pdu);
		free(pdu.data);
	}
}

/* Every byte is what the target sends for its place, or was not written. */
static void check_read(struct play *play, const struct io *io)
{
	const uint8_t *buf = mem_ptr(play->host->mem, io->buf);
	uint8_t want[256];
	uint32_t off, i;

	for (off = 0; off < io->len; off += sizeof(want)) {
		uint32_t n = MIN(io->len - off, (uint32_t)sizeof(want));

		pattern_fill(want, n, io->key, off);
		for (i = 0; i < n; i++)
			fuzz_check(buf[off + i] == want[i] || buf[off + i] == 0xee,
				   "byte %u of a read is of another place", off + i);
	}
}

static void check_completion(struct play *play, struct cmd *cmd, const struct ohba_cqe *cqe)
{
	switch (le16toh(cqe->status)) {
	case OHBA_ST_SUCCESS:
	case OHBA_ST_TARGET_FAILURE:
	case OHBA_ST_REJECTED:
	case OHBA_ST_ABORTED:
	case OHBA_ST_SESSION_LOST:
		break;
	default:
		fuzz_fail("status", "a command ends with %s", status_name(le16toh(cqe->status)));
	}
	fuzz_check(le16toh(cqe->sense_len) <= SENSE_STRIDE, "%u bytes of sense",
		   le16toh(cqe->sense_len));
	fuzz_check(le32toh(cqe->result) <= cmd->io.len || cqe->flags & OHBA_CQE_OVERFLOW,
		   "residual %u of %u", le32toh(cqe->result), cmd->io.len);
	if (cmd->io.flags & OHBA_IO_READ && cmd->io.len && !play->wild)
		check_read(play, &cmd->io);
}

static void see_completions(struct play *play)
{
	struct ohba_cqe cqe;
	unsigned int i;

	for (i = 0; i < play->ncmds; i++) {
		struct cmd *cmd = &play->cmd[i];

		if (cmd->done || !host_done(play->host, cmd->io.qid, cmd->io.tag, &cqe))
			continue;
		cmd->done = true;
		io_retire(&cmd->io);
		check_completion(play, cmd, &cqe);
	}
	for (i = 0; i < play->nrecvs; i++)
		if (play->recv[i].addr && host_done(play->host, 0, play->recv[i].tag, &cqe)) {
			mem_retire(play->host->mem, play->recv[i].addr);
			play->recv[i].addr = 0;
		}
	play->host->admin.ndone = 0;	/* what else there was is of no interest */
}

static void see_loss(struct play *play, const struct ohba_event *event)
{
	uint16_t reason = le16toh(event->reason);

	fuzz_check(event->type == OHBA_EVENT_CONN_LOST, "event of type %u", event->type);
	fuzz_check(le32toh(event->handle) == MAIN_CID && !play->lost, "lost: %u",
		   le32toh(event->handle));
	fuzz_check(reason >= OHBA_ST_CONN_REFUSED &&
		   strcmp(status_name(reason), "(not in the table)"),
		   "lost for 0x%02x (%s)", reason, status_name(reason));
	fuzz_check(play->s->wire->closed, "lost, but TCP is open");
	play->lost = true;
}

/* Whatever follows: what is looked at is the first session. */
static void see_phase(struct play *play, const struct ohba_event *event)
{
	uint32_t phase = le32toh(event->detail[0]);

	fuzz_check(event->type == OHBA_EVENT_TARGET, "event of type %u", event->type);
	fuzz_check(le32toh(event->handle) == OWN_MAIN, "entry %u is in phase %u",
		   le32toh(event->handle), phase);
	fuzz_check(play->lost || phase == OHBA_TARGET_LOGOUT || play->s->wire->closed,
		   "in phase %u, but TCP is open", phase);
	play->lost = true;
}

static void see_events(struct play *play)
{
	struct host *host = play->host;
	unsigned int i;

	for (i = 0; i < host->nevents; i++)
		if (play->own)
			see_phase(play, &host->event[i]);
		else
			see_loss(play, &host->event[i]);
	host->nevents = 0;
}

static void look(struct play *play)
{
	see_wire(play);
	see_completions(play);
	see_events(play);
}

static void settle(struct play *play)
{
	int turns;

	/* Look in between: a buffer is over with its completion. */
	for (turns = 0; turns < 6; turns++) {
		host_turn(play->host);
		look(play);
	}
	host_settle(play->host);
	look(play);
}

/* --- what the host does -------------------------------------------------------------- */

static void submit(struct play *play, uint8_t how, uint32_t len)
{
	static const uint8_t flags[] = { OHBA_IO_READ, OHBA_IO_WRITE, 0, OHBA_IO_READ };
	struct cmd *cmd;

	settle(play);
	if (play->lost || play->ncmds == CMDS_MAX)
		return;
	if (play->s->wire->in_cut == CUT_ONE)
		len %= SLOW_MAX;
	play->longest = MAX(play->longest, len);
	cmd = &play->cmd[play->ncmds];
	cmd->io = io_make(play->s, play->ncmds + 1, flags[how & 3], flags[how & 3] ? len : 0);
	cmd->io.layout = (how >> 4) % LAYOUT_COUNT;
	cmd->io.qid = 1 + (how >> 2) % 2;
	play->ncmds++;
	io_submit(&cmd->io);
	settle(play);
}

static void op_tmf(struct play *play, struct input *in)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TMF, play->s->handle);
	struct ohba_tmf tmf = { .function = 1 + input_u8(in) % 7, .lun = { 0, 1 } };
	uint8_t which = input_u8(in);

	settle(play);
	if (play->lost)
		return;
	if (tmf.function == OHBA_TMF_ABORT_TASK && play->ncmds)
		tmf.ref_tag = htole32(play->cmd[which % play->ncmds].io.tag);
	memcpy(sqe.body, &tmf, sizeof(tmf));
	host_admin_start(play->host, &sqe);
	settle(play);
}

static void op_host_pdu(struct play *play, struct input *in)
{
	static const uint8_t opcode[] = {
		OP_NOP_OUT, OP_NOP_OUT | OP_IMMEDIATE, OP_TEXT_REQ, OP_TEXT_REQ | OP_IMMEDIATE,
		OP_LOGOUT_REQ, OP_LOGOUT_REQ | OP_IMMEDIATE,
	};
	uint8_t bhs[48], data[256] = { 0 };
	uint32_t len;

	bhs_init(bhs, opcode[input_u8(in) % ARRAY_SIZE(opcode)], FLAG_F);
	put_be32(bhs, 16, 0x1000 + play->nsent);
	put_be32(bhs, 20, RESERVED_TAG);
	len = (bhs[0] & 0x3f) == OP_LOGOUT_REQ ? 0 : input_u8(in);
	settle(play);
	if (play->lost || play->own)	/* that one's PDUs are its own matter */
		return;
	send_start(play->host, MAIN_CID, bhs, data, len);
	settle(play);
}

static void op_recv(struct play *play)
{
	settle(play);
	if (!play->lost && !play->own && play->nrecvs < ADMIN_MAX)
		play->recv[play->nrecvs++] = recv_post(play->host, MAIN_CID);
	settle(play);
}

static void op_time(struct play *play, struct input *in)
{
	static const uint16_t ms[] = { 1, 100, 1000, 2100, 5100, 10000 };

	host_advance(play->host, ms[input_u8(in) % ARRAY_SIZE(ms)] * MS);
	settle(play);
}

/* --- what the target sends --------------------------------------------------------------- */

/* What the adapter sent, newest first; NULL if that is nothing yet. */
static const uint8_t *nth_sent(struct play *play, uint8_t back)
{
	unsigned int n = MIN(play->nsent, (unsigned int)ITTS);

	return n ? play->sent[(play->nsent - 1 - back % n) % ITTS] : NULL;
}

static uint32_t nth_itt(struct play *play, uint8_t back)
{
	const uint8_t *bhs = nth_sent(play, back);

	return bhs ? be32_at(bhs, 16) : RESERVED_TAG;
}

/* A segment for @bhs as it is now: data of the read it names, a header, zeros. */
static uint8_t *make_data(struct play *play, const uint8_t *bhs, uint32_t kind, uint8_t which,
			  uint32_t len)
{
	struct cmd *cmd = cmd_of_itt(play, be32_at(bhs, 16));
	uint8_t *data = calloc(1, len + 1);

	if ((bhs[0] & 0x3f) == OP_DATA_IN && cmd)
		pattern_fill(data, len, cmd->io.key, be32_at(bhs, 40));
	else if (kind == TPDU_SENSE && len > 2)
		put_be16(data, 0, MIN(len - 2, 0xffffu));
	else if (kind == TPDU_REJECT && nth_sent(play, which))
		memcpy(data, nth_sent(play, which), MIN(len, 48u));
	return data;
}

struct pdu_kind {
	uint8_t opcode, flags;
	bool own;		/* a StatSN of its own */
	bool itt;		/* answers a task */
};

static const struct pdu_kind pdu_kinds[TPDU_KINDS] = {
	[TPDU_SCSI_RSP] = { OP_SCSI_RSP, FLAG_F, true, true },
	[TPDU_SENSE] = { OP_SCSI_RSP, FLAG_F, true, true },
	[TPDU_DATA_IN] = { OP_DATA_IN, 0, false, true },
	[TPDU_DATA_IN_STATUS] = { OP_DATA_IN, FLAG_F | DATA_IN_S, true, true },
	[TPDU_R2T] = { OP_R2T, FLAG_F, false, true },
	[TPDU_TMF_RSP] = { OP_TMF_RSP, FLAG_F, true, true },
	[TPDU_NOP_IN] = { OP_NOP_IN, FLAG_F, true, true },
	[TPDU_PING] = { OP_NOP_IN, FLAG_F, false, false },
	[TPDU_TEXT_RSP] = { OP_TEXT_RSP, FLAG_F, true, true },
	[TPDU_LOGOUT_RSP] = { OP_LOGOUT_RSP, FLAG_F, true, true },
	[TPDU_ASYNC_DROP] = { OP_ASYNC, FLAG_F, true, false },
	[TPDU_ASYNC_LOGOUT] = { OP_ASYNC, FLAG_F, true, false },
	[TPDU_REJECT] = { OP_REJECT, FLAG_F, true, false },
	[TPDU_WINDOW] = { OP_NOP_IN, FLAG_F, false, false },
};

static void fill_pdu(struct play *play, uint32_t kind, uint8_t which, uint8_t *bhs)
{
	const struct pdu_kind *k = &pdu_kinds[kind];
	uint32_t itt = nth_itt(play, which);
	struct cmd *cmd = cmd_of_itt(play, itt);

	bhs_init(bhs, k->opcode, k->flags);
	put_be32(bhs, 16, k->itt ? itt : RESERVED_TAG);
	put_be32(bhs, 20, kind == TPDU_R2T || kind == TPDU_PING ? 0x70 + which : RESERVED_TAG);
	bhs_numbers(play->s, bhs, k->own);
	if (cmd && (kind == TPDU_DATA_IN || kind == TPDU_DATA_IN_STATUS || kind == TPDU_R2T)) {
		put_be32(bhs, 36, cmd->sn);
		put_be32(bhs, 40, cmd->off);
	}
	if (kind == TPDU_R2T && cmd)
		put_be32(bhs, 44, MIN(cmd->io.len - cmd->off, play->s->opts.max_burst));
	if (kind == TPDU_SENSE)
		bhs[3] = 2;
	if (kind == TPDU_ASYNC_DROP || kind == TPDU_ASYNC_LOGOUT)
		bhs[36] = kind == TPDU_ASYNC_DROP ? 2 : 1;
	if (kind == TPDU_REJECT)
		bhs[2] = 4;	/* protocol error */
}

static void op_pdu(struct play *play, struct input *in)
{
	uint32_t kind = input_u8(in) % TPDU_KINDS, len, ahs_len;
	uint8_t which = input_u8(in), digests, bhs[48], *data;
	static const uint8_t ahs[1020];
	struct damage damage;

	len = input_u16(in);
	digests = input_u8(in);
	fill_pdu(play, kind, which, bhs);
	put_be24(bhs, 5, len);
	input_damage(in, bhs, sizeof(bhs));
	len = be24_at(bhs, 5);
	ahs_len = bhs[4] * 4;
	if (wire_unread(play->s->wire) > UNREAD_MAX)
		return;
	if (len > (play->s->wire->in_cut == CUT_ONE ? SLOW_MAX : SEND_MAX)) {
		play->wild = true;	/* the adapter waits for more, or refuses */
		wire_put(play->s->wire, bhs, sizeof(bhs));
		return;
	}
	damage = (struct damage){ digests & 1, digests >> 1 & 1 };
	data = make_data(play, bhs, kind, which, len);
	wire_send_ahs(play->s->wire, bhs, ahs, ahs_len, data, len, &damage);
	free(data);
}

static void next_data_in(struct play *play, struct cmd *cmd)
{
	struct session *s = play->s;
	uint32_t part = MIN(cmd->io.len - cmd->off, MIN(s->opts.max_recv_dsl, SEND_MAX));
	bool last = cmd->off + part == cmd->io.len;
	uint8_t *data = malloc(part + 1);

	pattern_fill(data, part, cmd->io.key, cmd->off);
	send_data_in(s, cmd->io.itt, &(struct data_in){
		.datasn = cmd->sn++, .off = cmd->off, .data = data, .len = part,
		.flags = last ? FLAG_F | DATA_IN_S : 0 });
	cmd->off += part;
	cmd->answered = last;
	free(data);
}

static void next_r2t(struct play *play, struct cmd *cmd)
{
	uint32_t part = MIN(cmd->io.len - cmd->off, play->s->opts.max_burst);

	send_r2t(play->s, cmd->io.itt, cmd->io.lun, &(struct r2t){
		.ttt = 0x7000 + cmd->sn, .r2tsn = cmd->sn, .off = cmd->off, .len = part });
	cmd->sn++;
	cmd->off += part;
}

/* What a target would send that does nothing wrong. */
static void op_next(struct play *play, struct input *in)
{
	struct cmd *cmd = cmd_of_itt(play, nth_itt(play, input_u8(in)));

	if (!cmd || cmd->done || cmd->answered || wire_unread(play->s->wire) > UNREAD_MAX)
		return;
	if (cmd->off >= cmd->io.len) {
		cmd->answered = true;
		send_scsi_rsp(play->s, cmd->io.itt, &(struct rsp){ 0 });
	} else if (cmd->io.flags & OHBA_IO_WRITE) {
		next_r2t(play, cmd);
	} else {
		next_data_in(play, cmd);
	}
}

static void op_bytes(struct play *play, struct input *in)
{
	uint8_t bytes[255];
	size_t n = input_bytes(in, bytes, input_u8(in));

	wire_put(play->s->wire, bytes, n);
	play->wild = true;
}

static void op_end_stream(struct play *play, struct input *in)
{
	uint8_t how = input_u8(in);

	if (how & 1)
		wire_error(play->s->wire, how & 2 ? ECONNRESET : ETIMEDOUT);
	else
		wire_fin(play->s->wire);
}

static void set_cut(struct play *play, uint8_t how)
{
	enum cut in = (how & 15) % (CUT_RANDOM + 1);

	if (in == CUT_ONE && play->longest > SLOW_MAX)
		in = CUT_RANDOM;
	wire_cut(play->s->wire, in, how & 16 ? CUT_RANDOM : CUT_NONE);
}

/* --- a run -------------------------------------------------------------------------------- */

static void run_op(struct play *play, struct input *in)
{
	uint8_t how;

	switch (input_u8(in) % TARGET_OPS) {
	case TARGET_SETTLE:
		settle(play);
		break;
	case TARGET_PDU:
		op_pdu(play, in);
		break;
	case TARGET_NEXT:
		op_next(play, in);
		break;
	case TARGET_BYTES:
		op_bytes(play, in);
		break;
	case TARGET_SUBMIT:
		how = input_u8(in);
		submit(play, how, input_u16(in));
		break;
	case TARGET_TMF:
		op_tmf(play, in);
		break;
	case TARGET_HOST_PDU:
		op_host_pdu(play, in);
		break;
	case TARGET_RECV:
		op_recv(play);
		break;
	case TARGET_TIME:
		op_time(play, in);
		break;
	case TARGET_END_STREAM:
		op_end_stream(play, in);
		break;
	case TARGET_CUT:
		set_cut(play, input_u8(in));
		break;
	}
}

static struct opts make_opts(uint8_t choice)
{
	struct opts opts = opts_default;

	opts.flags = 0;
	opts.flags |= choice & TARGET_HDR_DIGEST ? OHBA_SESSION_HDR_DIGEST : 0;
	opts.flags |= choice & TARGET_DATA_DIGEST ? OHBA_SESSION_DATA_DIGEST : 0;
	opts.flags |= choice & TARGET_INITIAL_R2T ? OHBA_SESSION_INITIAL_R2T : 0;
	opts.flags |= choice & TARGET_IMMEDIATE ? OHBA_SESSION_IMMEDIATE_DATA : 0;
	opts.max_r2t = 2;
	if (choice & TARGET_SMALL) {
		opts.max_recv_dsl = 512;
		opts.max_xmit_dsl = 512;
		opts.max_burst = 1024;
		opts.first_burst = 512;
	}
	if (choice & TARGET_NOPS)
		opts.nop_interval_ms = 2000;
	if (choice & TARGET_WINDOW_1)
		opts.window = 1;
	return opts;
}

static void start_own(struct play *play, uint8_t choice)
{
	play->own = own_begin(choice);
	play->host = play->own->host;
	play->s = malloc(sizeof(*play->s));
	own_take(play->own, OWN_MAIN, OWN_MAIN, play->s);
	own_take(play->own, OWN_OTHER, OWN_OTHER, &play->other);
}

static void start(struct play *play, uint8_t choice)
{
	struct opts opts = make_opts(choice);

	if (choice & TARGET_OWN) {
		start_own(play, choice);
	} else {
		play->s = session_new(&opts);
		play->host = play->s->host;
		session_open(&play->other, play->host, OTHER_CID, &opts_default);
	}
	play->bystander = io_make(&play->other, OTHER_TAG, OHBA_IO_READ, 64);
	play->bystander.qid = 2;
	io_submit(&play->bystander);
	io_expect_cmd(&play->bystander);
}

/* A lost connection keeps its commands until it is closed. */
static void check_lost(struct play *play)
{
	uint32_t io1 = play->host->io[1].nout, io2 = play->host->io[2].nout;

	host_advance(play->host, 10 * MS);
	look(play);
	fuzz_check(io1 == play->host->io[1].nout && io2 == play->host->io[2].nout,
		   "a command of a lost connection has completed");
}

static void close_main(struct play *play)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_CLOSE, MAIN_CID);
	unsigned int i;

	if (play->own)
		own_end(play->own);
	else
		host_admin_start(play->host, &sqe);
	settle(play);
	host_advance(play->host, 2100 * MS);	/* for what is queued */
	settle(play);
	for (i = 0; i < play->ncmds; i++)
		fuzz_check(play->cmd[i].done, "command %u was never answered", i);
	fuzz_check(play->host->admin.nout == 0, "an admin command was never answered");
}

static void finish_bystander(struct play *play)
{
	struct io *io = &play->bystander;
	uint8_t data[64];

	pattern_fill(data, sizeof(data), io->key, 0);
	send_data_in(&play->other, io->itt, &(struct data_in){
		.data = data, .len = sizeof(data), .flags = FLAG_F | DATA_IN_S });
	io_done_good(io);
	io_check_data(io, sizeof(data));
	if (!play->own)
		conn_close(play->host, OTHER_CID, OHBA_CONN_CLOSE_ABORT);
}

static void end(struct play *play)
{
	settle(play);
	if (play->lost && !play->own)
		check_lost(play);
	close_main(play);
	finish_bystander(play);
	if (play->own) {
		own_works(play->own);
		free(play->s);
		return;
	}
	session_open(play->s, play->host, MAIN_CID, &opts_default);
	io_works(play->s, 1, OHBA_IO_READ, 4096);
	session_free(play->s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { .pos = data, .end = data + len };
	struct play *play = calloc(1, sizeof(*play));
	unsigned int ops;

	start(play, input_u8(&in));
	set_cut(play, input_u8(&in));
	for (ops = 0; input_more(&in) && !play->lost && ops < OPS_MAX; ops++)
		run_op(play, &in);
	end(play);
	free(play);
	return 0;
}
