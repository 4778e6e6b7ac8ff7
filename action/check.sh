#!/usr/bin/env bash
# Runs `fidesdev db check` on a pull request; the inputs are variables, as in action.yml.
set -euo pipefail

fidesdev=${FIDESDEV:-fidesdev}
against=${INPUT_AGAINST:-}

# A checkout of the last commit alone does not show where the branches parted.
if [[ $(git rev-parse --is-shallow-repository) == true ]]; then
    git fetch --quiet --no-tags --unshallow origin
fi
if [[ -z $against && -n ${GITHUB_BASE_REF:-} ]]; then
    against=origin/$GITHUB_BASE_REF
    git fetch --quiet --no-tags origin "+refs/heads/$GITHUB_BASE_REF:refs/remotes/$against"
fi

arguments=()
[[ -n $against ]] && arguments+=(--against "$against")
[[ -n ${INPUT_ONLY:-} ]] && arguments+=(--only "$INPUT_ONLY")
[[ ${INPUT_STRICT:-false} == true ]] && arguments+=(--strict)

if [[ -n ${INPUT_SARIF:-} ]]; then
    "$fidesdev" db check "${arguments[@]}" --output sarif > "$INPUT_SARIF" || (($? == 3))
fi
if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
    {
        echo '### fidesdev db check'
        echo '```text'
        "$fidesdev" --no-color db check "${arguments[@]}" || true
        echo '```'
    } >> "$GITHUB_STEP_SUMMARY"
fi
"$fidesdev" db check "${arguments[@]}" --output github
