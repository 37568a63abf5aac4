# SPDX-License-Identifier: BSD-3-Clause
# The clang of this release of Debian, for the presets that need clang.
foreach(language C CXX)
  if(NOT CMAKE_${language}_COMPILER)
    set(name clang)
    if(language STREQUAL CXX)
      set(name clang++)
    endif()
    execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../clang-tool ${name} OUTPUT_VARIABLE program
                    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    set(CMAKE_${language}_COMPILER ${program})
  endif()
endforeach()
