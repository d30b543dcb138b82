# SPDX-License-Identifier: GPL-2.0-or-later
#
# uipd: the helper; once as a program, once with sanitizers for the tests.

uip-sources   := $(wildcard uip/*.c)
uip-netfiles  := $(wildcard uip/net/*.c)
uip-protocol  := $(wildcard uip/proto/*.c)
uip-cflags    := -std=gnu11 -Wall -Wextra -Werror -Ifirmware-if -Iuip -Iuip/proto \
	-I/usr/include/libnl3
uip-libs      := -lnl-genl-3 -lnl-3 -lcap-ng -lseccomp -lcrypto
uip-objects   := $(patsubst %.c,$(B)/obj/%.o,$(uip-sources) $(uip-netfiles) $(uip-protocol))
$(call write-if-changed,$(B)/objects-uipd,$(uip-objects))

.PHONY: uipd
uipd: $(B)/tools/uipd ## build the helper

$(B)/tools/uipd: $(uip-objects) $(B)/objects-uipd
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(uip-libs)

$(uip-objects): $(B)/obj/%.o: %.c mk/uip.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(uip-cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(uip-objects:.o=.d)

tools: $(B)/tools/uipd
install: install-uipd

.PHONY: install-uipd
install-uipd: $(B)/tools/uipd ## install the helper, its man page and its service
	$(Q)install -D -m 755 $< $(DESTDIR)$(PREFIX)/sbin/uipd
	$(Q)install -D -m 644 uip/uipd.8 $(DESTDIR)$(PREFIX)/share/man/man8/uipd.8
	$(Q)install -D -m 644 uip/uipd.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/uipd
	$(Q)mkdir -p $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(Q)sed 's#@sbindir@#$(PREFIX)/sbin#' uip/uipd.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/uipd.service

# --- tests: tests/uip/test_*.c, with sanitizers ---

# What tests and fuzzers stand on. What the loop is for it, they are.
uip-testable  := $(patsubst %,uip/%.c,addr beat clock limit log msg port) \
	$(filter-out %/loop.c,$(uip-netfiles)) $(uip-protocol)
uip-names     := $(patsubst tests/uip/%.c,%,$(wildcard tests/uip/test_*.c))
uip-bench     := $(filter-out $(uip-names:%=tests/uip/%.c) tests/uip/sandbox.c tests/uip/privileged.c,\
	$(wildcard tests/uip/*.c))
uip-san       := $(patsubst %.c,$(B)/uip-san/%.o,$(uip-testable) $(uip-bench))

unit check-unit: $(uip-names:%=$(B)/tests/%)

# One is over the loop itself, without a bench.
uip-loop := $(B)/uip-san/uip/net/loop.o
$(B)/tests/test_net_loop: $(B)/uip-san/tests/uip/test_net_loop.o $(uip-loop) \
		$(uip-testable:%.c=$(B)/uip-san/%.o)
$(filter-out %/test_net_loop,$(uip-names:%=$(B)/tests/%)): \
		$(B)/tests/%: $(B)/uip-san/tests/uip/%.o $(uip-san)
# Others have the privileged process, and with it what the driver is told.
uip-privileged := uip/logins uip/login_file uip/notify uip/opener
uip-helpers    := $(patsubst tests/uip/%.c,%,$(shell grep -l privileged.c tests/uip/test_*.c))
$(uip-helpers:%=$(B)/tests/%): $(uip-privileged:%=$(B)/uip-san/%.o)
$(uip-names:%=$(B)/tests/%):
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(san-flags) -o $@ $(filter %.o,$^) -lcmocka -lcrypto

$(B)/uip-san/%.o: %.c mk/uip.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(uip-cflags) $(CFLAGS) $(san-flags) -MMD -MP -c -o $@ $<

.SECONDARY: $(uip-names:%=$(B)/uip-san/tests/uip/%.o)
-include $(uip-san:.o=.d) $(uip-loop:.o=.d) $(uip-privileged:%=$(B)/uip-san/%.d) $(uip-names:%=$(B)/uip-san/tests/uip/%.d)

# Run in the guest, by root.
unit check-tests: $(B)/tests/sandbox
$(B)/tests/sandbox: $(B)/obj/tests/uip/sandbox.o $(B)/obj/uip/sandbox.o $(B)/obj/uip/log.o \
		$(B)/obj/uip/limit.o $(B)/obj/uip/clock.o $(B)/obj/uip/proto/chap.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lcap-ng -lseccomp -lcrypto

$(B)/obj/tests/uip/%.o: tests/uip/%.c mk/uip.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(uip-cflags) $(CFLAGS) -MMD -MP -c -o $@ $<
