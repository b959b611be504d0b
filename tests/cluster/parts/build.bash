# The programs that are built from released Go modules, once, and kept.
# shellcheck shell=bash

built="$(realpath -m -- "${XDG_CACHE_HOME:-${HOME:?}/.cache}/eve/kubernetes")"
readonly built

# The folder of what a module here builds to. Another version, or another source, is another folder.
home_of() {
    local sum
    sum="$(cd "$here/$1" && find . -name 'go.*' -print0 -o -name '*.go' -print0 | sort -z | xargs -0 sha256sum | sha256sum)"
    echo "$built/$1-$(version_of "$1")-${sum:0:12}"
}

# The version of the release that a module pins.
version_of() {
    local module
    case "$1" in
        kubernetes) module=k8s.io/kubernetes ;;
        coredns) module=github.com/coredns/coredns ;;
        *)
            echo own
            return
            ;;
    esac
    awk -v module="$module" \
        '{ for (i = 1; i < NF; i++) if ($i == module && $(i + 1) ~ /^v/) { print $(i + 1); exit } }' "$here/$1/go.mod"
}

# Builds what is not built yet. It takes minutes, one at a time on this machine.
ensure_built() {
    local module
    mkdir -p "$built"
    for module in kubernetes coredns programs; do
        [ ! -d "$(home_of "$module")" ] || continue
        ensure_go "$module"
        exec 7>"$built/lock"
        flock --nonblock 7 || say "another one builds; waiting for it"
        flock --timeout 3600 7 || fail "another one holds $built/lock"
        [ -d "$(home_of "$module")" ] || build "$module"
        exec 7>&-
    done
}

ensure_go() {
    command -v go >/dev/null ||
        fail "go is missing, which builds Kubernetes: install Go $(wanted_go "$1") or newer (https://go.dev/dl)"
    (cd "$here/$1" && go version >/dev/null 2>&1) ||
        fail "$(cd / && go version) is too old to build Kubernetes:" \
            "install Go $(wanted_go "$1") or newer (https://go.dev/dl)"
}

wanted_go() {
    awk '$1 == "go" { print $2 }' "$here/$1/go.mod"
}

# Builds a module. What is interrupted leaves nothing that looks finished.
build() {
    local home version what minor flags code=0 began=$SECONDS work
    home="$(home_of "$1")"
    version="$(version_of "$1")"
    flags="-s -w"
    what=tool
    case "$1" in
        kubernetes)
            minor="${version#v*.}"
            flags+=" -X k8s.io/component-base/version.gitVersion=$version"
            flags+=" -X k8s.io/component-base/version.gitMajor=1"
            flags+=" -X k8s.io/component-base/version.gitMinor=${minor%%.*}"
            say "building Kubernetes $version, once: about 5 minutes on 2 cores"
            ;;
        coredns) say "building CoreDNS $version, once: about 2 minutes on 2 cores" ;;
        *)
            say "building small programs"
            what=./...
            ;;
    esac
    rm -rf "$built"/*.part
    work="$home.part"
    mkdir "$work"
    (
        cd "$here/$1"
        export CGO_ENABLED=0 GOFLAGS=-mod=readonly
        exec go build -v -buildvcs=false -trimpath -ldflags "$flags" -o "$work/" "$what"
    ) </dev/null >"$work/log" 2>&1 3>&- 4>&- 7>&- 9>&- &
    show_build $! "$work/log" "$began" || code=$?
    if ((code != 0)); then
        tail -n 20 "$work/log"
        rm -rf "$work"
        fail "$1 cannot be built"
    fi
    rm "$work/log"
    mv "$work" "$home"
    say "built $1 in $((SECONDS - began)) s"
}

# Tells every 15 s how far a build is, until it ends.
show_build() {
    local told=$3
    trap 'kill "$build" 2>/dev/null; exit 130' INT TERM
    build="$1"
    while kill -0 "$1" 2>/dev/null; do
        sleep 0.5
        if ((SECONDS - told >= 15)); then
            told=$SECONDS
            say "  $((SECONDS - $3)) s: $(grep -c / "$2" || true) packages compiled"
        fi
    done
    trap - INT TERM
    wait "$1"
}
