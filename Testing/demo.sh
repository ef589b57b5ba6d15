#!/usr/bin/env bash
# The whole job on a private Orthanc that it sets up itself: trust, echo, scan, upload, query, C-GET,
# verify, load, and pictures. Installs what it needs, stops what it started, and exits with 0 only
# when every step was what it should be.
#
#   bash Testing/demo.sh [--keep] [--output FOLDER]
#
# --keep leaves the server running and says how to connect a Slicer to it. The pictures go to
# FOLDER (demo-output/ when left out). With `Slicer` on the PATH, or named by $SLICER, the panel's
# picture is taken inside it; else on the Qt stand-in.
set -u -o pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 2
. "$repository/Testing/install.sh" || exit 2
if [ -z "${SLICER:-}" ] && command -v Slicer >/dev/null; then
    SLICER=$(command -v Slicer)
    export SLICER
fi
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen} PYTHONDONTWRITEBYTECODE=1
exec "$ORTHANCCONNECT_PYTHON" "$repository/Testing/Demo/demo.py" "$@"
