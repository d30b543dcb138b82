# SPDX-License-Identifier: GPL-2.0-or-later
#
# The driver in a userspace process: its sources as they are, over the kernel that
# tests/driver/shim plays. tests/driver/test_*.c are programs, run by check-unit;
# the other files there are linked into each.

# debugfs and tracepoints are for humans, not for what a device writes.
driver-sources := $(filter-out %/debugfs.c %/trace.c,\
	$(wildcard drivers/common/*.c drivers/hba/*.c))
driver-names   := $(patsubst tests/driver/%.c,%,$(wildcard tests/driver/test_*.c))
driver-bins    := $(driver-names:%=$(B)/tests/%)
driver-shared  := $(driver-sources) $(wildcard tests/driver/shim/*.c) tests/unit/unit.c tests/unit/drawing.c \
	uip/proto/login_status.c \
	$(filter-out $(driver-names:%=tests/driver/%.c),$(wildcard tests/driver/*.c))

# Each kernel header that the driver includes is shim.h, except types.h, which the
# shim has, and those that userspace shares with the kernel.
driver-include := $(B)/driver/include
driver-headers := $(shell grep -rhoE '^.include <(linux|scsi|net|trace)/[^>]*>' drivers | \
	sed 's/.*<\(.*\)>/\1/' | sort -u | grep -v -E '^linux/(types|errno|netlink|socket).h')
$(call write-if-changed,$(B)/driver/headers,$(driver-headers))

$(driver-include)/.made: $(B)/driver/headers mk/driver.mk
	$(Q)rm -rf $(@D)
	$(Q)for h in $(driver-headers); do \
		mkdir -p $(@D)/$${h%/*} && echo '#include "shim.h"' > $(@D)/$$h || exit 1; \
	done
	$(Q)touch $@

# The warnings that the kernel does not build with are off.
driver-cflags := -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -fno-builtin-log \
	-Itests/driver/shim -I$(driver-include) -Ifirmware-if -Idrivers/common -Idrivers/hba \
	-Itests/unit -Itests/driver -Iuip/proto

driver-objects := $(driver-shared:%.c=$(B)/driver/%.o)
$(call write-if-changed,$(B)/driver/objects,$(driver-objects))

unit check-unit: $(driver-bins)

$(driver-bins): $(B)/tests/%: $(B)/driver/tests/driver/%.o $(driver-objects) $(B)/driver/objects
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(san-flags) -o $@ $(filter %.o,$^) -lcmocka

$(B)/driver/%.o: %.c $(driver-include)/.made mk/driver.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(driver-cflags) $(CFLAGS) $(san-flags) -MMD -MP -c -o $@ $<

.SECONDARY: $(driver-objects) $(driver-names:%=$(B)/driver/tests/driver/%.o)
-include $(driver-objects:.o=.d) $(driver-names:%=$(B)/driver/tests/driver/%.d)
