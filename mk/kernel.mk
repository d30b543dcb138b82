# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel modules, for each kernel of KERNELS: built in a farm of links to
# the sources, because Kbuild writes next to what it reads.

KERNELS ?= 6.1 6.12

kbuild-args := W=1 $(if $(shell command -v sparse),C=1)

.PHONY: modules $(KERNELS:%=modules-%)
modules: $(KERNELS:%=modules-%) ## build the kernel modules for each kernel of KERNELS

$(KERNELS:%=modules-%): modules-%: $(B)/kernels/%/release
	$(call say,KBUILD,$(B)/modules/$*)
	$(Q)+mk/modules $* $(kbuild-args) $(if $(V),V=1)

.PHONY: check-modules
check-modules: modules ## fail on a compiler, sparse or modpost warning in the modules
	$(Q)for k in $(KERNELS); do \
		[ ! -s $(B)/modules/$$k/warnings ] || exit 1; \
	done
	$(Q)echo "check-modules: no warnings ($(KERNELS))"

$(foreach k,$(filter-out %-debug,$(KERNELS)),$(B)/kernels/$(k)/release): $(B)/kernels/%/release: mk/kernel-tree mk/extract-vmlinux mk/versions
	$(call say,KERNEL,$(@D))
	$(Q)mk/kernel-tree $*
