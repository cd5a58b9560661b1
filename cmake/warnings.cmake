# The warnings that are errors here, and the sanitizers that a preset asks for.
add_library(restorectl_warnings INTERFACE)
target_compile_options(restorectl_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these falsely within the standard library's own inlined code (GCC PR 105562, 105329),
  # and the last of them within Asio's coroutine frames.
  target_compile_options(restorectl_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized
    -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread
    -Wno-mismatched-new-delete)
endif()

if(RESTORECTL_SANITIZE)
  add_compile_options(-fsanitize=${RESTORECTL_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Clang 14 writes no object file for coroutines with it ("difference across sections").
    add_compile_options(-fno-sanitize=function)
  endif()
  if(RESTORECTL_SANITIZE STREQUAL "thread")
    # Asio's fences are only seen as the locks around them, which is what its queues rely on anyway.
    add_compile_options(-Wno-tsan)
  endif()
  add_link_options(-fsanitize=${RESTORECTL_SANITIZE})
endif()
