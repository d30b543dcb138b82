# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tools: each folder of tools/ with C files is a program of that name.

tool-names := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard tools/*/*.c)))))
tool-cflags := -std=gnu11 -Wall -Wextra -Werror -Ifirmware-if -I/usr/include/libnl3

ohbatool-libs := -lpci -lnl-genl-3 -lnl-3

.PHONY: tools
tools: $(tool-names:%=$(B)/tools/%) ## build the tools into build/tools

define tool-program
$(1)-objects := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tools/$(1)/*.c))
$(B)/tools/$(1): $(patsubst %.c,$(B)/obj/%.o,$(wildcard tools/$(1)/*.c)) $(B)/objects-$(1)
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS) -o $$@ $$(filter %.o,$$^) $$($(1)-libs)
endef

$(foreach t,$(tool-names),$(eval $(call tool-program,$(t))))
$(foreach t,$(tool-names),$(call write-if-changed,$(B)/objects-$(t),$($(t)-objects)))

$(B)/obj/tools/%.o: tools/%.c mk/tools.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(tool-cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(foreach t,$(tool-names),$($(t)-objects:.o=.d))

.PHONY: docs
docs: $(B)/tools/ohbatool ## generate docs/errors.md from the error table
	$(Q)sed '/^|/,$$d' docs/errors.md > $(B)/errors.md
	$(Q)$< -o markdown explain >> $(B)/errors.md
	$(Q)cmp -s $(B)/errors.md docs/errors.md || cp $(B)/errors.md docs/errors.md

# --- installation ---

PREFIX  ?= /usr/local
DESTDIR ?=

.PHONY: install
install: modules tools ## install tools and modules (DESTDIR=, PREFIX=/usr/local)
	$(Q)for t in $(tool-names); do \
		install -D -m 755 $(B)/tools/$$t $(DESTDIR)$(PREFIX)/sbin/$$t && \
		[ ! -e tools/$$t/$$t.8 ] || \
		install -D -m 644 tools/$$t/$$t.8 $(DESTDIR)$(PREFIX)/share/man/man8/$$t.8 && \
		[ ! -e tools/$$t/$$t.bash ] || \
		install -D -m 644 tools/$$t/$$t.bash \
			$(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$t || exit 1; \
	done
	$(Q)for k in $(KERNELS); do \
		release=$$(cat $(B)/kernels/$$k/release); \
		for ko in $(B)/modules/$$k/*.ko; do \
			install -D -m 644 $$ko \
				$(DESTDIR)/lib/modules/$$release/updates/$${ko##*/} || exit 1; \
		done; \
		[ ! -e $(DESTDIR)/lib/modules/$$release/modules.order ] || \
			/sbin/depmod -b $(DESTDIR)/ $$release; \
	done
