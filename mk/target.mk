# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/scripted as build/tests/ohba-target, with the sanitizers of the unit tests.

target-objects := $(patsubst tests/%.c,$(B)/obj/tests/%.o,$(wildcard tests/scripted/*.c)) \
	$(B)/fw-san/emu/fw/digest.o
$(call write-if-changed,$(B)/objects-ohba-target,$(target-objects))

.PHONY: target
target: $(B)/tests/ohba-target ## build the target that misbehaves into build/tests

$(B)/tests/ohba-target: $(target-objects) $(B)/objects-ohba-target
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(san-flags) -o $@ $(filter %.o,$^) -lisal

unit: $(B)/tests/ohba-target

-include $(target-objects:.o=.d)
