# Headers of others that nearly every file of a target includes, parsed once for it: a quarter of the time of a clean build.
# Invariant: each file includes what it uses all the same; the preset `tidy` compiles without this and finds what is missing.
set(standard_headers <algorithm> <cstdint> <functional> <map> <memory> <optional> <string> <string_view> <utility> <variant>
  <vector>)
set(asio_headers <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp>
  <boost/asio/redirect_error.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>)

# restorectl_precompile(target, further headers…)
function(restorectl_precompile target)
  target_precompile_headers(${target} PRIVATE ${standard_headers} ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # For ccache, which takes a file of the same content for the same.
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()
