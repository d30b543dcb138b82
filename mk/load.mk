# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/load as build/tests/ohba-*, static: one starts some hundred times in a
# guest whose files come over 9p.

loads := $(patsubst tests/load/%.c,$(B)/tests/ohba-%,$(wildcard tests/load/*.c))

$(loads): $(B)/tests/ohba-%: tests/load/%.c mk/load.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -Wall -Wextra -Werror -O2 $(CFLAGS) -pthread -static -o $@ $<

unit check-tests: $(loads)
