# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measuring: what users would pick instead, side by side; guest instructions per
# I/O, counted by a TCG plugin; the firmware library beside libiscsi in a process of
# its own.

perf-glib := $(shell pkg-config --cflags --libs glib-2.0 2>/dev/null)

.PHONY: perf
perf: $(addprefix $(B)/perf/,insns.so mark ohba-native ohba-target) qemu modules

$(B)/perf/insns.so: tests/perf/insns.c tests/perf/mark.h mk/perf.mk | qemu
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -Wall -Wextra -Wno-unused-parameter $(CFLAGS) -fPIC -shared \
		-I$(qemu-src)/include/qemu -o $@ $< $(perf-glib)

$(B)/perf/mark: tests/perf/mark.c tests/perf/mark.h mk/perf.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -o $@ $<

.PHONY: bench
bench: perf ## the adapter beside iscsi_tcp and virtio-scsi (ARGS=--quick)
	$(Q)tests/perf/bench $(ARGS)

.PHONY: bench-insns
bench-insns: perf ## guest instructions per I/O (ARGS= for tests/perf/insns)
	$(Q)tests/perf/insns $(or $(ARGS),--path ohba tcp virtio debug --rw randread randwrite --size 4k 64k)

# --- a target that is no brake: tests/scripted without sanitizers ---

fast-objects := $(patsubst tests/%.c,$(B)/perf/%.o,$(wildcard tests/scripted/*.c))

$(B)/perf/ohba-target: $(fast-objects) $(B)/fw/emu/fw/digest.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lisal

$(B)/perf/scripted/%.o: tests/scripted/%.c mk/perf.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(fw-cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(fast-objects:.o=.d)

# --- without a guest ---

native-objects := $(patsubst tests/perf/%.c,$(B)/perf/%.o,$(wildcard tests/perf/native/*.c))

$(B)/perf/ohba-native: $(native-objects) $(B)/fw/libohba-fw.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -liscsi $(fw-libs)

$(B)/perf/native/%.o: tests/perf/native/%.c mk/perf.mk mk/fw.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(fw-cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(native-objects:.o=.d)

.PHONY: bench-native
bench-native: $(B)/perf/ohba-native ## IOPS per core-second: firmware library, libiscsi (ARGS=)
	$(Q)tests/perf/bench-native $(ARGS)
