"""What a shell reads once, so that it asks `fidesdev` at every Tab.

The program answers when the variable `_FIDESDEV_COMPLETE` names the shell. A first line `file` asks
for the shell's own file names; `value` heads one value a line: for zsh and fish with a tab and what
is told about it, for bash as it has to be inserted.
"""

from __future__ import annotations

BASH = r"""# bash completion for fidesdev; in ~/.bashrc:  eval "$(fidesdev completion bash)"
_fidesdev() {
    local line kind=
    COMPREPLY=()
    while IFS= read -r line; do
        if [ -z "$kind" ]; then kind=$line; else COMPREPLY+=("$line"); fi
    done < <(_FIDESDEV_COMPLETE=bash COMP_WORDBREAKS="$COMP_WORDBREAKS" \
        "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    [ "$kind" = file ] || compopt +o default 2>/dev/null
    case ${COMPREPLY[0]-} in *[:=@]) compopt -o nospace 2>/dev/null ;; esac
}
complete -o default -o nosort -F _fidesdev fidesdev 2>/dev/null ||
    complete -o default -F _fidesdev fidesdev
"""
ZSH = r"""#compdef fidesdev
# zsh completion for fidesdev; in ~/.zshrc, after compinit:  eval "$(fidesdev completion zsh)"
_fidesdev() {
    local -a lines values shown open
    local line kind
    lines=("${(@f)$(_FIDESDEV_COMPLETE=zsh "${(Q)words[1]}" "${(@Q)words[1,CURRENT-1]}" \
        "${(Q)PREFIX}" 2>/dev/null)}")
    kind=$lines[1]
    for line in "${(@)lines[2,-1]}"; do
        if [[ ${line%%$'\t'*} == *[:=@] ]]; then
            open+=("${line%%$'\t'*}")
        else
            values+=("${line%%$'\t'*}")
            shown+=("${line#*$'\t'}")
        fi
    done
    if [[ $kind == file ]]; then
        _files
        return
    fi
    (( $#open )) && compadd -V open -S '' -a open
    (( $#values )) && compadd -V values -l -d shown -a values
}
if [ "$funcstack[1]" = "_fidesdev" ]; then
    _fidesdev "$@"
else
    compdef _fidesdev fidesdev
fi
"""
FISH = r"""# fish completion for fidesdev:
#   fidesdev completion fish > ~/.config/fish/completions/fidesdev.fish
function __fidesdev_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l lines (env _FIDESDEV_COMPLETE=fish $words[1] $words "$typed" 2>/dev/null)
    if test "$lines[1]" = file
        __fish_complete_path "$typed"
    else if set -q lines[2]
        printf '%s\n' $lines[2..-1]
    end
end
complete --command fidesdev --no-files --keep-order --arguments '(__fidesdev_complete)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
INSTALL = {
    "bash": "put 'eval \"$(fidesdev completion bash)\"' into ~/.bashrc",
    "zsh": "put 'eval \"$(fidesdev completion zsh)\"' into ~/.zshrc, after compinit",
    "fish": "fidesdev completion fish > ~/.config/fish/completions/fidesdev.fish",
}
