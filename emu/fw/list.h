/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intrusive doubly linked lists: no allocation, O(1) removal from whatever
 * list a node is in. A node of zeroed memory is in no list.
 */
#ifndef OHBA_LIST_H
#define OHBA_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct ohba_list {
	struct ohba_list *next, *prev;
};

#define ohba_container(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

static inline void ohba_list_init(struct ohba_list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool ohba_list_empty(const struct ohba_list *head)
{
	return head->next == head;
}

static inline bool ohba_list_linked(const struct ohba_list *node)
{
	return node->next;
}

static inline void ohba_list_insert(struct ohba_list *node, struct ohba_list *prev,
				    struct ohba_list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void ohba_list_append(struct ohba_list *head, struct ohba_list *node)
{
	ohba_list_insert(node, head->prev, head);
}

static inline void ohba_list_prepend(struct ohba_list *head, struct ohba_list *node)
{
	ohba_list_insert(node, head, head->next);
}

/* No-op for a node that is in no list. */
static inline void ohba_list_del(struct ohba_list *node)
{
	if (!node->next)
		return;
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = NULL;
	node->prev = NULL;
}

/* The first node, or NULL. */
static inline struct ohba_list *ohba_list_first(const struct ohba_list *head)
{
	return ohba_list_empty(head) ? NULL : head->next;
}

/* Walk; @node may be removed from the list by the body. */
#define ohba_list_for_each(node, tmp, head) \
	for ((node) = (head)->next, (tmp) = (node)->next; (node) != (head); \
	     (node) = (tmp), (tmp) = (node)->next)

#endif /* OHBA_LIST_H */
