#!/usr/bin/env bash
# Installs what the tests and the demo need, on Debian 12 or alike, as root or with sudo, and only
# what is missing:
#   - Orthanc with its DICOMweb and PostgreSQL plugins, PostgreSQL, nginx, DCMTK, dicom3tools,
#     plastimatch, Node.js, the login server Glewlwyd, and the libraries of Qt and VTK, by apt-get;
#     no service of these is started, and none that was not there before is enabled;
#   - a virtual environment in .venv/test, from Testing/requirements.txt.
# The second time it only looks, which takes well under a second.
#
#   bash Testing/install.sh       installs
#   . Testing/install.sh          installs, and sets ORTHANCCONNECT_PYTHON to the environment's Python

# What must be there and the package that brings it.
orthancconnect_missing_packages() {
    local wanted=(
        /usr/sbin/Orthanc=orthanc
        /usr/share/orthanc/plugins/libOrthancDicomWeb.so=orthanc-dicomweb
        /usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so=orthanc-postgresql
        /usr/sbin/nginx=nginx-light
        /usr/lib/nginx/modules/ngx_stream_module.so=libnginx-mod-stream
        /usr/bin/pg_lsclusters=postgresql
        /usr/bin/storescp=dcmtk
        /usr/bin/openssl=openssl
        /usr/bin/dciodvfy=dicom3tools
        /usr/bin/plastimatch=plastimatch
        /usr/bin/glewlwyd=glewlwyd
        /usr/bin/node=nodejs
        /usr/sbin/debootstrap=debootstrap
        /usr/bin/cmake=cmake
        /usr/bin/ninja=ninja-build
        /usr/sbin/nft=nftables
        /bin/ip=iproute2
        /usr/bin/Xvfb=xvfb
        /usr/bin/xauth=xauth
        /usr/bin/fc-list=fontconfig
        /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf=fonts-dejavu-core
        /etc/ssl/certs/ca-certificates.crt=ca-certificates
    )
    local libraries=(
        libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1 libglib2.0-0 libx11-6 libx11-xcb1
        libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
        libxcb-render-util0 libxcb-shape0 libxcb-xfixes0 libxcb-xkb1 libxkbcommon-x11-0
        libxkbcommon0 libxrender1
    )
    local entry package
    for entry in "${wanted[@]}"; do
        [ -e "${entry%%=*}" ] || echo "${entry##*=}"
    done
    for package in "${libraries[@]}"; do
        dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' \
            || echo "$package"
    done
    [ -n "$(orthancconnect_base_python)" ] || printf '%s\n' python3 python3-venv
}

# A Python that slicer-core has wheels for and that can make virtual environments; the system's own
# before others.
orthancconnect_base_python() {
    local candidate
    for candidate in /usr/bin/python3 python3 python3.13 python3.12 python3.11 python3.10; do
        if "$candidate" -I -c 'import ensurepip, sys, venv
sys.exit(not (3, 10) <= sys.version_info < (3, 14))' >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
}

orthancconnect_as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs packages while Debian's policy-rc.d forbids every service to start; takes the policy away
# again, and disables the services that these packages brought.
orthancconnect_apt() {
    local policy=/usr/sbin/policy-rc.d ours="" package status=0
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300)
    if [ ! -e "$policy" ]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' | orthancconnect_as_root tee "$policy" >/dev/null \
            && orthancconnect_as_root chmod 755 "$policy" || return 1
        trap 'orthancconnect_as_root rm -f /usr/sbin/policy-rc.d; exit 130' INT TERM HUP
    fi
    { orthancconnect_as_root "${apt[@]}" update \
        && orthancconnect_as_root "${apt[@]}" install --no-install-recommends "$@"; } || status=1
    if [ -n "$ours" ]; then
        orthancconnect_as_root rm -f "$policy"
        trap - INT TERM HUP
    fi
    for package in "$@"; do
        case "$package" in
        orthanc) orthancconnect_disable orthanc ;;
        nginx-light) orthancconnect_disable nginx ;;
        postgresql) orthancconnect_disable postgresql ;;
        glewlwyd) orthancconnect_disable glewlwyd ;;
        esac
    done
    return "$status"
}

orthancconnect_disable() {
    if command -v systemctl >/dev/null; then
        orthancconnect_as_root systemctl --quiet disable "$1" 2>/dev/null
    elif command -v update-rc.d >/dev/null; then
        orthancconnect_as_root update-rc.d "$1" disable >/dev/null
    fi
    return 0
}

orthancconnect_packages() {
    local missing
    mapfile -t missing < <(orthancconnect_missing_packages)
    [ "${#missing[@]}" -gt 0 ] || return 0
    echo "Installing: ${missing[*]}"
    if ! command -v apt-get >/dev/null; then
        echo "This machine has no apt-get: please install the above by its own means." >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        echo "Please run as root: apt-get install ${missing[*]}" >&2
        return 1
    fi
    orthancconnect_apt "${missing[@]}" || return 1
    mapfile -t missing < <(orthancconnect_missing_packages)
    [ "${#missing[@]}" = 0 ] && return 0
    echo "Still missing after apt-get: ${missing[*]}" >&2
    return 1
}

orthancconnect_environment() {
    local repository=$1 venv=$1/.venv/test base wanted stamp
    stamp=$venv/installed-from
    mkdir -p "$repository/.venv" || return 1
    exec 9>"$repository/.venv/lock" || return 1
    flock 9 || return 1 # two runs at once: the second waits and then finds all done
    wanted=$(cat "$repository/Testing/requirements.txt" "$repository/Testing/install.sh" |
        sha256sum)" $venv"
    if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] \
        && "$venv/bin/python" -c 'import pytest' 2>/dev/null; then
        return 0
    fi
    base=$(orthancconnect_base_python)
    echo "Making the test environment with $base in .venv/test (once; some hundred megabytes)"
    "$base" -I -m venv --clear "$venv" \
        && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            -r "$repository/Testing/requirements.txt" \
        && printf '%s' "$wanted" >"$stamp"
}

orthancconnect_install() {
    local repository
    repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || return 1
    unset PYTHONHOME PYTHONPATH VIRTUAL_ENV
    orthancconnect_packages || return 1
    (orthancconnect_environment "$repository") || return 1
    ORTHANCCONNECT_PYTHON=$repository/.venv/test/bin/python
    export ORTHANCCONNECT_PYTHON
}

orthancconnect_install
