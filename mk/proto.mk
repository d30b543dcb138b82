# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tests of uip/proto: tests/proto/test_*.c are programs, the other files there are
# linked into each. The library itself is a part of the firmware's (mk/fw.mk).

proto-sources := $(wildcard uip/proto/*.c)
proto-names   := $(patsubst tests/proto/%.c,%,$(wildcard tests/proto/test_*.c))
proto-shared  := $(proto-sources) tests/unit/unit.c tests/unit/drawing.c \
	$(filter-out $(proto-names:%=tests/proto/%.c),$(wildcard tests/proto/*.c))
proto-objects := $(proto-shared:%.c=$(B)/proto-san/%.o)
proto-cflags  := -std=gnu11 -Wall -Wextra -Werror -Iuip/proto -Itests/unit -Itests/proto
$(call write-if-changed,$(B)/proto-san/objects,$(proto-objects))

unit check-unit: $(proto-names:%=$(B)/tests/%)

$(proto-names:%=$(B)/tests/%): $(B)/tests/%: $(B)/proto-san/tests/proto/%.o $(proto-objects) \
		$(B)/proto-san/objects
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(san-flags) -o $@ $(filter %.o,$^) -lcmocka -lcrypto

$(B)/proto-san/%.o: %.c mk/proto.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(proto-cflags) $(CFLAGS) $(san-flags) -MMD -MP -c -o $@ $<

.SECONDARY: $(proto-names:%=$(B)/proto-san/tests/proto/%.o)
-include $(proto-objects:.o=.d) $(proto-names:%=$(B)/proto-san/tests/proto/%.d)

# Real targets, on loopback: tests/tools/test_login.py.
$(B)/tests/ohba-login: $(B)/proto-san/tests/login/login.o \
		$(proto-sources:%.c=$(B)/proto-san/%.o) $(B)/proto-san/objects
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(san-flags) -o $@ $(filter %.o,$^) -lcrypto

unit check-tests: $(B)/tests/ohba-login
-include $(B)/proto-san/tests/login/login.d
