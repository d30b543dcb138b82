/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One PCI function and its way to memory. Whoever plays the device fills in
 * shim_device; it sees memory only through shim_dma(), as behind an IOMMU.
 */
#ifndef SHIM_PCI_H
#define SHIM_PCI_H

#include "sched.h"

/* --- what the test plays ---------------------------------------------------- */

struct shim_device {
	u32 (*read)(u32 reg);
	void (*write)(u32 reg, u32 val);
	u32 bar_len;
	unsigned int vectors;		/* MSI-X vectors that it has */
	bool present;
	const char *refuse;		/* a step of bring-up that the PCI core refuses */
	bool (*uses)(u64 addr);		/* it may still access what was mapped there */
};

extern struct shim_device shim_device;

/* What @addr is to the device: NULL unless all of @len is mapped and it may master. */
void *shim_dma(u64 addr, size_t len);
/* Whether a mapping of that kind begins at @addr. */
unsigned int shim_dma_live(void);
/* Whether something of this memory is mapped. */
bool shim_dma_maps(const void *mem, size_t len);
extern bool shim_bus_master;
/* Who else runs when coherent memory was just freed; NULL: nobody. */
extern void (*shim_dma_freed)(size_t len);
/* How often it was turned off: nothing of before can be written to after that. */
extern unsigned int shim_stops;

/* --- what the driver sees ------------------------------------------------------ */

#define SHIM_ATTRS	8

struct device {
	void *drvdata;
	struct device *parent;
	bool is_session;
	bool registered;
	struct device_attribute *attr[SHIM_ATTRS];	/* in its folder */
};

#define device_is_registered(dev)	((dev)->registered)

struct attribute {
	const char *name;
	umode_t mode;
};

struct kobject;

struct attribute_group {
	umode_t (*is_visible)(struct kobject *kobj, struct attribute *attr, int i);
	struct attribute **attrs;
};

/* A device is its own kobject. */
#define kobj_to_dev(kobj)	((struct device *)(kobj))

struct device_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr, char *buf);
	ssize_t (*store)(struct device *dev, struct device_attribute *attr, const char *buf,
			 size_t count);
};

#define DEVICE_ATTR_MODE(name, mode) \
	struct device_attribute dev_attr_##name = { { #name, mode }, name##_show, name##_store }
#define DEVICE_ATTR_ADMIN_RO(name) \
	struct device_attribute dev_attr_##name = { { #name, 0400 }, name##_show, NULL }
#define DEVICE_ATTR_RW(name)		DEVICE_ATTR_MODE(name, 0644)
#define DEVICE_ATTR_ADMIN_RW(name)	DEVICE_ATTR_MODE(name, 0600)
/* It goes with the device. */
int device_create_file(struct device *dev, struct device_attribute *attr);
/* As from a file; it must be there. */
ssize_t shim_attr_show(struct device *dev, const char *name, char *buf);
ssize_t shim_attr_store(struct device *dev, const char *name, const char *text);

typedef unsigned int pci_channel_state_t, pci_ers_result_t;
enum { pci_channel_io_normal, pci_channel_io_frozen, pci_channel_io_perm_failure };
enum { PCI_ERS_RESULT_NEED_RESET, PCI_ERS_RESULT_DISCONNECT, PCI_ERS_RESULT_RECOVERED };

struct pci_dev {
	struct device dev;
	bool enabled, requested, mapped;
	unsigned int vectors;
};

struct pci_device_id { u32 vendor, device; };
#define PCI_DEVICE(v, d)	.vendor = (v), .device = (d)

struct pci_error_handlers {
	pci_ers_result_t (*error_detected)(struct pci_dev *pdev, pci_channel_state_t state);
	pci_ers_result_t (*slot_reset)(struct pci_dev *pdev);
	void (*resume)(struct pci_dev *pdev);
	void (*reset_prepare)(struct pci_dev *pdev);
	void (*reset_done)(struct pci_dev *pdev);
};

struct dev_pm_ops {
	int (*suspend)(struct device *dev);
	int (*resume)(struct device *dev);
};
#define DEFINE_SIMPLE_DEV_PM_OPS(name, s, r) \
	const struct dev_pm_ops name = { .suspend = (s), .resume = (r) }
#define pm_sleep_ptr(p)	(p)

