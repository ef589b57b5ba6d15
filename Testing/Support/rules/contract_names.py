"""The names of the contract, by what has them. Sources: Slicer's and CTK's headers.

Methods are called, properties are read or written as attributes, signals are connected by these
strings, values are enumerators. What is not here, the extension does not use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Tuple


@dataclass(frozen=True)
class Members:
    """What is used of one class or object."""

    methods: Tuple[str, ...] = ()
    properties: Tuple[str, ...] = ()
    signals: Tuple[str, ...] = ()
    values: Tuple[str, ...] = ()


def _of(methods: str = "", properties: str = "", signals: Any = (), values: str = "") -> Members:
    return Members(
        tuple(methods.split()), tuple(properties.split()), tuple(signals), tuple(values.split())
    )


_WIDGET = "adjustSize deleteLater grab hide isHidden parent resize setFocus setLayout setParent"
_WIDGET += " mapToGlobal setContextMenuPolicy"
_WIDGET += " setSizePolicy setToolTip setVisible show update findChild setAcceptDrops layout"
_WIDGET_PROPERTIES = "enabled visible toolTip accessibleName font palette sizeHint styleSheet"
_WIDGET_PROPERTIES += " minimumWidth maximumWidth minimumHeight objectName name width height"
_WIDGET_PROPERTIES += " focusPolicy minimumSizeHint x maximumHeight"
_CONTEXT_MENU = "customContextMenuRequested(QPoint)"
_BUTTON = _of(
    _WIDGET + " click setChecked",
    _WIDGET_PROPERTIES + " text checked icon",
    ("clicked()", "toggled(bool)"),
)

CLASSES: Dict[str, Members] = {
    # QtCore
    "qt.QDate": _of("addDays addMonths currentDate toString isValid"),
    "qt.QDesktopServices": _of("openUrl"),
    "qt.QDir": _of("mkpath exists"),
    "qt.QFile": _of("exists open close"),
    "qt.QLocale": _of("toString", values="ShortFormat LongFormat"),
    "qt.QMimeData": _of("hasUrls urls"),
    "qt.QProcess": _of(
        "start write kill state processId errorString error exitStatus exitCode waitForStarted "
        "waitForFinished readAllStandardOutput readAllStandardError closeWriteChannel "
        "setProcessEnvironment terminate deleteLater readLine canReadLine",
        signals=(
            "readyReadStandardOutput()",
            "readyReadStandardError()",
            "finished(int,QProcess::ExitStatus)",
            "errorOccurred(QProcess::ProcessError)",
            "stateChanged(QProcess::ProcessState)",
        ),
        values="NotRunning Starting Running FailedToStart Crashed UnknownError "
        "NormalExit CrashExit",
    ),
    "qt.QProcessEnvironment": _of("systemEnvironment insert remove value contains"),
    "qt.QSettings": _of(
        "value setValue contains remove sync status fileName allKeys beginGroup endGroup childKeys",
        values="NoError IniFormat",
    ),
    "qt.QTimer": _of(
        "start stop setInterval setSingleShot singleShot deleteLater",
        "interval active",
        ("timeout()",),
    ),
    "qt.QUrl": _of("isLocalFile toLocalFile"),
    "qt.Qt": _of(
        values="UserRole ToolTipRole AlignRight AlignLeft AlignCenter AlignVCenter PlainText "
        "RightArrow DownArrow Dialog Checked Unchecked Horizontal Vertical ElideRight "
        "WidgetShortcut ItemIsEnabled ItemIsSelectable ItemIsUserCheckable ItemIsAutoTristate "
        "PartiallyChecked StrongFocus DisplayRole AccessibleTextRole AscendingOrder "
        "DescendingOrder CustomContextMenu RightDockWidgetArea"
    ),
    # QtGui
    "qt.QAction": _of(
        "trigger deleteLater",
        "text enabled checkable checked toolTip visible",
        ("triggered()", "toggled(bool)"),
    ),
    "qt.QColor": _of("lightness name"),
    "qt.QDropEvent": _of("mimeData acceptProposedAction"),
    "qt.QIcon": _of("isNull"),
    "qt.QKeySequence": _of("toString"),
    "qt.QPalette": _of("color", values="Window WindowText Text Base Highlight"),
    "qt.QPainter": _of(
        "setCompositionMode setRenderHint fillRect drawPixmap end",
        values="CompositionMode_SourceIn SmoothPixmapTransform",
    ),
    "qt.QPixmap": _of("isNull fill rect width height"),
    "qt.QPoint": _of("x y"),
    "qt.QSize": _of("width height"),
    # QtWidgets
    "qt.QApplication": _of("clipboard processEvents instance topLevelWidgets"),
    "qt.QCheckBox": _BUTTON,
    "qt.QComboBox": _of(
        _WIDGET + " addItem addItems clear findText findData itemData itemText setItemText "
        "setCurrentIndex setEditText setItemData lineEdit removeItem blockSignals",
        _WIDGET_PROPERTIES + " count currentIndex currentText currentData placeholderText editable",
        ("currentIndexChanged(int)", "currentTextChanged(QString)"),
    ),
    "qt.QDateEdit": _of(_WIDGET, _WIDGET_PROPERTIES + " date", ("dateChanged(QDate)",)),
    "qt.QDialog": _of(
        _WIDGET + " exec_ open accept reject",
        _WIDGET_PROPERTIES + " windowTitle",
        ("finished(int)", "accepted()", "rejected()"),
        "Accepted Rejected",
    ),
    "qt.QDockWidget": _of(
        _WIDGET + " setWidget setFeatures",
        _WIDGET_PROPERTIES,
        values="DockWidgetMovable DockWidgetFloatable",
    ),
    "qt.QDoubleSpinBox": _of(
        _WIDGET + " setRange", _WIDGET_PROPERTIES + " value", ("valueChanged(double)",)
    ),
    "qt.QMessageBox": _of("question", values="Yes"),
    "qt.QFileDialog": _of("getExistingDirectory getOpenFileName getOpenFileNames getSaveFileName"),
    "qt.QFrame": _of(_WIDGET + " setFrameShape", _WIDGET_PROPERTIES, values="StyledPanel NoFrame"),
    "qt.QGroupBox": _of(_WIDGET, _WIDGET_PROPERTIES + " title"),
    "qt.QHeaderView": _of(
        _WIDGET + " resizeSection setSectionResizeMode setDefaultSectionSize moveSection "
        "visualIndex setSectionsMovable setSectionsClickable setSortIndicator "
        "setSortIndicatorShown",
        _WIDGET_PROPERTIES + " stretchLastSection defaultSectionSize",
        ("sectionClicked(int)", "sectionResized(int,int,int)", _CONTEXT_MENU),
        values="Stretch Interactive ResizeToContents Fixed",
    ),
    "qt.QLabel": _of(
        _WIDGET + " setPixmap",
        _WIDGET_PROPERTIES + " text textFormat wordWrap alignment openExternalLinks",
        ("linkActivated(QString)",),
    ),
    "qt.QLineEdit": _of(
        _WIDGET + " clear selectAll",
        _WIDGET_PROPERTIES + " text placeholderText echoMode readOnly",
        ("textChanged(QString)", "returnPressed()", "editingFinished()"),
        "Password Normal",
    ),
    "qt.QMainWindow": _of(_WIDGET + " addDockWidget removeDockWidget resizeDocks centralWidget"),
    "qt.QMenu": _of(
        _WIDGET + " addAction addMenu addSeparator clear popup actions",
        _WIDGET_PROPERTIES + " title",
    ),
    "qt.QPlainTextEdit": _of(
        _WIDGET, _WIDGET_PROPERTIES + " plainText readOnly", ("textChanged()",)
    ),
    "qt.QProgressBar": _of(
        _WIDGET + " setRange reset", _WIDGET_PROPERTIES + " value maximum minimum format"
    ),
    "qt.QPushButton": _BUTTON,
    "qt.QRadioButton": _BUTTON,
    "qt.QShortcut": _of("setContext deleteLater", "enabled", ("activated()",)),
    "qt.QSizePolicy": _of(values="Ignored Preferred Expanding Fixed Minimum Maximum"),
    "qt.QSpinBox": _of(
        _WIDGET + " setRange", _WIDGET_PROPERTIES + " value", ("valueChanged(int)",)
    ),
    "qt.QScrollBar": _of(
        _WIDGET, _WIDGET_PROPERTIES + " value", ("valueChanged(int)", "rangeChanged(int,int)")
    ),
    "qt.QStackedWidget": _of(_WIDGET + " addWidget", _WIDGET_PROPERTIES + " currentIndex"),
    "qt.QTabWidget": _of(
        _WIDGET + " indexOf setTabText tabText", _WIDGET_PROPERTIES + " count currentIndex"
    ),
    "qt.QTableWidget": _of(
        _WIDGET + " item setItem setRowCount setColumnCount setHorizontalHeaderLabels "
        "horizontalHeader verticalHeader setColumnWidth clearContents resizeColumnsToContents "
        "resizeRowsToContents",
        _WIDGET_PROPERTIES + " rowCount columnCount",
    ),
    "qt.QTableWidgetItem": _of("text setText setToolTip"),
    "qt.QToolButton": _of(
        _WIDGET + " click setMenu",
        _WIDGET_PROPERTIES + " text checked arrowType popupMode",
        ("clicked()", "toggled(bool)"),
        "InstantPopup",
    ),
    "qt.QTreeWidget": _of(
        _WIDGET + " addTopLevelItem insertTopLevelItem takeTopLevelItem topLevelItem "
        "indexOfTopLevelItem clear header headerItem setColumnCount setHeaderLabels columnWidth "
        "setColumnWidth currentItem setCurrentItem selectedItems setItemWidget blockSignals "
        "resizeColumnToContents clearSelection hideColumn showColumn itemAt itemBelow sortItems "
        "visualItemRect viewport setIconSize verticalScrollBar horizontalScrollBar",
        _WIDGET_PROPERTIES + " topLevelItemCount columnCount rootIsDecorated",
        (
            "itemSelectionChanged()",
            "itemActivated(QTreeWidgetItem*,int)",
            "itemExpanded(QTreeWidgetItem*)",
            "itemCollapsed(QTreeWidgetItem*)",
            _CONTEXT_MENU,
            "itemDoubleClicked(QTreeWidgetItem*,int)",
            "itemClicked(QTreeWidgetItem*,int)",
            "itemChanged(QTreeWidgetItem*,int)",
        ),
    ),
    "qt.QTreeWidgetItem": _of(
        "addChild removeChild child childCount data setData text setText setToolTip "
        "setTextAlignment "
        "setExpanded isExpanded setSelected isSelected setFirstColumnSpanned parent takeChildren "
        "indexOfChild setIcon setHidden setFlags flags toolTip setForeground setFont checkState "
        "setCheckState"
    ),
    "qt.QUiLoader": _of("load"),
    "qt.QVBoxLayout": _of(
        "addWidget insertWidget addLayout addStretch setContentsMargins setSpacing "
        "setStretchFactor heightForWidth activate"
    ),
    "qt.QWidget": _of(_WIDGET, _WIDGET_PROPERTIES),
    "qt.QScrollArea": _of(_WIDGET + " ensureWidgetVisible", _WIDGET_PROPERTIES),
    # ctk widgets
    "ctk.ctkCollapsibleButton": _of(
        _WIDGET,
        "enabled visible toolTip accessibleName minimumWidth name text collapsed checked",
        ("contentsCollapsed(bool)", "toggled(bool)"),
    ),
    "ctk.ctkPathLineEdit": _of(
        _WIDGET + " addCurrentPathToHistory",
        _WIDGET_PROPERTIES + " currentPath filters settingKey",
        ("currentPathChanged(QString)",),
        "Files Dirs",
    ),
    # ctk DICOM
    "ctk.ctkDICOMDatabase": _of(
        "openDatabase closeDatabase initializeDatabase patients studiesForPatient seriesForStudy "
        "instancesForSeries filesForSeries fileForInstance fieldForPatient fieldForStudy "
        "fieldForSeries schemaVersion schemaVersionLoaded updateDisplayedFields removeSeries "
        "patientForStudy studyForSeries seriesForFile instanceForFile fileValue instanceValue "
        "fileValueExists",
        "isOpen databaseFilename databaseDirectory lastError isInMemory",
        ("databaseChanged()", "opened()", "closed()"),
    ),
    "ctk.ctkDICOMIndexer": _of(
        "addDirectory addListOfFiles addFile waitForImportFinished cancel",
        "backgroundImportEnabled followSymlinks importing",
        ("indexingComplete(int,int,int,int)", "progress(int)", "progressStep(QString)"),
    ),
    "ctk.ctkDICOMServer": _of(
        "setRetrieveProtocolAsString retrieveProtocolAsString",
        "connectionName callingAETitle calledAETitle host port connectionTimeout "
        "moveDestinationAETitle keepAssociationOpen queryRetrieveEnabled storageEnabled "
        "trustedEnabled",
        values="CGET CMOVE",
    ),
    "ctk.ctkDICOMScheduler": _of(
        "setDicomDatabase setFilters addServer removeAllServers queryPatients queryStudies "
        "querySeries retrieveStudy retrieveSeries retrieveSOPInstance echo stopAllJobs "
        "stopJobsByJobUIDs stopJobsByDICOMUIDs waitForFinish waitForDone",
        "maximumNumberOfRetry retryDelay maximumThreadCount numberOfJobs numberOfRunningJobs "
        "maximumPatientsQuery",
        (
            "jobInitialized(QVariant)",
            "jobStarted(QList<QVariant>)",
            "jobFinished(QList<QVariant>)",
            "jobFailed(QList<QVariant>)",
            "jobAttemptFailed(QList<QVariant>)",
            "jobUserStopped(QList<QVariant>)",
            "progressJobDetail(QList<QVariant>)",
        ),
    ),
    "ctk.ctkDICOMJobDetail": _of(
        "jobClass jobType JobUID patientID studyInstanceUID seriesInstanceUID sopInstanceUID "
        "connectionName numberOfDataSets referenceInserterJobUID queriedPatientIDs "
        "queriedStudyInstanceUIDs queriedSeriesInstanceUIDs queriedSOPInstanceUIDs logging"
    ),
    "ctk.ctkDICOMQuery": _of(
        "setFilters query queryStudies cancel wasCanceled",
        "callingAETitle calledAETitle host port connectionTimeout connectionName",
        ("progress(int)", "progress(QString)", "error(QString)", "done(bool)"),
    ),
    "ctk.ctkDICOMRetrieve": _of(
        "setDatabase getStudy getSeries moveStudy moveSeries cancel wasCanceled",
        "callingAETitle calledAETitle host port connectionTimeout keepAssociationOpen "
        "moveDestinationAETitle jobUID",
        ("progress(int)", "progress(QString)", "error(QString)", "done(bool)"),
    ),
    "ctk.ctkDICOMEcho": _of(
        "echo", "callingAETitle calledAETitle host port connectionTimeout connectionName"
    ),
    "slicer.vtkMRMLVolumeArchetypeStorageNode": _of(
        "IsA GetAttribute GetFileName GetNthFileName GetNumberOfFileNames"
    ),
    # MRML
    "slicer.vtkMRMLScalarVolumeNode": _of(
        "GetName GetID IsA GetAttribute SetAttribute SetSaveWithScene SetIJKToRASMatrix "
        "SetAndObserveImageData CreateDefaultDisplayNodes GetDisplayNode GetImageData "
        "GetIJKToRASMatrix GetVoxelValueUnits SetVoxelValueUnits GetVoxelValueQuantity "
        "SetVoxelValueQuantity"
    ),
    "slicer.vtkMRMLCommandLineModuleNode": _of("IsBusy GetStatus", values="Completed"),
    "slicer.vtkCodedEntry": _of(
        "GetCodeValue GetCodingSchemeDesignator GetCodeMeaning SetValueSchemeMeaning"
    ),
    "slicer.vtkMRMLMarkupsFiducialNode": _of(
        "GetMarkupType GetNumberOfControlPoints GetNthControlPointAssociatedNodeID "
        "GetNthControlPointPositionStatus GetNthControlPointPositionWorld GetNthControlPointLabel "
        "SetNthControlPointLabel AddControlPointWorld GetNumberOfMeasurements GetNthMeasurement",
        values="PositionDefined",
    ),
    "slicer.vtkMRMLMarkupsFiducialDisplayNode": _of("GetSelectedColor SetSelectedColor"),
    "slicer.vtkMRMLMarkupsPlaneNode": _of(
        "GetAxesWorld SetAxesWorld GetCenterWorld SetCenterWorld GetSizeWorld SetSizeWorld "
        "SetSizeMode",
        values="SizeModeAbsolute",
    ),
    "slicer.vtkMRMLMarkupsROINode": _of(
        "GetAxisWorld GetCenterWorld GetSizeWorld SetSize SetAndObserveObjectToNodeMatrix"
    ),
    "slicer.vtkMRMLStaticMeasurement": _of(
        "GetName GetEnabled GetValueDefined GetDisplayValue GetUnits GetUnitsCode GetQuantityCode"
    ),
    "slicer.vtkMRMLSegmentationNode": _of(
        "GetSegmentation GetParentTransformNode GetTransformNodeID GetNodeReference "
        "GetHideFromEditors GetSaveWithScene GetDisableModifiedEvent SetDisableModifiedEvent "
        "CreateBinaryLabelmapRepresentation "
        "GetReferenceImageGeometryReferenceRole SetReferenceImageGeometryParameterFromVolumeNode"
    ),
    "slicer.vtkMRMLSubjectHierarchyNode": _of(
        "GetSubjectHierarchyNode GetItemByDataNode GetItemAncestorAtLevel GetItemUID"
    ),
    "slicer.vtkMRMLTableNode": _of(
        "GetTable AddColumn GetColumnProperty SetColumnProperty GetColumnUnitLabel "
        "SetColumnUnitLabel"
    ),
    "slicer.vtkMRMLTransformNode": _of("GetMatrixTransformBetweenNodes IsTransformToWorldLinear"),
    "slicer.vtkOrientedImageData": _of(
        "GetImageToWorldMatrix SetImageToWorldMatrix GetDimensions GetExtent GetPointData GetMTime"
    ),
    "slicer.vtkSegment": _of(
        "SetName GetColor SetColor GetLabelValue SetLabelValue GetTag SetTag AddRepresentation "
        "GetTerminologyEntryTagName"
    ),
    "slicer.vtkSegmentation": _of(
        "AddSegment GenerateUniqueSegmentID GetSegment GetSegmentIDs GetNumberOfSegments "
        "GetNumberOfLayers GetLayerIndex GetLayerDataObject ContainsRepresentation "
        "SetSourceRepresentationName"
    ),
    "slicer.vtkSegmentationConverter": _of("GetSegmentationBinaryLabelmapRepresentationName"),
    "slicer.vtkMRMLScalarVolumeDisplayNode": _of(
        "SetAutoWindowLevel SetWindowLevel GetLevel GetWindow"
    ),
    "slicer.vtkMRMLVolumePropertyNode": _of("Copy"),
    "slicer.vtkMRMLGPURayCastVolumeRenderingDisplayNode": _of(
        "SetVisibility GetVolumePropertyNode"
    ),
    "slicer.vtkSlicerVolumeRenderingLogic": _of(
        "CreateDefaultVolumeRenderingNodes GetPresetByName"
    ),
    # DICOMLib
    "DICOMLib.DICOMListener": _of(
        "start stop onStateChanged completeIncomingFilesIndexing killStoreSCPProcesses",
        "port process indexer incomingDataDir incomingFiles delayedAutoUpdateTimer dicomDatabase",
    ),
}

OBJECTS: Dict[str, Members] = {
    "slicer.app": _of(
        "userSettings processEvents layoutManager commandOptions testingEnabled dicomDatabase "
        "mrmlScene moduleManager applicationLogic loadTranslations translate exit",
        "slicerHome temporaryPath majorVersion minorVersion applicationName",
        ("startupCompleted()", "aboutToQuit()", "urlReceived(QString)"),
    ),
    "slicer.modules.dicomPlugins": _of("keys"),
    "slicer.modules.DICOMInstance": _of(
        "startListener stopListener performPostModuleDiscoveryTasks"
    ),
    "slicer.mrmlScene": _of(
        "GetNodeByID AddObserver RemoveObserver Clear GetNodesByClass AddNewNodeByClass "
        "GenerateUniqueName RemoveNode IsNodePresent SaveSceneToSlicerDataBundleDirectory "
        "ReadFromMRB"
    ),
}

FUNCTIONS = (
    "DICOMLib.DICOMLoadable",
    "SampleData.SampleDataLogic.registerCustomSampleDataSource",
    "DICOMLib.DICOMUtils.closeTemporaryDatabase",
    "DICOMLib.DICOMUtils.getDefaultPluginClassNames",
    "DICOMLib.DICOMUtils.getLoadablesFromFileLists",
    "DICOMLib.DICOMUtils.importDicom",
    "DICOMLib.DICOMUtils.loadLoadables",
    "DICOMLib.DICOMUtils.openDatabase",
    "DICOMLib.DICOMUtils.openTemporaryDatabase",
    "DICOMLib.DICOMUtils.selectHighestConfidenceLoadables",
    "slicer.ScriptedLoadableModule.ScriptedLoadableModule",
    "slicer.ScriptedLoadableModule.ScriptedLoadableModuleLogic",
    "slicer.ScriptedLoadableModule.ScriptedLoadableModuleTest",
    "slicer.ScriptedLoadableModule.ScriptedLoadableModuleWidget",
    "slicer.i18n.tr",
    "slicer.i18n.translate",
    "slicer.util.VTKObservationMixin",
    "slicer.util.arrayFromVolume",
    "slicer.util.arrayFromVolumeModified",
    "slicer.util.childWidgetVariables",
    "slicer.util.errorDisplay",
    "slicer.util.exit",
    "slicer.util.getModuleWidget",
    "slicer.util.getNewModuleWidget",
    "slicer.util.loadUI",
    "slicer.util.mainWindow",
    "slicer.util.pip_install",
    "slicer.util.resetSliceViews",
    "slicer.util.resetThreeDViews",
    "slicer.util.selectModule",
    "slicer.util.setSliceViewerLayers",
    "slicer.util.settingsValue",
    "slicer.util.showStatusMessage",
    "slicer.util.tempDirectory",
    "slicer.util.toBool",
)

# Attributes that may be absent, so that code asks with hasattr or getattr.
OPTIONAL = (
    "slicer.dicomDatabase",
    "slicer.dicomListener",
    "slicer.dicomDatabaseDirectorySettingsKey",
    "slicer.modules.OrthancConnectInstance",
    "slicer.modules.OrthancConnectWidget",
    "slicer.modules.orthancconnect",
    "slicer.packaging.pip_ensure",  # from Slicer 5.12 on
    # A Slicer may be built without command line modules …
    "slicer.cli.run",
    "slicer.modules.createdicomseries",
    "slicer.vtkMRMLCommandLineModuleNode",
    # … and without volume rendering.
    "slicer.modules.volumerendering",
    "slicer.vtkMRMLVolumePropertyNode",
    "slicer.vtkMRMLGPURayCastVolumeRenderingDisplayNode",
    "slicer.vtkSlicerVolumeRenderingLogic",
)
