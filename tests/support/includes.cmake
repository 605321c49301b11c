# Fails when a source file includes one that its folder may not use, or when a header that is not
# public (cmake/SluicePublicHeaders.cmake) would be installed.
#   cmake -DROOT=<source tree> -P includes.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/SluicePublicHeaders.cmake)

# Folder by folder, the first that fits: what lies below it, and what it may include. "engine/here"
# stands for the files that lie in engine/ itself.
set(rules
  "^engine/simd/|^engine/(simd/|error.hpp$)"
  "^engine/rewrite/|^engine/(here|simd/|rewrite/)"
  "^engine/planner/|^engine/(here|simd/|rewrite/|planner/)"
  "^engine/runtime/|^engine/"
  "^engine/|^engine/(here|simd/)"
  "^codecs/|^(engine/(here|simd/)|codecs/)"
  "^ops/|^(engine/(here|simd/)|ops/)"
  "^pipelines/|^(engine/(here|simd/)|codecs/|ops/|pipelines/)"
  "^tools/sluice/|^(engine/(here|simd/)|codecs/|ops/|pipelines/|tools/)"
  "^tools/|^(engine|codecs|ops|pipelines|tools)/")

set(wrong "")

# The file that `include` in the file `from` (below ROOT) means, below ROOT.
function(find_include from include out)
  get_filename_component(folder ${ROOT}/${from} DIRECTORY)
  foreach(base ${folder} ${ROOT})
    get_filename_component(path ${include} ABSOLUTE BASE_DIR ${base})
    if(EXISTS ${path})
      file(RELATIVE_PATH path ${ROOT} ${path})
      set(${out} ${path} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${out} "" PARENT_SCOPE)
endfunction()

foreach(folder engine codecs ops pipelines tools)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${folder}/*.hpp ${ROOT}/${folder}/*.cpp)
  list(APPEND sources ${files})
endforeach()
if(NOT sources)
  message(FATAL_ERROR "there are no sources in ${ROOT}")
endif()
foreach(from IN LISTS sources)
  foreach(rule IN LISTS rules)
    string(FIND "${rule}" "|" split)
    string(SUBSTRING "${rule}" 0 ${split} below)
    if(NOT from MATCHES "${below}")
      continue()
    endif()
    math(EXPR split "${split} + 1")
    string(SUBSTRING "${rule}" ${split} -1 allowed)
    break()
  endforeach()
  sluice_includes(${ROOT}/${from} includes)
  foreach(include IN LISTS includes)
    find_include(${from} ${include} to)
    if(NOT to)
      string(APPEND wrong "  ${from} includes ${include}, which does not exist\n")
      continue()
    endif()
    string(REGEX REPLACE "^engine/([^/]+)$" "engine/here/\\1" place ${to})
    if(NOT place MATCHES "${allowed}" AND NOT to MATCHES "${allowed}")
      string(APPEND wrong "  ${from} includes ${to}, which is not for files of its folder\n")
    endif()
  endforeach()
endforeach()

set(entry ${ROOT}/pipelines/sluice.hpp)
sluice_collect_headers(${entry} installed)
set(public pipelines/sluice.hpp ${SLUICE_PUBLIC_HEADERS})
foreach(header pipelines/sluice.hpp ops/operations.hpp)
  sluice_includes(${ROOT}/${header} includes)
  foreach(include IN LISTS includes)
    find_include(${header} ${include} to)
    list(APPEND public ${to})
  endforeach()
endforeach()
set(reached "")
foreach(header IN LISTS installed)
  file(RELATIVE_PATH header ${ROOT} ${header})
  list(APPEND reached ${header})
  if(NOT header IN_LIST public)
    string(APPEND wrong "  ${header} would be installed and is not public\n")
  endif()
endforeach()
foreach(header IN LISTS SLUICE_PUBLIC_HEADERS)
  if(NOT header IN_LIST reached)
    string(APPEND wrong "  ${header} is public, and pipelines/sluice.hpp does not lead to it\n")
  endif()
endforeach()

if(wrong)
  message(FATAL_ERROR "includes against the design's arrows:\n${wrong}")
endif()
