# The private engine's place in a network that another engine may be using.
# shellcheck shell=bash
#
# All engines of one machine take the bridge docker0 and the chains DOCKER and DOCKER-ISOLATION-*
# for their own: one that starts changes the first and flushes the others. So the private engine
# has a bridge of its own name and address, and the rules that its start flushes are put back.

# Makes the first bridge whose name and address are free, and sets `bridge` to its name.
# It belongs to the folder that its alias names.
bridge_up() {
    local number address
    for number in {0..9}; do
        bridge="eve-test$number"
        address="172.30.$((255 - number)).1"
        ! ip -4 route show match "$address" | grep -v '^default' >/dev/null || continue
        ip link add name "$bridge" type bridge 2>/dev/null || continue
        ip link set dev "$bridge" alias "$dir"
        ip address add "$address/24" dev "$bridge"
        ip link set dev "$bridge" up
        return
    done
    fail "none of the bridges eve-test0 to eve-test9 can be made (see: ip link; ip route)"
}

# Removes the folder's bridges, and the rules that name them.
bridges_down() {
    local name
    command -v ip >/dev/null || return 0
    for name in $(own_bridges); do
        ip link delete dev "$name" 2>/dev/null || true
        drop_rules "$name"
    done
}

# The bridges whose alias is the folder, and those of networks that a killed engine left.
own_bridges() {
    local line name left
    left="$(grep -aoE '\bbr-[0-9a-f]{12}\b' "$dir/data/network/files/local-kv.db" 2>/dev/null || true)"
    ip -oneline link show type bridge | while read -r line; do
        name="${line#*: }"
        name="${name%%:*}"
        if [[ "$line" == *" alias $dir" ]] || grep -qxF -- "$name" <<<"$left"; then
            echo "$name"
        fi
    done
}

# Removes the rules that name a bridge.
drop_rules() {
    local tool table
    for tool in iptables ip6tables; do
        for table in filter nat; do
            { rules "$tool" "$table" | grep -E " $1( |\$)" || true; } | sed 's/^-A/-D/' | change_rules "$tool" "$table"
        done
    done
}

# Runs a command that starts an engine, and puts back the rules that the start flushed.
keeping_rules() {
    local code=0 tool table before=()
    for tool in iptables ip6tables; do
        for table in filter nat; do
            before+=("$(engine_rules "$tool" "$table")")
        done
    done
    "$@" || code=$?
    for tool in iptables ip6tables; do
        for table in filter nat; do
            lost_rules "${before[0]}" "$tool" "$table" | tac | sed 's/^-A/-I/' | change_rules "$tool" "$table" ||
                say "$tool rules of another engine are lost"
            before=("${before[@]:1}")
        done
    done
    return "$code"
}

# The rules of a table, as the options that add them.
rules() {
    "$1-save" -t "$2" 2>/dev/null | grep '^-A' || true
}

# The rules of those chains that the start of an engine flushes.
engine_rules() {
    rules "$1" "$2" | grep -E '^-A DOCKER(-ISOLATION-STAGE-[12])? .' || true
}

# Those of the rules that are not there any more.
lost_rules() {
    grep -vxFf <(engine_rules "$2" "$3") <<<"$1" | grep . || true
}

# Applies lines of rules to a table, all or none.
change_rules() {
    local lines
    lines="$(cat)"
    [ -z "$lines" ] || printf '*%s\n%s\nCOMMIT\n' "$2" "$lines" | "$1-restore" --noflush --wait
}
