# Fails when includes.cmake would let an include against the design's arrows pass: puts some into a
# copy of the sources.
#   cmake -DROOT=<source tree> -DCOPY=<folder to write to> -P includes_finds.cmake
cmake_minimum_required(VERSION 3.25)

set(cases
  "engine/planner/stage.cpp|engine/runtime/slab_pool.hpp"
  "engine/rewrite/rewrite.cpp|engine/planner/stage.hpp"
  "engine/graph.cpp|engine/planner/stage.hpp"
  "engine/runtime/run.cpp|codecs/exif.hpp"
  "engine/simd/isa.cpp|engine/graph.hpp"
  "codecs/exif.cpp|ops/geometry/crop.hpp"
  "codecs/exif.cpp|engine/runtime/profiler.hpp"
  "ops/geometry/crop.cpp|codecs/exif.hpp"
  "ops/geometry/crop.hpp|../../pipelines/registry.hpp"
  "pipelines/registry.cpp|tools/sluice/budget.hpp"
  "tools/sluice/budget.cpp|engine/planner/stage.hpp"
  "engine/graph.hpp|test_hooks.hpp"
  "engine/graph.hpp|no_such_header.hpp")

file(REMOVE_RECURSE ${COPY})
foreach(folder engine codecs ops pipelines tools)
  file(COPY ${ROOT}/${folder} DESTINATION ${COPY})
endforeach()
set(check ${CMAKE_COMMAND} -DROOT=${COPY} -P ${CMAKE_CURRENT_LIST_DIR}/includes.cmake)
execute_process(COMMAND ${check} RESULT_VARIABLE result ERROR_VARIABLE text)
if(result)
  message(FATAL_ERROR "the sources as they are: ${text}")
endif()
foreach(case IN LISTS cases)
  string(REPLACE "|" ";" case "${case}")
  list(GET case 0 from)
  list(GET case 1 include)
  file(APPEND ${COPY}/${from} "#include \"${include}\"\n")
  execute_process(COMMAND ${check} RESULT_VARIABLE result ERROR_VARIABLE text)
  get_filename_component(name ${include} NAME)
  if(NOT result OR NOT text MATCHES "${name}")
    message(SEND_ERROR "'${include}' in ${from} is not found: ${text}")
  endif()
  file(COPY_FILE ${ROOT}/${from} ${COPY}/${from})
endforeach()
file(REMOVE_RECURSE ${COPY})
