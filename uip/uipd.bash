# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for uipd

_uipd() {
	local cur=${COMP_WORDS[COMP_CWORD]} done= words
	case ${COMP_WORDS[COMP_CWORD-1]} in
	-d|--debug)
		[[ $cur == *,* ]] && done=${cur%,*},
		words=$(printf "$done%s " all dhcp genl login port resolve sandbox)
		;;
	*)
		words="--foreground --debug --no-login --check-config --help --version"
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _uipd uipd
