"""What people type is checked, and what servers send is made harmless."""

from __future__ import annotations

import pytest

from OrthancConnectCore.setup.server_config import Station, Wanted
from OrthancConnectCore.shared.errors import InvalidProfileError
from OrthancConnectCore.shared.hosts import shown_host
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.validation import (
    canonical_host,
    normalize_fingerprint,
    plain_text,
    server_address,
    split_rest_url,
    spreadsheet_cell,
    uid_fault,
    validate_ae_title,
    validate_host,
    validate_port,
    validate_profile_name,
    validate_rest_url,
)


@pytest.mark.parametrize("title", ["A", "ORTHANC", "Mac 1", "A" * 16, "a-b_c.d/e", "[x]^~"])
def test_ae_titles_of_the_repertoire_are_taken(title: str) -> None:
    assert validate_ae_title(f"  {title} ", "f") == title


@pytest.mark.parametrize(
    "title", ["", "   ", "A" * 17, "MÜLLER", "A\\B", "A\tB", "A\x7fB", None, 7]
)
def test_other_ae_titles_are_refused_by_field(title: object) -> None:
    with pytest.raises(InvalidProfileError) as refused:
        validate_ae_title(title, "called_ae_title")  # type: ignore[arg-type]
    assert refused.value.field == "called_ae_title"
    assert refused.value.hint


@pytest.mark.parametrize("port", [1, 4242, 65535])
def test_ports_are_taken(port: int) -> None:
    assert validate_port(port, "f") == port


@pytest.mark.parametrize("port", [0, -1, 65536, "8042", True, 1.5, None])
def test_other_ports_are_refused(port: object) -> None:
    with pytest.raises(InvalidProfileError):
        validate_port(port, "f")


@pytest.mark.parametrize("host", ["server", "10.0.0.7", "::1", "a.b-c.example"])
def test_hosts_are_taken(host: str) -> None:
    assert validate_host(f" {host} ", "f") == host


@pytest.mark.parametrize("host", ["", "https://server", "a b", "a/b", "<b>", "x" * 300, None])
def test_other_hosts_are_refused(host: object) -> None:
    with pytest.raises(InvalidProfileError):
        validate_host(host, "f")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://server:8042", "https://server:8042"),
        (" https://server:8042/ ", "https://server:8042"),
        ("https://server/orthanc/", "https://server/orthanc"),
        ("http://[::1]:8042", "http://[::1]:8042"),
        ("https://BÜRO.example:8042/o/", "https://xn--bro-hoa.example:8042/o"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
    ],
)
def test_addresses_are_taken(typed: str, kept: str) -> None:
    assert validate_rest_url(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "server:8042",
        "ftp://server",
        "https://",
        "https://server:0",
        "https://server:99999",
        "https://server:port",
        "https://server/?a=1",
        "https://server/#x",
        "https://[::1",
        "https://ser ver",
        "https://☃.example",
        "https://büro.example.:99999",
        "https://[büro.example]:8042",
        None,
    ],
)
def test_other_addresses_are_refused(typed: object) -> None:
    with pytest.raises(InvalidProfileError) as refused:
        validate_rest_url(typed)  # type: ignore[arg-type]
    assert refused.value.field == "rest_url"


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidProfileError) as refused:
        validate_rest_url("https://ana:canary-9@server:8042")
    assert "canary-9" not in str(refused.value)


def test_the_default_ports_are_those_of_the_scheme() -> None:
    assert split_rest_url("https://server") == ("https", "server", 443)
    assert split_rest_url("http://server/x") == ("http", "server", 80)
    assert split_rest_url("https://[::1]:8042") == ("https", "::1", 8042)


@pytest.mark.parametrize(
    ("spelling", "host"),
    [
        ("SERVER.Example.", "server.example"),
        *((one, "127.0.0.1") for one in ("127.1", "0x7f000001", "2130706433", "0177.0.0.1")),
        *((one, "127.0.0.1") for one in ("::ffff:127.0.0.1", "[::FFFF:7f00:1]", "127.0.0.1.")),
        *((one, "::1") for one in ("::1", "[0:0:0:0:0:0:0:1]")),
        *((one, one) for one in ("localhost", "10.example", "1.2.3.4.5", "xn--bro-hoa.de", "")),
        ("BÜRO.de", "xn--bro-hoa.de"),
    ],
)
def test_one_host_has_one_spelling(spelling: str, host: str) -> None:
    assert canonical_host(spelling) == host


@pytest.mark.parametrize(
    ("name", "is_shown"),
    [
        *((one, True) for one in ("müller.example", "straße.example", "мойсервер.рф", "ελλάδα.ελ")),
        *((one, True) for one in ("病院.example", "ノ.example", "한국.kr", "ạpple.example")),
        *((one, False) for one in ("paypаl.example", "аррӏе.example", "müller.рф", "ɡo.example")),
        *((one, False) for one in ("病院ab.example", "مثال.إختبار", "ı.example", "ɡ")),
    ],
)
def test_a_host_is_shown_in_letters_where_no_other_looks_like_it(name: str, is_shown: bool) -> None:
    ascii_name = validate_host(name, "f")
    assert ascii_name.isascii() and "xn--" in ascii_name
    shown = shown_host(f"https://{ascii_name}:8042/x")
    assert shown == f"https://{name if is_shown else ascii_name}:8042/x"


