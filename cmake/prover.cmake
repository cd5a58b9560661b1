# restorectl-prover runs on hosts, whose libraries are others, or older, than those of the workstation: so it is linked
# with none of them, from Debian's own archives. Only what reads a tar is taken of libarchive, so it drags in no codec.
add_executable(restorectl-prover tools/prover/main.cpp)
if(RESTORECTL_SANITIZE)
  # The sanitizers have no static runtime; such a prover runs on this machine only, which is where its tests do.
  target_link_libraries(restorectl-prover PRIVATE restorectl_warnings backup)
else()
  foreach(name archive boost_json crypto z)
    find_library(prover_${name} NAMES lib${name}.a REQUIRED)
    list(APPEND prover_archives ${prover_${name}})
  endforeach()
  target_include_directories(restorectl-prover PRIVATE ${CMAKE_SOURCE_DIR})
  # libcrypto could ask dlopen and the resolver; the linker would warn of both, and the prover asks neither.
  # Only GNU ld can be silenced so.
  target_link_options(restorectl-prover PRIVATE -fuse-ld=bfd -static-pie -s -Wl,--gc-sections -Wl,--no-warnings)
  target_link_libraries(restorectl-prover PRIVATE restorectl_warnings
    $<TARGET_FILE:backup> $<TARGET_FILE:core> ${prover_archives})
  add_dependencies(restorectl-prover backup core)
endif()
