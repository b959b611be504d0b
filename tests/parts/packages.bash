# The programs that an engine or a cluster of the tests needs.
# shellcheck shell=bash
#
# The script that reads this sets `programs`: each program, a colon and its Debian package.

# Installs the programs that are missing on a system like Debian, and says elsewhere which they are.
ensure_programs() {
    local missing=()
    mapfile -t missing < <(missing_programs)
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || fail "missing, and there is no apt-get to install it: ${missing[*]%%:*}"
    say "missing: ${missing[*]%%:*}; installing ${missing[*]##*:}"
    install_packages "${missing[@]##*:}"
    mapfile -t missing < <(missing_programs)
    ((${#missing[@]} == 0)) || fail "still missing after the installation: ${missing[*]%%:*}"
}

missing_programs() {
    local program
    for program in "${programs[@]}"; do
        command -v "${program%%:*}" >/dev/null || echo "$program"
    done
}

# A package that brings a service starts it at once, unless the policy forbids it. That would be an
# engine that nobody asked for.
install_packages() (
    readonly policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet </dev/null || say "the list of packages is not fresh"
    apt-get install --quiet --yes --no-install-recommends "$@" </dev/null
)
