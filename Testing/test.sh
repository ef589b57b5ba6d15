#!/usr/bin/env bash
# Installs what is missing and runs every check and test that can run on this machine: lint, format,
# types, then pytest group by group, then the same panel scenarios inside Slicer where there is one
# (`Slicer` on the PATH, or named by $SLICER). Exits with 0 only if nothing failed.
#
#   bash Testing/test.sh [GROUP …]      GROUP: Lint Unit Functional RealServer Panel Slicer
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. Testing/install.sh || exit 2
python=$ORTHANCCONNECT_PYTHON

export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen} PYTHONDONTWRITEBYTECODE=1
groups=("$@")
[ "${#groups[@]}" -gt 0 ] || groups=(Lint Unit Functional RealServer Panel Slicer)
reports=$(mktemp -d) || exit 2
trap 'rm -rf "$reports"' EXIT
rows=() failed=0 not_run=()

# run NAME COMMAND …: one row of the closing table; the exit code is the command's own.
run() {
    local name=$1 code=0 began=$SECONDS
    shift
    printf '\n=== %s\n' "$name"
    "$@" || code=$?
    if [ "$code" = 0 ]; then
        rows+=("passed  $name ($((SECONDS - began)) s)")
    else
        rows+=("FAILED  $name (exit code $code)")
        failed=1
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
    if [ "$code" = 0 ] && ! grep -q '^ORTHANCCONNECT SLICER TESTS PASSED' "$output"; then
        echo "Slicer ended without 'ORTHANCCONNECT SLICER TESTS PASSED'"
        code=1
    fi
    return "$code"
}

for group in "${groups[@]}"; do
    case "$group" in
    Lint) lint ;;
    Slicer)
        if [ -n "$(slicer_executable)" ]; then
            run "Slicer" in_slicer
        else
            not_run+=("Slicer: there is no Slicer here (put it on the PATH or set SLICER)")
        fi
        ;;
    *) run "$group" "$python" -m pytest "Testing/$group" --junitxml="$reports/$group.xml" ;;
    esac
done

printf '\n=== Result\n'
printf '%s\n' ${rows[@]+"${rows[@]}"}
for group in ${not_run[@]+"${not_run[@]}"}; do
    printf 'NOT RUN %s\n' "$group"
done
"$python" Testing/Support/summary.py "$reports" "$SECONDS" || failed=1
exit "$failed"
