# Installs the library, its public headers, a CMake package (find_package(sluice)) and a pkg-config
# file. The public headers (SluicePublicHeaders) go under include/sluice, in the folders they have
# here; include/sluice/sluice.hpp leads to them.
include(CMakePackageConfigHelpers)
include(SluicePublicHeaders)

sluice_collect_headers(${PROJECT_SOURCE_DIR}/pipelines/sluice.hpp headers)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
foreach(header IN LISTS headers)
  file(RELATIVE_PATH relative ${PROJECT_SOURCE_DIR} ${header})
  get_filename_component(folder ${relative} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sluice/${folder})
endforeach()
file(WRITE ${PROJECT_BINARY_DIR}/install/sluice.hpp
  "// The whole library in one header.\n#pragma once\n\n#include \"pipelines/sluice.hpp\"\n")
install(FILES ${PROJECT_BINARY_DIR}/install/sluice.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sluice)

# A static library leaves its dependencies to whoever links it; a shared one brings them along.
get_target_property(type sluice TYPE)
if(type STREQUAL "STATIC_LIBRARY")
  set(SLUICE_IS_STATIC TRUE)
  set(SLUICE_PC_REQUIRES Requires)
else()
  set(SLUICE_IS_STATIC FALSE)
  set(SLUICE_PC_REQUIRES Requires.private)
endif()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)
install(TARGETS sluice EXPORT sluice-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT sluice-targets NAMESPACE sluice:: DESTINATION ${package_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/sluice-config.cmake.in
  ${PROJECT_BINARY_DIR}/install/sluice-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/install/sluice-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/install/sluice-config.cmake
              ${PROJECT_BINARY_DIR}/install/sluice-config-version.cmake
  DESTINATION ${package_folder})

# Relative to the file itself, so that the installed tree may be moved.
file(RELATIVE_PATH SLUICE_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${PROJECT_SOURCE_DIR}/cmake/sluice.pc.in ${PROJECT_BINARY_DIR}/install/sluice.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/install/sluice.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
