# Writes the description that a package carries, as Slicer's SlicerExtensionCPack.cmake does.
file(WRITE ${CMAKE_BINARY_DIR}/${PROJECT_NAME}.s4ext
  "homepage ${EXTENSION_HOMEPAGE}\n"
  "category ${EXTENSION_CATEGORY}\n"
  "contributors ${EXTENSION_CONTRIBUTORS}\n"
  "description ${EXTENSION_DESCRIPTION}\n"
  "iconurl ${EXTENSION_ICONURL}\n"
  "screenshoturls ${EXTENSION_SCREENSHOTURLS}\n"
  "depends ${EXTENSION_DEPENDS}\n")
install(FILES ${CMAKE_BINARY_DIR}/${PROJECT_NAME}.s4ext DESTINATION share/Slicer-5.8)
