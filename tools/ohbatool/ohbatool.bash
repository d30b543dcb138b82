# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for ohbatool
_ohbatool() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words
	case $prev in
	-o|--output) words="text json markdown" ;;
	explain) words=$(ohbatool -o json explain 2>/dev/null |
			sed -n 's/.*"name": "\([A-Z0-9_]*\)".*/\1/p') ;;
	*) words="list explain --output --help" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _ohbatool ohbatool
