# What is asked of an engine through its API.
# shellcheck shell=bash

# True if an engine answers at a DOCKER_HOST value.
answers() {
    local place
    case "$1" in
        unix://*)
            [ -S "${1#unix://}" ] || return 1
            place=(--unix-socket "${1#unix://}" http://engine/_ping)
            ;;
        tcp://*) place=("http://${1#tcp://}/_ping") ;;
        *)
            say "only unix:// and tcp:// are understood, not $1"
            return 1
            ;;
    esac
    command -v curl >/dev/null || fail "curl is missing, which asks the engine at $1"
    [ "$(curl --disable --silent --fail --noproxy '*' --max-time 5 "${place[@]}")" = OK ]
}

# Sends a request to the private engine: a method and a path.
ask() {
    curl --disable --silent --show-error --fail --noproxy '*' --max-time 60 \
        --unix-socket "${private_host#unix://}" --request "$1" "http://engine$2"
}

# The values of a key in JSON, if they are plain words.
words_of() {
    grep -oE "\"$1\":\"[A-Za-z0-9_.-]+\"" | cut -d '"' -f 4 || true
}

# Removes what tests left in the private engine: containers, networks and volumes, but no images.
empty_engine() {
    local id
    for id in $(ask GET '/containers/json?all=1' | words_of Id); do
        ask DELETE "/containers/$id?force=1&v=1" || say "container $id stays"
    done
    ask POST /networks/prune >/dev/null || say "networks stay"
    for id in $(ask GET /volumes | words_of Name); do
        ask DELETE "/volumes/$id?force=1" || say "volume $id stays"
    done
}
