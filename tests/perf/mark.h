/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mark: a no-op whose unused displacement says "ohba". For insns.c. */
#ifndef OHBA_MARK_H
#define OHBA_MARK_H

/* nopl 0x6162686f(%rax,%rax,1) */
#define OHBA_MARK_BYTES	0x0f, 0x1f, 0x84, 0x00, 0x6f, 0x68, 0x62, 0x61

#endif /* OHBA_MARK_H */
