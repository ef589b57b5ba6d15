"""Keys that Orthanc does not know, values that it does not take, and settings that mean harm."""

from __future__ import annotations

import difflib
from typing import Any, Iterator, NamedTuple

from ...shared.check_lines import Outcome, Say, failed, warning
from ...shared.validation import plain_text
from .configuration import Configuration
from .keys import DEFAULTS, ENCODINGS, OTHERS

_TYPES = {
    bool: "true or false, without quotation marks",
    int: "a whole number, without quotation marks",
    str: "a text in quotation marks",
    list: "a list in square brackets",
    dict: "an object in braces",
}


def names(config: Configuration) -> Iterator[Outcome]:
    """Find keys that Orthanc passes over without a word."""
    known = [*DEFAULTS, *OTHERS]
    by_case = {one.lower(): one for one in known}
    for key in config.values:
        if key in DEFAULTS or key in OTHERS:
            continue
        shown = plain_text(key, 80)
        near = difflib.get_close_matches(key.lower(), list(by_case), 1, 0.85)
        if near:
            right = by_case[near[0]]
            yield failed(
                "misspelt_key",
                f"Orthanc knows no {shown} and ignores it; there is {right}.",
                f"Write {right}, or take the line out.",
            )
        else:
            yield warning(
                "unknown_key",
                f"Orthanc itself knows no {shown}, and ignores it unless a plugin reads it.",
                "Take it out, or see that the plugin is installed.",
            )


def types(config: Configuration) -> Iterator[Outcome]:
    """Find values that Orthanc does not take, and mostly does not start with."""
    for key, value in config.values.items():
        default = DEFAULTS.get(key)
        if default is None:
            continue
        if type(value) is not type(default):
            what = f"{key} has a value of another type than Orthanc takes."
            yield failed("wrong_type", what, f"Write {key} as {_TYPES[type(default)]}.")
        elif isinstance(value, int) and value < 0:
            yield failed(
                "below_zero", f"{key} is below zero; Orthanc refuses it.", "Write 0 or more."
            )
    for key in ("HttpThreadsCount", "DicomThreadsCount"):
        if config.get(key) == 0:
            yield failed("no_threads", f"{key} is 0; Orthanc does not start.", f"Take {key} out.")
    if not 4096 <= config.get("MaximumPduLength") <= 131072:
        yield failed(
            "pdu_length",
            "MaximumPduLength is not between 4096 and 131072; Orthanc does not start.",
            "Take MaximumPduLength out.",
        )


def encoding(config: Configuration) -> Iterator[Outcome]:
    """Find an encoding in which names with accents get lost."""
    value = config.get("DefaultEncoding")
    if value not in ENCODINGS:
        yield failed(
            "unknown_encoding",
            f"Orthanc knows no encoding {plain_text(value, 40)}, and does not start.",
            'Write "DefaultEncoding" : "Utf8".',
        )
    elif value != "Utf8":
        yield warning(
            "encoding",
            f"DefaultEncoding is {value}: letters that it lacks are lost in answers to C-FIND.",
            'Write "DefaultEncoding" : "Utf8".',
        )


class _Setting(NamedTuple):
    """A value of one key that is a fault in itself."""

    key: str
    value: Any
    say: Say
    fault: str
    cause: str
    cure: str


