"""The panel's logic on fakes, besides its transfers: servers, settings, listener, texts."""

from __future__ import annotations

from typing import Any

import pytest

from Support.scenarios.logic_stage import SECRET, Stage

_PROBLEM = {"problem": "Expired.", "hint": "Ask.", "fingerprint": "AA"}


def test_settings_that_cannot_be_written_are_told(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import ConfigurationError

    logic, worker = stage.logic, stage.world.worker
    logic.disconnect_server()
    stage.world.store.fault = ConfigurationError("Read-only.", "Make room.")
    logic.connect_server("", lambda question, answer: answer(True))
    untrusted = {"trusted": False, "problem_kind": "UntrustedCertificateError", **_PROBLEM}
    worker.answer({**untrusted, "fingerprint": ":".join(["AA"] * 32)})
    stage.world.advance(1)
    assert logic.connection.state == "failed" and logic.connection.error.message == "Read-only."


def test_the_password_is_in_no_text_of_the_logic(stage: Stage) -> None:
    stage.retrieve()
    logic = stage.logic
    seen = [
        logic,
        logic.connection,
        logic.query,
        logic.log.transfers[0],
        logic.log.transfers[0].job,
    ]
    assert not [thing for thing in seen if SECRET in repr(vars(thing))]
    assert SECRET not in stage.world.store.profiles.to_json()
    logic.close()
    assert stage.world.worker.stopped and stage.ended == []


def test_the_worker_fills_in_the_first_profile(stage: Stage) -> None:
    """The panel and the command line find the same: one function does it, in the worker."""
    logic, worker = stage.logic, stage.world.worker
    page = "server.example.org/app/explorer.html#study?uuid=1"
    logic.connect_first(page, " nuria ", SECRET, lambda question, answer: answer(True))
    method, params = worker.requests[-1][:2]
    assert method == "server.certificate"
    assert params["profile"]["rest_url"] == "https://server.example.org:8042"
    worker.answer({"trusted": True})
    method, params = worker.requests[-1][:2]
    assert (method, params["user"], params["password"]) == ("connection.first", "nuria", SECRET)
    assert params["address"] == "https://server.example.org:8042"
    assert params["trust"]["mode"] == "system" and params["taken_names"] == ["lab"]
    found = logic.connection.profile.replace(
        name="LAB", calling_ae_title="KNOWN-ALREADY", storage_port=11200, dicom_port=104
    )
    worker.answer(
        {
            "profile": found.to_dict(),
            "system": {"name": "LAB", "version": "1", "dicom_aet": "ORTHANC", "dicom_port": 104},
            "address": "192.0.2.25",
            "known_as": "slicer",
        }
    )
    assert logic.connection.connected and logic.profiles.current == found
    assert logic.connection.system["version"] == "1"
    assert stage.world.store.profiles.get("LAB") == found and logic.logins.known("LAB")
    stage.world.advance(0.1)
    listener = stage.world.listener
    assert (listener.state, listener.port) == ("running", 11200)  # it starts with Slicer


def test_a_first_profile_goes_over_none_that_another_window_has_added(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import InvalidProfileError
    from OrthancConnectCore.shared.profile import ServerProfile

    logic, store = stage.logic, stage.world.store
    theirs = ServerProfile("LAB", "https://theirs:8042")
    save = store.save

    def save_beside_another(profiles: Any) -> Any:
        if profiles.get("LAB") != theirs:
            store.profiles = store.profiles.put(theirs)
            raise InvalidProfileError("Another Slicer has added it.", "Choose another name.")
        return save(profiles)

    store.save = save_beside_another
    logic.connect_first("server.example.org", "", "", lambda question, answer: answer(True))
    stage.world.worker.answer({"trusted": True})
    found = logic.connection.profile.replace(name="LAB")
    system = {"name": "LAB", "version": "1", "dicom_aet": "ORTHANC", "dicom_port": 104}
    stage.world.worker.answer({"profile": found.to_dict(), "system": system})
    assert store.profiles.get("LAB") == theirs
    assert logic.connection.connected
    assert logic.profiles.current == logic.connection.profile == found.replace(name="LAB (2)")


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_the_listener_is_a_person_s_choice(stage: Stage, state: str) -> None:
    """What runs is left alone, and what shall not start with Slicer does not start now."""
    logic, listener = stage.logic, stage.world.listener
    logic.listener_autostart, listener.state, listener.port = state == "running", state, 11113
    logic._onFirstConnected()
    stage.world.advance(0.1)
    assert (listener.state, listener.port) == (state, 11113)


def test_a_query_that_is_answered_has_the_server_asked_again(stage: Stage) -> None:
    """What the server says to this computer is asked anew when a C-FIND shows that it changed."""
    from OrthancConnectCore.shared.errors import DimseError
    from OrthancConnectCore.shared.query import QueryFilters, QueryResult

    logic, worker = stage.logic, stage.world.worker
    worker.reach({"answers": True, "finds": False, "gets": False})
    logic.start_query(QueryFilters(), way="C-FIND")
    stage.operation.callbacks[2](DimseError("Refused.", "", refused=True))
    assert logic.query.state == "failed" and logic.connection.known == "refused"
    logic.start_query(QueryFilters(), way="C-FIND")
    stage.operation.callbacks[1](QueryResult((), False))
    assert logic.query.state == "done" and logic.connection.known == "checking"
    worker.reach({"answers": True, "finds": True, "gets": True})
    assert logic.connection.known == "accepted"
    logic.disconnect_server()
    assert logic.connection.known == "unknown"


def test_what_ended_is_one_line_and_its_remarks_others(stage: Stage) -> None:
    """The counts have a colour of their own; what else is to be said does not borrow it."""
    from OrthancConnectCore.shared.errors import MissingDependencyError, ServerError
    from OrthancConnectCore.shared.receipts import Receipt
    from OrthancConnectLib.panels.texts import error_text, outcome, remarks

    transfer = stage.logic.upload(["/data/a"])
    receipt = Receipt("upload", expected=3, stored=3, seconds=2.0)
    receipt.notes = ["Originals and pseudonyms are listed in /key.csv: keep it secret."]
    stage.logic.log.finish(transfer, receipt)
    assert outcome(transfer) == ("✓ 3 stored  ·  2.0 s", "good")
    assert remarks(transfer) == "– " + receipt.notes[0]
    transfer = stage.logic.upload(["/data/b"])
    assert remarks(transfer) == ""
    receipt = Receipt("upload", expected=3, stored=1, seconds=2.0)
    stage.logic.log.finish(transfer, receipt, ServerError("It broke.", "Try again."))
    assert outcome(transfer) == ("⚠ 1 stored, 2 not reached  ·  2.0 s", "warning")
    assert remarks(transfer) == "– It broke. Try again."
    missing = MissingDependencyError("It needs keyring.", "pip install it.", package="keyring")
    assert error_text(missing) == "It needs keyring. “Install keyring” does it."


def test_a_new_server_s_form_proposes_what_the_command_line_does(started: Any) -> None:
    from OrthancConnectCore.shared.validation import propose_calling_ae_title
    from OrthancConnectLib.panels import profile_form

    for computer in ("mac1.example.org", "Núria-PC"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(profile_form.platform, "node", lambda name=computer: name)
            blank = profile_form.blank_profile()
        assert blank.calling_ae_title == propose_calling_ae_title(computer)
        assert blank.storage_ae_title == blank.calling_ae_title


def test_numbers_as_people_read_them(started: Any) -> None:
    from OrthancConnectCore.shared.events import Progress
    from OrthancConnectLib.panels import texts

    assert [texts.size_text(size) for size in (5, 66000, 126e6, 1.5e9)] == [
        "5 bytes",
        "66 kB",
        "126 MB",
        "1.5 GB",
    ]
    assert [texts.seconds_text(seconds) for seconds in (0.21, 12.4, 200.0, 3900.0)] == [
        "0.2 s",
        "12 s",
        "3 min 20 s",
        "1 h 5 min",
    ]
    progress = Progress("upload", 118, 240, 10, 20, 54e6, 3.2)
    assert texts.progress_text("", progress) == "118 of 240  ·  54 MB/s  ·  3 s left"
    assert texts.percent(progress) == 50 and texts.percent(None) == -1
    assert texts.day_text("20260302") == "2 Mar 2026" and texts.day_text("someday") == "someday"


def test_another_address_keeps_neither_pin_nor_password(stage: Stage) -> None:
    from OrthancConnectCore.shared.profile import TrustPolicy

    logic = stage.logic
    pinned = logic.profiles.known.get("lab").replace(trust=TrustPolicy.pinned("AB" * 32))
    logic.profiles.save(pinned, "lab")
    logic.profiles.save(pinned.replace(dicom_port=104), "lab")
    assert logic.profiles.known.get("lab").trust == pinned.trust and logic.logins.known("lab")
    # As the form does it, which holds the fingerprint in a field of its own.
    edited = pinned.replace(rest_url="https://other:8042", trust=pinned.trust)
    logic.profiles.save(edited, "lab")
    assert logic.profiles.known.get("lab").trust == TrustPolicy()
    assert logic.logins.known("lab") is None


def test_a_file_with_another_pin_for_a_known_server_is_refused(stage: Stage, tmp_path: Any) -> None:
    from OrthancConnectCore.shared.errors import InvalidProfileError
    from OrthancConnectCore.shared.profile import ProfileSet, TrustPolicy

    logic, file = stage.logic, tmp_path / "profiles.json"
    known = logic.profiles.known.get("lab")
    file.write_text(ProfileSet((known.replace(name="same"),)).to_json())
    assert logic.profiles.import_file(str(file)) == "same"
    hostile = known.replace(name="hospital", trust=TrustPolicy.pinned("AB" * 32))
    file.write_text(ProfileSet((hostile,)).to_json())
    with pytest.raises(InvalidProfileError, match="another certificate than lab"):
        logic.profiles.import_file(str(file))
    assert logic.profiles.known.names == ("lab", "same")
    for name in ("same", "new"):  # made for all, by the server's administrator
        made = ProfileSet((known.replace(name=name, user="nobody", storage_port=9),))
        file.write_text(made.to_json(personal=False))
        taken_name = logic.profiles.import_file(str(file))
        taken = logic.profiles.known.get(taken_name)
        assert taken.user == (known.user if name == "same" else "")
        own = taken.calling_ae_title == known.calling_ae_title
        assert own if name == "same" else taken.calling_ae_title.startswith("SLICER-")
        assert taken.storage_port == (known.storage_port if name == "same" else 11112)


def test_an_imported_server_without_login_shows_what_it_has(stage: Stage, tmp_path: Any) -> None:
    """At the first connection, without a further click; at the next ones the person asks."""
    from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile

    logic, file, first = stage.logic, tmp_path / "profiles.json", []
    logic.firstConnected.connect(lambda: first.append(logic.connection.profile))
    made = ProfileSet((ServerProfile("open", "https://open:8042", user="exporter"),))
    file.write_text(made.to_json(personal=False))
    assert logic.profiles.import_file(str(file)) == "open"
    for _connection in range(2):
        logic.connect_server("", lambda _question, answer: answer(True))
        stage.world.worker.answer({"trusted": True})
        stage.world.worker.answer({"name": "O", "version": "1", "dicom_aet": "ORTHANC"})
        stage.world.advance(0.1)
        assert logic.connection.connected
        assert [one.name for one in first] == ["open"] and first[0].user == ""
        logic.disconnect_server()


def test_a_worker_that_cannot_work_is_told(stage: Stage) -> None:
    """When the panel is opened, not at the first connection; its end is no fault."""
    from OrthancConnectCore.shared.errors import ConfigurationError, OperationCancelled

    told: Any = []
    stage.logic.workerFailed.connect(told.append)
    stage.logic.refresh()
    stage.world.advance(0.1)
    stage.world.worker.fail(OperationCancelled())
    stage.world.worker.fail(ConfigurationError("cryptography is too old."))
    assert [error.message for error in told] == ["cryptography is too old."]
