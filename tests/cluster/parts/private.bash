# The private cluster.
# shellcheck shell=bash

dir="${EVE_TEST_CLUSTER_DIR:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/eve/test-cluster}"
dir="$(realpath -m -- "$dir")"
readonly dir private_config="$dir/config" mark="--eve-test-cluster=$dir"

# Finds the private cluster, or starts it.
private_up() {
    [ "$EUID" = 0 ] || fail "no cluster is up, and only root can start a private one"
    check_length
    mkdir -p "$dir"
    lock
    if node_pid >/dev/null && [ -e "$dir/ready" ]; then
        within 60 answers_or_ended || fail "the cluster does not answer; \`cluster down\` ends it"
        ! node_pid >/dev/null || return 0
    fi
    ensure_programs
    ensure_built
    refuse_strangers
    clear_remains
    rm -rf "$dir/log"
    mkdir "$dir/log"
    trap give_up EXIT
    start
    trap - EXIT
    say "started a private cluster in $dir"
}

# Ends the private cluster, with all that it holds. Its logs stay.
private_down() {
    local was_up=false
    [ -d "$dir" ] || return 0
    lock
    ! node_pid >/dev/null || was_up=true
    refuse_strangers
    clear_remains
    ! "$was_up" || say "ended the private cluster in $dir"
}

private_purge() {
    [ -d "$dir" ] || return 0
    rm -rf "$dir/log"
    rm -f "$dir/lock"
    rmdir "$dir" || say "$dir has files of somebody else: they stay"
}

# One `up` or `down` at a time.
lock() {
    exec 9>"$dir/lock"
    flock --timeout 1200 9 || fail "another one holds $dir/lock"
}

# The process that made the node's namespaces, if it lives.
node_pid() {
    all_that_run unshare "$mark" | grep . -m 1
}

answers_or_ended() {
    api_is_ready || ! node_pid
}

is_up() {
    [ -e "$dir/ready" ] && node_pid >/dev/null && api_is_ready
}

# True if the private cluster's API is ready.
api_is_ready() {
    local server
    server="$(awk '$1 == "server:" { print $2 }' "$private_config" 2>/dev/null)" || return 1
    curl --disable --silent --fail --noproxy '*' --max-time 5 --cacert "$dir/pki/authority.crt" \
        "$server/readyz" >/dev/null
}

# The longest socket has to fit into an address.
check_length() {
    local LC_ALL=C longest="$dir/containerd.sock.ttrpc"
    ((${#longest} <= 104)) ||
        fail "$dir is too long for the sockets below it: ${#dir} bytes, at most $((104 - ${#longest} + ${#dir}))." \
            "Set EVE_TEST_CLUSTER_DIR."
}

# A cluster that answers and whose process is not seen was started in another PID namespace.
refuse_strangers() {
    node_pid >/dev/null || ! api_is_ready ||
        fail "the cluster in $dir answers, and its process is not to be seen: end it where it was started," \
            "or set EVE_TEST_CLUSTER_DIR"
}

# What `start` has begun: the process of the node, and the one that imports images.
starting='' importing=''

# Starts the cluster and waits until all of it is there.
start() {
    run_node &
    starting=$!
    within 10 first_process "$starting"
    link_up "$(first_process "$starting")"
    echo "$place" >"$dir/place"
    groups_up "$place"
    write_settings
    within 30 containers version
    import_first &
    importing=$!
    within 120 api_is_ready
    kubectl apply --filename "$dir/settings/objects.yaml" >/dev/null
    within 60 kubectl wait --for=create --timeout=5s "node/$place"
    within 60 kubectl wait --for=condition=Ready --timeout=5s "node/$place"
    within 60 kubectl wait --for=create --timeout=5s serviceaccount/default
    within 60 dns_is_ready
    wait "$importing"
    : >"$dir/ready"
}

# Tells what went wrong, and leaves nothing. A signal may have come where nothing is told.
give_up() {
    trap - EXIT
    exec 1>&4 2>&4
    if [ "$importing" ]; then
        kill "$importing" 2>/dev/null || true
        wait "$importing" || true
    fi
    say "the cluster did not come up"
    show_logs
    clear_remains
    exit 1
}

# Runs the node in namespaces of its own. It has nothing of the caller's: no open file, no folder,
# no terminal.
run_node() {
    local kubernetes coredns own fd
    kubernetes="$(home_of kubernetes)"
    coredns="$(home_of coredns)"
    own="$(home_of programs)"
    cd /
    umask 022
    for fd in /proc/self/fd/*; do
        ((${fd##*/} <= 2)) || eval "exec ${fd##*/}>&-"
    done
    exec setsid unshare --net --mount --uts --pid --fork --kill-child --mount-proc \
        bash "$here/node" "$mark" "$built" "$kubernetes" "$coredns" "$own" </dev/null >>"$dir/log/node" 2>&1
}

# Waits until a command succeeds. A node that starts has to live, and all of it.
within() {
    local deadline=$((SECONDS + $1))
    until "${@:2}" >/dev/null 2>&1; do
        if ((SECONDS >= deadline)); then
            say "not within $1 s: ${*:2}"
            return 1
        fi
        [ -z "$starting" ] || kill -0 "$starting" 2>/dev/null || return 1
        [ -z "$starting" ] || ! grep -s 'ended with' "$dir/log/node" || return 1
        sleep 0.1
    done
}

# The first process in the namespaces that a process made.
first_process() {
    local child
    for child in $(children "$1"); do
        if runs "$child" bash "$mark"; then
            echo "$child"
            return
        fi
    done
    return 1
}

kubectl() {
    "$(home_of kubernetes)/kubectl" --kubeconfig "$private_config" "$@"
}

dns_is_ready() {
    curl --disable --silent --fail --noproxy '*' --max-time 5 "http://$net.0.2:8181/ready"
}

# Shows the end of the logs, and more of what ended.
show_logs() {
    local log
    for log in "$dir/log"/*; do
        say "the end of $log:"
        if grep -qs "^${log##*/} ended with" "$dir/log/node"; then
            tail -n 20 "$log"
        else
            tail -n 5 "$log"
        fi
    done
}

# Ends what runs, and removes what is left on the machine.
clear_remains() {
    local pid child
    for pid in $(all_that_run unshare "$mark"); do
        for child in $(children "$pid"); do
            end "$child" bash "$mark" 10
        done
        end "$pid" unshare "$mark" 10
    done
    for pid in $(all_that_run bash "$mark"); do
        end "$pid" bash "$mark" 10
    done
    place_down
    rm -rf --one-file-system "$dir"/{node,pki,settings,registries,volumes}
    rm -f "$dir"/{config,ready,containerd.sock,containerd.sock.ttrpc}
}
