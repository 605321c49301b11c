# Which headers are public, hence installed: what pipelines/sluice.hpp and ops/operations.hpp include,
# and of the headers behind those the ones listed here. tests/support/includes.cmake checks that there are no others.
set(SLUICE_PUBLIC_HEADERS
  codecs/format.hpp
  codecs/jpeg/jpeg.hpp
  codecs/png/png.hpp
  codecs/tiff/read_tiff.hpp
  codecs/tiff/write_options.hpp
  engine/error.hpp
  engine/file_identity.hpp
  engine/geometry.hpp
  engine/graph.hpp
  engine/image_info.hpp
  engine/memory_budget.hpp
  engine/operation.hpp
  engine/options.hpp
  engine/plan.hpp
  engine/profile.hpp
  engine/reduction.hpp
  engine/report.hpp
  engine/run.hpp
  engine/run_options.hpp
  engine/sample_type.hpp
  engine/sample_value.hpp
  engine/simd/isa.hpp
  engine/sink.hpp
  engine/source.hpp
  engine/tile.hpp
  ops/bands/band_colour.hpp)

# sluice_includes(FILE OUT): what FILE includes in quotes.
function(sluice_includes file out)
  file(STRINGS ${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*\"")
  set(paths "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[^\"]*\"([^\"]+)\".*" "\\1" path "${line}")
    list(APPEND paths ${path})
  endforeach()
  set(${out} ${paths} PARENT_SCOPE)
endfunction()

# sluice_collect_headers(FILE OUT): FILE and all headers that it includes by relative paths.
function(sluice_collect_headers file out)
  set(todo ${file})
  set(found "")
  while(todo)
    list(POP_FRONT todo header)
    if(header IN_LIST found)
      continue()
    endif()
    list(APPEND found ${header})
    get_filename_component(folder ${header} DIRECTORY)
    sluice_includes(${header} includes)
    foreach(include IN LISTS includes)
      get_filename_component(path ${include} ABSOLUTE BASE_DIR ${folder})
      if(NOT EXISTS ${path})
        message(FATAL_ERROR "${header}: public headers include each other relatively, and ${path} does not exist")
      endif()
      list(APPEND todo ${path})
    endforeach()
  endwhile()
  set(${out} ${found} PARENT_SCOPE)
endfunction()
