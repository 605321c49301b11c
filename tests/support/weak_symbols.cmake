# Fails when an object of kernel library TARGET (NAME_isa) defines a symbol that other objects may
# define too (weak, unique or common) and whose name does not tell the instruction set: the linker
# would keep one of them, perhaps this one, for callers on machines that lack its instructions.
#   cmake -DNM=nm -DTARGET=x_avx2 "-DOBJECTS=a.o;b.o" -P weak_symbols.cmake
string(REGEX REPLACE "^.*_" "" isa "${TARGET}")
set(tag_sse4 "sluice::sse4::|xsimd::sse4_2")
set(tag_avx2 "sluice::avx2::|xsimd::avx2|xsimd::fma3<xsimd::avx2>")
set(tag_avx512 "sluice::avx512::|xsimd::avx512")
set(tag_neon "sluice::neon::|xsimd::neon")
set(leaks "")
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE symbols
    COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "," symbols "${symbols}")
  string(REPLACE "\n" ";" symbols "${symbols}")
  foreach(symbol IN LISTS symbols)
    if(symbol MATCHES "^[0-9a-f]+ [VWuvwC] " AND NOT symbol MATCHES "${tag_${isa}}")
      string(APPEND leaks "  ${symbol}\n    in ${object}\n")
    endif()
    if(symbol MATCHES "^[0-9a-f]+ [tT] _GLOBAL__sub_I")
      string(APPEND leaks "  code that runs when the program starts\n    in ${object}\n")
    endif()
  endforeach()
endforeach()
if(leaks)
  message(FATAL_ERROR "symbols compiled for ${isa} that could be used elsewhere:\n${leaks}")
endif()