struct pci_driver {
	const char *name;
	const struct pci_device_id *id_table;
	int (*probe)(struct pci_dev *pdev, const struct pci_device_id *id);
	void (*remove)(struct pci_dev *pdev);
	void (*shutdown)(struct pci_dev *pdev);
	const struct pci_error_handlers *err_handler;
	struct { const struct dev_pm_ops *pm; } driver;
};

/* The driver that is registered, or NULL. */
extern struct pci_driver *shim_driver;
int pci_register_driver(struct pci_driver *driver);
void pci_unregister_driver(struct pci_driver *driver);

#define dev_get_drvdata(d)	((d)->drvdata)
#define pci_get_drvdata(p)	((p)->dev.drvdata)
#define pci_set_drvdata(p, d)	((p)->dev.drvdata = (d))
#define pci_name(p)		((void)(p), "0000:00:04.0")
#define dev_name(d)		((void)(d), "0000:00:04.0")
#define pci_resource_len(p, bar)	((void)(p), (resource_size_t)shim_device.bar_len)
#define pci_device_is_present(p)	((void)(p), shim_device.present)

int pci_enable_device_mem(struct pci_dev *pdev);
void pci_disable_device(struct pci_dev *pdev);
int pci_request_mem_regions(struct pci_dev *pdev, const char *name);
void pci_release_mem_regions(struct pci_dev *pdev);
void *pci_ioremap_bar(struct pci_dev *pdev, int bar);
void iounmap(void *regs);
void pci_set_master(struct pci_dev *pdev);
void pci_clear_master(struct pci_dev *pdev);

struct pci_saved_state { bool bus_master; };
void pci_save_state(struct pci_dev *pdev);
void pci_restore_state(struct pci_dev *pdev);
struct pci_saved_state *pci_store_saved_state(struct pci_dev *pdev);
int pci_load_saved_state(struct pci_dev *pdev, struct pci_saved_state *state);

u32 readl(const void *addr);
void writel(u32 val, void *addr);
/* usleep_range() may sleep longer than asked: a slow device costs few turns. */
#define readl_poll_timeout(addr, val, cond, sleep_us, timeout_us) ({		\
	u64 end_ = shim_now_us + (timeout_us);					\
	u64 step_ = max((u64)(sleep_us), (u64)(timeout_us) / 16);		\
										\
	shim_might_sleep("readl_poll_timeout()");				\
	while ((val) = readl(addr), !(cond) && shim_now_us < end_)		\
		shim_sleep_us(step_);						\
	(cond) ? 0 : -ETIMEDOUT;						\
})

/* --- vectors --------------------------------------------------------------------- */

struct irq_affinity { unsigned int pre_vectors; };
#define PCI_IRQ_MSIX		1
#define PCI_IRQ_AFFINITY	2
int pci_alloc_irq_vectors_affinity(struct pci_dev *pdev, unsigned int min, unsigned int max,
				   unsigned int flags, struct irq_affinity *affinity);
void pci_free_irq_vectors(struct pci_dev *pdev);
#define pci_irq_vector(p, n)	((void)(p), (int)(n))
extern bool shim_no_affinity;	/* there was no memory for the vectors' */
#define pci_irq_get_affinity(p, n)	((void)(p), (void)(n), !shim_no_affinity)
int pci_request_irq(struct pci_dev *pdev, unsigned int n, irq_handler_t handler,
		    irq_handler_t thread_fn, void *data, const char *fmt, ...) __printf(6, 7);
#define pci_free_irq(p, n, data)	((void)(p), shim_irq_free(n, data))

/* --- DMA ---------------------------------------------------------------------------- */

enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_NONE };
#define DMA_BIT_MASK(n)		UINT64_MAX
int dma_set_mask_and_coherent(struct device *dev, u64 mask);
void *dma_alloc_coherent(struct device *dev, size_t len, dma_addr_t *addr, gfp_t gfp);
void dma_free_coherent(struct device *dev, size_t len, void *mem, dma_addr_t addr);
dma_addr_t dma_map_single(struct device *dev, void *mem, size_t len,
			  enum dma_data_direction dir);
void dma_unmap_single(struct device *dev, dma_addr_t addr, size_t len,
		      enum dma_data_direction dir);
#define dma_mapping_error(dev, addr)	((void)(dev), !(addr))

struct scatterlist {
	void *mem;
	u32 len;
	dma_addr_t dma;
	bool last;
};
#define sg_next(sg)		((sg)->last ? NULL : (sg) + 1)
#define sg_dma_address(sg)	((sg)->dma)
#define sg_dma_len(sg)		((sg)->len)

#endif /* SHIM_PCI_H */
