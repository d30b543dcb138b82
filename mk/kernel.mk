# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kernels and our modules. A series lies unpacked in build/kernels/SERIES; the
# modules are built from a mirror of the sources in build/modules/SERIES, and
# installed into that kernel's tree, where guests find them.

KERNELS ?= 6.1 6.12

module-sources := Kbuild firmware-if drivers
module-files   := Kbuild $(shell find firmware-if drivers -type f 2>/dev/null)

.PHONY: kernels modules
kernels: $(KERNELS:%=$(B)/kernels/%/.ready)

$(B)/kernels/%/.ready: mk/kernel-tree mk/versions
	$(call say,UNPACK,$(@D))
	$(Q)mkdir -p $(B)/kernels
	$(Q)mk/kernel-tree $*
	$(Q)touch $@

modules: $(KERNELS:%=$(B)/modules/%/.built) ## build the drivers for every kernel series

# W=1 and sparse always: a warning is an error of ours.
$(B)/modules/%/.built: $(B)/kernels/%/.ready $(module-files) mk/kernel.mk
	$(call say,MODULES,$(@D))
	$(Q)mkdir -p $(@D)
	$(Q)rsync -a --delete --exclude='.*' --exclude='*.o' --exclude='*.ko' \
		--exclude='*.mod' --exclude='*.mod.c' --exclude='*.log' --exclude='*.a' \
		--exclude=modules.order --exclude=Module.symvers $(module-sources) $(@D)/
	$(Q)mk/quiet $(@D)/build.log $(call kernel-make,$*) W=1 C=1 modules
	$(Q)! grep -A4 'warning:' $(@D)/build.log
	$(Q)mk/quiet $(@D)/install.log $(call kernel-make,$*) \
		INSTALL_MOD_PATH=$(CURDIR)/$(B)/kernels/$* INSTALL_MOD_DIR=updates/ohba CONFIG_MODULE_SIG_ALL= \
		modules_install
	$(Q)/sbin/depmod -b $(B)/kernels/$* $$(cat $(B)/kernels/$*/release)
	$(Q)touch $@

kernel-make = $(MAKE) -C $(CURDIR)/$(B)/kernels/$(1)/lib/modules/$$(cat $(B)/kernels/$(1)/release)/build \
	M=$(CURDIR)/$(B)/modules/$(1) CONFIG_DEBUG_INFO_BTF_MODULES=
