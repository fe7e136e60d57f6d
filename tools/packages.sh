#!/bin/sh
# Programs that tests and benchmarks drive, by the names of their Debian packages: installed when missing, where apt is.
set -eu
missing=""
for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || test -x "/usr/sbin/$program" || missing="$missing $program"
done
test -z "$missing" && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing$missing ..." >&2
    # shellcheck disable=SC2086
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
fi
echo "Needed, and not found:$missing. Install the packages of these names (as root: apt-get install$missing)." >&2
exit 1
