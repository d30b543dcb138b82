/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel, as far as the driver needs it, in a userspace process. Each header
 * of linux/, scsi/, net/ and trace/ that the driver includes is this one.
 *
 * What the kernel only asks for is enforced here: a lock taken twice, sleeping
 * where that is not allowed, a buffer unmapped twice or never, all end the process.
 */
#ifndef SHIM_H
#define SHIM_H

#include "base.h"
#include "sched.h"
#include "pci.h"
#include "scsi.h"
#include "iscsi.h"
#include "flash.h"
#include "net.h"
#include "misc.h"

#endif /* SHIM_H */
