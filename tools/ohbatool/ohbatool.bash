# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for ohbatool

_ohbatool_errors() {
	"${COMP_WORDS[0]}" -o json explain 2>/dev/null |
		sed -n 's/.*"name": "\([A-Z0-9_]*\)".*/\1/p'
}

_ohbatool_adapters() {
	"${COMP_WORDS[0]}" -o json list 2>/dev/null | sed -n 's/.*"pci": "\([^"]*\)".*/\1/p'
}

# Options go anywhere, the command once, an error's name after explain, an adapter after
# discover, log, and flash with a verb, of which two take a file then.
_ohbatool() {
	local cur=${COMP_WORDS[COMP_CWORD]} command= verb= arguments=0 words= value= done= i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-o|--output) value=output; ((++i)) ;;
		-a|--account|-t|--timeout|-s|--since) value=number; ((++i)) ;;
		-c|--chap-algorithms) value=chap; ((++i)) ;;
		-*) ;;
		*)
			if [[ ! $command ]]; then command=${COMP_WORDS[i]}
			elif [[ $command == flash && ! $verb ]]; then verb=${COMP_WORDS[i]}
			else ((++arguments)); fi
			;;
		esac
	done
	if ((i > COMP_CWORD)); then	# the value of an option
		case $value in
		output) words="text json markdown" ;;
		chap)
			[[ $cur != *,* ]] || done=${cur%,*},
			words=$(printf "$done%s " md5 sha1 sha256 sha3-256)
			;;
		esac
	elif [[ $cur == -* ]]; then
		words="--output --help --version"
		[[ $command != discover ]] || words+=" --account --chap-algorithms --add --isns --timeout"
		[[ $command != log ]] || words+=" --erase --since"
		[[ $verb != dump ]] || words+=" --secrets"
		[[ $verb != erase ]] || words+=" --yes"
	elif [[ ! $command ]]; then
		words="list explain discover log flash"
	elif [[ $command == explain && $arguments == 0 ]]; then
		words=$(_ohbatool_errors) cur=${cur^^} cur=${cur#OHBA_ST_}
	elif [[ $command == flash && ! $verb ]]; then
		words="dump restore erase"
	elif [[ $verb == @(dump|restore) && $arguments == 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	elif [[ $command == @(discover|log|flash) && $arguments == 0 ]]; then
		words=$(_ohbatool_adapters)
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _ohbatool ohbatool
