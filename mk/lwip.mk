# SPDX-License-Identifier: GPL-2.0-or-later
#
# lwIP, from the pinned Debian source package or LWIP_SRC, compiled into the firmware
# with the options of emu/fw/wire/lwipopts.h. LWIP_SRC is a tree that has src/core.

lwip-src   := $(or $(LWIP_SRC),$(B)/lwip-src)
lwip-names := init def inet_chksum ip mem memp netif pbuf stats tcp tcp_in tcp_out timeouts \
	ipv4/icmp ipv4/ip4 ipv4/ip4_addr ipv6/icmp6 ipv6/inet6 ipv6/ip6 ipv6/ip6_addr ipv6/nd6
lwip-cflags := -std=gnu11 -fPIC -Iemu/fw/wire -isystem $(lwip-src)/src/include

$(B)/lwip-src/.unpacked: mk/versions mk/fetch
	$(call say,UNPACK,$(@D))
	$(Q)mk/fetch lwip
	$(Q)rm -rf $(@D)
	$(Q)dpkg-source -q --no-check --no-copy -x \
		$(B)/downloads/lwip_$$(mk/fetch --get lwip source | sed 's/.*[=:]//').dsc $(@D)
	$(Q)touch $@
