# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzing and coverage, with clang. tests/fuzz/fuzz_NAME.c are harnesses: over the
# firmware and the harness of the unit tests, but for fuzz_driver and fuzz_uip. What is
# measured is the firmware, the protocol code, the driver, and the helper.

FUZZ_CC      := clang
FUZZ_SECONDS ?= 60
COVERAGE_MIN ?= 85

fuzz-names   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-bins    := $(fuzz-names:%=$(B)/fuzz/fuzz_%)
seeds-source := $(wildcard tests/fuzz/seeds*.c)
fuzz-mains   := $(fuzz-names:%=tests/fuzz/fuzz_%.c) tests/fuzz/replay.c $(seeds-source) \
	tests/fuzz/driver_flash.c
fuzz-shared  := $(fw-sources) $(filter-out $(fuzz-mains),$(wildcard tests/fuzz/*.c)) \
	$(filter-out $(unit-names:%=tests/unit/%.c),$(wildcard tests/unit/*.c))
fuzz-cflags  := $(fw-cflags) -Itests/unit -Itests/fuzz -g
fuzz-san     := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -O1
fuzz-libs    := -lcmocka $(fw-libs)

# Over the firmware, all but these.
fuzz-others  := %_driver %_uip

fuzz-objects := $(fuzz-shared:%.c=$(B)/fuzz/obj/%.o) $(lwip-names:%=$(B)/fuzz/obj/lwip/%.o)
$(call write-if-changed,$(B)/fuzz/objects,$(fuzz-objects))

# Before anything is built.
ifneq ($(filter fuzz,$(MAKECMDGOALS)),)
$(if $(filter $(FUZZ),$(fuzz-names)),,$(error \
	FUZZ="$(FUZZ)": say which: make fuzz FUZZ=<$(subst $() ,|,$(strip $(fuzz-names)))>))
endif

.PHONY: fuzz check-fuzz
fuzz: $(fuzz-bins) ## fuzz one harness: FUZZ=driver|flash|guest|log|login|pdu|rules|target|uip|wire FUZZ_SECONDS=60
	$(Q)mk/fuzz $(FUZZ_SECONDS) $(FUZZ)

check-fuzz: $(fuzz-bins) $(B)/fuzz/seeds ## fuzz all harnesses, each FUZZ_SECONDS (60) of a processor
	$(Q)mk/fuzz $(FUZZ_SECONDS) $(fuzz-names)

# The driver is built over a kernel of its own (mk/driver.mk), without the firmware.
fuzz-driver-objects := $(driver-shared:%.c=$(B)/fuzz/obj/%.o) $(B)/fuzz/obj/tests/fuzz/fuzz.o \
	$(B)/fuzz/obj/tests/fuzz/driver_flash.o

# The helper is built without the firmware, too.
fuzz-uip-objects := $(uip-testable:%.c=$(B)/fuzz/obj/%.o)

$(B)/fuzz/fuzz_driver: $(fuzz-driver-objects) $(B)/driver/objects
$(B)/fuzz/fuzz_uip: $(fuzz-uip-objects)
$(filter-out $(fuzz-others),$(fuzz-bins)): $(fuzz-objects) $(B)/fuzz/objects
$(fuzz-bins): $(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%.o
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) $(fuzz-san) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(fuzz-libs)

# A fuzzer has nothing to learn from the harness of the unit tests. Nor from the
# operands of comparisons: inputs are legal to begin with, and it costs a fifth.
fuzz-edges := -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp

over-shim := $(filter-out tests/unit/%,$(driver-shared)) tests/fuzz/fuzz_driver.c \
	tests/fuzz/driver_flash.c
$(over-shim:%.c=$(B)/fuzz/obj/%.o): flags-of-it := $(driver-cflags) -Itests/fuzz -g
$(over-shim:%.c=$(B)/fuzz/obj/%.o): $(driver-include)/.made
flags-of-it := $(fuzz-cflags)

of-wire := $(wildcard emu/fw/wire/*.c) $(lwip-tests)
$(of-wire:%.c=$(B)/fuzz/obj/%.o): flags-of-it := $(fuzz-cflags) $(lwip-cflags)
$(of-wire:%.c=$(B)/fuzz/obj/%.o): $(lwip-src)/.unpacked

of-uip := $(filter-out uip/proto/%,$(uip-testable)) tests/fuzz/fuzz_uip.c
$(of-uip:%.c=$(B)/fuzz/obj/%.o): flags-of-it := $(uip-cflags) -Itests/fuzz -g

# It overlays packets, which lie anywhere, with structs. Its warnings are not for us.
$(B)/fuzz/obj/lwip/%.o: $(lwip-src)/.unpacked mk/fuzz.mk mk/lwip.mk emu/fw/wire/lwipopts.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(lwip-cflags) -w -g $(fuzz-san) -fno-sanitize=alignment $(fuzz-edges) \
		-MMD -MP -c -o $@ $(lwip-src)/src/core/$*.c

$(B)/fuzz/obj/%.o: %.c mk/fuzz.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(flags-of-it) $(fuzz-san) \
		$(if $(filter tests/unit/% tests/driver/%,$<),,$(fuzz-edges)) -MMD -MP -c -o $@ $<

# The seeds in tests/fuzz/corpus, after a change of an input's language.
.PHONY: fuzz-seeds
fuzz-seeds: $(B)/fuzz/seeds
	$(Q)$< tests/fuzz/corpus

$(B)/fuzz/seeds: $(seeds-source) tests/fuzz/seeds.h $(wildcard tests/fuzz/*_ops.h) mk/fuzz.mk
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(fuzz-cflags) -o $@ $(seeds-source)

# Those of them that are of real targets' PDUs: a session with each, captured anew.
.PHONY: fuzz-captured
fuzz-captured: qemu modules tools target
	$(Q)$(pytest) tests/guest/test_wire.py
	$(Q)cp -r build/guest/test_wire/seeds/. tests/fuzz/corpus

# --- coverage: the unit tests, and the harnesses over their corpora ---

# One has a part of the firmware of its own, the other asks the sanitizer.
cov-left-out := test_footprint test_driver_footprint
cov-dir      := $(B)/coverage
cov-flags    := -O1 -fprofile-instr-generate -fcoverage-mapping
cov-objects  := $(fuzz-shared:%.c=$(cov-dir)/obj/%.o) $(lwip-names:%=$(cov-dir)/obj/lwip/%.o)
cov-units    := $(patsubst %,$(cov-dir)/bin/%,$(filter-out $(cov-left-out),$(unit-names)))
cov-fuzzers  := $(fuzz-names:%=$(cov-dir)/bin/fuzz_%)
cov-drivers  := $(patsubst %,$(cov-dir)/bin/%,$(filter-out $(cov-left-out),$(driver-names)))
cov-protos   := $(proto-names:%=$(cov-dir)/bin/%)
cov-uips     := $(patsubst %,$(cov-dir)/bin/%,$(filter-out test_net_loop,$(uip-names)))
cov-uip-objects := $(uip-testable:%.c=$(cov-dir)/obj/%.o)

.PHONY: coverage
coverage: $(cov-units) $(cov-protos) $(cov-drivers) $(cov-uips) $(cov-fuzzers) ## line coverage of firmware, protocol code, driver, helper (COVERAGE_MIN=85)
	$(Q)low=; \
	mk/coverage $(cov-dir)/firmware $(COVERAGE_MIN) "emu/fw uip/proto" $(cov-units) $(cov-protos) \
		$(filter-out $(fuzz-others),$(cov-fuzzers)) || low=1; \
	mk/coverage $(cov-dir)/driver $(COVERAGE_MIN) "drivers/common drivers/hba" $(cov-drivers) \
		$(filter %_driver,$(cov-fuzzers)) || low=1; \
	mk/coverage $(cov-dir)/helper $(COVERAGE_MIN) "uip/net uip/addr.c" $(cov-uips) \
		$(filter %_uip,$(cov-fuzzers)) || low=1; \
	[ -z "$$low" ]

$(cov-units): $(cov-dir)/bin/%: $(cov-dir)/obj/tests/unit/%.o
$(cov-fuzzers): $(cov-dir)/bin/%: $(cov-dir)/obj/tests/fuzz/%.o $(cov-dir)/obj/tests/fuzz/replay.o
$(cov-drivers): $(cov-dir)/bin/%: $(cov-dir)/obj/tests/driver/%.o
$(cov-protos): $(cov-dir)/bin/%: $(cov-dir)/obj/tests/proto/%.o
$(cov-protos): $(proto-shared:%.c=$(cov-dir)/obj/%.o)
$(cov-uips): $(cov-dir)/bin/%: $(cov-dir)/obj/tests/uip/%.o
$(cov-uips): $(uip-bench:%.c=$(cov-dir)/obj/%.o)
$(cov-uips) $(cov-dir)/bin/fuzz_uip: $(cov-uip-objects)
$(uip-helpers:%=$(cov-dir)/bin/%): $(uip-privileged:%=$(cov-dir)/obj/%.o)
$(cov-units) $(filter-out $(fuzz-others),$(cov-fuzzers)): $(cov-objects) $(B)/fuzz/objects
$(cov-drivers) $(cov-dir)/bin/fuzz_driver: $(driver-shared:%.c=$(cov-dir)/obj/%.o) $(B)/driver/objects
$(cov-dir)/bin/fuzz_driver: $(cov-dir)/obj/tests/fuzz/fuzz.o \
		$(cov-dir)/obj/tests/fuzz/driver_flash.o
$(cov-units) $(cov-protos) $(cov-drivers) $(cov-uips) $(cov-fuzzers):
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(cov-flags) -o $@ $(filter %.o,$^) $(fuzz-libs)

cov-over-shim := $(over-shim:%.c=$(cov-dir)/obj/%.o) $(driver-names:%=$(cov-dir)/obj/tests/driver/%.o)
$(cov-over-shim): flags-of-it := $(driver-cflags) -Itests/fuzz -g
$(cov-over-shim): $(driver-include)/.made

$(of-wire:%.c=$(cov-dir)/obj/%.o): flags-of-it := $(fuzz-cflags) $(lwip-cflags)
$(of-wire:%.c=$(cov-dir)/obj/%.o): $(lwip-src)/.unpacked

cov-of-uip := $(of-uip) $(uip-privileged:%=%.c) $(wildcard tests/uip/*.c)
$(cov-of-uip:%.c=$(cov-dir)/obj/%.o): flags-of-it := $(uip-cflags) -Itests/fuzz -g

cov-of-proto := $(wildcard tests/proto/*.c)
$(cov-of-proto:%.c=$(cov-dir)/obj/%.o): flags-of-it := $(fuzz-cflags) -Itests/proto

# Only what is measured is instrumented.
$(cov-dir)/obj/lwip/%.o: $(lwip-src)/.unpacked mk/fuzz.mk mk/lwip.mk emu/fw/wire/lwipopts.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(lwip-cflags) -w -O1 -MMD -MP -c -o $@ $(lwip-src)/src/core/$*.c

$(cov-dir)/obj/tests/%.o: tests/%.c mk/fuzz.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(flags-of-it) -O1 -MMD -MP -c -o $@ $<

$(cov-dir)/obj/%.o: %.c mk/fuzz.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(flags-of-it) $(cov-flags) -MMD -MP -c -o $@ $<

.SECONDARY: $(fuzz-names:%=$(B)/fuzz/obj/tests/fuzz/fuzz_%.o) $(cov-objects) \
	$(fuzz-driver-objects) $(fuzz-uip-objects) $(cov-over-shim) \
	$(unit-names:%=$(cov-dir)/obj/tests/unit/%.o) $(cov-dir)/obj/tests/fuzz/replay.o \
	$(fuzz-names:%=$(cov-dir)/obj/tests/fuzz/fuzz_%.o)
-include $(fuzz-objects:.o=.d) $(cov-objects:.o=.d) \
	$(fuzz-driver-objects:.o=.d) $(fuzz-uip-objects:.o=.d) $(cov-over-shim:.o=.d) \
	$(cov-of-uip:%.c=$(cov-dir)/obj/%.d) $(cov-of-proto:%.c=$(cov-dir)/obj/%.d) \
	$(fuzz-names:%=$(B)/fuzz/obj/tests/fuzz/fuzz_%.d) \
	$(fuzz-names:%=$(cov-dir)/obj/tests/fuzz/fuzz_%.d) \
	$(unit-names:%=$(cov-dir)/obj/tests/unit/%.d) $(cov-dir)/obj/tests/fuzz/replay.d
