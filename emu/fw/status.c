// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and meanings of the error table (ohba_status.h). */
#include "adapter.h"

const char *ohba_status_name(enum ohba_status status)
{
	switch (status) {
#define STATUS_NAME(code, name, meaning, cause, remedy) \
	case OHBA_ST_##name: return #name;
	OHBA_STATUS_TABLE(STATUS_NAME)
	}
	return "UNKNOWN";
}

const char *ohba_status_meaning(enum ohba_status status)
{
	switch (status) {
#define STATUS_MEANING(code, name, meaning, cause, remedy) \
	case OHBA_ST_##name: return meaning;
	OHBA_STATUS_TABLE(STATUS_MEANING)
	}
	return "unknown status";
}

bool ohba_status_known(enum ohba_status status)
{
	switch (status) {
#define STATUS_KNOWN(code, name, meaning, cause, remedy) case OHBA_ST_##name:
	OHBA_STATUS_TABLE(STATUS_KNOWN)
		return true;
	}
	return false;
}
