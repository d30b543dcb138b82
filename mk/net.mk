# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/net: the Ethernet segment of its networks, with the sanitizers of the unit tests.

segment-objects := $(patsubst tests/%.c,$(B)/obj/tests/%.o,$(wildcard tests/net/segment/*.c))
$(call write-if-changed,$(B)/objects-ohba-segment,$(segment-objects))

$(B)/tests/ohba-segment: $(segment-objects) $(B)/objects-ohba-segment
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(san-flags) -o $@ $(filter %.o,$^)

unit check-tests: $(B)/tests/ohba-segment

-include $(segment-objects:.o=.d)

.PHONY: check-net
check-net: ## all of the tests of an adapter with a network of its own (ARGS= for pytest)
	$(Q)mk/fetch --index $(absent)
	$(Q)$(MAKE) $(jobs) all
	$(Q)OHBA_LONG=1 $(MAKE) check-tests ARGS="$(or $(ARGS),tests/net)"
