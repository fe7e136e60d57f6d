#!/bin/sh
# What tests and benchmarks drive, by the names of Debian packages: installed when missing, where apt is. A package is
# there when a program of its name is; `package:file` names another sign of it.
set -eu
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
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
fi
echo "Needed, and not found:$missing. Install the packages of these names (as root: apt-get install$missing)." >&2
exit 1
