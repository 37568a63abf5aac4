# SPDX-License-Identifier: BSD-3-Clause
# Corrects the links of the installed pages in the folder softwired_pages: see CMakeLists.txt.
file(GLOB pages ${softwired_pages}/*.md)
foreach(page ${pages})
  file(READ ${page} text)
  # A list of CMake would lose semicolons and brackets. This is one string.
  string(REPLACE "](../README.md" "](README.md" linked "${text}")
  string(REPLACE "](../CONTRIBUTING.md" "](CONTRIBUTING.md" linked "${linked}")
  string(REPLACE "](docs/" "](" linked "${linked}")
  string(REGEX REPLACE "\\[([^]\n]*)\\]\\((include|tests|tools)/[^)]*\\)" "\\1" linked "${linked}")
  if(NOT linked STREQUAL text)
    file(WRITE ${page} "${linked}")
  endif()
endforeach()
