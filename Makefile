# SPDX-License-Identifier: GPL-2.0-or-later
#
# ohba: everything is built under build/. `make help` lists the targets.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

B := build

include mk/lib.mk
include mk/deps.mk
include mk/lwip.mk
include mk/fw.mk
include mk/qemu.mk
include mk/kernel.mk
include mk/tools.mk
include mk/uip.mk
include mk/proto.mk
include mk/check.mk
include mk/debug.mk
include mk/target.mk
include mk/driver.mk
include mk/load.mk
include mk/net.mk
include mk/perf.mk
include mk/fuzz.mk

.PHONY: all
all: qemu modules tools ## build everything

.PHONY: help
help:
	@echo "Targets of ohba:"
	@sed -n 's/^\([a-z -]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
		awk -F'\t' '{ printf "  %-15s %s\n", $$1, $$2 }'
	@echo "Settings: V=1 (commands), QEMU_SRC=/path (local QEMU tree), DESTDIR=,"
	@echo "          NET=wire (demo, shell: a network of the adapter's own),"
	@echo "          KERNELS=\"$(KERNELS)\", ARGS= (demo, shell, pytest)"

.PHONY: clean distclean
clean: ## remove what was built, keep downloads, QEMU's source and kernels
	$(Q)rm -rf $(filter-out $(kept),$(wildcard $(B)/* $(B)/.[!.]*))

distclean: ## remove everything under build/
	$(Q)rm -rf $(B)

kept := $(addprefix $(B)/,apt downloads kernels lwip-src qemu-src)
