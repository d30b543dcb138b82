# SPDX-License-Identifier: GPL-2.0-or-later
#
# The firmware as a plain static library: once for QEMU, once with sanitizers
# for the unit tests. New files in emu/fw and uip/proto are picked up by name.

CC         ?= cc
fw-include := firmware-if emu/fw uip/proto
fw-sources := $(wildcard emu/fw/*.c emu/fw/wire/*.c uip/proto/*.c)

CFLAGS     ?= -O2 -g
fw-cflags  := -std=gnu11 -Wall -Wextra -Werror -fPIC -pthread \
	$(addprefix -I,$(fw-include))
fw-libs    := -lisal -lcrypto -lpthread
san-flags  := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -O1

fw-objects  := $(patsubst %.c,$(B)/fw/%.o,$(fw-sources)) $(lwip-names:%=$(B)/fw/lwip/%.o)
san-objects := $(patsubst %.c,$(B)/fw-san/%.o,$(fw-sources)) $(lwip-names:%=$(B)/fw-san/lwip/%.o)

$(call write-if-changed,$(B)/fw-objects,$(fw-objects))

.PHONY: fw
fw: $(B)/fw/libohba-fw.a $(B)/fw-san/libohba-fw.a ## build the firmware as a native library

$(B)/fw/libohba-fw.a: $(fw-objects)
$(B)/fw-san/libohba-fw.a: $(san-objects)
$(B)/fw/libohba-fw.a $(B)/fw-san/libohba-fw.a: $(B)/fw-objects
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $(filter %.o,$^)

$(B)/fw/%.o: %.c mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(fw-cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/fw-san/%.o: %.c mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(fw-cflags) $(CFLAGS) $(san-flags) -MMD -MP -c -o $@ $<

# lwIP is not ours to sanitize for undefined behaviour: it overlays packets with structs.
$(B)/fw/lwip/%.o: $(lwip-src)/.unpacked mk/lwip.mk emu/fw/wire/lwipopts.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(lwip-cflags) -DLWIP_NOASSERT $(CFLAGS) -MMD -MP -c -o $@ $(lwip-src)/src/core/$*.c

$(B)/fw-san/lwip/%.o: $(lwip-src)/.unpacked mk/lwip.mk emu/fw/wire/lwipopts.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(lwip-cflags) $(CFLAGS) -fsanitize=address -fno-omit-frame-pointer -O1 \
		-MMD -MP -c -o $@ $(lwip-src)/src/core/$*.c

$(B)/fw/emu/fw/wire/%.o $(B)/fw-san/emu/fw/wire/%.o: fw-cflags += $(lwip-cflags)
$(patsubst %.c,$(B)/fw/%.o,$(wildcard emu/fw/wire/*.c)): $(lwip-src)/.unpacked
$(patsubst %.c,$(B)/fw-san/%.o,$(wildcard emu/fw/wire/*.c)): $(lwip-src)/.unpacked

-include $(fw-objects:.o=.d) $(san-objects:.o=.d)
