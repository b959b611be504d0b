# Processes, known by their arguments: a number alone may have passed to another process.
# shellcheck shell=bash

# True if a process is a program, one of whose arguments is as given.
runs() {
    local args=() arg
    [[ "$1" =~ ^[0-9]+$ ]] || return 1
    { mapfile -d '' -t args <"/proc/$1/cmdline"; } 2>/dev/null || return 1
    [ "${args[0]:-}" ] && [ "${args[0]##*/}" = "$2" ] || return 1
    for arg in "${args[@]:1}"; do
        [ "$arg" != "$3" ] || return 0
    done
    return 1
}

# The processes that are a program, one of whose arguments is as given.
all_that_run() {
    local process
    for process in /proc/[0-9]*; do
        ! runs "${process##*/}" "$1" "$2" || echo "${process##*/}"
    done
}

# Ends a process that is a program with the argument, by force after some seconds, and waits until it is gone.
end() {
    local pid="$1" program="$2" argument="$3" patience="$4"
    runs "$pid" "$program" "$argument" || return 0
    kill -TERM "$pid" || true
    if ! gone_within "$patience" "$pid" "$program" "$argument"; then
        say "$program ($pid) does not end; killing it"
        kill -KILL "$pid" || true
        gone_within 10 "$pid" "$program" "$argument" || fail "$program ($pid) cannot be killed"
    fi
}

gone_within() {
    local deadline=$((SECONDS + $1))
    while runs "$2" "$3" "$4"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# The processes that a process started and that live.
children() {
    cat "/proc/$1/task/"*/children 2>/dev/null || true
}
