# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest tests on a kernel that looks for errors.

DEBUG_KERNEL := 6.1-debug

.PHONY: check-debug
check-debug: KERNELS := $(DEBUG_KERNEL)
check-debug: ## run the guest tests on a debug kernel, built once (ARGS= for pytest; OHBA_LONG=1: more)
	$(Q)mk/fetch --index $(absent)
	$(Q)$(MAKE) $(jobs) all target KERNELS=$(DEBUG_KERNEL)
	$(Q)OHBA_KERNEL=$(DEBUG_KERNEL) $(MAKE) check-tests \
		ARGS="$(or $(ARGS),$(side-by-side) $(debug-first:%=tests/guest/test_%.py) tests/guest)"

# What takes longest goes first: at the end none is alone.
debug-first := random_faults rounds misbehaviour dma sessions faults recovery flash_boot

$(B)/kernels/$(DEBUG_KERNEL)/release: mk/kernel-debug tests/debug/kernel.config mk/versions
	$(call say,KERNEL,$(@D))
	$(Q)+mk/kernel-debug $(DEBUG_KERNEL)
