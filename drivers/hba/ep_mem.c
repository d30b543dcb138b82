// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of endpoints. Some is kept: a login may be what the page waits for that
 * reclaim wants to write, and coherent memory of several pages is hard to get then.
 */
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "hba.h"

#define HBA_EPS_KEPT	8	/* sessions that may be in recovery at once */

static void *hba_ep_mem_alloc(gfp_t gfp, void *priv)
{
	struct hba *hba = priv;
	struct hba_ep *ep;

	ep = kzalloc(sizeof(*ep), gfp);
	if (!ep)
		return NULL;
	ep->hba = hba;
	ep->data = dma_alloc_coherent(hba->adapter->dev, sizeof(*ep->data),
				      &ep->data_addr, gfp);
	if (ep->data)
		return ep;
	kfree(ep);
	return NULL;
}

static void hba_ep_mem_free(void *element, void *priv)
{
	struct hba_ep *ep = element;
	struct hba *hba = priv;

	dma_free_coherent(hba->adapter->dev, sizeof(*ep->data), ep->data,
			  ep->data_addr);
	kfree(ep);
}

int hba_ep_mem_create(struct hba *hba)
{
	hba->ep_pool = mempool_create(min_t(u32, HBA_EPS_KEPT, hba->max_eps),
				      hba_ep_mem_alloc, hba_ep_mem_free, hba);
	return hba->ep_pool ? 0 : -ENOMEM;
}

/* No endpoint is left. May be called more than once. */
void hba_ep_mem_destroy(struct hba *hba)
{
	mempool_destroy(hba->ep_pool);
	hba->ep_pool = NULL;
}

/* As new, whoever had it before. */
static void hba_ep_mem_clear(struct hba_ep *ep)
{
	struct hba_ep_data *data = ep->data;
	dma_addr_t addr = ep->data_addr;
	struct hba *hba = ep->hba;

	memset(ep, 0, sizeof(*ep));
	memset(data, 0, sizeof(*data));
	ep->hba = hba;
	ep->data = data;
	ep->data_addr = addr;
}

/*
 * Return: zeroed but for hba, data and data_addr; or NULL. Does not wait long: the
 * class's netlink mutex is held, which whoever gives memory back may need.
 */
struct hba_ep *hba_ep_mem_get(struct hba *hba)
{
	struct hba_ep *ep;

	ep = mempool_alloc(hba->ep_pool, GFP_NOWAIT);
	if (!ep)
		ep = hba_ep_mem_alloc(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN,
				      hba);
	if (ep)
		hba_ep_mem_clear(ep);
	return ep;
}

/* Context: process. */
void hba_ep_mem_put(struct hba_ep *ep)
{
	mempool_free(ep, ep->hba->ep_pool);
}
