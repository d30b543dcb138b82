# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/load as build/tests/ohba-load, static: it starts some hundred times in a
# guest whose files come over 9p.

$(B)/tests/ohba-load: tests/load/load.c mk/load.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -Wall -Wextra -Werror -O2 $(CFLAGS) -pthread -static -o $@ $<

unit check-tests: $(B)/tests/ohba-load
