# The private cluster's place on this machine: addresses, a link and control groups of its own.
# shellcheck shell=bash
#
# Its node is a set of namespaces: network, mounts and processes. So nothing of it meets what else is
# on the machine, and all of it is gone with its first process. What the machine has of it is one
# end of a link, one route and one control group, all named like the link.
#
#   NET.0.1    this machine    NET.4.0/22      pods
#   NET.0.2    the node        NET.128.0/17    Services

# The networks that are tried. The last two are set aside for tests of networks.
readonly nets=(10.249 10.248 10.247 10.246 10.245 10.244 10.243 10.242 198.18 198.19)

# Makes the first link whose name and addresses are free, into the namespace of a process, and sets
# `place` to its name and `net` to the first half of its addresses. It belongs to the folder that
# its alias names.
link_up() {
    local number
    for number in {0..9}; do
        place="eve-node$number"
        net="${nets[number]}"
        ! ip -4 route show root "$net.0.0/16" | grep . >/dev/null || continue
        ! ip -4 route show match "$net.0.0/16" | grep -v '^default' >/dev/null || continue
        ip link add name "$place" type veth peer name eth0 netns "$1" 2>/dev/null || continue
        ip link set dev "$place" alias "$dir"
        ip address add "$net.0.1/24" dev "$place"
        ip link set dev "$place" up
        ip route add "$net.0.0/16" via "$net.0.2" dev "$place"
        return
    done
    fail "none of the links eve-node0 to eve-node9 can be made (see: ip link; ip route)"
}

# Removes the folder's links and the control groups that are named like them.
place_down() {
    local name
    command -v ip >/dev/null || return 0
    for name in $(own_links); do
        groups_down "$name"
        ip link delete dev "$name" 2>/dev/null || true
    done
    # The link goes with the namespace, and the groups stay.
    name="$(cat "$dir/place" 2>/dev/null || true)"
    [ -z "$name" ] || ip link show dev "$name" >/dev/null 2>&1 || groups_down "$name"
    rm -f "$dir/place"
}

own_links() {
    local line name
    ip -oneline link show type veth | while read -r line; do
        name="${line#*: }"
        name="${name%%[:@]*}"
        [[ "$line" != *" alias $dir" ]] || echo "$name"
    done
}

# Makes the control group that all pods' groups are in, for each controller or for all in one.
groups_up() {
    local root controller
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        for controller in cpu cpuset memory pids hugetlb; do
            { echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control; } 2>/dev/null || true
        done
        mkdir -p "/sys/fs/cgroup/$1"
        return
    fi
    for root in /sys/fs/cgroup/*/; do
        [ ! -e "$root/cgroup.procs" ] || [ -L "${root%/}" ] || mkdir -p "$root$1"
    done
}

# Removes control groups, the innermost first. A process that has just ended may still be in one.
groups_down() {
    local deadline=$((SECONDS + 10)) left
    while :; do
        left="$(find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$1" 2>/dev/null)"
        [ "$left" ] || return 0
        # shellcheck disable=SC2086 # one word each
        find $left -depth -type d -exec rmdir {} + 2>/dev/null || true
        ((SECONDS < deadline)) || break
        sleep 0.1
    done
    say "control groups stay: $left"
}
