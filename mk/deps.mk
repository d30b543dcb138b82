# SPDX-License-Identifier: GPL-2.0-or-later

.PHONY: deps
deps: ## install the Debian packages listed in mk/packages (apt, sudo)
	$(Q)mk/deps
