// SPDX-License-Identifier: GPL-2.0-or-later
/* The PCI core, DMA mapping (pci.h). */
#include "shim.h"

#define MAPS_MAX	1024
#define DMA_BASE	0x100000000ull
#define DMA_GAP		0x1000		/* between mappings, which belongs to nobody */

struct map {
	void *mem;
	dma_addr_t addr;
	size_t len;
	bool coherent;
	enum dma_data_direction dir;
};

struct shim_device shim_device;
struct pci_driver *shim_driver;
bool shim_bus_master;
unsigned int shim_stops;

static struct map maps[MAPS_MAX];
static unsigned int nmaps;
static dma_addr_t dma_next = DMA_BASE;

/* --- DMA --------------------------------------------------------------------- */

static dma_addr_t map_add(void *mem, size_t len, bool coherent, enum dma_data_direction dir)
{
	dma_addr_t addr = dma_next;

	shim_check(nmaps < MAPS_MAX, "too many DMA mappings");
	shim_check(len, "a DMA mapping of nothing");
	maps[nmaps++] = (struct map) { mem, addr, len, coherent, dir };
	dma_next += ALIGN(len, 0x1000ul) + DMA_GAP;
	return addr;
}

static void map_remove(dma_addr_t addr, size_t len, bool coherent, enum dma_data_direction dir)
{
	unsigned int i;

	for (i = 0; i < nmaps && maps[i].addr != addr; i++)
		;
	shim_check(i < nmaps, "DMA address 0x%llx is unmapped, and was not mapped",
		   (unsigned long long)addr);
	shim_check(maps[i].len == len && maps[i].coherent == coherent && maps[i].dir == dir,
		   "a DMA mapping of %zu bytes ends as one of %zu", maps[i].len, len);
	shim_check(coherent || !shim_device.uses || !shim_device.uses(addr),
		   "a buffer is unmapped that the device has");
	maps[i] = maps[--nmaps];
	if (!nmaps)
		dma_next = DMA_BASE;
}

bool shim_dma_maps(const void *mem, size_t len)
{
	const char *from = mem;
	unsigned int i;

	for (i = 0; i < nmaps; i++)
		if ((char *)maps[i].mem < from + len &&
		    (char *)maps[i].mem + maps[i].len > from)
			return true;
	return false;
}

unsigned int shim_dma_live(void)
{
	return nmaps;
}

void *shim_dma(u64 addr, size_t len)
{
	unsigned int i;

	if (!shim_bus_master)
		return NULL;
	for (i = 0; i < nmaps; i++)
		if (addr >= maps[i].addr && addr - maps[i].addr <= maps[i].len &&
		    len <= maps[i].len - (addr - maps[i].addr))
			return (char *)maps[i].mem + (addr - maps[i].addr);
	return NULL;
}

void *dma_alloc_coherent(struct device *dev, size_t len, dma_addr_t *addr, gfp_t gfp)
{
	void *mem = shim_alloc_allowed(gfp) ? calloc(1, len) : NULL;

	(void)dev;
	if (mem)
		*addr = map_add(mem, len, true, DMA_BIDIRECTIONAL);
	return mem;
}

void (*shim_dma_freed)(size_t len);

void dma_free_coherent(struct device *dev, size_t len, void *mem, dma_addr_t addr)
{
	(void)dev;
	map_remove(addr, len, true, DMA_BIDIRECTIONAL);
	free(mem);
	if (shim_dma_freed)
		shim_dma_freed(len);
}

dma_addr_t dma_map_single(struct device *dev, void *mem, size_t len,
			  enum dma_data_direction dir)
{
	(void)dev;
	return shim_alloc_allowed(0) ? map_add(mem, len, false, dir) : 0;
}

void dma_unmap_single(struct device *dev, dma_addr_t addr, size_t len,
		      enum dma_data_direction dir)
{
	(void)dev;
	map_remove(addr, len, false, dir);
}

/* --- bring-up ------------------------------------------------------------------- */

static int refused(const char *step, int err)
{
	return shim_device.refuse && !strcmp(shim_device.refuse, step) ? err : 0;
}

int pci_enable_device_mem(struct pci_dev *pdev)
{
	int err = refused("enable", -EINVAL);

	shim_check(!pdev->enabled, "the device is enabled twice");
	pdev->enabled = !err;
	return err;
}

void pci_disable_device(struct pci_dev *pdev)
{
	shim_check(pdev->enabled && !pdev->requested, "the device is disabled out of order");
	pdev->enabled = false;
	shim_bus_master = false;
}

int pci_request_mem_regions(struct pci_dev *pdev, const char *name)
{
	int err = refused("regions", -EBUSY);

	(void)name;
	shim_check(pdev->enabled && !pdev->requested, "BARs are requested out of order");
	pdev->requested = !err;
	return err;
}

void pci_release_mem_regions(struct pci_dev *pdev)
{
	shim_check(pdev->requested && !pdev->mapped, "BARs are released out of order");
	pdev->requested = false;
}

