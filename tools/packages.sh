#!/bin/sh
# Installs the Debian packages that tests and benchmarks need, where apt is available. A package counts as installed if
# a program of its name exists; `package:file` names another program or file to look for.
set -eu
PATIENCE=600 # seconds

# Runs apt-get, and waits while another package manager is at work, as in the first minutes of a cloud machine. apt itself
# waits for dpkg's lock alone: on those of its lists and its downloads it gives up at once.
patient() {
    waited=0
    while ! complaint=$(LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout="$PATIENCE" "$@" 2>&1); do
        case "$complaint" in
            *"Could not get lock"* | *"Unable to acquire"* | *"Unable to lock"*) ;;
            *) waited="$PATIENCE" ;; # nothing to wait for
        esac
        if [ "$waited" -ge "$PATIENCE" ]; then
            echo "$complaint" >&2
            return 1
        fi
        test "$waited" -gt 0 || echo "Another package manager is at work; waiting ..." >&2
        sleep 5
        waited=$((waited + 5))
    done
}

missing=""
for wanted in "$@"; do
    package="${wanted%%:*}"
    sign="${wanted#*:}"
    command -v "$sign" >/dev/null 2>&1 || test -e "/usr/sbin/$sign" || test -e "$sign" || missing="$missing $package"
done
test -z "$missing" && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing$missing ..." >&2
    # shellcheck disable=SC2086
    patient update && patient install -y $missing && exit 0
fi
echo "Needed, and not found:$missing. Install the packages of these names (as root: apt-get install$missing)." >&2
exit 1
