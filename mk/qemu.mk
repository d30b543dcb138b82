# SPDX-License-Identifier: GPL-2.0-or-later
#
# QEMU with our device: source tree, configuration, ninja.

QEMU_SRC  ?=
qemu-src  := $(B)/qemu-src
qemu-dir  := $(B)/qemu
QEMU      := $(qemu-dir)/qemu-system-x86_64

qemu-flags := \
	--target-list=x86_64-softmmu \
	--without-default-features --without-default-devices \
	--with-devices-x86_64=ohba \
	--enable-tcg --enable-kvm --enable-slirp --enable-plugins \
	--enable-virtfs --enable-attr --enable-cap-ng --enable-libiscsi \
	--enable-trace-backends=log \
	--disable-tools --enable-fdt=system \
	--meson=/usr/bin/meson

# meson reads these two: sources that come and go, and where the firmware is.
qemu-names := $(sort $(notdir $(wildcard emu/qemu/*.c emu/qemu/trace-events)))
qemu-paths := INCLUDE=$(addprefix $(CURDIR)/,$(fw-include))\nFW_DIR=$(CURDIR)/$(B)/fw
$(call write-if-changed,$(B)/qemu-names,$(qemu-names))

# .unpacked holds the QEMU_SRC that the tree came from. The environment carries
# it to the recipe, so that a path may have spaces.
export QEMU_SRC
ifneq '$(QEMU_SRC)' '$(shell cat $(qemu-src)/.unpacked 2>/dev/null)'
$(qemu-src)/.unpacked: another-qemu
endif
.PHONY: another-qemu

.PHONY: qemu
qemu: $(qemu-dir)/build.ninja $(qemu-src)/hw/ohba.sources $(B)/fw/libohba-fw.a ## build QEMU with the adapter in it
	$(call say,NINJA,$(QEMU))
	$(Q)[ -e $(QEMU) ] || echo "building QEMU takes about 5 minutes on two cores;" \
		"without a terminal, $(B)/qemu.log shows how far it is"
	$(Q)mk/quiet $(B)/qemu.log ninja -C $(qemu-dir) $(if $(V),-v) qemu-system-x86_64

$(qemu-src)/.unpacked: mk/qemu-tree
	$(call say,UNPACK,$(qemu-src))
	$(Q)mk/qemu-tree $(qemu-src) "$$QEMU_SRC"
	$(Q)printf '$(qemu-paths)\n' > $(qemu-src)/hw/ohba.paths
	$(Q)printf '%s\n' "$$QEMU_SRC" > $@

$(qemu-src)/hw/ohba.sources: $(B)/qemu-names $(qemu-src)/.unpacked
	$(Q)cp $< $@

$(qemu-dir)/build.ninja: mk/qemu.mk $(qemu-src)/.unpacked | $(qemu-src)/hw/ohba.sources $(B)/fw/libohba-fw.a
	$(call say,CONF,$(qemu-dir))
	$(Q)mkdir -p $(qemu-dir)
	$(Q)cd $(qemu-dir) && PATH=/usr/bin:/bin:$$PATH $(CURDIR)/mk/quiet ../qemu-configure.log \
		$(CURDIR)/$(qemu-src)/configure $(qemu-flags)
	$(Q)touch $@