@pytest.mark.parametrize("text", ["xn--n3h.example", "xn--a", "xn--", "x" * 999])
def test_what_is_no_encoded_name_is_shown_as_it_is(text: str) -> None:
    assert shown_host(text) == text


def test_a_typed_host_is_ascii_wherever_it_is_typed() -> None:
    profile = ServerProfile(
        "Büro", "https://büro.example", auth="openid", issuer="https://lögin.example/a/"
    )
    assert profile.dicom_host == "xn--bro-hoa.example"
    assert profile.issuer == "https://xn--lgin-5qa.example/a/"
    assert (profile.shown_url, profile.shown_issuer) == (
        "https://büro.example",
        "https://lögin.example/a/",
    )
    station = Station("slicer", "Mac1", "MAC1", "büro.example", 11112)
    assert station.entry[1] == "xn--bro-hoa.example"
    assert Wanted(("büro.example",), "B", "B").rest_url == "https://xn--bro-hoa.example:8042"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("server", "https://server:8042"),
        ("müller", "https://xn--mller-kva:8042"),
        ("https://h/orthanc/system", "https://h/orthanc"),
        ("https://h/system/", "https://h"),
        ("https://h/dicom-web/studies?limit=1", "https://h"),
        ("https://h/app/explorer.html#study?uuid=1", "https://h"),
        ("https://h/o/ui/app/retrieve.html?StudyInstanceUID=1", "https://h/o"),
        ("https://h/ecosystem", "https://h/ecosystem"),
    ],
)
def test_an_address_as_people_have_it(typed: str, address: str) -> None:
    assert server_address(typed) == address


def test_fingerprints_of_any_spelling_are_one() -> None:
    pairs = ":".join(f"{value:02X}" for value in range(32))
    for spelling in (
        pairs,
        pairs.lower(),
        pairs.replace(":", ""),
        pairs.replace(":", " "),
        f"SHA256 Fingerprint={pairs}",
        f"sha256:{pairs}",
    ):
        assert normalize_fingerprint(spelling) == pairs
    for wrong in ("", pairs[:-1], pairs + ":00", "G" * 64):
        with pytest.raises(InvalidProfileError):
            normalize_fingerprint(wrong)


def test_profile_names() -> None:
    assert validate_profile_name(" Institut für Núria ") == "Institut für Núria"
    for wrong in ("", "  ", "a\nb", "x" * 65, "a\u202eb", None):
        with pytest.raises(InvalidProfileError):
            validate_profile_name(wrong)  # type: ignore[arg-type]


def test_plain_text_keeps_letters_and_drops_controls() -> None:
    assert plain_text("Pérez^Núria") == "Pérez^Núria"
    assert plain_text("a\x1b[31mb\r\nc\x00\u202e\u2028d\udc80") == "a [31mb  c   d"
    assert plain_text("x" * 600).endswith("…") and len(plain_text("x" * 600)) == 500


@pytest.mark.parametrize(
    ("uid", "fault"),
    [
        ("1.2.840.10008.1.1", ""),
        ("1.02.3", ""),
        ("1." + "9" * 62, ""),
        ("", "is missing"),
        (" \0", "is missing"),
        (None, "is missing"),
        ("1." + "9" * 63, "is not well formed (it is longer than 64 characters)"),
        ("ab" * 32, "is not well formed (it has letters)"),
        ("00000000-0000-0000-0000-00000000000a", "is not well formed (it has letters)"),
        ("1..2", "is not well formed (it has an empty component)"),
        ("../1", "is not well formed (it has other signs than digits and dots)"),
        ("*", "is not well formed (it has other signs than digits and dots)"),
    ],
)
def test_a_uid_is_told_by_its_fault(uid: object, fault: str) -> None:
    assert uid_fault(uid) == fault


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Pérez, Núria", "Pérez, Núria"),
        (12, 12),
        (None, None),
        ("=1+1", "'=1+1"),
        (" \u00a0@SUM(A1)", "' \u00a0@SUM(A1)"),
        ("＝1", "'＝1"),
        ("\t=1", "\\t=1"),
        ("a\r\n=1", "a\\r\\n=1"),
        ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
        ("mp4\u202efdp.exe\u2066", "mp4\\u202efdp.exe\\u2066"),
        ("\U000e0041\u2028\udcff", "\\U000e0041\\u2028\\udcff"),
    ],
)
def test_a_cell_of_a_table_does_nothing(value: object, cell: object) -> None:
    assert spreadsheet_cell(value) == cell