_OUT = "Take {} out."
_SETTINGS = (
    _Setting(
        *("StorageCompression", True, warning, "storage_compression"),
        "Storing was measured to take ten times as long with StorageCompression.",
        "Set it to false, and compress in the file system if you have to.",
    ),
    _Setting(
        *("HttpThreadsCount", 1, warning, "one_http_thread"),
        "With one thread for HTTP a long answer keeps all others waiting.",
        _OUT,
    ),
    _Setting(
        *("OverwriteInstances", True, warning, "overwrites"),
        "What is stored can be replaced by anybody who sends an instance with the same UIDs.",
        "Set it to false, unless a modality needs it.",
    ),
    _Setting(
        *("StoreDicom", False, failed, "files_not_kept"),
        "StoreDicom is false: Orthanc keeps no image, only their index.",
        _OUT,
    ),
    _Setting(
        *("StoreMD5ForAttachments", False, warning, "no_md5"),
        "Orthanc notes no MD5 of what it stores, so that nobody can compare a file with it.",
        _OUT,
    ),
    _Setting(
        *("SyncStorageArea", False, warning, "not_synced"),
        "What was acknowledged may be lost when the computer loses its power.",
        _OUT,
    ),
    _Setting(
        *("KeepAlive", False, warning, "no_keep_alive"),
        "Each request needs a connection of its own, over TLS with a handshake.",
        "Set KeepAlive to true.",
    ),
    _Setting(
        *("TcpNoDelay", False, warning, "delayed_packets"),
        "TcpNoDelay is false: small answers wait for one another.",
        "Set TcpNoDelay to true.",
    ),
    _Setting(
        *("DeidentifyLogs", False, failed, "names_in_log"),
        "Patients' names and IDs that are searched for come into Orthanc's log.",
        "Set DeidentifyLogs to true.",
    ),
    _Setting(
        *("HttpsVerifyPeers", False, failed, "peers_not_verified"),
        "Orthanc sends to peers and web servers without a look at their certificate.",
        "Set HttpsVerifyPeers to true, and name their authorities by HttpsCACertificates.",
    ),
    _Setting(
        *("ExecuteLuaEnabled", True, failed, "lua_over_http"),
        "Who may log in may run any Lua script on the server (ExecuteLuaEnabled).",
        "Set ExecuteLuaEnabled to false.",
    ),
    _Setting(
        *("RestApiWriteToFileSystemEnabled", True, failed, "writes_files"),
        "Who may log in may have files written anywhere on the server's disk.",
        "Set RestApiWriteToFileSystemEnabled to false.",
    ),
    _Setting(
        *("WebDavDeleteAllowed", True, failed, "webdav_deletes"),
        "A file manager that has the WebDAV share open can delete patients.",
        "Set WebDavDeleteAllowed to false.",
    ),
    _Setting(
        *("HttpServerEnabled", False, failed, "no_http"),
        "Without its HTTP server nobody can upload, or retrieve over HTTPS.",
        "Set HttpServerEnabled to true.",
    ),
    _Setting(
        *("DicomServerEnabled", False, warning, "no_dicom"),
        "Without its DICOM server scanners can't send, and C-FIND, C-GET and C-MOVE do not work.",
        "Set DicomServerEnabled to true.",
    ),
    _Setting(
        *("DicomCheckCalledAet", True, warning, "called_ae_title_checked"),
        "Orthanc refuses every association whose called AE title is not its DicomAet.",
        "Write DicomAet into each profile and scanner, or set DicomCheckCalledAet to false.",
    ),
    _Setting(
        *("JobsHistorySize", 0, failed, "no_jobs_kept"),
        "Orthanc keeps no finished job, so that requests which wait for one fail.",
        _OUT,
    ),
    _Setting(
        *("ReadOnly", True, warning, "read_only"),
        "ReadOnly is true: nothing can be stored (Orthanc 1.12.5).",
        "Set it to false, unless another Orthanc on the same database stores.",
    ),
)


def settings(config: Configuration) -> Iterator[Outcome]:
    """Find values that are a fault in themselves."""
    for one in _SETTINGS:
        if config.get(one.key) == one.value:
            yield one.say(one.fault, one.cause, one.cure.format(one.key))
    for key in ("LimitFindResults", "LimitFindInstances"):
        limit = config.get(key)
        if limit > 0:
            yield warning(
                "results_limited",
                f"A query gets {limit} results at most ({key}), and the rest is not told.",
                f"Set {key} to 0.",
            )
