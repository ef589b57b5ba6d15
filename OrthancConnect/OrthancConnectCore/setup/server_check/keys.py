"""The keys of Orthanc's configuration, with what counts where one is left out.

From ``OrthancServer/Resources/Configuration.json`` of Orthanc 1.10 to 1.12; Debian's are the same.
Orthanc ignores a key that it does not know, and does not start with a value of another type.
"""

from __future__ import annotations

from typing import Any, Dict

_TRUE = """
DeflatedTransferSyntaxAccepted DeidentifyLogs DicomAlwaysAllowEcho DicomAlwaysAllowStore
DicomServerEnabled DicomTlsRemoteCertificateRequired H265TransferSyntaxAccepted HttpDescribeErrors
HttpServerEnabled HttpsVerifyPeers IngestTranscodingOfCompressed IngestTranscodingOfUncompressed
Jpeg2000TransferSyntaxAccepted JpegLosslessTransferSyntaxAccepted JpegTransferSyntaxAccepted
JpipTransferSyntaxAccepted KeepAlive LoadPrivateDictionary MetricsEnabled
Mpeg2TransferSyntaxAccepted Mpeg4TransferSyntaxAccepted OrthancExplorerEnabled
RleTransferSyntaxAccepted SaveJobs StoreDicom StoreMD5ForAttachments SyncStorageArea
SynchronousCMove SynchronousZipStream TcpNoDelay TranscodeDicomProtocol WebDavEnabled
WebDavUploadAllowed
"""
_FALSE = """
CaseSensitivePN CheckRevisions DicomAlwaysAllowFind DicomAlwaysAllowFindWorklist
DicomAlwaysAllowGet DicomAlwaysAllowMove DicomCheckCalledAet DicomCheckModalityHost
DicomEchoChecksFind DicomModalitiesInDatabase DicomTlsEnabled ExecuteLuaEnabled
HttpCompressionEnabled HttpVerbose LogExportedResources OrthancPeersInDatabase OverwriteInstances
ReadOnly RemoteAccessAllowed RestApiWriteToFileSystemEnabled SslEnabled SslVerifyPeers
StorageCompression StrictAetComparison UnknownSopClassAccepted WebDavDeleteAllowed
"""
#: What has a type, and no default value of its own that a check asks for.
_TEXTS = """
BuiltinDecoderTranscoderOrder DatabaseServerIdentifier DefaultPrivateCreator
DeidentifyLogsDicomVersion DicomDefaultRetrieveMethod DicomScuPreferredTransferSyntax
DicomTlsCertificate DicomTlsPrivateKey DicomTlsTrustedCertificates HttpProxy HttpsCACertificates
IngestTranscoding Locale TemporaryDirectory
"""
_NUMBERS = """
ConcurrentJobs DicomAssociationCloseDelay DicomLossyTranscodingQuality DicomScpTimeout
DicomScuTimeout DicomTlsMinimumProtocolVersion HttpRequestTimeout HttpTimeout KeepAliveTimeout
LimitFindInstances LimitFindResults LuaHeartBeatPeriod MallocArenaMax
MaximumConcurrentDcmtkTranscoders MaximumPatientCount MaximumStorageCacheSize MaximumStorageSize
MediaArchiveSize QueryRetrieveSize StableAge StorageCommitmentReportsSize ZipLoaderThreads
"""
_LISTS = """
AcceptedSopClasses DicomTlsCiphersAccepted ExternalDictionaries LuaScripts Plugins
RejectedSopClasses SslCiphersAccepted
"""
_OBJECTS = """
DicomModalities Dictionary ExtraMainDicomTags JobsEngineThreadsCount OrthancPeers Pkcs11
RegisteredUsers UserContentType UserMetadata Warnings
"""

#: Key: its default value.
DEFAULTS: Dict[str, Any] = {
    **dict.fromkeys(_TRUE.split(), True),
    **dict.fromkeys(_FALSE.split(), False),
    **dict.fromkeys(_TEXTS.split(), ""),
    **dict.fromkeys(_NUMBERS.split(), 0),
    **dict.fromkeys(_LISTS.split(), []),
    **dict.fromkeys(_OBJECTS.split(), {}),
    "AuthenticationEnabled": False,  # RemoteAccessAllowed's value, in truth
    "DefaultEncoding": "Latin1",
    "DicomAet": "ORTHANC",
    "DicomPort": 4242,
    "DicomThreadsCount": 4,
    "HttpPort": 8042,
    "HttpThreadsCount": 50,
    "JobsHistorySize": 10,
    "MaximumPduLength": 16384,
    "MaximumStorageMode": "Recycle",
    "Name": "MyOrthanc",
    "SslCertificate": "certificate.pem",
    "SslMinimumProtocolVersion": 4,
    "SslTrustedClientCertificates": "trustedCertificates.pem",
    "StorageAccessOnFind": "Always",
    "StorageDirectory": "OrthancStorage",
}
#: Written as they are, whatever they hold: a text or a list (``AcceptedTransferSyntaxes``), and the
#: plugins' sections.
OTHERS = frozenset(
    """
AcceptedTransferSyntaxes IndexDirectory AdvancedStorage Authorization AwsS3Storage
AzureBlobStorage ConnectivityChecks DelayedDeletion DicomWeb Education Gdcm GoogleCloudStorage
Housekeeper Indexer Java MultitenantDicom MySQL Neuro Odbc OHIF Ohif OrthancExplorer2
OsimisWebViewerBasic PixelsMasker PostgreSQL Python PythonScript PythonVerbose STL ServeFolders
StoneWebViewer Tcia Transfers VolView WebViewer WholeSlideImaging Worklists
""".split()
)
#: Orthanc's names of encodings (``DefaultEncoding``); with another it does not start.
ENCODINGS = """
Ascii Utf8 Latin1 Latin2 Latin3 Latin4 Latin5 Cyrillic Windows1251 Arabic Greek Hebrew Thai
Japanese Chinese JapaneseKanji Korean SimplifiedChinese
""".split()
#: Orthanc's names of manufacturers (``DicomModalities``), the second line's are out of date; with
#: another it does not start.
MANUFACTURERS = """
Generic GenericNoWildcardInDates GenericNoUniversalWildcard GE Vitrea
AgfaImpax SyngoVia EFilm2 MedInria ClearCanvas Dcm4Chee
""".split()
