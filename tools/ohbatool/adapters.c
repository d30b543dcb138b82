// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding adapters: libpci for the functions, sysfs for what the kernel made of them. */
#include <dirent.h>
#include <errno.h>
#include <pci/pci.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ohba_regs.h"
#include "ohbatool.h"

static const struct {
	unsigned int device;
	const char *class;
} classes[] = {
	{ OHBA_PCI_DEVICE_FW, "fw" },
	{ OHBA_PCI_DEVICE_CONN, "conn" },
	{ OHBA_PCI_DEVICE_TOE, "toe" },
};

static const char *class_of(const struct pci_dev *dev)
{
	size_t i;

	if (dev->vendor_id != OHBA_PCI_VENDOR)
		return NULL;
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (dev->device_id == classes[i].device)
			return classes[i].class;
	return NULL;
}

/* The last part of a symbolic link's target, or "". */
static void link_name(const char *path, char *buf, size_t len)
{
	char target[512];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *name;

	buf[0] = '\0';
	if (n <= 0)
		return;
	target[n] = '\0';
	name = strrchr(target, '/');
	snprintf(buf, len, "%.*s", (int)len - 1, name ? name + 1 : target);
}

/* The first line of a small file, or "". */
static void file_line(const char *path, char *buf, int len)
{
	FILE *f = fopen(path, "r");

	buf[0] = '\0';
	if (!f)
		return;
	if (fgets(buf, len, f))
		buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

static void find_host(const char *dir, char *buf, size_t len)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	buf[0] = '\0';
	if (!d)
		return;
	while ((e = readdir(d)))
		if (!strncmp(e->d_name, "host", 4)) {
			snprintf(buf, len, "%.*s", (int)len - 1, e->d_name);
			break;
		}
	closedir(d);
}

void adapter_read_sysfs(const char *sysfs, struct adapter *a)
{
	char path[512], proc_name[32];

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/driver", sysfs, a->pci);
	link_name(path, a->driver, sizeof(a->driver));
	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", sysfs, a->pci);
	find_host(path, a->host, sizeof(a->host));
	if (!a->host[0])
		return;
	snprintf(path, sizeof(path), "%s/class/iscsi_host/%s/hwaddress", sysfs, a->host);
	file_line(path, a->mac, sizeof(a->mac));
	snprintf(path, sizeof(path), "%s/class/scsi_host/%s/proc_name", sysfs, a->host);
	file_line(path, proc_name, sizeof(proc_name));
	/* How open-iscsi names the iface that it makes for an offload host. */
	if (a->mac[0] && proc_name[0])
		snprintf(a->iface, sizeof(a->iface), "%.20s.%s.ipv4.0", proc_name, a->mac);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct adapter *)a)->pci, ((const struct adapter *)b)->pci);
}

static int add(struct adapter **list, int n, const struct pci_dev *dev, const char *class)
{
	struct adapter *grown = realloc(*list, (n + 1) * sizeof(**list));

	if (!grown)
		return -1;
	*list = grown;
	memset(&grown[n], 0, sizeof(grown[n]));
	snprintf(grown[n].pci, sizeof(grown[n].pci), "%04x:%02x:%02x.%u",
		 (unsigned int)dev->domain, dev->bus, dev->dev, dev->func & 7u);
	snprintf(grown[n].class, sizeof(grown[n].class), "%s", class);
	return n + 1;
}

int adapters_find(const char *sysfs, struct adapter **out)
{
	struct pci_access *access = pci_alloc();
	struct pci_dev *dev;
	const char *class;
	int i, n = 0;

	*out = NULL;
	pci_init(access);
	pci_scan_bus(access);
	for (dev = access->devices; dev && n >= 0; dev = dev->next) {
		pci_fill_info(dev, PCI_FILL_IDENT);
		class = class_of(dev);
		if (class)
			n = add(out, n, dev, class);
	}
	pci_cleanup(access);
	if (n < 0) {
		free(*out);
		*out = NULL;
		errno = ENOMEM;
		return -1;
	}
	if (n)
		qsort(*out, n, sizeof(**out), compare);
	for (i = 0; i < n; i++)
		adapter_read_sysfs(sysfs, &(*out)[i]);
	return n;
}

static bool is_named(const struct adapter *a, const char *name)
{
	static const char domain[] = "0000:";
	const size_t len = sizeof(domain) - 1;

	return !strcmp(a->pci, name) || !strcmp(a->host, name) ||
	       (!strncmp(a->pci, domain, len) && !strcmp(a->pci + len, name));
}

const struct adapter *adapter_named(const struct adapter *list, int n, const char *name)
{
	int i;

	/* One that has no host has an empty one. */
	for (i = 0; *name && i < n; i++)
		if (is_named(&list[i], name))
			return &list[i];
	return NULL;
}
