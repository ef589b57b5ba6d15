#!/usr/bin/env bash
# Installs what is missing and runs every check and test that can run on this machine: lint, format,
# types, then pytest group by group, then the same panel scenarios inside Slicer where there is one
# (`Slicer` on the PATH, or named by $SLICER). Exits with 0 only if nothing failed.
#
#   bash Testing/test.sh [GROUP …]
#
# GROUP: Lint Docs Unit Functional RealServer NewerServer Panel Slicer
#
# RealServer runs against this Debian's Orthanc; NewerServer runs what depends on the server's version
# once more, against the Orthanc of Debian 13, wherever root can make a folder of that Debian.
# Docs builds the documents, into .venv/documents.
# The groups run in two rows side by side, Unit and RealServer in one, the others in the other; what a
# group says is printed whole when it has ended. A single group prints as it goes.
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. Testing/install.sh || exit 2
python=$ORTHANCCONNECT_PYTHON

export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
# Hundreds of commands and workers are started: compiled once, and not into the source.
export PYTHONPYCACHEPREFIX=$PWD/.venv/bytecode
unset PYTHONDONTWRITEBYTECODE
groups=("$@")
[ "${#groups[@]}" -gt 0 ] || groups=(Lint Docs Unit Functional RealServer NewerServer Panel Slicer)
# Tests whose outcome may depend on the version of Orthanc.
newer_server=(
    dicom_tls.py doctor.py drawn.py editing.py field_cases.py labels.py odd_identifiers.py
    orthanc_ids.py query_retrieve.py query_ways.py registration.py results_kinds.py
    results_scenes.py results_send.py upload_verify.py worker.py worklist.py
)
reports=$(mktemp -d) || exit 2
rows_running=()

# At the end, and when somebody ends this script: nothing goes on without it. Ctrl-C first, so that
# pytest can end its servers.
clean_up() {
    local row signal
    trap - EXIT INT TERM HUP
    for signal in INT TERM KILL; do
        for row in ${rows_running[@]+"${rows_running[@]}"}; do
            kill "-$signal" -- "-$row" 2>/dev/null && wait_for_end "$row"
        done
    done
    wait
    rm -rf "$reports"
}

# Up to ten seconds.
wait_for_end() {
    local turn
    for ((turn = 0; turn < 100; turn++)); do
        kill -0 -- "-$1" 2>/dev/null || return
        sleep 0.1
    done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Two tests of a group at a time: most of their time they wait for a server.
tests() {
    "$python" -m pytest --numprocesses=2 --dist=worksteal --junitxml="$reports/$group.xml" "$@"
}

# run NAME COMMAND …: one line of the closing table; the exit code is the command's own.
run() {
    local name=$1 code=0 began=$SECONDS
    shift
    printf '\n=== %s\n' "$name"
    "$@" || code=$?
    if [ "$code" = 0 ]; then
        echo "passed  $name ($((SECONDS - began)) s)" >>"$reports/$group.result"
    else
        echo "FAILED  $name (exit code $code)" >>"$reports/$group.result"
    fi
}

lint() {
    run "ruff check" "$python" -m ruff check .
    run "ruff format" "$python" -m ruff format --check .
    run "mypy --strict" "$python" -m mypy
}

slicer_executable() {
    if [ -n "${SLICER:-}" ]; then echo "$SLICER"; else command -v Slicer; fi
}

# The last line of the script is looked for as well: Slicer exits with 0 when it finds no script.
in_slicer() {
    local slicer display=() output=$reports/slicer.log code=0
    slicer=$(slicer_executable)
    [ -f Testing/Slicer/run_in_slicer.py ] || { echo "no Testing/Slicer/run_in_slicer.py"; return 4; }
    [ -n "${DISPLAY:-}" ] || display=(xvfb-run -a)
    env -u QT_QPA_PLATFORM "${display[@]}" "$slicer" --no-splash --no-main-window --testing \
        --additional-module-path "$PWD/OrthancConnect" \
        --python-script "$PWD/Testing/Slicer/run_in_slicer.py" 2>&1 | tee "$output" || code=$?
    grep '^NOT RUN' "$output" >"$reports/Slicer.not-run" || rm "$reports/Slicer.not-run"
    if [ "$code" = 0 ] && ! grep -q '^ORTHANCCONNECT SLICER TESTS PASSED' "$output"; then
        echo "Slicer ended without 'ORTHANCCONNECT SLICER TESTS PASSED'"
        code=1
    fi
    return "$code"
}

# Makes the folder with Debian 13 and its Orthanc, once; fails where that can't be done.
newer_debian() {
    local root=(sudo -n)
    [ ! -d "$1" ] || return 0
    [ "$(id -u)" != 0 ] || root=()
    "${root[@]}" rm -rf "$1.new" \
        && "${root[@]}" debootstrap --variant=minbase --include=orthanc,orthanc-dicomweb \
            trixie "$1.new" \
        && "${root[@]}" mv "$1.new" "$1"
}

run_group() {
    local group=$1 debian=$PWD/.venv/debian-13
    case "$group" in
    Lint) lint ;;
    Slicer)
        if [ -n "$(slicer_executable)" ]; then
            run "Slicer" in_slicer
        else
            echo "NOT RUN Slicer: there is no Slicer here (put it on the PATH or set SLICER)" \
                >"$reports/$group.not-run"
        fi
        ;;
    NewerServer)
        if newer_debian "$debian" >"$reports/debian.log" 2>&1; then
            ORTHANCCONNECT_OTHER_DEBIAN=$debian run "$group" tests \
                "${newer_server[@]/#/Testing/RealServer/test_}"
        else
            echo "NOT RUN $group: no folder of Debian 13 could be made:" \
                "$(tail -n 1 "$reports/debian.log")" >"$reports/$group.not-run"
        fi
        ;;
    *) run "$group" tests "Testing/$group" ;;
    esac
}

# One group after the other, each printed whole and alone when it has ended.
run_row() {
    local group
    for group in "$@"; do
        run_group "$group" >"$reports/$group.output" 2>&1
        flock "$reports/printing" cat "$reports/$group.output"
    done
}

if [ "${#groups[@]}" = 1 ]; then
    run_group "${groups[0]}"
else
    panel=() others=()
    for group in "${groups[@]}"; do
        case "$group" in
        Lint | Docs | Functional | NewerServer | Panel | Slicer) panel+=("$group") ;;
        *) others+=("$group") ;;
        esac
    done
    set -m # each row in a process group of its own, which can be ended as one
    run_row ${others[@]+"${others[@]}"} </dev/null &
    rows_running+=($!)
    run_row ${panel[@]+"${panel[@]}"} </dev/null &
    rows_running+=($!)
    set +m
    wait "${rows_running[@]}"
    rows_running=()
fi

# A group that says neither how it ended nor why it did not run, such as a misspelt one, has failed.
printf '\n=== Result\n'
failed=0
for group in "${groups[@]}"; do
    if [ -s "$reports/$group.result" ]; then
        cat "$reports/$group.result"
        ! grep -q '^FAILED' "$reports/$group.result" || failed=1
    elif [ ! -s "$reports/$group.not-run" ]; then
        echo "FAILED  $group (it did not come to its end)"
        failed=1
    fi
done
for group in "${groups[@]}"; do
    [ ! -s "$reports/$group.not-run" ] || cat "$reports/$group.not-run"
done
"$python" Testing/Support/process/summary.py "$reports" "$SECONDS" || failed=1
exit "$failed"
