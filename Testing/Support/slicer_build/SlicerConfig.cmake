# A stand-in for a Slicer build tree: what find_package(Slicer) gives an extension of Python files
# alone. Macros and messages after Slicer's CMake/SlicerMacroBuildScriptedModule.cmake,
# SlicerMacroPythonTesting.cmake and CTK's ctkMacroCompilePythonScript.cmake: the files that are named
# are installed, and no others. (Slicer itself also copies them into the build tree.)
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR lib/Slicer-5.8/qt-scripted-modules)
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR ${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR})
set(Slicer_LAUNCHER_EXECUTABLE Slicer)
set(Slicer_USE_FILE ${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake)
set(Slicer_EXTENSION_GENERATE_CONFIG ${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake)
set(Slicer_EXTENSION_CPACK ${CMAKE_CURRENT_LIST_DIR}/ExtensionCPack.cmake)

# Of Qt, which Slicer finds with its LinguistTools.
add_executable(Qt5::lrelease IMPORTED)
set_target_properties(Qt5::lrelease PROPERTIES IMPORTED_LOCATION ${LRELEASE})

function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(MY "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  if(MY_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "Unknown keywords given to slicerMacroBuildScriptedModule(): \"${MY_UNPARSED_ARGUMENTS}\"")
  endif()
  foreach(file IN LISTS MY_SCRIPTS MY_RESOURCES)
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
      message(FATAL_ERROR "slicerMacroBuildScriptedModule given nonexistent file '${file}'")
    endif()
    get_filename_component(folder ${file} DIRECTORY)
    install(FILES ${file} DESTINATION ${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR}/${folder})
  endforeach()
  # And what else is made there.
  install(DIRECTORY ${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}/
    DESTINATION ${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR})
  add_custom_target(${MY_NAME} ALL SOURCES ${MY_SCRIPTS} ${MY_RESOURCES})
endfunction()

function(slicer_add_python_test)
  cmake_parse_arguments(MY "" "TESTNAME_PREFIX;SCRIPT" "SLICER_ARGS;SCRIPT_ARGS" ${ARGN})
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/${MY_SCRIPT})
  if(NOT EXISTS ${script} OR MY_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "slicer_add_python_test: '${MY_SCRIPT}' '${MY_UNPARSED_ARGUMENTS}'")
  endif()
  get_filename_component(name ${MY_SCRIPT} NAME_WE)
  add_test(NAME py_${MY_TESTNAME_PREFIX}${name}
    COMMAND ${Slicer_LAUNCHER_EXECUTABLE} --testing ${MY_SLICER_ARGS} --python-script ${script})
endfunction()

function(slicer_add_python_unittest)
  slicer_add_python_test(${ARGN})
endfunction()
