<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>AdministratorsPanel</name>
    <message>
        <source>Check a configuration</source>
        <translation>Revisar ficheros</translation>
    </message>
    <message>
        <source>Check this server</source>
        <translation>Revisar este servidor</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copiar</translation>
    </message>
    <message>
        <source>Copy the report</source>
        <translation>Copiar el informe</translation>
    </message>
    <message>
        <source>Copy the whole report to the clipboard.</source>
        <translation>Copia el informe entero al portapapeles.</translation>
    </message>
    <message>
        <source>Export the audit log</source>
        <translation>Exportar el registro de auditoría</translation>
    </message>
    <message>
        <source>Export the audit log…</source>
        <translation>Exportar el registro…</translation>
    </message>
    <message>
        <source>Files for an Orthanc server, from the first command on: shown first, written when you agree.</source>
        <translation>Ficheros para un servidor Orthanc, desde la primera orden: primero se muestran, y se escriben cuando usted lo acepta.</translation>
    </message>
    <message>
        <source>For administrators</source>
        <translation>Para administradores</translation>
    </message>
    <message>
        <source>Look at a file, or at a folder such as /etc/orthanc; nothing is changed.</source>
        <translation>Mira un fichero, o una carpeta como /etc/orthanc; no se cambia nada.</translation>
    </message>
    <message>
        <source>Make a server configuration</source>
        <translation>Hacer la configuración de un servidor</translation>
    </message>
    <message>
        <source>Make a server configuration…</source>
        <translation>Configuración de un servidor…</translation>
    </message>
    <message>
        <source>Note patients' names and IDs in the audit log</source>
        <translation>Anotar en él nombres e ID de pacientes</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Guardar el informe</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Guardar…</translation>
    </message>
    <message>
        <source>See what a login tells of the connected server; nothing is changed there.</source>
        <translation>Mira lo que un usuario puede saber del servidor conectado; allí no se cambia nada.</translation>
    </message>
    <message>
        <source>The audit log tells who sent, fetched, changed or removed what; of patients it says nothing unless this is ticked.</source>
        <translation>El registro de auditoría dice quién envió, trajo, cambió o quitó qué; de los pacientes no dice nada si esto no está marcado.</translation>
    </message>
    <message>
        <source>What in Orthanc's set-up is unsafe or won't work:</source>
        <translation>Qué es inseguro o no funcionará en la instalación de Orthanc:</translation>
    </message>
    <message>
        <source>What is looked for</source>
        <translation>Qué se busca</translation>
    </message>
    <message>
        <source>What the audit log has</source>
        <translation>Qué tiene el registro de auditoría</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Qué se encontró</translation>
    </message>
    <message>
        <source>Write all events into a table, CSV or JSON.</source>
        <translation>Escribe todos los sucesos en una tabla, CSV o JSON.</translation>
    </message>
    <message>
        <source>Write the whole report to a text file.</source>
        <translation>Escribe el informe entero en un fichero de texto.</translation>
    </message>
</context>
<context>
    <name>CertificateDialog</name>
    <message>
        <source>Certificate</source>
        <translation>Certificado</translation>
    </message>
    <message>
        <source>Do not trust</source>
        <translation>No confiar</translation>
    </message>
    <message>
        <source>Do you trust this server?</source>
        <translation>¿Confía en este servidor?</translation>
    </message>
    <message>
        <source>Fingerprint shown now</source>
        <translation>Huella digital mostrada ahora</translation>
    </message>
    <message>
        <source>Fingerprint trusted until now</source>
        <translation>Huella digital de confianza hasta ahora</translation>
    </message>
    <message>
        <source>For the hosts</source>
        <translation>Para los equipos</translation>
    </message>
    <message>
        <source>From when to when the certificate is valid.</source>
        <translation>Desde cuándo y hasta cuándo es válido el certificado.</translation>
    </message>
    <message>
        <source>Host names and addresses in the certificate.</source>
        <translation>Nombres y direcciones de equipos que figuran en el certificado.</translation>
    </message>
    <message>
        <source>Issued by</source>
        <translation>Emitido por</translation>
    </message>
    <message>
        <source>Issued to</source>
        <translation>Emitido para</translation>
    </message>
    <message>
        <source>Issuer of the certificate.</source>
        <translation>Emisor del certificado.</translation>
    </message>
    <message>
        <source>Remember this fingerprint and accept only this certificate from now on.</source>
        <translation>Recordar esta huella digital y aceptar a partir de ahora solo este certificado.</translation>
    </message>
    <message>
        <source>SHA-256 fingerprint</source>
        <translation>Huella digital SHA-256</translation>
    </message>
    <message>
        <source>Send nothing to this server.</source>
        <translation>No enviar nada a este servidor.</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Servidor</translation>
    </message>
    <message>
        <source>Subject of the certificate.</source>
        <translation>Titular del certificado.</translation>
    </message>
    <message>
        <source>The address that you typed.</source>
        <translation>La dirección que ha escrito.</translation>
    </message>
    <message>
        <source>The certificate that the server shows.</source>
        <translation>El certificado que muestra el servidor.</translation>
    </message>
    <message>
        <source>The fingerprint that the server shows now.</source>
        <translation>La huella digital que el servidor muestra ahora.</translation>
    </message>
    <message>
        <source>The fingerprint that was trusted.</source>
        <translation>La huella digital en la que se confiaba.</translation>
    </message>
    <message>
        <source>Trust this certificate</source>
        <translation>Confiar en este certificado</translation>
    </message>
    <message>
        <source>Trusted until now</source>
        <translation>De confianza hasta ahora</translation>
    </message>
    <message>
        <source>Valid</source>
        <translation>Validez</translation>
    </message>
    <message>
        <source>Why it is not trusted</source>
        <translation>Por qué no es de confianza</translation>
    </message>
</context>
<context>
    <name>CheckLine</name>
    <message>
        <source>Does it, and looks again.</source>
        <translation>Lo hace y vuelve a mirar.</translation>
    </message>
    <message>
        <source>Mend it</source>
        <translation>Arreglar</translation>
    </message>
</context>
<context>
    <name>CheckupPanel</name>
    <message>
        <source>Also see whether the server can be written to: a test image, which is nobody's, is stored there and deleted again.</source>
        <translation>Comprobar también si se puede escribir en el servidor: se almacena una imagen de prueba, que no es de nadie, y se vuelve a borrar.</translation>
    </message>
    <message>
        <source>Check-up</source>
        <translation>Revisión</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>Copiar informe</translation>
    </message>
    <message>
        <source>Copy the report</source>
        <translation>Copiar el informe</translation>
    </message>
    <message>
        <source>Copy the report as text; it holds no password and no patient.</source>
        <translation>Copiar el informe como texto; no contiene contraseñas ni pacientes.</translation>
    </message>
    <message>
        <source>Examine the connection to the server, step by step.</source>
        <translation>Examinar la conexión con el servidor, paso a paso.</translation>
    </message>
    <message>
        <source>Looks at every link of the connection, and says what is wrong and how to mend it.</source>
        <translation>Examina cada eslabón de la conexión y dice qué falla y cómo arreglarlo.</translation>
    </message>
    <message>
        <source>Result of the check-up</source>
        <translation>Resultado de la revisión</translation>
    </message>
    <message>
        <source>Run the check-up</source>
        <translation>Hacer la revisión</translation>
    </message>
    <message>
        <source>Save report…</source>
        <translation>Guardar informe…</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Guardar el informe</translation>
    </message>
    <message>
        <source>Save the report as a text file; it holds no password and no patient.</source>
        <translation>Guardar el informe como fichero de texto; no contiene contraseñas ni pacientes.</translation>
    </message>
    <message>
        <source>Store a test image</source>
        <translation>Almacenar una imagen de prueba</translation>
    </message>
    <message>
        <source>Store a test image on the server and delete it again</source>
        <translation>Almacenar una imagen de prueba en el servidor y volver a borrarla</translation>
    </message>
</context>
<context>
    <name>CohortBox</name>
    <message>
        <source>&amp;Column</source>
        <translation>&amp;Columna</translation>
    </message>
    <message>
        <source>&amp;holds</source>
        <translation>c&amp;ontiene</translation>
    </message>
    <message>
        <source>Accession number</source>
        <translation>Número de acceso</translation>
    </message>
    <message>
        <source>Arrived</source>
        <translation>Llegaron</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Close the list</source>
        <translation>Cerrar la lista</translation>
    </message>
    <message>
        <source>Column of the list</source>
        <translation>Columna de la lista</translation>
    </message>
    <message>
        <source>Fetch all of it into Slicer's DICOM database, as one transfer.</source>
        <translation>Recuperarlo todo en la base de datos DICOM de Slicer, como una sola transferencia.</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>Patient ID</source>
        <translation>ID del paciente</translation>
    </message>
    <message>
        <source>Put the list away; what is being fetched goes on.</source>
        <translation>Retirar la lista; lo que se está recuperando continúa.</translation>
    </message>
    <message>
        <source>Retrieve</source>
        <translation>Recuperar</translation>
    </message>
    <message>
        <source>Retrieve the list</source>
        <translation>Recuperar la lista</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>Fila</translation>
    </message>
    <message>
        <source>Rows shown</source>
        <translation>Filas mostradas</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>Guardar como CSV…</translation>
    </message>
    <message>
        <source>Save the rows as CSV</source>
        <translation>Guardar las filas como CSV</translation>
    </message>
    <message>
        <source>Save what became of each row.</source>
        <translation>Guardar qué ha sido de cada fila.</translation>
    </message>
    <message>
        <source>Series</source>
        <translation>Serie</translation>
    </message>
    <message>
        <source>Series UID</source>
        <translation>UID de la serie</translation>
    </message>
    <message>
        <source>Study UID</source>
        <translation>UID del estudio</translation>
    </message>
    <message>
        <source>The chosen list</source>
        <translation>La lista elegida</translation>
    </message>
    <message>
        <source>The column that says what to retrieve.</source>
        <translation>La columna que dice qué recuperar.</translation>
    </message>
    <message>
        <source>What became of each row</source>
        <translation>Qué ha sido de cada fila</translation>
    </message>
    <message>
        <source>What became of each row of the list.</source>
        <translation>Qué ha sido de cada fila de la lista.</translation>
    </message>
    <message>
        <source>What is wrong with the list</source>
        <translation>Qué falla en la lista</translation>
    </message>
    <message>
        <source>What the column holds</source>
        <translation>Qué contiene la columna</translation>
    </message>
    <message>
        <source>What the server is asked for with it.</source>
        <translation>Por qué se le pregunta al servidor con ella.</translation>
    </message>
</context>
<context>
    <name>EditingBox</name>
    <message>
        <source>Accession number</source>
        <translation>Número de acceso</translation>
    </message>
    <message>
        <source>Birth date</source>
        <translation>Fecha de nacimiento</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Fecha</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Borrar</translation>
    </message>
    <message>
        <source>Delete it on the server, if it is still the same.</source>
        <translation>Borrarlo en el servidor, si sigue igual.</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Descripción</translation>
    </message>
    <message>
        <source>Family name and given name, parted by ^.</source>
        <translation>Apellido y nombre, separados por ^.</translation>
    </message>
    <message>
        <source>Family name, given name and more, parted by ^: Ruiz^Ana.</source>
        <translation>Apellidos, nombre y demás, separados por ^: Ruiz^Ana.</translation>
    </message>
    <message>
        <source>Keep the old study beside it</source>
        <translation>Conservar el estudio antiguo al lado</translation>
    </message>
    <message>
        <source>Leave it as it is on the server.</source>
        <translation>Dejarlo como está en el servidor.</translation>
    </message>
    <message>
        <source>M, F, O, or nothing.</source>
        <translation>M, F, O, o nada.</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Of the study: hours, minutes and seconds, as 183000.</source>
        <translation>Del estudio: horas, minutos y segundos, como 183000.</translation>
    </message>
    <message>
        <source>Of the study: year, month and day, as 20261129.</source>
        <translation>Del estudio: año, mes y día, como 20261129.</translation>
    </message>
    <message>
        <source>Of the study; up to 64 characters.</source>
        <translation>Del estudio; hasta 64 caracteres.</translation>
    </message>
    <message>
        <source>Patient ID</source>
        <translation>ID del paciente</translation>
    </message>
    <message>
        <source>Patient ID to agree</source>
        <translation>ID del paciente para confirmar</translation>
    </message>
    <message>
        <source>Referring physician</source>
        <translation>Médico remitente</translation>
    </message>
    <message>
        <source>Replace the old study</source>
        <translation>Sustituir el estudio antiguo</translation>
    </message>
    <message>
        <source>Sex</source>
        <translation>Sexo</translation>
    </message>
    <message>
        <source>The old one is deleted when all instances of the corrected one were counted.</source>
        <translation>El antiguo se borra cuando se han contado todas las instancias del corregido.</translation>
    </message>
    <message>
        <source>The patient's ID, so that nothing goes by a slip. Enter does it.</source>
        <translation>El ID del paciente, para que nada se borre por descuido. Intro lo hace.</translation>
    </message>
    <message>
        <source>The server has both then: the old one as it is, and a corrected one.</source>
        <translation>El servidor tiene entonces los dos: el antiguo tal cual, y uno corregido.</translation>
    </message>
    <message>
        <source>The study's patient ID; may not be empty.</source>
        <translation>El ID de paciente del estudio; no puede estar vacío.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Hora</translation>
    </message>
    <message>
        <source>Up to 16 characters.</source>
        <translation>Hasta 16 caracteres.</translation>
    </message>
    <message>
        <source>What came of it</source>
        <translation>Qué fue de ello</translation>
    </message>
    <message>
        <source>What is to be changed on the server</source>
        <translation>Qué se va a cambiar en el servidor</translation>
    </message>
    <message>
        <source>What is to be typed to agree</source>
        <translation>Qué hay que escribir para confirmar</translation>
    </message>
    <message>
        <source>What there is of it</source>
        <translation>Qué hay de ello</translation>
    </message>
    <message>
        <source>Year, month and day: 19700131.</source>
        <translation>Año, mes y día: 19700131.</translation>
    </message>
</context>
<context>
    <name>FollowBox</name>
    <message>
        <source> GB</source>
        <translation> GB</translation>
    </message>
    <message>
        <source>Fetch each new series that matches, as soon as it is whole, until you stop it.</source>
        <translation>Recuperar cada serie nueva que coincida, en cuanto esté completa, hasta que usted lo detenga.</translation>
    </message>
    <message>
        <source>Follow this query</source>
        <translation>Seguir esta consulta</translation>
    </message>
    <message>
        <source>From when on it is followed</source>
        <translation>Desde cuándo se sigue</translation>
    </message>
    <message>
        <source>Go on next time</source>
        <translation>Y la próxima vez</translation>
    </message>
    <message>
        <source>It stops before what it has fetched takes more than this.</source>
        <translation>Se detiene antes de que lo recuperado ocupe más que esto.</translation>
    </message>
    <message>
        <source>Keep this query in Slicer's settings, and go on with it when you connect to this server again.</source>
        <translation>Guardar esta consulta en los ajustes de Slicer y continuarla cuando vuelva a conectarse a este servidor.</translation>
    </message>
    <message>
        <source>Most that a followed query may take</source>
        <translation>Máximo que puede ocupar una consulta seguida</translation>
    </message>
    <message>
        <source>State of the followed query</source>
        <translation>Estado de la consulta seguida</translation>
    </message>
    <message>
        <source>Whether what is on the server already is fetched as well. A query that was followed before goes on where it was.</source>
        <translation>Si se recupera también lo que ya está en el servidor. Una consulta que ya se siguió continúa donde se quedó.</translation>
    </message>
    <message>
        <source>and what is there</source>
        <translation>y lo que ya hay</translation>
    </message>
    <message>
        <source>any</source>
        <translation>cualquiera</translation>
    </message>
    <message>
        <source>at most</source>
        <translation>máximo</translation>
    </message>
    <message>
        <source>from now on</source>
        <translation>desde ahora</translation>
    </message>
</context>
<context>
    <name>InterruptedUpload</name>
    <message>
        <source>Forget</source>
        <translation>Olvidar</translation>
    </message>
    <message>
        <source>Forget the interrupted upload</source>
        <translation>Olvidar la subida interrumpida</translation>
    </message>
    <message>
        <source>Go on where it was; what is stored is not sent again.</source>
        <translation>Continuar donde se quedó; lo almacenado no se envía otra vez.</translation>
    </message>
    <message>
        <source>Interrupted upload</source>
        <translation>Subida interrumpida</translation>
    </message>
    <message>
        <source>Offer it no more; what is stored stays on the server.</source>
        <translation>No ofrecerla más; lo almacenado permanece en el servidor.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reanudar</translation>
    </message>
    <message>
        <source>Resume the interrupted upload</source>
        <translation>Reanudar la subida interrumpida</translation>
    </message>
</context>
<context>
    <name>LabelsBox</name>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Close the labels</source>
        <translation>Cerrar las etiquetas</translation>
    </message>
    <message>
        <source>Labels of the study or series</source>
        <translation>Etiquetas del estudio o de la serie</translation>
    </message>
    <message>
        <source>Labels that the server knows</source>
        <translation>Etiquetas que conoce el servidor</translation>
    </message>
    <message>
        <source>Leave its labels as they are.</source>
        <translation>Dejar sus etiquetas como están.</translation>
    </message>
    <message>
        <source>Put these labels on it on the server, and take away those that no longer stand here.</source>
        <translation>Ponerle estas etiquetas en el servidor y quitarle las que ya no están aquí.</translation>
    </message>
    <message>
        <source>Save labels</source>
        <translation>Guardar etiquetas</translation>
    </message>
    <message>
        <source>The labels that it has, with commas between them: type more, or take some away. Enter saves.</source>
        <translation>Las etiquetas que tiene, separadas por comas: añada otras o quite algunas. Intro guarda.</translation>
    </message>
    <message>
        <source>What came of the labels</source>
        <translation>Qué fue de las etiquetas</translation>
    </message>
    <message>
        <source>Whose labels these are</source>
        <translation>De qué son estas etiquetas</translation>
    </message>
    <message>
        <source>none; several with commas</source>
        <translation>ninguna; varias con comas</translation>
    </message>
</context>
<context>
    <name>ListenerPanel</name>
    <message>
        <source>DICOM listener</source>
        <translation>Receptor DICOM</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Iniciar</translation>
    </message>
    <message>
        <source>Start or stop the DICOM listener</source>
        <translation>Iniciar o detener el receptor DICOM</translation>
    </message>
    <message>
        <source>Start the DICOM listener whenever Slicer starts, once there is a server.</source>
        <translation>Iniciar el receptor DICOM siempre que arranque Slicer, una vez que haya un servidor.</translation>
    </message>
    <message>
        <source>Start the DICOM listener with Slicer</source>
        <translation>Iniciar el receptor DICOM con Slicer</translation>
    </message>
    <message>
        <source>Start the DICOM listener.</source>
        <translation>Iniciar el receptor DICOM.</translation>
    </message>
    <message>
        <source>Start with Slicer</source>
        <translation>Iniciar con Slicer</translation>
    </message>
    <message>
        <source>State of the DICOM listener</source>
        <translation>Estado del receptor DICOM</translation>
    </message>
    <message>
        <source>Takes in what servers send to this Slicer. Needed for C-MOVE only.</source>
        <translation>Recibe lo que los servidores envían a este Slicer. Solo hace falta para C-MOVE.</translation>
    </message>
    <message>
        <source>What to do next</source>
        <translation>Qué hacer a continuación</translation>
    </message>
</context>
<context>
    <name>LoadBox</name>
    <message>
        <source>Bring it as well</source>
        <translation>Traerlo también</translation>
    </message>
    <message>
        <source>Bring it as well, and load all together.</source>
        <translation>Lo trae también y carga todo junto.</translation>
    </message>
    <message>
        <source>Load series</source>
        <translation>Cargar series</translation>
    </message>
    <message>
        <source>Load without it</source>
        <translation>Cargar sin ello</translation>
    </message>
    <message>
        <source>Load without it.</source>
        <translation>Carga el resto sin ello.</translation>
    </message>
    <message>
        <source>No</source>
        <translation>No</translation>
    </message>
    <message>
        <source>Retrieve all and load none</source>
        <translation>Recuperarlo todo y no cargar nada</translation>
    </message>
    <message>
        <source>Retrieve all and load those ticked</source>
        <translation>Recuperarlo todo y cargar las marcadas</translation>
    </message>
    <message>
        <source>Retrieve all of them and load none.</source>
        <translation>Recuperarlas todas y no cargar ninguna.</translation>
    </message>
    <message>
        <source>Retrieve all of them, then load those ticked.</source>
        <translation>Recuperarlas todas y cargar después las marcadas.</translation>
    </message>
    <message>
        <source>Retrieve nothing</source>
        <translation>No recuperar nada</translation>
    </message>
    <message>
        <source>Retrieve nothing.</source>
        <translation>No recuperar nada.</translation>
    </message>
    <message>
        <source>Retrieve only</source>
        <translation>Solo recuperar</translation>
    </message>
    <message>
        <source>Series</source>
        <translation>Serie</translation>
    </message>
    <message>
        <source>Series to load</source>
        <translation>Series que se cargan</translation>
    </message>
    <message>
        <source>Show CT and MR in 3D</source>
        <translation>Mostrar CT y MR en 3D</translation>
    </message>
    <message>
        <source>Show the volumes of CT and MR in the 3D views as well, by Slicer's volume rendering, when they are loaded.</source>
        <translation>Mostrar también los volúmenes de CT y MR en las vistas 3D, con la representación de volúmenes de Slicer, cuando se carguen.</translation>
    </message>
    <message>
        <source>Tick the series that shall be loaded.</source>
        <translation>Marque las series que se deben cargar.</translation>
    </message>
    <message>
        <source>Volume rendering of what is loaded</source>
        <translation>Representación de volumen de lo que se carga</translation>
    </message>
    <message>
        <source>What is asked before something is loaded</source>
        <translation>Lo que se pregunta antes de cargar algo</translation>
    </message>
    <message>
        <source>What the server is asked</source>
        <translation>Lo que se pregunta al servidor</translation>
    </message>
    <message>
        <source>Which series shall be loaded</source>
        <translation>Qué series se deben cargar</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>Sí</translation>
    </message>
    <message>
        <source>✕</source>
        <translation>✕</translation>
    </message>
</context>
<context>
    <name>OrthancConnect</name>
    <message>
        <source>3D Slicer, Orthanc, CTK, DCMTK, pydicom and pynetdicom are the work of their authors. Please cite Fedorov et al., 3D Slicer as an Image Computing Platform for the Quantitative Imaging Network, doi:10.1016/j.mri.2012.05.001, and Jodogne, The Orthanc Ecosystem for Medical Imaging, doi:10.1007/s10278-018-0082-y.</source>
        <translation>3D Slicer, Orthanc, CTK, DCMTK, pydicom y pynetdicom son obra de sus autores. Cite, por favor, Fedorov et al., 3D Slicer as an Image Computing Platform for the Quantitative Imaging Network, doi:10.1016/j.mri.2012.05.001, y Jodogne, The Orthanc Ecosystem for Medical Imaging, doi:10.1007/s10278-018-0082-y.</translation>
    </message>
    <message>
        <source>A second Slicer shows the scenarios. Please leave its windows alone.</source>
        <translation>Un segundo Slicer muestra los escenarios. No toque sus ventanas, por favor.</translation>
    </message>
    <message>
        <source>Drawn chest, to be uploaded</source>
        <translation>Tórax dibujado, para subirlo</translation>
    </message>
    <message>
        <source>Finds, retrieves and uploads DICOM images on an Orthanc server: over HTTPS with a checked certificate, and by C-FIND, C-GET or C-MOVE. Every transfer ends with a count of what arrived.</source>
        <translation>Busca, recupera y sube imágenes DICOM en un servidor Orthanc: por HTTPS con un certificado comprobado, y por C-FIND, C-GET o C-MOVE. Cada transferencia termina con el recuento de lo que ha llegado.</translation>
    </message>
    <message>
        <source>Orthanc Connect</source>
        <translation>Orthanc Connect</translation>
    </message>
    <message>
        <source>Test passed.</source>
        <translation>Prueba superada.</translation>
    </message>
    <message>
        <source>The scenarios are in the extension's source, not in its package.</source>
        <translation>Los escenarios están en el código fuente de la extensión, no en su paquete.</translation>
    </message>
    <message>
        <source>There is a server already: nothing to test here.</source>
        <translation>Ya hay un servidor: aquí no hay nada que probar.</translation>
    </message>
</context>
<context>
    <name>OrthancConnectCore</name>
    <message>
        <source>"{name}": ["{title}", "&lt;address of this computer&gt;", {storage_port}]</source>
        <translation>"{name}": ["{title}", "&lt;dirección de este ordenador&gt;", {storage_port}]</translation>
    </message>
    <message>
        <source>'{item}' is not a modality.</source>
        <translation>«{item}» no es una modalidad.</translation>
    </message>
    <message>
        <source>'{label}' is no label.</source>
        <translation>«{label}» no es una etiqueta.</translation>
    </message>
    <message>
        <source>, or the one pinned to follow it,</source>
        <translation>, o el fijado para sucederle,</translation>
    </message>
    <message>
        <source>A DICOMDIR: the index of a medium, not an instance.</source>
        <translation>Un DICOMDIR: el índice de un soporte, no una instancia.</translation>
    </message>
    <message>
        <source>A certificate of the authority behind that of {where}</source>
        <translation>Un certificado de la autoridad que respalda el de {where}</translation>
    </message>
    <message>
        <source>A file manager that has the WebDAV share open can delete patients.</source>
        <translation>Un gestor de ficheros con la carpeta WebDAV abierta puede borrar pacientes.</translation>
    </message>
    <message>
        <source>A label map needs a newer version of the package highdicom.</source>
        <translation>Un mapa de etiquetas necesita una versión más nueva del paquete highdicom.</translation>
    </message>
    <message>
        <source>A limit is below nothing.</source>
        <translation>Un límite es menor que nada.</translation>
    </message>
    <message>
        <source>A link within the archive.</source>
        <translation>Un enlace dentro del archivo comprimido.</translation>
    </message>
    <message>
        <source>A login in the browser needs the package PyJWT.</source>
        <translation>Para iniciar sesión en el navegador hace falta el paquete PyJWT.</translation>
    </message>
    <message>
        <source>A part of the patient's name that may be an ordinary word stands in {}, which was kept: look at it before you give it away.</source>
        <translation>Una parte del nombre del paciente que puede ser una palabra corriente está en {}, que se conservó: mírelo antes de entregarlo.</translation>
    </message>
    <message>
        <source>A part of the result is not whole: {file}.</source>
        <translation>Una parte del resultado no está completa: {file}.</translation>
    </message>
    <message>
        <source>A person on a work list can't be named '{text}'.</source>
        <translation>Una persona en una lista de trabajo no puede llamarse «{text}».</translation>
    </message>
    <message>
        <source>A query gets {limit} results at most ({key}), and the rest is not told.</source>
        <translation>Una consulta recibe {limit} resultados como mucho ({key}), y no se dice el resto.</translation>
    </message>
    <message>
        <source>A report holds 1 to {most_groups} measurements, and this has {groups}.</source>
        <translation>Un informe contiene de 1 a {most_groups} medidas, y este tiene {groups}.</translation>
    </message>
    <message>
        <source>A run of the doctor with that name is under way.</source>
        <translation>Ya hay en curso una revisión con ese nombre.</translation>
    </message>
    <message>
        <source>A search does not find a study that the server has.</source>
        <translation>Una búsqueda no encuentra un estudio que el servidor tiene.</translation>
    </message>
    <message>
        <source>A spreadsheet has shortened the number: format its column as text, and save again.</source>
        <translation>Una hoja de cálculo ha acortado el número: dé a su columna formato de texto y guarde otra vez.</translation>
    </message>
    <message>
        <source>A station is a slicer or a scanner, not {kind}.</source>
        <translation>Una estación es un slicer o un scanner, no {kind}.</translation>
    </message>
    <message>
        <source>A tile of the slide has no colours that can be shown.</source>
        <translation>Una tesela del portaobjetos no tiene colores que se puedan mostrar.</translation>
    </message>
    <message>
        <source>A work list can't be named '{text}'.</source>
        <translation>Una lista de trabajo no puede llamarse «{text}».</translation>
    </message>
    <message>
        <source>AE title</source>
        <translation>Título AE</translation>
    </message>
    <message>
        <source>Add --postgresql /run/postgresql, and leave out --layout.</source>
        <translation>Añada --postgresql /run/postgresql, y quite --layout.</translation>
    </message>
    <message>
        <source>Add one first.</source>
        <translation>Añada uno primero.</translation>
    </message>
    <message>
        <source>Add one first: the server's address and your user name are enough.</source>
        <translation>Añada uno primero: bastan la dirección del servidor y su nombre de usuario.</translation>
    </message>
    <message>
        <source>Address already in use</source>
        <translation>dirección ya en uso</translation>
    </message>
    <message>
        <source>An attribute of the DICOM file claims to be far too large.</source>
        <translation>Un atributo del fichero DICOM dice ser demasiado grande.</translation>
    </message>
    <message>
        <source>An echo calls itself ANY-SCU: a query may work all the same.</source>
        <translation>Un eco se llama a sí mismo ANY-SCU: aun así una consulta puede funcionar.</translation>
    </message>
    <message>
        <source>An overlay is stored within the pixels, which are not changed: programs may still show it.</source>
        <translation>Hay una superposición almacenada dentro de los píxeles, que no se cambian: los programas aún pueden mostrarla.</translation>
    </message>
    <message>
        <source>Another Slicer has added a profile named {name} meanwhile.</source>
        <translation>Entretanto otro Slicer ha añadido un perfil llamado {name}.</translation>
    </message>
    <message>
        <source>Another process follows into {root} now, or a command that it began still runs.</source>
        <translation>Otro proceso sigue ahora hacia {root}, o aún se ejecuta una orden que empezó.</translation>
    </message>
    <message>
        <source>Another program keeps the file {path} for itself; nothing was changed.</source>
        <translation>Otro programa retiene el fichero {path}; no se ha cambiado nada.</translation>
    </message>
    <message>
        <source>Another server, or other filters, are followed into {root}.</source>
        <translation>Hacia {root} se sigue otro servidor, u otros filtros.</translation>
    </message>
    <message>
        <source>Anybody in the network may read, change and delete everything: AuthenticationEnabled is false, and RemoteAccessAllowed true.</source>
        <translation>Cualquiera de la red puede leer, cambiar y borrar todo: AuthenticationEnabled es false, y RemoteAccessAllowed true.</translation>
    </message>
    <message>
        <source>Anybody in the network may read, change and delete everything: no login is asked for.</source>
        <translation>Cualquiera de la red puede leer, cambiar y borrar todo: no se pide usuario.</translation>
    </message>
    <message>
        <source>As root, where it is not done yet:</source>
        <translation>Como root, si no se ha hecho ya:</translation>
    </message>
    <message>
        <source>Ask for a new one where you have it from, and log in with that.</source>
        <translation>Pida uno nuevo donde se lo dieron, e inicie sesión con él.</translation>
    </message>
    <message>
        <source>Ask its administrator to add {calling} to Orthanc's DicomModalities, or correct the calling AE title in the server's settings.</source>
        <translation>Pida a su administrador que añada {calling} al DicomModalities de Orthanc, o corrija el título AE propio en los ajustes del servidor.</translation>
    </message>
    <message>
        <source>Ask its administrator, or put offline_access into the scope.</source>
        <translation>Pregunte a su administrador, o añada offline_access al ámbito.</translation>
    </message>
    <message>
        <source>Ask the administrator for DicomAet in orthanc.json.</source>
        <translation>Pregunte al administrador por DicomAet en orthanc.json.</translation>
    </message>
    <message>
        <source>Ask the administrator for DicomPort and DicomServerEnabled, or retrieve over HTTPS.</source>
        <translation>Pregunte al administrador por DicomPort y DicomServerEnabled, o recupere por HTTPS.</translation>
    </message>
    <message>
        <source>Ask the administrator for DicomPort, usually 4242.</source>
        <translation>Pregunte al administrador por DicomPort, normalmente 4242.</translation>
    </message>
    <message>
        <source>Ask the administrator for a new one</source>
        <translation>Pida al administrador uno nuevo</translation>
    </message>
    <message>
        <source>Ask the administrator for a new one.</source>
        <translation>Pida al administrador uno nuevo.</translation>
    </message>
    <message>
        <source>Ask the administrator for a new one: SHA-256, and RSA with 2048 bits or more.</source>
        <translation>Pida al administrador uno nuevo: SHA-256 y RSA de 2048 bits o más.</translation>
    </message>
    <message>
        <source>Ask the administrator for the right CA file, and whether the server sends its intermediate certificates; or compare its SHA-256 fingerprint with the administrator's and trust it.</source>
        <translation>Pida al administrador el fichero de CA correcto y pregúntele si el servidor envía sus certificados intermedios; o compare su huella digital SHA-256 con la del administrador y confíe en él.</translation>
    </message>
    <message>
        <source>Ask the administrator for the right issuer.</source>
        <translation>Pida al administrador el emisor correcto.</translation>
    </message>
    <message>
        <source>Ask the administrator for the right to read; without it nothing can be retrieved.</source>
        <translation>Pida al administrador permiso de lectura; sin él no se puede recuperar nada.</translation>
    </message>
    <message>
        <source>Ask the administrator for the right to upload.</source>
        <translation>Pida al administrador permiso para subir.</translation>
    </message>
    <message>
        <source>Ask the administrator for this line under "DicomModalities" in orthanc.json: {line}; if it is there, check its</source>
        <translation>Pida al administrador esta línea bajo "DicomModalities" en orthanc.json: {line}; si ya está, compruebe su</translation>
    </message>
    <message>
        <source>Ask the administrator if it must.</source>
        <translation>Pregunte al administrador si debe ser así.</translation>
    </message>
    <message>
        <source>Ask the administrator to allow POST /tools/find: then the list is not read.</source>
        <translation>Pida al administrador que permita POST /tools/find: entonces no se lee la lista.</translation>
    </message>
    <message>
        <source>Ask the administrator to allow TLS 1.2 or newer on the server.</source>
        <translation>Pida al administrador que permita TLS 1.2 o posterior en el servidor.</translation>
    </message>
    <message>
        <source>Ask the administrator to delete the patient {patient_id}.</source>
        <translation>Pida al administrador que borre el paciente {patient_id}.</translation>
    </message>
    <message>
        <source>Ask the administrator to give this user that right.</source>
        <translation>Pida al administrador que dé ese permiso a este usuario.</translation>
    </message>
    <message>
        <source>Ask the administrator to give this user, or this computer's address, the right to.</source>
        <translation>Pida al administrador que dé permiso a este usuario, o a la dirección de este ordenador.</translation>
    </message>
    <message>
        <source>Ask the administrator to let this computer through, or check network and VPN.</source>
        <translation>Pida al administrador que deje pasar a este ordenador, o compruebe la red y la VPN.</translation>
    </message>
    <message>
        <source>Ask the administrator to let this computer through, or retrieve over HTTPS.</source>
        <translation>Pida al administrador que deje pasar a este ordenador, o recupere por HTTPS.</translation>
    </message>
    <message>
        <source>Ask the administrator to look at its disk: full, or not writable for Orthanc.</source>
        <translation>Pida al administrador que mire su disco: está lleno, o Orthanc no puede escribir en él.</translation>
    </message>
    <message>
        <source>Ask the administrator to look at the server's log.</source>
        <translation>Pida al administrador que mire el log del servidor.</translation>
    </message>
    <message>
        <source>Ask the administrator to make room, or to raise the limit.</source>
        <translation>Pida al administrador que haga sitio o que suba el límite.</translation>
    </message>
    <message>
        <source>Ask the administrator to make room, then try again.</source>
        <translation>Pida al administrador que haga sitio y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>Ask the administrator to put the line into "DicomModalities" of orthanc.json and to restart Orthanc.</source>
        <translation>Pida al administrador que ponga la línea en "DicomModalities" de orthanc.json y que reinicie Orthanc.</translation>
    </message>
    <message>
        <source>Ask the administrator to raise its limit (nginx: client_max_body_size).</source>
        <translation>Pida al administrador que suba su límite (nginx: client_max_body_size).</translation>
    </message>
    <message>
        <source>Ask the administrator to raise its limit, nginx's client_max_body_size.</source>
        <translation>Pida al administrador que suba su límite, client_max_body_size de nginx.</translation>
    </message>
    <message>
        <source>Ask the administrator to renew it in time.</source>
        <translation>Pida al administrador que lo renueve a tiempo.</translation>
    </message>
    <message>
        <source>Ask the administrator to start Orthanc.</source>
        <translation>Pida al administrador que arranque Orthanc.</translation>
    </message>
    <message>
        <source>Ask the administrator what changes instances on the way.</source>
        <translation>Pregunte al administrador qué cambia las instancias por el camino.</translation>
    </message>
    <message>
        <source>Ask the administrator what changes instances on the way; trust neither until then.</source>
        <translation>Pregunte al administrador qué cambia las instancias por el camino; hasta entonces no se fíe de ninguna.</translation>
    </message>
    <message>
        <source>Ask the administrator whether it is known there, and whether it was revoked.</source>
        <translation>Pregunte al administrador si allí se conoce y si se ha revocado.</translation>
    </message>
    <message>
        <source>Ask the administrator whether it takes what that provider gives to {client_id}.</source>
        <translation>Pregunte al administrador si acepta lo que ese proveedor da a {client_id}.</translation>
    </message>
    <message>
        <source>Ask the administrator which filter on the server turns it away.</source>
        <translation>Pregunte al administrador qué filtro del servidor lo rechaza.</translation>
    </message>
    <message>
        <source>Ask who made it.</source>
        <translation>Pregunte a quien lo hizo.</translation>
    </message>
    <message>
        <source>AuthenticationEnabled is true and no user is registered: every request gets 401.</source>
        <translation>AuthenticationEnabled es true y no hay ningún usuario registrado: toda petición recibe 401.</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automático</translation>
    </message>
    <message>
        <source>Begin with: orthancconnect connect https://server:8042 --user NAME</source>
        <translation>Empiece por: orthancconnect connect https://servidor:8042 --user NOMBRE</translation>
    </message>
    <message>
        <source>Beyond {limit}{unit} ({key}) Orthanc deletes the patient that came first, unless protected.</source>
        <translation>Más allá de {limit}{unit} ({key}) Orthanc borra el paciente que llegó primero, si no está protegido.</translation>
    </message>
    <message>
        <source>Both have to be PEM, the key without a password. Move them away for new ones.</source>
        <translation>Ambos deben ser PEM, la clave sin contraseña. Apártelos para hacer otros nuevos.</translation>
    </message>
    <message>
        <source>Both studies are there. {message}</source>
        <translation>Están los dos estudios. {message}</translation>
    </message>
    <message>
        <source>Bring its target back, or delete the link.</source>
        <translation>Recupere su destino o borre el enlace.</translation>
    </message>
    <message>
        <source>Bring the server up to date.</source>
        <translation>Actualice el servidor.</translation>
    </message>
    <message>
        <source>By C-FIND. No password is known for HTTPS.</source>
        <translation>Por C-FIND. No se conoce ninguna contraseña para HTTPS.</translation>
    </message>
    <message>
        <source>By {ways}.</source>
        <translation>Por {ways}.</translation>
    </message>
    <message>
        <source>By {ways}. {message}</source>
        <translation>Por {ways}. {message}</translation>
    </message>
    <message>
        <source>C-FIND does not find an instance that the server has.</source>
        <translation>C-FIND no encuentra una instancia que el servidor tiene.</translation>
    </message>
    <message>
        <source>C-FIND has no {only_https}.</source>
        <translation>C-FIND no tiene {only_https}.</translation>
    </message>
    <message>
        <source>C-GET ends well and brings nothing.</source>
        <translation>C-GET termina bien y no trae nada.</translation>
    </message>
    <message>
        <source>C-MOVE does not work: {reason}</source>
        <translation>C-MOVE no funciona: {reason}</translation>
    </message>
    <message>
        <source>C-MOVE sends the images to the DICOM listener, and that is not running.</source>
        <translation>C-MOVE envía las imágenes al receptor DICOM, y este no está en marcha.</translation>
    </message>
    <message>
        <source>Cancel it, or wait for it, and try again.</source>
        <translation>Cancélela, o espere a que acabe, y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Cancelado.</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Certificado</translation>
    </message>
    <message>
        <source>Change names, titles and codes, and send it again.</source>
        <translation>Cambie nombres, títulos y códigos, y envíelo otra vez.</translation>
    </message>
    <message>
        <source>Check DICOM host and port in the server's settings, and that Orthanc is running.</source>
        <translation>Compruebe el equipo y el puerto DICOM en los ajustes del servidor, y que Orthanc esté en marcha.</translation>
    </message>
    <message>
        <source>Check DICOM host and port, and that the network (VPN, firewall) lets DICOM through.</source>
        <translation>Compruebe el equipo y el puerto DICOM, y que la red (VPN, cortafuegos) deje pasar DICOM.</translation>
    </message>
    <message>
        <source>Check address, network and VPN, and that the server is running.</source>
        <translation>Compruebe la dirección, la red y la VPN, y que el servidor esté en marcha.</translation>
    </message>
    <message>
        <source>Check both AE titles in the server's settings: {called} must be the server's DicomAet, and {calling} one of its DicomModalities.</source>
        <translation>Compruebe los dos títulos AE en los ajustes del servidor: {called} debe ser el DicomAet del servidor, y {calling} uno de sus DicomModalities.</translation>
    </message>
    <message>
        <source>Check both AE titles, and look at the server's log.</source>
        <translation>Compruebe los dos títulos AE y mire el log del servidor.</translation>
    </message>
    <message>
        <source>Check host and port, and ask whether a firewall lets this computer through.</source>
        <translation>Compruebe el equipo y el puerto, y pregunte si un cortafuegos deja pasar a este ordenador.</translation>
    </message>
    <message>
        <source>Check host, port and path of the address, and what changes answers on the way.</source>
        <translation>Compruebe el equipo, el puerto y la ruta de la dirección, y qué cambia las respuestas por el camino.</translation>
    </message>
    <message>
        <source>Check host, port and path of the address.</source>
        <translation>Compruebe el equipo, el puerto y la ruta de la dirección.</translation>
    </message>
    <message>
        <source>Check its spelling in the server's settings.</source>
        <translation>Compruebe cómo está escrito en los ajustes del servidor.</translation>
    </message>
    <message>
        <source>Check its spelling, or choose another.</source>
        <translation>Compruebe cómo está escrito, o elija otro.</translation>
    </message>
    <message>
        <source>Check that Slicer's storescp is there and that its database folder is writable.</source>
        <translation>Compruebe que el storescp de Slicer esté ahí y que se pueda escribir en la carpeta de su base de datos.</translation>
    </message>
    <message>
        <source>Check that it is the port of HTTPS, not of DICOM. Debian's Orthanc with SslEnabled crashes there: put nginx in front of it for HTTPS (see the documents, For administrators).</source>
        <translation>Compruebe que es el puerto de HTTPS, no el de DICOM. El Orthanc de Debian con SslEnabled se cae ahí: ponga nginx delante para HTTPS (véase la documentación, Para administradores).</translation>
    </message>
    <message>
        <source>Check that it is the server's DICOM port; if it is, look at the server's log.</source>
        <translation>Compruebe que sea el puerto DICOM del servidor; si lo es, mire el log del servidor.</translation>
    </message>
    <message>
        <source>Check that it is the server's {port} and whether it wants DICOM over TLS, which the profile has to say (--dicom-tls); else look at the server's log.</source>
        <translation>Compruebe que sea el {port} del servidor y si pide DICOM por TLS, que el perfil ha de indicar (--dicom-tls); si no, mire el log del servidor.</translation>
    </message>
    <message>
        <source>Check that the DICOM port belongs to the same server as the HTTPS address.</source>
        <translation>Compruebe que el puerto DICOM sea del mismo servidor que la dirección HTTPS.</translation>
    </message>
    <message>
        <source>Check that the file is a complete DICOM instance.</source>
        <translation>Compruebe que el fichero sea una instancia DICOM completa.</translation>
    </message>
    <message>
        <source>Check that this address is an Orthanc server, and what lies between.</source>
        <translation>Compruebe que esta dirección sea un servidor Orthanc, y qué hay en medio.</translation>
    </message>
    <message>
        <source>Check that this address is an Orthanc server.</source>
        <translation>Compruebe que esta dirección sea un servidor Orthanc.</translation>
    </message>
    <message>
        <source>Check that this program is there and may be run: {python}</source>
        <translation>Compruebe que este programa esté ahí y se pueda ejecutar: {python}</translation>
    </message>
    <message>
        <source>Check the DICOM port, and look at the server's log.</source>
        <translation>Compruebe el puerto DICOM y mire el log del servidor.</translation>
    </message>
    <message>
        <source>Check the DICOM port; if it is right, ask the administrator to restart Orthanc.</source>
        <translation>Compruebe el puerto DICOM; si es correcto, pida al administrador que reinicie Orthanc.</translation>
    </message>
    <message>
        <source>Check the address, its path above all: it is not Orthanc that says so.</source>
        <translation>Compruebe la dirección, sobre todo su ruta: no es Orthanc quien lo dice.</translation>
    </message>
    <message>
        <source>Check the disk or the network drive, and try again.</source>
        <translation>Compruebe el disco o la unidad de red y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>Check the issuer and the client's name in the server settings, and ask the administrator of the provider.</source>
        <translation>Compruebe el emisor y el nombre del cliente en los ajustes del servidor, y pregunte al administrador del proveedor.</translation>
    </message>
    <message>
        <source>Check the issuer's address, and ask the administrator of the provider.</source>
        <translation>Compruebe la dirección del emisor y pregunte al administrador del proveedor.</translation>
    </message>
    <message>
        <source>Check the issuer's address.</source>
        <translation>Compruebe la dirección del emisor.</translation>
    </message>
    <message>
        <source>Check the network and the VPN.</source>
        <translation>Compruebe la red y la VPN.</translation>
    </message>
    <message>
        <source>Check the port, and that the server is running.</source>
        <translation>Compruebe el puerto, y que el servidor esté en marcha.</translation>
    </message>
    <message>
        <source>Check the port; if it is right, ask the administrator to look at the server.</source>
        <translation>Compruebe el puerto; si es correcto, pida al administrador que mire el servidor.</translation>
    </message>
    <message>
        <source>Check the spelling of the address, and that you are in the right network or VPN.</source>
        <translation>Compruebe cómo está escrita la dirección, y que usted esté en la red o VPN correcta.</translation>
    </message>
    <message>
        <source>Check user and password; if they are right, ask the administrator whether RemoteAccessAllowed is true in orthanc.json.</source>
        <translation>Compruebe usuario y contraseña; si son correctos, pregunte al administrador si RemoteAccessAllowed es true en orthanc.json.</translation>
    </message>
    <message>
        <source>Check who listens there, or let the listener use another port and register again.</source>
        <translation>Compruebe quién escucha allí, o deje que el receptor use otro puerto y registre otra vez.</translation>
    </message>
    <message>
        <source>Chest, axial</source>
        <translation>Chest, axial</translation>
    </message>
    <message>
        <source>Choose a calling AE title that nobody else has, and register it.</source>
        <translation>Elija un título AE propio que no tenga nadie más y regístrelo.</translation>
    </message>
    <message>
        <source>Choose a file exported by OrthancConnect.</source>
        <translation>Elija un fichero exportado por OrthancConnect.</translation>
    </message>
    <message>
        <source>Choose a file that an earlier upload made, or a name where there is no file.</source>
        <translation>Elija un fichero creado por una subida anterior, o un nombre para el que no haya fichero.</translation>
    </message>
    <message>
        <source>Choose a folder on a disk.</source>
        <translation>Elija una carpeta de un disco.</translation>
    </message>
    <message>
        <source>Choose a folder or files with DICOM data.</source>
        <translation>Elija una carpeta o ficheros con datos DICOM.</translation>
    </message>
    <message>
        <source>Choose a name without a colon.</source>
        <translation>Elija un nombre sin dos puntos.</translation>
    </message>
    <message>
        <source>Choose a port from 1024 on.</source>
        <translation>Elija un puerto a partir de 1024.</translation>
    </message>
    <message>
        <source>Choose a storage port above 1023.</source>
        <translation>Elija un puerto de recepción superior a 1023.</translation>
    </message>
    <message>
        <source>Choose another (--https-port, --http-port, --dicom-port), or end that program.</source>
        <translation>Elija otro (--https-port, --http-port, --dicom-port), o termine ese programa.</translation>
    </message>
    <message>
        <source>Choose another file.</source>
        <translation>Elija otro fichero.</translation>
    </message>
    <message>
        <source>Choose another folder, or the same server and filters as before.</source>
        <translation>Elija otra carpeta, o el mismo servidor y los mismos filtros que antes.</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Elija otra carpeta.</translation>
    </message>
    <message>
        <source>Choose another for one of them.</source>
        <translation>Elija otro para uno de ellos.</translation>
    </message>
    <message>
        <source>Choose another for one of them; usual are 8042 and 4242.</source>
        <translation>Elija otro para uno de ellos; lo normal es 8042 y 4242.</translation>
    </message>
    <message>
        <source>Choose another name, or another folder.</source>
        <translation>Elija otro nombre u otra carpeta.</translation>
    </message>
    <message>
        <source>Choose another name.</source>
        <translation>Elija otro nombre.</translation>
    </message>
    <message>
        <source>Choose another port above 1023 in the server settings, and tell the server.</source>
        <translation>Elija otro puerto superior a 1023 en los ajustes del servidor, y dígaselo al servidor.</translation>
    </message>
    <message>
        <source>Choose another storage port in the server's settings, and have it set in Orthanc too.</source>
        <translation>Elija otro puerto de recepción en los ajustes del servidor, y haga que lo pongan también en Orthanc.</translation>
    </message>
    <message>
        <source>Choose another version of it, and look at the server's log.</source>
        <translation>Elija otra versión, y mire el registro del servidor.</translation>
    </message>
    <message>
        <source>Choose another viewer.</source>
        <translation>Elija otro visor.</translation>
    </message>
    <message>
        <source>Choose another way in the server settings, or ask the administrator.</source>
        <translation>Elija otra vía en los ajustes del servidor, o pregunte al administrador.</translation>
    </message>
    <message>
        <source>Choose another.</source>
        <translation>Elija otro.</translation>
    </message>
    <message>
        <source>Choose its source volume in Slicer's Segment Editor.</source>
        <translation>Elija su volumen de origen en el Segment Editor de Slicer.</translation>
    </message>
    <message>
        <source>Choose the PEM file with the certificate authority's certificate.</source>
        <translation>Elija el fichero PEM con el certificado de la autoridad de certificación.</translation>
    </message>
    <message>
        <source>Choose the file that the administrator gave you (BEGIN CERTIFICATE).</source>
        <translation>Elija el fichero que le dio el administrador (BEGIN CERTIFICATE).</translation>
    </message>
    <message>
        <source>Choose the folder or the files that hold the images.</source>
        <translation>Elija la carpeta o los ficheros que contienen las imágenes.</translation>
    </message>
    <message>
        <source>Close the quotation.</source>
        <translation>Cierre las comillas.</translation>
    </message>
    <message>
        <source>Close the scene first.</source>
        <translation>Cierre antes la escena.</translation>
    </message>
    <message>
        <source>Column {index} was read as {words}s.</source>
        <translation>La columna {index} se leyó como {words}.</translation>
    </message>
    <message>
        <source>Compare its SHA-256 fingerprint with the administrator's and trust it, or choose the CA file of your institution.</source>
        <translation>Compare su huella digital SHA-256 con la del administrador y confíe en él, o elija el fichero de CA de su institución.</translation>
    </message>
    <message>
        <source>Compare its SHA-256 with the administrator's and trust it: orthancconnect trust --dicom; or retrieve over HTTPS.</source>
        <translation>Compare su SHA-256 con el del administrador y confíe en él: orthancconnect trust --dicom; o recupere por HTTPS.</translation>
    </message>
    <message>
        <source>Compare the two; to have this one in its place, upload with --overwrite (command line), or delete it there first.</source>
        <translation>Compare los dos; para poner este en su lugar, suba con --overwrite (línea de órdenes), o bórrelo allí antes.</translation>
    </message>
    <message>
        <source>Compressed series ({syntax}) don't come by C-GET though others do, so a codec may be missing on the way: {reason}</source>
        <translation>Las series comprimidas ({syntax}) no llegan por C-GET aunque otras sí, así que puede faltar un códec por el camino: {reason}</translation>
    </message>
    <message>
        <source>Compressed series by C-GET</source>
        <translation>Series comprimidas por C-GET</translation>
    </message>
    <message>
        <source>Connect again.</source>
        <translation>Conecte otra vez.</translation>
    </message>
    <message>
        <source>Connection refused</source>
        <translation>conexión rechazada</translation>
    </message>
    <message>
        <source>Connection reset by peer</source>
        <translation>conexión cortada por el otro lado</translation>
    </message>
    <message>
        <source>Contours need the package contourpy.</source>
        <translation>Los contornos necesitan el paquete contourpy.</translation>
    </message>
    <message>
        <source>Copy it again from where it came from.</source>
        <translation>Cópielo otra vez de donde procede.</translation>
    </message>
    <message>
        <source>Copy the file again from where it came from, or leave it out.</source>
        <translation>Copie el fichero otra vez de donde procede, o déjelo fuera.</translation>
    </message>
    <message>
        <source>Copy the medium again, or get the file from where it came from.</source>
        <translation>Copie otra vez el soporte, u obtenga el fichero de donde procede.</translation>
    </message>
    <message>
        <source>Copy the medium again.</source>
        <translation>Copie otra vez el soporte.</translation>
    </message>
    <message>
        <source>Copy the token alone, without the word Bearer and without quotation marks.</source>
        <translation>Copie solo el token, sin la palabra Bearer y sin comillas.</translation>
    </message>
    <message>
        <source>Copy the whole SHA-256 fingerprint, as the administrator or the server gives it.</source>
        <translation>Copie la huella digital SHA-256 entera, tal como la da el administrador o el servidor.</translation>
    </message>
    <message>
        <source>Correct it in the server settings.</source>
        <translation>Corríjalo en los ajustes del servidor.</translation>
    </message>
    <message>
        <source>Correct the address in the server settings</source>
        <translation>Corrija la dirección en los ajustes del servidor</translation>
    </message>
    <message>
        <source>Correct these as well, as the other patient has them.</source>
        <translation>Corrija también estos, tal como los tiene el otro paciente.</translation>
    </message>
    <message>
        <source>DICOM listener</source>
        <translation>Receptor DICOM</translation>
    </message>
    <message>
        <source>DICOM port</source>
        <translation>Puerto DICOM</translation>
    </message>
    <message>
        <source>DICOM port (DicomPort in orthanc.json, usually 4242)</source>
        <translation>puerto DICOM (DicomPort en orthanc.json, normalmente 4242)</translation>
    </message>
    <message>
        <source>DICOM queries and transfers outside Slicer need the Python package pynetdicom, which is not installed.</source>
        <translation>Las consultas y transferencias DICOM fuera de Slicer necesitan el paquete de Python pynetdicom, que no está instalado.</translation>
    </message>
    <message>
        <source>De-identification needs the package dicognito.</source>
        <translation>La desidentificación necesita el paquete dicognito.</translation>
    </message>
    <message>
        <source>De-identified. Originals and pseudonyms are listed in {shown}: keep it secret.</source>
        <translation>Desidentificado. Los originales y los seudónimos están en {shown}: manténgalo en secreto.</translation>
    </message>
    <message>
        <source>Debian has no package of {missing}.</source>
        <translation>Debian no tiene paquete de {missing}.</translation>
    </message>
    <message>
        <source>Debian's Orthanc crashes so when SslEnabled is true: put nginx in front of it for HTTPS (see the documents, For administrators).</source>
        <translation>El Orthanc de Debian se cae así cuando SslEnabled es true: ponga nginx delante para HTTPS (vea la documentación, Para administradores).</translation>
    </message>
    <message>
        <source>Debian's Orthanc ends at its first TLS handshake.</source>
        <translation>El Orthanc de Debian termina en su primera negociación TLS.</translation>
    </message>
    <message>
        <source>Debian's Orthanc, which is installed here, crashes at its first HTTPS request; an official build does not.</source>
        <translation>El Orthanc de Debian, que está instalado aquí, se cae en su primera petición HTTPS; una versión oficial no.</translation>
    </message>
    <message>
        <source>DefaultEncoding is {value}: letters that it lacks are lost in answers to C-FIND.</source>
        <translation>DefaultEncoding es {value}: las letras que le faltan se pierden en las respuestas a C-FIND.</translation>
    </message>
    <message>
        <source>Delete there what is to be replaced, or have the administrator change orthanc.json.</source>
        <translation>Borre allí lo que se deba sustituir, o haga que el administrador cambie orthanc.json.</translation>
    </message>
    <message>
        <source>DicomAet has characters that no AE title may have (DICOM PS3.5 section 6.2).</source>
        <translation>DicomAet tiene caracteres que ningún título AE puede tener (DICOM PS3.5 sección 6.2).</translation>
    </message>
    <message>
        <source>DicomAet is ORTHANC, as of every Orthanc that nobody named.</source>
        <translation>DicomAet es ORTHANC, como el de todo Orthanc al que nadie puso nombre.</translation>
    </message>
    <message>
        <source>DicomAet is empty or longer than 16 characters; Orthanc does not start.</source>
        <translation>DicomAet está vacío o tiene más de 16 caracteres; Orthanc no arranca.</translation>
    </message>
    <message>
        <source>DicomAlwaysAllow{operation} is true: any computer may do that, without an entry in DicomModalities.</source>
        <translation>DicomAlwaysAllow{operation} es true: cualquier equipo puede hacerlo, sin entrada en DicomModalities.</translation>
    </message>
    <message>
        <source>DicomPort is none</source>
        <translation>DicomPort no es ninguno</translation>
    </message>
    <message>
        <source>DicomTlsEnabled without {lacking}: Orthanc does not start.</source>
        <translation>DicomTlsEnabled sin {lacking}: Orthanc no arranca.</translation>
    </message>
    <message>
        <source>DicomTlsMinimumProtocolVersion {lowest} takes TLS older than 1.2.</source>
        <translation>DicomTlsMinimumProtocolVersion {lowest} admite TLS anterior a 1.2.</translation>
    </message>
    <message>
        <source>DicomTlsRemoteCertificateRequired is false: who shows no certificate gets in as well.</source>
        <translation>DicomTlsRemoteCertificateRequired es false: también entra quien no muestra certificado.</translation>
    </message>
    <message>
        <source>Disk quota exceeded</source>
        <translation>cuota de disco superada</translation>
    </message>
    <message>
        <source>Do the same again when the server is back: what it has is not sent again.</source>
        <translation>Haga lo mismo otra vez cuando vuelva el servidor: lo que tiene no se envía de nuevo.</translation>
    </message>
    <message>
        <source>Draw on a series of one such image, or of single slices.</source>
        <translation>Dibuje sobre una serie de una sola imagen de esas, o de cortes sueltos.</translation>
    </message>
    <message>
        <source>Draw on a series whose images tell their position, orientation and spacing.</source>
        <translation>Dibuje sobre una serie cuyas imágenes indiquen su posición, su orientación y su espaciado.</translation>
    </message>
    <message>
        <source>Draw on another series.</source>
        <translation>Dibuje sobre otra serie.</translation>
    </message>
    <message>
        <source>Drawn chest, nobody's</source>
        <translation>Drawn chest, nobody's</translation>
    </message>
    <message>
        <source>Drawn on another grid than that of the source images, and brought onto theirs by nearest neighbour.</source>
        <translation>Se dibujó en una rejilla distinta de la de las imágenes de origen y se llevó a la de estas por vecino más próximo.</translation>
    </message>
    <message>
        <source>Each person imports it in the panel, or by:</source>
        <translation>Cada persona lo importa en el panel, o con:</translation>
    </message>
    <message>
        <source>Each request needs a connection of its own, over TLS with a handshake.</source>
        <translation>Cada petición necesita su propia conexión, con su negociación TLS.</translation>
    </message>
    <message>
        <source>Each voxel with a fraction of half or more counts as inside.</source>
        <translation>Cada vóxel con una fracción de la mitad o más cuenta como interior.</translation>
    </message>
    <message>
        <source>End it, or choose another folder.</source>
        <translation>Termínelo o elija otra carpeta.</translation>
    </message>
    <message>
        <source>End that program, and try again.</source>
        <translation>Termine ese programa y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>End that program.</source>
        <translation>Termine ese programa.</translation>
    </message>
    <message>
        <source>Entries in DicomModalities</source>
        <translation>Entradas de DicomModalities</translation>
    </message>
    <message>
        <source>Every user of this computer</source>
        <translation>Todo usuario de este equipo</translation>
    </message>
    <message>
        <source>Everything, the password included, crosses the network in clear.</source>
        <translation>Todo, incluida la contraseña, cruza la red a la vista.</translation>
    </message>
    <message>
        <source>Export it again from where it came from.</source>
        <translation>Expórtelo otra vez de donde procede.</translation>
    </message>
    <message>
        <source>Export it in Slicer's DICOM module, and look at what it says.</source>
        <translation>Expórtelo en el módulo DICOM de Slicer, y mire lo que dice.</translation>
    </message>
    <message>
        <source>Export the file again from where it came from: no server takes it as it is.</source>
        <translation>Exporte el fichero otra vez de donde procede: ningún servidor lo acepta como está.</translation>
    </message>
    <message>
        <source>Features that can be recognised</source>
        <translation>Rasgos que se pueden reconocer</translation>
    </message>
    <message>
        <source>File exists</source>
        <translation>el fichero ya existe</translation>
    </message>
    <message>
        <source>Finish it in the scene, or leave it out.</source>
        <translation>Termínelo en la escena, o déjelo fuera.</translation>
    </message>
    <message>
        <source>First: {whole}</source>
        <translation>Primero: {whole}</translation>
    </message>
    <message>
        <source>Get the next one.</source>
        <translation>Pida el siguiente.</translation>
    </message>
    <message>
        <source>Get the next one; what you did stays here.</source>
        <translation>Pida el siguiente; lo que hizo se queda aquí.</translation>
    </message>
    <message>
        <source>Give 1 to 16 capitals, digits, dashes.</source>
        <translation>Ponga de 1 a 16 mayúsculas, cifras o guiones.</translation>
    </message>
    <message>
        <source>Give HTTPS, HTTP and DICOM each its own.</source>
        <translation>Dé a HTTPS, HTTP y DICOM cada uno el suyo.</translation>
    </message>
    <message>
        <source>Give a name of 1 to 16 capitals, digits, dashes.</source>
        <translation>Ponga un nombre de 1 a 16 mayúsculas, cifras o guiones.</translation>
    </message>
    <message>
        <source>Give a name that is unique in your network.</source>
        <translation>Ponga un nombre único en su red.</translation>
    </message>
    <message>
        <source>Give each computer an AE title of its own.</source>
        <translation>Dé a cada equipo su propio título AE.</translation>
    </message>
    <message>
        <source>Give each its own.</source>
        <translation>Dé a cada uno el suyo.</translation>
    </message>
    <message>
        <source>Give each its own: Orthanc tells them apart by it.</source>
        <translation>Dé a cada una el suyo: Orthanc las distingue por él.</translation>
    </message>
    <message>
        <source>Give it.</source>
        <translation>Déla.</translation>
    </message>
    <message>
        <source>Give one of 15 characters or more.</source>
        <translation>Ponga una de 15 caracteres o más.</translation>
    </message>
    <message>
        <source>Give the study another patient ID.</source>
        <translation>Dé al estudio otro ID de paciente.</translation>
    </message>
    <message>
        <source>Give your user the right to read it.</source>
        <translation>Dé a su usuario permiso para leerlo.</translation>
    </message>
    <message>
        <source>HTJ2K (lossy)</source>
        <translation>HTJ2K (con pérdida)</translation>
    </message>
    <message>
        <source>HTTPS (C-FIND has no pages)</source>
        <translation>HTTPS (C-FIND no tiene páginas)</translation>
    </message>
    <message>
        <source>HTTPS port</source>
        <translation>Puerto HTTPS</translation>
    </message>
    <message>
        <source>Hand out the profile file, which holds no secret: {profile_path}</source>
        <translation>Reparta el fichero de perfil, que no contiene ningún secreto: {profile_path}</translation>
    </message>
    <message>
        <source>Hand the registration line to the administrator.</source>
        <translation>Entregue la línea de registro al administrador.</translation>
    </message>
    <message>
        <source>Have DicomTlsEnabled set on the server, or let the profile speak without: names and images then cross the network in clear.</source>
        <translation>Haga que se active DicomTlsEnabled en el servidor, o que el perfil prescinda de TLS: nombres e imágenes cruzan entonces la red a la vista.</translation>
    </message>
    <message>
        <source>Have compression switched off in the web server before Orthanc.</source>
        <translation>Haga que se desactive la compresión en el servidor web que hay delante de Orthanc.</translation>
    </message>
    <message>
        <source>Have it entered in the network's DNS, or name the server's IP address.</source>
        <translation>Haga que lo pongan en el DNS de la red, o nombre la dirección IP del servidor.</translation>
    </message>
    <message>
        <source>Have the administrator put HTTPS in front of Orthanc.</source>
        <translation>Haga que el administrador ponga HTTPS delante de Orthanc.</translation>
    </message>
    <message>
        <source>Have the administrator put nginx in front of Orthanc for HTTPS, and leave SslEnabled false (see the documents, For administrators).</source>
        <translation>Haga que el administrador ponga nginx delante de Orthanc para HTTPS y deje SslEnabled en false (vea la documentación, Para administradores).</translation>
    </message>
    <message>
        <source>Have the server brought up to date: 1.11.2 and newer can.</source>
        <translation>Haga actualizar el servidor: 1.11.2 y posteriores pueden.</translation>
    </message>
    <message>
        <source>HttpPort and DicomPort are both {httpport}; Orthanc does not start.</source>
        <translation>HttpPort y DicomPort son los dos {httpport}; Orthanc no arranca.</translation>
    </message>
    <message>
        <source>HttpPort and DicomPort are the same: one of the two servers is not there.</source>
        <translation>HttpPort y DicomPort son el mismo: uno de los dos servidores no está.</translation>
    </message>
    <message>
        <source>If Debian's reads this file, set SslEnabled to false. {proxy}</source>
        <translation>Si este fichero lo lee el de Debian, ponga SslEnabled a false. {proxy}</translation>
    </message>
    <message>
        <source>If a router in between translates addresses (NAT), the entry needs the address that the server sees, which its log tells.</source>
        <translation>Si un enrutador intermedio traduce direcciones (NAT), la entrada necesita la dirección que ve el servidor, que está en su log.</translation>
    </message>
    <message>
        <source>If it is left over from a Slicer that crashed, end that process. Else: {lower}{port_hint}</source>
        <translation>Si lo dejó un Slicer que se cayó, termine ese proceso. Si no: {lower}{port_hint}</translation>
    </message>
    <message>
        <source>If the entry is this computer's, register it anew; else choose a calling AE title that nobody else has.</source>
        <translation>Si la entrada es de este ordenador, regístrela de nuevo; si no, elija un título AE propio que no tenga nadie más.</translation>
    </message>
    <message>
        <source>If the server has no DicomTlsEnabled, make the profile without --dicom-tls; if it has, it may want a certificate of ours that it trusts (--dicom-certificate), or a newer TLS than it offers.</source>
        <translation>Si el servidor no tiene DicomTlsEnabled, haga el perfil sin --dicom-tls; si lo tiene, puede que pida un certificado nuestro en el que confíe (--dicom-certificate), o que su TLS sea demasiado antiguo.</translation>
    </message>
    <message>
        <source>If the server holds so much, set the environment variable {largest_listing} to more</source>
        <translation>Si el servidor tiene tanto, dé a la variable de entorno {largest_listing} más</translation>
    </message>
    <message>
        <source>If they are your provider's, enter them in the server settings as other hosts of the login.</source>
        <translation>Si son de su proveedor, anótelos en los ajustes del servidor como otros equipos del inicio de sesión.</translation>
    </message>
    <message>
        <source>If this address is an HTTPS port, use https://; else look at the server's log, and try again.</source>
        <translation>Si esta dirección es un puerto HTTPS, use https://; si no, mire el log del servidor y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>If you know that server and trust it, connect to it first.</source>
        <translation>Si conoce ese servidor y confía en él, conéctese antes a él.</translation>
    </message>
    <message>
        <source>If you trust it, unpack it and upload the folder.</source>
        <translation>Si se fía de él, desempaquételo y suba la carpeta.</translation>
    </message>
    <message>
        <source>Images encrypted or local</source>
        <translation>Imágenes cifradas o locales</translation>
    </message>
    <message>
        <source>Import a profile file exported by OrthancConnect, or add the server again.</source>
        <translation>Importe un fichero de perfil exportado por OrthancConnect, o añada otra vez el servidor.</translation>
    </message>
    <message>
        <source>Import it into a segmentation first (module Segmentations).</source>
        <translation>Impórtelo antes a una segmentación (módulo Segmentations).</translation>
    </message>
    <message>
        <source>Index and images lie on two disks: Orthanc was seen to acknowledge small files that a full disk for the images then lost.</source>
        <translation>Índice e imágenes están en dos discos: se vio a Orthanc confirmar ficheros pequeños que un disco lleno de las imágenes luego perdió.</translation>
    </message>
    <message>
        <source>Input/output error</source>
        <translation>error de entrada o salida</translation>
    </message>
    <message>
        <source>Install it, or ask the administrator for a token.</source>
        <translation>Instálelo, o pida un token al administrador.</translation>
    </message>
    <message>
        <source>Install it, or retrieve over HTTPS.</source>
        <translation>Instálelo, o recupere por HTTPS.</translation>
    </message>
    <message>
        <source>Install it, or type the password each session.</source>
        <translation>Instálelo, o escriba la contraseña en cada sesión.</translation>
    </message>
    <message>
        <source>Install it.</source>
        <translation>Instálelo.</translation>
    </message>
    <message>
        <source>Install its package, or take the line out.</source>
        <translation>Instale su paquete, o quite la línea.</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>es una carpeta</translation>
    </message>
    <message>
        <source>It belongs to no study: nothing in it comes from a DICOM series.</source>
        <translation>No pertenece a ningún estudio: nada de ello viene de una serie DICOM.</translation>
    </message>
    <message>
        <source>It belongs to the segmentation “{name}”, which has it.</source>
        <translation>Pertenece a la segmentación «{name}», que lo contiene.</translation>
    </message>
    <message>
        <source>It can't be read: permission denied.</source>
        <translation>No se puede leer: permiso denegado.</translation>
    </message>
    <message>
        <source>It can't be read: {error}.</source>
        <translation>No se puede leer: {error}.</translation>
    </message>
    <message>
        <source>It can't be told which column holds identifiers: none has a name that says so, and the server knows none of their first values.</source>
        <translation>No se sabe qué columna contiene identificadores: ninguna tiene un nombre que lo diga, y el servidor no conoce ninguno de sus primeros valores.</translation>
    </message>
    <message>
        <source>It could not be written into Slicer's DICOM database.</source>
        <translation>No se pudo escribir en la base de datos DICOM de Slicer.</translation>
    </message>
    <message>
        <source>It did not come, and no reason was given.</source>
        <translation>No llegó, y no se dio ninguna razón.</translation>
    </message>
    <message>
        <source>It did not get all of its labels and metadata. {message}</source>
        <translation>No recibió todas sus etiquetas y metadatos. {message}</translation>
    </message>
    <message>
        <source>It does not say what it was drawn on: choose its source geometry first.</source>
        <translation>No dice sobre qué se dibujó: elija antes su geometría de origen.</translation>
    </message>
    <message>
        <source>It goes on by itself when the server is back.</source>
        <translation>Continúa solo cuando vuelva el servidor.</translation>
    </message>
    <message>
        <source>It has no segments.</source>
        <translation>No tiene segmentos.</translation>
    </message>
    <message>
        <source>It has no voxels.</source>
        <translation>No tiene vóxeles.</translation>
    </message>
    <message>
        <source>It has several numbers in a voxel: send the scene.</source>
        <translation>Tiene varios números por vóxel: envíe la escena.</translation>
    </message>
    <message>
        <source>It has to be PEM and hold both, the key without a password.</source>
        <translation>Ha de ser PEM y contener ambos, la clave sin contraseña.</translation>
    </message>
    <message>
        <source>It has to begin with https://.</source>
        <translation>Tiene que empezar por https://.</translation>
    </message>
    <message>
        <source>It has {first}: {first2}.</source>
        <translation>Tiene {first}: {first2}.</translation>
    </message>
    <message>
        <source>It holds no DICOM data.</source>
        <translation>No contiene datos DICOM.</translation>
    </message>
    <message>
        <source>It is a disc image ({kind}), which can't be read here.</source>
        <translation>Es una imagen de disco ({kind}), que aquí no se puede leer.</translation>
    </message>
    <message>
        <source>It is a link, or no plain file.</source>
        <translation>Es un enlace, o no es un fichero normal.</translation>
    </message>
    <message>
        <source>It is a {kind} archive, which can't be read here.</source>
        <translation>Es un archivo {kind}, que aquí no se puede leer.</translation>
    </message>
    <message>
        <source>It is compressed in the archive by a method that can't be read here ({name}).</source>
        <translation>Está comprimido en el archivo por un método que aquí no se puede leer ({name}).</translation>
    </message>
    <message>
        <source>It is encrypted in the archive.</source>
        <translation>Está cifrado en el archivo comprimido.</translation>
    </message>
    <message>
        <source>It is loaded.</source>
        <translation>Está cargada.</translation>
    </message>
    <message>
        <source>It is missing: the DICOMDIR of its medium lists it.</source>
        <translation>Falta: el DICOMDIR de su soporte lo enumera.</translation>
    </message>
    <message>
        <source>It is no DICOM file that tells which instance it is.</source>
        <translation>No es un fichero DICOM que diga qué instancia es.</translation>
    </message>
    <message>
        <source>It is no longer there.</source>
        <translation>Ya no está ahí.</translation>
    </message>
    <message>
        <source>It is no plain file</source>
        <translation>No es un fichero normal</translation>
    </message>
    <message>
        <source>It is no plain file, but a link</source>
        <translation>No es un fichero normal, sino un enlace</translation>
    </message>
    <message>
        <source>It is not a plain file in the archive.</source>
        <translation>No es un fichero normal en el archivo comprimido.</translation>
    </message>
    <message>
        <source>It is not complete: place its points.</source>
        <translation>No está completo: coloque sus puntos.</translation>
    </message>
    <message>
        <source>It is one of several parts of an archive, which can't be read here.</source>
        <translation>Es una de varias partes de un archivo comprimido, que aquí no se puede leer.</translation>
    </message>
    <message>
        <source>It is there by its identity; its content was not compared.</source>
        <translation>Está por su identidad; no se comparó su contenido.</translation>
    </message>
    <message>
        <source>It is there in another transfer syntax; the content could not be compared.</source>
        <translation>Está en otra sintaxis de transferencia; no se pudo comparar el contenido.</translation>
    </message>
    <message>
        <source>It is there with other content ({how}); the server's was left as it is.</source>
        <translation>Está con otro contenido ({how}); el del servidor se dejó como estaba.</translation>
    </message>
    <message>
        <source>It is too large for the web server before Orthanc: ask the administrator to raise its limit (nginx: client_max_body_size).</source>
        <translation>Es demasiado grande para el servidor web que hay delante de Orthanc: pida al administrador que suba su límite (nginx: client_max_body_size).</translation>
    </message>
    <message>
        <source>It is too large to be compared.</source>
        <translation>Es demasiado grande para compararla.</translation>
    </message>
    <message>
        <source>It is under a transform that bends: harden that first (module Transforms).</source>
        <translation>Está bajo una transformación que deforma: aplíquela antes con Harden (módulo Transforms).</translation>
    </message>
    <message>
        <source>It is under a transform: harden that first (module Transforms).</source>
        <translation>Está bajo una transformación: aplíquela antes con Harden (módulo Transforms).</translation>
    </message>
    <message>
        <source>It may be coming again, or be protected: look at the server's log.</source>
        <translation>Puede que esté llegando de nuevo, o que esté protegido: mire el log del servidor.</translation>
    </message>
    <message>
        <source>It may be lost when the server restarts. To keep it, ask the administrator to put the line into "DicomModalities" of orthanc.json.</source>
        <translation>Puede perderse cuando el servidor se reinicie. Para conservarla, pida al administrador que ponga la línea en "DicomModalities" de orthanc.json.</translation>
    </message>
    <message>
        <source>It replaced other content that the server had.</source>
        <translation>Sustituyó otro contenido que tenía el servidor.</translation>
    </message>
    <message>
        <source>It takes Orthanc 1.9.2 or newer, and a web server before it that passes ETag on.</source>
        <translation>Hace falta Orthanc 1.9.2 o posterior, y un servidor web delante que deje pasar ETag.</translation>
    </message>
    <message>
        <source>It was cut after {size} of {size2} bytes.</source>
        <translation>Se cortó tras {size} de {size2} bytes.</translation>
    </message>
    <message>
        <source>It was not reached.</source>
        <translation>No se alcanzó.</translation>
    </message>
    <message>
        <source>It would not be sent. {message}</source>
        <translation>No se enviaría. {message}</translation>
    </message>
    <message>
        <source>Its files have changed meanwhile.</source>
        <translation>Sus ficheros han cambiado entretanto.</translation>
    </message>
    <message>
        <source>Its group</source>
        <translation>Su grupo</translation>
    </message>
    <message>
        <source>JPEG-LS (lossy)</source>
        <translation>JPEG-LS (con pérdida)</translation>
    </message>
    <message>
        <source>Keep IndexDirectory beside StorageDirectory, or watch the room of both.</source>
        <translation>Tenga IndexDirectory junto a StorageDirectory, o vigile el espacio de los dos.</translation>
    </message>
    <message>
        <source>Keep it first (without --renew and --switch): that makes one.</source>
        <translation>Primero consérvelo (sin --renew ni --switch): así se crea uno.</translation>
    </message>
    <message>
        <source>Keep what you made in the scene.</source>
        <translation>Guarde lo que hizo en la escena.</translation>
    </message>
    <message>
        <source>Known: {names}.</source>
        <translation>Conocidos: {names}.</translation>
    </message>
    <message>
        <source>Labels and metadata were not put on the studies, since the upload did not come to its end: run it again.</source>
        <translation>No se pusieron etiquetas ni metadatos en los estudios, porque la subida no llegó a su fin: hágala otra vez.</translation>
    </message>
    <message>
        <source>Leave it out, or upload it without de-identification.</source>
        <translation>Déjelo fuera, o súbalo sin desidentificar.</translation>
    </message>
    <message>
        <source>Leave it out, or use the official builds or images (--layout).</source>
        <translation>Quítelo, o use las compilaciones o imágenes oficiales (--layout).</translation>
    </message>
    <message>
        <source>Leave it out: 0 takes TLS 1.2 and 1.3 (BCP 195).</source>
        <translation>Quítelo: 0 admite TLS 1.2 y 1.3 (BCP 195).</translation>
    </message>
    <message>
        <source>Leave out --tls nginx.</source>
        <translation>Quite --tls nginx.</translation>
    </message>
    <message>
        <source>Leave out either --in-database or the stations.</source>
        <translation>Quite --in-database o las estaciones.</translation>
    </message>
    <message>
        <source>Leave out the $.</source>
        <translation>Quite el $.</translation>
    </message>
    <message>
        <source>Leave the file out, and report this fault.</source>
        <translation>Deje fuera el fichero y comunique este fallo.</translation>
    </message>
    <message>
        <source>Leave the file out, or have its pixels compressed anew, without comments.</source>
        <translation>Deje fuera el fichero, o haga comprimir de nuevo sus píxeles, sin comentarios.</translation>
    </message>
    <message>
        <source>Left out as chosen: {files} files of {series} series.</source>
        <translation>Dejado fuera según lo elegido: {files} ficheros de {series} series.</translation>
    </message>
    <message>
        <source>Left out: {left_out} of the server's answers, with {fault}.</source>
        <translation>Dejadas fuera: {left_out} de las respuestas del servidor, con {fault}.</translation>
    </message>
    <message>
        <source>Let OrthancConnect register this computer, or hand its line to the administrator.</source>
        <translation>Deje que OrthancConnect registre este ordenador, o entregue su línea al administrador.</translation>
    </message>
    <message>
        <source>Let nginx read its site inside http { … }:</source>
        <translation>Haga que nginx lea su sitio dentro de http { … }:</translation>
    </message>
    <message>
        <source>Let nginx speak TLS (--tls nginx), or use an official build (--layout single).</source>
        <translation>Haga que nginx hable TLS (--tls nginx), o use una compilación oficial (--layout single).</translation>
    </message>
    <message>
        <source>Let nginx speak TLS in front of Orthanc, and use https://.</source>
        <translation>Haga que nginx hable TLS delante de Orthanc, y use https://.</translation>
    </message>
    <message>
        <source>Let nginx speak TLS in front, and set RemoteAccessAllowed to false.</source>
        <translation>Haga que nginx hable TLS delante, y ponga RemoteAccessAllowed a false.</translation>
    </message>
    <message>
        <source>Let the firewall pass {ports}; DICOM is encrypted as well: scanners have to speak it over TLS from now on, and Slicer, which can't, uses HTTPS.</source>
        <translation>Deje que el cortafuegos permita {ports}; DICOM también va cifrado: los escáneres han de hablarlo por TLS desde ahora, y Slicer, que no puede, usa HTTPS.</translation>
    </message>
    <message>
        <source>Let the firewall pass {ports}; DICOM itself is not encrypted.</source>
        <translation>Deje que el cortafuegos pase {ports}; DICOM en sí no va cifrado.</translation>
    </message>
    <message>
        <source>Let the listener use port {free} and register again, or end that program.</source>
        <translation>Deje que el receptor use el puerto {free} y registre otra vez, o termine ese programa.</translation>
    </message>
    <message>
        <source>Letters with and without accents were taken for the same.</source>
        <translation>Las letras con y sin acento se tomaron por iguales.</translation>
    </message>
    <message>
        <source>Line {begin} of the table can't be read: {error}.</source>
        <translation>La línea {begin} de la tabla no se puede leer: {error}.</translation>
    </message>
    <message>
        <source>Line {line} is not Orthanc's JSON: {what}.</source>
        <translation>La línea {line} no es JSON de Orthanc: {what}.</translation>
    </message>
    <message>
        <source>Load the images from the server's study, and make it of them.</source>
        <translation>Cargue las imágenes del estudio del servidor, y hágalo de ellas.</translation>
    </message>
    <message>
        <source>Load the images from the server's study, and measure on them.</source>
        <translation>Cargue las imágenes del estudio del servidor, y mida sobre ellas.</translation>
    </message>
    <message>
        <source>Load the images from the server, and make it from them.</source>
        <translation>Cargue las imágenes del servidor y hágalo a partir de ellas.</translation>
    </message>
    <message>
        <source>Log in again, or ask the administrator of the provider.</source>
        <translation>Inicie sesión de nuevo, o pregunte al administrador del proveedor.</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>Inicie sesión de nuevo.</translation>
    </message>
    <message>
        <source>Log in again; if it stays so, tell the administrator of the provider.</source>
        <translation>Inicie sesión de nuevo; si sigue así, avise al administrador del proveedor.</translation>
    </message>
    <message>
        <source>Log in.</source>
        <translation>Inicie sesión.</translation>
    </message>
    <message>
        <source>Login</source>
        <translation>Inicio de sesión</translation>
    </message>
    <message>
        <source>Look at a new one.</source>
        <translation>Mire una nueva.</translation>
    </message>
    <message>
        <source>Look at it again, and register then.</source>
        <translation>Mírelo otra vez y registre entonces.</translation>
    </message>
    <message>
        <source>Look at it again.</source>
        <translation>Mírelo de nuevo.</translation>
    </message>
    <message>
        <source>Look at it in a program that shows reports.</source>
        <translation>Mírelo en un programa que muestre informes.</translation>
    </message>
    <message>
        <source>Look at it on the server.</source>
        <translation>Mírelo en el servidor.</translation>
    </message>
    <message>
        <source>Look at metadata {work_lists} of the study.</source>
        <translation>Mire los metadatos {work_lists} del estudio.</translation>
    </message>
    <message>
        <source>Look at the list of what waits.</source>
        <translation>Mire la lista de lo que espera.</translation>
    </message>
    <message>
        <source>Look at the list when the server is back: it may have been done.</source>
        <translation>Mire la lista cuando el servidor vuelva: puede que esté hecho.</translation>
    </message>
    <message>
        <source>Look at the server's log for the reason.</source>
        <translation>Mire en el log del servidor la razón.</translation>
    </message>
    <message>
        <source>Look at the server's log, and at that of the web server before it, if there is one.</source>
        <translation>Mire el log del servidor y, si lo hay, el del servidor web que tiene delante.</translation>
    </message>
    <message>
        <source>Look at the server's log, and at what stands before the server.</source>
        <translation>Mire el log del servidor, y qué hay delante del servidor.</translation>
    </message>
    <message>
        <source>Look at the server's log, and try again.</source>
        <translation>Mire el log del servidor y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>Look at the server's log.</source>
        <translation>Mire el log del servidor.</translation>
    </message>
    <message>
        <source>Look at the server's log: Debian's Orthanc, for one, needs nginx in front of it for HTTPS.</source>
        <translation>Mire el log del servidor: el Orthanc de Debian, por ejemplo, necesita nginx delante para HTTPS.</translation>
    </message>
    <message>
        <source>Look at the server's log: a script or a filter there may change, pass on or delete it.</source>
        <translation>Mire el log del servidor: puede que allí un script o un filtro lo cambie, lo reenvíe o lo borre.</translation>
    </message>
    <message>
        <source>Look at the server's log: a script there may change what comes.</source>
        <translation>Mire el registro del servidor: puede que un script cambie allí lo que llega.</translation>
    </message>
    <message>
        <source>Look at the server's log; check that it is the server's DICOM port.</source>
        <translation>Mire el log del servidor; compruebe que sea el puerto DICOM del servidor.</translation>
    </message>
    <message>
        <source>Look at the server's log; leave the file out, or have the server brought up to date.</source>
        <translation>Mire el log del servidor; deje fuera el fichero, o haga actualizar el servidor.</translation>
    </message>
    <message>
        <source>Look at the server's state and try again.</source>
        <translation>Mire el estado del servidor y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>Look at the study's results again.</source>
        <translation>Vuelva a mirar los resultados del estudio.</translation>
    </message>
    <message>
        <source>Look at the volume in Slicer, and send it again.</source>
        <translation>Mire el volumen en Slicer, y envíelo otra vez.</translation>
    </message>
    <message>
        <source>Look at what stands between here and the server, as a proxy.</source>
        <translation>Mire qué hay entre este ordenador y el servidor, como un proxy.</translation>
    </message>
    <message>
        <source>Look at what would change now, and agree to that.</source>
        <translation>Mire qué cambiaría ahora, y acéptelo.</translation>
    </message>
    <message>
        <source>Look for it again.</source>
        <translation>Búsquelo otra vez.</translation>
    </message>
    <message>
        <source>Look for it, and upload again.</source>
        <translation>Búsquelo y súbalo otra vez.</translation>
    </message>
    <message>
        <source>Look up how it is spelled.</source>
        <translation>Mire cómo se escribe.</translation>
    </message>
    <message>
        <source>Look whether it belongs to another series.</source>
        <translation>Mire si pertenece a otra serie.</translation>
    </message>
    <message>
        <source>Make a new one, with 2048 bits and SHA-256.</source>
        <translation>Haga uno nuevo, con 2048 bits y SHA-256.</translation>
    </message>
    <message>
        <source>Make it anew in Slicer; what is kept of it stays until you remove it.</source>
        <translation>Hágalo de nuevo en Slicer; lo que se guarda de él queda hasta que usted lo quite.</translation>
    </message>
    <message>
        <source>Make it writable, or choose another file.</source>
        <translation>Haga que se pueda escribir en él, o elija otro fichero.</translation>
    </message>
    <message>
        <source>Make it writable, or name another with ORTHANCCONNECT_STATE_DIR.</source>
        <translation>Haga que se pueda escribir en ella, o indique otra con ORTHANCCONNECT_STATE_DIR.</translation>
    </message>
    <message>
        <source>Make it yours alone, as by chmod 600, and consider whether somebody has it.</source>
        <translation>Haga que solo usted pueda leerla, por ejemplo con chmod 600, y piense si alguien ya la tiene.</translation>
    </message>
    <message>
        <source>Make it, or name another.</source>
        <translation>Créela, o nombre otra.</translation>
    </message>
    <message>
        <source>Make its folder writable, or name another with ORTHANCCONNECT_CONFIG_DIR.</source>
        <translation>Haga que se pueda escribir en su carpeta, o nombre otra con ORTHANCCONNECT_CONFIG_DIR.</translation>
    </message>
    <message>
        <source>Make its folder writable, or name another with ORTHANCCONNECT_STATE_DIR.</source>
        <translation>Haga que se pueda escribir en su carpeta, o nombre otra con ORTHANCCONNECT_STATE_DIR.</translation>
    </message>
    <message>
        <source>Make one with them: openssl req -x509 … -addext subjectAltName=DNS:server.example.org</source>
        <translation>Haga uno que los tenga: openssl req -x509 … -addext subjectAltName=DNS:server.example.org</translation>
    </message>
    <message>
        <source>Make room on its disk, and upload again.</source>
        <translation>Haga sitio en su disco y suba otra vez.</translation>
    </message>
    <message>
        <source>Make room on the disk of the state folder, and send it again.</source>
        <translation>Haga sitio en el disco de la carpeta de estado y envíelo otra vez.</translation>
    </message>
    <message>
        <source>Make room on the disk, and upload again: what is there is recognised.</source>
        <translation>Haga sitio en el disco y suba otra vez: lo que ya está se reconoce.</translation>
    </message>
    <message>
        <source>Make room on the disk.</source>
        <translation>Haga sitio en el disco.</translation>
    </message>
    <message>
        <source>Make room or give yourself the right to write there.</source>
        <translation>Haga sitio, o dese permiso para escribir allí.</translation>
    </message>
    <message>
        <source>Make room there.</source>
        <translation>Haga sitio allí.</translation>
    </message>
    <message>
        <source>Make room, or choose another folder.</source>
        <translation>Haga sitio o elija otra carpeta.</translation>
    </message>
    <message>
        <source>Make room, or raise MaximumStorageSize.</source>
        <translation>Haga sitio, o aumente MaximumStorageSize.</translation>
    </message>
    <message>
        <source>Make room, or unpack it and upload the folder.</source>
        <translation>Haga sitio, o desempaquételo y suba la carpeta.</translation>
    </message>
    <message>
        <source>Make room: a full disk ends every upload.</source>
        <translation>Haga sitio: un disco lleno termina toda subida.</translation>
    </message>
    <message>
        <source>Make several of it.</source>
        <translation>Divídala en varias.</translation>
    </message>
    <message>
        <source>Make something of it, and send it then.</source>
        <translation>Haga algo en ello, y envíelo entonces.</translation>
    </message>
    <message>
        <source>Make the database, once; the system's user orthanc logs in without a password:</source>
        <translation>Cree la base de datos, una vez; el usuario orthanc del sistema entra sin contraseña:</translation>
    </message>
    <message>
        <source>Make the file readable and its folder writable, or choose another.</source>
        <translation>Haga que el fichero se pueda leer y que se pueda escribir en su carpeta, o elija otro.</translation>
    </message>
    <message>
        <source>Make the result anew in Slicer; what is kept of it stays until you remove it.</source>
        <translation>Haga el resultado de nuevo en Slicer; lo que se guarda de él se queda hasta que lo quite.</translation>
    </message>
    <message>
        <source>Make this file writable: {name}</source>
        <translation>Haga que se pueda escribir en este fichero: {name}</translation>
    </message>
    <message>
        <source>Markups of this kind can't be sent.</source>
        <translation>Las marcas de este tipo no se pueden enviar.</translation>
    </message>
    <message>
        <source>MaximumPduLength is not between 4096 and 131072; Orthanc does not start.</source>
        <translation>MaximumPduLength no está entre 4096 y 131072; Orthanc no arranca.</translation>
    </message>
    <message>
        <source>MaximumStorageMode is neither Recycle nor Reject: Orthanc takes Recycle, and deletes.</source>
        <translation>MaximumStorageMode no es Recycle ni Reject: Orthanc toma Recycle, y borra.</translation>
    </message>
    <message>
        <source>MaximumStorageSize is more than the whole disk, so that the disk is full before.</source>
        <translation>MaximumStorageSize es más que el disco entero, así que el disco se llena antes.</translation>
    </message>
    <message>
        <source>Mend it, or put an earlier one in its place.</source>
        <translation>Arréglelo, o ponga uno anterior en su lugar.</translation>
    </message>
    <message>
        <source>Mend or remove that file.</source>
        <translation>Arregle o quite ese fichero.</translation>
    </message>
    <message>
        <source>Mend that line: what Orthanc can't read it does not start with.</source>
        <translation>Arregle esa línea: Orthanc no arranca con lo que no puede leer.</translation>
    </message>
    <message>
        <source>Name Orthanc's configuration, a file or a folder, and run it as a user who may read it.</source>
        <translation>Nombre la configuración de Orthanc, un fichero o una carpeta, como un usuario que pueda leerla.</translation>
    </message>
    <message>
        <source>Name Orthanc's configuration, for example /etc/orthanc.</source>
        <translation>Nombre la configuración de Orthanc, por ejemplo /etc/orthanc.</translation>
    </message>
    <message>
        <source>Name a PEM file with certificate and key (--dicom-certificate), and ask the administrator to add the certificate to DicomTlsTrustedCertificates.</source>
        <translation>Indique un fichero PEM con certificado y clave (--dicom-certificate), y pida al administrador que añada el certificado a DicomTlsTrustedCertificates.</translation>
    </message>
    <message>
        <source>Name a PEM file with certificate and key (--dicom-certificate), or retrieve by C-GET or over HTTPS.</source>
        <translation>Indique un fichero PEM con certificado y clave (--dicom-certificate), o recupere por C-GET o por HTTPS.</translation>
    </message>
    <message>
        <source>Name a PEM file with their authorities.</source>
        <translation>Nombre un fichero PEM con sus autoridades.</translation>
    </message>
    <message>
        <source>Name a program after --run.</source>
        <translation>Nombre un programa después de --run.</translation>
    </message>
    <message>
        <source>Name another.</source>
        <translation>Nombre otro.</translation>
    </message>
    <message>
        <source>Name attributes: {known}.</source>
        <translation>Indique atributos: {known}.</translation>
    </message>
    <message>
        <source>Name each person (--user).</source>
        <translation>Nombre a cada persona (--user).</translation>
    </message>
    <message>
        <source>Name it as orthancteam/orthanc:26.8.1.</source>
        <translation>Nómbrela como orthancteam/orthanc:26.8.1.</translation>
    </message>
    <message>
        <source>Name it by --column, and what it holds by --by; or choose another server.</source>
        <translation>Nómbrela con --column, y lo que contiene con --by; o elija otro servidor.</translation>
    </message>
    <message>
        <source>Name it by its whole path, without $, colon and quotation marks.</source>
        <translation>Nómbrela con su ruta completa, sin $, dos puntos ni comillas.</translation>
    </message>
    <message>
        <source>Name one by Orthanc's identifier: {names}.</source>
        <translation>Nombre uno por el identificador de Orthanc: {names}.</translation>
    </message>
    <message>
        <source>Name one.</source>
        <translation>Indique uno.</translation>
    </message>
    <message>
        <source>Name the PEM files.</source>
        <translation>Nombre los ficheros PEM.</translation>
    </message>
    <message>
        <source>Name the hosts that it is for, or add --renew for a new one of its own.</source>
        <translation>Nombre los equipos para los que es, o añada --renew para uno nuevo propio.</translation>
    </message>
    <message>
        <source>Name the right files in the server settings.</source>
        <translation>Indique los ficheros correctos en los ajustes del servidor.</translation>
    </message>
    <message>
        <source>Name this server as other computers reach it (--host).</source>
        <translation>Nombre este servidor como otros equipos llegan a él (--host).</translation>
    </message>
    <message>
        <source>Name users in RegisteredUsers, each with a password of 15 characters or more.</source>
        <translation>Nombre usuarios en RegisteredUsers, cada uno con una contraseña de 15 caracteres o más.</translation>
    </message>
    <message>
        <source>Name users in RegisteredUsers, each with a password of their own.</source>
        <translation>Nombre usuarios en RegisteredUsers, cada uno con su propia contraseña.</translation>
    </message>
    <message>
        <source>Name users in RegisteredUsers.</source>
        <translation>Nombre usuarios en RegisteredUsers.</translation>
    </message>
    <message>
        <source>Name yours and its key in the server settings; if you have none, ask the administrator.</source>
        <translation>Indique el suyo y su clave en los ajustes del servidor; si no tiene ninguno, pregunte al administrador.</translation>
    </message>
    <message>
        <source>Names have up to 64 characters, units are those of UCUM, such as mm2.</source>
        <translation>Los nombres tienen hasta 64 caracteres, las unidades son las de UCUM, como mm2.</translation>
    </message>
    <message>
        <source>Names of segments</source>
        <translation>Nombres de segmentos</translation>
    </message>
    <message>
        <source>Names of structures</source>
        <translation>Nombres de estructuras</translation>
    </message>
    <message>
        <source>Names of the keys</source>
        <translation>Nombres de las claves</translation>
    </message>
    <message>
        <source>Names or numbers where none belong</source>
        <translation>Nombres o números donde no corresponden</translation>
    </message>
    <message>
        <source>Narrow each query down, or ask the administrator to raise LimitFindResults.</source>
        <translation>Acote más cada consulta, o pida al administrador que suba LimitFindResults.</translation>
    </message>
    <message>
        <source>Narrow it down, or try again later.</source>
        <translation>Acótela, o inténtelo más tarde.</translation>
    </message>
    <message>
        <source>Network is unreachable</source>
        <translation>red inalcanzable</translation>
    </message>
    <message>
        <source>No DICOM can be made of this result: it, or the images that it was made from, hold a value that DICOM has no place for.</source>
        <translation>No se puede hacer DICOM de este resultado: él, o las imágenes de las que se hizo, tienen un valor para el que DICOM no tiene sitio.</translation>
    </message>
    <message>
        <source>No certificate is prepared to follow this one; nothing was written.</source>
        <translation>No hay ningún certificado preparado para seguir a este; no se escribió nada.</translation>
    </message>
    <message>
        <source>No host is named.</source>
        <translation>No se nombra ningún equipo.</translation>
    </message>
    <message>
        <source>No parametric map can be made of this volume: {why}.</source>
        <translation>De este volumen no se puede hacer un mapa paramétrico: {why}.</translation>
    </message>
    <message>
        <source>No password is known for HTTPS.</source>
        <translation>No se conoce ninguna contraseña para HTTPS.</translation>
    </message>
    <message>
        <source>No report can be made of these measurements: {error}</source>
        <translation>De estas medidas no se puede hacer un informe: {error}</translation>
    </message>
    <message>
        <source>No result {result_id} waits here.</source>
        <translation>Aquí no espera ningún resultado {result_id}.</translation>
    </message>
    <message>
        <source>No route to host</source>
        <translation>no hay ruta hasta el equipo</translation>
    </message>
    <message>
        <source>No segmentation can be made of these images: {error}</source>
        <translation>No se puede hacer ninguna segmentación de estas imágenes: {error}</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>no queda espacio en el dispositivo</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>no existe el fichero o la carpeta</translation>
    </message>
    <message>
        <source>No user is named, and nobody could log in.</source>
        <translation>No se nombra ningún usuario, y nadie podría entrar.</translation>
    </message>
    <message>
        <source>No user is registered, so Orthanc makes the user orthanc with the password orthanc.</source>
        <translation>No hay ningún usuario registrado, así que Orthanc crea el usuario orthanc con la contraseña orthanc.</translation>
    </message>
    <message>
        <source>Nobody answers at {dicom_where}: a firewall drops the connection to the DICOM port.</source>
        <translation>Nadie responde en {dicom_where}: un cortafuegos corta la conexión al puerto DICOM.</translation>
    </message>
    <message>
        <source>Nobody answers at {where}: a firewall drops the connection, or the address is wrong.</source>
        <translation>Nadie responde en {where}: un cortafuegos corta la conexión, o la dirección no es correcta.</translation>
    </message>
    <message>
        <source>Nobody has this case open: {state}.</source>
        <translation>Nadie tiene abierto este caso: {state}.</translation>
    </message>
    <message>
        <source>Nobody is logged in at {shown_issuer}.</source>
        <translation>Nadie ha iniciado sesión en {shown_issuer}.</translation>
    </message>
    <message>
        <source>Nobody logged in within {patience} seconds.</source>
        <translation>Nadie ha iniciado sesión en {patience} segundos.</translation>
    </message>
    <message>
        <source>Not a DICOM file.</source>
        <translation>No es un fichero DICOM.</translation>
    </message>
    <message>
        <source>Not a directory</source>
        <translation>no es una carpeta</translation>
    </message>
    <message>
        <source>Not a file, but {kind}.</source>
        <translation>No es un fichero, sino {kind}.</translation>
    </message>
    <message>
        <source>Not all of it came.</source>
        <translation>No llegó entera.</translation>
    </message>
    <message>
        <source>Not all results were uploaded: {summary}.</source>
        <translation>No se subieron todos los resultados: {summary}.</translation>
    </message>
    <message>
        <source>Not all series are known. {cut_short}</source>
        <translation>No se conocen todas las series. {cut_short}</translation>
    </message>
    <message>
        <source>Not fetched. {message}</source>
        <translation>No recuperado. {message}</translation>
    </message>
    <message>
        <source>Not in these files, of the series to be left out: {unmet}.</source>
        <translation>No están en estos ficheros, de las series que se dejan fuera: {unmet}.</translation>
    </message>
    <message>
        <source>Not running.</source>
        <translation>Parado.</translation>
    </message>
    <message>
        <source>Not sent. {message}</source>
        <translation>No enviado. {message}</translation>
    </message>
    <message>
        <source>Not stored: it has other content than {other}, which has the same patient, study, series and instance, and is stored.</source>
        <translation>No almacenado: tiene otro contenido que {other}, que es del mismo paciente, estudio, serie e instancia, y está almacenado.</translation>
    </message>
    <message>
        <source>Not tested: Slicer itself speaks no DICOM over TLS; it uses HTTPS for this server.</source>
        <translation>Sin comprobar: Slicer mismo no habla DICOM por TLS; con este servidor usa HTTPS.</translation>
    </message>
    <message>
        <source>Not tested: no compressed series among those looked at.</source>
        <translation>No comprobado: ninguna serie comprimida entre las examinadas.</translation>
    </message>
    <message>
        <source>Not tested: nobody here can listen for DICOM.</source>
        <translation>No comprobado: aquí nadie puede recibir por DICOM.</translation>
    </message>
    <message>
        <source>Not tested: nothing is to be written.</source>
        <translation>No comprobado: no se debe escribir nada.</translation>
    </message>
    <message>
        <source>Not tested: the server has no instance that could be fetched.</source>
        <translation>No comprobado: el servidor no tiene ninguna instancia que se pueda traer.</translation>
    </message>
    <message>
        <source>Not tested: the server has no instance that could be retrieved.</source>
        <translation>No comprobado: el servidor no tiene ninguna instancia que se pueda recuperar.</translation>
    </message>
    <message>
        <source>Not tested: the server's first instance is too large for a check.</source>
        <translation>No comprobado: la primera instancia del servidor es demasiado grande para una revisión.</translation>
    </message>
    <message>
        <source>Not tested: this user may not let the server send a C-ECHO.</source>
        <translation>No comprobado: este usuario no puede hacer que el servidor envíe un C-ECHO.</translation>
    </message>
    <message>
        <source>Not tested: this user may not see which AE titles the server knows.</source>
        <translation>No comprobado: este usuario no puede ver qué títulos AE conoce el servidor.</translation>
    </message>
    <message>
        <source>Nothing answers by DICOM at {host}:{port}.</source>
        <translation>Nada responde por DICOM en {host}:{port}.</translation>
    </message>
    <message>
        <source>Nothing answers on {dicom_where}: the server's DICOM port is {told}.</source>
        <translation>Nada responde en {dicom_where}: el puerto DICOM del servidor es {told}.</translation>
    </message>
    <message>
        <source>Nothing came of the {step} within {patience} s.</source>
        <translation>No resultó nada de {step} en {patience} s.</translation>
    </message>
    <message>
        <source>Nothing is to be corrected.</source>
        <translation>No hay nada que corregir.</translation>
    </message>
    <message>
        <source>Nothing listens on {dicom_where}: the server's DICOM port is closed or another one.</source>
        <translation>Nada escucha en {dicom_where}: el puerto DICOM del servidor está cerrado o es otro.</translation>
    </message>
    <message>
        <source>Nothing listens on {where}.</source>
        <translation>Nada escucha en {where}.</translation>
    </message>
    <message>
        <source>Nothing that was drawn lies within the images of the series that it belongs to.</source>
        <translation>Nada de lo dibujado está dentro de las imágenes de la serie a la que pertenece.</translation>
    </message>
    <message>
        <source>Nothing to do for a retrieve; for more speed, ask the administrator to allow POST /tools/find.</source>
        <translation>Nada que hacer para recuperar; para más velocidad, pida al administrador que permita POST /tools/find.</translation>
    </message>
    <message>
        <source>Nothing to do for {retrieve_method}, which needs no way back; C-MOVE can't work.</source>
        <translation>Nada que hacer para {retrieve_method}, que no necesita camino de vuelta; C-MOVE no puede funcionar.</translation>
    </message>
    <message>
        <source>Nothing was changed; write it anew.</source>
        <translation>No se ha cambiado nada; escríbalo de nuevo.</translation>
    </message>
    <message>
        <source>Nothing was chosen.</source>
        <translation>No se eligió nada.</translation>
    </message>
    <message>
        <source>Nothing was sent. Ask the administrator whether the certificate was renewed; only then trust the new one.</source>
        <translation>No se ha enviado nada. Pregunte al administrador si se renovó el certificado; solo entonces confíe en el nuevo.</translation>
    </message>
    <message>
        <source>Nothing was sent: ask the administrator whether it was renewed, and only then trust the new one.</source>
        <translation>No se ha enviado nada: pregunte al administrador si se renovó, y solo entonces confíe en el nuevo.</translation>
    </message>
    <message>
        <source>Nothing was stored.</source>
        <translation>No se almacenó nada.</translation>
    </message>
    <message>
        <source>Number of requests</source>
        <translation>Número de peticiones</translation>
    </message>
    <message>
        <source>Of {untold} instances it can't be told whose they are.</source>
        <translation>De {untold} instancias no se sabe de quién son.</translation>
    </message>
    <message>
        <source>Open Slicer's DICOM module once: it makes or repairs the database.</source>
        <translation>Abra una vez el módulo DICOM de Slicer: crea o repara la base de datos.</translation>
    </message>
    <message>
        <source>Open it on the server, in a viewer for slides.</source>
        <translation>Ábralo en el servidor, en un visor de portaobjetos.</translation>
    </message>
    <message>
        <source>Open it with the program that made it.</source>
        <translation>Ábralo con el programa que lo hizo.</translation>
    </message>
    <message>
        <source>Open it, as a drive or with a program for archives, and upload what is in it.</source>
        <translation>Ábrala, como unidad o con un programa de archivos comprimidos, y suba lo que contiene.</translation>
    </message>
    <message>
        <source>Open the study by the list below.</source>
        <translation>Abra el estudio desde la lista de abajo.</translation>
    </message>
    <message>
        <source>Operation not permitted</source>
        <translation>operación no permitida</translation>
    </message>
    <message>
        <source>Orthanc Explorer</source>
        <translation>Orthanc Explorer</translation>
    </message>
    <message>
        <source>Orthanc Explorer 2</source>
        <translation>Orthanc Explorer 2</translation>
    </message>
    <message>
        <source>Orthanc answers under {address}, not under {shown_url}.</source>
        <translation>Orthanc responde en {address}, no en {shown_url}.</translation>
    </message>
    <message>
        <source>Orthanc does not start so: take it out of one of them.</source>
        <translation>Orthanc no arranca así: quítelo de uno de ellos.</translation>
    </message>
    <message>
        <source>Orthanc is not installed on this computer; nothing was written.</source>
        <translation>Orthanc no está instalado en este equipo; no se escribió nada.</translation>
    </message>
    <message>
        <source>Orthanc itself</source>
        <translation>Orthanc mismo</translation>
    </message>
    <message>
        <source>Orthanc itself knows no {shown}, and ignores it unless a plugin reads it.</source>
        <translation>Orthanc mismo no conoce {shown}, y lo ignora si ningún complemento lo lee.</translation>
    </message>
    <message>
        <source>Orthanc keeps no finished job, so that requests which wait for one fail.</source>
        <translation>Orthanc no guarda ningún trabajo terminado, así que fallan las peticiones que esperan uno.</translation>
    </message>
    <message>
        <source>Orthanc knows no encoding {value}, and does not start.</source>
        <translation>Orthanc no conoce la codificación {value}, y no arranca.</translation>
    </message>
    <message>
        <source>Orthanc knows no {key} in an entry, and ignores that of {shown}.</source>
        <translation>Orthanc no conoce {key} en una entrada, e ignora el de {shown}.</translation>
    </message>
    <message>
        <source>Orthanc knows no {shown} and ignores it; there is {right}.</source>
        <translation>Orthanc no conoce {shown} y lo ignora; hay {right}.</translation>
    </message>
    <message>
        <source>Orthanc notes no MD5 of what it stores, so that nobody can compare a file with it.</source>
        <translation>Orthanc no anota el MD5 de lo que almacena, así que nadie puede comparar un fichero con ello.</translation>
    </message>
    <message>
        <source>Orthanc refuses every association whose called AE title is not its DicomAet.</source>
        <translation>Orthanc rechaza toda asociación cuyo título AE llamado no es su DicomAet.</translation>
    </message>
    <message>
        <source>Orthanc sends to peers and web servers without a look at their certificate.</source>
        <translation>Orthanc envía a otros Orthanc y servidores web sin mirar su certificado.</translation>
    </message>
    <message>
        <source>Orthanc tells its limits since 1.11.3.</source>
        <translation>Orthanc dice sus límites desde 1.11.3.</translation>
    </message>
    <message>
        <source>Orthanc tells nobody whether DicomModalitiesInDatabase is true. If it is, the entry stays, and the entries of the configuration file are not used; if not, it is lost at a restart.</source>
        <translation>Orthanc no dice a nadie si DicomModalitiesInDatabase es true. Si lo es, la entrada permanece y las entradas del fichero de configuración no se usan; si no, se pierde en un reinicio.</translation>
    </message>
    <message>
        <source>Orthanc web viewer</source>
        <translation>Visor web de Orthanc</translation>
    </message>
    <message>
        <source>Orthanc {version} changes the patient of all of a patient's studies or of none: nothing was changed.</source>
        <translation>Orthanc {version} cambia el paciente de todos los estudios de un paciente o de ninguno: no se ha cambiado nada.</translation>
    </message>
    <message>
        <source>Orthanc {version} does not know C-GET, which came with 1.7.0.</source>
        <translation>Orthanc {version} no conoce C-GET, que llegó con la 1.7.0.</translation>
    </message>
    <message>
        <source>Orthanc {version}; plugins: {none}</source>
        <translation>Orthanc {version}; complementos: {none}</translation>
    </message>
    <message>
        <source>Orthanc {version}{name}</source>
        <translation>Orthanc {version}{name}</translation>
    </message>
    <message>
        <source>Orthanc's AE title</source>
        <translation>Título AE de Orthanc</translation>
    </message>
    <message>
        <source>Orthanc's log</source>
        <translation>Log de Orthanc</translation>
    </message>
    <message>
        <source>Other Orthancs</source>
        <translation>Otros Orthanc</translation>
    </message>
    <message>
        <source>Other reasons.</source>
        <translation>Otras razones.</translation>
    </message>
    <message>
        <source>Others change the same metadata all the time: it could not be changed.</source>
        <translation>Otros cambian los mismos metadatos sin parar: no se pudieron cambiar.</translation>
    </message>
    <message>
        <source>Others keep scenes with this study all the time: it got no number.</source>
        <translation>Otros guardan continuamente escenas en este estudio: no recibió número.</translation>
    </message>
    <message>
        <source>Our AE title on the server</source>
        <translation>Nuestro título AE en el servidor</translation>
    </message>
    <message>
        <source>Our address as the server sees it is not known.</source>
        <translation>No se conoce nuestra dirección tal como la ve el servidor.</translation>
    </message>
    <message>
        <source>Our entry's name on the server is not known.</source>
        <translation>No se conoce el nombre de nuestra entrada en el servidor.</translation>
    </message>
    <message>
        <source>Overlays within the pixels</source>
        <translation>Superposiciones dentro de los píxeles</translation>
    </message>
    <message>
        <source>PDU type {kind}</source>
        <translation>PDU de tipo {kind}</translation>
    </message>
    <message>
        <source>PUT default to /tools/log-level, or start Orthanc without --verbose and --trace.</source>
        <translation>PUT default a /tools/log-level, o arranque Orthanc sin --verbose ni --trace.</translation>
    </message>
    <message>
        <source>Page {number} is the last one.</source>
        <translation>La página {number} es la última.</translation>
    </message>
    <message>
        <source>Password and images go to the peer {name} in clear.</source>
        <translation>La contraseña y las imágenes van al Orthanc {name} en claro.</translation>
    </message>
    <message>
        <source>Passwords and images cross the network in clear.</source>
        <translation>Contraseñas e imágenes cruzan la red en claro.</translation>
    </message>
    <message>
        <source>Passwords and images cross the network in clear: RemoteAccessAllowed without TLS.</source>
        <translation>Contraseñas e imágenes cruzan la red en claro: RemoteAccessAllowed sin TLS.</translation>
    </message>
    <message>
        <source>Paste the token.</source>
        <translation>Pegue el token.</translation>
    </message>
    <message>
        <source>Patients' names and IDs that are searched for come into Orthanc's log.</source>
        <translation>Los nombres e ID de pacientes que se buscan llegan al log de Orthanc.</translation>
    </message>
    <message>
        <source>Patients' names and images cross the network in clear by C-FIND and {method}.</source>
        <translation>Los nombres y las imágenes de los pacientes cruzan la red a la vista por C-FIND y {method}.</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>permiso denegado</translation>
    </message>
    <message>
        <source>Plain HTTP has no certificate: everything crosses the network in clear.</source>
        <translation>El HTTP simple no tiene certificado: todo cruza la red a la vista.</translation>
    </message>
    <message>
        <source>Plain http would send the password and the images in clear.</source>
        <translation>El http simple enviaría la contraseña y las imágenes a la vista.</translation>
    </message>
    <message>
        <source>Please report it; Slicer's log says more.</source>
        <translation>Comuníquelo, por favor; el log de Slicer dice más.</translation>
    </message>
    <message>
        <source>Plugins are loaded once --plugin-folder names where the build has them.</source>
        <translation>Los complementos se cargan cuando --plugin-folder dice dónde los tiene la compilación.</translation>
    </message>
    <message>
        <source>Plugins, scripts and folders</source>
        <translation>Complementos, scripts y carpetas</translation>
    </message>
    <message>
        <source>Port {port} can't be used: {reason}.</source>
        <translation>El puerto {port} no se puede usar: {reason}.</translation>
    </message>
    <message>
        <source>Port {port} is in use by {owner}; nothing was written.</source>
        <translation>El puerto {port} lo usa {owner}; no se escribió nada.</translation>
    </message>
    <message>
        <source>Port {port} is taken by another DICOM listener (storescp, process {pid}).</source>
        <translation>El puerto {port} lo ocupa otro receptor DICOM (storescp, proceso {pid}).</translation>
    </message>
    <message>
        <source>Port {port} is taken by another program.</source>
        <translation>El puerto {port} lo ocupa otro programa.</translation>
    </message>
    <message>
        <source>Port {port} is taken by another program; it may be Slicer's own DICOM listener.</source>
        <translation>El puerto {port} lo ocupa otro programa; puede ser el propio receptor DICOM de Slicer.</translation>
    </message>
    <message>
        <source>Port {port} of this computer belongs to {who}</source>
        <translation>El puerto {port} de este ordenador pertenece a {who}</translation>
    </message>
    <message>
        <source>Prepare it first (--renew), hand out the profile, and switch some weeks later.</source>
        <translation>Prepárelo primero (--renew), reparta el perfil, y cambie unas semanas después.</translation>
    </message>
    <message>
        <source>Private elements</source>
        <translation>Elementos privados</translation>
    </message>
    <message>
        <source>Put back a copy of it. If nothing was uploaded with it, remove it, and a new key is made.</source>
        <translation>Reponga una copia. Si no se subió nada con ella, quítelo y se crea una clave nueva.</translation>
    </message>
    <message>
        <source>Put both there, or move the one away for new ones.</source>
        <translation>Ponga los dos ahí, o aparte el uno para hacer nuevos.</translation>
    </message>
    <message>
        <source>Put certificate and unencrypted key into PEM; SslCertificate wants both in one file.</source>
        <translation>Ponga en PEM el certificado y la clave sin cifrar; SslCertificate quiere los dos en un fichero.</translation>
    </message>
    <message>
        <source>Put it there, or take the line out.</source>
        <translation>Póngalo ahí, o quite la línea.</translation>
    </message>
    <message>
        <source>Put the PEM file there.</source>
        <translation>Ponga ahí el fichero PEM.</translation>
    </message>
    <message>
        <source>Put the files in their place; a backup of what is there is yours to make:</source>
        <translation>Ponga los ficheros en su sitio; la copia de lo que haya es cosa suya:</translation>
    </message>
    <message>
        <source>Put the right key there, or move both away for new ones.</source>
        <translation>Ponga allí la clave correcta, o aparte los dos para hacer otros nuevos.</translation>
    </message>
    <message>
        <source>Query again.</source>
        <translation>Consulte otra vez.</translation>
    </message>
    <message>
        <source>Query again: it may have been deleted meanwhile.</source>
        <translation>Consulte otra vez: puede que se haya borrado entretanto.</translation>
    </message>
    <message>
        <source>Query again: somebody has deleted or replaced it.</source>
        <translation>Consulte otra vez: alguien lo ha borrado o sustituido.</translation>
    </message>
    <message>
        <source>Query and retrieve over HTTPS, or by orthancconnect on the command line.</source>
        <translation>Consulte y recupere por HTTPS, o con orthancconnect en la línea de órdenes.</translation>
    </message>
    <message>
        <source>Query first what the server has.</source>
        <translation>Consulte primero qué tiene el servidor.</translation>
    </message>
    <message>
        <source>Query over HTTPS, with a password, or leave them out.</source>
        <translation>Consulte por HTTPS, con una contraseña, o déjelos fuera.</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>sistema de ficheros de solo lectura</translation>
    </message>
    <message>
        <source>ReadOnly is true: nothing can be stored (Orthanc 1.12.5).</source>
        <translation>ReadOnly es true: no se puede almacenar nada (Orthanc 1.12.5).</translation>
    </message>
    <message>
        <source>Register the address {router}: C-FIND and C-GET need nothing more, C-MOVE a router that forwards port {storage_port} to this computer.</source>
        <translation>Registre la dirección {router}: C-FIND y C-GET no necesitan más; C-MOVE, un enrutador que reenvíe el puerto {storage_port} a este ordenador.</translation>
    </message>
    <message>
        <source>Register them by orthancconnect register or PUT /modalities, or set it to false.</source>
        <translation>Regístrelas con orthancconnect register o PUT /modalities, o póngalo a false.</translation>
    </message>
    <message>
        <source>Registered: {nothing}.</source>
        <translation>Registrados: {nothing}.</translation>
    </message>
    <message>
        <source>RegisteredUsers count for nothing: without RemoteAccessAllowed, AuthenticationEnabled is false unless it is set, and who comes through a proxy needs no password.</source>
        <translation>RegisteredUsers no sirve de nada: sin RemoteAccessAllowed, AuthenticationEnabled es false si no se pone, y quien llega por un proxy no necesita contraseña.</translation>
    </message>
    <message>
        <source>Release it, or reject it first.</source>
        <translation>Libérelo o rechácelo antes.</translation>
    </message>
    <message>
        <source>Remove it, and follow again.</source>
        <translation>Quítelo y siga otra vez.</translation>
    </message>
    <message>
        <source>Remove it, and follow with --since beginning: what is there is recognised.</source>
        <translation>Quítelo y siga con --since beginning: lo que ya está se reconoce.</translation>
    </message>
    <message>
        <source>Remove it; use * for any text and ? for any one character.</source>
        <translation>Quítelo; use * para cualquier texto y ? para un carácter cualquiera.</translation>
    </message>
    <message>
        <source>Remove the link, or choose another folder.</source>
        <translation>Quite el enlace o elija otra carpeta.</translation>
    </message>
    <message>
        <source>Remove the user, or give a password of 15 characters or more.</source>
        <translation>Quite el usuario, o dele una contraseña de 15 caracteres o más.</translation>
    </message>
    <message>
        <source>Remove those that are done: orthancconnect worklist remove.</source>
        <translation>Quite las que están hechas: orthancconnect worklist remove.</translation>
    </message>
    <message>
        <source>Renew it at its authority, or add --renew for a new one of its own.</source>
        <translation>Renuévelo en su autoridad, o añada --renew para uno nuevo propio.</translation>
    </message>
    <message>
        <source>Renew it there, and put it in the place of the old one.</source>
        <translation>Renuévelo allí, y póngalo en el sitio del anterior.</translation>
    </message>
    <message>
        <source>Renew it, and tell those who pinned it the new fingerprint beforehand.</source>
        <translation>Renuévelo, y diga antes la nueva huella a quienes lo fijaron.</translation>
    </message>
    <message>
        <source>Replace the study, or give the copy another patient ID.</source>
        <translation>Sustituya el estudio, o dé a la copia otro ID de paciente.</translation>
    </message>
    <message>
        <source>Replace them first (module Simple Filters), or send the scene.</source>
        <translation>Sustitúyalos antes (módulo Simple Filters), o envíe la escena.</translation>
    </message>
    <message>
        <source>Report it.</source>
        <translation>Comuníquelo.</translation>
    </message>
    <message>
        <source>Report this fault.</source>
        <translation>Comunique este fallo.</translation>
    </message>
    <message>
        <source>Resample it in the module Markups, or leave it out.</source>
        <translation>Remuéstrela en el módulo Markups, o déjela fuera.</translation>
    </message>
    <message>
        <source>Retrieve it first.</source>
        <translation>Recupérela antes.</translation>
    </message>
    <message>
        <source>Retrieve over HTTPS, and look at the server's log.</source>
        <translation>Recupere por HTTPS y mire el log del servidor.</translation>
    </message>
    <message>
        <source>Retrieve over HTTPS, or ask the administrator for a newer Orthanc.</source>
        <translation>Recupere por HTTPS, o pida al administrador un Orthanc más reciente.</translation>
    </message>
    <message>
        <source>Retrieve over HTTPS, or use DICOM inside a VPN only.</source>
        <translation>Recupere por HTTPS, o use DICOM solo dentro de una VPN.</translation>
    </message>
    <message>
        <source>Retrieve over HTTPS, which is Slicer's only way here; for the command line, make the profile with --dicom-tls.</source>
        <translation>Recupere por HTTPS, la única vía de Slicer aquí; para la línea de órdenes, haga el perfil con --dicom-tls.</translation>
    </message>
    <message>
        <source>Retrieve the series again, or draw on another one.</source>
        <translation>Recupere la serie de nuevo, o dibuje sobre otra.</translation>
    </message>
    <message>
        <source>Retrieve the series instead.</source>
        <translation>Recupere en su lugar la serie.</translation>
    </message>
    <message>
        <source>Retrieve them over HTTPS, which sends them as they are stored.</source>
        <translation>Recupérelas por HTTPS, que las envía tal como están almacenadas.</translation>
    </message>
    <message>
        <source>Run this as the administrator (sudo), or mend that file.</source>
        <translation>Hágalo como administrador (sudo), o arregle ese fichero.</translation>
    </message>
    <message>
        <source>Run this as the administrator (sudo), or name another folder.</source>
        <translation>Hágalo como administrador (sudo), o nombre otra carpeta.</translation>
    </message>
    <message>
        <source>Run this as the user whose log it is.</source>
        <translation>Ejecútelo como el usuario de quien es el registro.</translation>
    </message>
    <message>
        <source>SAMPLE^DRAWN CHEST</source>
        <translation>SAMPLE^DRAWN CHEST</translation>
    </message>
    <message>
        <source>SHA-256 of the certificate, for those who connect without the file:</source>
        <translation>SHA-256 del certificado, para quienes se conectan sin el fichero:</translation>
    </message>
    <message>
        <source>SOP Instance UID</source>
        <translation>SOP Instance UID</translation>
    </message>
    <message>
        <source>Safety and speed</source>
        <translation>Seguridad y velocidad</translation>
    </message>
    <message>
        <source>Same instance over HTTPS</source>
        <translation>La misma instancia por HTTPS</translation>
    </message>
    <message>
        <source>Save it again as CSV.</source>
        <translation>Guárdela otra vez como CSV.</translation>
    </message>
    <message>
        <source>Save them in the scene, and write to who looks after OrthancConnect.</source>
        <translation>Guárdelas en la escena, y escriba a quien se ocupa de OrthancConnect.</translation>
    </message>
    <message>
        <source>Screenshots and other images that often show a name</source>
        <translation>Capturas de pantalla y otras imágenes que a menudo muestran un nombre</translation>
    </message>
    <message>
        <source>Scripts over HTTP</source>
        <translation>Scripts por HTTP</translation>
    </message>
    <message>
        <source>Search over HTTPS</source>
        <translation>Búsqueda por HTTPS</translation>
    </message>
    <message>
        <source>See whether it was deleted there; what waits here stays on this computer.</source>
        <translation>Vea si se borró allí; lo que espera aquí se queda en este ordenador.</translation>
    </message>
    <message>
        <source>See whether the study is still there, and look at the server's log.</source>
        <translation>Vea si el estudio sigue allí, y mire el registro del servidor.</translation>
    </message>
    <message>
        <source>See worklist table for those.</source>
        <translation>Vea los que hay con worklist table.</translation>
    </message>
    <message>
        <source>Segment {number}</source>
        <translation>Segmento {number}</translation>
    </message>
    <message>
        <source>Segments that may overlap can't be sent as one label map.</source>
        <translation>Los segmentos que pueden solaparse no se pueden enviar como un solo mapa de etiquetas.</translation>
    </message>
    <message>
        <source>Send a smaller part of it.</source>
        <translation>Envíe una parte más pequeña.</translation>
    </message>
    <message>
        <source>Send it again, and look whether the disk is full.</source>
        <translation>Envíelo otra vez, y mire si el disco está lleno.</translation>
    </message>
    <message>
        <source>Send it again.</source>
        <translation>Envíelo otra vez.</translation>
    </message>
    <message>
        <source>Send the measurements in several reports.</source>
        <translation>Envíe las medidas en varios informes.</translation>
    </message>
    <message>
        <source>Send the segmentation first, or measure it again.</source>
        <translation>Envíe primero la segmentación, o mídala otra vez.</translation>
    </message>
    <message>
        <source>Send the segmentation without label map.</source>
        <translation>Envíe la segmentación sin mapa de etiquetas.</translation>
    </message>
    <message>
        <source>Send them, or remove those that nobody needs.</source>
        <translation>Envíelos, o quite los que nadie necesita.</translation>
    </message>
    <message>
        <source>Sending results as DICOM needs the package highdicom.</source>
        <translation>Para enviar resultados como DICOM hace falta el paquete highdicom.</translation>
    </message>
    <message>
        <source>Series Instance UID</source>
        <translation>Series Instance UID</translation>
    </message>
    <message>
        <source>Server check of {target}</source>
        <translation>Revisión del servidor {target}</translation>
    </message>
    <message>
        <source>Server name</source>
        <translation>Nombre del servidor</translation>
    </message>
    <message>
        <source>Server reaches our listener</source>
        <translation>El servidor alcanza nuestro receptor</translation>
    </message>
    <message>
        <source>Set AuthenticationEnabled to true, and name users in RegisteredUsers.</source>
        <translation>Ponga AuthenticationEnabled a true, y nombre usuarios en RegisteredUsers.</translation>
    </message>
    <message>
        <source>Set AuthenticationEnabled to true.</source>
        <translation>Ponga AuthenticationEnabled a true.</translation>
    </message>
    <message>
        <source>Set DeidentifyLogs to true.</source>
        <translation>Ponga DeidentifyLogs a true.</translation>
    </message>
    <message>
        <source>Set DicomAlwaysAllow{operation} to false, and register each computer.</source>
        <translation>Ponga DicomAlwaysAllow{operation} a false, y registre cada equipo.</translation>
    </message>
    <message>
        <source>Set DicomServerEnabled to true.</source>
        <translation>Ponga DicomServerEnabled a true.</translation>
    </message>
    <message>
        <source>Set DicomTlsRemoteCertificateRequired to true.</source>
        <translation>Ponga DicomTlsRemoteCertificateRequired a true.</translation>
    </message>
    <message>
        <source>Set ExecuteLuaEnabled to false.</source>
        <translation>Ponga ExecuteLuaEnabled a false.</translation>
    </message>
    <message>
        <source>Set HttpServerEnabled to true.</source>
        <translation>Ponga HttpServerEnabled a true.</translation>
    </message>
    <message>
        <source>Set HttpsVerifyPeers to true, and name their authorities by HttpsCACertificates.</source>
        <translation>Ponga HttpsVerifyPeers a true, y nombre sus autoridades con HttpsCACertificates.</translation>
    </message>
    <message>
        <source>Set KeepAlive to true.</source>
        <translation>Ponga KeepAlive a true.</translation>
    </message>
    <message>
        <source>Set MaximumStorageSize to less than the disk.</source>
        <translation>Ponga MaximumStorageSize a menos que el disco.</translation>
    </message>
    <message>
        <source>Set RestApiWriteToFileSystemEnabled to false.</source>
        <translation>Ponga RestApiWriteToFileSystemEnabled a false.</translation>
    </message>
    <message>
        <source>Set SslEnabled to false. {proxy}</source>
        <translation>Ponga SslEnabled a false. {proxy}</translation>
    </message>
    <message>
        <source>Set SslMinimumProtocolVersion to 4.</source>
        <translation>Ponga SslMinimumProtocolVersion a 4.</translation>
    </message>
    <message>
        <source>Set TcpNoDelay to true.</source>
        <translation>Ponga TcpNoDelay a true.</translation>
    </message>
    <message>
        <source>Set WebDavDeleteAllowed to false.</source>
        <translation>Ponga WebDavDeleteAllowed a false.</translation>
    </message>
    <message>
        <source>Set it to 0, or "MaximumStorageMode" to "Reject" (Orthanc 1.11.2; older ones ignore that).</source>
        <translation>Póngalo a 0, o "MaximumStorageMode" a "Reject" (Orthanc 1.11.2; los anteriores lo ignoran).</translation>
    </message>
    <message>
        <source>Set it to a whole number of megabytes, for example 512.</source>
        <translation>Déle un número entero de megabytes, por ejemplo 512.</translation>
    </message>
    <message>
        <source>Set it to false, and compress in the file system if you have to.</source>
        <translation>Póngalo a false, y comprima en el sistema de ficheros si hace falta.</translation>
    </message>
    <message>
        <source>Set it to false, unless a modality needs it.</source>
        <translation>Póngalo a false, si ninguna modalidad lo necesita.</translation>
    </message>
    <message>
        <source>Set it to false, unless another Orthanc on the same database stores.</source>
        <translation>Póngalo a false, si no almacena otro Orthanc en la misma base de datos.</translation>
    </message>
    <message>
        <source>Set the called AE title to the server's DicomAet; its web page and orthanc.json tell it.</source>
        <translation>Ponga como título AE llamado el DicomAet del servidor; lo dicen su página web y orthanc.json.</translation>
    </message>
    <message>
        <source>Set {key} to 0.</source>
        <translation>Ponga {key} a 0.</translation>
    </message>
    <message>
        <source>Several Orthancs need a database in common, in Debian's layout.</source>
        <translation>Varios Orthanc necesitan una base de datos común, con la disposición de Debian.</translation>
    </message>
    <message>
        <source>Several images of the series that the result belongs to lie at the same place, so it is not one volume.</source>
        <translation>Varias imágenes de la serie a la que pertenece el resultado están en el mismo lugar, así que no es un solo volumen.</translation>
    </message>
    <message>
        <source>Shorten it; a part of it is enough, with * for the rest.</source>
        <translation>Acórtelo; basta con una parte, con * para el resto.</translation>
    </message>
    <message>
        <source>Slicer can't make label maps of {getname}.</source>
        <translation>Slicer no puede hacer mapas de etiquetas de {getname}.</translation>
    </message>
    <message>
        <source>Slicer could not open the scene.</source>
        <translation>Slicer no ha podido abrir la escena.</translation>
    </message>
    <message>
        <source>Slicer could not save the scene.</source>
        <translation>Slicer no ha podido guardar la escena.</translation>
    </message>
    <message>
        <source>Slicer could not write {getname} as DICOM.</source>
        <translation>Slicer no ha podido escribir {getname} como DICOM.</translation>
    </message>
    <message>
        <source>Slicer itself speaks no DICOM over TLS, which this server's profile asks for.</source>
        <translation>Slicer mismo no habla DICOM por TLS, que es lo que pide el perfil de este servidor.</translation>
    </message>
    <message>
        <source>Slicer's DICOM database is not open.</source>
        <translation>La base de datos DICOM de Slicer no está abierta.</translation>
    </message>
    <message>
        <source>Slicer's Error Log says why (menu View, Error Log).</source>
        <translation>El Error Log de Slicer dice por qué (menú View, Error Log).</translation>
    </message>
    <message>
        <source>Slicer's listener is running on port {port}, not on {wanted}.</source>
        <translation>El receptor de Slicer está en marcha en el puerto {port}, no en el {wanted}.</translation>
    </message>
    <message>
        <source>Slicer's own listener is running</source>
        <translation>El propio receptor de Slicer está en marcha</translation>
    </message>
    <message>
        <source>Slicer's settings can't be written, so the change is not kept.</source>
        <translation>No se puede escribir en los ajustes de Slicer, así que el cambio no se guarda.</translation>
    </message>
    <message>
        <source>Somebody or a script deletes there: ask the administrator.</source>
        <translation>Alguien o un script borra allí: pregunte al administrador.</translation>
    </message>
    <message>
        <source>SslMinimumProtocolVersion below 4 lets TLS 1.1 and older in, which are broken (RFC 8996).</source>
        <translation>SslMinimumProtocolVersion por debajo de 4 admite TLS 1.1 y anteriores, que están rotos (RFC 8996).</translation>
    </message>
    <message>
        <source>SslVerifyPeers asks for client certificates, and the file of SslTrustedClientCertificates is not there.</source>
        <translation>SslVerifyPeers pide certificados de cliente, y el fichero de SslTrustedClientCertificates no está.</translation>
    </message>
    <message>
        <source>Start Orthanc with it, by the account that owns the files:</source>
        <translation>Arranque Orthanc con ello, con la cuenta dueña de los ficheros:</translation>
    </message>
    <message>
        <source>Start all with it:</source>
        <translation>Arranque todo con ello:</translation>
    </message>
    <message>
        <source>Start it again.</source>
        <translation>Inícielo otra vez.</translation>
    </message>
    <message>
        <source>Start it.</source>
        <translation>Inícielo.</translation>
    </message>
    <message>
        <source>Start it:</source>
        <translation>Arránquelo:</translation>
    </message>
    <message>
        <source>Start the listener on port {storage_port}, or retrieve by C-GET.</source>
        <translation>Inicie el receptor en el puerto {storage_port}, o recupere por C-GET.</translation>
    </message>
    <message>
        <source>Starting on port {port}…</source>
        <translation>Arrancando en el puerto {port}…</translation>
    </message>
    <message>
        <source>Stone web viewer</source>
        <translation>Visor web Stone</translation>
    </message>
    <message>
        <source>Stop and start it here, or set the storage port of the server to {port}.</source>
        <translation>Deténgalo e inícielo aquí, o ponga {port} como puerto de recepción del servidor.</translation>
    </message>
    <message>
        <source>Stop that one, choose another listener port, or retrieve by C-GET.</source>
        <translation>Detenga ese, elija otro puerto para el receptor o recupere por C-GET.</translation>
    </message>
    <message>
        <source>Stopped, because OrthancConnect is closing.</source>
        <translation>Detenido, porque OrthancConnect se está cerrando.</translation>
    </message>
    <message>
        <source>Storage writable</source>
        <translation>Almacén con escritura</translation>
    </message>
    <message>
        <source>StoreDicom is false: Orthanc keeps no image, only their index.</source>
        <translation>StoreDicom es false: Orthanc no guarda ninguna imagen, solo su índice.</translation>
    </message>
    <message>
        <source>Storing was measured to take ten times as long with StorageCompression.</source>
        <translation>Se midió que almacenar tarda diez veces más con StorageCompression.</translation>
    </message>
    <message>
        <source>Structured reports</source>
        <translation>Informes estructurados</translation>
    </message>
    <message>
        <source>Study Instance UID</source>
        <translation>Study Instance UID</translation>
    </message>
    <message>
        <source>Swap the two dates.</source>
        <translation>Intercambie las dos fechas.</translation>
    </message>
    <message>
        <source>Swap the two times.</source>
        <translation>Intercambie las dos horas.</translation>
    </message>
    <message>
        <source>TLS and its certificate</source>
        <translation>TLS y su certificado</translation>
    </message>
    <message>
        <source>TLS for DICOM</source>
        <translation>TLS para DICOM</translation>
    </message>
    <message>
        <source>Take MaximumPduLength out.</source>
        <translation>Quite MaximumPduLength.</translation>
    </message>
    <message>
        <source>Take away what is no longer needed.</source>
        <translation>Quite lo que ya no haga falta.</translation>
    </message>
    <message>
        <source>Take it out of one of the two files.</source>
        <translation>Quítelo de uno de los dos ficheros.</translation>
    </message>
    <message>
        <source>Take it out, or see that the plugin is installed.</source>
        <translation>Quítelo, o mire que el complemento esté instalado.</translation>
    </message>
    <message>
        <source>Take out of the scene what the server has already, such as the images.</source>
        <translation>Quite de la escena lo que el servidor ya tiene, como las imágenes.</translation>
    </message>
    <message>
        <source>Take {key} out.</source>
        <translation>Quite {key}.</translation>
    </message>
    <message>
        <source>Take {} out.</source>
        <translation>Quite {}.</translation>
    </message>
    <message>
        <source>TcpNoDelay is false: small answers wait for one another.</source>
        <translation>TcpNoDelay es false: las respuestas pequeñas se esperan unas a otras.</translation>
    </message>
    <message>
        <source>Test instance deleted</source>
        <translation>Instancia de prueba borrada</translation>
    </message>
    <message>
        <source>Text may be burned into the pixels</source>
        <translation>Puede haber texto grabado en los píxeles</translation>
    </message>
    <message>
        <source>The AE title of {shown} is none: no association can carry it.</source>
        <translation>El título AE de {shown} no lo es: ninguna asociación puede llevarlo.</translation>
    </message>
    <message>
        <source>The CA file {ca_file} can't be read as PEM certificates.</source>
        <translation>El fichero de CA {ca_file} no se puede leer como certificados PEM.</translation>
    </message>
    <message>
        <source>The DICOM file contradicts itself about its encoding.</source>
        <translation>El fichero DICOM se contradice sobre su codificación.</translation>
    </message>
    <message>
        <source>The DICOM file has no Study, Series or SOP Instance UID.</source>
        <translation>El fichero DICOM no tiene Study, Series o SOP Instance UID.</translation>
    </message>
    <message>
        <source>The DICOM file is cut off within its header.</source>
        <translation>El fichero DICOM está cortado dentro de su cabecera.</translation>
    </message>
    <message>
        <source>The DICOM file is cut off.</source>
        <translation>El fichero DICOM está cortado.</translation>
    </message>
    <message>
        <source>The DICOM file makes no sense to the de-identification.</source>
        <translation>El fichero DICOM no tiene sentido para la desidentificación.</translation>
    </message>
    <message>
        <source>The DICOM files of the result can't be written: {error}.</source>
        <translation>No se pueden escribir los ficheros DICOM del resultado: {error}.</translation>
    </message>
    <message>
        <source>The DICOM host</source>
        <translation>El equipo DICOM</translation>
    </message>
    <message>
        <source>The DICOM host {host} is not known.</source>
        <translation>No se conoce el equipo DICOM {host}.</translation>
    </message>
    <message>
        <source>The DICOM listener can't open port {port}: {error}.</source>
        <translation>El receptor DICOM no puede abrir el puerto {port}: {error}.</translation>
    </message>
    <message>
        <source>The DICOM listener can't start: {error}</source>
        <translation>El receptor DICOM no puede arrancar: {error}</translation>
    </message>
    <message>
        <source>The DICOM listener can't start: {message}</source>
        <translation>El receptor DICOM no puede arrancar: {message}</translation>
    </message>
    <message>
        <source>The DICOM listener does not answer on port {port}.</source>
        <translation>El receptor DICOM no responde en el puerto {port}.</translation>
    </message>
    <message>
        <source>The DICOM listener does not run{why}</source>
        <translation>El receptor DICOM no está en marcha{why}</translation>
    </message>
    <message>
        <source>The DICOM listener has no certificate of its own for DICOM over TLS.</source>
        <translation>El receptor DICOM no tiene certificado propio para DICOM por TLS.</translation>
    </message>
    <message>
        <source>The DICOM listener on port {port} {ended}: {reason}</source>
        <translation>El receptor DICOM del puerto {port} {ended}: {reason}</translation>
    </message>
    <message>
        <source>The DICOM listener refused {count} instances from {title} at {address}, which is not the server.</source>
        <translation>El receptor DICOM rechazó {count} instancias de {title} en {address}, que no es el servidor.</translation>
    </message>
    <message>
        <source>The DICOM {what} failed.</source>
        <translation>Falló la operación DICOM ({what}).</translation>
    </message>
    <message>
        <source>The DICOM {what} failed: {fault}.</source>
        <translation>Falló la operación DICOM ({what}): {fault}.</translation>
    </message>
    <message>
        <source>The DICOMDIR makes no sense.</source>
        <translation>El DICOMDIR no tiene sentido.</translation>
    </message>
    <message>
        <source>The HTTPS front answers and Orthanc behind it does not (HTTP {status_code}).</source>
        <translation>El frente HTTPS responde y Orthanc, detrás de él, no (HTTP {status_code}).</translation>
    </message>
    <message>
        <source>The Lua script {name} is not there; Orthanc does not start.</source>
        <translation>El script Lua {name} no está; Orthanc no arranca.</translation>
    </message>
    <message>
        <source>The Orthanc of Debian 12 and 13 crashes at its first HTTPS request.</source>
        <translation>El Orthanc de Debian 12 y 13 se cae con su primera petición HTTPS.</translation>
    </message>
    <message>
        <source>The PDU is too long</source>
        <translation>La PDU es demasiado larga</translation>
    </message>
    <message>
        <source>The Python package {name} is too old here: OrthancConnect needs version {least} or newer, and this is {version}.</source>
        <translation>El paquete de Python {name} es aquí demasiado antiguo: OrthancConnect necesita la versión {least} o posterior, y esta es la {version}.</translation>
    </message>
    <message>
        <source>The SOP {name} UID {fault}.</source>
        <translation>El SOP {name} UID {fault}.</translation>
    </message>
    <message>
        <source>The answer to {method} {path} has more than {shown}, and was not read further.</source>
        <translation>La respuesta a {method} {path} tiene más de {shown}, y no se siguió leyendo.</translation>
    </message>
    <message>
        <source>The answer to {method} {path} was cut after {partial} of {size} bytes.</source>
        <translation>La respuesta a {method} {path} se cortó tras {partial} de {size} bytes.</translation>
    </message>
    <message>
        <source>The answer to {method} {path} {slow}.</source>
        <translation>La respuesta a {method} {path} {slow}.</translation>
    </message>
    <message>
        <source>The answers of the query can't be read.</source>
        <translation>No se pueden leer las respuestas de la consulta.</translation>
    </message>
    <message>
        <source>The answers of the server can't be written to the temporary folder {folder}.</source>
        <translation>Las respuestas del servidor no se pueden escribir en la carpeta temporal {folder}.</translation>
    </message>
    <message>
        <source>The archive can't be read: {error}.</source>
        <translation>No se puede leer el archivo comprimido: {error}.</translation>
    </message>
    <message>
        <source>The archive changed while it was read.</source>
        <translation>El archivo comprimido cambió mientras se leía.</translation>
    </message>
    <message>
        <source>The archive has more than {most_members} members; the rest of it was left out.</source>
        <translation>El archivo comprimido tiene más de {most_members} miembros; el resto se dejó fuera.</translation>
    </message>
    <message>
        <source>The archive holds no file.</source>
        <translation>El archivo comprimido no contiene ningún fichero.</translation>
    </message>
    <message>
        <source>The archive is damaged: {what}.</source>
        <translation>El archivo comprimido está dañado: {what}.</translation>
    </message>
    <message>
        <source>The archive unpacks to far more than its size allows; the rest of it was left out.</source>
        <translation>El archivo comprimido se desempaqueta en mucho más de lo que su tamaño permite; el resto se dejó fuera.</translation>
    </message>
    <message>
        <source>The archive {shown} holds no DICOM file.</source>
        <translation>El archivo comprimido {shown} no contiene ningún fichero DICOM.</translation>
    </message>
    <message>
        <source>The attribute {keyword} is not for correction.</source>
        <translation>El atributo {keyword} no se puede corregir.</translation>
    </message>
    <message>
        <source>The audit log in {parent} can't be read: {error}.</source>
        <translation>No se puede leer el registro de auditoría de {parent}: {error}.</translation>
    </message>
    <message>
        <source>The audit log in {parent} can't be written: {error}.</source>
        <translation>No se puede escribir el registro de auditoría de {parent}: {error}.</translation>
    </message>
    <message>
        <source>The audit log was not written: another program keeps it for itself.</source>
        <translation>No se escribió el registro de auditoría: otro programa lo retiene.</translation>
    </message>
    <message>
        <source>The beginning can't be used.</source>
        <translation>No se puede usar el comienzo.</translation>
    </message>
    <message>
        <source>The browser's link can't be used: {why}; nothing was fetched.</source>
        <translation>El enlace del navegador no se puede usar: {why}; no se ha recuperado nada.</translation>
    </message>
    <message>
        <source>The browser's link is for {host}:{port}, which is none of your servers; nothing was fetched.</source>
        <translation>El enlace del navegador es para {host}:{port}, que no es ninguno de sus servidores; no se ha recuperado nada.</translation>
    </message>
    <message>
        <source>The cell is empty.</source>
        <translation>La celda está vacía.</translation>
    </message>
    <message>
        <source>The certificate expires on {expires}.</source>
        <translation>El certificado caduca el {expires}.</translation>
    </message>
    <message>
        <source>The certificate fingerprint can't be used: it is not 64 hexadecimal digits.</source>
        <translation>No se puede usar la huella digital del certificado: no son 64 cifras hexadecimales.</translation>
    </message>
    <message>
        <source>The certificate has a key or a signature of a kind that is not known here.</source>
        <translation>El certificado tiene una clave o una firma de una clase que aquí no se conoce.</translation>
    </message>
    <message>
        <source>The certificate has no subject alternative name: clients check no other (RFC 9525).</source>
        <translation>El certificado no tiene nombre alternativo del sujeto: los clientes no comprueban otro (RFC 9525).</translation>
    </message>
    <message>
        <source>The certificate in {where}</source>
        <translation>El certificado de {where}</translation>
    </message>
    <message>
        <source>The certificate is an authority's, so the profile trusts the system's authorities. Renew it there: nobody has to import anything then.</source>
        <translation>El certificado es de una autoridad, así que el perfil confía en las autoridades del sistema. Renuévelo allí: así nadie tiene que importar nada.</translation>
    </message>
    <message>
        <source>The certificate is for {names}, not for {host}.</source>
        <translation>El certificado es para {names}, no para {host}.</translation>
    </message>
    <message>
        <source>The certificate is valid until {day} only.</source>
        <translation>El certificado es válido solo hasta {day}.</translation>
    </message>
    <message>
        <source>The certificate is valid until {until}. Some weeks before, prepare the next one:</source>
        <translation>El certificado es válido hasta {until}. Unas semanas antes, prepare el próximo:</translation>
    </message>
    <message>
        <source>The certificate is weak: {faults}.</source>
        <translation>El certificado es débil: {faults}.</translation>
    </message>
    <message>
        <source>The certificate of {where}</source>
        <translation>El certificado de {where}</translation>
    </message>
    <message>
        <source>The certificate to follow {done}, and the profile file names both. When people have imported it, and before {until}, put it in place; nobody is asked anything then:</source>
        <translation>El certificado siguiente {done}, y el fichero de perfil nombra los dos. Cuando la gente lo haya importado, y antes de {until}, póngalo en su sitio; así a nadie se le pregunta nada:</translation>
    </message>
    <message>
        <source>The certificate was valid until {day}.</source>
        <translation>El certificado fue válido hasta {day}.</translation>
    </message>
    <message>
        <source>The certificate {shown} can't be read: {error}. Orthanc does not start.</source>
        <translation>No se puede leer el certificado {shown}: {error}. Orthanc no arranca.</translation>
    </message>
    <message>
        <source>The check-up was stopped.</source>
        <translation>La revisión se detuvo.</translation>
    </message>
    <message>
        <source>The client certificate can't be read ({path}: {strerror}).</source>
        <translation>El certificado de cliente no se puede leer ({path}: {strerror}).</translation>
    </message>
    <message>
        <source>The client certificate can't be read as PEM.</source>
        <translation>El certificado de cliente no se puede leer como PEM.</translation>
    </message>
    <message>
        <source>The client certificate expired on {end}.</source>
        <translation>El certificado de cliente caducó el {end}.</translation>
    </message>
    <message>
        <source>The command can't be read: {error}.</source>
        <translation>No se puede leer la orden: {error}.</translation>
    </message>
    <message>
        <source>The command can't be started: {error}.</source>
        <translation>No se puede iniciar la orden: {error}.</translation>
    </message>
    <message>
        <source>The command ended with {code}.</source>
        <translation>La orden terminó con {code}.</translation>
    </message>
    <message>
        <source>The command is empty.</source>
        <translation>La orden está vacía.</translation>
    </message>
    <message>
        <source>The command took longer than {time_limit} s, and was ended.</source>
        <translation>La orden tardó más de {time_limit} s y se terminó.</translation>
    </message>
    <message>
        <source>The command was ended before its end.</source>
        <translation>La orden se terminó antes de su fin.</translation>
    </message>
    <message>
        <source>The connection to {where} was lost during the {service}.</source>
        <translation>La conexión con {where} se perdió durante la operación ({service}).</translation>
    </message>
    <message>
        <source>The connection was closed.</source>
        <translation>La conexión se cerró.</translation>
    </message>
    <message>
        <source>The de-identification does not know what to do with dates.</source>
        <translation>La desidentificación no sabe qué hacer con las fechas.</translation>
    </message>
    <message>
        <source>The de-identification key could not be kept: the same upload again makes other pseudonyms.</source>
        <translation>No se pudo guardar la clave de desidentificación: la misma subida hecha otra vez da otros seudónimos.</translation>
    </message>
    <message>
        <source>The de-identification key {path} can't be used: {error}.</source>
        <translation>No se puede usar la clave de desidentificación {path}: {error}.</translation>
    </message>
    <message>
        <source>The disk has {free} bytes left, and the next series {size}; {least} are to stay free. It was not fetched.</source>
        <translation>Al disco le quedan {free} bytes y la serie siguiente tiene {size}; deben quedar libres {least}. No se recuperó.</translation>
    </message>
    <message>
        <source>The environment variable {largest_listing} is {text}.</source>
        <translation>La variable de entorno {largest_listing} es {text}.</translation>
    </message>
    <message>
        <source>The file can't be written: {error}.</source>
        <translation>No se puede escribir el fichero: {error}.</translation>
    </message>
    <message>
        <source>The file changed during the upload: it had {before} bytes, and now has {now}.</source>
        <translation>El fichero cambió durante la subida: tenía {before} bytes y ahora tiene {now}.</translation>
    </message>
    <message>
        <source>The file has {} private elements; all are removed.</source>
        <translation>El fichero tiene {} elementos privados; se quitan todos.</translation>
    </message>
    <message>
        <source>The file holds a whole document (such as a PDF), which can't be de-identified.</source>
        <translation>El fichero contiene un documento entero (como un PDF), que no se puede desidentificar.</translation>
    </message>
    <message>
        <source>The file is empty (0 bytes).</source>
        <translation>El fichero está vacío (0 bytes).</translation>
    </message>
    <message>
        <source>The file was found already under another name.</source>
        <translation>El fichero ya se encontró con otro nombre.</translation>
    </message>
    <message>
        <source>The file {here} can't be written: {error}; nothing was written.</source>
        <translation>No se puede escribir el fichero {here}: {error}; no se escribió nada.</translation>
    </message>
    <message>
        <source>The file {name} of the result can't be used: {error}.</source>
        <translation>No se puede usar el fichero {name} del resultado: {error}.</translation>
    </message>
    <message>
        <source>The file {name} of the result is no DICOM file, or can't be read.</source>
        <translation>El fichero {name} del resultado no es un fichero DICOM, o no se puede leer.</translation>
    </message>
    <message>
        <source>The file {name} of this result is no DICOM file: {error}</source>
        <translation>El fichero {name} de este resultado no es un fichero DICOM: {error}</translation>
    </message>
    <message>
        <source>The file {own} can't be read as our certificate and its key.</source>
        <translation>El fichero {own} no se puede leer como nuestro certificado y su clave.</translation>
    </message>
    <message>
        <source>The file {path} can't be read: {why}.</source>
        <translation>No se puede leer el fichero {path}: {why}.</translation>
    </message>
    <message>
        <source>The file {path} can't be read: {why}; nothing was written.</source>
        <translation>No se puede leer el fichero {path}: {why}; no se escribió nada.</translation>
    </message>
    <message>
        <source>The file {path} can't be written: {error}.</source>
        <translation>No se puede escribir el fichero {path}: {error}.</translation>
    </message>
    <message>
        <source>The file {path} holds no de-identification key.</source>
        <translation>El fichero {path} no contiene ninguna clave de desidentificación.</translation>
    </message>
    <message>
        <source>The file {path} is damaged: {why}.</source>
        <translation>El fichero {path} está dañado: {why}.</translation>
    </message>
    <message>
        <source>The file {path} is not a list of pseudonyms.</source>
        <translation>El fichero {path} no es una lista de seudónimos.</translation>
    </message>
    <message>
        <source>The file {path} was changed meanwhile; nothing was written.</source>
        <translation>El fichero {path} cambió mientras tanto; no se escribió nada.</translation>
    </message>
    <message>
        <source>The first line was taken for the names of the columns: {cell}.</source>
        <translation>La primera línea se tomó por los nombres de las columnas: {cell}.</translation>
    </message>
    <message>
        <source>The folder was read already under another name.</source>
        <translation>La carpeta ya se leyó con otro nombre.</translation>
    </message>
    <message>
        <source>The folder {parent} can't be written: {error}.</source>
        <translation>No se puede escribir en la carpeta {parent}: {error}.</translation>
    </message>
    <message>
        <source>The folder {path} can't be used: {error}.</source>
        <translation>No se puede usar la carpeta {path}: {error}.</translation>
    </message>
    <message>
        <source>The folder {path} can't be written.</source>
        <translation>No se puede escribir en la carpeta {path}.</translation>
    </message>
    <message>
        <source>The folder {path} has no .json file.</source>
        <translation>La carpeta {path} no tiene ningún fichero .json.</translation>
    </message>
    <message>
        <source>The folder {shown} holds no DICOM file.</source>
        <translation>La carpeta {shown} no contiene ningún fichero DICOM.</translation>
    </message>
    <message>
        <source>The host</source>
        <translation>El equipo</translation>
    </message>
    <message>
        <source>The host of {shown} is no host name and no IP address.</source>
        <translation>El equipo de {shown} no es un nombre de equipo ni una dirección IP.</translation>
    </message>
    <message>
        <source>The host {host} is not known here; nothing was written.</source>
        <translation>Aquí no se conoce el equipo {host}; no se escribió nada.</translation>
    </message>
    <message>
        <source>The host {host} is not known.</source>
        <translation>No se conoce el equipo {host}.</translation>
    </message>
    <message>
        <source>The host {host} of {name} is not known here; C-MOVE to it will fail.</source>
        <translation>Aquí no se conoce el equipo {host} de {name}; C-MOVE hacia él fallará.</translation>
    </message>
    <message>
        <source>The image can't be written: {error}.</source>
        <translation>No se puede escribir la imagen: {error}.</translation>
    </message>
    <message>
        <source>The image does not say whether text is burned into its pixels, which are not changed.</source>
        <translation>La imagen no dice si hay texto grabado en sus píxeles, que no se cambian.</translation>
    </message>
    <message>
        <source>The image says that text is burned into it: names may be readable in its pixels, which are not changed.</source>
        <translation>La imagen dice que lleva texto grabado: puede que se lean nombres en sus píxeles, que no se cambian.</translation>
    </message>
    <message>
        <source>The image says that the patient's features can be recognised in it.</source>
        <translation>La imagen dice que en ella se pueden reconocer los rasgos del paciente.</translation>
    </message>
    <message>
        <source>The image {image} can't be used.</source>
        <translation>La imagen {image} no se puede usar.</translation>
    </message>
    <message>
        <source>The images of the series that the result belongs to have no place in the patient.</source>
        <translation>Las imágenes de la serie a la que pertenece el resultado no tienen lugar en el paciente.</translation>
    </message>
    <message>
        <source>The images of the series that the result belongs to lie in different directions.</source>
        <translation>Las imágenes de la serie a la que pertenece el resultado están en direcciones distintas.</translation>
    </message>
    <message>
        <source>The images that the result belongs to are not there.</source>
        <translation>Las imágenes a las que pertenece el resultado no están.</translation>
    </message>
    <message>
        <source>The images that the result belongs to are of different sizes, or of several series.</source>
        <translation>Las imágenes a las que pertenece el resultado son de tamaños distintos, o de varias series.</translation>
    </message>
    <message>
        <source>The images that were exported are no volume: {why}.</source>
        <translation>Las imágenes que se exportaron no son un volumen: {why}.</translation>
    </message>
    <message>
        <source>The interval can't be used.</source>
        <translation>No se puede usar el intervalo.</translation>
    </message>
    <message>
        <source>The key file {path} is empty: the key that it was made for was never written, or is lost.</source>
        <translation>El fichero de la clave {path} está vacío: la clave para la que se hizo nunca se escribió o se ha perdido.</translation>
    </message>
    <message>
        <source>The key of the client certificate, {key}, has a passphrase.</source>
        <translation>La clave del certificado de cliente, {key}, tiene una frase de contraseña.</translation>
    </message>
    <message>
        <source>The key of the client certificate, {key}, may be read by others.</source>
        <translation>La clave del certificado de cliente, {key}, la pueden leer otros.</translation>
    </message>
    <message>
        <source>The key {key} is not that of the client certificate.</source>
        <translation>La clave {key} no es la del certificado de cliente.</translation>
    </message>
    <message>
        <source>The keychain has no password of {user} for {shown_url}.</source>
        <translation>El llavero no tiene ninguna contraseña de {user} para {shown_url}.</translation>
    </message>
    <message>
        <source>The keychain has no token for {shown_url}.</source>
        <translation>El llavero no tiene ningún token para {shown_url}.</translation>
    </message>
    <message>
        <source>The kind of compression is unknown.</source>
        <translation>No se conoce la clase de compresión.</translation>
    </message>
    <message>
        <source>The labels must be a list of texts.</source>
        <translation>Las etiquetas deben ser una lista de textos.</translation>
    </message>
    <message>
        <source>The line of the station {values} can't be read.</source>
        <translation>No se puede leer la línea de la estación {values}.</translation>
    </message>
    <message>
        <source>The link leads back to itself.</source>
        <translation>El enlace vuelve a sí mismo.</translation>
    </message>
    <message>
        <source>The link points to something that is not there.</source>
        <translation>El enlace apunta a algo que no está.</translation>
    </message>
    <message>
        <source>The list of pseudonyms can't be written: {error}.</source>
        <translation>No se puede escribir la lista de seudónimos: {error}.</translation>
    </message>
    <message>
        <source>The list of pseudonyms {path} can't be used: {error}.</source>
        <translation>No se puede usar la lista de seudónimos {path}: {error}.</translation>
    </message>
    <message>
        <source>The list of stations can't be read.</source>
        <translation>No se puede leer la lista de estaciones.</translation>
    </message>
    <message>
        <source>The listener runs at port {port}, and the profile says {told}.</source>
        <translation>El receptor está en marcha en el puerto {port}, y el perfil dice {told}.</translation>
    </message>
    <message>
        <source>The log level is {level}: the log grows fast, and may name patients.</source>
        <translation>El nivel del log es {level}: el log crece deprisa, y puede nombrar pacientes.</translation>
    </message>
    <message>
        <source>The login at {shown_issuer} has ended: it has expired, or was taken back.</source>
        <translation>La sesión en {shown_issuer} ha terminado: ha caducado o se ha retirado.</translation>
    </message>
    <message>
        <source>The login provider calls itself {issuer}, which is not the issuer {shown_issuer}.</source>
        <translation>El proveedor de inicio de sesión se llama {issuer}, que no es el emisor {shown_issuer}.</translation>
    </message>
    <message>
        <source>The login provider names an address that is not https://: {url}.</source>
        <translation>El proveedor de inicio de sesión nombra una dirección que no es https://: {url}.</translation>
    </message>
    <message>
        <source>The login provider refuses (HTTP {status_code}).</source>
        <translation>El proveedor de inicio de sesión lo rechaza (HTTP {status_code}).</translation>
    </message>
    <message>
        <source>The login provider refuses (HTTP {status_code}): {said}.</source>
        <translation>El proveedor de inicio de sesión lo rechaza (HTTP {status_code}): {said}.</translation>
    </message>
    <message>
        <source>The login provider sends logins to other hosts than its own: {others}.</source>
        <translation>El proveedor de inicio de sesión envía los inicios de sesión a otros equipos que el suyo: {others}.</translation>
    </message>
    <message>
        <source>The login provider's answer does not prove who logged in ({why}).</source>
        <translation>La respuesta del proveedor no demuestra quién ha iniciado sesión ({why}).</translation>
    </message>
    <message>
        <source>The login was refused: {code}.</source>
        <translation>El inicio de sesión se ha rechazado: {code}.</translation>
    </message>
    <message>
        <source>The markup {name} has more than {most_points} points, which a report can't hold.</source>
        <translation>La marca {name} tiene más de {most_points} puntos, que un informe no puede contener.</translation>
    </message>
    <message>
        <source>The markup {name} has no points, or no size.</source>
        <translation>La marca {name} no tiene puntos, o no tiene tamaño.</translation>
    </message>
    <message>
        <source>The measurement {name} of {of} has a name or a unit that a report can't hold: {unit}.</source>
        <translation>La medida {name} de {of} tiene un nombre o una unidad que un informe no puede contener: {unit}.</translation>
    </message>
    <message>
        <source>The metadata of a study would have more than {largest} kB.</source>
        <translation>Los metadatos de un estudio pasarían de {largest} kB.</translation>
    </message>
    <message>
        <source>The modalities must be a list of texts.</source>
        <translation>Las modalidades deben ser una lista de textos.</translation>
    </message>
    <message>
        <source>The name service does not answer when asked for {host}.</source>
        <translation>El servicio de nombres no responde cuando se le pregunta por {host}.</translation>
    </message>
    <message>
        <source>The name {text} can't be used.</source>
        <translation>No se puede usar el nombre {text}.</translation>
    </message>
    <message>
        <source>The names of segments (Segment Label) are kept, since the basic profile does not list them: the patient's name is searched for in them, other people's are not.</source>
        <translation>Los nombres de los segmentos (Segment Label) se conservan, pues el perfil básico no los enumera: se busca en ellos el nombre del paciente, no los de otras personas.</translation>
    </message>
    <message>
        <source>The names of structures (ROI Name, ROI Observation Label) are emptied, as the basic profile says (DICOM PS3.15 table E.1-1); choose to keep structure names where they are needed.</source>
        <translation>Los nombres de las estructuras (ROI Name, ROI Observation Label) se vacían, como dice el perfil básico (DICOM PS3.15, tabla E.1-1); elija conservar los nombres de estructuras donde hagan falta.</translation>
    </message>
    <message>
        <source>The names of structures (ROI Name, ROI Observation Label) are kept as chosen: the patient's name is searched for in them, other people's are not.</source>
        <translation>Los nombres de las estructuras (ROI Name, ROI Observation Label) se conservan como se eligió: se busca en ellos el nombre del paciente, no los de otras personas.</translation>
    </message>
    <message>
        <source>The new {keyword} {why}.</source>
        <translation>El nuevo {keyword} {why}.</translation>
    </message>
    <message>
        <source>The next certificate is in place, until {until}; start nginx or Orthanc anew.</source>
        <translation>El próximo certificado está en su sitio, hasta {until}; arranque de nuevo nginx u Orthanc.</translation>
    </message>
    <message>
        <source>The next series has {size} bytes; with them the folder would have {size2}, more than its quota of {quota}. It was not fetched.</source>
        <translation>La serie siguiente tiene {size} bytes; con ellos la carpeta tendría {size2}, más que su cuota de {quota}. No se recuperó.</translation>
    </message>
    <message>
        <source>The official images speak TLS themselves.</source>
        <translation>Las imágenes oficiales hablan TLS ellas mismas.</translation>
    </message>
    <message>
        <source>The old certificate was of no use, so a new one takes its place at once: people have to import the new profile.</source>
        <translation>El certificado anterior no servía, así que uno nuevo ocupa su sitio enseguida: la gente tiene que importar el perfil nuevo.</translation>
    </message>
    <message>
        <source>The options of the upload can't be read.</source>
        <translation>No se pueden leer las opciones de la subida.</translation>
    </message>
    <message>
        <source>The package highdicom here is older than the package numpy allows.</source>
        <translation>El paquete highdicom de aquí es más antiguo de lo que permite el paquete numpy.</translation>
    </message>
    <message>
        <source>The passphrase does not open the key {key}.</source>
        <translation>La frase de contraseña no abre la clave {key}.</translation>
    </message>
    <message>
        <source>The password of {who} has only {text} characters.</source>
        <translation>La contraseña de {who} tiene solo {text} caracteres.</translation>
    </message>
    <message>
        <source>The password of {who} is guessed in moments: it is common, the user's name, or shorter than {shortest} characters.</source>
        <translation>La contraseña de {who} se adivina en un momento: es corriente, es el nombre del usuario, o tiene menos de {shortest} caracteres.</translation>
    </message>
    <message>
        <source>The patient's name or number stands as text within the compressed pixel data, which are not changed.</source>
        <translation>El nombre o el número del paciente figura como texto dentro de los datos de píxel comprimidos, que no se cambian.</translation>
    </message>
    <message>
        <source>The patient's name or number stood in {} as well; it was removed.</source>
        <translation>El nombre o el número del paciente estaba también en {}; se quitó.</translation>
    </message>
    <message>
        <source>The patient's name, a number or a UID still stands in {tag} after the de-identification.</source>
        <translation>El nombre del paciente, un número o un UID está todavía en {tag} tras la desidentificación.</translation>
    </message>
    <message>
        <source>The planes of the result from the server lie at uneven distances.</source>
        <translation>Los planos del resultado del servidor están a distancias desiguales.</translation>
    </message>
    <message>
        <source>The plugin {name} is not there: Orthanc 1.10 starts without it, and 1.12 does not start.</source>
        <translation>El complemento {name} no está: Orthanc 1.10 arranca sin él, y 1.12 no arranca.</translation>
    </message>
    <message>
        <source>The prefix of new patient IDs can't be used.</source>
        <translation>No se puede usar el prefijo de los ID de paciente nuevos.</translation>
    </message>
    <message>
        <source>The profile name '{text}' can't be used.</source>
        <translation>No se puede usar el nombre de perfil «{text}».</translation>
    </message>
    <message>
        <source>The profile's {field_name} {why}.</source>
        <translation>El campo {field_name} del perfil {why}.</translation>
    </message>
    <message>
        <source>The profiles in {path} can't be read: {why}.</source>
        <translation>No se pueden leer los perfiles de {path}: {why}.</translation>
    </message>
    <message>
        <source>The provider gave no refresh token, so there is nothing to keep.</source>
        <translation>El proveedor no ha dado ningún token de renovación, así que no hay nada que guardar.</translation>
    </message>
    <message>
        <source>The receipt could not be kept while the upload ran: {reason}.</source>
        <translation>No se pudo guardar el comprobante mientras se subía: {reason}.</translation>
    </message>
    <message>
        <source>The receipt of this upload is no longer kept.</source>
        <translation>El comprobante de esta subida ya no se conserva.</translation>
    </message>
    <message>
        <source>The result can't be used: {what}.</source>
        <translation>No se puede usar el resultado: {what}.</translation>
    </message>
    <message>
        <source>The result can't be written to {folder}: {error}.</source>
        <translation>El resultado no se puede escribir en {folder}: {error}.</translation>
    </message>
    <message>
        <source>The result from the server can't be read: its {keyword} is missing or makes no sense.</source>
        <translation>No se puede leer el resultado del servidor: su {keyword} falta o no tiene sentido.</translation>
    </message>
    <message>
        <source>The result from the server is too large to be read here: {voxels} voxels.</source>
        <translation>El resultado del servidor es demasiado grande para leerlo aquí: {voxels} vóxeles.</translation>
    </message>
    <message>
        <source>The result makes {datasets} DICOM files, of 1 to {most_instances}.</source>
        <translation>Del resultado salen {datasets} ficheros DICOM, y pueden ser de 1 a {most_instances}.</translation>
    </message>
    <message>
        <source>The results have the series' own Series Instance UID: not uploaded.</source>
        <translation>Los resultados tienen el Series Instance UID de la propia serie: no se suben.</translation>
    </message>
    <message>
        <source>The results were not uploaded: {message}</source>
        <translation>Los resultados no se subieron: {message}</translation>
    </message>
    <message>
        <source>The run was cancelled before this was known.</source>
        <translation>Se canceló antes de que esto se supiera.</translation>
    </message>
    <message>
        <source>The same content as {other}.</source>
        <translation>El mismo contenido que {other}.</translation>
    </message>
    <message>
        <source>The same instance has other pixels over HTTPS than over DICOM.</source>
        <translation>La misma instancia tiene otros píxeles por HTTPS que por DICOM.</translation>
    </message>
    <message>
        <source>The scene can't be read: {error}.</source>
        <translation>No se puede leer la escena: {error}.</translation>
    </message>
    <message>
        <source>The scene has {size} GB, and Orthanc keeps attachments of up to {largest_scene} GB.</source>
        <translation>La escena tiene {size} GB, y Orthanc guarda adjuntos de hasta {largest_scene} GB.</translation>
    </message>
    <message>
        <source>The scene holds a file that would lie outside of its own folder, so it is not opened.</source>
        <translation>La escena contiene un fichero que quedaría fuera de su propia carpeta, por lo que no se abre.</translation>
    </message>
    <message>
        <source>The scene would have about {guess} GB, and Orthanc keeps attachments of up to {largest_scene} GB.</source>
        <translation>La escena tendría unos {guess} GB, y Orthanc guarda adjuntos de hasta {largest_scene} GB.</translation>
    </message>
    <message>
        <source>The scene's file is not the one that was made: it has another content.</source>
        <translation>El fichero de la escena no es el que se hizo: tiene otro contenido.</translation>
    </message>
    <message>
        <source>The segmentation has no segments.</source>
        <translation>La segmentación no tiene segmentos.</translation>
    </message>
    <message>
        <source>The segmentation with the segment {name} is not on the server.</source>
        <translation>La segmentación con el segmento {name} no está en el servidor.</translation>
    </message>
    <message>
        <source>The series has no files in Slicer's DICOM database.</source>
        <translation>La serie no tiene ficheros en la base de datos DICOM de Slicer.</translation>
    </message>
    <message>
        <source>The series that the result belongs to has a gap: two images are {max} mm apart, the others {gaps} mm.</source>
        <translation>A la serie a la que pertenece el resultado le falta algo: dos imágenes distan {max} mm, las demás {gaps} mm.</translation>
    </message>
    <message>
        <source>The series that the result belongs to has several images of many frames each.</source>
        <translation>La serie a la que pertenece el resultado tiene varias imágenes de muchos fotogramas cada una.</translation>
    </message>
    <message>
        <source>The server acknowledged another instance than was sent.</source>
        <translation>El servidor confirmó una instancia distinta de la que se envió.</translation>
    </message>
    <message>
        <source>The server acknowledged the file and did not say as which instance.</source>
        <translation>El servidor confirmó el fichero y no dijo como qué instancia.</translation>
    </message>
    <message>
        <source>The server acknowledged the file and does not list it.</source>
        <translation>El servidor confirmó el fichero y no lo enumera.</translation>
    </message>
    <message>
        <source>The server acknowledged the file and no longer has it.</source>
        <translation>El servidor confirmó el fichero y ya no lo tiene.</translation>
    </message>
    <message>
        <source>The server acknowledged the file as {said}, and does not list it.</source>
        <translation>El servidor confirmó el fichero como {said}, y no lo enumera.</translation>
    </message>
    <message>
        <source>The server acknowledged the instance and does not have it.</source>
        <translation>El servidor confirmó la instancia y no la tiene.</translation>
    </message>
    <message>
        <source>The server acknowledged the scene and does not have it, or not as it was sent.</source>
        <translation>El servidor confirmó la escena y no la tiene, o no como se envió.</translation>
    </message>
    <message>
        <source>The server answered the DICOM {what} with: {status}.</source>
        <translation>El servidor respondió a la operación DICOM ({what}) con: {status}.</translation>
    </message>
    <message>
        <source>The server answers by DICOM.</source>
        <translation>El servidor responde por DICOM.</translation>
    </message>
    <message>
        <source>The server asks for user and password, and none was given.</source>
        <translation>El servidor pide usuario y contraseña, y no se dio ninguno.</translation>
    </message>
    <message>
        <source>The server at {where} does not offer {service}.</source>
        <translation>El servidor de {where} no ofrece {service}.</translation>
    </message>
    <message>
        <source>The server breaks off the {service} although it knows {title} at {address}.</source>
        <translation>El servidor interrumpe {service} aunque conoce {title} en {address}.</translation>
    </message>
    <message>
        <source>The server broke off the {service} in the middle.</source>
        <translation>El servidor interrumpió {service} a mitad.</translation>
    </message>
    <message>
        <source>The server broke off the {service}: it does not know our AE title {p.calling_ae_title}, or doesn't allow {service} for it.</source>
        <translation>El servidor interrumpió {service}: no conoce nuestro título AE {p.calling_ae_title}, o no permite {service} para él.</translation>
    </message>
    <message>
        <source>The server can't be asked for this {words}: it has a wildcard or a backslash.</source>
        <translation>No se puede preguntar al servidor por este {words}: lleva un comodín o una barra invertida.</translation>
    </message>
    <message>
        <source>The server can't reach our listener.</source>
        <translation>El servidor no puede alcanzar nuestro receptor.</translation>
    </message>
    <message>
        <source>The server can't reach this computer at {where}: {between}.</source>
        <translation>El servidor no puede alcanzar este ordenador en {where}: {between}.</translation>
    </message>
    <message>
        <source>The server can't store anything (HTTP {status_code}{details}).</source>
        <translation>El servidor no puede almacenar nada (HTTP {status_code}{details}).</translation>
    </message>
    <message>
        <source>The server can't write its index: the disk may be full</source>
        <translation>El servidor no puede escribir su índice: el disco puede estar lleno</translation>
    </message>
    <message>
        <source>The server can't write to its disk, which may be full</source>
        <translation>El servidor no puede escribir en su disco, que puede estar lleno</translation>
    </message>
    <message>
        <source>The server could not do the {service} (status 0x{status:04X}{comment}).</source>
        <translation>El servidor no pudo hacer {service} (estado 0x{status:04X}{comment}).</translation>
    </message>
    <message>
        <source>The server did not accept the connection.</source>
        <translation>El servidor no aceptó la conexión.</translation>
    </message>
    <message>
        <source>The server did not correct the study: {why}.</source>
        <translation>El servidor no ha corregido el estudio: {why}.</translation>
    </message>
    <message>
        <source>The server did not end its answer to the DICOM {what} in time.</source>
        <translation>El servidor no terminó a tiempo su respuesta a la operación DICOM ({what}).</translation>
    </message>
    <message>
        <source>The server did not keep the file: {status}.</source>
        <translation>El servidor no conservó el fichero: {status}.</translation>
    </message>
    <message>
        <source>The server does not accept the login at {shown_issuer} (HTTP 401).</source>
        <translation>El servidor no acepta la sesión de {shown_issuer} (HTTP 401).</translation>
    </message>
    <message>
        <source>The server does not accept this token (HTTP 401).</source>
        <translation>El servidor no acepta este token (HTTP 401).</translation>
    </message>
    <message>
        <source>The server does not accept this user and password (HTTP 401).</source>
        <translation>El servidor no acepta este usuario y contraseña (HTTP 401).</translation>
    </message>
    <message>
        <source>The server does not allow C-ECHO for {title} (AllowEcho).</source>
        <translation>El servidor no permite C-ECHO a {title} (AllowEcho).</translation>
    </message>
    <message>
        <source>The server does not allow {service} for {title} (Allow{operation} of its entry {forbidding}).</source>
        <translation>El servidor no permite {service} a {title} (Allow{operation} de su entrada {forbidding}).</translation>
    </message>
    <message>
        <source>The server does not have it.</source>
        <translation>El servidor no lo tiene.</translation>
    </message>
    <message>
        <source>The server does not have the series that this result was made from.</source>
        <translation>El servidor no tiene la serie de la que salió este resultado.</translation>
    </message>
    <message>
        <source>The server does not have the study {name}.</source>
        <translation>El servidor no tiene el estudio {name}.</translation>
    </message>
    <message>
        <source>The server does not have this result any more.</source>
        <translation>El servidor ya no tiene este resultado.</translation>
    </message>
    <message>
        <source>The server does not have what was sent: {how} is another.</source>
        <translation>El servidor no tiene lo que se envió: {how} es otro.</translation>
    </message>
    <message>
        <source>The server does not keep what is uploaded ({message}).</source>
        <translation>El servidor no conserva lo que se sube ({message}).</translation>
    </message>
    <message>
        <source>The server does not know our AE title {title}</source>
        <translation>El servidor no conoce nuestro título AE {title}</translation>
    </message>
    <message>
        <source>The server does not know {title}.</source>
        <translation>El servidor no conoce {title}.</translation>
    </message>
    <message>
        <source>The server does not tell this user (HTTP {status_code}).</source>
        <translation>El servidor no se lo dice a este usuario (HTTP {status_code}).</translation>
    </message>
    <message>
        <source>The server does not tell this user what it has: everything was sent.</source>
        <translation>El servidor no dice a este usuario qué tiene: se envió todo.</translation>
    </message>
    <message>
        <source>The server ended its answer early, by a limit of its own (Orthanc's LimitFindResults). Narrow the filters, or ask its administrator to raise it.</source>
        <translation>El servidor terminó antes su respuesta, por un límite propio (LimitFindResults de Orthanc). Acote los filtros o pida a su administrador que lo suba.</translation>
    </message>
    <message>
        <source>The server ends an answer after {what}, though it has more (LimitFindResults).</source>
        <translation>El servidor termina una respuesta tras {what}, aunque tiene más (LimitFindResults).</translation>
    </message>
    <message>
        <source>The server failed on {method} {path}: HTTP {status}{said}{pause}.</source>
        <translation>El servidor falló en {method} {path}: HTTP {status}{said}{pause}.</translation>
    </message>
    <message>
        <source>The server found no SOP Instance UID in the file.</source>
        <translation>El servidor no encontró ningún SOP Instance UID en el fichero.</translation>
    </message>
    <message>
        <source>The server has a patient {patientid} already, with another name, birth date or sex; nothing was changed.</source>
        <translation>El servidor ya tiene un paciente {patientid}, con otro nombre, fecha de nacimiento o sexo; no se ha cambiado nada.</translation>
    </message>
    <message>
        <source>The server has it in another transfer syntax.</source>
        <translation>El servidor la tiene en otra sintaxis de transferencia.</translation>
    </message>
    <message>
        <source>The server has it no longer (HTTP 404).</source>
        <translation>El servidor ya no lo tiene (HTTP 404).</translation>
    </message>
    <message>
        <source>The server has it no longer; nothing was changed.</source>
        <translation>El servidor ya no lo tiene; no se ha cambiado nada.</translation>
    </message>
    <message>
        <source>The server has it with other content.</source>
        <translation>El servidor lo tiene con otro contenido.</translation>
    </message>
    <message>
        <source>The server has it written in another way.</source>
        <translation>El servidor la tiene escrita de otra manera.</translation>
    </message>
    <message>
        <source>The server has no instances of this series any longer.</source>
        <translation>El servidor ya no tiene instancias de esta serie.</translation>
    </message>
    <message>
        <source>The server has no metadata named {name}, or the study no longer.</source>
        <translation>El servidor no tiene metadatos con el nombre {name}, o ya no tiene el estudio.</translation>
    </message>
    <message>
        <source>The server has no room to work on this request.</source>
        <translation>El servidor no tiene sitio para trabajar en esta petición.</translation>
    </message>
    <message>
        <source>The server has no study and no series {shown}.</source>
        <translation>El servidor no tiene ningún estudio ni serie {shown}.</translation>
    </message>
    <message>
        <source>The server has no study {shown}.</source>
        <translation>El servidor no tiene ningún estudio {shown}.</translation>
    </message>
    <message>
        <source>The server has no such instance any longer.</source>
        <translation>El servidor ya no tiene esa instancia.</translation>
    </message>
    <message>
        <source>The server has no {words} “{value}”.</source>
        <translation>El servidor no tiene {words} «{value}».</translation>
    </message>
    <message>
        <source>The server has not answered yet.</source>
        <translation>El servidor aún no ha respondido.</translation>
    </message>
    <message>
        <source>The server has the instance with other content than it was sent.</source>
        <translation>El servidor tiene la instancia con otro contenido que el enviado.</translation>
    </message>
    <message>
        <source>The server has {ae_title} at {host}, and sees this computer as {router}, because a router in between translates addresses (NAT)</source>
        <translation>El servidor tiene {ae_title} en {host}, y ve este ordenador como {router}, porque un enrutador intermedio traduce direcciones (NAT)</translation>
    </message>
    <message>
        <source>The server has {ae_title} at {host}, and this computer is {address}</source>
        <translation>El servidor tiene {ae_title} en {host}, y este ordenador es {address}</translation>
    </message>
    <message>
        <source>The server has {found} studies with the UID {shown}, of several patients.</source>
        <translation>El servidor tiene {found} estudios con el UID {shown}, de varios pacientes.</translation>
    </message>
    <message>
        <source>The server has {names} work lists: of more than {most_lists} none is shown.</source>
        <translation>El servidor tiene {names} listas de trabajo: de más de {most_lists} no se muestra ninguna.</translation>
    </message>
    <message>
        <source>The server has {others} entries with the AE title {calling_ae_title}: another computer may use it as well.</source>
        <translation>El servidor tiene {others} entradas con el título AE {calling_ae_title}: puede que otro ordenador también lo use.</translation>
    </message>
    <message>
        <source>The server has {shown} {found} times, of several patients.</source>
        <translation>El servidor tiene {shown} {found} veces, de varios pacientes.</translation>
    </message>
    <message>
        <source>The server has {title} at port {port}, and our listener is at {port3}: what it sends by C-MOVE goes there.</source>
        <translation>El servidor tiene {title} en el puerto {port}, y nuestro receptor está en el {port3}: lo que envía por C-MOVE va allí.</translation>
    </message>
    <message>
        <source>The server has {title} by the name {host}, and compares addresses (DicomCheckModalityHost).</source>
        <translation>El servidor tiene {title} por el nombre {host}, y compara direcciones (DicomCheckModalityHost).</translation>
    </message>
    <message>
        <source>The server is busy: try again later.</source>
        <translation>El servidor está ocupado: inténtelo más tarde.</translation>
    </message>
    <message>
        <source>The server is not called {called_ae_title} (DicomCheckCalledAet)</source>
        <translation>El servidor no se llama {called_ae_title} (DicomCheckCalledAet)</translation>
    </message>
    <message>
        <source>The server keeps what it has (OverwriteInstances is off): delete it there first.</source>
        <translation>El servidor se queda con lo que tiene (OverwriteInstances está desactivado): bórrelo antes allí.</translation>
    </message>
    <message>
        <source>The server knew this computer already: {shown}.</source>
        <translation>El servidor ya conocía este ordenador: {shown}.</translation>
    </message>
    <message>
        <source>The server knows this computer now: {shown}.</source>
        <translation>El servidor conoce ahora este ordenador: {shown}.</translation>
    </message>
    <message>
        <source>The server knows this user and lets it see nothing (HTTP 403).</source>
        <translation>El servidor conoce a este usuario y no le deja ver nada (HTTP 403).</translation>
    </message>
    <message>
        <source>The server lacks {lacking} of the {local} images that this was made from.</source>
        <translation>Al servidor le faltan {lacking} de las {local} imágenes de las que salió esto.</translation>
    </message>
    <message>
        <source>The server lets TLS 1.1 or older in, which are broken (RFC 8996).</source>
        <translation>El servidor admite TLS 1.1 o anteriores, que están rotos (RFC 8996).</translation>
    </message>
    <message>
        <source>The server looks at few studies for one query (Orthanc's LimitFindResults): there may be more. Narrow the filters, or ask its administrator to raise it.</source>
        <translation>El servidor mira pocos estudios en una consulta (LimitFindResults de Orthanc): puede haber más. Acote los filtros o pida a su administrador que lo suba.</translation>
    </message>
    <message>
        <source>The server looks for us at {host}:{port}.</source>
        <translation>El servidor nos busca en {host}:{port}.</translation>
    </message>
    <message>
        <source>The server may change what it stores (IngestTranscoding): ask the administrator.</source>
        <translation>Puede que el servidor cambie lo que almacena (IngestTranscoding): pregunte al administrador.</translation>
    </message>
    <message>
        <source>The server must know {p.storage_ae_title} and reach this computer at port {p.storage_port}. Line under "DicomModalities" in orthanc.json: {line}.</source>
        <translation>El servidor debe conocer {p.storage_ae_title} y alcanzar este ordenador en el puerto {p.storage_port}. Línea bajo "DicomModalities" en orthanc.json: {line}.</translation>
    </message>
    <message>
        <source>The server no longer has all that an earlier run of this upload stored: {lost} files were sent again.</source>
        <translation>El servidor ya no tiene todo lo que almacenó una ejecución anterior de esta subida: {lost} ficheros se enviaron de nuevo.</translation>
    </message>
    <message>
        <source>The server reaches another computer at {where}.</source>
        <translation>El servidor alcanza otro ordenador en {where}.</translation>
    </message>
    <message>
        <source>The server redirects to another address, which is not followed: the login would go with it.</source>
        <translation>El servidor redirige a otra dirección, y no se sigue: el acceso iría con ella.</translation>
    </message>
    <message>
        <source>The server refused the association without a reason.</source>
        <translation>El servidor rechazó la asociación sin dar razón.</translation>
    </message>
    <message>
        <source>The server refused the association: it does not know our AE title {p.calling_ae_title}.</source>
        <translation>El servidor rechazó la asociación: no conoce nuestro título AE {p.calling_ae_title}.</translation>
    </message>
    <message>
        <source>The server refused the association: it is too busy at the moment.</source>
        <translation>El servidor rechazó la asociación: en este momento está demasiado ocupado.</translation>
    </message>
    <message>
        <source>The server refused the association: its AE title is not {p.called_ae_title}.</source>
        <translation>El servidor rechazó la asociación: su título AE no es {p.called_ae_title}.</translation>
    </message>
    <message>
        <source>The server refused {method} {path}: HTTP {status}{said}{pause}.</source>
        <translation>El servidor rechazó {method} {path}: HTTP {status}{said}{pause}.</translation>
    </message>
    <message>
        <source>The server refuses DICOM requests from the AE title {calling}.</source>
        <translation>El servidor rechaza las peticiones DICOM del título AE {calling}.</translation>
    </message>
    <message>
        <source>The server refuses it.</source>
        <translation>El servidor lo rechaza.</translation>
    </message>
    <message>
        <source>The server refuses our AE title {title}.</source>
        <translation>El servidor rechaza nuestro título AE {title}.</translation>
    </message>
    <message>
        <source>The server refuses our AE title {title}: it does not know it, or not at this computer's address.</source>
        <translation>El servidor rechaza nuestro título AE {title}: no lo conoce, o no en la dirección de este ordenador.</translation>
    </message>
    <message>
        <source>The server refuses {service} from an unknown AE title.</source>
        <translation>El servidor rechaza {service} de un título AE desconocido.</translation>
    </message>
    <message>
        <source>The server refuses {service} from this computer's address.</source>
        <translation>El servidor rechaza {service} desde la dirección de este ordenador.</translation>
    </message>
    <message>
        <source>The server refuses {service}: it may not know {title}.</source>
        <translation>El servidor rechaza {service}: puede que no conozca {title}.</translation>
    </message>
    <message>
        <source>The server rejects the association of {calling} with {called}.</source>
        <translation>El servidor rechaza la asociación de {calling} con {called}.</translation>
    </message>
    <message>
        <source>The server runs in read-only mode.</source>
        <translation>El servidor está en modo de solo lectura.</translation>
    </message>
    <message>
        <source>The server says that it sent nothing.</source>
        <translation>El servidor dice que no envió nada.</translation>
    </message>
    <message>
        <source>The server sees this computer as {router}, while its address is {address}: a router in between translates addresses (NAT), so the server can't open a connection to {where}.</source>
        <translation>El servidor ve este ordenador como {router}, mientras que su dirección es {address}: un enrutador intermedio traduce direcciones (NAT), así que el servidor no puede abrir una conexión con {where}.</translation>
    </message>
    <message>
        <source>The server sent a tile of the slide that can't be read.</source>
        <translation>El servidor envió una tesela del portaobjetos que no se puede leer.</translation>
    </message>
    <message>
        <source>The server sent an empty file.</source>
        <translation>El servidor envió un fichero vacío.</translation>
    </message>
    <message>
        <source>The server sent another instance.</source>
        <translation>El servidor envió otra instancia.</translation>
    </message>
    <message>
        <source>The server sent more than is taken in at once. Narrow the filters.</source>
        <translation>El servidor envió más de lo que se toma de una vez. Acote los filtros.</translation>
    </message>
    <message>
        <source>The server sent none of its instances.</source>
        <translation>El servidor no envió ninguna de sus instancias.</translation>
    </message>
    <message>
        <source>The server sent other bytes than it has stored.</source>
        <translation>El servidor envió otros bytes que los que almacenó.</translation>
    </message>
    <message>
        <source>The server sent something else than the picture that it was asked for.</source>
        <translation>El servidor envió algo distinto de la imagen que se le pidió.</translation>
    </message>
    <message>
        <source>The server sent the same answers again and again, and the query was ended. Look at the server's log.</source>
        <translation>El servidor envió las mismas respuestas una y otra vez, y la consulta se terminó. Mire el log del servidor.</translation>
    </message>
    <message>
        <source>The server sent the same answers again: it has no pages.</source>
        <translation>El servidor envió otra vez las mismas respuestas: no tiene páginas.</translation>
    </message>
    <message>
        <source>The server sent what is no DICOM file.</source>
        <translation>El servidor envió algo que no es un fichero DICOM.</translation>
    </message>
    <message>
        <source>The server sent {otherwise}.</source>
        <translation>El servidor envió {otherwise}.</translation>
    </message>
    <message>
        <source>The server shows another certificate than the trusted one; trusted: {pinned}; shown: {fingerprint}.</source>
        <translation>El servidor muestra un certificado distinto del de confianza; de confianza: {pinned}; mostrado: {fingerprint}.</translation>
    </message>
    <message>
        <source>The server takes more than {most_seconds} s to tell the results of this study.</source>
        <translation>El servidor tarda más de {most_seconds} s en decir los resultados de este estudio.</translation>
    </message>
    <message>
        <source>The server tells another {keyword} than the corrected one.</source>
        <translation>El servidor da otro {keyword} que el corregido.</translation>
    </message>
    <message>
        <source>The server tells no revisions of metadata: nothing can be changed safely there.</source>
        <translation>El servidor no da revisiones de los metadatos: allí no se puede cambiar nada con seguridad.</translation>
    </message>
    <message>
        <source>The server took the deletion, and has it still.</source>
        <translation>El servidor aceptó el borrado, y lo sigue teniendo.</translation>
    </message>
    <message>
        <source>The server took the entry and does not show it as it was sent: {shown}.</source>
        <translation>El servidor aceptó la entrada y no la muestra como se envió: {shown}.</translation>
    </message>
    <message>
        <source>The server wants a login (HTTP 401), and nobody is logged in.</source>
        <translation>El servidor pide iniciar sesión (HTTP 401), y nadie la ha iniciado.</translation>
    </message>
    <message>
        <source>The server was still sending after {profile} s, and the query was ended. Narrow the filters, or raise the DICOM timeout in the server's settings.</source>
        <translation>El servidor seguía enviando tras {profile} s, y la consulta se terminó. Acote los filtros, o suba el tiempo límite de DICOM en los ajustes del servidor.</translation>
    </message>
    <message>
        <source>The server went away each of the {most_absences} times that this was sent: it may be what brings the server down. {message}</source>
        <translation>El servidor desapareció cada una de las {most_absences} veces que se envió esto: puede ser lo que lo hace caer. {message}</translation>
    </message>
    <message>
        <source>The server went away: one by one, so that its cause is found.</source>
        <translation>El servidor desapareció: uno por uno, para encontrar la causa.</translation>
    </message>
    <message>
        <source>The server {what} within {patience} s. {message}</source>
        <translation>El servidor {what} en {patience} s. {message}</translation>
    </message>
    <message>
        <source>The server's address can't be used: {why}.</source>
        <translation>No se puede usar la dirección del servidor: {why}.</translation>
    </message>
    <message>
        <source>The server's answer to GET {path} is not what Orthanc answers: {wrong}.</source>
        <translation>La respuesta del servidor a GET {path} no es lo que responde Orthanc: {wrong}.</translation>
    </message>
    <message>
        <source>The server's answer to {request} is not what Orthanc answers: {what}.</source>
        <translation>La respuesta del servidor a {request} no es lo que responde Orthanc: {what}.</translation>
    </message>
    <message>
        <source>The server's certificate is not well formed.</source>
        <translation>El certificado del servidor no está bien formado.</translation>
    </message>
    <message>
        <source>The server's certificate that is there, or its key, can't be read; nothing was written.</source>
        <translation>No se puede leer el certificado del servidor que hay allí, o su clave; no se escribió nada.</translation>
    </message>
    <message>
        <source>The server's job has not gone on for {stalled} seconds, and was told to end.</source>
        <translation>La tarea del servidor no ha avanzado en {stalled} segundos, y se le pidió que terminara.</translation>
    </message>
    <message>
        <source>The server's list could not be compared once more: {message}</source>
        <translation>La lista del servidor no se pudo comparar una vez más: {message}</translation>
    </message>
    <message>
        <source>The server's list of DICOM modalities can't be read: {error}.</source>
        <translation>No se puede leer la lista de modalidades DICOM del servidor: {error}.</translation>
    </message>
    <message>
        <source>The server's list of changes is another than before: all series were looked at again.</source>
        <translation>La lista de cambios del servidor es otra que antes: se miraron de nuevo todas las series.</translation>
    </message>
    <message>
        <source>The server's list of {name} does not end: {seen} came.</source>
        <translation>La lista del servidor ({name}) no termina: llegaron {seen}.</translation>
    </message>
    <message>
        <source>The server's name is not known.</source>
        <translation>No se conoce el nombre del servidor.</translation>
    </message>
    <message>
        <source>The server's storage is full</source>
        <translation>El almacén del servidor está lleno</translation>
    </message>
    <message>
        <source>The server's storage is full.</source>
        <translation>El almacén del servidor está lleno.</translation>
    </message>
    <message>
        <source>The server's storage is full: with each new patient it deletes its oldest one. So nothing was written.</source>
        <translation>El almacén del servidor está lleno: con cada paciente nuevo borra el más antiguo. Por eso no se escribió nada.</translation>
    </message>
    <message>
        <source>The server's {what} was changed by somebody else meanwhile; nothing was done.</source>
        <translation>Entretanto alguien cambió en el servidor: {what}; no se hizo nada.</translation>
    </message>
    <message>
        <source>The sex '{sex}' can't be searched for.</source>
        <translation>No se puede buscar el sexo «{sex}».</translation>
    </message>
    <message>
        <source>The storage folder {storage} can't be used.</source>
        <translation>La carpeta de almacenamiento {storage} no se puede usar.</translation>
    </message>
    <message>
        <source>The stored server profiles can't be read.</source>
        <translation>No se pueden leer los perfiles de servidor guardados.</translation>
    </message>
    <message>
        <source>The study date range ends on {study_date_to}, before it begins on {study_date_from}.</source>
        <translation>El intervalo de fechas del estudio termina el {study_date_to}, antes de empezar el {study_date_from}.</translation>
    </message>
    <message>
        <source>The study is as it was. Look at the server's jobs and its log, and try again.</source>
        <translation>El estudio está como estaba. Mire las tareas y el registro del servidor, e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>The study is as it was. Look at the server's log, and try again.</source>
        <translation>El estudio está como estaba. Mire el log del servidor, y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>The study is no case of the work list {name}.</source>
        <translation>El estudio no es un caso de la lista de trabajo {name}.</translation>
    </message>
    <message>
        <source>The study time '{text}' can't be read.</source>
        <translation>No se puede leer la hora del estudio «{text}».</translation>
    </message>
    <message>
        <source>The study time range ends before it begins.</source>
        <translation>El intervalo de horas del estudio termina antes de empezar.</translation>
    </message>
    <message>
        <source>The study {shown} has no series.</source>
        <translation>El estudio {shown} no tiene series.</translation>
    </message>
    <message>
        <source>The system's keychain can't be {what}: {words}.</source>
        <translation>El llavero del sistema no puede ser {what}: {words}.</translation>
    </message>
    <message>
        <source>The system's keychain needs the package keyring.</source>
        <translation>El llavero del sistema necesita el paquete keyring.</translation>
    </message>
    <message>
        <source>The table has more than {largest_file} MB.</source>
        <translation>La tabla tiene más de {largest_file} MB.</translation>
    </message>
    <message>
        <source>The table has no column {column}.</source>
        <translation>La tabla no tiene ninguna columna {column}.</translation>
    </message>
    <message>
        <source>The table {path} can't be read: {error}.</source>
        <translation>No se puede leer la tabla {path}: {error}.</translation>
    </message>
    <message>
        <source>The table {path} is empty.</source>
        <translation>La tabla {path} está vacía.</translation>
    </message>
    <message>
        <source>The test instance came back over HTTPS without its pixels.</source>
        <translation>La instancia de prueba volvió por HTTPS sin sus píxeles.</translation>
    </message>
    <message>
        <source>The test instance is still on the server: {reason}</source>
        <translation>La instancia de prueba está todavía en el servidor: {reason}</translation>
    </message>
    <message>
        <source>The time to wait for the server can't be used.</source>
        <translation>No se puede usar el tiempo de espera al servidor.</translation>
    </message>
    <message>
        <source>The token has expired (HTTP 401): it was good until {when} UTC.</source>
        <translation>El token ha caducado (HTTP 401): valía hasta {when} UTC.</translation>
    </message>
    <message>
        <source>The trust policy names no CA file that can be used.</source>
        <translation>La política de confianza no nombra ningún fichero de CA que se pueda usar.</translation>
    </message>
    <message>
        <source>The trust policy {mode} is not known.</source>
        <translation>No se conoce la política de confianza {mode}.</translation>
    </message>
    <message>
        <source>The upload was stopped before all studies had their labels.</source>
        <translation>La subida se detuvo antes de que todos los estudios tuvieran sus etiquetas.</translation>
    </message>
    <message>
        <source>The upload was stopped before the server answered; it may be stored.</source>
        <translation>La subida se detuvo antes de que el servidor respondiera; puede estar almacenado.</translation>
    </message>
    <message>
        <source>The upload's journal {path} can't be written: {error}.</source>
        <translation>No se puede escribir el diario de la subida {path}: {error}.</translation>
    </message>
    <message>
        <source>The user name {user} can't be used.</source>
        <translation>No se puede usar el nombre de usuario {user}.</translation>
    </message>
    <message>
        <source>The user orthanc has the password orthanc, which everybody tries first.</source>
        <translation>El usuario orthanc tiene la contraseña orthanc, que todos prueban primero.</translation>
    </message>
    <message>
        <source>The user {who} can't log in: HTTP parts user and password by a colon (RFC 7617).</source>
        <translation>El usuario {who} no puede entrar: HTTP separa usuario y contraseña con dos puntos (RFC 7617).</translation>
    </message>
    <message>
        <source>The voxels on the disk can't be used: the {key} of a layer makes no sense.</source>
        <translation>No se pueden usar los vóxeles del disco: el valor {key} de una capa no tiene sentido.</translation>
    </message>
    <message>
        <source>The web server before Orthanc does not accept this client certificate.</source>
        <translation>El servidor web que está delante de Orthanc no acepta este certificado de cliente.</translation>
    </message>
    <message>
        <source>The web server before Orthanc has no answer of it to {method} {path}: HTTP {status}.</source>
        <translation>El servidor web delante de Orthanc no tiene respuesta suya a {method} {path}: HTTP {status}.</translation>
    </message>
    <message>
        <source>The web server before Orthanc refuses a file of {large} MB (HTTP 413).</source>
        <translation>El servidor web que hay delante de Orthanc rechaza un fichero de {large} MB (HTTP 413).</translation>
    </message>
    <message>
        <source>The web server before Orthanc refuses requests that come too fast (HTTP {limited}).</source>
        <translation>El servidor web que hay delante de Orthanc rechaza peticiones que llegan demasiado seguidas (HTTP {limited}).</translation>
    </message>
    <message>
        <source>The web server before Orthanc speaks HTTPS at this address.</source>
        <translation>El servidor web que hay delante de Orthanc habla HTTPS en esta dirección.</translation>
    </message>
    <message>
        <source>The web server before Orthanc takes no scene of {size} MB (HTTP 413).</source>
        <translation>El servidor web delante de Orthanc no acepta una escena de {size} MB (HTTP 413).</translation>
    </message>
    <message>
        <source>The web server before Orthanc wants a client certificate, and the profile names none.</source>
        <translation>El servidor web que está delante de Orthanc pide un certificado de cliente, y el perfil no indica ninguno.</translation>
    </message>
    <message>
        <source>The web server lets no request through to Orthanc (HTTP {status_code}): it is too busy, limits the number of requests, or is being serviced.</source>
        <translation>El servidor web no deja pasar ninguna petición a Orthanc (HTTP {status_code}): está demasiado ocupado, limita el número de peticiones o está en mantenimiento.</translation>
    </message>
    <message>
        <source>The worker process can't be started: {errorstring}.</source>
        <translation>No se puede iniciar el proceso de trabajo: {errorstring}.</translation>
    </message>
    <message>
        <source>The worker process ended unexpectedly (exit code {exit_code}).</source>
        <translation>El proceso de trabajo terminó de forma inesperada (código de salida {exit_code}).</translation>
    </message>
    <message>
        <source>The worker process reported a fault.</source>
        <translation>El proceso de trabajo comunicó un fallo.</translation>
    </message>
    <message>
        <source>The {field} '{text}' is not a date.</source>
        <translation>«{text}» ({field}) no es una fecha.</translation>
    </message>
    <message>
        <source>The {field} holds a backslash or a control character.</source>
        <translation>El campo ({field}) contiene una barra invertida o un carácter de control.</translation>
    </message>
    <message>
        <source>The {field} is longer than {longest} characters.</source>
        <translation>El campo ({field}) tiene más de {longest} caracteres.</translation>
    </message>
    <message>
        <source>The {field} must be text.</source>
        <translation>El campo ({field}) debe ser texto.</translation>
    </message>
    <message>
        <source>The {missing} is missing.</source>
        <translation>Falta el {missing}.</translation>
    </message>
    <message>
        <source>The {service} was ended: {where} sent {what}.</source>
        <translation>La operación ({service}) se terminó: {where} envió {what}.</translation>
    </message>
    <message>
        <source>The {what} '{mark}' can't be used.</source>
        <translation>No se puede usar «{mark}» como {what}.</translation>
    </message>
    <message>
        <source>The {what} '{value}' ({field}) can't be used.</source>
        <translation>No se puede usar «{value}» como {what} ({field}).</translation>
    </message>
    <message>
        <source>The {what} can't be written to {path}: another file has this name, and it is no earlier {what}.</source>
        <translation>No se puede escribir en {path} ({what}): otro fichero tiene este nombre, y no es de una vez anterior ({what}).</translation>
    </message>
    <message>
        <source>The {what} can't be written to {path}: {why}.</source>
        <translation>No se puede escribir en {path} ({what}): {why}.</translation>
    </message>
    <message>
        <source>The {what} has to have 1 to {longest_text} characters.</source>
        <translation>El texto ({what}) ha de tener de 1 a {longest_text} caracteres.</translation>
    </message>
    <message>
        <source>There are no files in the result.</source>
        <translation>El resultado no tiene ficheros.</translation>
    </message>
    <message>
        <source>There are no measurements in the result.</source>
        <translation>El resultado no tiene medidas.</translation>
    </message>
    <message>
        <source>There is already a profile named {name}.</source>
        <translation>Ya hay un perfil llamado {name}.</translation>
    </message>
    <message>
        <source>There is no HTTPS to compare with.</source>
        <translation>No hay HTTPS con que comparar.</translation>
    </message>
    <message>
        <source>There is no certificate yet to be renewed; nothing was written.</source>
        <translation>Aún no hay certificado que renovar; no se escribió nada.</translation>
    </message>
    <message>
        <source>There is no file or folder {shown}.</source>
        <translation>No hay ningún fichero o carpeta {shown}.</translation>
    </message>
    <message>
        <source>There is no filter named {field}.</source>
        <translation>No hay ningún filtro llamado {field}.</translation>
    </message>
    <message>
        <source>There is no retrieve method {method}.</source>
        <translation>No hay ningún método de recuperación {method}.</translation>
    </message>
    <message>
        <source>There is no server profile named '{wanted}'.</source>
        <translation>No hay ningún perfil de servidor llamado «{wanted}».</translation>
    </message>
    <message>
        <source>There is no server profile yet.</source>
        <translation>Aún no hay ningún perfil de servidor.</translation>
    </message>
    <message>
        <source>There is no step {step}.</source>
        <translation>No existe el paso {step}.</translation>
    </message>
    <message>
        <source>There is no such kind of identifier.</source>
        <translation>No existe esa clase de identificador.</translation>
    </message>
    <message>
        <source>There is too little room on the disk to look into an archive within the archive.</source>
        <translation>Hay muy poco sitio en el disco para mirar un archivo comprimido dentro de otro.</translation>
    </message>
    <message>
        <source>There is {there} in {folder}, and no {lacking}; nothing was written.</source>
        <translation>Hay {there} en {folder}, y no {lacking}; no se escribió nada.</translation>
    </message>
    <message>
        <source>These are more studies than are taken in at once. Narrow the filters.</source>
        <translation>Son más estudios de los que se toman de una vez. Acote los filtros.</translation>
    </message>
    <message>
        <source>These are: {known}.</source>
        <translation>Estos sí: {known}.</translation>
    </message>
    <message>
        <source>These images have no place in the patient: they name no frame of reference.</source>
        <translation>Estas imágenes no tienen lugar en el paciente: no nombran ningún marco de referencia.</translation>
    </message>
    <message>
        <source>These measurements belong to no images of the server, so no report can be made.</source>
        <translation>Estas medidas no pertenecen a imágenes del servidor, así que no se puede hacer un informe.</translation>
    </message>
    <message>
        <source>This Slicer has no DICOM module.</source>
        <translation>Este Slicer no tiene módulo DICOM.</translation>
    </message>
    <message>
        <source>This Slicer is without its module Create DICOM Series.</source>
        <translation>A este Slicer le falta su módulo Create DICOM Series.</translation>
    </message>
    <message>
        <source>This case can't be assigned: {why}.</source>
        <translation>Este caso no se puede asignar: {why}.</translation>
    </message>
    <message>
        <source>This case can't be reviewed: {state}.</source>
        <translation>Este caso no se puede revisar: {state}.</translation>
    </message>
    <message>
        <source>This has changed since it was looked at: {instances} instances then, {instances2} now; nothing was changed.</source>
        <translation>Esto ha cambiado desde que se miró: {instances} instancias entonces, {instances2} ahora; no se ha cambiado nada.</translation>
    </message>
    <message>
        <source>This is Orthanc {version}; what is said here was tried with 1.10 and later.</source>
        <translation>Esto es Orthanc {version}; lo que aquí se dice se probó con 1.10 y posteriores.</translation>
    </message>
    <message>
        <source>This is a screenshot, an ultrasound or another kind of image that often shows the patient's name: look at it before you give it away.</source>
        <translation>Es una captura de pantalla, una ecografía u otra clase de imagen que a menudo muestra el nombre del paciente: mírela antes de entregarla.</translation>
    </message>
    <message>
        <source>This is a structured report: its structure, codes and numbers are kept, and all its text is removed.</source>
        <translation>Es un informe estructurado: se conservan su estructura, sus códigos y sus números, y se quita todo su texto.</translation>
    </message>
    <message>
        <source>This is no bearer token: it has other characters than one has.</source>
        <translation>Esto no es un token: tiene caracteres que un token no tiene.</translation>
    </message>
    <message>
        <source>This is no data bundle of Slicer's, so it is not opened.</source>
        <translation>Esto no es un paquete de datos de Slicer, por lo que no se abre.</translation>
    </message>
    <message>
        <source>This is no scene of a study.</source>
        <translation>Esto no es una escena de un estudio.</translation>
    </message>
    <message>
        <source>This is not a file of server profiles.</source>
        <translation>Este no es un fichero de perfiles de servidor.</translation>
    </message>
    <message>
        <source>This is not a server profile.</source>
        <translation>Esto no es un perfil de servidor.</translation>
    </message>
    <message>
        <source>This patient has other studies on the server, which would disagree; nothing was changed.</source>
        <translation>Este paciente tiene otros estudios en el servidor, que discreparían; no se ha cambiado nada.</translation>
    </message>
    <message>
        <source>This preview is an old one; nothing was written.</source>
        <translation>Esta vista previa es antigua; no se escribió nada.</translation>
    </message>
    <message>
        <source>This report has more than {most_items} measurements, so it is not read.</source>
        <translation>Este informe tiene más de {most_items} medidas, así que no se lee.</translation>
    </message>
    <message>
        <source>This report holds no measurements that can be shown here.</source>
        <translation>Este informe no contiene medidas que se puedan mostrar aquí.</translation>
    </message>
    <message>
        <source>This report is damaged, so it is not read: {error}</source>
        <translation>Este informe está dañado, así que no se lee: {error}</translation>
    </message>
    <message>
        <source>This report is deeper than {deepest} levels or has more than {most_nodes} entries, so it is not read.</source>
        <translation>Este informe tiene más de {deepest} niveles o más de {most_nodes} entradas, así que no se lee.</translation>
    </message>
    <message>
        <source>This result belongs to no study: it was not made from images of a study.</source>
        <translation>Este resultado no pertenece a ningún estudio: no se hizo a partir de imágenes de un estudio.</translation>
    </message>
    <message>
        <source>This result has {instances} instances on the server, and is not read.</source>
        <translation>Este resultado tiene {instances} instancias en el servidor, y no se lee.</translation>
    </message>
    <message>
        <source>This result is being sent by another window or process.</source>
        <translation>Este resultado lo está enviando otra ventana u otro proceso.</translation>
    </message>
    <message>
        <source>This result names no series of the server.</source>
        <translation>Este resultado no nombra ninguna serie del servidor.</translation>
    </message>
    <message>
        <source>This segmentation names no series that it was drawn on.</source>
        <translation>Esta segmentación no nombra la serie sobre la que se dibujó.</translation>
    </message>
    <message>
        <source>This server keeps what it has (OverwriteInstances is false): nothing can be replaced.</source>
        <translation>Este servidor se queda con lo que tiene (OverwriteInstances es false): no se puede sustituir nada.</translation>
    </message>
    <message>
        <source>This step of the check-up is not known.</source>
        <translation>No se conoce este paso de la revisión.</translation>
    </message>
    <message>
        <source>This system has no keychain that can be used.</source>
        <translation>Este sistema no tiene ningún llavero que se pueda usar.</translation>
    </message>
    <message>
        <source>This upload is running.</source>
        <translation>Esta subida está en curso.</translation>
    </message>
    <message>
        <source>This upload runs already in another window or process.</source>
        <translation>Esta subida ya está en curso en otra ventana o proceso.</translation>
    </message>
    <message>
        <source>This user may neither search nor list what the server has: {message}</source>
        <translation>Este usuario no puede buscar ni enumerar lo que tiene el servidor: {message}</translation>
    </message>
    <message>
        <source>This user may not do that on the server (HTTP 403, {method} {path}).</source>
        <translation>Este usuario no puede hacer eso en el servidor (HTTP 403, {method} {path}).</translation>
    </message>
    <message>
        <source>This user may not listen on port {port}.</source>
        <translation>Este usuario no puede escuchar en el puerto {port}.</translation>
    </message>
    <message>
        <source>This user may not read {shown}.</source>
        <translation>Este usuario no puede leer {shown}.</translation>
    </message>
    <message>
        <source>This user may not search (HTTP {status}, POST /tools/find): a retrieve reads the server's lists instead, which takes longer.</source>
        <translation>Este usuario no puede buscar (HTTP {status}, POST /tools/find): al recuperar se leen en su lugar las listas del servidor, lo que tarda más.</translation>
    </message>
    <message>
        <source>This user may not search on the server: its lists were read instead, which takes longer.</source>
        <translation>Este usuario no puede buscar en el servidor: en su lugar se leyeron sus listas, lo que tarda más.</translation>
    </message>
    <message>
        <source>This user may not see which AE titles the server knows, and the server refuses ours.</source>
        <translation>Este usuario no puede ver qué títulos AE conoce el servidor, y el servidor rechaza el nuestro.</translation>
    </message>
    <message>
        <source>This user may not store anything on the server (HTTP 403).</source>
        <translation>Este usuario no puede almacenar nada en el servidor (HTTP 403).</translation>
    </message>
    <message>
        <source>This user may not {deed} the server's list of DICOM modalities.</source>
        <translation>Este usuario no puede {deed} la lista de modalidades DICOM del servidor.</translation>
    </message>
    <message>
        <source>This volume belongs to no images of the server.</source>
        <translation>Este volumen no pertenece a imágenes del servidor.</translation>
    </message>
    <message>
        <source>Too many archives lie one within the other; this one was not opened.</source>
        <translation>Hay demasiados archivos comprimidos uno dentro de otro; este no se abrió.</translation>
    </message>
    <message>
        <source>Too many open files</source>
        <translation>demasiados ficheros abiertos</translation>
    </message>
    <message>
        <source>Transfers slow down by themselves; for more speed, ask the administrator to raise that limit.</source>
        <translation>Las transferencias se frenan solas; para más velocidad, pida al administrador que suba ese límite.</translation>
    </message>
    <message>
        <source>Try again in a minute; if it stays so, ask the administrator.</source>
        <translation>Inténtelo otra vez dentro de un minuto; si sigue igual, pregunte al administrador.</translation>
    </message>
    <message>
        <source>Try again in a while.</source>
        <translation>Inténtelo otra vez dentro de un rato.</translation>
    </message>
    <message>
        <source>Try again when it has less to do, or retrieve the series instead.</source>
        <translation>Inténtelo de nuevo cuando tenga menos que hacer, o recupere la serie.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>Inténtelo otra vez.</translation>
    </message>
    <message>
        <source>Try again. If it stays so, ask the administrator whether Orthanc runs.</source>
        <translation>Inténtelo de nuevo. Si sigue así, pregunte al administrador si Orthanc está en marcha.</translation>
    </message>
    <message>
        <source>Try again: it is started anew, and what is already stored is not sent twice.</source>
        <translation>Inténtelo otra vez: se inicia de nuevo, y lo ya almacenado no se envía dos veces.</translation>
    </message>
    <message>
        <source>Try again; if it stays so, ask the administrator to look at the server.</source>
        <translation>Inténtelo otra vez; si sigue igual, pida al administrador que mire el servidor.</translation>
    </message>
    <message>
        <source>Try again; if it stays so, look at Slicer's log.</source>
        <translation>Inténtelo otra vez; si sigue igual, mire el log de Slicer.</translation>
    </message>
    <message>
        <source>Try again; if it stays so, look at the network, or raise the timeout in the server settings.</source>
        <translation>Inténtelo otra vez; si sigue igual, mire la red o suba el tiempo límite en los ajustes del servidor.</translation>
    </message>
    <message>
        <source>Try again; if it stays so, raise the DICOM timeout in the server settings.</source>
        <translation>Inténtelo otra vez; si sigue igual, suba el tiempo límite de DICOM en los ajustes del servidor.</translation>
    </message>
    <message>
        <source>Try again; if it stays so, raise the timeout in the server settings.</source>
        <translation>Inténtelo otra vez; si sigue igual, suba el tiempo límite en los ajustes del servidor.</translation>
    </message>
    <message>
        <source>Try again; if the server is only slow, raise the DICOM timeout ({dimse_timeout} s) in its settings.</source>
        <translation>Inténtelo otra vez; si el servidor solo es lento, suba el tiempo límite de DICOM ({dimse_timeout} s) en sus ajustes.</translation>
    </message>
    <message>
        <source>Try again; the server's log says more.</source>
        <translation>Inténtelo otra vez; el log del servidor dice más.</translation>
    </message>
    <message>
        <source>Try to start it again; Slicer's log says more.</source>
        <translation>Intente iniciarlo otra vez; el log de Slicer dice más.</translation>
    </message>
    <message>
        <source>Two profiles are named.</source>
        <translation>Se indican dos perfiles.</translation>
    </message>
    <message>
        <source>Two profiles have the same name.</source>
        <translation>Dos perfiles tienen el mismo nombre.</translation>
    </message>
    <message>
        <source>Two services have the same port.</source>
        <translation>Dos servicios tienen el mismo puerto.</translation>
    </message>
    <message>
        <source>Two stations have the same {kind}.</source>
        <translation>Dos estaciones tienen el mismo {kind}.</translation>
    </message>
    <message>
        <source>Two studies of one patient ID can't have different patients; nothing was changed.</source>
        <translation>Dos estudios de un mismo ID de paciente no pueden tener pacientes distintos; no se ha cambiado nada.</translation>
    </message>
    <message>
        <source>Type CT or CT,MR.</source>
        <translation>Escriba CT o CT,MR.</translation>
    </message>
    <message>
        <source>Type F, M or O.</source>
        <translation>Escriba F, M u O.</translation>
    </message>
    <message>
        <source>Type it again.</source>
        <translation>Escríbalo otra vez.</translation>
    </message>
    <message>
        <source>Type it as HH:MM, or as a range with a hyphen: 08:30-12:00.</source>
        <translation>Escríbala como HH:MM, o como intervalo con guion: 08:30-12:00.</translation>
    </message>
    <message>
        <source>Type it as YYYY-MM-DD or YYYYMMDD.</source>
        <translation>Escríbala como AAAA-MM-DD o AAAAMMDD.</translation>
    </message>
    <message>
        <source>Type it as https://server:8042, and user and password in their own fields.</source>
        <translation>Escríbala como https://servidor:8042, y usuario y contraseña en sus propios campos.</translation>
    </message>
    <message>
        <source>Type one or several.</source>
        <translation>Escriba una o varias.</translation>
    </message>
    <message>
        <source>Type the address that the server really has, or log in again if it leads to a login page.</source>
        <translation>Escriba la dirección que el servidor tiene de verdad, o inicie sesión de nuevo si lleva a una página de acceso.</translation>
    </message>
    <message>
        <source>Type the issuer as the provider writes it, or ask the administrator.</source>
        <translation>Escriba el emisor como lo escribe el proveedor, o pregunte al administrador.</translation>
    </message>
    <message>
        <source>Type the passphrase.</source>
        <translation>Escriba la frase de contraseña.</translation>
    </message>
    <message>
        <source>Type the password each session, or start the system's keychain service.</source>
        <translation>Escriba la contraseña en cada sesión, o inicie el servicio de llavero del sistema.</translation>
    </message>
    <message>
        <source>Type the password.</source>
        <translation>Escriba la contraseña.</translation>
    </message>
    <message>
        <source>Type them again; if they are right, ask the administrator whether RemoteAccessAllowed is true in orthanc.json.</source>
        <translation>Escríbalos otra vez; si son correctos, pregunte al administrador si RemoteAccessAllowed es true en orthanc.json.</translation>
    </message>
    <message>
        <source>Type user and password.</source>
        <translation>Escriba usuario y contraseña.</translation>
    </message>
    <message>
        <source>Unlock it and try again, or type the password each session.</source>
        <translation>Desbloquéelo y vuelva a intentarlo, o escriba la contraseña en cada sesión.</translation>
    </message>
    <message>
        <source>Unpack it and upload the folder.</source>
        <translation>Desempaquételo y suba la carpeta.</translation>
    </message>
    <message>
        <source>Unpack the archive and upload the folder.</source>
        <translation>Desempaquete el archivo comprimido y suba la carpeta.</translation>
    </message>
    <message>
        <source>Unpack them together and upload the folder.</source>
        <translation>Desempaquételas juntas y suba la carpeta.</translation>
    </message>
    <message>
        <source>Update it, or ask the administrator of this computer.</source>
        <translation>Actualícelo, o pregunte al administrador de este ordenador.</translation>
    </message>
    <message>
        <source>Update it, or send the segmentation without label map.</source>
        <translation>Actualícelo, o envíe la segmentación sin mapa de etiquetas.</translation>
    </message>
    <message>
        <source>Update it.</source>
        <translation>Actualícelo.</translation>
    </message>
    <message>
        <source>Upload again to get a new one.</source>
        <translation>Suba otra vez para obtener uno nuevo.</translation>
    </message>
    <message>
        <source>Upload it again when nothing writes to it any more.</source>
        <translation>Súbalo otra vez cuando ya nada escriba en él.</translation>
    </message>
    <message>
        <source>Upload it again: what is there already is recognised.</source>
        <translation>Súbalo otra vez: lo que ya está se reconoce.</translation>
    </message>
    <message>
        <source>Upload the series first, and send the result again.</source>
        <translation>Suba antes la serie, y envíe el resultado otra vez.</translation>
    </message>
    <message>
        <source>Use 0 for none.</source>
        <translation>Use 0 para ninguno.</translation>
    </message>
    <message>
        <source>Use 1 to 16 plain letters, digits, spaces or signs, without accents or backslash.</source>
        <translation>Use de 1 a 16 letras sencillas, cifras, espacios o signos, sin acentos ni barra invertida.</translation>
    </message>
    <message>
        <source>Use 1 to {profile_name_length} visible characters.</source>
        <translation>Use de 1 a {profile_name_length} caracteres visibles.</translation>
    </message>
    <message>
        <source>Use DICOM's short names, as CT, MR, US or SEG.</source>
        <translation>Use los nombres cortos de DICOM, como CT, MR, US o SEG.</translation>
    </message>
    <message>
        <source>Use HTTPS retrieves.</source>
        <translation>Recupere por HTTPS.</translation>
    </message>
    <message>
        <source>Use a host name or an IP address, without https:// and without a port.</source>
        <translation>Use un nombre de equipo o una dirección IP, sin https:// y sin puerto.</translation>
    </message>
    <message>
        <source>Use a number from 1 to 65535.</source>
        <translation>Use un número de 1 a 65535.</translation>
    </message>
    <message>
        <source>Use a number from 1024, or a name of UserMetadata in orthanc.json.</source>
        <translation>Use un número desde 1024, o un nombre de UserMetadata en orthanc.json.</translation>
    </message>
    <message>
        <source>Use an https:// address.</source>
        <translation>Use una dirección https://.</translation>
    </message>
    <message>
        <source>Use auto or never.</source>
        <translation>Use auto o never.</translation>
    </message>
    <message>
        <source>Use https:// in the address.</source>
        <translation>Use https:// en la dirección.</translation>
    </message>
    <message>
        <source>Use https://, or allow insecure HTTP in this profile explicitly.</source>
        <translation>Use https://, o permita expresamente HTTP no seguro en este perfil.</translation>
    </message>
    <message>
        <source>Use now or beginning.</source>
        <translation>Use now o beginning.</translation>
    </message>
    <message>
        <source>Use one of {retrieve_methods}.</source>
        <translation>Use uno de {retrieve_methods}.</translation>
    </message>
    <message>
        <source>Use plain letters and digits.</source>
        <translation>Use letras sin acento y cifras.</translation>
    </message>
    <message>
        <source>Use port {port}, and register again.</source>
        <translation>Use el puerto {port} y registre otra vez.</translation>
    </message>
    <message>
        <source>Use port {told}.</source>
        <translation>Use el puerto {told}.</translation>
    </message>
    <message>
        <source>Use remove, shift or keep.</source>
        <translation>Use remove, shift o keep.</translation>
    </message>
    <message>
        <source>Use seconds, up to a week.</source>
        <translation>Use segundos, hasta una semana.</translation>
    </message>
    <message>
        <source>Use seconds: 0.1 up to a day.</source>
        <translation>Use segundos: de 0.1 a un día.</translation>
    </message>
    <message>
        <source>Use system, ca_file or pinned.</source>
        <translation>Use system, ca_file o pinned.</translation>
    </message>
    <message>
        <source>Use the address that it names, or compare its fingerprint with the administrator's and trust exactly this certificate.</source>
        <translation>Use la dirección que nombra, o compare su huella digital con la del administrador y confíe exactamente en este certificado.</translation>
    </message>
    <message>
        <source>Use the address that the certificate names, or pin this certificate after comparing its fingerprint with the administrator's.</source>
        <translation>Use la dirección que nombra el certificado, o fije este certificado tras comparar su huella digital con la del administrador.</translation>
    </message>
    <message>
        <source>Use the address {address}.</source>
        <translation>Use la dirección {address}.</translation>
    </message>
    <message>
        <source>Use the server's DICOM port, 4242 unless it was changed; it is not the web port.</source>
        <translation>Use el puerto DICOM del servidor, 4242 si no se cambió; no es el puerto web.</translation>
    </message>
    <message>
        <source>Use the server's HTTPS port, or have the administrator put HTTPS in front of it.</source>
        <translation>Use el puerto HTTPS del servidor, o haga que el administrador le ponga HTTPS delante.</translation>
    </message>
    <message>
        <source>Use the server's HTTPS port, or have the administrator put nginx in front of Orthanc.</source>
        <translation>Use el puerto HTTPS del servidor, o haga que el administrador ponga nginx delante de Orthanc.</translation>
    </message>
    <message>
        <source>Use the server's {port}, not the port of its web address.</source>
        <translation>Use el {port} del servidor, no el puerto de su dirección web.</translation>
    </message>
    <message>
        <source>Use up to 24 plain letters, digits and hyphens.</source>
        <translation>Use hasta 24 letras sin acento, cifras y guiones.</translation>
    </message>
    <message>
        <source>Use up to 4 capital letters and digits.</source>
        <translation>Use hasta 4 letras mayúsculas y cifras.</translation>
    </message>
    <message>
        <source>Use up to 64 plain letters, digits, hyphens and underscores.</source>
        <translation>Use hasta 64 letras sencillas, cifras, guiones y guiones bajos.</translation>
    </message>
    <message>
        <source>Use visible characters, without a colon (RFC 7617) and without $.</source>
        <translation>Use caracteres visibles, sin dos puntos (RFC 7617) y sin $.</translation>
    </message>
    <message>
        <source>Use {https}.</source>
        <translation>Use {https}.</translation>
    </message>
    <message>
        <source>Use {list_kinds}.</source>
        <translation>Use {list_kinds}.</translation>
    </message>
    <message>
        <source>Use {told} as called AE title.</source>
        <translation>Use {told} como título AE llamado.</translation>
    </message>
    <message>
        <source>Use {works} to retrieve.</source>
        <translation>Use {works} para recuperar.</translation>
    </message>
    <message>
        <source>Use {works}, which needs no way back; or {server}.</source>
        <translation>Use {works}, que no necesita camino de vuelta; o {server}.</translation>
    </message>
    <message>
        <source>Values that Orthanc takes</source>
        <translation>Valores que Orthanc acepta</translation>
    </message>
    <message>
        <source>Wait for it, or cancel it there.</source>
        <translation>Espere a que acabe, o cancélela allí.</translation>
    </message>
    <message>
        <source>Wait for it.</source>
        <translation>Espere a que acabe.</translation>
    </message>
    <message>
        <source>Wait until somebody has done it.</source>
        <translation>Espere a que alguien lo haya hecho.</translation>
    </message>
    <message>
        <source>What a study's metadata tells of work lists can't be read: another program wrote it.</source>
        <translation>No se puede leer lo que los metadatos de un estudio dicen de listas de trabajo: lo escribió otro programa.</translation>
    </message>
    <message>
        <source>What answers at {shown_issuer} is not what OpenID Connect asks for: {why}.</source>
        <translation>Lo que responde en {shown_issuer} no es lo que pide OpenID Connect: {why}.</translation>
    </message>
    <message>
        <source>What answers at {shown_url} compresses, which it was asked not to.</source>
        <translation>Lo que responde en {shown_url} comprime, y se le pidió que no.</translation>
    </message>
    <message>
        <source>What answers at {shown_url} is not Orthanc.</source>
        <translation>Lo que responde en {shown_url} no es Orthanc.</translation>
    </message>
    <message>
        <source>What answers the server at {host}:{port} is not our DICOM listener{said}.</source>
        <translation>Lo que responde al servidor en {host}:{port} no es nuestro receptor DICOM{said}.</translation>
    </message>
    <message>
        <source>What came can't be read to its end.</source>
        <translation>Lo que llegó no se puede leer hasta el final.</translation>
    </message>
    <message>
        <source>What deletes images</source>
        <translation>Qué borra imágenes</translation>
    </message>
    <message>
        <source>What is stored can be replaced by anybody who sends an instance with the same UIDs.</source>
        <translation>Lo almacenado lo puede reemplazar cualquiera que envíe una instancia con los mismos UID.</translation>
    </message>
    <message>
        <source>What is stored so far is in the index that Orthanc had: it is not in the database. Export it before, and upload it again.</source>
        <translation>Lo almacenado hasta ahora está en el índice que Orthanc tenía: no está en la base de datos. Expórtelo antes, y súbalo de nuevo.</translation>
    </message>
    <message>
        <source>What is to be changed is not told.</source>
        <translation>No se indica qué se ha de cambiar.</translation>
    </message>
    <message>
        <source>What listens on {where} speaks neither HTTPS nor HTTP.</source>
        <translation>Lo que escucha en {where} no habla ni HTTPS ni HTTP.</translation>
    </message>
    <message>
        <source>What people register themselves reaches one of the servers: name their Slicers here (--slicer), and restart all.</source>
        <translation>Lo que la gente registra por sí misma llega a uno de los servidores: nombre aquí sus Slicers (--slicer), y reinicie todos.</translation>
    </message>
    <message>
        <source>What strangers may do over DICOM</source>
        <translation>Qué pueden hacer extraños por DICOM</translation>
    </message>
    <message>
        <source>What the server has as this result is no DICOM file.</source>
        <translation>Lo que el servidor tiene como este resultado no es un fichero DICOM.</translation>
    </message>
    <message>
        <source>What the server has with other content is replaced where OverwriteInstances lets it, which this version does not tell; else it is kept, and named.</source>
        <translation>Lo que el servidor tiene con otro contenido se sustituye donde OverwriteInstances lo permite, cosa que esta versión no dice; si no, se conserva y se nombra.</translation>
    </message>
    <message>
        <source>What the server has with other content is replaced.</source>
        <translation>Lo que el servidor tiene con otro contenido se sustituye.</translation>
    </message>
    <message>
        <source>What the server sent is not the scene that was kept: it has another content.</source>
        <translation>Lo que envió el servidor no es la escena que se guardó: tiene otro contenido.</translation>
    </message>
    <message>
        <source>What was acknowledged may be lost when the computer loses its power.</source>
        <translation>Lo que se confirmó puede perderse si el equipo se queda sin corriente.</translation>
    </message>
    <message>
        <source>What was chosen holds no DICOM file.</source>
        <translation>Lo elegido no contiene ningún fichero DICOM.</translation>
    </message>
    <message>
        <source>What was stored could not be compared with the server's list. {message}</source>
        <translation>Lo almacenado no se pudo comparar con la lista del servidor. {message}</translation>
    </message>
    <message>
        <source>Who gets in</source>
        <translation>Quién entra</translation>
    </message>
    <message>
        <source>Who may log in may have files written anywhere on the server's disk.</source>
        <translation>Quien puede entrar puede hacer que se escriban ficheros en cualquier sitio del disco del servidor.</translation>
    </message>
    <message>
        <source>Who may log in may run any Lua script on the server (ExecuteLuaEnabled).</source>
        <translation>Quien puede entrar puede ejecutar cualquier script Lua en el servidor (ExecuteLuaEnabled).</translation>
    </message>
    <message>
        <source>Whole-slide viewer</source>
        <translation>Visor de portaobjetos</translation>
    </message>
    <message>
        <source>With DicomModalitiesInDatabase Orthanc uses no entry of the file.</source>
        <translation>Con DicomModalitiesInDatabase Orthanc no usa ninguna entrada del fichero.</translation>
    </message>
    <message>
        <source>With DicomModalitiesInDatabase the {listed} entries of this file count for nothing.</source>
        <translation>Con DicomModalitiesInDatabase las {listed} entradas de este fichero no sirven de nada.</translation>
    </message>
    <message>
        <source>With a certificate of an authority, as Let's Encrypt's (certbot certonly --standalone -d NAME, on a server that the internet reaches), put its fullchain.pem and privkey.pem in the place of certificate and key, have certbot's --deploy-hook do so each time, and run this once more: the profile then needs no pin.</source>
        <translation>Con un certificado de una autoridad, como los de Let's Encrypt (certbot certonly --standalone -d NOMBRE, en un servidor al que llega internet), ponga sus fullchain.pem y privkey.pem en el sitio del certificado y la clave, haga que el --deploy-hook de certbot lo haga cada vez, y haga esto una vez más: el perfil ya no necesita fijar nada.</translation>
    </message>
    <message>
        <source>With one thread for HTTP a long answer keeps all others waiting.</source>
        <translation>Con un solo hilo para HTTP, una respuesta larga hace esperar a todas las demás.</translation>
    </message>
    <message>
        <source>Without its DICOM server scanners can't send, and C-FIND, C-GET and C-MOVE do not work.</source>
        <translation>Sin su servidor DICOM los escáneres no pueden enviar, y C-FIND, C-GET y C-MOVE no funcionan.</translation>
    </message>
    <message>
        <source>Without its HTTP server nobody can upload, or retrieve over HTTPS.</source>
        <translation>Sin su servidor HTTP nadie puede subir, ni recuperar por HTTPS.</translation>
    </message>
    <message>
        <source>Words that may be a name</source>
        <translation>Palabras que pueden ser un nombre</translation>
    </message>
    <message>
        <source>Write "DefaultEncoding" : "Utf8".</source>
        <translation>Escriba "DefaultEncoding" : "Utf8".</translation>
    </message>
    <message>
        <source>Write "Reject".</source>
        <translation>Escriba "Reject".</translation>
    </message>
    <message>
        <source>Write 0 or more.</source>
        <translation>Escriba 0 o más.</translation>
    </message>
    <message>
        <source>Write DicomAet into each profile and scanner, or set DicomCheckCalledAet to false.</source>
        <translation>Escriba DicomAet en cada perfil y escáner, o ponga DicomCheckCalledAet a false.</translation>
    </message>
    <message>
        <source>Write NAME,AE-TITLE,HOST,PORT: mac1,SlicerMac1,192.168.1.25,11112.</source>
        <translation>Escriba NOMBRE,TÍTULO-AE,EQUIPO,PUERTO: mac1,SlicerMac1,192.168.1.25,11112.</translation>
    </message>
    <message>
        <source>Write a number from 1024 to 65535.</source>
        <translation>Escriba un número de 1024 a 65535.</translation>
    </message>
    <message>
        <source>Write it as "name" : [ "AETITLE", "host", 11112, "Generic" ].</source>
        <translation>Escríbala así: "name" : [ "AETITLE", "host", 11112, "Generic" ].</translation>
    </message>
    <message>
        <source>Write it in a few words.</source>
        <translation>Escríbalo en pocas palabras.</translation>
    </message>
    <message>
        <source>Write the name or the address alone.</source>
        <translation>Escriba solo el nombre o la dirección.</translation>
    </message>
    <message>
        <source>Write {key} as {default}.</source>
        <translation>Escriba {key} como {default}.</translation>
    </message>
    <message>
        <source>Write {right}, or take the line out.</source>
        <translation>Escriba {right}, o quite la línea.</translation>
    </message>
    <message>
        <source>You do not have this case open: {why}.</source>
        <translation>Usted no tiene abierto este caso: {why}.</translation>
    </message>
    <message>
        <source>a UID is not well formed</source>
        <translation>un UID no está bien formado</translation>
    </message>
    <message>
        <source>a colour is none</source>
        <translation>un color no lo es</translation>
    </message>
    <message>
        <source>a device</source>
        <translation>un dispositivo</translation>
    </message>
    <message>
        <source>a firewall is in between, for no address is translated</source>
        <translation>hay un cortafuegos en medio, pues no se traduce ninguna dirección</translation>
    </message>
    <message>
        <source>a firewall, or a router that translates addresses (NAT), is in between</source>
        <translation>hay en medio un cortafuegos o un enrutador que traduce direcciones (NAT)</translation>
    </message>
    <message>
        <source>a header in it is far too long</source>
        <translation>una cabecera de él es demasiado larga</translation>
    </message>
    <message>
        <source>a header in it makes no sense</source>
        <translation>una cabecera de él no tiene sentido</translation>
    </message>
    <message>
        <source>a layer has an impossible size</source>
        <translation>una capa tiene un tamaño imposible</translation>
    </message>
    <message>
        <source>a layer has an unknown type</source>
        <translation>una capa tiene un tipo desconocido</translation>
    </message>
    <message>
        <source>a layer has no matrix of 16 numbers</source>
        <translation>una capa no tiene una matriz de 16 números</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>una lista</translation>
    </message>
    <message>
        <source>a list in square brackets</source>
        <translation>una lista entre corchetes</translation>
    </message>
    <message>
        <source>a list of texts is needed</source>
        <translation>hace falta una lista de textos</translation>
    </message>
    <message>
        <source>a map is more than one layer</source>
        <translation>un mapa es más de una capa</translation>
    </message>
    <message>
        <source>a markup has an unknown kind</source>
        <translation>una marca es de una clase desconocida</translation>
    </message>
    <message>
        <source>a markup has not a label for each point</source>
        <translation>una marca no tiene una etiqueta para cada punto</translation>
    </message>
    <message>
        <source>a member is longer than its directory says</source>
        <translation>un miembro es más largo de lo que dice su directorio</translation>
    </message>
    <message>
        <source>a member is not where its directory says</source>
        <translation>un miembro no está donde dice su directorio</translation>
    </message>
    <message>
        <source>a member is shorter than its directory says</source>
        <translation>un miembro es más corto de lo que dice su directorio</translation>
    </message>
    <message>
        <source>a member of it has no identifier</source>
        <translation>un miembro de ella no tiene identificador</translation>
    </message>
    <message>
        <source>a member of {where}</source>
        <translation>un miembro de {where}</translation>
    </message>
    <message>
        <source>a member's checksum is wrong</source>
        <translation>la suma de comprobación de un miembro no es correcta</translation>
    </message>
    <message>
        <source>a member's sizes contradict each other</source>
        <translation>los tamaños de un miembro se contradicen</translation>
    </message>
    <message>
        <source>a message of more than {is_command} bytes</source>
        <translation>un mensaje de más de {is_command} bytes</translation>
    </message>
    <message>
        <source>a message that hardly gets on</source>
        <translation>un mensaje que apenas avanza</translation>
    </message>
    <message>
        <source>a named pipe</source>
        <translation>una tubería con nombre</translation>
    </message>
    <message>
        <source>a plane or ROI has no place, or something else has one</source>
        <translation>un plano o ROI no tiene sitio, o lo tiene otra cosa</translation>
    </message>
    <message>
        <source>a segment has an unknown algorithm type</source>
        <translation>un segmento tiene un tipo de algoritmo desconocido</translation>
    </message>
    <message>
        <source>a segment is in no layer</source>
        <translation>un segmento no está en ninguna capa</translation>
    </message>
    <message>
        <source>a server</source>
        <translation>un servidor</translation>
    </message>
    <message>
        <source>a socket</source>
        <translation>un socket</translation>
    </message>
    <message>
        <source>a test instance of {large} MB was stored</source>
        <translation>se almacenó una instancia de prueba de {large} MB</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>un texto</translation>
    </message>
    <message>
        <source>a text in quotation marks</source>
        <translation>un texto entre comillas</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>un número entero</translation>
    </message>
    <message>
        <source>a whole number, without quotation marks</source>
        <translation>un número entero, sin comillas</translation>
    </message>
    <message>
        <source>accession number</source>
        <translation>número de acceso</translation>
    </message>
    <message>
        <source>add</source>
        <translation>añadir a</translation>
    </message>
    <message>
        <source>allowed</source>
        <translation>permitido</translation>
    </message>
    <message>
        <source>allowed; there was no instance to look for</source>
        <translation>permitido; no había ninguna instancia que buscar</translation>
    </message>
    <message>
        <source>already there</source>
        <translation>ya presentes</translation>
    </message>
    <message>
        <source>already there ({by_identity} by identifiers alone)</source>
        <translation>ya presentes ({by_identity} solo por sus identificadores)</translation>
    </message>
    <message>
        <source>an entry is too long</source>
        <translation>una entrada es demasiado larga</translation>
    </message>
    <message>
        <source>an object</source>
        <translation>un objeto</translation>
    </message>
    <message>
        <source>an object in braces</source>
        <translation>un objeto entre llaves</translation>
    </message>
    <message>
        <source>and</source>
        <translation>y</translation>
    </message>
    <message>
        <source>and the whole connection is examined by Check-up in the panel, or by:</source>
        <translation>y la conexión entera la examina Revisión en el panel, o:</translation>
    </message>
    <message>
        <source>and those of {bundle}</source>
        <translation>y las de {bundle}</translation>
    </message>
    <message>
        <source>and verified</source>
        <translation>y verificadas</translation>
    </message>
    <message>
        <source>another format</source>
        <translation>otro formato</translation>
    </message>
    <message>
        <source>another instance</source>
        <translation>otra instancia</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>otro programa</translation>
    </message>
    <message>
        <source>another user's program</source>
        <translation>el programa de otro usuario</translation>
    </message>
    <message>
        <source>apt install orthanc</source>
        <translation>apt install orthanc</translation>
    </message>
    <message>
        <source>as it is</source>
        <translation>como está</translation>
    </message>
    <message>
        <source>as {user}</source>
        <translation>como {user}</translation>
    </message>
    <message>
        <source>at {shown_issuer}</source>
        <translation>en {shown_issuer}</translation>
    </message>
    <message>
        <source>birth date</source>
        <translation>fecha de nacimiento</translation>
    </message>
    <message>
        <source>body part</source>
        <translation>región examinada</translation>
    </message>
    <message>
        <source>by token</source>
        <translation>con token</translation>
    </message>
    <message>
        <source>came at less than {least_rate} bytes a second</source>
        <translation>llegó a menos de {least_rate} bytes por segundo</translation>
    </message>
    <message>
        <source>can't hold a colon (HTTP basic authentication, RFC 7617)</source>
        <translation>no puede contener dos puntos (autenticación básica HTTP, RFC 7617)</translation>
    </message>
    <message>
        <source>change</source>
        <translation>cambiar</translation>
    </message>
    <message>
        <source>chmod 600 {key}, owned by Orthanc's user.</source>
        <translation>chmod 600 {key}, propiedad del usuario de Orthanc.</translation>
    </message>
    <message>
        <source>chown root:orthanc {file} &amp;&amp; chmod 640 {file}</source>
        <translation>chown root:orthanc {file} &amp;&amp; chmod 640 {file}</translation>
    </message>
    <message>
        <source>correct</source>
        <translation>corregir</translation>
    </message>
    <message>
        <source>could not send some of the instances</source>
        <translation>no pudo enviar algunas de las instancias</translation>
    </message>
    <message>
        <source>could not start</source>
        <translation>no pudo arrancar</translation>
    </message>
    <message>
        <source>did not answer</source>
        <translation>no respondió</translation>
    </message>
    <message>
        <source>did not come back</source>
        <translation>no volvió</translation>
    </message>
    <message>
        <source>did not end within {seconds} s</source>
        <translation>no terminó en {seconds} s</translation>
    </message>
    <message>
        <source>did not understand the request</source>
        <translation>no entendió la petición</translation>
    </message>
    <message>
        <source>does not know the destination</source>
        <translation>no conoce el destino</translation>
    </message>
    <message>
        <source>ended the {service}</source>
        <translation>terminó la operación ({service})</translation>
    </message>
    <message>
        <source>entry {name}</source>
        <translation>entrada {name}</translation>
    </message>
    <message>
        <source>export</source>
        <translation>fichero exportado</translation>
    </message>
    <message>
        <source>first study date</source>
        <translation>primera fecha del estudio</translation>
    </message>
    <message>
        <source>has a backslash or a control character</source>
        <translation>tiene una barra invertida o un carácter de control</translation>
    </message>
    <message>
        <source>has a manufacturer that Orthanc does not know</source>
        <translation>tiene un fabricante que Orthanc no conoce</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>ha caducado</translation>
    </message>
    <message>
        <source>has half a character</source>
        <translation>tiene medio carácter</translation>
    </message>
    <message>
        <source>has more parts than a name has (five, parted by ^)</source>
        <translation>tiene más partes que un nombre (cinco, separadas por ^)</translation>
    </message>
    <message>
        <source>has no port from 1 to 65534</source>
        <translation>no tiene un puerto de 1 a 65534</translation>
    </message>
    <message>
        <source>has not three or four values</source>
        <translation>no tiene tres o cuatro valores</translation>
    </message>
    <message>
        <source>has other signs in its name than letters, digits, dash and underscore</source>
        <translation>tiene en su nombre otros signos que letras, cifras, guion y subrayado</translation>
    </message>
    <message>
        <source>has something else than true or false where it allows</source>
        <translation>tiene otra cosa que true o false donde permite</translation>
    </message>
    <message>
        <source>host</source>
        <translation>equipo</translation>
    </message>
    <message>
        <source>identical over both, pixels' SHA-256 {digest}…</source>
        <translation>idéntica por las dos vías, SHA-256 de los píxeles {digest}…</translation>
    </message>
    <message>
        <source>instances that were not asked for</source>
        <translation>instancias que no se pidieron</translation>
    </message>
    <message>
        <source>institution</source>
        <translation>institución</translation>
    </message>
    <message>
        <source>is empty</source>
        <translation>está vacío</translation>
    </message>
    <message>
        <source>is longer than {longest} characters</source>
        <translation>tiene más de {longest} caracteres</translation>
    </message>
    <message>
        <source>is missing</source>
        <translation>falta</translation>
    </message>
    <message>
        <source>is missing: there is a key for it</source>
        <translation>falta: hay una clave para él</translation>
    </message>
    <message>
        <source>is neither M, F, O nor empty</source>
        <translation>no es M, F, O ni está vacío</translation>
    </message>
    <message>
        <source>is no date as 20261129</source>
        <translation>no es una fecha como 20261129</translation>
    </message>
    <message>
        <source>is no list and no object</source>
        <translation>no es una lista ni un objeto</translation>
    </message>
    <message>
        <source>is no path that can be used</source>
        <translation>no es una ruta que se pueda usar</translation>
    </message>
    <message>
        <source>is no time as 183000</source>
        <translation>no es una hora como 183000</translation>
    </message>
    <message>
        <source>is not a field of a server profile</source>
        <translation>no es un campo de un perfil de servidor</translation>
    </message>
    <message>
        <source>is not valid yet</source>
        <translation>aún no es válido</translation>
    </message>
    <message>
        <source>is not well formed ({why})</source>
        <translation>no está bien formado ({why})</translation>
    </message>
    <message>
        <source>is out of resources</source>
        <translation>no tiene recursos</translation>
    </message>
    <message>
        <source>is prepared</source>
        <translation>está preparado</translation>
    </message>
    <message>
        <source>it</source>
        <translation>esto</translation>
    </message>
    <message>
        <source>it asks to wait {retry_after} s</source>
        <translation>pide esperar {retry_after} s</translation>
    </message>
    <message>
        <source>it does not begin with https://</source>
        <translation>no empieza por https://</translation>
    </message>
    <message>
        <source>it does not name one server and one study or series</source>
        <translation>no nombra un servidor y un estudio o una serie</translation>
    </message>
    <message>
        <source>it does not tell which study it made</source>
        <translation>no dice qué estudio ha hecho</translation>
    </message>
    <message>
        <source>it ends too early</source>
        <translation>termina demasiado pronto</translation>
    </message>
    <message>
        <source>it ends without its directory</source>
        <translation>termina sin su directorio</translation>
    </message>
    <message>
        <source>it gave no reason</source>
        <translation>no dio ningún motivo</translation>
    </message>
    <message>
        <source>it has an empty component</source>
        <translation>tiene un componente vacío</translation>
    </message>
    <message>
        <source>it has another format</source>
        <translation>tiene otro formato</translation>
    </message>
    <message>
        <source>it has letters</source>
        <translation>tiene letras</translation>
    </message>
    <message>
        <source>it has neither changes nor an end</source>
        <translation>no tiene ni cambios ni final</translation>
    </message>
    <message>
        <source>it has no hash</source>
        <translation>no tiene resumen criptográfico</translation>
    </message>
    <message>
        <source>it has no origin</source>
        <translation>no tiene origen</translation>
    </message>
    <message>
        <source>it has no title</source>
        <translation>no tiene título</translation>
    </message>
    <message>
        <source>it has other signs than digits and dots</source>
        <translation>tiene otros signos que cifras y puntos</translation>
    </message>
    <message>
        <source>it has too many entries</source>
        <translation>tiene demasiadas entradas</translation>
    </message>
    <message>
        <source>it has too many values for its length</source>
        <translation>tiene demasiados valores para su longitud</translation>
    </message>
    <message>
        <source>it has {size} bytes instead of {name}</source>
        <translation>tiene {size} bytes en vez de {name}</translation>
    </message>
    <message>
        <source>it holds a user name or a password</source>
        <translation>contiene un nombre de usuario o una contraseña</translation>
    </message>
    <message>
        <source>it is done</source>
        <translation>está hecho</translation>
    </message>
    <message>
        <source>it is empty</source>
        <translation>está vacía</translation>
    </message>
    <message>
        <source>it is empty, too long, or has signs that no link has</source>
        <translation>está vacío, es demasiado largo o tiene signos que ningún enlace tiene</translation>
    </message>
    <message>
        <source>it is for another login</source>
        <translation>es de otro inicio de sesión</translation>
    </message>
    <message>
        <source>it is for something else</source>
        <translation>es para otra cosa</translation>
    </message>
    <message>
        <source>it is longer than was asked for</source>
        <translation>es más larga de lo que se pidió</translation>
    </message>
    <message>
        <source>it is longer than {uid_length} characters</source>
        <translation>tiene más de {uid_length} caracteres</translation>
    </message>
    <message>
        <source>it is nested too deeply</source>
        <translation>está anidado a demasiada profundidad</translation>
    </message>
    <message>
        <source>it is no object in braces</source>
        <translation>no es un objeto entre llaves</translation>
    </message>
    <message>
        <source>it is not JSON</source>
        <translation>no es JSON</translation>
    </message>
    <message>
        <source>it is not just a host, a port and a path</source>
        <translation>no es solo un equipo, un puerto y una ruta</translation>
    </message>
    <message>
        <source>it is not text</source>
        <translation>no es texto</translation>
    </message>
    <message>
        <source>it is not text in UTF-8</source>
        <translation>no es texto en UTF-8</translation>
    </message>
    <message>
        <source>it is not well formed</source>
        <translation>está mal formado</translation>
    </message>
    <message>
        <source>it is of another version</source>
        <translation>es de otra versión</translation>
    </message>
    <message>
        <source>it is signed with {name}, which can be forged</source>
        <translation>está firmado con {name}, que se puede falsificar</translation>
    </message>
    <message>
        <source>it is too large</source>
        <translation>es demasiado grande</translation>
    </message>
    <message>
        <source>it names no instance</source>
        <translation>no nombra ninguna instancia</translation>
    </message>
    <message>
        <source>it tells an unknown state of its job</source>
        <translation>indica un estado desconocido de su tarea</translation>
    </message>
    <message>
        <source>it waits for a reviewer</source>
        <translation>espera a un revisor</translation>
    </message>
    <message>
        <source>it was left out</source>
        <translation>se dejó fuera</translation>
    </message>
    <message>
        <source>it was opened anew elsewhere</source>
        <translation>se abrió de nuevo en otro sitio</translation>
    </message>
    <message>
        <source>it, or one of the authority behind it, is signed with MD5 or SHA-1, which can be forged</source>
        <translation>este, o uno de la autoridad que lo respalda, está firmado con MD5 o SHA-1, que se pueden falsificar</translation>
    </message>
    <message>
        <source>its compressed data make no sense</source>
        <translation>sus datos comprimidos no tienen sentido</translation>
    </message>
    <message>
        <source>its directory is not readable to the end</source>
        <translation>su directorio no se puede leer hasta el final</translation>
    </message>
    <message>
        <source>its directory is not where it should be</source>
        <translation>su directorio no está donde debería</translation>
    </message>
    <message>
        <source>its directory lacks {count} of its members</source>
        <translation>a su directorio le faltan {count} de sus miembros</translation>
    </message>
    <message>
        <source>its headers make no sense</source>
        <translation>sus cabeceras no tienen sentido</translation>
    </message>
    <message>
        <source>its key has only {key_size} bits</source>
        <translation>su clave solo tiene {key_size} bits</translation>
    </message>
    <message>
        <source>its key is too short</source>
        <translation>su clave es demasiado corta</translation>
    </message>
    <message>
        <source>its keys or its token are not well formed</source>
        <translation>sus claves o su token no están bien formados</translation>
    </message>
    <message>
        <source>its kind is unknown</source>
        <translation>su clase es desconocida</translation>
    </message>
    <message>
        <source>its lengths differ</source>
        <translation>sus longitudes no coinciden</translation>
    </message>
    <message>
        <source>its matrix is none</source>
        <translation>su matriz no lo es</translation>
    </message>
    <message>
        <source>its numbers do not rise</source>
        <translation>sus números no aumentan</translation>
    </message>
    <message>
        <source>its series number is out of range</source>
        <translation>su número de serie está fuera de rango</translation>
    </message>
    <message>
        <source>its server has no address that can be used</source>
        <translation>su servidor no tiene una dirección que se pueda usar</translation>
    </message>
    <message>
        <source>its time has no zone</source>
        <translation>su hora no tiene zona horaria</translation>
    </message>
    <message>
        <source>its time is none</source>
        <translation>su hora no lo es</translation>
    </message>
    <message>
        <source>its token is no bearer token</source>
        <translation>su token no es de portador</translation>
    </message>
    <message>
        <source>its type is {kind}</source>
        <translation>su tipo es {kind}</translation>
    </message>
    <message>
        <source>its {name} is not JSON</source>
        <translation>su {name} no es JSON</translation>
    </message>
    <message>
        <source>its {name} is too large</source>
        <translation>su {name} es demasiado grande</translation>
    </message>
    <message>
        <source>label</source>
        <translation>etiqueta</translation>
    </message>
    <message>
        <source>lacks an AE title or a host</source>
        <translation>no tiene título AE o equipo</translation>
    </message>
    <message>
        <source>last study date</source>
        <translation>última fecha del estudio</translation>
    </message>
    <message>
        <source>let the router at {router} forward that port to this computer</source>
        <translation>haga que el enrutador de {router} reenvíe ese puerto a este ordenador</translation>
    </message>
    <message>
        <source>list of DICOM modalities</source>
        <translation>lista de modalidades DICOM</translation>
    </message>
    <message>
        <source>metadata name</source>
        <translation>nombre de metadato</translation>
    </message>
    <message>
        <source>modality</source>
        <translation>modalidad</translation>
    </message>
    <message>
        <source>more than its {size} bytes</source>
        <translation>más que sus {size} bytes</translation>
    </message>
    <message>
        <source>must be Automatic, C-GET, C-MOVE or HTTPS</source>
        <translation>debe ser Automático, C-GET, C-MOVE o HTTPS</translation>
    </message>
    <message>
        <source>must be a number of seconds</source>
        <translation>debe ser un número de segundos</translation>
    </message>
    <message>
        <source>must be a single value</source>
        <translation>debe ser un solo valor</translation>
    </message>
    <message>
        <source>must be a whole number from 1 to 32</source>
        <translation>debe ser un número entero de 1 a 32</translation>
    </message>
    <message>
        <source>must be an address as https://login.example.org</source>
        <translation>debe ser una dirección como https://login.example.org</translation>
    </message>
    <message>
        <source>must be an object with mode, ca_file and fingerprint</source>
        <translation>debe ser un objeto con mode, ca_file y fingerprint</translation>
    </message>
    <message>
        <source>must be between 0.1 and 3600 seconds</source>
        <translation>debe estar entre 0.1 y 3600 segundos</translation>
    </message>
    <message>
        <source>must be host names with spaces between</source>
        <translation>deben ser nombres de equipo separados por espacios</translation>
    </message>
    <message>
        <source>must be host names, without an address's path</source>
        <translation>deben ser nombres de equipo, sin la ruta de una dirección</translation>
    </message>
    <message>
        <source>must be password, token or openid</source>
        <translation>debe ser password, token u openid</translation>
    </message>
    <message>
        <source>must be plain letters, digits and signs</source>
        <translation>debe tener solo letras sin tilde, cifras y signos</translation>
    </message>
    <message>
        <source>must be text</source>
        <translation>debe ser texto</translation>
    </message>
    <message>
        <source>must be text without control characters</source>
        <translation>debe ser texto sin caracteres de control</translation>
    </message>
    <message>
        <source>must be true or false</source>
        <translation>debe ser true o false</translation>
    </message>
    <message>
        <source>must be words with a space between them</source>
        <translation>deben ser palabras con un espacio entre ellas</translation>
    </message>
    <message>
        <source>must begin with https://</source>
        <translation>debe empezar por https://</translation>
    </message>
    <message>
        <source>must have openid in it</source>
        <translation>debe contener openid</translation>
    </message>
    <message>
        <source>needs https://</source>
        <translation>necesita https://</translation>
    </message>
    <message>
        <source>nginx: ssl_protocols TLSv1.2 TLSv1.3; Orthanc: SslMinimumProtocolVersion 4.</source>
        <translation>nginx: ssl_protocols TLSv1.2 TLSv1.3; Orthanc: SslMinimumProtocolVersion 4.</translation>
    </message>
    <message>
        <source>no Study Instance UID, or an identifier of a thousand characters</source>
        <translation>ningún Study Instance UID, o un identificador de mil caracteres</translation>
    </message>
    <message>
        <source>no connection</source>
        <translation>no hay conexión</translation>
    </message>
    <message>
        <source>no disk takes it</source>
        <translation>ningún disco lo admite</translation>
    </message>
    <message>
        <source>no host can have that name</source>
        <translation>ningún equipo puede llamarse así</translation>
    </message>
    <message>
        <source>no instance</source>
        <translation>ninguna instancia</translation>
    </message>
    <message>
        <source>no peer's certificate can be verified</source>
        <translation>no se puede verificar el certificado de ningún otro Orthanc</translation>
    </message>
    <message>
        <source>no status</source>
        <translation>ningún estado</translation>
    </message>
    <message>
        <source>no user needed</source>
        <translation>no hace falta usuario</translation>
    </message>
    <message>
        <source>nobody has it</source>
        <translation>no lo tiene nadie</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguno</translation>
    </message>
    <message>
        <source>none of its keys has signed it</source>
        <translation>no lo ha firmado ninguna de sus claves</translation>
    </message>
    <message>
        <source>none of {requests} was refused for coming too fast</source>
        <translation>ninguna de {requests} se rechazó por llegar demasiado seguida</translation>
    </message>
    <message>
        <source>not all have a place in the patient</source>
        <translation>no todas tienen un lugar en el paciente</translation>
    </message>
    <message>
        <source>not asked for</source>
        <translation>no se pidió</translation>
    </message>
    <message>
        <source>not every voxel is a number</source>
        <translation>no todo vóxel es un número</translation>
    </message>
    <message>
        <source>not tested</source>
        <translation>sin comprobar</translation>
    </message>
    <message>
        <source>not told</source>
        <translation>no se dijo</translation>
    </message>
    <message>
        <source>not told again</source>
        <translation>no se dijo otra vez</translation>
    </message>
    <message>
        <source>nothing came.</source>
        <translation>no llegó nada.</translation>
    </message>
    <message>
        <source>nothing: plain HTTP</source>
        <translation>nada: HTTP simple</translation>
    </message>
    <message>
        <source>number {method}</source>
        <translation>número {method}</translation>
    </message>
    <message>
        <source>on this computer only</source>
        <translation>solo en este ordenador</translation>
    </message>
    <message>
        <source>one of its files has a name that can't be used</source>
        <translation>uno de sus ficheros tiene un nombre que no se puede usar</translation>
    </message>
    <message>
        <source>one that an earlier check-up</source>
        <translation>una que una revisión anterior</translation>
    </message>
    <message>
        <source>open that port for the server</source>
        <translation>abra ese puerto para el servidor</translation>
    </message>
    <message>
        <source>opened</source>
        <translation>abierto</translation>
    </message>
    <message>
        <source>other bytes than the server has stored</source>
        <translation>otros bytes que los que tiene almacenados el servidor</translation>
    </message>
    <message>
        <source>over HTTPS; queries by C-FIND are in clear</source>
        <translation>por HTTPS; las consultas por C-FIND van a la vista</translation>
    </message>
    <message>
        <source>over TLS</source>
        <translation>por TLS</translation>
    </message>
    <message>
        <source>patient ID</source>
        <translation>ID del paciente</translation>
    </message>
    <message>
        <source>patient name</source>
        <translation>nombre del paciente</translation>
    </message>
    <message>
        <source>port</source>
        <translation>puerto</translation>
    </message>
    <message>
        <source>port {dicom_port}, from {address}</source>
        <translation>puerto {dicom_port}, desde {address}</translation>
    </message>
    <message>
        <source>port {port}, from {address}</source>
        <translation>puerto {port}, desde {address}</translation>
    </message>
    <message>
        <source>port {port}, started for this check</source>
        <translation>puerto {port}, iniciado para esta revisión</translation>
    </message>
    <message>
        <source>port {port}{owner}</source>
        <translation>puerto {port}{owner}</translation>
    </message>
    <message>
        <source>profiles is not a list</source>
        <translation>profiles no es una lista</translation>
    </message>
    <message>
        <source>query</source>
        <translation>consulta</translation>
    </message>
    <message>
        <source>raw sectors</source>
        <translation>sectores en bruto</translation>
    </message>
    <message>
        <source>read</source>
        <translation>leído</translation>
    </message>
    <message>
        <source>receipt</source>
        <translation>comprobante</translation>
    </message>
    <message>
        <source>referring physician</source>
        <translation>médico remitente</translation>
    </message>
    <message>
        <source>report</source>
        <translation>informe</translation>
    </message>
    <message>
        <source>retrieve</source>
        <translation>recuperación</translation>
    </message>
    <message>
        <source>self signed certificate</source>
        <translation>certificado autofirmado</translation>
    </message>
    <message>
        <source>self signed certificate in certificate chain</source>
        <translation>certificado autofirmado en la cadena de certificados</translation>
    </message>
    <message>
        <source>self-signed certificate</source>
        <translation>certificado autofirmado</translation>
    </message>
    <message>
        <source>self-signed certificate in certificate chain</source>
        <translation>certificado autofirmado en la cadena de certificados</translation>
    </message>
    <message>
        <source>series</source>
        <translation>serie</translation>
    </message>
    <message>
        <source>series description</source>
        <translation>descripción de la serie</translation>
    </message>
    <message>
        <source>several lie at the same place</source>
        <translation>varias están en el mismo lugar</translation>
    </message>
    <message>
        <source>sex</source>
        <translation>sexo</translation>
    </message>
    <message>
        <source>signs that no address has</source>
        <translation>signos que no tiene ninguna dirección</translation>
    </message>
    <message>
        <source>slice {number}</source>
        <translation>corte {number}</translation>
    </message>
    <message>
        <source>somebody has it</source>
        <translation>lo tiene alguien</translation>
    </message>
    <message>
        <source>something else</source>
        <translation>otra cosa</translation>
    </message>
    <message>
        <source>source {source}, reason {reason}</source>
        <translation>origen {source}, razón {reason}</translation>
    </message>
    <message>
        <source>speaks HTTP</source>
        <translation>habla HTTP</translation>
    </message>
    <message>
        <source>speaks something else</source>
        <translation>habla otra cosa</translation>
    </message>
    <message>
        <source>status {shown}</source>
        <translation>estado {shown}</translation>
    </message>
    <message>
        <source>storescp ended without a word.</source>
        <translation>storescp terminó sin decir nada.</translation>
    </message>
    <message>
        <source>storescp runs, but does not listen.</source>
        <translation>storescp se ejecuta, pero no escucha.</translation>
    </message>
    <message>
        <source>studies</source>
        <translation>estudios</translation>
    </message>
    <message>
        <source>study</source>
        <translation>estudio</translation>
    </message>
    <message>
        <source>study description</source>
        <translation>descripción del estudio</translation>
    </message>
    <message>
        <source>study {orthanc_id}</source>
        <translation>estudio {orthanc_id}</translation>
    </message>
    <message>
        <source>table</source>
        <translation>tabla</translation>
    </message>
    <message>
        <source>the CA file {ca_file} alone</source>
        <translation>solo el fichero de CA {ca_file}</translation>
    </message>
    <message>
        <source>the MD5 that the server keeps</source>
        <translation>el MD5 que guarda el servidor</translation>
    </message>
    <message>
        <source>the Series Instance UID {fault}</source>
        <translation>el Series Instance UID {fault}</translation>
    </message>
    <message>
        <source>the Study Instance UID {fault}</source>
        <translation>el Study Instance UID {fault}</translation>
    </message>
    <message>
        <source>the answer has no code</source>
        <translation>la respuesta no tiene código</translation>
    </message>
    <message>
        <source>the answer is another provider's</source>
        <translation>la respuesta es de otro proveedor</translation>
    </message>
    <message>
        <source>the comment does not end</source>
        <translation>el comentario no termina</translation>
    </message>
    <message>
        <source>the configuration</source>
        <translation>la configuración</translation>
    </message>
    <message>
        <source>the file read back</source>
        <translation>el fichero releído</translation>
    </message>
    <message>
        <source>the key of the authority behind it is too short</source>
        <translation>la clave de la autoridad que lo respalda es demasiado corta</translation>
    </message>
    <message>
        <source>the list may not be read, and the server answers us</source>
        <translation>la lista no se puede leer, y el servidor nos responde</translation>
    </message>
    <message>
        <source>the new study, {orthanc_id}, has {instances} of {instances3} instances</source>
        <translation>el estudio nuevo, {orthanc_id}, tiene {instances} de {instances3} instancias</translation>
    </message>
    <message>
        <source>the one named</source>
        <translation>el indicado</translation>
    </message>
    <message>
        <source>the pinned certificate{following} alone</source>
        <translation>solo el certificado fijado{following}</translation>
    </message>
    <message>
        <source>the port is 0</source>
        <translation>el puerto es 0</translation>
    </message>
    <message>
        <source>the port or the host is not well formed</source>
        <translation>el puerto o el equipo no está bien formado</translation>
    </message>
    <message>
        <source>the reviewer sent it back</source>
        <translation>el revisor lo devolvió</translation>
    </message>
    <message>
        <source>the scene's size or hash is none</source>
        <translation>el tamaño o el resumen de la escena no lo es</translation>
    </message>
    <message>
        <source>the server began no job</source>
        <translation>no comenzó ninguna tarea</translation>
    </message>
    <message>
        <source>the server reaches {host}:{port}</source>
        <translation>el servidor alcanza {host}:{port}</translation>
    </message>
    <message>
        <source>the server {code} (status 0x{code2})</source>
        <translation>el servidor {code} (estado 0x{code2})</translation>
    </message>
    <message>
        <source>the service is not offered</source>
        <translation>no se ofrece el servicio</translation>
    </message>
    <message>
        <source>the size</source>
        <translation>el tamaño</translation>
    </message>
    <message>
        <source>the system's authorities</source>
        <translation>las autoridades del sistema</translation>
    </message>
    <message>
        <source>the test instance is gone</source>
        <translation>la instancia de prueba ya no está</translation>
    </message>
    <message>
        <source>the test instance was deleted</source>
        <translation>la instancia de prueba se borró</translation>
    </message>
    <message>
        <source>the value of a segment is below 1</source>
        <translation>el valor de un segmento es menor que 1</translation>
    </message>
    <message>
        <source>the {level} Instance UID {fault}</source>
        <translation>el {level} Instance UID {fault}</translation>
    </message>
    <message>
        <source>there is no TLS on this connection</source>
        <translation>no hay TLS en esta conexión</translation>
    </message>
    <message>
        <source>there, but different</source>
        <translation>presentes pero distintas</translation>
    </message>
    <message>
        <source>these are not the doctor's</source>
        <translation>no son los de la revisión</translation>
    </message>
    <message>
        <source>they are of different kinds, or have not all their pixels</source>
        <translation>son de distintas clases, o no tienen todos sus píxeles</translation>
    </message>
    <message>
        <source>they lie in different directions</source>
        <translation>están en distintas direcciones</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true o false</translation>
    </message>
    <message>
        <source>true or false, without quotation marks</source>
        <translation>true o false, sin comillas</translation>
    </message>
    <message>
        <source>unable to get local issuer certificate</source>
        <translation>no se encuentra el certificado del emisor</translation>
    </message>
    <message>
        <source>unknown issuer</source>
        <translation>emisor desconocido</translation>
    </message>
    <message>
        <source>us without</source>
        <translation>que no lo mostremos</translation>
    </message>
    <message>
        <source>valid until {expires}; trusted by {profile}</source>
        <translation>válido hasta el {expires}; confianza: {profile}</translation>
    </message>
    <message>
        <source>was prepared before</source>
        <translation>ya estaba preparado</translation>
    </message>
    <message>
        <source>was unable to process the request</source>
        <translation>no pudo procesar la petición</translation>
    </message>
    <message>
        <source>what can't be told to be the instance</source>
        <translation>algo que no se sabe si es la instancia</translation>
    </message>
    <message>
        <source>what is made there, as archives, fails</source>
        <translation>falla lo que se hace ahí, como los archivos comprimidos</translation>
    </message>
    <message>
        <source>what is no DICOM file</source>
        <translation>algo que no es un fichero DICOM</translation>
    </message>
    <message>
        <source>what it names is neither a UID nor an identifier of Orthanc</source>
        <translation>lo que nombra no es un UID ni un identificador de Orthanc</translation>
    </message>
    <message>
        <source>written</source>
        <translation>escrito</translation>
    </message>
    <message>
        <source>{ae_title} at {host}:{port}</source>
        <translation>{ae_title} en {host}:{port}</translation>
    </message>
    <message>
        <source>{after} voxels lie outside of the source images and are left out.</source>
        <translation>{after} vóxeles están fuera de las imágenes de origen y se omiten.</translation>
    </message>
    <message>
        <source>{answers} answers and no last one</source>
        <translation>{answers} respuestas y ninguna última</translation>
    </message>
    <message>
        <source>{calling_ae_title} at {shown}</source>
        <translation>{calling_ae_title} en {shown}</translation>
    </message>
    <message>
        <source>{calling_ae_title} to {called_ae_title}</source>
        <translation>{calling_ae_title} a {called_ae_title}</translation>
    </message>
    <message>
        <source>{capitalize} put on {marked} of {studies} studies.</source>
        <translation>Puestos en {marked} de {studies} estudios: {capitalize}.</translation>
    </message>
    <message>
        <source>{capitalize} put on {marked} of {studies} study.</source>
        <translation>Puestos en {marked} de {studies} estudio: {capitalize}.</translation>
    </message>
    <message>
        <source>{cause}, which is no DICOM listener.</source>
        <translation>{cause}, que no es un receptor DICOM.</translation>
    </message>
    <message>
        <source>{content} bytes, SHA-256 {hexdigest}…</source>
        <translation>{content} bytes, SHA-256 {hexdigest}…</translation>
    </message>
    <message>
        <source>{content} bytes; over DICOM it comes in another encoding, so the two were not compared</source>
        <translation>{content} bytes; por DICOM llega con otra codificación, así que no se compararon</translation>
    </message>
    <message>
        <source>{count} files</source>
        <translation>{count} ficheros</translation>
    </message>
    <message>
        <source>{cure} Retrieving by {retrieve_method} works without it.</source>
        <translation>{cure} Recuperar por {retrieve_method} funciona sin ello.</translation>
    </message>
    <message>
        <source>{detail}, with {what} had left</source>
        <translation>{detail}, y {what} había dejado</translation>
    </message>
    <message>
        <source>{dicom_where} accepts the connection and then says nothing.</source>
        <translation>{dicom_where} acepta la conexión y después no dice nada.</translation>
    </message>
    <message>
        <source>{dicom_where} closes the DICOM connection without an answer{text}</source>
        <translation>{dicom_where} cierra la conexión DICOM sin responder{text}</translation>
    </message>
    <message>
        <source>{dicom_where} speaks DICOM without TLS, and the profile asks for TLS.</source>
        <translation>{dicom_where} habla DICOM sin TLS, y el perfil pide TLS.</translation>
    </message>
    <message>
        <source>{dicom_where} wants DICOM over TLS (DicomTlsEnabled), and the profile speaks it without.</source>
        <translation>{dicom_where} pide DICOM por TLS (DicomTlsEnabled), y el perfil lo habla sin TLS.</translation>
    </message>
    <message>
        <source>{dicom_where} {what}, not DICOM.</source>
        <translation>{dicom_where} {what}, no DICOM.</translation>
    </message>
    <message>
        <source>{fetched} bytes</source>
        <translation>{fetched} bytes</translation>
    </message>
    <message>
        <source>{file} has passwords, and every user of this computer can read it.</source>
        <translation>{file} tiene contraseñas, y todo usuario de este equipo puede leerlo.</translation>
    </message>
    <message>
        <source>{file} is too long for a configuration.</source>
        <translation>{file} es demasiado largo para una configuración.</translation>
    </message>
    <message>
        <source>{first}It goes on by itself when the server is back. Away since {since}, given up at {limit}.</source>
        <translation>{first}Continúa solo cuando vuelva el servidor. Ausente desde las {since}; se abandona a las {limit}.</translation>
    </message>
    <message>
        <source>{folder} is a link.</source>
        <translation>{folder} es un enlace.</translation>
    </message>
    <message>
        <source>{found} found</source>
        <translation>encontrados: {found}</translation>
    </message>
    <message>
        <source>{free} MB are free where the images go.</source>
        <translation>Hay {free} MB libres donde van las imágenes.</translation>
    </message>
    <message>
        <source>{getname} has voxels that are no numbers.</source>
        <translation>{getname} tiene vóxeles que no son números.</translation>
    </message>
    <message>
        <source>{hint} It is the {port}.</source>
        <translation>{hint} Es el {port}.</translation>
    </message>
    <message>
        <source>{hint}, and check this computer's clock.</source>
        <translation>{hint}, y compruebe el reloj de este ordenador.</translation>
    </message>
    <message>
        <source>{hint}: SHA-256, and RSA with 2048 bits or more.</source>
        <translation>{hint}: SHA-256 y RSA de 2048 bits o más.</translation>
    </message>
    <message>
        <source>{hint}than {text} megabytes; else check the address.</source>
        <translation>{hint}de {text} megabytes; si no, compruebe la dirección.</translation>
    </message>
    <message>
        <source>{host}:{port} answers, but it does not speak DICOM.</source>
        <translation>{host}:{port} responde, pero no habla DICOM.</translation>
    </message>
    <message>
        <source>{host}:{port} did not answer by DICOM in time.</source>
        <translation>{host}:{port} no respondió por DICOM a tiempo.</translation>
    </message>
    <message>
        <source>{https_port}/tcp (HTTPS) and {dicom_port}/tcp (DICOM)</source>
        <translation>{https_port}/tcp (HTTPS) y {dicom_port}/tcp (DICOM)</translation>
    </message>
    <message>
        <source>{keyword} is no DICOM keyword</source>
        <translation>{keyword} no es una palabra clave de DICOM</translation>
    </message>
    <message>
        <source>{key} has a value of another type than Orthanc takes.</source>
        <translation>{key} tiene un valor de otro tipo que el que Orthanc acepta.</translation>
    </message>
    <message>
        <source>{key} is 0; Orthanc does not start.</source>
        <translation>{key} es 0; Orthanc no arranca.</translation>
    </message>
    <message>
        <source>{key} is below zero; Orthanc refuses it.</source>
        <translation>{key} es menor que cero; Orthanc lo rechaza.</translation>
    </message>
    <message>
        <source>{key} is {port}, which is no port; Orthanc takes another one without a word.</source>
        <translation>{key} es {port}, que no es un puerto; Orthanc toma otro sin decir nada.</translation>
    </message>
    <message>
        <source>{key} is {port}: below 1024 only root may listen, and Orthanc does not start as another user.</source>
        <translation>{key} es {port}: por debajo de 1024 solo root puede escuchar, y Orthanc no arranca con otro usuario.</translation>
    </message>
    <message>
        <source>{key} lies in memory ({found}): all of it is gone when the computer restarts.</source>
        <translation>{key} está en memoria ({found}): todo se pierde cuando el equipo se reinicia.</translation>
    </message>
    <message>
        <source>{key} stands in {name} and in {name3} of {folder}; nothing was written.</source>
        <translation>{key} está en {name} y en {name3} de {folder}; no se escribió nada.</translation>
    </message>
    <message>
        <source>{key} stands in {name} and in {name3}; Orthanc does not start.</source>
        <translation>{key} está en {name} y en {name3}; Orthanc no arranca.</translation>
    </message>
    <message>
        <source>{key}, {key2}, is not there: {what}.</source>
        <translation>{key}, {key2}, no está: {what}.</translation>
    </message>
    <message>
        <source>{kind} is no number</source>
        <translation>{kind} no es un número</translation>
    </message>
    <message>
        <source>{kind}, in {files} (for example {item}): {message}</source>
        <translation>{kind}, en {files} (por ejemplo {item}): {message}</translation>
    </message>
    <message>
        <source>{left_out} of its regions can't be shown: their images are not here.</source>
        <translation>{left_out} de sus regiones no se pueden mostrar: sus imágenes no están aquí.</translation>
    </message>
    <message>
        <source>{left} that earlier check-ups</source>
        <translation>{left} que revisiones anteriores</translation>
    </message>
    <message>
        <source>{link} is a link that leads out of the folder to be filled.</source>
        <translation>{link} es un enlace que sale de la carpeta que se llena.</translation>
    </message>
    <message>
        <source>{lost} contours that are not closed, or lie on none of the images, are left out.</source>
        <translation>Se omiten {lost} contornos que no están cerrados o no están en ninguna de las imágenes.</translation>
    </message>
    <message>
        <source>{lost} voxels belong to no segment that is described, and are left out.</source>
        <translation>{lost} vóxeles no pertenecen a ningún segmento descrito y se omiten.</translation>
    </message>
    <message>
        <source>{matches} found</source>
        <translation>encontrados: {matches}</translation>
    </message>
    <message>
        <source>{message} Should the upload be interrupted, it begins anew.</source>
        <translation>{message} Si la subida se interrumpe, empieza de nuevo.</translation>
    </message>
    <message>
        <source>{message} Whether files of its medium are missing is not known.</source>
        <translation>{message} No se sabe si faltan ficheros de su soporte.</translation>
    </message>
    <message>
        <source>{method} brought {dicom_count} of {asked} instances, HTTPS {https_count} of the others{why}</source>
        <translation>{method} trajo {dicom_count} de {asked} instancias, HTTPS {https_count} de las otras{why}</translation>
    </message>
    <message>
        <source>{missing} not reached</source>
        <translation>sin alcanzar: {missing}</translation>
    </message>
    <message>
        <source>{most_waiting} results wait to be sent: no more are kept.</source>
        <translation>{most_waiting} resultados esperan a ser enviados: no se guardan más.</translation>
    </message>
    <message>
        <source>{most} MB</source>
        <translation>{most} MB</translation>
    </message>
    <message>
        <source>{most} kB</source>
        <translation>{most} kB</translation>
    </message>
    <message>
        <source>{names} have one AE title, {upper}: Orthanc sends a C-MOVE to the first of them.</source>
        <translation>{names} tienen un mismo título AE, {upper}: Orthanc envía un C-MOVE al primero de ellos.</translation>
    </message>
    <message>
        <source>{name} (process {name2})</source>
        <translation>{name} (proceso {name2})</translation>
    </message>
    <message>
        <source>{name} is broken: line {line}: {what}; nothing was written.</source>
        <translation>{name} está estropeado: línea {line}: {what}; no se escribió nada.</translation>
    </message>
    <message>
        <source>{name} is missing, or unknown</source>
        <translation>{name} falta, o es desconocido</translation>
    </message>
    <message>
        <source>{name} stands twice</source>
        <translation>{name} está dos veces</translation>
    </message>
    <message>
        <source>{name}={name2} of the environment</source>
        <translation>{name}={name2} del entorno</translation>
    </message>
    <message>
        <source>{parts} of {count} files of it are missing, and what they hold.</source>
        <translation>Faltan {parts} de sus {count} archivos, y lo que contienen.</translation>
    </message>
    <message>
        <source>{path} can't be read: {error}.</source>
        <translation>No se puede leer {path}: {error}.</translation>
    </message>
    <message>
        <source>{problem} Its SHA-256 fingerprint is {fingerprint}.</source>
        <translation>{problem} Su huella digital SHA-256 es {fingerprint}.</translation>
    </message>
    <message>
        <source>{problem} The server's own is valid from {not_before} to {not_after}.</source>
        <translation>{problem} El del propio servidor es válido del {not_before} al {not_after}.</translation>
    </message>
    <message>
        <source>{profile} closed the connection without an answer to {method} {path}.</source>
        <translation>{profile} cerró la conexión sin responder a {method} {path}.</translation>
    </message>
    <message>
        <source>{profile} did not answer {method} {path} in time.</source>
        <translation>{profile} no respondió a {method} {path} a tiempo.</translation>
    </message>
    <message>
        <source>{profile} shows another certificate than the trusted one. Trusted: {fingerprint}. Shown: {presented}.</source>
        <translation>{profile} muestra un certificado distinto del de confianza. De confianza: {fingerprint}. Mostrado: {presented}.</translation>
    </message>
    <message>
        <source>{register}AE title and address.</source>
        <translation>{register}título AE y su dirección.</translation>
    </message>
    <message>
        <source>{register}address and that {service} is allowed there.</source>
        <translation>{register}dirección y que allí se permita {service}.</translation>
    </message>
    <message>
        <source>{replaced} instances were replaced at the server.</source>
        <translation>{replaced} instancias se sustituyeron en el servidor.</translation>
    </message>
    <message>
        <source>{seconds} ms</source>
        <translation>{seconds} ms</translation>
    </message>
    <message>
        <source>{sent} sent to {storage_ae_title}</source>
        <translation>{sent} enviadas a {storage_ae_title}</translation>
    </message>
    <message>
        <source>{shown} and its private key are no pair that TLS can use.</source>
        <translation>{shown} y su clave privada no forman un par que TLS pueda usar.</translation>
    </message>
    <message>
        <source>{shown} can't be uploaded. {reason}</source>
        <translation>{shown} no se puede subir. {reason}</translation>
    </message>
    <message>
        <source>{shown} can't be used. {words}</source>
        <translation>{shown} no se puede usar. {words}</translation>
    </message>
    <message>
        <source>{shown} {why}; Orthanc does not start.</source>
        <translation>{shown} {why}; Orthanc no arranca.</translation>
    </message>
    <message>
        <source>{shown}; plugins: {plugins}</source>
        <translation>{shown}; complementos: {plugins}</translation>
    </message>
    <message>
        <source>{size} bytes are to come, and {free} are free on that disk</source>
        <translation>han de llegar {size} bytes, y en ese disco hay libres {free}</translation>
    </message>
    <message>
        <source>{size} of {limit} MB (MaximumStorageSize) are taken.</source>
        <translation>Están ocupados {size} de {limit} MB (MaximumStorageSize).</translation>
    </message>
    <message>
        <source>{stored} stored</source>
        <translation>almacenadas: {stored}</translation>
    </message>
    <message>
        <source>{studies} studies</source>
        <translation>{studies} estudios</translation>
    </message>
    <message>
        <source>{text}; look first at: {failures}.</source>
        <translation>{text}; mire primero: {failures}.</translation>
    </message>
    <message>
        <source>{there} of {expected} instances arrived</source>
        <translation>llegaron {there} de {expected} instancias</translation>
    </message>
    <message>
        <source>{there} of {expected} instances arrived and verified</source>
        <translation>llegaron {there} de {expected} instancias, verificadas</translation>
    </message>
    <message>
        <source>{title} is no longer in the scene.</source>
        <translation>{title} ya no está en la escena.</translation>
    </message>
    <message>
        <source>{title} was changed while it was being written.</source>
        <translation>{title} ha cambiado mientras se escribía.</translation>
    </message>
    <message>
        <source>{title}: the server has it already; nothing was sent.</source>
        <translation>{title}: el servidor ya lo tiene; no se envió nada.</translation>
    </message>
    <message>
        <source>{title}: the server has this study of another patient ID than here; the server's was taken.</source>
        <translation>{title}: el servidor tiene este estudio con otro ID de paciente que aquí; se tomó el del servidor.</translation>
    </message>
    <message>
        <source>{type_address}, or have the administrator start the server.</source>
        <translation>{type_address}, o haga que el administrador arranque el servidor.</translation>
    </message>
    <message>
        <source>{type_address}: Orthanc's HttpPort, usually 8042.</source>
        <translation>{type_address}: el HttpPort de Orthanc, normalmente 8042.</translation>
    </message>
    <message>
        <source>{type_address}: host, port and path.</source>
        <translation>{type_address}: equipo, puerto y ruta.</translation>
    </message>
    <message>
        <source>{type_address}: it is probably another service's port.</source>
        <translation>{type_address}: probablemente es el puerto de otro servicio.</translation>
    </message>
    <message>
        <source>{unlisted} more files that were skipped or failed are counted, but not listed here; the saved receipt lists all.</source>
        <translation>{unlisted} ficheros más que se omitieron o fallaron se cuentan, pero no se enumeran aquí; el comprobante guardado los enumera todos.</translation>
    </message>
    <message>
        <source>{user} has it</source>
        <translation>lo tiene {user}</translation>
    </message>
    <message>
        <source>{value} bytes</source>
        <translation>{value} bytes</translation>
    </message>
    <message>
        <source>{what} (HTTP {status}{details}).</source>
        <translation>{what} (HTTP {status}{details}).</translation>
    </message>
    <message>
        <source>{what} and the key beside it do not belong together; nothing was written.</source>
        <translation>{what} y la clave que tiene al lado no se corresponden; no se escribió nada.</translation>
    </message>
    <message>
        <source>{what} is not for {missing}; nothing was written.</source>
        <translation>{what} no es para {missing}; no se escribió nada.</translation>
    </message>
    <message>
        <source>{what} is valid from {not_before} to {not_after}; nothing was written.</source>
        <translation>{what} es válido del {not_before} al {not_after}; no se escribió nada.</translation>
    </message>
    <message>
        <source>{what} on port {port}.</source>
        <translation>{what} en el puerto {port}.</translation>
    </message>
    <message>
        <source>{what}, and a listener answers there: right only if a router in between translates addresses (NAT).</source>
        <translation>{what}, y allí responde un receptor: solo es correcto si un enrutador intermedio traduce direcciones (NAT).</translation>
    </message>
    <message>
        <source>{what}, and answers everybody; only C-MOVE would need it.</source>
        <translation>{what}, y responde a todos; solo C-MOVE lo necesitaría.</translation>
    </message>
    <message>
        <source>{what}: it refuses requests from here (DicomCheckModalityHost).</source>
        <translation>{what}: rechaza las peticiones de aquí (DicomCheckModalityHost).</translation>
    </message>
    <message>
        <source>{what}: it refuses requests from there (DicomCheckModalityHost)</source>
        <translation>{what}: rechaza las peticiones de allí (DicomCheckModalityHost)</translation>
    </message>
    <message>
        <source>{what}: what the server sends by C-MOVE goes there.</source>
        <translation>{what}: lo que el servidor envía por C-MOVE va allí.</translation>
    </message>
    <message>
        <source>{where} accepts the connection and then says nothing.</source>
        <translation>{where} acepta la conexión y después no dice nada.</translation>
    </message>
    <message>
        <source>{where} and this computer agree on no secure connection ({reason}).</source>
        <translation>{where} y este ordenador no acuerdan ninguna conexión segura ({reason}).</translation>
    </message>
    <message>
        <source>{where} and this computer agree on no secure connection.</source>
        <translation>{where} y este ordenador no acuerdan ninguna conexión segura.</translation>
    </message>
    <message>
        <source>{where} can't be reached: {reason}.</source>
        <translation>No se puede alcanzar {where}: {reason}.</translation>
    </message>
    <message>
        <source>{where} closed the connection at the TLS handshake.</source>
        <translation>{where} cerró la conexión en la negociación TLS.</translation>
    </message>
    <message>
        <source>{where} closed the connection without a DICOM answer.</source>
        <translation>{where} cerró la conexión sin una respuesta DICOM.</translation>
    </message>
    <message>
        <source>{where} closes every connection at the TLS handshake; Debian's Orthanc does so when SslEnabled is true, as it crashes and is started again.</source>
        <translation>{where} cierra toda conexión en la negociación TLS; el Orthanc de Debian lo hace cuando SslEnabled es true, pues se cae y se vuelve a arrancar.</translation>
    </message>
    <message>
        <source>{where} did not answer in time.</source>
        <translation>{where} no respondió a tiempo.</translation>
    </message>
    <message>
        <source>{where} does not speak HTTPS: it seems to be a plain HTTP port.</source>
        <translation>{where} no habla HTTPS: parece un puerto de HTTP simple.</translation>
    </message>
    <message>
        <source>{where} has another length</source>
        <translation>{where} tiene otra longitud</translation>
    </message>
    <message>
        <source>{where} has no {name}</source>
        <translation>{where} no tiene {name}</translation>
    </message>
    <message>
        <source>{where} has text that can't be used</source>
        <translation>{where} tiene texto que no se puede usar</translation>
    </message>
    <message>
        <source>{where} is a DICOM port, not the HTTPS port.</source>
        <translation>{where} es un puerto DICOM, no el puerto HTTPS.</translation>
    </message>
    <message>
        <source>{where} is no list</source>
        <translation>{where} no es una lista</translation>
    </message>
    <message>
        <source>{where} is no number</source>
        <translation>{where} no es un número</translation>
    </message>
    <message>
        <source>{where} is no object</source>
        <translation>{where} no es un objeto</translation>
    </message>
    <message>
        <source>{where} is not on this computer, or not for this user to see.</source>
        <translation>{where} no está en este equipo, o este usuario no puede verlo.</translation>
    </message>
    <message>
        <source>{where} is not {kind}</source>
        <translation>{where} no es {kind}</translation>
    </message>
    <message>
        <source>{where} is of another kind</source>
        <translation>{where} es de otra clase</translation>
    </message>
    <message>
        <source>{where} is too large</source>
        <translation>{where} es demasiado grande</translation>
    </message>
    <message>
        <source>{where} makes no TLS connection for DICOM, which the profile asks for.</source>
        <translation>{where} no establece conexión TLS para DICOM, que es lo que pide el perfil.</translation>
    </message>
    <message>
        <source>{where} sent nothing for {p.dimse_timeout:g} s during the {service}.</source>
        <translation>{where} no envió nada durante {p.dimse_timeout:g} s en la operación ({service}).</translation>
    </message>
    <message>
        <source>{where} speaks HTTP, not DICOM.</source>
        <translation>{where} habla HTTP, no DICOM.</translation>
    </message>
    <message>
        <source>{where} speaks HTTPS, and the address begins with http://.</source>
        <translation>{where} habla HTTPS, y la dirección empieza por http://.</translation>
    </message>
    <message>
        <source>{where} speaks plain HTTP, not HTTPS: it is {who} without TLS.</source>
        <translation>{where} habla HTTP simple, no HTTPS: es {who} sin TLS.</translation>
    </message>
    <message>
        <source>{where} takes the request and closes the connection without an answer.</source>
        <translation>{where} acepta la petición y cierra la conexión sin responder.</translation>
    </message>
    <message>
        <source>{where} takes the request and does not answer.</source>
        <translation>{where} acepta la petición y no responde.</translation>
    </message>
    <message>
        <source>{where} took the connection and did not answer within {p.dimse_timeout:g} s.</source>
        <translation>{where} aceptó la conexión y no respondió en {p.dimse_timeout:g} s.</translation>
    </message>
    <message>
        <source>{where} wants a certificate of ours for DICOM over TLS, and does not take {what}.</source>
        <translation>{where} pide un certificado nuestro para DICOM por TLS, y no acepta {what}.</translation>
    </message>
    <message>
        <source>{where} was there and is gone after the first HTTPS request.</source>
        <translation>{where} estaba y desapareció tras la primera petición HTTPS.</translation>
    </message>
    <message>
        <source>{where} was there and is gone after the first HTTPS request: Debian's Orthanc crashes on it when SslEnabled is true.</source>
        <translation>{where} estaba y desapareció tras la primera petición HTTPS: el Orthanc de Debian se cae así cuando SslEnabled es true.</translation>
    </message>
    <message>
        <source>{whose} has expired.</source>
        <translation>{whose} ha caducado.</translation>
    </message>
    <message>
        <source>{whose} is for another host: {names}.</source>
        <translation>{whose} es para otro equipo: {names}.</translation>
    </message>
    <message>
        <source>{whose} is for another host{names}.</source>
        <translation>{whose} es para otro equipo{names}.</translation>
    </message>
    <message>
        <source>{whose} is not trusted ({reason}).</source>
        <translation>{whose} no es de confianza ({reason}).</translation>
    </message>
    <message>
        <source>{whose} is not trusted: its issuer, {issuer}, or one above it, is neither among the trusted authorities nor sent by the server.</source>
        <translation>{whose} no es de confianza: su emisor, {issuer}, o uno por encima de él, ni está entre las autoridades de confianza ni lo envía el servidor.</translation>
    </message>
    <message>
        <source>{whose} is not valid yet.</source>
        <translation>{whose} aún no es válido.</translation>
    </message>
    <message>
        <source>{whose} is refused: {code}.</source>
        <translation>{whose} se rechaza: {code}.</translation>
    </message>
    <message>
        <source>{who} can read the private key in {key}.</source>
        <translation>{who} puede leer la clave privada de {key}.</translation>
    </message>
    <message>
        <source>{word} is no number</source>
        <translation>{word} no es un número</translation>
    </message>
    <message>
        <source>{wrong}; it is called {told}.</source>
        <translation>{wrong}; se llama {told}.</translation>
    </message>
</context>
<context>
    <name>OrthancConnectLib.startup</name>
    <message>
        <source>Check the connection to the internet, or ask your administrator.</source>
        <translation>Compruebe la conexión a internet o pregunte a su administrador.</translation>
    </message>
    <message>
        <source>{package} can't be installed.</source>
        <translation>No se puede instalar {package}.</translation>
    </message>
</context>
<context>
    <name>ProfileForm</name>
    <message>
        <source> s</source>
        <translation> s</translation>
    </message>
    <message>
        <source>A CA file of your institution</source>
        <translation>Un fichero de CA de su institución</translation>
    </message>
    <message>
        <source>AE title</source>
        <translation>Título AE</translation>
    </message>
    <message>
        <source>AE title of the DICOM listener</source>
        <translation>Título AE del receptor DICOM</translation>
    </message>
    <message>
        <source>AE title of the server</source>
        <translation>Título AE del servidor</translation>
    </message>
    <message>
        <source>AE title of this Slicer</source>
        <translation>Título AE de este Slicer</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Dirección</translation>
    </message>
    <message>
        <source>Allow http:// (not encrypted)</source>
        <translation>Permitir http:// (sin cifrar)</translation>
    </message>
    <message>
        <source>Allow insecure HTTP</source>
        <translation>Permitir HTTP no seguro</translation>
    </message>
    <message>
        <source>Answer timeout</source>
        <translation>Tiempo límite de respuesta</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>Responder en</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automático</translation>
    </message>
    <message>
        <source>Automatic: C-GET where the server knows this Slicer, HTTPS elsewhere and for what C-GET does not bring. C-MOVE needs the DICOM listener.</source>
        <translation>Automático: C-GET donde el servidor conoce este Slicer, HTTPS en los demás y para lo que C-GET no traiga. C-MOVE necesita el receptor DICOM.</translation>
    </message>
    <message>
        <source>By a token that you were given</source>
        <translation>Con un token que le han dado</translation>
    </message>
    <message>
        <source>By user and password</source>
        <translation>Con usuario y contraseña</translation>
    </message>
    <message>
        <source>C-GET</source>
        <translation>C-GET</translation>
    </message>
    <message>
        <source>C-MOVE</source>
        <translation>C-MOVE</translation>
    </message>
    <message>
        <source>CA file</source>
        <translation>Fichero de CA</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Certificates the system trusts</source>
        <translation>Los que acepta el sistema</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Cliente</translation>
    </message>
    <message>
        <source>Client certificate</source>
        <translation>Certificado de cliente</translation>
    </message>
    <message>
        <source>Client name at the provider</source>
        <translation>Nombre del cliente en el proveedor</translation>
    </message>
    <message>
        <source>Close without saving.</source>
        <translation>Cerrar sin guardar.</translation>
    </message>
    <message>
        <source>Connect timeout</source>
        <translation>Tiempo límite de conexión</translation>
    </message>
    <message>
        <source>Connect within</source>
        <translation>Conectar en</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Conexiones</translation>
    </message>
    <message>
        <source>Connections that an upload or an HTTPS retrieve uses at once.</source>
        <translation>Conexiones que una subida o una recuperación por HTTPS usa a la vez.</translation>
    </message>
    <message>
        <source>DICOM</source>
        <translation>DICOM</translation>
    </message>
    <message>
        <source>DICOM host</source>
        <translation>Equipo DICOM</translation>
    </message>
    <message>
        <source>DICOM port</source>
        <translation>Puerto DICOM</translation>
    </message>
    <message>
        <source>DICOM timeout</source>
        <translation>Tiempo límite de DICOM</translation>
    </message>
    <message>
        <source>DICOM within</source>
        <translation>DICOM en</translation>
    </message>
    <message>
        <source>Default server</source>
        <translation>Servidor predeterminado</translation>
    </message>
    <message>
        <source>Destination of a C-MOVE; empty: the same as our AE title.</source>
        <translation>Destino de un C-MOVE; vacío: el mismo que nuestro título AE.</translation>
    </message>
    <message>
        <source>DicomAet in the server's orthanc.json.</source>
        <translation>DicomAet en el orthanc.json del servidor.</translation>
    </message>
    <message>
        <source>DicomPort in the server's orthanc.json.</source>
        <translation>DicomPort en el orthanc.json del servidor.</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>Huella digital</translation>
    </message>
    <message>
        <source>Groups of settings</source>
        <translation>Grupos de ajustes</translation>
    </message>
    <message>
        <source>HTTPS</source>
        <translation>HTTPS</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Equipo</translation>
    </message>
    <message>
        <source>Host of the server's DICOM side; empty: the same as the address.</source>
        <translation>Equipo de la parte DICOM del servidor; vacío: el mismo que el de la dirección.</translation>
    </message>
    <message>
        <source>Hosts beside the provider's own that the login goes to, with spaces between. Where it needs some, it tells them.</source>
        <translation>Equipos, además del propio proveedor, a los que va el inicio de sesión, separados por espacios. Si necesita alguno, él mismo los nombra.</translation>
    </message>
    <message>
        <source>How the server, or the web server before it, knows who you are.</source>
        <translation>Cómo sabe quién es usted el servidor, o el servidor web que tiene delante.</translation>
    </message>
    <message>
        <source>How this Slicer calls itself; the server must list it in DicomModalities.</source>
        <translation>Cómo se llama este Slicer a sí mismo; el servidor debe tenerlo en DicomModalities.</translation>
    </message>
    <message>
        <source>How you log in</source>
        <translation>Cómo inicia sesión</translation>
    </message>
    <message>
        <source>In the web browser (OpenID Connect)</source>
        <translation>En el navegador web (OpenID Connect)</translation>
    </message>
    <message>
        <source>Its key</source>
        <translation>Su clave</translation>
    </message>
    <message>
        <source>Key of the client certificate</source>
        <translation>Clave del certificado de cliente</translation>
    </message>
    <message>
        <source>Listener</source>
        <translation>Receptor</translation>
    </message>
    <message>
        <source>Log in</source>
        <translation>Acceso</translation>
    </message>
    <message>
        <source>Login</source>
        <translation>Acceso</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Name of the server</source>
        <translation>Nombre del servidor</translation>
    </message>
    <message>
        <source>One pinned certificate</source>
        <translation>Un certificado fijado</translation>
    </message>
    <message>
        <source>OpenID Connect provider</source>
        <translation>Proveedor de OpenID Connect</translation>
    </message>
    <message>
        <source>Other hosts</source>
        <translation>Otros equipos</translation>
    </message>
    <message>
        <source>Our AE title</source>
        <translation>Nuestro título AE</translation>
    </message>
    <message>
        <source>Parallel transfers</source>
        <translation>Transferencias en paralelo</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Puerto</translation>
    </message>
    <message>
        <source>Port of the DICOM listener</source>
        <translation>Puerto del receptor DICOM</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Proveedor</translation>
    </message>
    <message>
        <source>Retrieve by</source>
        <translation>Recuperar por</translation>
    </message>
    <message>
        <source>Retrieve method</source>
        <translation>Método de recuperación</translation>
    </message>
    <message>
        <source>SHA-256 fingerprint</source>
        <translation>Huella digital SHA-256</translation>
    </message>
    <message>
        <source>SHA-256 fingerprint of the only certificate that is trusted.</source>
        <translation>Huella digital SHA-256 del único certificado en el que se confía.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Guardar</translation>
    </message>
    <message>
        <source>Save these settings.</source>
        <translation>Guardar estos ajustes.</translation>
    </message>
    <message>
        <source>Scope</source>
        <translation>Ámbito</translation>
    </message>
    <message>
        <source>Seconds to wait for a DICOM message.</source>
        <translation>Segundos que se espera un mensaje DICOM.</translation>
    </message>
    <message>
        <source>Seconds to wait for a connection.</source>
        <translation>Segundos que se espera una conexión.</translation>
    </message>
    <message>
        <source>Seconds to wait for more of an answer.</source>
        <translation>Segundos que se espera más de una respuesta.</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Servidor</translation>
    </message>
    <message>
        <source>Server settings</source>
        <translation>Ajustes del servidor</translation>
    </message>
    <message>
        <source>Server's AE title</source>
        <translation>Título AE del servidor</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Red</translation>
    </message>
    <message>
        <source>Start with this server</source>
        <translation>Empezar con este servidor</translation>
    </message>
    <message>
        <source>The PEM file with the certificate of your institution's authority.</source>
        <translation>El fichero PEM con el certificado de la autoridad de su institución.</translation>
    </message>
    <message>
        <source>The groups of the settings.</source>
        <translation>Los grupos de los ajustes.</translation>
    </message>
    <message>
        <source>The key of your client certificate, if it is in a file of its own. Nobody else may read it.</source>
        <translation>La clave de su certificado de cliente, si está en un fichero aparte. Nadie más debe poder leerla.</translation>
    </message>
    <message>
        <source>The password and all images would cross the network in clear. Only for a server on this computer or in a closed network.</source>
        <translation>La contraseña y todas las imágenes cruzarían la red sin cifrar. Solo para un servidor en este ordenador o en una red cerrada.</translation>
    </message>
    <message>
        <source>The port that this Slicer's DICOM listener uses; the server's DicomModalities must have the same.</source>
        <translation>El puerto que usa el receptor DICOM de este Slicer; el DicomModalities del servidor debe tener el mismo.</translation>
    </message>
    <message>
        <source>This server is chosen when Slicer starts, and its port is used by the listener.</source>
        <translation>Este servidor se elige cuando arranca Slicer, y el receptor usa su puerto.</translation>
    </message>
    <message>
        <source>Trust</source>
        <translation>Confianza</translation>
    </message>
    <message>
        <source>Trust policy</source>
        <translation>Política de confianza</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Usuario</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>Nombre de usuario</translation>
    </message>
    <message>
        <source>What is asked of the provider: openid, and more if your administrator says so.</source>
        <translation>Lo que se pide al proveedor: openid, y más si su administrador lo dice.</translation>
    </message>
    <message>
        <source>What is wrong with this field</source>
        <translation>Qué falla en este campo</translation>
    </message>
    <message>
        <source>What the provider calls this program.</source>
        <translation>Cómo llama el proveedor a este programa.</translation>
    </message>
    <message>
        <source>What you call this server.</source>
        <translation>Cómo llama usted a este servidor.</translation>
    </message>
    <message>
        <source>Where people log in: the OpenID Connect issuer, as your administrator writes it.</source>
        <translation>Dónde se inicia sesión: el emisor de OpenID Connect, como lo escribe su administrador.</translation>
    </message>
    <message>
        <source>Where the server's HTTPS is, for example https://server:8042.</source>
        <translation>Dónde está el HTTPS del servidor, por ejemplo https://server:8042.</translation>
    </message>
    <message>
        <source>Why the server's certificate is trusted. A self-signed one is pinned when you accept it.</source>
        <translation>Por qué se confía en el certificado del servidor. Uno autofirmado queda fijado cuando usted lo acepta.</translation>
    </message>
    <message>
        <source>Your certificate</source>
        <translation>Su certificado</translation>
    </message>
    <message>
        <source>Your own client certificate (PEM), if the web server asks for one.</source>
        <translation>Su certificado de cliente (PEM), si el servidor web lo pide.</translation>
    </message>
    <message>
        <source>Your user name on the server; empty if it asks for none.</source>
        <translation>Su nombre de usuario en el servidor; vacío si no pide ninguno.</translation>
    </message>
    <message>
        <source>found when you connect</source>
        <translation>se encuentra al conectar</translation>
    </message>
    <message>
        <source>https://login.example.org</source>
        <translation>https://login.example.org</translation>
    </message>
    <message>
        <source>https://server:8042</source>
        <translation>https://servidor:8042</translation>
    </message>
    <message>
        <source>openid</source>
        <translation>openid</translation>
    </message>
    <message>
        <source>orthancconnect</source>
        <translation>orthancconnect</translation>
    </message>
    <message>
        <source>the same as ours</source>
        <translation>el mismo que el nuestro</translation>
    </message>
    <message>
        <source>the same as the address</source>
        <translation>el mismo que el de la dirección</translation>
    </message>
</context>
<context>
    <name>QueryPanel</name>
    <message>
        <source>&amp;Ask</source>
        <translation>Preg&amp;untar</translation>
    </message>
    <message>
        <source>&amp;Body part</source>
        <translation>&amp;Región</translation>
    </message>
    <message>
        <source>&amp;Born on</source>
        <translation>&amp;Nacimiento</translation>
    </message>
    <message>
        <source>&amp;Date</source>
        <translation>&amp;Fecha</translation>
    </message>
    <message>
        <source>&amp;ID</source>
        <translation>&amp;ID</translation>
    </message>
    <message>
        <source>&amp;Institution</source>
        <translation>Ins&amp;titución</translation>
    </message>
    <message>
        <source>&amp;Labels</source>
        <translation>Eti&amp;quetas</translation>
    </message>
    <message>
        <source>&amp;Modality</source>
        <translation>&amp;Modalidad</translation>
    </message>
    <message>
        <source>&amp;Patient</source>
        <translation>&amp;Paciente</translation>
    </message>
    <message>
        <source>&amp;Referring physician</source>
        <translation>Médico r&amp;emitente</translation>
    </message>
    <message>
        <source>&amp;Study description</source>
        <translation>&amp;Descripción del estudio</translation>
    </message>
    <message>
        <source>&amp;Time of day</source>
        <translation>&amp;Hora</translation>
    </message>
    <message>
        <source>A&amp;ccession number</source>
        <translation>Número de a&amp;cceso</translation>
    </message>
    <message>
        <source>Accession</source>
        <translation>Acceso</translation>
    </message>
    <message>
        <source>Accession number</source>
        <translation>Número de acceso</translation>
    </message>
    <message>
        <source>Ask the server what matches.</source>
        <translation>Preguntar al servidor qué coincide.</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automático</translation>
    </message>
    <message>
        <source>Automatic asks over HTTPS, which brings a page at a time, and by C-FIND where HTTPS is closed.</source>
        <translation>Automático pregunta por HTTPS, que trae una página cada vez, y por C-FIND donde HTTPS está cerrado.</translation>
    </message>
    <message>
        <source>Automatic: C-GET where the server knows this Slicer, HTTPS elsewhere and for what C-GET does not bring. C-MOVE needs the DICOM listener.</source>
        <translation>Automático: C-GET donde el servidor conoce este Slicer, HTTPS en los demás y para lo que C-GET no traiga. C-MOVE necesita el receptor DICOM.</translation>
    </message>
    <message>
        <source>Birth date</source>
        <translation>Fecha de nacimiento</translation>
    </message>
    <message>
        <source>Body part</source>
        <translation>Región</translation>
    </message>
    <message>
        <source>Body part examined</source>
        <translation>Región examinada</translation>
    </message>
    <message>
        <source>Body part examined of one of the series, as CHEST. Enter queries.</source>
        <translation>Región examinada de una de las series, como CHEST. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>Born</source>
        <translation>Nacimiento</translation>
    </message>
    <message>
        <source>C-GET</source>
        <translation>C-GET</translation>
    </message>
    <message>
        <source>C-MOVE</source>
        <translation>C-MOVE</translation>
    </message>
    <message>
        <source>CR</source>
        <translation>CR</translation>
    </message>
    <message>
        <source>CT</source>
        <translation>CT</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Cancel the query</source>
        <translation>Cancelar la consulta</translation>
    </message>
    <message>
        <source>Cancel the transfer</source>
        <translation>Cancelar la transferencia</translation>
    </message>
    <message>
        <source>Close the quick look</source>
        <translation>Cerrar el vistazo rápido</translation>
    </message>
    <message>
        <source>DX</source>
        <translation>DX</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Fecha</translation>
    </message>
    <message>
        <source>Date of birth</source>
        <translation>Fecha de nacimiento</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Detalles</translation>
    </message>
    <message>
        <source>F, M or O. Enter queries.</source>
        <translation>F, M u O. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>Fetch the selected results, or the latest of what is selected, and the images that they are of, and show them.</source>
        <translation>Trae los resultados seleccionados, o los últimos de lo seleccionado, y las imágenes a las que pertenecen, y los muestra.</translation>
    </message>
    <message>
        <source>Fetch what matches as soon as it comes to the server.</source>
        <translation>Recuperar lo que coincida en cuanto llegue al servidor.</translation>
    </message>
    <message>
        <source>Find on the server</source>
        <translation>Buscar en el servidor</translation>
    </message>
    <message>
        <source>First day of the study date range.</source>
        <translation>Primer día del intervalo de fechas del estudio.</translation>
    </message>
    <message>
        <source>First study date</source>
        <translation>Primera fecha del estudio</translation>
    </message>
    <message>
        <source>Follow this query</source>
        <translation>Seguir esta consulta</translation>
    </message>
    <message>
        <source>Follow…</source>
        <translation>Seguir…</translation>
    </message>
    <message>
        <source>From a list…</source>
        <translation>De una lista…</translation>
    </message>
    <message>
        <source>HTTPS</source>
        <translation>HTTPS</translation>
    </message>
    <message>
        <source>How many of them are in Slicer's DICOM database</source>
        <translation>Cuántas de ellas están en la base de datos DICOM de Slicer</translation>
    </message>
    <message>
        <source>How much has been transferred.</source>
        <translation>Cuánto se ha transferido.</translation>
    </message>
    <message>
        <source>How the server is asked</source>
        <translation>Cómo se pregunta al servidor</translation>
    </message>
    <message>
        <source>In Slicer</source>
        <translation>En Slicer</translation>
    </message>
    <message>
        <source>Inst.</source>
        <translation>Inst.</translation>
    </message>
    <message>
        <source>Institution</source>
        <translation>Institución</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>Etiquetas</translation>
    </message>
    <message>
        <source>Labels that the study has on the server</source>
        <translation>Etiquetas que el estudio tiene en el servidor</translation>
    </message>
    <message>
        <source>Labels that the study has on the server, with commas between. Enter queries.</source>
        <translation>Etiquetas que tiene el estudio en el servidor, separadas por comas. Intro consulta.</translation>
    </message>
    <message>
        <source>Large</source>
        <translation>Grande</translation>
    </message>
    <message>
        <source>Last day of the study date range.</source>
        <translation>Último día del intervalo de fechas del estudio.</translation>
    </message>
    <message>
        <source>Last study date</source>
        <translation>Última fecha del estudio</translation>
    </message>
    <message>
        <source>Load images with results</source>
        <translation>Cargar imágenes con resultados</translation>
    </message>
    <message>
        <source>Load with results</source>
        <translation>Con resultados</translation>
    </message>
    <message>
        <source>MG</source>
        <translation>MG</translation>
    </message>
    <message>
        <source>MR</source>
        <translation>MR</translation>
    </message>
    <message>
        <source>Mod.</source>
        <translation>Mod.</translation>
    </message>
    <message>
        <source>Modality</source>
        <translation>Modalidad</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Más</translation>
    </message>
    <message>
        <source>More filters</source>
        <translation>Más filtros</translation>
    </message>
    <message>
        <source>NM</source>
        <translation>NM</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Nothing is listed</source>
        <translation>No se muestra nada</translation>
    </message>
    <message>
        <source>Number of instances on the server</source>
        <translation>Número de instancias en el servidor</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Abrir</translation>
    </message>
    <message>
        <source>Open in the browser</source>
        <translation>Abrir en el navegador</translation>
    </message>
    <message>
        <source>PT</source>
        <translation>PT</translation>
    </message>
    <message>
        <source>Part of the accession number. Enter queries.</source>
        <translation>Parte del número de acceso. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>Part of the description of one of the series. Enter queries.</source>
        <translation>Parte de la descripción de una de las series. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>Part of the institution's name. Enter queries.</source>
        <translation>Parte del nombre de la institución. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>Part of the name of the referring physician. Enter queries.</source>
        <translation>Parte del nombre del médico remitente. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>Part of the patient's name; * stands for any text. Enter queries.</source>
        <translation>Parte del nombre del paciente; * vale por cualquier texto. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>Part of the study's description. Enter queries.</source>
        <translation>Parte de la descripción del estudio. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>Patient ID</source>
        <translation>ID del paciente</translation>
    </message>
    <message>
        <source>Patient name</source>
        <translation>Nombre del paciente</translation>
    </message>
    <message>
        <source>Patients</source>
        <translation>Pacientes</translation>
    </message>
    <message>
        <source>Patients, studies, series and results on the server</source>
        <translation>Pacientes, estudios, series y resultados en el servidor</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Progreso</translation>
    </message>
    <message>
        <source>Progress in words</source>
        <translation>Progreso en palabras</translation>
    </message>
    <message>
        <source>Put the slices away; so does Space.</source>
        <translation>Retirar los cortes; también con la barra espaciadora.</translation>
    </message>
    <message>
        <source>Query</source>
        <translation>Consultar</translation>
    </message>
    <message>
        <source>RF</source>
        <translation>RF</translation>
    </message>
    <message>
        <source>RTSTRUCT</source>
        <translation>RTSTRUCT</translation>
    </message>
    <message>
        <source>Referring</source>
        <translation>Remitente</translation>
    </message>
    <message>
        <source>Referring physician</source>
        <translation>Médico remitente</translation>
    </message>
    <message>
        <source>Remarks on the latest retrieve</source>
        <translation>Observaciones sobre la última recuperación</translation>
    </message>
    <message>
        <source>Result of the last transfer</source>
        <translation>Resultado de la última transferencia</translation>
    </message>
    <message>
        <source>Retrieve</source>
        <translation>Recuperar</translation>
    </message>
    <message>
        <source>Retrieve all that a CSV file names: patient IDs, accession numbers, or UIDs. Or drop the file here.</source>
        <translation>Recuperar todo lo que nombra un fichero CSV: ID de pacientes, números de acceso o UID. También puede soltar el fichero aquí.</translation>
    </message>
    <message>
        <source>Retrieve and load</source>
        <translation>Recuperar y cargar</translation>
    </message>
    <message>
        <source>Retrieve from a list</source>
        <translation>Recuperar a partir de una lista</translation>
    </message>
    <message>
        <source>Retrieve method</source>
        <translation>Método de recuperación</translation>
    </message>
    <message>
        <source>Retrieve what is selected into Slicer's DICOM database.</source>
        <translation>Recuperar lo seleccionado en la base de datos DICOM de Slicer.</translation>
    </message>
    <message>
        <source>Retrieve what is selected, then load it and show it.</source>
        <translation>Recuperar lo seleccionado y después cargarlo y mostrarlo.</translation>
    </message>
    <message>
        <source>SEG</source>
        <translation>SEG</translation>
    </message>
    <message>
        <source>SR</source>
        <translation>SR</translation>
    </message>
    <message>
        <source>Se&amp;x</source>
        <translation>Se&amp;xo</translation>
    </message>
    <message>
        <source>Search by accession number, descriptions, date of birth and others as well.</source>
        <translation>Buscar también por número de acceso, descripciones, fecha de nacimiento y otros.</translation>
    </message>
    <message>
        <source>Series</source>
        <translation>Serie</translation>
    </message>
    <message>
        <source>Series &amp;description</source>
        <translation>Descripción de la &amp;serie</translation>
    </message>
    <message>
        <source>Series description</source>
        <translation>Descripción de la serie</translation>
    </message>
    <message>
        <source>Sex</source>
        <translation>Sexo</translation>
    </message>
    <message>
        <source>Shape of the list</source>
        <translation>Forma de la lista</translation>
    </message>
    <message>
        <source>Show more</source>
        <translation>Mostrar más</translation>
    </message>
    <message>
        <source>Show the details</source>
        <translation>Mostrar los detalles</translation>
    </message>
    <message>
        <source>Show the list beside the views, with more columns and larger pictures; or bring it back into the panel.</source>
        <translation>Mostrar la lista junto a las vistas, con más columnas e imágenes mayores; o devolverla al panel.</translation>
    </message>
    <message>
        <source>Show the next page; by C-FIND all there is.</source>
        <translation>Mostrar la página siguiente; por C-FIND, todo lo que hay.</translation>
    </message>
    <message>
        <source>Show the selected study on the server, in your browser.</source>
        <translation>Mostrar el estudio seleccionado en el servidor, en su navegador.</translation>
    </message>
    <message>
        <source>Show what was skipped or failed, and why.</source>
        <translation>Mostrar qué se omitió o falló, y por qué.</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Slices of the series</source>
        <translation>Cortes de la serie</translation>
    </message>
    <message>
        <source>Stop asking; what was found until now stays.</source>
        <translation>Dejar de preguntar; lo encontrado hasta ahora se conserva.</translation>
    </message>
    <message>
        <source>Stop this transfer; what has arrived until then is kept.</source>
        <translation>Detener esta transferencia; lo que haya llegado hasta entonces se conserva.</translation>
    </message>
    <message>
        <source>Studies</source>
        <translation>Estudios</translation>
    </message>
    <message>
        <source>Study date</source>
        <translation>Fecha del estudio</translation>
    </message>
    <message>
        <source>Study description</source>
        <translation>Descripción del estudio</translation>
    </message>
    <message>
        <source>Study time</source>
        <translation>Hora del estudio</translation>
    </message>
    <message>
        <source>The patient ID; * stands for any text. Enter queries.</source>
        <translation>El ID del paciente; * vale por cualquier texto. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>The patient's date of birth, as 1961-05-17. Enter queries.</source>
        <translation>La fecha de nacimiento del paciente, como 1961-05-17. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>US</source>
        <translation>US</translation>
    </message>
    <message>
        <source>What it takes on the server</source>
        <translation>Lo que ocupa en el servidor</translation>
    </message>
    <message>
        <source>What made the images; several are typed as CT, MR.</source>
        <translation>Qué produjo las imágenes; varias se escriben como CT, MR.</translation>
    </message>
    <message>
        <source>What stands at the top of the list.</source>
        <translation>Qué encabeza la lista.</translation>
    </message>
    <message>
        <source>What the server has. Select patients, studies, series or results, which stand below an open study; a double click or Enter on a series or result loads it, Space shows some of its slices. Click a column's head to sort; a right click there chooses columns.</source>
        <translation>Lo que tiene el servidor. Seleccione pacientes, estudios, series o resultados, que están debajo de un estudio abierto; un doble clic o Intro sobre una serie o un resultado lo carga, la barra espaciadora muestra algunos de sus cortes. Pulse la cabecera de una columna para ordenar; con el botón derecho se eligen las columnas.</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Qué se encontró</translation>
    </message>
    <message>
        <source>What went wrong with the query</source>
        <translation>Qué falló en la consulta</translation>
    </message>
    <message>
        <source>When the study began: 14:30, or 08:00-12:00. Enter queries.</source>
        <translation>Cuándo empezó el estudio: 14:30 o 08:00-12:00. Intro lanza la consulta.</translation>
    </message>
    <message>
        <source>When the study was made.</source>
        <translation>Cuándo se hizo el estudio.</translation>
    </message>
    <message>
        <source>Which series is looked at</source>
        <translation>Qué serie se está mirando</translation>
    </message>
    <message>
        <source>Why nothing can be retrieved</source>
        <translation>Por qué no se puede recuperar nada</translation>
    </message>
    <message>
        <source>XA</source>
        <translation>XA</translation>
    </message>
    <message>
        <source>any</source>
        <translation>cualquiera</translation>
    </message>
    <message>
        <source>any date</source>
        <translation>cualquier fecha</translation>
    </message>
    <message>
        <source>any name</source>
        <translation>cualquier nombre</translation>
    </message>
    <message>
        <source>any time</source>
        <translation>cualquier hora</translation>
    </message>
    <message>
        <source>by C-FIND</source>
        <translation>por C-FIND</translation>
    </message>
    <message>
        <source>from</source>
        <translation>desde</translation>
    </message>
    <message>
        <source>from … to …</source>
        <translation>desde … hasta …</translation>
    </message>
    <message>
        <source>last 7 days</source>
        <translation>últimos 7 días</translation>
    </message>
    <message>
        <source>last month</source>
        <translation>último mes</translation>
    </message>
    <message>
        <source>over HTTPS</source>
        <translation>por HTTPS</translation>
    </message>
    <message>
        <source>to</source>
        <translation>hasta</translation>
    </message>
    <message>
        <source>today</source>
        <translation>hoy</translation>
    </message>
    <message>
        <source>via</source>
        <translation>por</translation>
    </message>
    <message>
        <source>✕</source>
        <translation>✕</translation>
    </message>
</context>
<context>
    <name>RegistrationBox</name>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Close the registration</source>
        <translation>Cerrar el registro</translation>
    </message>
    <message>
        <source>Close this.</source>
        <translation>Cerrar esto.</translation>
    </message>
    <message>
        <source>Copy line</source>
        <translation>Copiar línea</translation>
    </message>
    <message>
        <source>Copy the configuration line</source>
        <translation>Copiar la línea de configuración</translation>
    </message>
    <message>
        <source>Copy the line for the administrator's orthanc.json.</source>
        <translation>Copiar la línea para el orthanc.json del administrador.</translation>
    </message>
    <message>
        <source>Let the server know this Slicer: its entry in DicomModalities is shown first.</source>
        <translation>Dar a conocer este Slicer al servidor: primero se muestra su entrada de DicomModalities.</translation>
    </message>
    <message>
        <source>Line for the server's configuration file</source>
        <translation>Línea para el fichero de configuración del servidor</translation>
    </message>
    <message>
        <source>Register</source>
        <translation>Registrar</translation>
    </message>
    <message>
        <source>Register this Slicer on the server</source>
        <translation>Registrar este Slicer en el servidor</translation>
    </message>
    <message>
        <source>Register this Slicer…</source>
        <translation>Registrar este Slicer…</translation>
    </message>
    <message>
        <source>This Slicer is not registered on the server. What is found and retrieved comes over HTTPS; C-FIND and C-GET need an entry there.</source>
        <translation>Este Slicer no está registrado en el servidor. Lo que se busca y se recupera llega por HTTPS; C-FIND y C-GET necesitan una entrada allí.</translation>
    </message>
    <message>
        <source>What registering changes, or did</source>
        <translation>Qué cambia o ha cambiado el registro</translation>
    </message>
    <message>
        <source>What to do next about the registration</source>
        <translation>Qué hacer ahora con el registro</translation>
    </message>
    <message>
        <source>What works without a registration</source>
        <translation>Qué funciona sin registro</translation>
    </message>
    <message>
        <source>Write the entry to the server</source>
        <translation>Escribir la entrada en el servidor</translation>
    </message>
    <message>
        <source>Write this entry to the server.</source>
        <translation>Escribir esta entrada en el servidor.</translation>
    </message>
</context>
<context>
    <name>ResultsPanel</name>
    <message>
        <source>Becomes</source>
        <translation>Se envía como</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Cancel the sending</source>
        <translation>Cancelar el envío</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Detalles</translation>
    </message>
    <message>
        <source>Details of the sending</source>
        <translation>Detalles del envío</translation>
    </message>
    <message>
        <source>Do not mark</source>
        <translation>No marcar</translation>
    </message>
    <message>
        <source>Do not send</source>
        <translation>No enviar</translation>
    </message>
    <message>
        <source>How far the sending is</source>
        <translation>Cuánto lleva el envío</translation>
    </message>
    <message>
        <source>How much has been transferred.</source>
        <translation>Cuánto se ha transferido.</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>Instalar</translation>
    </message>
    <message>
        <source>Install it into Slicer, and send again what needs it.</source>
        <translation>Lo instala en Slicer y envía de nuevo lo que lo necesita.</translation>
    </message>
    <message>
        <source>Install the missing package</source>
        <translation>Instalar el paquete que falta</translation>
    </message>
    <message>
        <source>Leave the earlier results</source>
        <translation>Dejar los resultados anteriores</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>Marcar</translation>
    </message>
    <message>
        <source>Mark the earlier results as replaced</source>
        <translation>Marcar los resultados anteriores como sustituidos</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Progreso</translation>
    </message>
    <message>
        <source>Put the label “replaced” on the earlier ones; nothing is deleted.</source>
        <translation>Pone a los anteriores la etiqueta «replaced»; no se borra nada.</translation>
    </message>
    <message>
        <source>Question about earlier results</source>
        <translation>Pregunta sobre resultados anteriores</translation>
    </message>
    <message>
        <source>Remarks on the sending</source>
        <translation>Observaciones sobre el envío</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Remove the results that wait</source>
        <translation>Quitar los resultados que esperan</translation>
    </message>
    <message>
        <source>Remove them from this computer; what is in the scene can be sent from there.</source>
        <translation>Los quita de este ordenador; lo que está en la escena se puede enviar desde ella.</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>Results of this scene</source>
        <translation>Resultados de esta escena</translation>
    </message>
    <message>
        <source>Results that wait to be sent</source>
        <translation>Resultados que esperan su envío</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Enviar</translation>
    </message>
    <message>
        <source>Send nothing now.</source>
        <translation>No enviar nada ahora.</translation>
    </message>
    <message>
        <source>Send the new ones, and leave the earlier ones as they are.</source>
        <translation>Envía los nuevos y deja los anteriores como están.</translation>
    </message>
    <message>
        <source>Send the results that wait</source>
        <translation>Enviar los resultados que esperan</translation>
    </message>
    <message>
        <source>Send the ticked results</source>
        <translation>Enviar los resultados marcados</translation>
    </message>
    <message>
        <source>Send what waits on this computer to the server.</source>
        <translation>Envía al servidor lo que espera en este ordenador.</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Ver</translation>
    </message>
    <message>
        <source>Show the results that wait</source>
        <translation>Ver los resultados que esperan</translation>
    </message>
    <message>
        <source>Show what was not sent, and why.</source>
        <translation>Muestra lo que no se envió y por qué.</translation>
    </message>
    <message>
        <source>Stop this sending; what was sent until then stays on the server.</source>
        <translation>Detiene este envío; lo enviado hasta entonces queda en el servidor.</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>Estudio</translation>
    </message>
    <message>
        <source>Tell which results these are.</source>
        <translation>Dice qué resultados son.</translation>
    </message>
    <message>
        <source>What became of the sending</source>
        <translation>Qué ha sido del envío</translation>
    </message>
    <message>
        <source>What in the scene can be sent to its study; tick what is to be sent.</source>
        <translation>Lo que de la escena se puede enviar a su estudio; marque lo que se ha de enviar.</translation>
    </message>
    <message>
        <source>Which results wait</source>
        <translation>Qué resultados esperan</translation>
    </message>
    <message>
        <source>Whose study these are of</source>
        <translation>De quién es el estudio al que pertenecen</translation>
    </message>
    <message>
        <source>Write what is ticked, and send it to its study.</source>
        <translation>Escribe lo marcado y lo envía a su estudio.</translation>
    </message>
</context>
<context>
    <name>RoomPanel</name>
    <message>
        <source> GB</source>
        <translation> GB</translation>
    </message>
    <message>
        <source>&amp;Keep it below</source>
        <translation>&amp;Mantener por debajo de</translation>
    </message>
    <message>
        <source>Above this, Clean up ticks the oldest studies. Nothing goes by itself.</source>
        <translation>Por encima de esto, Limpiar marca los estudios más antiguos. Nada se borra solo.</translation>
    </message>
    <message>
        <source>Ask no further; what was found until now stays.</source>
        <translation>No preguntar más; lo encontrado hasta ahora se conserva.</translation>
    </message>
    <message>
        <source>Clean up</source>
        <translation>Limpiar</translation>
    </message>
    <message>
        <source>Clean up…</source>
        <translation>Limpiar…</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Fecha</translation>
    </message>
    <message>
        <source>How many studies the server was asked about.</source>
        <translation>Por cuántos estudios se ha preguntado al servidor.</translation>
    </message>
    <message>
        <source>Keep the studies</source>
        <translation>Conservar los estudios</translation>
    </message>
    <message>
        <source>Keep them</source>
        <translation>Conservarlos</translation>
    </message>
    <message>
        <source>Look for studies that the server has file by file as they are here.</source>
        <translation>Buscar estudios que el servidor tiene, fichero por fichero, tal como están aquí.</translation>
    </message>
    <message>
        <source>Most that the DICOM database shall take</source>
        <translation>Máximo que debe ocupar la base de datos DICOM</translation>
    </message>
    <message>
        <source>Question before removing</source>
        <translation>Pregunta antes de quitar</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Remove nothing.</source>
        <translation>No quitar nada.</translation>
    </message>
    <message>
        <source>Remove the studies now</source>
        <translation>Quitar los estudios ahora</translation>
    </message>
    <message>
        <source>Remove the ticked studies</source>
        <translation>Quitar los estudios marcados</translation>
    </message>
    <message>
        <source>Remove the ticked studies from this computer; the server keeps them.</source>
        <translation>Quitar de este ordenador los estudios marcados; el servidor los conserva.</translation>
    </message>
    <message>
        <source>Remove them from this computer now.</source>
        <translation>Quitarlos ahora de este ordenador.</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>Quitar…</translation>
    </message>
    <message>
        <source>Room on disk</source>
        <translation>Espacio en disco</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>Stop asking</source>
        <translation>Dejar de preguntar</translation>
    </message>
    <message>
        <source>Studies asked about</source>
        <translation>Estudios por los que se ha preguntado</translation>
    </message>
    <message>
        <source>Studies that may be removed</source>
        <translation>Estudios que se pueden quitar</translation>
    </message>
    <message>
        <source>Studies that the server has as they are here; tick those that are to go.</source>
        <translation>Estudios que el servidor tiene tal como están aquí; marque los que se deben ir.</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>Estudio</translation>
    </message>
    <message>
        <source>What is not offered, and why</source>
        <translation>Qué no se ofrece, y por qué</translation>
    </message>
    <message>
        <source>What the DICOM database takes</source>
        <translation>Lo que ocupa la base de datos DICOM</translation>
    </message>
    <message>
        <source>What was freed</source>
        <translation>Lo que se ha liberado</translation>
    </message>
    <message>
        <source>any</source>
        <translation>cualquiera</translation>
    </message>
</context>
<context>
    <name>ServerPanel</name>
    <message>
        <source>&amp;Address</source>
        <translation>&amp;Dirección</translation>
    </message>
    <message>
        <source>&amp;Password</source>
        <translation>&amp;Contraseña</translation>
    </message>
    <message>
        <source>&amp;User</source>
        <translation>&amp;Usuario</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Añadir</translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation>Añadir un servidor</translation>
    </message>
    <message>
        <source>Add another server.</source>
        <translation>Añadir otro servidor.</translation>
    </message>
    <message>
        <source>Add no server</source>
        <translation>No añadir ningún servidor</translation>
    </message>
    <message>
        <source>Address of the server</source>
        <translation>Dirección del servidor</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Conectar</translation>
    </message>
    <message>
        <source>Connect to the chosen server.</source>
        <translation>Conectar con el servidor elegido.</translation>
    </message>
    <message>
        <source>Connect to this server</source>
        <translation>Conectar con este servidor</translation>
    </message>
    <message>
        <source>Connect to this server and remember it.</source>
        <translation>Conectar con este servidor y recordarlo.</translation>
    </message>
    <message>
        <source>Connect to your Orthanc server</source>
        <translation>Conéctese a su servidor Orthanc</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Desconectar</translation>
    </message>
    <message>
        <source>Do not forget this server.</source>
        <translation>No olvidar este servidor.</translation>
    </message>
    <message>
        <source>Download the package keyring and install it into Slicer's Python.</source>
        <translation>Descargar el paquete keyring e instalarlo en el Python de Slicer.</translation>
    </message>
    <message>
        <source>Edit or remove this server, import or export a profile, and more.</source>
        <translation>Editar o quitar este servidor, importar o exportar un perfil, y más.</translation>
    </message>
    <message>
        <source>End the connection; running transfers go on.</source>
        <translation>Terminar la conexión; las transferencias en curso continúan.</translation>
    </message>
    <message>
        <source>Everything else is found by itself.</source>
        <translation>Todo lo demás se encuentra solo.</translation>
    </message>
    <message>
        <source>Forget this server now.</source>
        <translation>Olvidar este servidor ahora.</translation>
    </message>
    <message>
        <source>How HTTPS is trusted</source>
        <translation>Cómo se confía en HTTPS</translation>
    </message>
    <message>
        <source>How the DICOM listener is</source>
        <translation>Cómo está el receptor DICOM</translation>
    </message>
    <message>
        <source>Import a profile file</source>
        <translation>Importar un fichero de perfil</translation>
    </message>
    <message>
        <source>Import a profile file…</source>
        <translation>Importar un fichero de perfil…</translation>
    </message>
    <message>
        <source>In the system's keychain, by the package keyring; nowhere else.</source>
        <translation>En el llavero del sistema, mediante el paquete keyring; en ningún otro sitio.</translation>
    </message>
    <message>
        <source>Install keyring</source>
        <translation>Instalar keyring</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Conservar</translation>
    </message>
    <message>
        <source>Keep to the servers that are known.</source>
        <translation>Seguir con los servidores conocidos.</translation>
    </message>
    <message>
        <source>Kept in memory until Slicer is closed, and written nowhere.</source>
        <translation>Se guarda en memoria hasta que se cierra Slicer, y no se escribe en ningún sitio.</translation>
    </message>
    <message>
        <source>Looks at it in the check-up.</source>
        <translation>Lo mira en la revisión.</translation>
    </message>
    <message>
        <source>More about servers</source>
        <translation>Más sobre los servidores</translation>
    </message>
    <message>
        <source>More settings</source>
        <translation>Más ajustes</translation>
    </message>
    <message>
        <source>More settings…</source>
        <translation>Más ajustes…</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Contraseña</translation>
    </message>
    <message>
        <source>Really remove the server</source>
        <translation>Quitar realmente el servidor</translation>
    </message>
    <message>
        <source>Remember the password in the keychain</source>
        <translation>Recordar la contraseña en el llavero</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Servidor</translation>
    </message>
    <message>
        <source>State of the connection</source>
        <translation>Estado de la conexión</translation>
    </message>
    <message>
        <source>Take over the server settings that an administrator gave you.</source>
        <translation>Tomar los ajustes del servidor que le ha dado un administrador.</translation>
    </message>
    <message>
        <source>Take the AE title that the server tells into the settings.</source>
        <translation>Tomar en los ajustes el título AE que dice el servidor.</translation>
    </message>
    <message>
        <source>The server that everything below works with.</source>
        <translation>El servidor con el que trabaja todo lo de abajo.</translation>
    </message>
    <message>
        <source>Type all settings of the server yourself.</source>
        <translation>Escribir uno mismo todos los ajustes del servidor.</translation>
    </message>
    <message>
        <source>Use the server's AE title</source>
        <translation>Usar el título AE del servidor</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>Nombre de usuario</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Aviso</translation>
    </message>
    <message>
        <source>What became of it</source>
        <translation>Qué ha sido de ello</translation>
    </message>
    <message>
        <source>What is wrong with this field</source>
        <translation>Qué falla en este campo</translation>
    </message>
    <message>
        <source>What to do next</source>
        <translation>Qué hacer a continuación</translation>
    </message>
    <message>
        <source>Where the server's HTTPS is, for example https://server:8042. The host alone is enough.</source>
        <translation>Dónde está el HTTPS del servidor, por ejemplo https://server:8042. Basta con el nombre del equipo.</translation>
    </message>
    <message>
        <source>Whether DICOM answers</source>
        <translation>Si DICOM responde</translation>
    </message>
    <message>
        <source>Whether the server knows this Slicer</source>
        <translation>Si el servidor conoce este Slicer</translation>
    </message>
    <message>
        <source>Your user name on the server; empty if it asks for none.</source>
        <translation>Su nombre de usuario en el servidor; vacío si no pide ninguno.</translation>
    </message>
    <message>
        <source>https://server:8042</source>
        <translation>https://servidor:8042</translation>
    </message>
    <message>
        <source>⋯</source>
        <translation>⋯</translation>
    </message>
    <message>
        <source>⚠ Not encrypted (http): the password and all images cross the network in clear.</source>
        <translation>⚠ Sin cifrar (http): la contraseña y todas las imágenes cruzan la red a la vista.</translation>
    </message>
</context>
<context>
    <name>ServerSetup</name>
    <message>
        <source>/etc for Debian's, else there</source>
        <translation>/etc con Debian; si no, ahí mismo</translation>
    </message>
    <message>
        <source>As it is there, or Debian's</source>
        <translation>La que haya, o la de Debian</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Certificado</translation>
    </message>
    <message>
        <source>Choose a configuration that there is already: it is read, comments and all, and what is not to change is kept.</source>
        <translation>Elija una configuración que ya exista: se lee, con sus comentarios, y se conserva lo que no ha de cambiar.</translation>
    </message>
    <message>
        <source>Compose file, official images</source>
        <translation>Fichero compose, imágenes oficiales</translation>
    </message>
    <message>
        <source>Computers that query, retrieve and store, one a line: name, AE title, host, port of the listener.</source>
        <translation>Equipos que consultan, recuperan y almacenan, uno por línea: nombre, título AE, equipo, puerto del receptor.</translation>
    </message>
    <message>
        <source>Copy the steps</source>
        <translation>Copiar los pasos</translation>
    </message>
    <message>
        <source>Copy what is left to do to the clipboard.</source>
        <translation>Copia al portapapeles lo que queda por hacer.</translation>
    </message>
    <message>
        <source>DICOM port</source>
        <translation>Puerto DICOM</translation>
    </message>
    <message>
        <source>DICOMweb</source>
        <translation>DICOMweb</translation>
    </message>
    <message>
        <source>DICOMweb: for viewers and other programs.</source>
        <translation>DICOMweb: para visores y otros programas.</translation>
    </message>
    <message>
        <source>Debian's packages, with nginx</source>
        <translation>Paquetes de Debian, con nginx</translation>
    </message>
    <message>
        <source>Decodes JPEG 2000 and more.</source>
        <translation>Decodifica JPEG 2000 y más.</translation>
    </message>
    <message>
        <source>Explorer 2</source>
        <translation>Explorer 2</translation>
    </message>
    <message>
        <source>Files that would be written</source>
        <translation>Ficheros que se escribirían</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Carpeta</translation>
    </message>
    <message>
        <source>Folder of images and index on the server; the layout's usual one when left empty.</source>
        <translation>Carpeta de imágenes e índice en el servidor; la habitual si se deja vacío.</translation>
    </message>
    <message>
        <source>Folder of the configuration</source>
        <translation>Carpeta de la configuración</translation>
    </message>
    <message>
        <source>Folder of the images</source>
        <translation>Carpeta de las imágenes</translation>
    </message>
    <message>
        <source>Folder where the files will lie</source>
        <translation>Carpeta donde quedarán los ficheros</translation>
    </message>
    <message>
        <source>GDCM</source>
        <translation>GDCM</translation>
    </message>
    <message>
        <source>HTTPS port</source>
        <translation>Puerto HTTPS</translation>
    </message>
    <message>
        <source>Heading of the steps</source>
        <translation>Encabezado de los pasos</translation>
    </message>
    <message>
        <source>How the files lie: as Debian's packages have them with nginx for TLS, in one file for an official build, or with a compose file for the official images.</source>
        <translation>Cómo se reparten los ficheros: como los paquetes de Debian con nginx para TLS, en un fichero para una compilación oficial, o con un fichero compose para las imágenes oficiales.</translation>
    </message>
    <message>
        <source>I have noted them</source>
        <translation>Las he anotado</translation>
    </message>
    <message>
        <source>Images in</source>
        <translation>Imágenes en</translation>
    </message>
    <message>
        <source>Images in the browser; Stone web viewer in the official images.</source>
        <translation>Imágenes en el navegador; Stone web viewer en las imágenes oficiales.</translation>
    </message>
    <message>
        <source>Keep it, or make the first one</source>
        <translation>Conservarlo, o crear el primero</translation>
    </message>
    <message>
        <source>Layout</source>
        <translation>Disposición</translation>
    </message>
    <message>
        <source>Layout of the files</source>
        <translation>Disposición de los ficheros</translation>
    </message>
    <message>
        <source>Leave everything as it is.</source>
        <translation>Deja todo como está.</translation>
    </message>
    <message>
        <source>Name of the server</source>
        <translation>Nombre del servidor</translation>
    </message>
    <message>
        <source>Names and addresses by which other computers reach the server, with commas between; the first is in people's profile, all are in the certificate.</source>
        <translation>Nombres y direcciones por los que otros equipos llegan al servidor, separados por comas; el primero está en el perfil de la gente, todos en el certificado.</translation>
    </message>
    <message>
        <source>New passwords</source>
        <translation>Contraseñas nuevas</translation>
    </message>
    <message>
        <source>One file, for an official build</source>
        <translation>Un fichero, compilación oficial</translation>
    </message>
    <message>
        <source>Plugins</source>
        <translation>Complementos</translation>
    </message>
    <message>
        <source>Prepare the one to follow (--renew)</source>
        <translation>Preparar el siguiente (--renew)</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vista previa</translation>
    </message>
    <message>
        <source>Preview of the configuration</source>
        <translation>Vista previa de la configuración</translation>
    </message>
    <message>
        <source>Public names</source>
        <translation>Nombres públicos</translation>
    </message>
    <message>
        <source>Public names of the server</source>
        <translation>Nombres públicos del servidor</translation>
    </message>
    <message>
        <source>Put the prepared one in place (--switch)</source>
        <translation>Poner el preparado (--switch)</translation>
    </message>
    <message>
        <source>Question before writing</source>
        <translation>Pregunta antes de escribir</translation>
    </message>
    <message>
        <source>Read an existing orthanc.json</source>
        <translation>Leer un orthanc.json que ya existe</translation>
    </message>
    <message>
        <source>Read an orthanc.json…</source>
        <translation>Leer un orthanc.json…</translation>
    </message>
    <message>
        <source>Scanners</source>
        <translation>Escáneres</translation>
    </message>
    <message>
        <source>Scanners that store alone, one a line: name, AE title, host, port.</source>
        <translation>Escáneres, que solo almacenan, uno por línea: nombre, título AE, equipo, puerto.</translation>
    </message>
    <message>
        <source>Scanners, one a line</source>
        <translation>Escáneres, uno por línea</translation>
    </message>
    <message>
        <source>Server's name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Show the files and what would change in them; nothing is written.</source>
        <translation>Muestra los ficheros y lo que cambiaría en ellos; no se escribe nada.</translation>
    </message>
    <message>
        <source>Show the passwords no more.</source>
        <translation>No mostrar más las contraseñas.</translation>
    </message>
    <message>
        <source>Slicers</source>
        <translation>Slicers</translation>
    </message>
    <message>
        <source>Slicers, one a line</source>
        <translation>Slicers, uno por línea</translation>
    </message>
    <message>
        <source>Slide microscopy: pyramids of large pictures.</source>
        <translation>Microscopía de preparaciones: pirámides de imágenes grandes.</translation>
    </message>
    <message>
        <source>Steps that follow</source>
        <translation>Pasos siguientes</translation>
    </message>
    <message>
        <source>The files as they would be written, without passwords and keys.</source>
        <translation>Los ficheros como se escribirían, sin contraseñas ni claves.</translation>
    </message>
    <message>
        <source>The new passwords: nothing keeps them but the server's configuration.</source>
        <translation>Las contraseñas nuevas: solo las guarda la configuración del servidor.</translation>
    </message>
    <message>
        <source>The newer page of Orthanc; Debian has no package of it.</source>
        <translation>La página más nueva de Orthanc; Debian no tiene paquete de ella.</translation>
    </message>
    <message>
        <source>The port of C-FIND, C-GET, C-MOVE and C-STORE; 4242 where nothing else was set up.</source>
        <translation>El puerto de C-FIND, C-GET, C-MOVE y C-STORE; 4242 si no se configuró otro.</translation>
    </message>
    <message>
        <source>The port that people connect to; 8042 where nothing else was set up.</source>
        <translation>El puerto al que la gente se conecta; 8042 si no se configuró otro.</translation>
    </message>
    <message>
        <source>Users</source>
        <translation>Usuarios</translation>
    </message>
    <message>
        <source>Users to make</source>
        <translation>Usuarios que crear</translation>
    </message>
    <message>
        <source>Web viewer</source>
        <translation>Visor web</translation>
    </message>
    <message>
        <source>What becomes of the certificate</source>
        <translation>Qué pasa con el certificado</translation>
    </message>
    <message>
        <source>What becomes of the server's certificate.</source>
        <translation>Qué pasa con el certificado del servidor.</translation>
    </message>
    <message>
        <source>What came of it</source>
        <translation>En qué quedó</translation>
    </message>
    <message>
        <source>What is left to do, in order; lines with a blank before them are commands.</source>
        <translation>Lo que queda por hacer, en orden; las líneas con un espacio delante son órdenes.</translation>
    </message>
    <message>
        <source>What people see; made of the first public name when left empty.</source>
        <translation>Lo que la gente ve; si se deja vacío, sale del primer nombre público.</translation>
    </message>
    <message>
        <source>What that means for people</source>
        <translation>Qué significa para la gente</translation>
    </message>
    <message>
        <source>What to do with the passwords</source>
        <translation>Qué hacer con las contraseñas</translation>
    </message>
    <message>
        <source>Where the files are written: /etc on the Debian server itself, or any other. What is there is read and kept.</source>
        <translation>Dónde se escriben los ficheros: /etc en el propio servidor Debian, u otra cualquiera. Lo que haya se lee y se conserva.</translation>
    </message>
    <message>
        <source>Where the files will lie when they are used, if elsewhere, perhaps on another computer.</source>
        <translation>Dónde estarán los ficheros cuando se usen, si es otro sitio, quizá en otro equipo.</translation>
    </message>
    <message>
        <source>Who gets a new password, with commas between; who is registered already stays so.</source>
        <translation>Quién recibe una contraseña nueva, separados por comas; quien ya está registrado lo sigue estando.</translation>
    </message>
    <message>
        <source>Whole slides</source>
        <translation>Preparaciones</translation>
    </message>
    <message>
        <source>Will lie in</source>
        <translation>Estarán en</translation>
    </message>
    <message>
        <source>Write</source>
        <translation>Escribir</translation>
    </message>
    <message>
        <source>Write nothing</source>
        <translation>No escribir nada</translation>
    </message>
    <message>
        <source>Write the configuration</source>
        <translation>Escribir la configuración</translation>
    </message>
    <message>
        <source>Write the files now</source>
        <translation>Escribir ahora los ficheros</translation>
    </message>
    <message>
        <source>Write these files now.</source>
        <translation>Escribe ahora estos ficheros.</translation>
    </message>
    <message>
        <source>Write these files, after a question.</source>
        <translation>Escribe estos ficheros, tras una pregunta.</translation>
    </message>
    <message>
        <source>Write…</source>
        <translation>Escribir…</translation>
    </message>
    <message>
        <source>ana, jiri</source>
        <translation>ana, jiri</translation>
    </message>
    <message>
        <source>as it is, or from the host</source>
        <translation>como esté, o del equipo</translation>
    </message>
    <message>
        <source>as it is, or usual</source>
        <translation>como esté, o el habitual</translation>
    </message>
    <message>
        <source>ct1, CT_ROOM_1, 192.168.1.30, 104</source>
        <translation>ct1, CT_ROOM_1, 192.168.1.30, 104</translation>
    </message>
    <message>
        <source>mac1, SlicerMac1, 192.168.1.25, 11112</source>
        <translation>mac1, SlicerMac1, 192.168.1.25, 11112</translation>
    </message>
    <message>
        <source>server.example.org, 192.168.1.10</source>
        <translation>servidor.example.org, 192.168.1.10</translation>
    </message>
</context>
<context>
    <name>TransfersPanel</name>
    <message>
        <source>All transfers since Slicer was started; choose one to see its receipt.</source>
        <translation>Todas las transferencias desde que arrancó Slicer; elija una para ver su comprobante.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Cancel the chosen transfer</source>
        <translation>Cancelar la transferencia elegida</translation>
    </message>
    <message>
        <source>Clear ended</source>
        <translation>Retirar terminadas</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copiar</translation>
    </message>
    <message>
        <source>Copy all rows as text.</source>
        <translation>Copiar todas las filas como texto.</translation>
    </message>
    <message>
        <source>Copy the details</source>
        <translation>Copiar los detalles</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Detalles</translation>
    </message>
    <message>
        <source>Do it next</source>
        <translation>Hacerla ahora</translation>
    </message>
    <message>
        <source>How many rows</source>
        <translation>Cuántas filas</translation>
    </message>
    <message>
        <source>Let it be the next of those that wait.</source>
        <translation>Que sea la siguiente de las que esperan.</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Mensaje</translation>
    </message>
    <message>
        <source>Nothing was transferred yet. What you retrieve or upload is listed here, with its receipt.</source>
        <translation>Aún no se ha transferido nada. Lo que recupere o suba aparece aquí, con su comprobante.</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
    <message>
        <source>Pause the chosen upload</source>
        <translation>Pausar la subida elegida</translation>
    </message>
    <message>
        <source>Receipt</source>
        <translation>Comprobante</translation>
    </message>
    <message>
        <source>Remarks on the chosen transfer</source>
        <translation>Observaciones sobre la transferencia elegida</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Retry the chosen upload</source>
        <translation>Reintentar la subida elegida</translation>
    </message>
    <message>
        <source>Save all rows as a file (CSV).</source>
        <translation>Guardar todas las filas en un fichero (CSV).</translation>
    </message>
    <message>
        <source>Save one row a file or instance, as CSV or JSON.</source>
        <translation>Guardar una fila por fichero o instancia, como CSV o JSON.</translation>
    </message>
    <message>
        <source>Save receipt…</source>
        <translation>Guardar comprobante…</translation>
    </message>
    <message>
        <source>Save the details</source>
        <translation>Guardar los detalles</translation>
    </message>
    <message>
        <source>Save the receipt</source>
        <translation>Guardar el comprobante</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Guardar…</translation>
    </message>
    <message>
        <source>Show it on the server's own page, in your browser.</source>
        <translation>Mostrarlo en la página del propio servidor, en su navegador.</translation>
    </message>
    <message>
        <source>Show on server</source>
        <translation>Ver en el servidor</translation>
    </message>
    <message>
        <source>Show what was skipped or failed, and why.</source>
        <translation>Mostrar qué se omitió o falló, y por qué.</translation>
    </message>
    <message>
        <source>Skipped and failed</source>
        <translation>Omitidos y fallidos</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>Stop the chosen transfer; what has arrived until then is kept.</source>
        <translation>Detener la transferencia elegida; lo que haya llegado hasta entonces se conserva.</translation>
    </message>
    <message>
        <source>Stop the chosen upload for now; Resume goes on where it was.</source>
        <translation>Detener por ahora la subida elegida; Reanudar continúa donde se quedó.</translation>
    </message>
    <message>
        <source>Take the transfers that have ended off this list.</source>
        <translation>Retirar de esta lista las transferencias terminadas.</translation>
    </message>
    <message>
        <source>The same again: what is stored is recognised, what failed is tried again.</source>
        <translation>Lo mismo otra vez: lo almacenado se reconoce, lo que falló se reintenta.</translation>
    </message>
    <message>
        <source>Transfers</source>
        <translation>Transferencias</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Qué</translation>
    </message>
    <message>
        <source>What was skipped or failed, and why.</source>
        <translation>Qué se omitió o falló, y por qué.</translation>
    </message>
    <message>
        <source>Why, and what to do</source>
        <translation>Por qué, y qué hacer</translation>
    </message>
</context>
<context>
    <name>UploadJob</name>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Cancel this upload</source>
        <translation>Cancelar esta subida</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Detalles</translation>
    </message>
    <message>
        <source>End this upload; what is stored until then stays on the server.</source>
        <translation>Terminar esta subida; lo almacenado hasta entonces permanece en el servidor.</translation>
    </message>
    <message>
        <source>How much has been transferred.</source>
        <translation>Cuánto se ha transferido.</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Progreso</translation>
    </message>
    <message>
        <source>Remarks on the upload</source>
        <translation>Observaciones sobre la subida</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Remove this line</source>
        <translation>Quitar esta línea</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Retry this upload</source>
        <translation>Reintentar esta subida</translation>
    </message>
    <message>
        <source>Save one row a file, as CSV or JSON.</source>
        <translation>Guardar una fila por fichero, como CSV o JSON.</translation>
    </message>
    <message>
        <source>Save receipt…</source>
        <translation>Guardar comprobante…</translation>
    </message>
    <message>
        <source>Save the receipt</source>
        <translation>Guardar el comprobante</translation>
    </message>
    <message>
        <source>Show it on the server's own page, in your browser.</source>
        <translation>Mostrarlo en la página del propio servidor, en su navegador.</translation>
    </message>
    <message>
        <source>Show on server</source>
        <translation>Ver en el servidor</translation>
    </message>
    <message>
        <source>Show the details</source>
        <translation>Mostrar los detalles</translation>
    </message>
    <message>
        <source>Show what was skipped or failed, and why.</source>
        <translation>Mostrar qué se omitió o falló, y por qué.</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>Stop for now; Resume goes on where it was, even after a restart.</source>
        <translation>Detener por ahora; Reanudar continúa donde se quedó, incluso tras un reinicio.</translation>
    </message>
    <message>
        <source>Take this line away; it stays in Transfers.</source>
        <translation>Retirar esta línea; permanece en Transferencias.</translation>
    </message>
    <message>
        <source>The same again: what is stored is recognised, what failed is tried again.</source>
        <translation>Lo mismo otra vez: lo almacenado se reconoce, lo que falló se reintenta.</translation>
    </message>
    <message>
        <source>Upload</source>
        <translation>Subir</translation>
    </message>
</context>
<context>
    <name>UploadPanel</name>
    <message>
        <source>Add files</source>
        <translation>Añadir ficheros</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>Añadir ficheros…</translation>
    </message>
    <message>
        <source>Add folder</source>
        <translation>Añadir carpeta</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>Añadir carpeta…</translation>
    </message>
    <message>
        <source>Before and after</source>
        <translation>Antes y después</translation>
    </message>
    <message>
        <source>Choose a folder; DICOM files are found in it by their content, in archives too.</source>
        <translation>Elija una carpeta; los ficheros DICOM se encuentran en ella por su contenido, también en archivos comprimidos.</translation>
    </message>
    <message>
        <source>Choose files or archives (zip, tar, gz).</source>
        <translation>Elija ficheros o archivos comprimidos (zip, tar, gz).</translation>
    </message>
    <message>
        <source>Choose nothing.</source>
        <translation>No elegir nada.</translation>
    </message>
    <message>
        <source>Choose the file of the key, or a new one.</source>
        <translation>Elija el fichero de la clave, o uno nuevo.</translation>
    </message>
    <message>
        <source>Choose the key file</source>
        <translation>Elegir el fichero de la clave</translation>
    </message>
    <message>
        <source>Choose the series of which one file is shown.</source>
        <translation>Elija la serie de la que se muestra un fichero.</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Elegir…</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Vaciar</translation>
    </message>
    <message>
        <source>Clear the choice</source>
        <translation>Vaciar la selección</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Close the preview</source>
        <translation>Cerrar la vista previa</translation>
    </message>
    <message>
        <source>Compare what the server has stored with each file. It takes longer, and the receipt says so.</source>
        <translation>Comparar lo que el servidor ha almacenado con cada fichero. Tarda más, y el comprobante lo dice.</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copiar</translation>
    </message>
    <message>
        <source>Copy all rows as text.</source>
        <translation>Copiar todas las filas como texto.</translation>
    </message>
    <message>
        <source>Copy the details</source>
        <translation>Copiar los detalles</translation>
    </message>
    <message>
        <source>Copy what is left out</source>
        <translation>Copiar lo que se deja fuera</translation>
    </message>
    <message>
        <source>Dates</source>
        <translation>Fechas</translation>
    </message>
    <message>
        <source>De-identification</source>
        <translation>Desidentificación</translation>
    </message>
    <message>
        <source>De-identify</source>
        <translation>Desidentificar</translation>
    </message>
    <message>
        <source>De-identify before a byte leaves</source>
        <translation>Desidentificar antes de que salga un byte</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Detalles</translation>
    </message>
    <message>
        <source>Details of what is left out</source>
        <translation>Detalles de lo que se deja fuera</translation>
    </message>
    <message>
        <source>Drop folders, files or archives anywhere here.</source>
        <translation>Suelte carpetas, ficheros o archivos comprimidos en cualquier lugar de aquí.</translation>
    </message>
    <message>
        <source>Files of the same identity and other content</source>
        <translation>Ficheros de la misma identidad y distinto contenido</translation>
    </message>
    <message>
        <source>Files to upload</source>
        <translation>Ficheros que se suben</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>Encontrado</translation>
    </message>
    <message>
        <source>Found in the chosen files</source>
        <translation>Encontrado en los ficheros elegidos</translation>
    </message>
    <message>
        <source>How many rows</source>
        <translation>Cuántas filas</translation>
    </message>
    <message>
        <source>In the file</source>
        <translation>En el fichero</translation>
    </message>
    <message>
        <source>Inst.</source>
        <translation>Inst.</translation>
    </message>
    <message>
        <source>Install dicognito</source>
        <translation>Instalar dicognito</translation>
    </message>
    <message>
        <source>Install the Python package dicognito into Slicer; de-identification needs it.</source>
        <translation>Instalar el paquete de Python dicognito en Slicer; la desidentificación lo necesita.</translation>
    </message>
    <message>
        <source>Instances that are there twice, or with different content</source>
        <translation>Instancias que están dos veces, o con distinto contenido</translation>
    </message>
    <message>
        <source>Keep patient characteristics</source>
        <translation>Conservar las características del paciente</translation>
    </message>
    <message>
        <source>Keep sex, age, size and weight</source>
        <translation>Conservar sexo, edad, talla y peso</translation>
    </message>
    <message>
        <source>Keep what describes the patient without naming anybody: sex, age, size, weight and the like.</source>
        <translation>Conservar lo que describe al paciente sin nombrar a nadie: sexo, edad, talla, peso y similares.</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clave</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>Fichero de la clave</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>Etiquetas</translation>
    </message>
    <message>
        <source>Labels that the uploaded studies get on the server, with commas between them.</source>
        <translation>Etiquetas que reciben en el servidor los estudios subidos, separadas por comas.</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Dejado fuera</translation>
    </message>
    <message>
        <source>Look no further; all that was chosen is uploaded nevertheless.</source>
        <translation>No mirar más; aun así se sube todo lo elegido.</translation>
    </message>
    <message>
        <source>Message about the preview</source>
        <translation>Mensaje sobre la vista previa</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Nota</translation>
    </message>
    <message>
        <source>Number of instances</source>
        <translation>Número de instancias</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>Opciones</translation>
    </message>
    <message>
        <source>Options that are on</source>
        <translation>Opciones activadas</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vista previa</translation>
    </message>
    <message>
        <source>Remove or replace whatever names a person (DICOM PS3.15, basic profile) before anything is sent. The files on disk stay as they are.</source>
        <translation>Quitar o sustituir todo lo que nombra a una persona (DICOM PS3.15, perfil básico) antes de enviar nada. Los ficheros del disco quedan como están.</translation>
    </message>
    <message>
        <source>Save all rows as a file (CSV).</source>
        <translation>Guardar todas las filas en un fichero (CSV).</translation>
    </message>
    <message>
        <source>Save the details</source>
        <translation>Guardar los detalles</translation>
    </message>
    <message>
        <source>Save what is left out</source>
        <translation>Guardar lo que se deja fuera</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Guardar…</translation>
    </message>
    <message>
        <source>Send the chosen files to the server.</source>
        <translation>Enviar al servidor los ficheros elegidos.</translation>
    </message>
    <message>
        <source>Series of the preview</source>
        <translation>Series de la vista previa</translation>
    </message>
    <message>
        <source>Show before and after for one file of each series; nothing is sent.</source>
        <translation>Mostrar el antes y el después de un fichero de cada serie; no se envía nada.</translation>
    </message>
    <message>
        <source>Show the preview no more.</source>
        <translation>No mostrar más la vista previa.</translation>
    </message>
    <message>
        <source>Show what is not DICOM or can't be read, and why.</source>
        <translation>Mostrar lo que no es DICOM o no se puede leer, y por qué.</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Size of the files</source>
        <translation>Tamaño de los ficheros</translation>
    </message>
    <message>
        <source>Skipped and failed</source>
        <translation>Omitidos y fallidos</translation>
    </message>
    <message>
        <source>Stop looking</source>
        <translation>Dejar de mirar</translation>
    </message>
    <message>
        <source>The file with the secret key: with the same key a patient has the same pseudonym in every upload. It is made when it is not there. Keep it; it is never sent.</source>
        <translation>El fichero con la clave secreta: con la misma clave un paciente tiene el mismo seudónimo en cada subida. Se crea si no existe. Consérvelo; nunca se envía.</translation>
    </message>
    <message>
        <source>Upload</source>
        <translation>Subir</translation>
    </message>
    <message>
        <source>Upload to the server</source>
        <translation>Subir al servidor</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>Verificar</translation>
    </message>
    <message>
        <source>Verify, de-identify, labels.</source>
        <translation>Verificar, desidentificar, etiquetas.</translation>
    </message>
    <message>
        <source>Verify: read back what the server has</source>
        <translation>Verificar: releer lo que tiene el servidor</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Qué</translation>
    </message>
    <message>
        <source>What becomes of dates and times in the files.</source>
        <translation>Qué se hace con las fechas y horas de los ficheros.</translation>
    </message>
    <message>
        <source>What is in one file of the series now, and what would be sent.</source>
        <translation>Lo que hay ahora en un fichero de la serie y lo que se enviaría.</translation>
    </message>
    <message>
        <source>What is left out</source>
        <translation>Lo que se deja fuera</translation>
    </message>
    <message>
        <source>What is not DICOM or can't be read, and why.</source>
        <translation>Lo que no es DICOM o no se puede leer, y por qué.</translation>
    </message>
    <message>
        <source>What is sent</source>
        <translation>Lo que se envía</translation>
    </message>
    <message>
        <source>What to be careful about</source>
        <translation>A qué prestar atención</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Qué se encontró</translation>
    </message>
    <message>
        <source>What was found in the chosen files; untick what shall not be uploaded.</source>
        <translation>Lo que se encontró en los ficheros elegidos; desmarque lo que no se deba subir.</translation>
    </message>
    <message>
        <source>What was skipped or failed, and why.</source>
        <translation>Qué se omitió o falló, y por qué.</translation>
    </message>
    <message>
        <source>Why nothing can be uploaded</source>
        <translation>Por qué no se puede subir nada</translation>
    </message>
    <message>
        <source>Why, and what to do</source>
        <translation>Por qué, y qué hacer</translation>
    </message>
    <message>
        <source>are kept</source>
        <translation>se conservan</translation>
    </message>
    <message>
        <source>are removed</source>
        <translation>se quitan</translation>
    </message>
    <message>
        <source>are shifted, days between them stay</source>
        <translation>se desplazan; los días entre ellas se mantienen</translation>
    </message>
    <message>
        <source>new for each upload</source>
        <translation>nueva para cada subida</translation>
    </message>
    <message>
        <source>none; several with commas</source>
        <translation>ninguna; varias, separadas por comas</translation>
    </message>
</context>
<context>
    <name>WorklistPanel</name>
    <message>
        <source>Accept</source>
        <translation>Aceptar</translation>
    </message>
    <message>
        <source>Case to review</source>
        <translation>Caso por revisar</translation>
    </message>
    <message>
        <source>Cases that wait for a reviewer</source>
        <translation>Casos que esperan a un revisor</translation>
    </message>
    <message>
        <source>Cases that wait for a reviewer.</source>
        <translation>Casos que esperan a un revisor.</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Continuar</translation>
    </message>
    <message>
        <source>Continue your open case</source>
        <translation>Continuar su caso abierto</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Hecho</translation>
    </message>
    <message>
        <source>Leave this case out with this reason, and open the next one.</source>
        <translation>Dejar fuera este caso por este motivo y abrir el siguiente.</translation>
    </message>
    <message>
        <source>My cases</source>
        <translation>Mis casos</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Siguiente</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Abrir</translation>
    </message>
    <message>
        <source>Open again what you had open, here or elsewhere.</source>
        <translation>Abrir de nuevo lo que tenía abierto, aquí o en otro sitio.</translation>
    </message>
    <message>
        <source>Open the case to review</source>
        <translation>Abrir el caso por revisar</translation>
    </message>
    <message>
        <source>Open the next case for yourself: it is retrieved and loaded, and nobody else gets it.</source>
        <translation>Abrir para usted el siguiente caso: se recupera y se carga, y no lo recibe nadie más.</translation>
    </message>
    <message>
        <source>Reason to skip the case</source>
        <translation>Motivo para omitir el caso</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>Rechazar</translation>
    </message>
    <message>
        <source>Retrieve and load this case to look at it.</source>
        <translation>Recuperar y cargar este caso para verlo.</translation>
    </message>
    <message>
        <source>Reviewer's note</source>
        <translation>Nota del revisor</translation>
    </message>
    <message>
        <source>Say that the case is done well.</source>
        <translation>Decir que el caso está bien hecho.</translation>
    </message>
    <message>
        <source>Say that the case is done, and open the next one.</source>
        <translation>Decir que el caso está hecho y abrir el siguiente.</translation>
    </message>
    <message>
        <source>Send the case back to who did it, with the note.</source>
        <translation>Devolver el caso, con la nota, a quien lo hizo.</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>Omitir</translation>
    </message>
    <message>
        <source>The case that you have open</source>
        <translation>El caso que tiene abierto</translation>
    </message>
    <message>
        <source>What came of it</source>
        <translation>Qué fue de ello</translation>
    </message>
    <message>
        <source>What is to be done, in a few words; needed to reject.</source>
        <translation>Qué hay que hacer, en pocas palabras; hace falta para rechazar.</translation>
    </message>
    <message>
        <source>What the reviewer wrote</source>
        <translation>Lo que escribió el revisor</translation>
    </message>
    <message>
        <source>What you have open elsewhere</source>
        <translation>Lo que tiene abierto en otro sitio</translation>
    </message>
    <message>
        <source>Which of the server's work lists you work on.</source>
        <translation>En cuál de las listas de trabajo del servidor trabaja.</translation>
    </message>
    <message>
        <source>Why this case is left out, in a few words.</source>
        <translation>Por qué se deja fuera este caso, en pocas palabras.</translation>
    </message>
    <message>
        <source>Work list</source>
        <translation>Lista de trabajo</translation>
    </message>
    <message>
        <source>You are</source>
        <translation>Usted es</translation>
    </message>
    <message>
        <source>Your name on the lists: what is assigned to you comes first. Enter takes it.</source>
        <translation>Su nombre en las listas: lo que se le asigna va primero. Intro lo toma.</translation>
    </message>
    <message>
        <source>Your name on the work lists</source>
        <translation>Su nombre en las listas de trabajo</translation>
    </message>
    <message>
        <source>a note, for who did it</source>
        <translation>una nota para quien lo hizo</translation>
    </message>
    <message>
        <source>why it is left out</source>
        <translation>por qué se deja fuera</translation>
    </message>
    <message>
        <source>your name</source>
        <translation>su nombre</translation>
    </message>
</context>
<context>
    <name>adapters.scene</name>
    <message>
        <source>Arriving</source>
        <translation>Llegando</translation>
    </message>
</context>
<context>
    <name>adapters.server_lists</name>
    <message>
        <source>Query and retrieve over HTTPS, or by orthancconnect on the command line.</source>
        <translation>Consulte y recupere por HTTPS, o con orthancconnect en la línea de órdenes.</translation>
    </message>
    <message>
        <source>Slicer itself speaks no DICOM over TLS, which this server's profile asks for.</source>
        <translation>Slicer mismo no habla DICOM por TLS, que es lo que pide el perfil de este servidor.</translation>
    </message>
</context>
<context>
    <name>ctk_dimse.services</name>
    <message>
        <source>Query and retrieve over HTTPS, or by orthancconnect on the command line.</source>
        <translation>Consulte y recupere por HTTPS, o con orthancconnect en la línea de órdenes.</translation>
    </message>
    <message>
        <source>Slicer itself speaks no DICOM over TLS, which this server's profile asks for.</source>
        <translation>Slicer mismo no habla DICOM por TLS, que es lo que pide el perfil de este servidor.</translation>
    </message>
</context>
<context>
    <name>logic.cohort</name>
    <message>
        <source>A list of {rows} rows</source>
        <translation>Una lista de {rows} filas</translation>
    </message>
</context>
<context>
    <name>logic.connection</name>
    <message>
        <source>Compare its fingerprint with the administrator's, then connect again.</source>
        <translation>Compare su huella digital con la del administrador y vuelva a conectar.</translation>
    </message>
    <message>
        <source>Log in with your web browser; it is waited for here…</source>
        <translation>Inicie sesión en su navegador web; aquí se espera…</translation>
    </message>
    <message>
        <source>Logging in…</source>
        <translation>Iniciando sesión…</translation>
    </message>
    <message>
        <source>Looking at the server's certificate…</source>
        <translation>Mirando el certificado del servidor…</translation>
    </message>
    <message>
        <source>No browser could be opened.</source>
        <translation>No se pudo abrir ningún navegador.</translation>
    </message>
    <message>
        <source>The server's certificate is not trusted.</source>
        <translation>El certificado del servidor no es de confianza.</translation>
    </message>
    <message>
        <source>This address is not encrypted: password and images would be sent in clear.</source>
        <translation>Esta dirección no va cifrada: la contraseña y las imágenes se enviarían a la vista.</translation>
    </message>
    <message>
        <source>Use https://. If you must, use More settings and allow insecure HTTP there.</source>
        <translation>Use https://. Si no hay otro remedio, use Más ajustes y permita allí HTTP no seguro.</translation>
    </message>
    <message>
        <source>Waiting for your decision on the certificate…</source>
        <translation>Esperando su decisión sobre el certificado…</translation>
    </message>
    <message>
        <source>You did not trust the server's certificate, so nothing was sent.</source>
        <translation>No ha confiado en el certificado del servidor, así que no se ha enviado nada.</translation>
    </message>
</context>
<context>
    <name>logic.folder_job</name>
    <message>
        <source>Asking the server…</source>
        <translation>Preguntando al servidor…</translation>
    </message>
    <message>
        <source>Checking what arrived</source>
        <translation>Comprobando lo que ha llegado</translation>
    </message>
    <message>
        <source>Look into it in the DICOM module.</source>
        <translation>Mírelo en el módulo DICOM.</translation>
    </message>
    <message>
        <source>Slicer's DICOM database</source>
        <translation>Base de datos DICOM de Slicer</translation>
    </message>
    <message>
        <source>Slicer's DICOM database has {there} of its {arrived} instances.</source>
        <translation>La base de datos DICOM de Slicer tiene {there} de sus {arrived} instancias.</translation>
    </message>
</context>
<context>
    <name>logic.follow</name>
    <message>
        <source>A query that names a patient is not kept in Slicer's settings.</source>
        <translation>Una consulta que nombra a un paciente no se guarda en los ajustes de Slicer.</translation>
    </message>
    <message>
        <source>Make room, then Retry.</source>
        <translation>Haga sitio y pulse Reintentar.</translation>
    </message>
    <message>
        <source>There is no room for the next series.</source>
        <translation>No hay sitio para la serie siguiente.</translation>
    </message>
    <message>
        <source>all</source>
        <translation>todas</translation>
    </message>
    <message>
        <source>{count} series so far</source>
        <translation>{count} series hasta ahora</translation>
    </message>
</context>
<context>
    <name>logic.kept</name>
    <message>
        <source>{title} and {count} more</source>
        <translation>{title} y {count} más</translation>
    </message>
</context>
<context>
    <name>logic.load</name>
    <message>
        <source> (shown)</source>
        <translation> (mostrado)</translation>
    </message>
    <message>
        <source>All levels of the slide are too large to be shown here.</source>
        <translation>Todos los niveles del portaobjetos son demasiado grandes para mostrarlos aquí.</translation>
    </message>
    <message>
        <source>Install the extension {name} (Extensions Manager), then load it again.</source>
        <translation>Instale la extensión {name} (Gestor de extensiones) y cárguelo otra vez.</translation>
    </message>
    <message>
        <source>Its values are stored numbers, not doses.</source>
        <translation>Sus valores son números almacenados, no dosis.</translation>
    </message>
    <message>
        <source>Levels of the slide {title}: {sizes}.</source>
        <translation>Niveles del portaobjetos {title}: {sizes}.</translation>
    </message>
    <message>
        <source>Loading was stopped: {done} of {total} series were loaded.</source>
        <translation>La carga se detuvo: se cargaron {done} de {total} series.</translation>
    </message>
    <message>
        <source>Loading {series}</source>
        <translation>Cargando {series}</translation>
    </message>
    <message>
        <source>Open it on the server, in a viewer for slides.</source>
        <translation>Ábralo en el servidor, en un visor de portaobjetos.</translation>
    </message>
    <message>
        <source>Series that are not complete were not loaded: {count}.</source>
        <translation>No se cargaron las series incompletas: {count}.</translation>
    </message>
    <message>
        <source>Slicer could not read it.</source>
        <translation>Slicer no pudo leerlo.</translation>
    </message>
    <message>
        <source>Slicer's Error Log says why (menu View, Error Log).</source>
        <translation>El log de errores de Slicer dice por qué (menú Ver, Log de errores).</translation>
    </message>
    <message>
        <source>Slicer's reader failed before its end.</source>
        <translation>El lector de Slicer falló antes de acabar.</translation>
    </message>
    <message>
        <source>This Slicer has nothing that loads this {kind}.</source>
        <translation>Este Slicer no tiene nada que cargue esto: {kind}.</translation>
    </message>
    <message>
        <source>document</source>
        <translation>documento</translation>
    </message>
    <message>
        <source>presentation state</source>
        <translation>estado de presentación</translation>
    </message>
    <message>
        <source>segmentation</source>
        <translation>segmentación</translation>
    </message>
    <message>
        <source>series ({modality})</source>
        <translation>serie ({modality})</translation>
    </message>
    <message>
        <source>structure set</source>
        <translation>conjunto de estructuras</translation>
    </message>
    <message>
        <source>structured report</source>
        <translation>informe estructurado</translation>
    </message>
    <message>
        <source>treatment plan</source>
        <translation>plan de tratamiento</translation>
    </message>
    <message>
        <source>“Open” shows it as the server does.</source>
        <translation>“Abrir” lo muestra como lo hace el servidor.</translation>
    </message>
</context>
<context>
    <name>logic.load_choice</name>
    <message>
        <source>Retrieve it as well?</source>
        <translation>¿Recuperarla también?</translation>
    </message>
    <message>
        <source>Retrieve them as well?</source>
        <translation>¿Recuperarlas también?</translation>
    </message>
    <message>
        <source>The {kind} belongs to the series {uid}, which the server has not.</source>
        <translation>El objeto ({kind}) pertenece a la serie {uid}, que el servidor no tiene.</translation>
    </message>
    <message>
        <source>This {kind} belongs to the series “{title}”, which is not here.</source>
        <translation>Este objeto ({kind}) pertenece a la serie «{title}», que no está aquí.</translation>
    </message>
    <message>
        <source>What this belongs to could not be asked: {why}</source>
        <translation>No se pudo preguntar a qué pertenece: {why}</translation>
    </message>
</context>
<context>
    <name>logic.local</name>
    <message>
        <source>(none)</source>
        <translation>(ninguno)</translation>
    </message>
    <message>
        <source>Open the DICOM module once and let it create the database, then try again.</source>
        <translation>Abra una vez el módulo DICOM, deje que cree la base de datos y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>Slicer's DICOM database has these UIDs already, of the patient ID {other}. It can hold only one of the two.</source>
        <translation>La base de datos DICOM de Slicer ya tiene estos UID, del ID de paciente {other}. Solo puede contener uno de los dos.</translation>
    </message>
    <message>
        <source>Slicer's DICOM database is not open.</source>
        <translation>La base de datos DICOM de Slicer no está abierta.</translation>
    </message>
</context>
<context>
    <name>logic.logic</name>
    <message>
        <source>Connect to a server first.</source>
        <translation>Conéctese primero a un servidor.</translation>
    </message>
    <message>
        <source>Connect to the server first.</source>
        <translation>Conéctese primero al servidor.</translation>
    </message>
    <message>
        <source>Slicer speaks no DICOM over TLS: retrieve over HTTPS.</source>
        <translation>Slicer no habla DICOM por TLS: recupere por HTTPS.</translation>
    </message>
    <message>
        <source>Start the DICOM listener first, or retrieve by C-GET.</source>
        <translation>Inicie primero el receptor DICOM o recupere por C-GET.</translation>
    </message>
    <message>
        <source>There is no connection to a server.</source>
        <translation>No hay conexión con ningún servidor.</translation>
    </message>
</context>
<context>
    <name>logic.opening</name>
    <message>
        <source>From the browser</source>
        <translation>Del navegador</translation>
    </message>
</context>
<context>
    <name>logic.profiles</name>
    <message>
        <source>Ask the administrator which is right. To take the file's, remove {name} first.</source>
        <translation>Pregunte al administrador cuál es el correcto. Para tomar el del fichero, quite antes {name}.</translation>
    </message>
    <message>
        <source>Choose a file exported by OrthancConnect.</source>
        <translation>Elija un fichero exportado por OrthancConnect.</translation>
    </message>
    <message>
        <source>Choose another name.</source>
        <translation>Elija otro nombre.</translation>
    </message>
    <message>
        <source>The file can't be read as a file of server profiles.</source>
        <translation>El fichero no se puede leer como fichero de perfiles de servidor.</translation>
    </message>
    <message>
        <source>The file holds no server profile.</source>
        <translation>El fichero no contiene ningún perfil de servidor.</translation>
    </message>
    <message>
        <source>The file trusts another certificate than {name} does, at the same address; nothing was imported.</source>
        <translation>El fichero confía en otro certificado que {name}, en la misma dirección; no se ha importado nada.</translation>
    </message>
    <message>
        <source>There is a server of this name already.</source>
        <translation>Ya hay un servidor con este nombre.</translation>
    </message>
    <message>
        <source>This is not a file of server profiles: it is too large.</source>
        <translation>Esto no es un fichero de perfiles de servidor: es demasiado grande.</translation>
    </message>
</context>
<context>
    <name>logic.query</name>
    <message>
        <source>Asked by C-FIND: {why}</source>
        <translation>Preguntado por C-FIND: {why}</translation>
    </message>
    <message>
        <source>Over HTTPS the server has nothing of {} of these series.</source>
        <translation>Por HTTPS el servidor no tiene nada de {} de estas series.</translation>
    </message>
    <message>
        <source>{} studies on the server have one and the same UID.</source>
        <translation>{} estudios del servidor tienen un mismo UID.</translation>
    </message>
</context>
<context>
    <name>logic.recall</name>
    <message>
        <source>A scene is added to what is open. It may name files and addresses, which Slicer then reads by itself, and Slicer stands still until it is open. Open only scenes of people whom you trust.
Open it?</source>
        <translation>Una escena se añade a lo que está abierto. Puede nombrar archivos y direcciones que Slicer lee entonces por sí mismo, y Slicer no responde hasta que esté abierta. Abra solo escenas de personas en quienes confíe.
¿Abrirla?</translation>
    </message>
    <message>
        <source>Images of the results</source>
        <translation>Imágenes de los resultados</translation>
    </message>
    <message>
        <source>Loading {series}</source>
        <translation>Cargando {series}</translation>
    </message>
    <message>
        <source>Opening the scene: Slicer stands still until it is open</source>
        <translation>Abriendo la escena: Slicer no responde hasta que esté abierta</translation>
    </message>
    <message>
        <source>{title} and {count} more</source>
        <translation>{title} y {count} más</translation>
    </message>
</context>
<context>
    <name>logic.results</name>
    <message>
        <source>Measurements</source>
        <translation>Mediciones</translation>
    </message>
    <message>
        <source>Results are being sent already.</source>
        <translation>Ya se están enviando resultados.</translation>
    </message>
    <message>
        <source>Saving the scene: Slicer stands still until it is saved</source>
        <translation>Guardando la escena: Slicer no responde hasta que esté guardada</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>Enviando</translation>
    </message>
    <message>
        <source>Tick what is to be sent.</source>
        <translation>Marque lo que se ha de enviar.</translation>
    </message>
    <message>
        <source>Unnamed</source>
        <translation>Sin nombre</translation>
    </message>
    <message>
        <source>Writing {title}</source>
        <translation>Escribiendo {title}</translation>
    </message>
    <message>
        <source>{title} and {count} more</source>
        <translation>{title} y {count} más</translation>
    </message>
</context>
<context>
    <name>logic.retrieve</name>
    <message>
        <source>Adding to Slicer's database</source>
        <translation>Añadiendo a la base de datos de Slicer</translation>
    </message>
    <message>
        <source>Asking the server…</source>
        <translation>Preguntando al servidor…</translation>
    </message>
    <message>
        <source>Checking what arrived</source>
        <translation>Comprobando lo que ha llegado</translation>
    </message>
    <message>
        <source>Fetching over HTTPS what is missing</source>
        <translation>Recuperando por HTTPS lo que falta</translation>
    </message>
    <message>
        <source>OrthancConnect met a fault of its own in this retrieve.</source>
        <translation>OrthancConnect tropezó con un fallo propio en esta recuperación.</translation>
    </message>
    <message>
        <source>Retrieving by {method}</source>
        <translation>Recuperando por {method}</translation>
    </message>
    <message>
        <source>Retrieving over HTTPS</source>
        <translation>Recuperando por HTTPS</translation>
    </message>
    <message>
        <source>Try again; if it happens again, report it with Slicer's log.</source>
        <translation>Inténtelo otra vez; si vuelve a ocurrir, comuníquelo con el log de Slicer.</translation>
    </message>
    <message>
        <source>Waiting for the DICOM listener</source>
        <translation>Esperando al receptor DICOM</translation>
    </message>
</context>
<context>
    <name>logic.room</name>
    <message>
        <source>It is loaded.</source>
        <translation>Está cargada.</translation>
    </message>
    <message>
        <source>The server did not tell of every file.</source>
        <translation>El servidor no informó de todos los ficheros.</translation>
    </message>
</context>
<context>
    <name>logic.tally</name>
    <message>
        <source>It did not arrive.</source>
        <translation>No llegó.</translation>
    </message>
    <message>
        <source>Query again.</source>
        <translation>Consulte otra vez.</translation>
    </message>
    <message>
        <source>Retrieve again.</source>
        <translation>Recupere otra vez.</translation>
    </message>
    <message>
        <source>Slicer's DICOM database</source>
        <translation>Base de datos DICOM de Slicer</translation>
    </message>
    <message>
        <source>The server has this series no longer.</source>
        <translation>El servidor ya no tiene esta serie.</translation>
    </message>
</context>
<context>
    <name>logic.transfers</name>
    <message>
        <source>A file of the result can't be used: {why}.</source>
        <translation>Un archivo del resultado no se puede usar: {why}.</translation>
    </message>
    <message>
        <source>It does not wait for its turn.</source>
        <translation>No espera su turno.</translation>
    </message>
    <message>
        <source>It has ended already.</source>
        <translation>Ya ha terminado.</translation>
    </message>
    <message>
        <source>It has not ended yet.</source>
        <translation>Aún no ha terminado.</translation>
    </message>
    <message>
        <source>It is being stopped.</source>
        <translation>Se está deteniendo.</translation>
    </message>
    <message>
        <source>It is paused already.</source>
        <translation>Ya está en pausa.</translation>
    </message>
    <message>
        <source>It is the next one.</source>
        <translation>Es la siguiente.</translation>
    </message>
    <message>
        <source>It was tried again already; see the newer one.</source>
        <translation>Ya se volvió a intentar; vea la más reciente.</translation>
    </message>
    <message>
        <source>Make room on the disk, then Retry.</source>
        <translation>Haga sitio en el disco y pulse Reintentar.</translation>
    </message>
    <message>
        <source>Nothing failed.</source>
        <translation>No falló nada.</translation>
    </message>
    <message>
        <source>OrthancConnect met a fault of its own with this result.</source>
        <translation>OrthancConnect ha tropezado con un fallo propio en este resultado.</translation>
    </message>
    <message>
        <source>Pausing…</source>
        <translation>Pausando…</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Deteniendo…</translation>
    </message>
    <message>
        <source>Try again; if it happens again, report it with Slicer's log.</source>
        <translation>Inténtelo de nuevo; si vuelve a ocurrir, comuníquelo con el registro de Slicer.</translation>
    </message>
</context>
<context>
    <name>logic.upload</name>
    <message>
        <source>Looking for DICOM files…</source>
        <translation>Buscando ficheros DICOM…</translation>
    </message>
    <message>
        <source>The server does not answer.</source>
        <translation>El servidor no responde.</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>Verificando</translation>
    </message>
    <message>
        <source>{reason} The upload goes on by itself when it is back.</source>
        <translation>{reason} La subida continúa sola cuando vuelva.</translation>
    </message>
</context>
<context>
    <name>logic.upload_queue</name>
    <message>
        <source>{count} files and folders</source>
        <translation>{count} ficheros y carpetas</translation>
    </message>
</context>
<context>
    <name>logic.viewers</name>
    <message>
        <source>It has not ended yet.</source>
        <translation>Aún no ha terminado.</translation>
    </message>
    <message>
        <source>No browser could be opened.</source>
        <translation>No se pudo abrir ningún navegador.</translation>
    </message>
    <message>
        <source>Nothing of it is known on the server.</source>
        <translation>El servidor no conoce nada de ello.</translation>
    </message>
</context>
<context>
    <name>logic.worklist</name>
    <message>
        <source>Accepted.</source>
        <translation>Aceptado.</translation>
    </message>
    <message>
        <source>Asking the server…</source>
        <translation>Preguntando al servidor…</translation>
    </message>
    <message>
        <source>Look at Transfers.</source>
        <translation>Mire en Transferencias.</translation>
    </message>
    <message>
        <source>Sent back to {user}.</source>
        <translation>Devuelto a {user}.</translation>
    </message>
    <message>
        <source>Skip it, and say why.</source>
        <translation>Omítalo y diga por qué.</translation>
    </message>
    <message>
        <source>The results were not all sent: the case stays open.</source>
        <translation>No se enviaron todos los resultados: el caso sigue abierto.</translation>
    </message>
    <message>
        <source>The server has nothing of this case any more.</source>
        <translation>El servidor ya no tiene nada de este caso.</translation>
    </message>
    <message>
        <source>There is nothing left for you on this list.</source>
        <translation>No le queda nada en esta lista.</translation>
    </message>
    <message>
        <source>This server has no work list.</source>
        <translation>Este servidor no tiene ninguna lista de trabajo.</translation>
    </message>
    <message>
        <source>Type your name first.</source>
        <translation>Escriba antes su nombre.</translation>
    </message>
    <message>
        <source>{count} more series of it are in Slicer's database, and not loaded.</source>
        <translation>{count} series más del caso están en la base de datos de Slicer, sin cargar.</translation>
    </message>
</context>
<context>
    <name>panels.administrators</name>
    <message>
        <source>A file…</source>
        <translation>Un fichero…</translation>
    </message>
    <message>
        <source>A folder…</source>
        <translation>Una carpeta…</translation>
    </message>
    <message>
        <source>Choose a configuration</source>
        <translation>Elija una configuración</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Elija una carpeta</translation>
    </message>
    <message>
        <source>Choose a folder first.</source>
        <translation>Elija primero una carpeta.</translation>
    </message>
    <message>
        <source>Export the audit log</source>
        <translation>Exportar el registro de auditoría</translation>
    </message>
    <message>
        <source>Fault</source>
        <translation>Fallo</translation>
    </message>
    <message>
        <source>Look at a file, or at a folder such as /etc/orthanc; nothing is changed.</source>
        <translation>Mira un fichero, o una carpeta como /etc/orthanc; no se cambia nada.</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Mirando…</translation>
    </message>
    <message>
        <source>Not tested</source>
        <translation>No comprobado</translation>
    </message>
    <message>
        <source>Note these passwords now, and hand them out: they are shown this once.</source>
        <translation>Anote ahora estas contraseñas y repártalas: solo se muestran esta vez.</translation>
    </message>
    <message>
        <source>Nothing is to be changed.</source>
        <translation>No hay nada que cambiar.</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Guardar el informe</translation>
    </message>
    <message>
        <source>See what a login tells of the connected server; nothing is changed there.</source>
        <translation>Mira lo que un usuario puede saber del servidor conectado; allí no se cambia nada.</translation>
    </message>
    <message>
        <source>Show the files and what would change in them; nothing is written.</source>
        <translation>Muestra los ficheros y lo que cambiaría en ellos; no se escribe nada.</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Texto</translation>
    </message>
    <message>
        <source>The audit log has {events}: {file}</source>
        <translation>El registro de auditoría tiene {events}: {file}</translation>
    </message>
    <message>
        <source>The next certificate is prepared beside this one, and the profile file pins both: hand it out, and put the next one in place some weeks later.</source>
        <translation>El próximo certificado se prepara junto a este, y el fichero de perfil fija los dos: repártalo, y ponga el próximo en su sitio unas semanas después.</translation>
    </message>
    <message>
        <source>The prepared certificate takes the place of this one. Who has imported the profile that pins both is asked nothing.</source>
        <translation>El certificado preparado ocupa el sitio de este. A quien importó el perfil que fija los dos no se le pregunta nada.</translation>
    </message>
    <message>
        <source>Wait for its end first.</source>
        <translation>Espere primero a que acabe.</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Aviso</translation>
    </message>
    <message>
        <source>What is there stays as it is; where there is none, the first one is made.</source>
        <translation>El que haya se queda como está; si no hay ninguno, se crea el primero.</translation>
    </message>
    <message>
        <source>What to do:</source>
        <translation>Qué hacer:</translation>
    </message>
    <message>
        <source>What was there is kept: {count}, *.bak.</source>
        <translation>Lo que había se conserva: {count}, *.bak.</translation>
    </message>
    <message>
        <source>Write {files} below {folder}?</source>
        <translation>¿Escribir {files} bajo {folder}?</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>cambiado</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nuevo</translation>
    </message>
    <message>
        <source>removed</source>
        <translation>quitado</translation>
    </message>
    <message>
        <source>the first {} are shown, all are in the report</source>
        <translation>se muestran los primeros {}, todos están en el informe</translation>
    </message>
    <message>
        <source>{:,} event</source>
        <translation>{:,} suceso</translation>
    </message>
    <message>
        <source>{:,} events</source>
        <translation>{:,} sucesos</translation>
    </message>
    <message>
        <source>{count} of them would change; what is there now is kept beside it, as *.bak.</source>
        <translation>Cambiarían {count} de ellos; lo que hay ahora se conserva al lado, como *.bak.</translation>
    </message>
    <message>
        <source>{files} would be written.</source>
        <translation>Se escribirían {files}.</translation>
    </message>
    <message>
        <source>{} copies</source>
        <translation>{} copias</translation>
    </message>
    <message>
        <source>{} copy</source>
        <translation>{} copia</translation>
    </message>
    <message>
        <source>{} file</source>
        <translation>{} fichero</translation>
    </message>
    <message>
        <source>{} files</source>
        <translation>{} ficheros</translation>
    </message>
    <message>
        <source>✓ Written to {file}.</source>
        <translation>✓ Escrito en {file}.</translation>
    </message>
    <message>
        <source>✓ {files} written.</source>
        <translation>✓ {files}: escritos.</translation>
    </message>
</context>
<context>
    <name>panels.certificate_dialog</name>
    <message>
        <source>Compare the fingerprint with the one that the administrator gives you. If they are the same, trust the certificate: from then on no other one is accepted, and you are not asked again.</source>
        <translation>Compare la huella digital con la que le dé el administrador. Si son iguales, confíe en el certificado: desde entonces no se acepta ningún otro y no se le vuelve a preguntar.</translation>
    </message>
    <message>
        <source>Do you trust this server?</source>
        <translation>¿Confía en este servidor?</translation>
    </message>
    <message>
        <source>It is not the one that you trusted.</source>
        <translation>No es aquel en el que usted confió.</translation>
    </message>
    <message>
        <source>SHA-256 fingerprint</source>
        <translation>Huella digital SHA-256</translation>
    </message>
    <message>
        <source>Shown now</source>
        <translation>Mostrada ahora</translation>
    </message>
    <message>
        <source>Somebody may be listening in, or the administrator has renewed the certificate. Ask the administrator before you trust the new one. Nothing has been sent.</source>
        <translation>Puede que alguien esté escuchando, o que el administrador lo haya renovado. Pregunte al administrador antes de confiar en el nuevo. No se ha enviado nada.</translation>
    </message>
    <message>
        <source>The server's certificate has changed</source>
        <translation>El certificado del servidor ha cambiado</translation>
    </message>
    <message>
        <source>Trust the new one</source>
        <translation>Confiar en el nuevo</translation>
    </message>
    <message>
        <source>Trust this certificate</source>
        <translation>Confiar en este certificado</translation>
    </message>
    <message>
        <source>Trusted until now</source>
        <translation>De confianza hasta ahora</translation>
    </message>
    <message>
        <source>{begin} to {end}</source>
        <translation>Del {begin} al {end}</translation>
    </message>
    <message>
        <source>{issuer} (itself: self-signed)</source>
        <translation>{issuer} (él mismo: autofirmado)</translation>
    </message>
</context>
<context>
    <name>panels.checkup</name>
    <message>
        <source>Check-up</source>
        <translation>Revisión</translation>
    </message>
    <message>
        <source>Compare the certificates…</source>
        <translation>Comparar los certificados…</translation>
    </message>
    <message>
        <source>Connect to a server first.</source>
        <translation>Conéctese primero a un servidor.</translation>
    </message>
    <message>
        <source>Correct the settings</source>
        <translation>Corregir los ajustes</translation>
    </message>
    <message>
        <source>Examine the connection to the server, step by step.</source>
        <translation>Examinar la conexión con el servidor, paso a paso.</translation>
    </message>
    <message>
        <source>Install {package}</source>
        <translation>Instalar {package}</translation>
    </message>
    <message>
        <source>Installing {package}…</source>
        <translation>Instalando {package}…</translation>
    </message>
    <message>
        <source>Look at the certificate…</source>
        <translation>Ver el certificado…</translation>
    </message>
    <message>
        <source>Looking… {known}</source>
        <translation>Mirando… {known}</translation>
    </message>
    <message>
        <source>Not tested, because of: {title}</source>
        <translation>No comprobado, a causa de: {title}</translation>
    </message>
    <message>
        <source>Register this Slicer…</source>
        <translation>Registrar este Slicer…</translation>
    </message>
    <message>
        <source>Retrieve by {way}</source>
        <translation>Recuperar por {way}</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Guardar el informe</translation>
    </message>
    <message>
        <source>Start the listener</source>
        <translation>Iniciar el receptor</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Texto</translation>
    </message>
    <message>
        <source>The certificate changed meanwhile: look again.</source>
        <translation>El certificado ha cambiado entretanto: mire otra vez.</translation>
    </message>
    <message>
        <source>Type the password again</source>
        <translation>Escribir otra vez la contraseña</translation>
    </message>
    <message>
        <source>Use HTTPS</source>
        <translation>Usar HTTPS</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>Usar el puerto {port}</translation>
    </message>
    <message>
        <source>all is well</source>
        <translation>todo está bien</translation>
    </message>
    <message>
        <source>look first at: {title}</source>
        <translation>mire primero: {title}</translation>
    </message>
    <message>
        <source>nothing wrong, {} not tested</source>
        <translation>ningún fallo, {} sin comprobar</translation>
    </message>
    <message>
        <source>{} fault</source>
        <translation>{} fallo</translation>
    </message>
    <message>
        <source>{} faults</source>
        <translation>{} fallos</translation>
    </message>
    <message>
        <source>{} line so far</source>
        <translation>{} línea hasta ahora</translation>
    </message>
    <message>
        <source>{} lines so far</source>
        <translation>{} líneas hasta ahora</translation>
    </message>
    <message>
        <source>{} not tested</source>
        <translation>{} sin comprobar</translation>
    </message>
    <message>
        <source>{} ok</source>
        <translation>{} bien</translation>
    </message>
    <message>
        <source>{} warning</source>
        <translation>{} aviso</translation>
    </message>
    <message>
        <source>{} warnings</source>
        <translation>{} avisos</translation>
    </message>
</context>
<context>
    <name>panels.chips</name>
    <message>
        <source>{text}. Click to look at it in the check-up.</source>
        <translation>{text}. Pulse para mirarlo en la revisión.</translation>
    </message>
    <message>
        <source>… DICOM</source>
        <translation>… DICOM</translation>
    </message>
    <message>
        <source>○ DICOM</source>
        <translation>○ DICOM</translation>
    </message>
    <message>
        <source>○ Listener</source>
        <translation>○ Receptor</translation>
    </message>
    <message>
        <source>○ Not registered</source>
        <translation>○ No registrado</translation>
    </message>
    <message>
        <source>○ Registered?</source>
        <translation>○ ¿Registrado?</translation>
    </message>
    <message>
        <source>◐ HTTPS</source>
        <translation>◐ HTTPS</translation>
    </message>
    <message>
        <source>⚠ HTTP</source>
        <translation>⚠ HTTP</translation>
    </message>
    <message>
        <source>⚠ Registered</source>
        <translation>⚠ Registrado</translation>
    </message>
    <message>
        <source>✓ C-FIND accepted</source>
        <translation>✓ C-FIND aceptado</translation>
    </message>
    <message>
        <source>✓ DICOM</source>
        <translation>✓ DICOM</translation>
    </message>
    <message>
        <source>✓ HTTPS</source>
        <translation>✓ HTTPS</translation>
    </message>
    <message>
        <source>✓ HTTPS, pinned</source>
        <translation>✓ HTTPS, fijado</translation>
    </message>
    <message>
        <source>✓ Listener {port}</source>
        <translation>✓ Receptor {port}</translation>
    </message>
    <message>
        <source>✓ Registered</source>
        <translation>✓ Registrado</translation>
    </message>
    <message>
        <source>✗ DICOM</source>
        <translation>✗ DICOM</translation>
    </message>
</context>
<context>
    <name>panels.cohort</name>
    <message>
        <source>(empty)</source>
        <translation>(vacía)</translation>
    </message>
    <message>
        <source>All of it arrived.</source>
        <translation>Llegó todo.</translation>
    </message>
    <message>
        <source>Choose a list</source>
        <translation>Elegir una lista</translation>
    </message>
    <message>
        <source>Choose the column first.</source>
        <translation>Elija primero la columna.</translation>
    </message>
    <message>
        <source>Choose the column, and what it holds.</source>
        <translation>Elija la columna y lo que contiene.</translation>
    </message>
    <message>
        <source>Column {number}</source>
        <translation>Columna {number}</translation>
    </message>
    <message>
        <source>Fetch all of it into Slicer's DICOM database, as one transfer.</source>
        <translation>Recuperarlo todo en la base de datos DICOM de Slicer, como una sola transferencia.</translation>
    </message>
    <message>
        <source>First {shown} of {all} rows; all are saved.</source>
        <translation>Primeras {shown} de {all} filas; se guardan todas.</translation>
    </message>
    <message>
        <source>It is being fetched already.</source>
        <translation>Ya se está recuperando.</translation>
    </message>
    <message>
        <source>Line {line}: {value}</source>
        <translation>Línea {line}: {value}</translation>
    </message>
    <message>
        <source>Lists (*.csv *.txt *.tsv);;All files (*)</source>
        <translation>Listas (*.csv *.txt *.tsv);;Todos los ficheros (*)</translation>
    </message>
    <message>
        <source>Save the rows</source>
        <translation>Guardar las filas</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>Guardado.</translation>
    </message>
    <message>
        <source>{:,} row</source>
        <translation>{:,} fila</translation>
    </message>
    <message>
        <source>{:,} rows</source>
        <translation>{:,} filas</translation>
    </message>
    <message>
        <source>{arrived} of {expected}</source>
        <translation>{arrived} de {expected}</translation>
    </message>
</context>
<context>
    <name>panels.deidentify_preview</name>
    <message>
        <source>(no description)</source>
        <translation>(sin descripción)</translation>
    </message>
    <message>
        <source>(removed)</source>
        <translation>(quitado)</translation>
    </message>
    <message>
        <source>Making the preview…</source>
        <translation>Preparando la vista previa…</translation>
    </message>
    <message>
        <source>Nothing is left to be shown.</source>
        <translation>No queda nada que mostrar.</translation>
    </message>
    <message>
        <source>{count} series; look at the warnings of {warned} of them.</source>
        <translation>{count} series; mire los avisos de {warned} de ellas.</translation>
    </message>
</context>
<context>
    <name>panels.editing</name>
    <message>
        <source>Asking the server…</source>
        <translation>Preguntando al servidor…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Correct</source>
        <translation>Corregir</translation>
    </message>
    <message>
        <source>Correct “{what}”</source>
        <translation>Corregir «{what}»</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Borrar</translation>
    </message>
    <message>
        <source>Delete it on the server, if it is still the same.</source>
        <translation>Borrarlo en el servidor, si sigue igual.</translation>
    </message>
    <message>
        <source>Delete “{what}”</source>
        <translation>Borrar «{what}»</translation>
    </message>
    <message>
        <source>Have the server make a corrected study, with new UIDs.</source>
        <translation>Hacer que el servidor cree un estudio corregido, con UID nuevos.</translation>
    </message>
    <message>
        <source>It can't be undone. Type {word} to agree:</source>
        <translation>No se puede deshacer. Escriba {word} para confirmar:</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>The server is at it: {percent} %</source>
        <translation>El servidor está en ello: {percent} %</translation>
    </message>
    <message>
        <source>Type {word} first.</source>
        <translation>Escriba antes {word}.</translation>
    </message>
    <message>
        <source>{instances} instances, {size}. Looked at just now.</source>
        <translation>{instances} instancias, {size}. Mirado ahora mismo.</translation>
    </message>
    <message>
        <source>{server}: {patient} {name}, {date}, {modalities}, {series} series, </source>
        <translation>{server}: {patient} {name}, {date}, {modalities}, {series} series, </translation>
    </message>
    <message>
        <source>● Deleted on the server.</source>
        <translation>● Borrado en el servidor.</translation>
    </message>
    <message>
        <source>● The corrected study has {count} instances and took the old one's place.</source>
        <translation>● El estudio corregido tiene {count} instancias y ha ocupado el lugar del antiguo.</translation>
    </message>
    <message>
        <source>● The corrected study has {count} instances; the old one is there as well.</source>
        <translation>● El estudio corregido tiene {count} instancias; el antiguo también está.</translation>
    </message>
</context>
<context>
    <name>panels.follow</name>
    <message>
        <source>Fetch each new series that matches, as soon as it is whole, until you stop it.</source>
        <translation>Recuperar cada serie nueva que coincida, en cuanto esté completa, hasta que usted lo detenga.</translation>
    </message>
    <message>
        <source>It stops before what it has fetched takes more than this.</source>
        <translation>Se detiene antes de que lo recuperado ocupe más que esto.</translation>
    </message>
    <message>
        <source>Stop following first.</source>
        <translation>Detenga primero el seguimiento.</translation>
    </message>
    <message>
        <source>Whether what is on the server already is fetched as well. A query that was followed before goes on where it was.</source>
        <translation>Si se recupera también lo que ya está en el servidor. Una consulta que ya se siguió continúa donde se quedó.</translation>
    </message>
</context>
<context>
    <name>panels.job_rows</name>
    <message>
        <source>Details ({count})</source>
        <translation>Detalles ({count})</translation>
    </message>
    <message>
        <source>The upload of {title} to {server} did not come to its end: {known}.</source>
        <translation>La subida de {title} a {server} no llegó a su fin: {known}.</translation>
    </message>
    <message>
        <source>The upload of {title} to {server} left something undone: {known}.</source>
        <translation>La subida de {title} a {server} dejó algo sin hacer: {known}.</translation>
    </message>
    <message>
        <source>{:,} file is stored</source>
        <translation>{:,} fichero está almacenado</translation>
    </message>
    <message>
        <source>{:,} files are stored</source>
        <translation>{:,} ficheros están almacenados</translation>
    </message>
    <message>
        <source>{count} failed</source>
        <translation>con error: {count}</translation>
    </message>
</context>
<context>
    <name>panels.kept</name>
    <message>
        <source>Fetch what is not here yet.</source>
        <translation>Recuperar lo que aún no está aquí.</translation>
    </message>
    <message>
        <source>Forget the interrupted retrieves</source>
        <translation>Olvidar las recuperaciones interrumpidas</translation>
    </message>
    <message>
        <source>Offer it no more; what has arrived stays.</source>
        <translation>No ofrecerla más; lo que ha llegado permanece.</translation>
    </message>
    <message>
        <source>Resume the interrupted retrieves</source>
        <translation>Reanudar las recuperaciones interrumpidas</translation>
    </message>
    <message>
        <source>{} series</source>
        <translation>{} series</translation>
    </message>
    <message>
        <source>⚠ A retrieve of an earlier session did not come to its end: {series}.</source>
        <translation>⚠ Una recuperación de una sesión anterior no llegó a su fin: {series}.</translation>
    </message>
</context>
<context>
    <name>panels.labels</name>
    <message>
        <source>Asking the server…</source>
        <translation>Preguntando al servidor…</translation>
    </message>
    <message>
        <source>Labels of “{what}”</source>
        <translation>Etiquetas de «{what}»</translation>
    </message>
    <message>
        <source>Others on this server: {labels}</source>
        <translation>Otras en este servidor: {labels}</translation>
    </message>
    <message>
        <source>Put these labels on it, and take others away.</source>
        <translation>Ponerle estas etiquetas y quitarle otras.</translation>
    </message>
    <message>
        <source>● Saved on the server.</source>
        <translation>● Guardadas en el servidor.</translation>
    </message>
</context>
<context>
    <name>panels.listener</name>
    <message>
        <source>Connect to a server first: its settings have the port.</source>
        <translation>Conéctese primero a un servidor: el puerto está en sus ajustes.</translation>
    </message>
    <message>
        <source>DICOM listener</source>
        <translation>Receptor DICOM</translation>
    </message>
    <message>
        <source>Not running (port {port}).</source>
        <translation>Parado (puerto {port}).</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Iniciar</translation>
    </message>
    <message>
        <source>Start the DICOM listener.</source>
        <translation>Iniciar el receptor DICOM.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>Stop the DICOM listener.</source>
        <translation>Detener el receptor DICOM.</translation>
    </message>
    <message>
        <source>needs you</source>
        <translation>le necesita</translation>
    </message>
    <message>
        <source>not running</source>
        <translation>parado</translation>
    </message>
    <message>
        <source>running on {port}</source>
        <translation>en marcha en el {port}</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>arrancando</translation>
    </message>
    <message>
        <source>starts with Slicer</source>
        <translation>se inicia con Slicer</translation>
    </message>
</context>
<context>
    <name>panels.load_box</name>
    <message>
        <source>Asking the server what this belongs to…</source>
        <translation>Preguntando al servidor a qué pertenece…</translation>
    </message>
    <message>
        <source>Load {} series</source>
        <translation>Cargar {} series</translation>
    </message>
    <message>
        <source>Retrieve all of them, then load those ticked.</source>
        <translation>Recuperarlas todas y cargar después las marcadas.</translation>
    </message>
    <message>
        <source>Tick at least one series.</source>
        <translation>Marque al menos una serie.</translation>
    </message>
    <message>
        <source>Which of these {count} series shall be loaded? All will be retrieved.</source>
        <translation>¿Cuáles de estas {count} series se cargan? Se recuperan todas.</translation>
    </message>
</context>
<context>
    <name>panels.opening</name>
    <message>
        <source>Another link came meanwhile and was dropped.</source>
        <translation>Entretanto llegó otro enlace, que se ha descartado.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Connect to {server} above: then {kind} {id} is opened.</source>
        <translation>Conéctese arriba a {server}: entonces se abre {kind} {id}.</translation>
    </message>
    <message>
        <source>Fetch and load</source>
        <translation>Recuperar y cargar</translation>
    </message>
    <message>
        <source>Fetch and load what the browser's link names</source>
        <translation>Recuperar y cargar lo que nombra el enlace del navegador</translation>
    </message>
    <message>
        <source>Fetch nothing, and forget the link.</source>
        <translation>No recuperar nada, y olvidar el enlace.</translation>
    </message>
    <message>
        <source>Forget the browser's link</source>
        <translation>Olvidar el enlace del navegador</translation>
    </message>
    <message>
        <source>No</source>
        <translation>No</translation>
    </message>
    <message>
        <source>Opening {kind} {id} of {server}…</source>
        <translation>Abriendo {kind} {id} de {server}…</translation>
    </message>
    <message>
        <source>Retrieve it from your server, and load it.</source>
        <translation>Recuperarlo de su servidor, y cargarlo.</translation>
    </message>
    <message>
        <source>Your browser asks to open {kind} {id} of {server} here. Shall it?</source>
        <translation>Su navegador pide abrir aquí {kind} {id} de {server}. ¿Lo permite?</translation>
    </message>
    <message>
        <source>the series</source>
        <translation>la serie</translation>
    </message>
    <message>
        <source>the study</source>
        <translation>el estudio</translation>
    </message>
</context>
<context>
    <name>panels.patient_tree</name>
    <message>
        <source>(no description)</source>
        <translation>(sin descripción)</translation>
    </message>
    <message>
        <source>(no name)</source>
        <translation>(sin nombre)</translation>
    </message>
</context>
<context>
    <name>panels.problems_table</name>
    <message>
        <source>Copied.</source>
        <translation>Copiado.</translation>
    </message>
    <message>
        <source>First {shown} of {all} rows; all are copied and saved.</source>
        <translation>Primeras {shown} de {all} filas; se copian y se guardan todas.</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>Save the details</source>
        <translation>Guardar los detalles</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>Guardado.</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Qué</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Qué hacer</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Motivo</translation>
    </message>
    <message>
        <source>different</source>
        <translation>distinto</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>con error</translation>
    </message>
    <message>
        <source>no label</source>
        <translation>sin etiqueta</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>omitido</translation>
    </message>
</context>
<context>
    <name>panels.profile_form</name>
    <message>
        <source>New server</source>
        <translation>Servidor nuevo</translation>
    </message>
    <message>
        <source>Server settings</source>
        <translation>Ajustes del servidor</translation>
    </message>
    <message>
        <source>✗ Correct the fields marked above.</source>
        <translation>✗ Corrija los campos señalados arriba.</translation>
    </message>
</context>
<context>
    <name>panels.query</name>
    <message>
        <source>Ask the server what matches.</source>
        <translation>Preguntar al servidor qué coincide.</translation>
    </message>
    <message>
        <source>Asking the server…</source>
        <translation>Preguntando al servidor…</translation>
    </message>
    <message>
        <source>Automatic ({way})</source>
        <translation>Automático ({way})</translation>
    </message>
    <message>
        <source>C-FIND</source>
        <translation>C-FIND</translation>
    </message>
    <message>
        <source>Fetch no further results.</source>
        <translation>No traer más resultados.</translation>
    </message>
    <message>
        <source>Fetch the selected results, or the latest of what is selected, and the images that they are of, and show them.</source>
        <translation>Trae los resultados seleccionados, o los últimos de lo seleccionado, y las imágenes a las que pertenecen, y los muestra.</translation>
    </message>
    <message>
        <source>Fetching the results…</source>
        <translation>Trayendo los resultados…</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Cargar</translation>
    </message>
    <message>
        <source>Load it from Slicer's DICOM database and show it.</source>
        <translation>Cargarlo de la base de datos DICOM de Slicer y mostrarlo.</translation>
    </message>
    <message>
        <source>Load with results</source>
        <translation>Con resultados</translation>
    </message>
    <message>
        <source>Loaded: {}.</source>
        <translation>Cargado: {}.</translation>
    </message>
    <message>
        <source>Nothing on the server matches.</source>
        <translation>Nada coincide en el servidor.</translation>
    </message>
    <message>
        <source>Press Query to list what is on the server, or type a part of a name first.

* stands for any text: Pér*</source>
        <translation>Pulse Consultar para ver lo que hay en el servidor, o escriba antes parte de un nombre.

* vale por cualquier texto: Pér*</translation>
    </message>
    <message>
        <source>Retrieve and load</source>
        <translation>Recuperar y cargar</translation>
    </message>
    <message>
        <source>Retrieve what is selected into Slicer's DICOM database.</source>
        <translation>Recuperar lo seleccionado en la base de datos DICOM de Slicer.</translation>
    </message>
    <message>
        <source>Retrieve what is selected, then load it and show it.</source>
        <translation>Recuperar lo seleccionado y después cargarlo y mostrarlo.</translation>
    </message>
    <message>
        <source>Select patients, studies or series first.</source>
        <translation>Seleccione primero pacientes, estudios o series.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>The list stands in the main window.</source>
        <translation>La lista está en la ventana principal.</translation>
    </message>
    <message>
        <source>The patient ID was looked for with the spaces before it.</source>
        <translation>El ID del paciente se buscó con los espacios que lo preceden.</translation>
    </message>
    <message>
        <source>The query did not work; see above.</source>
        <translation>La consulta no funcionó; vea arriba.</translation>
    </message>
    <message>
        <source>The series of this are not known: query again first.</source>
        <translation>No se conocen las series de esto: consulte otra vez antes.</translation>
    </message>
    <message>
        <source>The server has no images yet.

Upload some below.</source>
        <translation>El servidor aún no tiene imágenes.

Suba algunas más abajo.</translation>
    </message>
    <message>
        <source>The server is being asked already.</source>
        <translation>Ya se está preguntando al servidor.</translation>
    </message>
    <message>
        <source>This comes by “Load with results”.</source>
        <translation>Esto se trae con «Con resultados».</translation>
    </message>
    <message>
        <source>Try a part of the name, or leave out a filter.</source>
        <translation>Pruebe con una parte del nombre, o quite un filtro.</translation>
    </message>
    <message>
        <source>Wait for the query's end first, or cancel it.</source>
        <translation>Espere antes a que acabe la consulta, o cancélela.</translation>
    </message>
    <message>
        <source>What the server has is listed here when you are connected.</source>
        <translation>Aquí se muestra lo que tiene el servidor cuando esté conectado.</translation>
    </message>
    <message>
        <source>any</source>
        <translation>cualquiera</translation>
    </message>
    <message>
        <source>cancelled, there may be more</source>
        <translation>cancelada, puede haber más</translation>
    </message>
    <message>
        <source>first {count} studies</source>
        <translation>primeros {count} estudios</translation>
    </message>
    <message>
        <source>over HTTPS</source>
        <translation>por HTTPS</translation>
    </message>
    <message>
        <source>{} patient</source>
        <translation>{} paciente</translation>
    </message>
    <message>
        <source>{} patients</source>
        <translation>{} pacientes</translation>
    </message>
    <message>
        <source>{} studies</source>
        <translation>{} estudios</translation>
    </message>
    <message>
        <source>{} study</source>
        <translation>{} estudio</translation>
    </message>
    <message>
        <source>⚠ The numbers of instances are not known: {why}</source>
        <translation>⚠ No se conoce el número de instancias: {why}</translation>
    </message>
</context>
<context>
    <name>panels.query_cells</name>
    <message>
        <source>born {year}</source>
        <translation>nac. {year}</translation>
    </message>
    <message>
        <source>{title} and {count} more</source>
        <translation>{title} y {count} más</translation>
    </message>
    <message>
        <source>{} studies</source>
        <translation>{} estudios</translation>
    </message>
    <message>
        <source>{} study</source>
        <translation>{} estudio</translation>
    </message>
    <message>
        <source>● in Slicer</source>
        <translation>● aquí</translation>
    </message>
    <message>
        <source>◐ {count}</source>
        <translation>◐ {count}</translation>
    </message>
    <message>
        <source>◐ {present} of {all}</source>
        <translation>◐ {present}/{all}</translation>
    </message>
    <message>
        <source>✕ {present}, not {all}</source>
        <translation>✕ {present}, no {all}</translation>
    </message>
</context>
<context>
    <name>panels.query_list</name>
    <message>
        <source>Back into the panel</source>
        <translation>Volver al panel</translation>
    </message>
    <message>
        <source>Compare with the server</source>
        <translation>Comparar con el servidor</translation>
    </message>
    <message>
        <source>Comparing with the server: {done} of {all} series</source>
        <translation>Comparando con el servidor: {done} de {all} series</translation>
    </message>
    <message>
        <source>Copy Orthanc identifier</source>
        <translation>Copiar el identificador de Orthanc</translation>
    </message>
    <message>
        <source>Copy UID</source>
        <translation>Copiar el UID</translation>
    </message>
    <message>
        <source>Correct on the server…</source>
        <translation>Corregir en el servidor…</translation>
    </message>
    <message>
        <source>Delete on the server…</source>
        <translation>Borrar en el servidor…</translation>
    </message>
    <message>
        <source>Labels…</source>
        <translation>Etiquetas…</translation>
    </message>
    <message>
        <source>Large</source>
        <translation>Grande</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Abrir</translation>
    </message>
    <message>
        <source>Orthanc Connect</source>
        <translation>Orthanc Connect</translation>
    </message>
    <message>
        <source>Pictures of series</source>
        <translation>Imágenes de las series</translation>
    </message>
    <message>
        <source>Quick look</source>
        <translation>Vistazo rápido</translation>
    </message>
    <message>
        <source>Stop comparing</source>
        <translation>Dejar de comparar</translation>
    </message>
    <message>
        <source>{series}: the server can't make pictures of it.</source>
        <translation>{series}: el servidor no puede hacer imágenes de ella.</translation>
    </message>
</context>
<context>
    <name>panels.query_results</name>
    <message>
        <source>replaced</source>
        <translation>sustituido</translation>
    </message>
    <message>
        <source>version {number}</source>
        <translation>versión {number}</translation>
    </message>
    <message>
        <source>{what} “{title}”</source>
        <translation>{what} «{title}»</translation>
    </message>
</context>
<context>
    <name>panels.query_tree</name>
    <message>
        <source>?</source>
        <translation>?</translation>
    </message>
    <message>
        <source>Compared at {time}: {what}</source>
        <translation>Comparado a las {time}: {what}</translation>
    </message>
    <message>
        <source>Instances in Slicer: {here}, on the server: {there}.</source>
        <translation>Instancias en Slicer: {here}, en el servidor: {there}.</translation>
    </message>
    <message>
        <source>✕ other content</source>
        <translation>✕ otro contenido</translation>
    </message>
    <message>
        <source>✕ other patient</source>
        <translation>✕ otro paciente</translation>
    </message>
</context>
<context>
    <name>panels.registration</name>
    <message>
        <source>Asking the server…</source>
        <translation>Preguntando al servidor…</translation>
    </message>
    <message>
        <source>Entry {name} is corrected:</source>
        <translation>La entrada {name} se corrige:</translation>
    </message>
    <message>
        <source>Entry {name} stays as it is.</source>
        <translation>La entrada {name} queda como está.</translation>
    </message>
    <message>
        <source>New entry {name}:</source>
        <translation>Entrada nueva {name}:</translation>
    </message>
    <message>
        <source>The AE title stands in other entries as well: {others}.</source>
        <translation>El título AE figura también en otras entradas: {others}.</translation>
    </message>
    <message>
        <source>This computer is {address} for the server.</source>
        <translation>Para el servidor, este ordenador es {address}.</translation>
    </message>
    <message>
        <source>⚠ The entry has another address: if it is another computer's, choose another AE title in the settings instead.</source>
        <translation>⚠ La entrada tiene otra dirección: si es la de otro ordenador, elija en su lugar otro título AE en los ajustes.</translation>
    </message>
</context>
<context>
    <name>panels.results</name>
    <message>
        <source>Install {package}</source>
        <translation>Instalar {package}</translation>
    </message>
    <message>
        <source>None of them can be used.</source>
        <translation>Ninguno de ellos se puede usar.</translation>
    </message>
    <message>
        <source>Orthanc keeps scenes of up to {size}.</source>
        <translation>Orthanc guarda escenas de hasta {size}.</translation>
    </message>
    <message>
        <source>Results of this scene</source>
        <translation>Resultados de esta escena</translation>
    </message>
    <message>
        <source>Send to {server}</source>
        <translation>Enviar a {server}</translation>
    </message>
    <message>
        <source>Send what waits on this computer to the server.</source>
        <translation>Envía al servidor lo que espera en este ordenador.</translation>
    </message>
    <message>
        <source>Write what is ticked, and send it to its study.</source>
        <translation>Escribe lo marcado y lo envía a su estudio.</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>cambiado</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>enviado</translation>
    </message>
    <message>
        <source>sent before</source>
        <translation>ya enviado</translation>
    </message>
    <message>
        <source>series</source>
        <translation>serie</translation>
    </message>
    <message>
        <source>the server</source>
        <translation>el servidor</translation>
    </message>
    <message>
        <source>with the study</source>
        <translation>con el estudio</translation>
    </message>
    <message>
        <source>{count} of {all} ticked</source>
        <translation>{count} de {all} marcados</translation>
    </message>
    <message>
        <source>{results}, from {day}.</source>
        <translation>{results}, del {day}.</translation>
    </message>
    <message>
        <source>{what} (up to {size})</source>
        <translation>{what} (hasta {size})</translation>
    </message>
    <message>
        <source>{what} “{title}”</source>
        <translation>{what} «{title}»</translation>
    </message>
    <message>
        <source>{} of these was sent before. Mark the earlier one as replaced?</source>
        <translation>{} de estos ya se envió antes. ¿Marcar el anterior como sustituido?</translation>
    </message>
    <message>
        <source>{} of these were sent before. Mark the earlier ones as replaced?</source>
        <translation>{} de estos ya se enviaron antes. ¿Marcar los anteriores como sustituidos?</translation>
    </message>
    <message>
        <source>… and {count} more</source>
        <translation>… y {count} más</translation>
    </message>
    <message>
        <source>⚠ {} result waits</source>
        <translation>⚠ {} resultado espera</translation>
    </message>
    <message>
        <source>⚠ {} results wait</source>
        <translation>⚠ {} resultados esperan</translation>
    </message>
</context>
<context>
    <name>panels.room</name>
    <message>
        <source>, {size} freed</source>
        <translation>, {size} liberados</translation>
    </message>
    <message>
        <source>Counting…</source>
        <translation>Contando…</translation>
    </message>
    <message>
        <source>Look for studies that the server has file by file as they are here.</source>
        <translation>Buscar estudios que el servidor tiene, fichero por fichero, tal como están aquí.</translation>
    </message>
    <message>
        <source>Remove the ticked studies from this computer; the server keeps them.</source>
        <translation>Quitar de este ordenador los estudios marcados; el servidor los conserva.</translation>
    </message>
    <message>
        <source>Remove {studies} ({size}) from this computer? The server had each file when asked.</source>
        <translation>¿Quitar {studies} ({size}) de este ordenador? El servidor tenía cada fichero al preguntarle.</translation>
    </message>
    <message>
        <source>Remove {studies} ({size})…</source>
        <translation>Quitar {studies} ({size})…</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>Quitar…</translation>
    </message>
    <message>
        <source>Removing…</source>
        <translation>Quitando…</translation>
    </message>
    <message>
        <source>Room on disk</source>
        <translation>Espacio en disco</translation>
    </message>
    <message>
        <source>Slicer's DICOM database takes {size}: {studies}.</source>
        <translation>La base de datos DICOM de Slicer ocupa {size}: {studies}.</translation>
    </message>
    <message>
        <source>The server has none of them as they are here.</source>
        <translation>El servidor no tiene ninguno de ellos tal como están aquí.</translation>
    </message>
    <message>
        <source>There is nothing in Slicer's DICOM database.</source>
        <translation>No hay nada en la base de datos DICOM de Slicer.</translation>
    </message>
    <message>
        <source>Tick what is to go first.</source>
        <translation>Marque primero lo que se debe ir.</translation>
    </message>
    <message>
        <source>Wait for its end first.</source>
        <translation>Espere primero a que acabe.</translation>
    </message>
    <message>
        <source>{:,} studies</source>
        <translation>{:,} estudios</translation>
    </message>
    <message>
        <source>{:,} study</source>
        <translation>{:,} estudio</translation>
    </message>
    <message>
        <source>{size} above its limit</source>
        <translation>{size} por encima de su límite</translation>
    </message>
    <message>
        <source>{} studies</source>
        <translation>{} estudios</translation>
    </message>
    <message>
        <source>{} studies stay, first: {{}}</source>
        <translation>{} estudios se quedan; el primero: {{}}</translation>
    </message>
    <message>
        <source>{} study</source>
        <translation>{} estudio</translation>
    </message>
    <message>
        <source>{} study stays: {{}}</source>
        <translation>{} estudio se queda: {{}}</translation>
    </message>
    <message>
        <source>✓ {} studies removed</source>
        <translation>✓ {} estudios quitados</translation>
    </message>
    <message>
        <source>✓ {} study removed</source>
        <translation>✓ {} estudio quitado</translation>
    </message>
</context>
<context>
    <name>panels.server</name>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Conectar</translation>
    </message>
    <message>
        <source>Connect to another Orthanc server</source>
        <translation>Conectar con otro servidor Orthanc</translation>
    </message>
    <message>
        <source>Connect to this server and remember it.</source>
        <translation>Conectar con este servidor y recordarlo.</translation>
    </message>
    <message>
        <source>Connect to your Orthanc server</source>
        <translation>Conéctese a su servidor Orthanc</translation>
    </message>
    <message>
        <source>Installed. Connect again with the box ticked.</source>
        <translation>Instalado. Vuelva a conectar con la casilla marcada.</translation>
    </message>
    <message>
        <source>It is asked again by itself.</source>
        <translation>Se le vuelve a preguntar de forma automática.</translation>
    </message>
    <message>
        <source>Log in…</source>
        <translation>Iniciar sesión…</translation>
    </message>
    <message>
        <source>Passphrase of your key</source>
        <translation>Frase de contraseña de su clave</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Contraseña</translation>
    </message>
    <message>
        <source>Password of {user}</source>
        <translation>Contraseña de {user}</translation>
    </message>
    <message>
        <source>Password of {user}: in the keychain</source>
        <translation>Contraseña de {user}: en el llavero</translation>
    </message>
    <message>
        <source>Password of {user}: still known</source>
        <translation>Contraseña de {user}: aún conocida</translation>
    </message>
    <message>
        <source>Remember the login in the keychain</source>
        <translation>Recordar la sesión en el llavero</translation>
    </message>
    <message>
        <source>Remember the password in the keychain</source>
        <translation>Recordar la contraseña en el llavero</translation>
    </message>
    <message>
        <source>Remove {name} from this list? Nothing is deleted on the server.</source>
        <translation>¿Quitar {name} de esta lista? No se borra nada en el servidor.</translation>
    </message>
    <message>
        <source>The server's AE title is {told}; the settings have {ours}.</source>
        <translation>El título AE del servidor es {told}; los ajustes tienen {ours}.</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Token: still known</source>
        <translation>Token: aún se conoce</translation>
    </message>
    <message>
        <source>Type the server's address first.</source>
        <translation>Escriba primero la dirección del servidor.</translation>
    </message>
    <message>
        <source>○ Not connected</source>
        <translation>○ Sin conexión</translation>
    </message>
    <message>
        <source>● Connected to {name} (Orthanc {version})</source>
        <translation>● Conectado a {name} (Orthanc {version})</translation>
    </message>
    <message>
        <source>◐ {name} does not answer</source>
        <translation>◐ {name} no responde</translation>
    </message>
    <message>
        <source>⚠ Not encrypted (http): the password and all images cross the network in clear.</source>
        <translation>⚠ Sin cifrar (http): la contraseña y todas las imágenes cruzan la red a la vista.</translation>
    </message>
</context>
<context>
    <name>panels.server_menu</name>
    <message>
        <source>Choose a profile file</source>
        <translation>Elegir un fichero de perfil</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>Duplicar</translation>
    </message>
    <message>
        <source>Duplicated as {}.</source>
        <translation>Duplicado como {}.</translation>
    </message>
    <message>
        <source>Edit…</source>
        <translation>Editar…</translation>
    </message>
    <message>
        <source>Export the profile</source>
        <translation>Exportar el perfil</translation>
    </message>
    <message>
        <source>Export to a profile file…</source>
        <translation>Exportar a un fichero de perfil…</translation>
    </message>
    <message>
        <source>Exported to {}, without user and password.</source>
        <translation>Exportado a {}, sin usuario ni contraseña.</translation>
    </message>
    <message>
        <source>Import a profile file…</source>
        <translation>Importar un fichero de perfil…</translation>
    </message>
    <message>
        <source>Imported: {}.</source>
        <translation>Importado: {}.</translation>
    </message>
    <message>
        <source>Log out</source>
        <translation>Cerrar sesión</translation>
    </message>
    <message>
        <source>Logged out here. The provider did not end the login: there it expires.</source>
        <translation>Sesión cerrada aquí. El proveedor no la ha terminado: allí caduca.</translation>
    </message>
    <message>
        <source>Logged out.</source>
        <translation>Sesión cerrada.</translation>
    </message>
    <message>
        <source>Make it the default</source>
        <translation>Usarlo como predeterminado</translation>
    </message>
    <message>
        <source>Register this Slicer…</source>
        <translation>Registrar este Slicer…</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>Quitar…</translation>
    </message>
    <message>
        <source>Show in Slicer's own server lists</source>
        <translation>Mostrar en las listas de servidores de Slicer</translation>
    </message>
    <message>
        <source>Slicer's Query window and visual browser show it when opened.</source>
        <translation>La ventana Query y el navegador visual de Slicer lo muestran al abrirse.</translation>
    </message>
    <message>
        <source>The server's certificate will be renewed, and this file names the one to follow:

{fingerprint}

Compare it with the administrator's. Trust it as well?</source>
        <translation>El certificado del servidor se renovará, y este archivo nombra el que seguirá:

{fingerprint}

Compárelo con el de quien administra. ¿Confiar también en él?</translation>
    </message>
</context>
<context>
    <name>panels.texts</name>
    <message>
        <source>Angle</source>
        <translation>Ángulo</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Cancelado.</translation>
    </message>
    <message>
        <source>Cancelled: {counts}</source>
        <translation>Cancelado: {counts}</translation>
    </message>
    <message>
        <source>Closed curve</source>
        <translation>Curva cerrada</translation>
    </message>
    <message>
        <source>Contours</source>
        <translation>Contornos</translation>
    </message>
    <message>
        <source>Curve</source>
        <translation>Curva</translation>
    </message>
    <message>
        <source>Interrupted: {message} Resume goes on where it was.</source>
        <translation>Interrumpida: {message} Reanudar continúa donde se quedó.</translation>
    </message>
    <message>
        <source>Label map</source>
        <translation>Mapa de etiquetas</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Línea</translation>
    </message>
    <message>
        <source>Loaded: {names}</source>
        <translation>Cargado: {names}</translation>
    </message>
    <message>
        <source>Measurements</source>
        <translation>Mediciones</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>En pausa</translation>
    </message>
    <message>
        <source>Plane</source>
        <translation>Plano</translation>
    </message>
    <message>
        <source>Point</source>
        <translation>Punto</translation>
    </message>
    <message>
        <source>Points</source>
        <translation>Puntos</translation>
    </message>
    <message>
        <source>ROI</source>
        <translation>ROI</translation>
    </message>
    <message>
        <source>Scene</source>
        <translation>Escena</translation>
    </message>
    <message>
        <source>Segmentation</source>
        <translation>Segmentación</translation>
    </message>
    <message>
        <source>Statistics</source>
        <translation>Estadísticas</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>Volumen</translation>
    </message>
    <message>
        <source>Waiting for the retrieve before it</source>
        <translation>Esperando a la recuperación anterior</translation>
    </message>
    <message>
        <source>Waiting for the sending before it</source>
        <translation>Espera a que termine el envío anterior</translation>
    </message>
    <message>
        <source>Waiting for the upload before it</source>
        <translation>Esperando a la subida anterior</translation>
    </message>
    <message>
        <source>{count} already there</source>
        <translation>ya presentes: {count}</translation>
    </message>
    <message>
        <source>{count} already there ({alone} by identifiers alone)</source>
        <translation>ya presentes: {count} ({alone} solo por sus identificadores)</translation>
    </message>
    <message>
        <source>{count} bytes</source>
        <translation>{count} bytes</translation>
    </message>
    <message>
        <source>{count} failed</source>
        <translation>con error: {count}</translation>
    </message>
    <message>
        <source>{count} not reached</source>
        <translation>sin alcanzar: {count}</translation>
    </message>
    <message>
        <source>{count} skipped</source>
        <translation>omitidas: {count}</translation>
    </message>
    <message>
        <source>{count} stored</source>
        <translation>almacenadas: {count}</translation>
    </message>
    <message>
        <source>{count} there, but different</source>
        <translation>presentes pero distintas: {count}</translation>
    </message>
    <message>
        <source>{count} verified</source>
        <translation>verificadas: {count}</translation>
    </message>
    <message>
        <source>{count} were here before</source>
        <translation>ya estaban aquí: {count}</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} de {total}</translation>
    </message>
    <message>
        <source>{there} of {all} are here</source>
        <translation>{there} de {all} están aquí</translation>
    </message>
    <message>
        <source>{there} of {all} are on the server</source>
        <translation>{there} de {all} están en el servidor</translation>
    </message>
    <message>
        <source>{there} of {expected} arrived</source>
        <translation>llegaron {there} de {expected}</translation>
    </message>
    <message>
        <source>{there} of {expected} arrived and verified</source>
        <translation>llegaron {there} de {expected}, verificadas</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>faltan {time}</translation>
    </message>
    <message>
        <source>“Install {package}” does it.</source>
        <translation>«Instalar {package}» lo hace.</translation>
    </message>
    <message>
        <source>⚠ {unknown} of {files} files can't be compared: {reason}</source>
        <translation>⚠ {unknown} de {files} ficheros no se pueden comparar: {reason}</translation>
    </message>
    <message>
        <source>✓ All {files} files have the server's content.</source>
        <translation>✓ Los {files} ficheros tienen el contenido del servidor.</translation>
    </message>
    <message>
        <source>✕ Other content than the server's: {differ} of {files} files. To have the server's, remove the series in the DICOM module, then retrieve it.</source>
        <translation>✕ Contenido distinto del del servidor: {differ} de {files} ficheros. Para tener el del servidor, quite la serie en el módulo DICOM y recupérela después.</translation>
    </message>
</context>
<context>
    <name>panels.transfer_actions</name>
    <message>
        <source>Choose a transfer first.</source>
        <translation>Elija primero una transferencia.</translation>
    </message>
    <message>
        <source>End it; what has arrived until then is kept.</source>
        <translation>Terminarla; lo que haya llegado hasta entonces se conserva.</translation>
    </message>
    <message>
        <source>Go on where it was; what is stored is not sent again.</source>
        <translation>Continuar donde se quedó; lo almacenado no se envía otra vez.</translation>
    </message>
    <message>
        <source>It has ended already.</source>
        <translation>Ya ha terminado.</translation>
    </message>
    <message>
        <source>It is being stopped.</source>
        <translation>Se está deteniendo.</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
    <message>
        <source>Receipt saved: {} row.</source>
        <translation>Comprobante guardado: {} fila.</translation>
    </message>
    <message>
        <source>Receipt saved: {} rows.</source>
        <translation>Comprobante guardado: {} filas.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reanudar</translation>
    </message>
    <message>
        <source>Save one row a file or instance, as CSV or JSON.</source>
        <translation>Guardar una fila por fichero o instancia, como CSV o JSON.</translation>
    </message>
    <message>
        <source>Save the receipt</source>
        <translation>Guardar el comprobante</translation>
    </message>
    <message>
        <source>Show it on the server's own page, in your browser.</source>
        <translation>Mostrarlo en la página del propio servidor, en su navegador.</translation>
    </message>
    <message>
        <source>Stop for now; Resume goes on where it was, even after a restart.</source>
        <translation>Detener por ahora; Reanudar continúa donde se quedó, incluso tras un reinicio.</translation>
    </message>
    <message>
        <source>The same again: what is stored is recognised, what failed is tried again.</source>
        <translation>Lo mismo otra vez: lo almacenado se reconoce, lo que falló se reintenta.</translation>
    </message>
</context>
<context>
    <name>panels.transfers</name>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Following: {query}</source>
        <translation>Siguiendo: {query}</translation>
    </message>
    <message>
        <source>None has ended yet.</source>
        <translation>Aún no ha terminado ninguna.</translation>
    </message>
    <message>
        <source>Results to {server}</source>
        <translation>Resultados a {server}</translation>
    </message>
    <message>
        <source>Retrieve from {server}</source>
        <translation>Recuperar de {server}</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>Take the transfers that have ended off this list.</source>
        <translation>Retirar de esta lista las transferencias terminadas.</translation>
    </message>
    <message>
        <source>Transfers</source>
        <translation>Transferencias</translation>
    </message>
    <message>
        <source>Upload to {server}</source>
        <translation>Subir a {server}</translation>
    </message>
    <message>
        <source>{} cancelled</source>
        <translation>canceladas: {}</translation>
    </message>
    <message>
        <source>{} done</source>
        <translation>hechas: {}</translation>
    </message>
    <message>
        <source>{} need you</source>
        <translation>{} le necesitan</translation>
    </message>
    <message>
        <source>{} needs you</source>
        <translation>{} le necesita</translation>
    </message>
    <message>
        <source>{} paused</source>
        <translation>{} en pausa</translation>
    </message>
    <message>
        <source>{} running</source>
        <translation>{} en curso</translation>
    </message>
    <message>
        <source>{} waiting</source>
        <translation>{} en espera</translation>
    </message>
    <message>
        <source>‖ paused</source>
        <translation>‖ en pausa</translation>
    </message>
    <message>
        <source>… waiting</source>
        <translation>… en espera</translation>
    </message>
    <message>
        <source>■ cancelled</source>
        <translation>■ cancelada</translation>
    </message>
    <message>
        <source>⚠ interrupted</source>
        <translation>⚠ interrumpida</translation>
    </message>
    <message>
        <source>⚠ needs you</source>
        <translation>⚠ le necesita</translation>
    </message>
    <message>
        <source>⚠ server is away</source>
        <translation>⚠ el servidor no está</translation>
    </message>
    <message>
        <source>✓ done</source>
        <translation>✓ hecha</translation>
    </message>
    <message>
        <source>✗ failed</source>
        <translation>✗ con error</translation>
    </message>
</context>
<context>
    <name>panels.upload</name>
    <message>
        <source>= {:,} file is there twice.</source>
        <translation>= {:,} fichero está dos veces.</translation>
    </message>
    <message>
        <source>= {:,} files are there twice.</source>
        <translation>= {:,} ficheros están dos veces.</translation>
    </message>
    <message>
        <source>Choose a folder or files first.</source>
        <translation>Elija primero una carpeta o ficheros.</translation>
    </message>
    <message>
        <source>Choose a folder to upload</source>
        <translation>Elegir una carpeta para subir</translation>
    </message>
    <message>
        <source>Choose files to upload</source>
        <translation>Elegir ficheros para subir</translation>
    </message>
    <message>
        <source>De-identify and upload</source>
        <translation>Desidentificar y subir</translation>
    </message>
    <message>
        <source>Drop folders, files or archives anywhere here.</source>
        <translation>Suelte carpetas, ficheros o archivos comprimidos en cualquier lugar de aquí.</translation>
    </message>
    <message>
        <source>Drop folders, files or archives here.
DICOM is found by content; anything else is left out and listed.</source>
        <translation>Suelte aquí carpetas, ficheros o archivos comprimidos.
DICOM se reconoce por el contenido; lo demás se deja fuera y se enumera.</translation>
    </message>
    <message>
        <source>Looked no further; whatever else is in there is uploaded as well.</source>
        <translation>No se miró más; lo demás que haya también se sube.</translation>
    </message>
    <message>
        <source>Looking… {files}</source>
        <translation>Mirando… {files}</translation>
    </message>
    <message>
        <source>Not looked through.</source>
        <translation>No se ha examinado.</translation>
    </message>
    <message>
        <source>Send what is ticked to the server.</source>
        <translation>Enviar al servidor lo marcado.</translation>
    </message>
    <message>
        <source>Send what is ticked to {server}.</source>
        <translation>Enviar lo marcado a {server}.</translation>
    </message>
    <message>
        <source>There is no DICOM in what is chosen.</source>
        <translation>No hay DICOM en lo elegido.</translation>
    </message>
    <message>
        <source>Tick at least one series.</source>
        <translation>Marque al menos una serie.</translation>
    </message>
    <message>
        <source>Upload</source>
        <translation>Subir</translation>
    </message>
    <message>
        <source>Upload to {server}</source>
        <translation>Subir a {server}</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>y {count} más</translation>
    </message>
    <message>
        <source>in {count} of {all} series</source>
        <translation>en {count} de {all} series</translation>
    </message>
    <message>
        <source>{:,} file</source>
        <translation>{:,} fichero</translation>
    </message>
    <message>
        <source>{:,} file is left out: not DICOM, or not readable.</source>
        <translation>{:,} fichero se deja fuera: no es DICOM o no se puede leer.</translation>
    </message>
    <message>
        <source>{:,} files</source>
        <translation>{:,} ficheros</translation>
    </message>
    <message>
        <source>{:,} files are left out: not DICOM, or not readable.</source>
        <translation>{:,} ficheros se dejan fuera: no son DICOM o no se pueden leer.</translation>
    </message>
    <message>
        <source>{:,} instance</source>
        <translation>{:,} instancia</translation>
    </message>
    <message>
        <source>{:,} instances</source>
        <translation>{:,} instancias</translation>
    </message>
    <message>
        <source>⚠ {:,} file has the identity of another one and other content.</source>
        <translation>⚠ {:,} fichero tiene la identidad de otro y distinto contenido.</translation>
    </message>
    <message>
        <source>⚠ {:,} files have the identity of another one and other content.</source>
        <translation>⚠ {:,} ficheros tienen la identidad de otro y distinto contenido.</translation>
    </message>
</context>
<context>
    <name>panels.upload_options_form</name>
    <message>
        <source>Choose a folder or files first.</source>
        <translation>Elija primero una carpeta o ficheros.</translation>
    </message>
    <message>
        <source>Choose the key, or a new one</source>
        <translation>Elegir la clave, o una nueva</translation>
    </message>
    <message>
        <source>De-identified: {what} before a byte leaves. What is drawn in the pixels stays.</source>
        <translation>Desidentificado: {what} antes de que salga un byte. Lo dibujado en los píxeles permanece.</translation>
    </message>
    <message>
        <source>Install it into Slicer; de-identification needs it.</source>
        <translation>Instalarlo en Slicer; la desidentificación lo necesita.</translation>
    </message>
    <message>
        <source>Installed.</source>
        <translation>Instalado.</translation>
    </message>
    <message>
        <source>It is being made.</source>
        <translation>Se está preparando.</translation>
    </message>
    <message>
        <source>Names and identifiers are replaced and dates shifted</source>
        <translation>Nombres e identificadores se sustituyen y las fechas se desplazan</translation>
    </message>
    <message>
        <source>Names and identifiers are replaced; dates are kept</source>
        <translation>Nombres e identificadores se sustituyen; las fechas se conservan</translation>
    </message>
    <message>
        <source>Names, identifiers and dates are removed or replaced</source>
        <translation>Nombres, identificadores y fechas se quitan o se sustituyen</translation>
    </message>
    <message>
        <source>Show before and after for one file of each series; nothing is sent.</source>
        <translation>Mostrar el antes y el después de un fichero de cada serie; no se envía nada.</translation>
    </message>
    <message>
        <source>Wait until everything chosen has been looked at.</source>
        <translation>Espere a que se haya mirado todo lo elegido.</translation>
    </message>
    <message>
        <source>Wait until what is running has ended.</source>
        <translation>Espere a que termine lo que está en curso.</translation>
    </message>
    <message>
        <source>de-identify</source>
        <translation>desidentificar</translation>
    </message>
    <message>
        <source>verify</source>
        <translation>verificar</translation>
    </message>
</context>
<context>
    <name>panels.upload_tree</name>
    <message>
        <source>(no description)</source>
        <translation>(sin descripción)</translation>
    </message>
    <message>
        <source>Instances that name no series</source>
        <translation>Instancias que no nombran ninguna serie</translation>
    </message>
    <message>
        <source>The server keeps what comes first.</source>
        <translation>El servidor se queda con lo que llega primero.</translation>
    </message>
    <message>
        <source>They are sent as they are; the server decides.</source>
        <translation>Se envían como están; el servidor decide.</translation>
    </message>
    <message>
        <source>{} file has the identity of another one and other content.</source>
        <translation>{} fichero tiene la identidad de otro y distinto contenido.</translation>
    </message>
    <message>
        <source>{} file is there twice, with the same content.</source>
        <translation>{} fichero está dos veces, con el mismo contenido.</translation>
    </message>
    <message>
        <source>{} files are there twice, with the same content.</source>
        <translation>{} ficheros están dos veces, con el mismo contenido.</translation>
    </message>
    <message>
        <source>{} files have the identity of another one and other content.</source>
        <translation>{} ficheros tienen la identidad de otro y distinto contenido.</translation>
    </message>
</context>
<context>
    <name>panels.viewer_menu</name>
    <message>
        <source>A click opens {viewer}.</source>
        <translation>Un clic abre {viewer}.</translation>
    </message>
    <message>
        <source>Open with</source>
        <translation>Abrir con</translation>
    </message>
    <message>
        <source>Select one study.</source>
        <translation>Seleccione un estudio.</translation>
    </message>
    <message>
        <source>Show the selected study on the server, in your browser.</source>
        <translation>Mostrar el estudio seleccionado en el servidor, en su navegador.</translation>
    </message>
</context>
<context>
    <name>panels.worklist</name>
    <message>
        <source>Asking the server…</source>
        <translation>Preguntando al servidor…</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Hecho</translation>
    </message>
    <message>
        <source>Finish or skip the case that is open first.</source>
        <translation>Termine u omita antes el caso abierto.</translation>
    </message>
    <message>
        <source>Leave this case out with this reason, and open the next one.</source>
        <translation>Dejar fuera este caso por este motivo y abrir el siguiente.</translation>
    </message>
    <message>
        <source>My cases</source>
        <translation>Mis casos</translation>
    </message>
    <message>
        <source>My cases: {list}</source>
        <translation>Mis casos: {list}</translation>
    </message>
    <message>
        <source>No case is open here.</source>
        <translation>Aquí no hay ningún caso abierto.</translation>
    </message>
    <message>
        <source>Open a case first.</source>
        <translation>Abra antes un caso.</translation>
    </message>
    <message>
        <source>Open a case to review first.</source>
        <translation>Abra antes un caso por revisar.</translation>
    </message>
    <message>
        <source>Open again what you had open, here or elsewhere.</source>
        <translation>Abrir de nuevo lo que tenía abierto, aquí o en otro sitio.</translation>
    </message>
    <message>
        <source>Open the next case for yourself: it is retrieved and loaded.</source>
        <translation>Abrir para usted el siguiente caso: se recupera y se carga.</translation>
    </message>
    <message>
        <source>Retrieve and load this case to look at it.</source>
        <translation>Recuperar y cargar este caso para verlo.</translation>
    </message>
    <message>
        <source>Reviewed: {case}, by {user}</source>
        <translation>En revisión: {case}, de {user}</translation>
    </message>
    <message>
        <source>Save and done</source>
        <translation>Guardar y terminar</translation>
    </message>
    <message>
        <source>Say that the case is done well.</source>
        <translation>Decir que el caso está bien hecho.</translation>
    </message>
    <message>
        <source>Say that the case is done, and open the next one.</source>
        <translation>Decir que el caso está hecho y abrir el siguiente.</translation>
    </message>
    <message>
        <source>Send the case back to who did it, with the note.</source>
        <translation>Devolver el caso, con la nota, a quien lo hizo.</translation>
    </message>
    <message>
        <source>Send the ticked results of the case, say that it is done, open the next.</source>
        <translation>Enviar los resultados marcados del caso, darlo por hecho y abrir el siguiente.</translation>
    </message>
    <message>
        <source>The reviewer wrote: {note}</source>
        <translation>El revisor escribió: {note}</translation>
    </message>
    <message>
        <source>Waiting for a reviewer: {count}</source>
        <translation>Esperan a un revisor: {count}</translation>
    </message>
    <message>
        <source>Write a note for who did it.</source>
        <translation>Escriba una nota para quien lo hizo.</translation>
    </message>
    <message>
        <source>Write why, in a few words.</source>
        <translation>Escriba por qué, en pocas palabras.</translation>
    </message>
    <message>
        <source>You have a case open: {case}</source>
        <translation>Tiene un caso abierto: {case}</translation>
    </message>
    <message>
        <source>{left} left of {all}</source>
        <translation>quedan {left} de {all}</translation>
    </message>
</context>
</TS>
