"""The options of an upload: what can be said, and what makes another job of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from OrthancConnectCore.shared.errors import ConfigurationError
from OrthancConnectCore.shared.upload_options import DeidentifyChoice, UploadOptions

ALL = UploadOptions(
    except_series=("1.2", "1.3"),
    verify=True,
    labels=("teaching", "2026"),
    metadata=(("1024", "Núria's"),),
    deidentify=DeidentifyChoice(dates="shift", prefix="ST", keep_patient_characteristics=True),
    compress="never",
    patience=12.5,
)


@pytest.mark.parametrize("options", [UploadOptions(), ALL])
def test_they_go_through_json(options: UploadOptions) -> None:
    assert UploadOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options


def test_what_is_left_out_has_its_default() -> None:
    assert UploadOptions.from_dict({}) == UploadOptions()
    assert UploadOptions.from_dict({"patience": 5}).patience == 5.0
    assert UploadOptions.from_dict({"deidentify": {}}).deidentify == DeidentifyChoice()


@pytest.mark.parametrize(
    "data",
    [
        {"unknown": 1},
        {"verify": 1},
        {"verify": "yes"},
        {"patience": True},
        {"patience": -1},
        {"patience": float("nan")},
        {"labels": "text"},
        {"labels": [1]},
        {"labels": ["a b"]},
        {"labels": ["<b>"]},
        {"labels": ["../x"]},
        {"labels": [""]},
        {"metadata": ["1024"]},
        {"metadata": {"1024": 5}},
        {"metadata": {"../../system": "x"}},
        {"compress": "always"},
        {"deidentify": True},
        {"deidentify": {"key": "secret"}},
        {"except_series": None},
    ],
)
def test_what_can_not_be_is_refused(data: Any) -> None:
    with pytest.raises(ConfigurationError):
        UploadOptions.from_dict(data)


def test_what_changes_the_files_makes_another_job() -> None:
    plain = UploadOptions().identity()
    assert plain == {}
    assert UploadOptions(verify=True, labels=("a",), patience=1).identity() == plain
    assert UploadOptions(except_series=("1.2",)).identity() != plain
    keys = {
        json.dumps(UploadOptions(deidentify=choice).identity())
        for choice in (
            None,
            DeidentifyChoice(),
            DeidentifyChoice(dates="keep"),
            DeidentifyChoice(prefix="A"),
            DeidentifyChoice(key_file="key"),
        )
    }
    assert len(keys) == 5


def test_a_job_of_version_0_1_stays_the_same_job() -> None:
    names = {"key_file", "map_file", "dates", "prefix", "keep_patient_characteristics"}
    identity = UploadOptions(deidentify=DeidentifyChoice()).identity()
    assert set(identity) == {f"deidentify_{name}" for name in names}
    other = UploadOptions(deidentify=DeidentifyChoice(keep_structure_names=True)).identity()
    assert other == {**identity, "deidentify_keep_structure_names": True}
