# The private engine.
# shellcheck shell=bash

dir="${EVE_TEST_DOCKER_DIR:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/eve/test-docker}"
dir="$(realpath -m -- "$dir")"
readonly dir private_host="unix://$dir/sock"

# Finds the private engine, or starts it.
private_up() {
    [ "$EUID" = 0 ] || fail "no engine is up, and only root can start a private one"
    check_length
    mkdir -p "$dir"
    lock
    if engine_pid >/dev/null; then
        await "$(engine_pid)" || fail "the engine does not answer; \`engine down\` ends it"
        return
    fi
    ensure_programs
    refuse_strangers
    clear_remains
    bridges_down
    bridge_up
    if ! start_alone; then
        clear_remains
        bridges_down
        exit 1
    fi
    say "started a private engine in $dir"
}

# Starts the private engine that was killed, with what it left.
private_again() {
    local pid
    [ -e "$dir/config.json" ] || fail "no engine was started in $dir"
    lock
    pid="$(engine_pid)" || true
    gone_within 30 "$pid" dockerd "--pidfile=$dir/pid" || fail "the engine in $dir runs"
    refuse_strangers
    bridge="$(own_bridges | awk '/^eve-test/ && !found++')"
    [ "$bridge" ] || fail "the engine in $dir was ended with all that it held"
    # Where nobody waits for what ends without a parent, a killed process keeps its number, and the
    # engine would take it for alive.
    rm -f "$dir/pid"
    [ "$(all_that_run containerd "$dir/exec/containerd/containerd.toml")" ] ||
        rm -f "$dir/exec/containerd/containerd.pid"
    start_alone || exit 1
    say "started the engine in $dir again"
}

# Ends the private engine. Its images stay for the next one.
private_down() {
    local pid
    [ -d "$dir" ] || return 0
    lock
    if pid="$(engine_pid)"; then
        ! answers "$private_host" || empty_engine
        # Its own patience with containers is 15 s.
        end "$pid" dockerd "--pidfile=$dir/pid" 60
        say "ended the private engine in $dir"
    fi
    refuse_strangers
    clear_remains
    bridges_down
}

private_purge() {
    [ -d "$dir" ] || return 0
    [ ! -e "$dir/data" ] || [ -e "$dir/config.json" ] || fail "no engine was started in $dir: its data stay"
    rm -rf --one-file-system "$dir/data"
    rm -f "$dir/log" "$dir/config.json"
}

# One `up` or `down` at a time.
lock() {
    exec 9>"$dir/lock"
    flock --timeout 600 9 || fail "another one holds $dir/lock"
}

# The process of the private engine, if it lives. One that starts has no pid file yet.
engine_pid() {
    local pid
    pid="$(cat "$dir/pid" 2>/dev/null || true)"
    runs "$pid" dockerd "--pidfile=$dir/pid" || pid="$(all_that_run dockerd "--pidfile=$dir/pid" | head -n 1)"
    [ -n "$pid" ] && echo "$pid"
}

# The longest socket of an engine has to fit into an address. containerd takes 104 bytes of its 108.
check_length() {
    local LC_ALL=C longest="$dir/exec/containerd/containerd.sock.ttrpc"
    ((${#longest} <= 104)) ||
        fail "$dir is too long for the sockets below it: ${#dir} bytes, at most $((104 - ${#longest} + ${#dir}))." \
            "Set EVE_TEST_DOCKER_DIR."
}

# An engine that answers and whose process is not seen was started in another PID namespace.
refuse_strangers() {
    ! answers "$private_host" ||
        fail "$dir/sock answers, and its process is not to be seen: end it where it was started," \
            "or set EVE_TEST_DOCKER_DIR"
}

# Starts the engine, one at a time on this machine: two that start make and flush the same chains.
start_alone() {
    local code=0
    { exec 8>/run/eve-test-docker.lock && flock --timeout 600 8; } || {
        say "/run/eve-test-docker.lock cannot be had"
        return 1
    }
    keeping_rules start || code=$?
    exec 8>&-
    if ((code != 0)); then
        say "the engine did not come up; the end of $dir/log:"
        tail -n 20 "$dir/log"
    fi
    return "$code"
}

# Starts the engine and waits until it answers. It has nothing of the caller's: no open file, no
# folder, no terminal. The system's own daemon.json is not for it, and neither is a namespace of
# another engine in a containerd that they share.
start() {
    echo '{}' >"$dir/config.json"
    (
        cd /
        umask 022
        for fd in /proc/self/fd/*; do
            ((${fd##*/} <= 2)) || eval "exec ${fd##*/}>&-"
        done
        exec setsid dockerd "--config-file=$dir/config.json" "--pidfile=$dir/pid" \
            "--data-root=$dir/data" "--exec-root=$dir/exec" -H "$private_host" "--bridge=$bridge" \
            "--containerd-namespace=$bridge" "--containerd-plugins-namespace=$bridge-plugins" \
            </dev/null >>"$dir/log" 2>&1
    ) &
    await $!
}

# Waits until the engine answers, as long as its process lives.
await() {
    local deadline=$((SECONDS + 60))
    until answers "$private_host"; do
        kill -0 "$1" 2>/dev/null && ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}

# Removes what an engine leaves behind that was killed: its processes, mounts and files.
clear_remains() {
    local pid child point
    for pid in $(all_that_run dockerd "--pidfile=$dir/pid"); do
        end "$pid" dockerd "--pidfile=$dir/pid" 20
    done
    for pid in $(all_that_run containerd "$dir/exec/containerd/containerd.toml"); do
        end "$pid" containerd "$dir/exec/containerd/containerd.toml" 20
    done
    for pid in $(all_that_run containerd-shim-runc-v2 "$dir/exec/containerd/containerd.sock"); do
        for child in $(children "$pid"); do
            kill -KILL "$child" || true
        done
        end "$pid" containerd-shim-runc-v2 "$dir/exec/containerd/containerd.sock" 5
    done
    while read -r point; do
        umount "$point" || umount --lazy "$point"
    done < <(mounts_below)
    rm -rf --one-file-system "$dir/exec"
    rm -f "$dir/pid" "$dir/sock"
}

# The mounts below the folder, the innermost first.
mounts_below() {
    local point
    while read -r _ _ _ _ point _; do
        point="$(printf '%b' "$point")"
        [[ "$point" != "$dir"/* ]] || echo "$point"
    done </proc/self/mountinfo | tac
}
