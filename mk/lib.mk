# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shared by the other fragments: quiet output, files that change only when
# their text does.

ifeq ($(V),)
Q   := @
say  = @printf '  %-8s %s\n' '$(1)' '$(2)'
else
Q   :=
say  = @:
endif

# Evaluated while make reads its files, so that a changed setting is seen as a
# changed prerequisite.
define write-if-changed
$(shell mkdir -p $(dir $(1)); \
	printf '%s\n' '$(2)' | cmp -s - $(1) || printf '%s\n' '$(2)' > $(1))
endef
