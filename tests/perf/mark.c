// SPDX-License-Identifier: GPL-2.0-or-later
/* Set a mark for the plugin that counts instructions (insns.c). */
#include "mark.h"

#define TEXT_(...)	".byte " #__VA_ARGS__
#define TEXT(...)	TEXT_(__VA_ARGS__)

int main(void)
{
	__asm__ volatile(TEXT(OHBA_MARK_BYTES));
	return 0;
}