int dma_set_mask_and_coherent(struct device *dev, u64 mask)
{
	(void)dev;
	(void)mask;
	return refused("mask", -EIO);
}

static char bar[0x4000];	/* for its addresses only */
static struct pci_dev *bar_owner;

void *pci_ioremap_bar(struct pci_dev *pdev, int n)
{
	(void)n;
	if (refused("map", -ENOMEM))
		return NULL;
	shim_check(pdev->requested && !pdev->mapped, "a BAR is mapped out of order");
	pdev->mapped = true;
	bar_owner = pdev;
	return bar;
}

void iounmap(void *regs)
{
	shim_check(regs == bar && bar_owner->mapped, "a BAR is unmapped twice");
	bar_owner->mapped = false;
}

static u32 bar_offset(const void *addr)
{
	size_t off = (const char *)addr - bar;

	shim_check(bar_owner->mapped && off < shim_device.bar_len && off % 4 == 0,
		   "a register access goes astray: offset 0x%zx", off);
	return off;
}

u32 readl(const void *addr)
{
	return shim_device.read(bar_offset(addr));
}

void writel(u32 val, void *addr)
{
	shim_device.write(bar_offset(addr), val);
}

void pci_set_master(struct pci_dev *pdev)
{
	(void)pdev;
	shim_bus_master = true;
}

void pci_clear_master(struct pci_dev *pdev)
{
	(void)pdev;
	shim_bus_master = false;
	shim_stops++;
}

static struct pci_saved_state saved;

void pci_save_state(struct pci_dev *pdev)
{
	(void)pdev;
	saved.bus_master = shim_bus_master;
}

void pci_restore_state(struct pci_dev *pdev)
{
	(void)pdev;
	shim_bus_master = saved.bus_master;
}

struct pci_saved_state *pci_store_saved_state(struct pci_dev *pdev)
{
	(void)pdev;
	return kmemdup(&saved, sizeof(saved), GFP_KERNEL);
}

int pci_load_saved_state(struct pci_dev *pdev, struct pci_saved_state *state)
{
	(void)pdev;
	saved = *state;
	return 0;
}

/* --- vectors ------------------------------------------------------------------------ */

bool shim_no_affinity;

int pci_alloc_irq_vectors_affinity(struct pci_dev *pdev, unsigned int lowest,
				   unsigned int highest, unsigned int flags,
				   struct irq_affinity *affinity)
{
	unsigned int n = min(highest, shim_device.vectors);

	(void)flags;
	(void)affinity;
	shim_check(!pdev->vectors, "vectors are allocated twice");
	if (n < lowest || refused("vectors", 1))
		return -ENOSPC;
	pdev->vectors = n;
	return n;
}

void pci_free_irq_vectors(struct pci_dev *pdev)
{
	shim_check(pdev->vectors && !shim_irqs_requested(), "vectors are freed out of order");
	pdev->vectors = 0;
}

int pci_request_irq(struct pci_dev *pdev, unsigned int n, irq_handler_t handler,
		    irq_handler_t thread_fn, void *data, const char *fmt, ...)
{
	(void)fmt;
	shim_check(n < pdev->vectors, "vector %u of %u is requested", n, pdev->vectors);
	if (!shim_alloc_allowed(GFP_KERNEL))
		return -ENOMEM;
	return shim_irq_request(n, handler, thread_fn, data);
}

/* --- the driver ------------------------------------------------------------------------ */

int pci_register_driver(struct pci_driver *driver)
{
	shim_check(!shim_driver, "two drivers");
	shim_driver = driver;
	return 0;
}

void pci_unregister_driver(struct pci_driver *driver)
{
	shim_check(shim_driver == driver, "another driver is unregistered");
	shim_driver = NULL;
}

int device_create_file(struct device *dev, struct device_attribute *attr)
{
	int i = 0;

	if (!shim_alloc_allowed(GFP_KERNEL))
		return -ENOMEM;
	while (i < SHIM_ATTRS && dev->attr[i])
		i++;
	shim_check(i < SHIM_ATTRS, "a device has more files than the shim");
	dev->attr[i] = attr;
	return 0;
}

static struct device_attribute *find_attr(struct device *dev, const char *name)
{
	int i;

	for (i = 0; i < SHIM_ATTRS && dev->attr[i]; i++)
		if (!strcmp(dev->attr[i]->attr.name, name))
			return dev->attr[i];
	shim_fail("a device has no file %s", name);
}

ssize_t shim_attr_show(struct device *dev, const char *name, char *buf)
{
	struct device_attribute *attr = find_attr(dev, name);

	return attr->show(dev, attr, buf);
}

ssize_t shim_attr_store(struct device *dev, const char *name, const char *text)
{
	struct device_attribute *attr = find_attr(dev, name);

	return attr->store(dev, attr, text, strlen(text));
}
