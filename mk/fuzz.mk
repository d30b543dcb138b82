# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzing and coverage, with clang. tests/fuzz/fuzz_NAME.c are harnesses; the other
# files there and the harness of the unit tests are linked into each. What is
# measured is the firmware and the protocol code.

FUZZ_CC      := clang
FUZZ_SECONDS ?= 60
COVERAGE_MIN ?= 85

fuzz-names   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-bins    := $(fuzz-names:%=$(B)/fuzz/fuzz_%)
fuzz-mains   := $(fuzz-names:%=tests/fuzz/fuzz_%.c) tests/fuzz/replay.c tests/fuzz/seeds.c
fuzz-shared  := $(fw-sources) $(filter-out $(fuzz-mains),$(wildcard tests/fuzz/*.c)) \
	$(filter-out $(unit-names:%=tests/unit/%.c),$(wildcard tests/unit/*.c))
fuzz-cflags  := $(fw-cflags) -Itests/unit -Itests/fuzz -g
fuzz-san     := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -O1
fuzz-libs    := -lcmocka $(fw-libs)

fuzz-objects := $(fuzz-shared:%.c=$(B)/fuzz/obj/%.o)
$(call write-if-changed,$(B)/fuzz/objects,$(fuzz-objects))

.PHONY: fuzz check-fuzz
fuzz: $(fuzz-bins) ## fuzz one harness: FUZZ=guest|pdu|target FUZZ_SECONDS=60
	$(if $(FUZZ),,$(error say which: make fuzz FUZZ=<$(subst $() ,|,$(strip $(fuzz-names)))>))
	$(Q)mk/fuzz $(FUZZ_SECONDS) $(FUZZ)

check-fuzz: $(fuzz-bins) ## fuzz all harnesses at once for FUZZ_SECONDS (60)
	$(Q)mk/fuzz $(FUZZ_SECONDS) $(fuzz-names)

$(fuzz-bins): $(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%.o $(fuzz-objects) $(B)/fuzz/objects
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) $(fuzz-san) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(fuzz-libs)

# A fuzzer has nothing to learn from the harness of the unit tests. Nor from the
# operands of comparisons: inputs are legal to begin with, and it costs a fifth.
fuzz-edges := -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp

$(B)/fuzz/obj/%.o: %.c mk/fuzz.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(fuzz-cflags) $(fuzz-san) $(if $(filter tests/unit/%,$<),,$(fuzz-edges)) \
		-MMD -MP -c -o $@ $<

# The seeds in tests/fuzz/corpus, after a change of an input's language.
.PHONY: fuzz-seeds
fuzz-seeds: $(B)/fuzz/seeds
	$(Q)$< tests/fuzz/corpus

$(B)/fuzz/seeds: tests/fuzz/seeds.c $(wildcard tests/fuzz/*_ops.h) mk/fuzz.mk
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(fuzz-cflags) -o $@ $<

# --- coverage: the unit tests, and the harnesses over their corpora ---

cov-dir      := $(B)/coverage
cov-flags    := -O1 -fprofile-instr-generate -fcoverage-mapping
cov-objects  := $(fuzz-shared:%.c=$(cov-dir)/obj/%.o)
cov-units    := $(unit-names:%=$(cov-dir)/bin/%)
cov-fuzzers  := $(fuzz-names:%=$(cov-dir)/bin/fuzz_%)

.PHONY: coverage
coverage: $(cov-units) $(cov-fuzzers) ## line coverage of firmware and protocol code (COVERAGE_MIN=85)
	$(Q)mk/coverage $(cov-dir) $(COVERAGE_MIN) $(cov-units) $(cov-fuzzers)

$(cov-units): $(cov-dir)/bin/%: $(cov-dir)/obj/tests/unit/%.o
$(cov-fuzzers): $(cov-dir)/bin/%: $(cov-dir)/obj/tests/fuzz/%.o $(cov-dir)/obj/tests/fuzz/replay.o
$(cov-units) $(cov-fuzzers): $(cov-objects) $(B)/fuzz/objects
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(cov-flags) -o $@ $(filter %.o,$^) $(fuzz-libs)

# Only what is measured is instrumented.
$(cov-dir)/obj/tests/%.o: tests/%.c mk/fuzz.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(fuzz-cflags) -O1 -MMD -MP -c -o $@ $<

$(cov-dir)/obj/%.o: %.c mk/fuzz.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(fuzz-cflags) $(cov-flags) -MMD -MP -c -o $@ $<

.SECONDARY: $(fuzz-names:%=$(B)/fuzz/obj/tests/fuzz/fuzz_%.o) $(cov-objects) \
	$(unit-names:%=$(cov-dir)/obj/tests/unit/%.o) $(cov-dir)/obj/tests/fuzz/replay.o \
	$(fuzz-names:%=$(cov-dir)/obj/tests/fuzz/fuzz_%.o)
-include $(fuzz-objects:.o=.d) $(cov-objects:.o=.d) \
	$(fuzz-names:%=$(B)/fuzz/obj/tests/fuzz/fuzz_%.d) \
	$(fuzz-names:%=$(cov-dir)/obj/tests/fuzz/fuzz_%.d) \
	$(unit-names:%=$(cov-dir)/obj/tests/unit/%.d) $(cov-dir)/obj/tests/fuzz/replay.d
