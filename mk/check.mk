# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests, demonstration. tests/unit/test_*.c are programs; the other files there
# are linked into each. All run with the address and undefined sanitizers.

PYTHON     := /usr/bin/python3
unit-names := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
unit-bins  := $(unit-names:%=$(B)/tests/%)
harness    := $(patsubst %.c,$(B)/obj/%.o,\
	$(filter-out $(unit-names:%=tests/unit/%.c),$(wildcard tests/unit/*.c)))
$(call write-if-changed,$(B)/harness,$(harness))

.PHONY: unit
unit: $(unit-bins) ## build the unit tests into build/tests

$(unit-bins): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(harness) $(B)/fw-san/libohba-fw.a $(B)/harness
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(san-flags) -o $@ $(filter %.o %.a,$^) -lcmocka $(fw-libs)

# Those that look into lwIP.
lwip-tests := $(addprefix tests/unit/,pair.c test_wire.c test_wire_recovery.c test_wire_window.c)
$(lwip-tests:%.c=$(B)/obj/%.o): fw-cflags += $(lwip-cflags)

$(B)/obj/tests/%.o: tests/%.c mk/check.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(fw-cflags) -Itests/unit $(CFLAGS) $(san-flags) -MMD -MP -c -o $@ $<

.SECONDARY: $(unit-names:%=$(B)/obj/tests/unit/%.o)
-include $(harness:.o=.d) $(unit-names:%=$(B)/obj/tests/unit/%.d)

# As many jobs as processors, unless the caller said.
jobs := $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

# What is not fetched yet. Its index comes first, so that a single message says
# why there is none.
absent = $(if $(QEMU_SRC)$(wildcard $(qemu-src)/.unpacked),,qemu) $(foreach k,$(KERNELS),\
	$(if $(wildcard $(B)/kernels/$(k)/release),,kernel-$(k)))

.PHONY: check check-long check-unit check-tests
check: ## build everything, run every test but the longest
	$(Q)mk/fetch --index $(absent)
	$(Q)$(MAKE) $(jobs) all unit perf
	$(Q)$(MAKE) check-modules
	$(Q)$(MAKE) check-unit
	$(Q)$(MAKE) $(jobs) check-fuzz
	$(Q)$(MAKE) check-tests

check-long: ## what `make check` has no time for: 50 rounds of each kind, 1,000 faults, swap, 1,024 sessions, 900 offers, more of the rest
	$(Q)$(MAKE) $(jobs) all perf
	$(Q)OHBA_LONG=1 $(MAKE) check-tests ARGS="$(addprefix tests/guest/test_,rounds.py random_faults.py swap.py scale.py offers.py faults.py misbehaviour.py dma.py ends.py refusals.py \
		conformance.py flash_boot.py flash_session.py many_entries.py sessions.py) tests/perf/test_floors.py"

check-unit: $(unit-bins) ## run the unit tests
	$(Q)mk/unit-tests $^

# Nothing of a run is left in the checkout. As many files of tests side by side as
# there are processors, and memory for their guests; what is measured, alone.
pytest := PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -rfE --durations=12
side-by-side := -n $(shell n=$$(nproc); echo $$((n < 4 ? n : 4))) --dist loadfile
alone := tests/perf/test_bounds.py tests/perf/test_floors.py
check-tests: ## run tests/ with pytest (ARGS= for it)
	$(Q)$(pytest) $(or $(ARGS),$(side-by-side) $(alone:%=--ignore=%) tests)
	$(Q)$(if $(ARGS),,$(pytest) $(alone))

# Before anything is built for it.
ifneq ($(filter demo shell,$(MAKECMDGOALS)),)
$(if $(filter-out 1,$(words $(or $(NET),host)))$(filter-out host wire,$(NET)),\
	$(error NET=$(NET): host or wire))
endif

.PHONY: demo shell
demo shell: ## boot a guest that uses the adapter; shell: leave me at its prompt
	$(Q)$(MAKE) deps
	$(Q)mk/fetch --index $(absent)
	$(Q)$(MAKE) $(jobs) all
	$(Q)tests/demo $(if $(filter shell,$@),--shell) $(if $(NET),--net "$(NET)") $(ARGS)
