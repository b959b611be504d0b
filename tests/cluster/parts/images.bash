# The images of the private cluster. None comes from a registry.
# shellcheck shell=bash

readonly pause_image=docker.io/eve-test/pause:1 busybox_image=docker.io/eve-test/busybox:1

# Imports an image that `docker save` wrote: a file, or standard input.
import() {
    is_up || fail "no private cluster is up"
    containers images import "$1"
}

# Makes an image of a folder, and imports it.
import_folder() {
    local code=0 work
    is_up || fail "no private cluster is up"
    work="$(mktemp -d)"
    make_image "$@" >"$work/image.tar" || code=$?
    ((code != 0)) || containers images import "$work/image.tar" || code=$?
    rm -rf "$work"
    return "$code"
}

images() {
    is_up || fail "no private cluster is up"
    containers images list --quiet | { grep -v '^sha256:' || true; }
}

# Imports the images that are there from the start.
import_first() {
    local work="$dir/settings/images" busybox
    busybox="$(realpath "$(command -v busybox)")"
    ! ldd "$busybox" >/dev/null 2>&1 || fail "$busybox is not static: install busybox-static"
    mkdir -p "$work"/{pause,busybox/{etc,root,tmp,usr/bin,var}}
    cp "$(home_of programs)/pause" "$work/pause/pause"
    make_image "$pause_image" "$work/pause" /pause | containers images import - >/dev/null

    # Its links name the place where it is here: /usr/bin or /bin.
    "$busybox" --install -s "$work/busybox/usr/bin"
    cp --remove-destination "$busybox" "$work/busybox/usr/bin/busybox"
    ln -s usr/bin "$work/busybox/bin"
    ln -s usr/bin "$work/busybox/sbin"
    chmod 1777 "$work/busybox/tmp"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$work/busybox/etc/passwd"
    echo 'root:x:0:' >"$work/busybox/etc/group"
    make_image "$busybox_image" "$work/busybox" | containers images import - >/dev/null
    rm -rf "$work"
}

make_image() {
    "$(home_of programs)/image" "$@"
}

# Asks the private cluster's containerd.
containers() {
    ctr --address "$dir/containerd.sock" --namespace k8s.io "$@"
}
