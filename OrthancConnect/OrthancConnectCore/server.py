"""A server for notebooks and scripts: a profile, its login, and what the engine does with them.

::

    with Server("LAB") as server:
        found = server.query(patient_id="PAT0012", modalities=("CT",))
        receipt = server.retrieve(found.series, "scans")

In Slicer, call it in a process of its own: Slicer's event loop keeps Python threads from running.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
    Union,
)

from . import trace_log
from .keychain import RememberedPasswords
from .orthanc.client import OrthancClient
from .profile_store import find_profile
from .shared.credentials import Credentials, credentials_of
from .shared.errors import TransportError
from .shared.profile import HTTPS, ServerProfile
from .shared.profile_checks import OPENID
from .shared.query import QueryFilters, QueryResult, SeriesRecord, StudyRecord
from .shared.receipts import Receipt
from .shared.upload_options import UploadOptions

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from .follow.candidates import Followed, FollowOptions
    from .shared.events import CancelToken

_PLAIN = UploadOptions()


def _remembered(profile: ServerProfile) -> Credentials:
    if profile.auth == OPENID:
        from .openid.session import kept_session

        return kept_session(profile)
    secret = RememberedPasswords().get(profile)
    trace_log.hide(profile.user, secret)
    return credentials_of(profile, secret)


class Server:
    """A connection to a server; close it, or use it in a ``with`` statement.

    Parameters
    ----------
    profile : str or ServerProfile
        The name of a profile of the command line, or one that was made here; the default one when
        left out.
    credentials : Credentials, optional
        What logs in. When left out, it is the password, the token or the login in the browser that
        the system's keychain has (``orthancconnect login``).

    Attributes
    ----------
    profile : ServerProfile
        What is known of the server.
    client : OrthancClient
        Orthanc's REST API, for what is not offered here.

    Raises
    ------
    ProfileNotFoundError, ConfigurationError
        There is no such profile, or it can't be read.
    PasswordNeededError, MissingDependencyError
        The keychain has none, or there is no keychain.
    """

    def __init__(
        self,
        profile: Union[str, ServerProfile] = "",
        credentials: Optional[Credentials] = None,
    ) -> None:
        self.profile = profile if isinstance(profile, ServerProfile) else find_profile(profile)
        if credentials is None and self.profile.logs_in:
            credentials = _remembered(self.profile)
        self.client = OrthancClient(self.profile, credentials)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        _kind: Optional[Type[BaseException]],
        _error: Optional[BaseException],
        _trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def query(self, via: str = HTTPS, **filters: Any) -> QueryResult:
        """Return patients, studies and series that match; `filters` are those of `QueryFilters`.

        Over HTTPS, since C-FIND tells neither Orthanc's identifiers nor labels.

        Raises
        ------
        InputError
            A filter that can't be used.
        OrthancConnectError
            As `query.run.query`.
        """
        from .query.run import query

        return query(self.profile, self.client, QueryFilters(**filters), via=via)

    def retrieve(self, series: Iterable[SeriesRecord], folder: Union[str, Path]) -> Receipt:
        """Fetch series of a query into ``folder/<study>/<series>/<instance>.dcm``.

        Of a query over HTTPS they are those alone, whoever else has the same UIDs.

        Raises
        ------
        OrthancConnectError
            As `retrieve.run.retrieve`.
        """
        from .retrieve.run import Selection, retrieve, targets_of

        known = {one.orthanc_id or one.series_instance_uid: one for one in series}
        uids = tuple(one.series_instance_uid for one in known.values())
        found = targets_of(self.client, Selection(series_instance_uids=uids))
        chosen = [one for one in found if {one.orthanc_id, one.series_instance_uid} & set(known)]
        return retrieve(self.profile, self.client, chosen, folder)

    def datasets(self, series: Iterable[SeriesRecord]) -> Iterator[Dataset]:
        """Yield the instances of series as pydicom's data sets, one in memory at a time.

        They pass through a folder that is removed at the end, or when the iterator is closed.

        Raises
        ------
        TransportError
            Some of them could not be fetched; nothing was yielded.
        OrthancConnectError
            As `retrieve`.
        """
        import pydicom

        with tempfile.TemporaryDirectory(prefix="orthancconnect-") as folder:
            receipt = self.retrieve(series, folder)
            if not receipt.complete:
                raise TransportError(
                    f"Not all of the series could be fetched: {receipt.summary()}.",
                    "Retrieve them to a folder, and look at the receipt.",
                    receipt=receipt.to_dict(),
                )
            for path in sorted(Path(folder).rglob("*.dcm")):
                yield pydicom.dcmread(path)

    def upload(self, *paths: Union[str, Path], options: UploadOptions = _PLAIN) -> Receipt:
        """Send files, folders and archives to the server, and see that they are there.

        Raises
        ------
        OrthancConnectError
            As `upload.job.upload_job`.
        """
        from .upload.job import upload_job

        return upload_job(self.client, [str(path) for path in paths], options=options)

    def labels(
        self, study: StudyRecord, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> Tuple[str, ...]:
        """Put labels on a study of a query, take others away, and return those it has then.

        Before Orthanc 1.12 they are user metadata (`orthanc.labels`).

        Raises
        ------
        InputError
            A label that Orthanc would not take, or no study, or several patients' of one UID;
            nothing was changed.
        NotFoundError, PermissionDeniedError
            The study is gone, or this user may not change it.
        """
        from .orthanc.labels import labels_of, named, relabel

        # A query over DICOM tells no identifiers of Orthanc's.
        resource = named(self.client, study.orthanc_id or study.study_instance_uid)
        if add or remove:
            relabel(self.client, resource, add, remove)
        return labels_of(self.client, resource)

    def follow(
        self,
        folder: Union[str, Path],
        finished: Callable[[Mapping[str, Any]], object],
        options: Optional[FollowOptions] = None,
        token: Optional[CancelToken] = None,
        **filters: Any,
    ) -> Followed:
        """Fetch series that match as they come; `finished` is told of each, the token ends it.

        With ``FollowOptions(once=True)`` it ends with what is there.

        Raises
        ------
        OrthancConnectError
            As `follow.run.follow`.
        """
        from .follow.run import follow

        chosen = QueryFilters(**filters)
        return follow(
            *(self.profile, self.client, folder, chosen, options), finished=finished, token=token
        )
